"""Driving: twice, at the same time, or cut off anywhere, a send reaches everybody once."""

import contextlib
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
import structlog

from fancast.core import accounts, mass_messages, sending
from fancast.core.moves import Overtaken
from fancast.core.sending import Found
from fancast.kit.clock import system_clock
from fancast.model.mass_messages import MassMessage, State
from fancast.store.database import Store
from fancast.store.tables import account_heads
from fancast.store.tables import mass_messages as table
from fancast.workers import drive
from tests.conftest import check_ledgers
from tests.serving import dispatching, until
from tests.store.test_fan_sets import together
from tests.world import MovableClock, World, in_the_way, on_postgresql


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
        until(lambda: not list(drive.drive(world.store, [account], clock)) and all_done(), "all are sent")

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
            due = sending.plan(tx, sending.look(tx, [key], now=world.clock()), now=world.clock())
        if not due:
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
        due = sending.plan(tx, sending.look(tx, [key], now=world.clock()), now=world.clock())
    with contextlib.suppress(Crash), world.store.write() as tx:
        if due:
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
            due = sending.plan(tx, sending.look(tx, [key], now=world.clock()), now=world.clock())
            assert due
        world.do(verb, made)
        with contextlib.suppress(Overtaken), world.store.write() as tx:
            sending.work(tx, due, now=world.clock())
        assert (world.again(made).state, world.inbox("f0")) == (state, [])
        check_ledgers(world.store)


def test_what_is_done_and_stays_is_not_taken_back_though_somebody_thought_it_due(world: World):
    world.crowd(2)
    made = world.sent()
    with world.store.write() as tx:
        found = Found(world.account().key, made, False)
        sending.work(tx, sending.plan(tx, [found], now=world.clock()), now=world.clock())
    assert (world.again(made).state, world.inbox("f0")) == (State.DONE, ["hello"])


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


def test_what_raises_again_and_again_is_tried_less_and_less_often_and_says_why_each_time(world: World):
    world.crowd(2)
    made = world.send()
    with in_the_way(world.store, world.account().key), structlog.testing.capture_logs():
        assert tried_in_vain(world, made)
        for seconds in (1, 2, 4, 8, 16, 32, 60, 60, 60):
            world.clock.forward(seconds=seconds - 0.001)
            assert not tried_in_vain(world, made)
            world.clock.forward(seconds=0.001)
            assert tried_in_vain(world, made)
    world.clock.forward(minutes=1)
    world.deliver()
    done = world.again(made)
    assert (done.state, done.trouble, done.attempts) == (State.DONE, None, 0)


def tried_in_vain(world: World, made: MassMessage) -> bool:
    """Whether it is tried now; and then it says why it failed."""
    here = table.c.account_id == world.account().key
    with world.write() as tx:
        tx.run(sa.update(table).where(here).values(trouble=None))
    before = world.again(made).attempts
    world.deliver()
    after = world.again(made)
    tried = after.attempts > before
    assert (after.state, bool(after.trouble)) == (State.QUEUED, tried)
    return tried


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
            sending.plan(tx, [Found(key, mass_messages.get(tx, account, one.id), False)], now=world.clock())
            for one in made
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


def test_mass_messages_of_several_accounts_move_in_one_transaction(world: World):
    """A freeze, a slow start, a step and a taking back, each of an account of its own."""
    names = ["whole", "slow", "stepping", "vanishing"]
    listed(world, *names, size=4)
    stepping = world.sent("step", on="stepping", pace=2, lists=["all"])
    vanishing = world.sent("away", on="vanishing", unsend_after_seconds=1)
    world.clock.forward(seconds=1)
    whole = world.send("whole", on="whole", lists=["all"])
    slow = world.send("slow", on="slow", pace=2, lists=["all"])
    keys = [world.account(name).key for name in names]
    slow_one, away = world.account("slow").key, world.account("vanishing").key
    more, alone = drive.act_together(world.store, keys, world.clock)
    assert (more, [one.account for one in alone]) == ([slow_one], [away])
    world.deliver()
    done = [
        world.again(one, on=name) for one, name in zip((whole, slow, stepping, vanishing), names, strict=True)
    ]
    assert [one.state for one in done] == [State.DONE, State.SENDING, State.SENDING, State.UNSENT]
    assert [one.sent for one in done] == [4, 0, 2, 4]
    assert [world.inbox("f0", on=name) for name in names] == [["whole"], [], ["step"], []]


def test_one_account_s_trouble_is_not_that_of_those_it_moves_with(world: World):
    names = ["ada", "bo", "cy"]
    made = listed_and_sent(world, *names)
    keys = [world.account(name).key for name in names]
    with world.write() as tx:
        head = tx.rows(
            sa.delete(account_heads).where(account_heads.c.account_id == keys[1]).returning(account_heads)
        )
    list(drive.drive(world.store, keys, world.clock))
    assert states(world, made) == {"ada": State.DONE, "bo": State.QUEUED, "cy": State.DONE}
    troubled = world.again(made["bo"], on="bo")
    assert "AssertionError" in (troubled.trouble or "")
    with world.write() as tx:
        tx.run(sa.insert(account_heads), head[0]._asdict())
    world.clock.forward(seconds=2)
    world.deliver()
    assert [world.inbox("f0", on=name) for name in names] == [["hello"]] * 3


def test_a_verb_that_comes_between_the_look_at_several_and_their_work_undoes_all_of_it(world: World):
    listed(world, "ada", "bo")
    first, second = world.send("one", lists=["all"]), world.send("two", on="bo", lists=["all"])
    keys = [world.account(name).key for name in ("ada", "bo")]
    with world.store.read() as tx:
        due = sending.plan(tx, sending.look(tx, keys, now=world.clock()), now=world.clock())
    world.do("cancel", second, on="bo")
    with pytest.raises(Overtaken), world.store.write() as tx:
        sending.work(tx, due, now=world.clock())
    assert (world.again(first).state, world.inbox("f0")) == (State.QUEUED, [])
    world.deliver()
    assert (world.inbox("f0"), world.inbox("f0", on="bo")) == (["one"], [])


def listed(world: World, *names: str, size: int = 2) -> None:
    """Accounts with a list of fans: such a send is read in one statement, and so may move with others anywhere."""
    for name in names:
        world.user_list("all", *world.crowd(size, on=name), on=name)


def listed_and_sent(world: World, *names: str) -> dict[str, MassMessage]:
    listed(world, *names)
    return {name: world.send("hello", on=name, lists=["all"]) for name in names}


def states(world: World, made: dict[str, MassMessage]) -> dict[str, State]:
    return {name: world.again(one, on=name).state for name, one in made.items()}


def test_an_error_at_the_very_commit_is_noted_and_nobody_else_s(world: World):
    """On PostgreSQL the last rows are sent together with the COMMIT, and fail with it."""
    made = listed_and_sent(world, "ada", "bo", "cy")
    keys = [world.account(name).key for name in made]
    with in_the_way(world.store, keys[1]):
        list(drive.drive(world.store, keys, world.clock))
        assert states(world, made) == {"ada": State.DONE, "bo": State.QUEUED, "cy": State.DONE}
        assert world.again(made["bo"], on="bo").attempts == 1
        # Whoever gets their connections next finds them in order.
        for _ in range(4):
            with world.write() as tx:
                assert tx.value(sa.select(sa.func.count()).select_from(table)) == 3
    world.clock.forward(seconds=2)
    world.deliver()
    assert states(world, made)["bo"] is State.DONE


def test_an_account_that_cannot_even_be_read_keeps_no_others_from_theirs(world: World):
    made = listed_and_sent(world, "ada", "bo", "cy")
    here = table.c.account_id == world.account("ada").key
    with world.write() as tx:
        audience = tx.value(sa.select(table.c.audience).where(here))
        tx.run(sa.update(table).where(here).values(audience={"of": "another version"}))
    list(drive.drive(world.store, [world.account(name).key for name in made], world.clock))
    assert states(world, {"bo": made["bo"], "cy": made["cy"]}) == {"bo": State.DONE, "cy": State.DONE}
    with world.write() as tx:
        tx.run(sa.update(table).where(here).values(audience=audience))
    world.deliver()
    assert world.inbox("f0") == ["hello"]


@on_postgresql
def test_a_mass_message_that_somebody_holds_keeps_no_others_waiting(world: World):
    made = listed_and_sent(world, "ada", "bo", "cy")
    keys = [world.account(name).key for name in made]
    with world.store.write() as tx:
        tx.rows(sa.select(table).where(table.c.account_id == keys[0]).with_for_update())
        driving = threading.Thread(target=lambda: list(drive.drive(world.store, keys, world.clock)))
        driving.start()
        until(
            lambda: list(states(world, made).values())[1:] == [State.DONE, State.DONE], "the others are done"
        )
        assert states(world, made)["ada"] is State.QUEUED
    driving.join()
    assert states(world, made)["ada"] is State.DONE


@on_postgresql
def test_what_must_be_done_alone_is_left_to_others_but_for_one(world: World):
    names = ["ada", "bo", "cy"]
    for name in names:
        world.crowd(2, on=name)
    made = {name: world.send("hello", on=name) for name in names}
    ada, *others = [world.account(name).key for name in names]
    turn = drive.drive(world.store, [ada, *others], world.clock, seconds=0)
    assert next(turn) == others
    assert states(world, made)["ada"] is State.QUEUED
    assert list(turn) == []
    assert states(world, made) == {"ada": State.DONE, "bo": State.QUEUED, "cy": State.QUEUED}
