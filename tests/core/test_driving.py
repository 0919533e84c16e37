"""Driving: twice, at the same time, or cut off anywhere, a send reaches everybody once."""

import contextlib
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from fancast.core import accounts, mass_messages, sending
from fancast.core.sending import Overtaken
from fancast.kit.clock import system_clock
from fancast.model.mass_messages import MassMessage, State
from fancast.store.database import Store
from fancast.store.tables import mass_messages as table
from fancast.workers import drive
from tests.conftest import check_ledgers
from tests.serving import dispatching, until
from tests.store.test_fan_sets import together
from tests.world import MovableClock, World, on_postgresql


class Crash(Exception):
    """The process dies here."""


def once_each(world: World, texts: list[str], fans: list[str]) -> None:
    for name in fans:
        assert sorted(world.inbox(name)) == sorted(texts)


def test_four_threads_at_one_account_deliver_everything_once(world: World):
    clock = system_clock()
    world.clock.now = clock()
    fans = world.crowd(12)
    texts = [f"number {place}" for place in range(8)]
    made = [world.send(text, pace=None if place % 2 else 1_000) for place, text in enumerate(texts)]
    account = world.account().key

    def all_done() -> bool:
        return all(world.again(one).state is State.DONE for one in made)

    def work() -> None:
        until(lambda: not drive.drive(world.store, account, clock) and all_done(), "all are sent")

    together(work, work, work, work)
    once_each(world, texts, fans)
    steps = [event.data["count"] for event in world.events() if event.kind == "mass_message.step"]
    assert sum(steps) == len(fans) * len(texts)


def test_a_plan_that_was_carried_out_already_changes_nothing(world: World):
    world.crowd(5)
    made = world.send(pace=2)
    key = world.account().key
    for _ in range(6):
        world.clock.forward(seconds=0.6)
        with world.store.read() as tx:
            found = sending.look(tx, key, now=world.clock())
            due = None if found is None else sending.plan(tx, key, found, now=world.clock())
        if due is None:
            continue
        with world.store.write() as tx:
            sending.work(tx, due, now=world.clock())
        after, told = world.again(made), len(world.events())
        with contextlib.suppress(Overtaken), world.store.write() as tx:
            sending.work(tx, due, now=world.clock())
        assert (world.again(made), len(world.events())) == (after, told)
        check_ledgers(world.store)
    world.clock.forward(seconds=2)
    world.deliver()
    once_each(world, ["hello"], [f"f{place}" for place in range(5)])


@pytest.mark.parametrize("pace", [None, 3])
def test_a_crash_before_or_after_any_commit_loses_nothing_and_doubles_nothing(
    world: World, database_url: str, pace: int | None
):
    fans = world.crowd(7)
    made = world.send(pace=pace, unsend_after_seconds=3_600)
    key = world.account().key
    for _ in range(40):
        crash_before_the_commit(world, made)
        check_ledgers(world.store)
        # A new process knows nothing but the tables.
        restarted = Store(database_url, sqlite_synchronous="OFF")
        try:
            drive.act(restarted, key, world.clock)
        finally:
            restarted.close()
        check_ledgers(world.store)
        world.clock.forward(seconds=0.3)
    done = world.again(made)
    assert (done.state, done.sent) == (State.DONE, 7)
    once_each(world, ["hello"], fans)
    world.clock.forward(hours=1)
    crash_before_the_commit(world, made)
    world.deliver()
    assert world.again(made).state is State.UNSENT


def crash_before_the_commit(world: World, made: MassMessage) -> None:
    """Do the next act and die before its commit: nothing of it may be seen."""
    key, before, told = world.account().key, world.again(made), len(world.events())
    with world.store.read() as tx:
        found = sending.look(tx, key, now=world.clock())
        due = None if found is None else sending.plan(tx, key, found, now=world.clock())
    with contextlib.suppress(Crash), world.store.write() as tx:
        if due is not None:
            sending.work(tx, due, now=world.clock())
        raise Crash
    assert (world.again(made), len(world.events())) == (before, told)


def test_a_verb_that_comes_between_look_and_work_wins(world: World):
    world.crowd(3)
    key = world.account().key
    for verb, state in (("cancel", State.CANCELLED), ("pause", State.PAUSED), ("unsend", State.UNSENT)):
        made = world.send(verb, pace=None if verb == "cancel" else 3)
        if verb != "cancel":
            assert world.act()
            world.clock.forward(seconds=1)
        with world.store.read() as tx:
            found = sending.look(tx, key, now=world.clock())
            assert found is not None
            due = sending.plan(tx, key, found, now=world.clock())
        world.do(verb, made)
        with contextlib.suppress(Overtaken), world.store.write() as tx:
            sending.work(tx, due, now=world.clock())
        assert (world.again(made).state, world.inbox("f0")) == (state, [])
        check_ledgers(world.store)


def test_an_account_with_trouble_is_tried_again_by_itself_and_says_why(world: World):
    world.crowd(2)
    made = world.send()
    with world.store.write() as tx:
        sending.stumble(tx, world.account().key, world.again(made), "the disk is full", now=world.clock())
    waiting = world.again(made)
    assert (waiting.trouble, waiting.attempts, waiting.state) == ("the disk is full", 1, State.QUEUED)
    world.deliver()
    assert world.inbox("f0") == []
    world.clock.forward(seconds=1)
    world.deliver()
    done = world.again(made)
    assert (done.state, done.trouble, done.attempts) == (State.DONE, None, 0)


@on_postgresql
def test_two_steps_of_one_account_never_spend_the_same_pace(world: World):
    world.account(pace=10)
    world.crowd(30)
    made = [world.send("one"), world.send("two")]
    key = world.account().key
    for _ in made:
        assert world.act()
    world.clock.forward(seconds=1)
    with world.store.read() as tx:
        account = accounts.find(tx, "acct_ada", AnyKey())  # type: ignore[arg-type]
        plans = [
            sending.plan(tx, key, mass_messages.get(tx, account, one.id), now=world.clock()) for one in made
        ]
    first_in, second_waits = threading.Event(), threading.Event()

    def first() -> None:
        with world.store.write() as tx:
            sending.work(tx, plans[0], now=world.clock())
            first_in.set()
            second_waits.wait(0.3)

    def second() -> None:
        first_in.wait()
        with world.store.write() as tx:
            sending.work(tx, plans[1], now=world.clock())

    together(first, second)
    assert sum(world.again(one).sent for one in made) == 10


class AnyKey:
    """A key that reaches every account."""

    def reaches(self, _account: object) -> bool:
        return True


# ---- the dispatcher, with real threads and a real clock


def live(world: World) -> None:
    """From now on the world's clock runs."""
    clock = system_clock()
    world.clock = LiveClock(clock() - world.clock())


class LiveClock(MovableClock):
    def __init__(self, offset: timedelta) -> None:
        self._real, self._offset = system_clock(), offset

    def __call__(self):  # type: ignore[no-untyped-def]
        return self._real()


def test_the_tick_finds_work_whose_job_was_lost(world: World):
    live(world)
    world.crowd(3)
    # No dispatcher is there to be told: the hint stands in the head row and nobody takes it up.
    lost = world.send("lost")
    scheduled = world.send("soon", at=world.clock() + timedelta(seconds=1))
    with dispatching(world):
        until(lambda: all(world.again(one).finished for one in (lost, scheduled)), "the tick finds them")
    assert sorted(world.inbox("f0")) == ["lost", "soon"]


def test_two_hundred_accounts_all_finish(world: World):
    live(world)
    names = [f"acc{place}" for place in range(200)]
    with world.write():
        for name in names:
            world.fans("bo", "cy", on=name, subscribed=False)
            world.user_list("all", "bo", "cy", on=name)
    with dispatching(world):
        for name in names:
            world.send("one", lists=["all"], on=name)
        for name in names[::10]:
            world.send("two", lists=["all"], on=name)
        until(lambda: unfinished(world) == 0, "all accounts finish")
    for place, name in enumerate(names):
        assert world.inbox("cy", on=name) == (["one"] if place % 10 else ["one", "two"])


def unfinished(world: World) -> int:
    statement = sa.select(sa.func.count()).where(table.c.state != State.DONE.value)
    with world.store.read() as tx:
        return int(tx.value(statement))
