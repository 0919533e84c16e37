"""Lists that are deleted under a mass message that waits: what is for them finds them empty, what leaves them out
still leaves out whom they held."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
import sqlalchemy as sa

from fancast.core import audiences, mass_messages, messages, user_lists
from fancast.model.audiences import AskedAudience
from fancast.model.fan_sets import SetKind
from fancast.model.mass_messages import Content, Draft, State
from fancast.model.problems import Problem
from fancast.store.database import Tx
from fancast.store.tables import fan_sets
from tests.core.test_races import meanwhile
from tests.world import DAY, World, on_postgresql


def drop(world: World, *names: str) -> None:
    """Delete these lists."""
    with world.write() as tx:
        for name in names:
            drop_in(tx, world, name)


def drop_in(tx: Tx, world: World, name: str) -> None:
    user_lists.delete(tx, world.account(), world.place().lists.pop(name))


def reached(world: World, made: Any) -> set[str]:
    return {name for name in world.place().fans if world.inbox(name) == [made.content.text]}


@pytest.fixture(autouse=True)
def some_fans(world: World) -> None:
    world.fans("ann", "bo")
    world.fan("cy", lists=["vip"])
    world.fan("di", lists=["vip", "regulars"])


def test_what_is_for_a_deleted_list_reaches_nobody(world: World):
    made = world.send(lists=["vip"], at=world.clock() + DAY)
    drop(world, "vip")
    world.clock.forward(days=1)
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.total, reached(world, made)) == (State.DONE, 0, set())


def test_the_lists_that_are_left_still_count(world: World):
    made = world.send(lists=["vip", "regulars"], fans=["ann"], at=world.clock() + DAY)
    drop(world, "vip")
    world.clock.forward(days=1)
    world.deliver()
    assert reached(world, made) == {"ann", "di"}


@pytest.mark.parametrize("state", [State.DRAFT, State.SCHEDULED, State.QUEUED])
def test_whom_a_deleted_list_held_is_still_left_out(world: World, state: State):
    made = world.in_state(state, lists=["fans"], without=["vip"])
    world.user_list("vip", "bo")
    drop(world, "vip")
    world.fan("el")
    if state is not State.QUEUED:
        world.do("publish", made)
    world.deliver()
    assert world.again(made).state is State.DONE
    assert reached(world, made) == {"ann", "el"}


def test_several_deleted_lists_are_each_left_out(world: World):
    made = world.send(lists=["fans"], without=["vip", "regulars"], save_for_later=True)
    world.user_list("regulars", "bo")
    drop(world, "vip", "regulars")
    world.do("publish", made)
    world.deliver()
    assert reached(world, made) == {"ann"}


def test_an_edit_keeps_a_deleted_exclusion_until_it_names_others(world: World):
    made = world.send(lists=["fans"], without=["vip"], save_for_later=True)
    drop(world, "vip")
    world.edit(made, text="better", user_lists=("fans",))
    again = world.send("other", lists=["fans"], without=["regulars"], save_for_later=True)
    for one in (made, again):
        world.do("publish", one)
        world.deliver()
    assert world.inbox("cy") == ["other"]
    assert world.inbox("di") == []
    third = world.send("third", lists=["fans"], without=["regulars"], save_for_later=True)
    drop(world, "regulars")
    world.edit(third, exclude_user_lists=())
    world.do("publish", third)
    world.deliver()
    assert world.inbox("di") == ["third"]


def test_nothing_is_kept_of_a_list_that_no_waiting_one_leaves_out(world: World):
    world.sent(lists=["fans"], without=["vip"])
    world.send(lists=["vip"], at=world.clock() + DAY)
    drop(world, "vip")
    kept = sa.select(fan_sets.c.ref).where(fan_sets.c.kind.in_([SetKind.DELETED_LIST, SetKind.LIST]))
    with world.read() as tx:
        assert {row.ref for row in tx.rows(kept)} == {world.place().lists["regulars"]}


def test_a_deleted_list_cannot_be_named_anew(world: World):
    world.send(lists=["fans"], without=["vip"], at=world.clock() + DAY)
    gone = world.place().lists["vip"]
    drop(world, "vip")
    for word in (gone, str(gone)):
        asked = AskedAudience(user_lists=("fans",), exclude_user_lists=(word,))
        with pytest.raises(Problem, match="There is no user list"), world.read() as tx:
            audiences.preview(tx, world.account(), asked, now=world.clock())


@on_postgresql
def test_a_list_deleted_while_a_send_that_leaves_it_out_is_accepted_waits_for_it(world: World):
    draft = world.draft(lists=["fans"], without=["vip"], save_for_later=True)
    with ExitStack() as deleting, world.store.write() as tx:
        made = mass_messages.create(tx, world.account(), draft, now=world.clock())
        deleting.enter_context(meanwhile(world, lambda: drop(world, "vip")))
    world.do("publish", made)
    world.deliver()
    assert reached(world, made) == {"ann", "bo"}


def refused_send(world: World, draft: Draft) -> tuple[Callable[[], None], list[Problem]]:
    """A send that must be refused, for another thread, and where the refusal will stand."""
    refused: list[Problem] = []

    def send() -> None:
        with pytest.raises(Problem) as told, world.store.write() as tx:
            mass_messages.create(tx, world.account(), draft, now=world.clock())
        refused.append(told.value)

    return send, refused


@on_postgresql
def test_a_send_that_leaves_out_a_list_that_is_being_deleted_is_refused(world: World):
    draft = world.draft(lists=["fans"], without=["vip"])
    send, refused = refused_send(world, draft)
    with ExitStack() as sending, world.store.write() as tx:
        drop_in(tx, world, "vip")
        sending.enter_context(meanwhile(world, send))
    assert [problem.code for problem in refused] == ["unknown_list"]


@on_postgresql
def test_a_send_that_names_a_url_holds_the_lists_it_leaves_out_before_the_head(world: World):
    """Else it keeps every other send of the account waiting for whoever deletes the list."""
    draft = world.draft(lists=["fans"], without=["vip"], urls=["https://example.com/a.jpg"])
    send, refused = refused_send(world, draft)
    with ExitStack() as sending, world.store.write() as tx:
        drop_in(tx, world, "vip")
        sending.enter_context(meanwhile(world, send))
        messages.send(tx, world.account(), world.fan_of("ann"), Content("look"), now=world.clock())
    assert ([problem.code for problem in refused], world.inbox("ann")) == (["unknown_list"], ["look"])
