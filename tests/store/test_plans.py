"""How SQLite goes about the statements that millions of rows lie behind: by their indexes, never by looking at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from fancast.core import api_keys, chats, fan_pages, messages, notifications, queue
from fancast.model.fans import Began, FanStatus
from fancast.store import notifications as store_notifications
from fancast.store import steps
from fancast.store.database import Store, Tx
from tests.world import DAY, NOON, World, on_sqlite

pytestmark = on_sqlite


@contextmanager
def explained(store: Store) -> Iterator[Callable[[], dict[str, list[str]]]]:
    """Notes what is asked meanwhile; then the plan of each statement."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    def plans() -> dict[str, list[str]]:
        sa.event.remove(store.engine, "before_cursor_execute", note)
        with store.engine.connect() as connection:
            return {
                statement: [
                    row[3]
                    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                ]
                for statement, parameters in asked
            }

    sa.event.listen(store.engine, "before_cursor_execute", note)
    yield plans


def plan_of(world: World, act: Callable[[Tx], object]) -> dict[str, list[str]]:
    with explained(world.store) as plans, world.store.read() as tx:
        act(tx)
    return plans()


def test_a_caller_is_found_without_a_look_at_every_account(world: World):
    secret = world.key()
    found = plan_of(world, lambda tx: api_keys.authenticate_for(tx, secret, "acct_ada"))
    [plan] = found.values()
    assert not [line for line in plan if line.startswith(("SCAN", "MATERIALIZE"))], plan


@pytest.mark.parametrize("by", Began)
@pytest.mark.parametrize("status", FanStatus)
def test_a_list_of_fans_is_merged_from_walks_that_are_in_order(world: World, status: FanStatus, by: Began):
    world.crowd(3)
    found = plan_of(
        world,
        lambda tx: fan_pages.page(tx, world.account(), status=status, by=by, limit=10, now=world.clock()),
    )
    walks = {statement: plan for statement, plan in found.items() if " AS at" in statement}
    assert walks
    for plan in walks.values():
        assert not [line for line in plan if line.startswith(("SCAN", "USE TEMP"))], plan


def test_steps_of_slow_sends_are_leapt_over(world: World):
    world.crowd(3)
    sent = world.sent("all")
    fan, account = world.fan_of("f0"), world.account()

    def read(tx: Tx) -> None:
        messages.page(tx, account, fan, limit=10)
        chats.page(tx, account, limit=10, now=world.clock())
        steps.reaching_across(tx, account.key, fan.number, sent.id)

    levels = {
        statement: plan for statement, plan in plan_of(world, read).items() if "steps.newest" in statement
    }
    assert len(levels) == 3
    for plan in levels.values():
        assert any("ix_steps_account_id_first_id_begins_id" in line for line in plan), plan


@pytest.mark.parametrize("about", [None, "f0"])
def test_notifications_are_merged_from_a_walk_for_each_kind(world: World, about: str | None):
    world.crowd(3)
    world.writes("f0")
    account, fan = world.account(), None if about is None else world.fan_of(about)
    found = plan_of(world, lambda tx: notifications.page(tx, account, about=fan, limit=10))
    [plan] = [plan for statement, plan in found.items() if "UNION ALL" in statement]
    walks = [line for line in plan if line.startswith("SEARCH")]
    # One for each of six kinds, one for the facts that are shown; a fan's own messages are looked up in theirs.
    assert len(walks) == (7 if about is None else 8), plan
    assert not [line for line in plan if line.startswith(("SCAN events", "SCAN messages"))], plan
    # What is sorted are the few that each walk gave, and what is shown; no walk is.
    assert len([line for line in plan if "TEMP B-TREE" in line]) <= 7, plan


def test_whether_a_like_was_told_is_looked_for_among_those_of_its_fan(world: World):
    world.fan("bo")
    liked, fan, account = world.direct("bo", "look"), world.fan_of("bo"), world.account()
    look = plan_of(world, lambda tx: store_notifications.has_told_like(tx, account.key, fan.fan_id, liked.id))
    [plan] = look.values()
    assert any("ix_events_account_id_ref_kind_event_no" in line for line in plan), plan


def test_what_waits_for_an_hour_is_found_by_when_it_is_due_and_in_that_order(world: World):
    world.send(at=NOON + DAY)
    account, now = world.account(), world.clock()
    found = plan_of(world, lambda tx: queue.between(tx, account, NOON, NOON + 2 * DAY, limit=20, now=now))
    plan = found[next(iter(found))]
    assert plan == [
        "SEARCH mass_messages USING INDEX ix_mass_messages_account_id_due_at_id "
        "(account_id=? AND due_at>? AND due_at<?)"
    ]
