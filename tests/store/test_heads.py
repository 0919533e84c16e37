"""Ids and event numbers come in the order of commits, without holes; a hint is owed once."""

import contextlib
import threading
from datetime import timedelta

import sqlalchemy as sa

from fancast.model.events import EventKind
from fancast.store import events, heads
from fancast.store.database import Store
from tests.serving import until
from tests.store.test_fan_sets import together
from tests.world import NOON, World, on_postgresql


def test_ids_and_events_are_in_commit_order_without_holes_under_four_threads(world: World):
    key, store = world.account().key, world.store
    first = watched(world)[0]
    done, seen = threading.Event(), [first - 1]

    def write(which: int) -> None:
        for turn in range(25):
            ids = (which + turn) % 4
            with store.write() as tx:
                head = heads.take(tx, key, ids=ids, events=1)
                fact = {"first_id": head.first_id, "ids": ids}
                events.add(tx, key, head.first_event, EventKind.MESSAGE_SENT, head.first_id, fact, now=NOON)

    def follow() -> None:
        last = False
        while not last:
            last = done.is_set()
            with store.read() as tx:
                seen.extend(event.number for event in events.after(tx, key, seen[-1], 1_000))

    follower = threading.Thread(target=follow)
    follower.start()
    try:
        together(*(lambda which=which: write(which) for which in range(4)))
    finally:
        done.set()
        follower.join()
    assert seen == list(range(first - 1, first + 100))
    expected = heads.FIRST_ID
    for event in world.events()[-100:]:
        assert event.data["first_id"] == expected
        expected += event.data["ids"]


def watched(world: World) -> tuple[int, int]:
    """The next event number and id, taken by nobody."""
    key = world.account().key
    with world.store.write() as tx:
        head = heads.take(tx, key)
    return head.first_event, head.first_id


def test_what_a_failed_transaction_took_is_given_back(world: World):
    key, before = world.account().key, watched(world)
    with contextlib.suppress(Abandoned), world.store.write() as tx:
        heads.take(tx, key, ids=5, events=5)
        raise Abandoned
    assert watched(world) == before


class Abandoned(Exception):
    """A use case that fails after it took something."""


class Told:
    """Remembers which accounts it was told of."""

    def __init__(self) -> None:
        self.deferred: list[int] = []
        self.accounts: list[int] = []

    def defer(self, _tx: object, accounts: object) -> None:
        self.deferred += accounts  # type: ignore[arg-type]

    def committed(self, accounts: object) -> None:
        self.accounts += accounts  # type: ignore[arg-type]


def hint(store: Store, key: int) -> None:
    with store.write() as tx:
        heads.take(tx, key, hint_at=NOON)  # type: ignore[arg-type]


def test_the_first_hint_owes_a_look_and_later_ones_ride_on_it(world: World):
    key = world.account().key
    told = world.store.jobs = Told()
    hint(world.store, key)
    hint(world.store, key)
    assert told.accounts == [key]
    with world.store.write() as tx:
        heads.clear_hints(tx, [key])
    hint(world.store, key)
    assert told.accounts == told.deferred == [key, key]


def test_nobody_is_told_of_what_was_rolled_back(world: World):
    key = world.account().key
    told = world.store.jobs = Told()
    with contextlib.suppress(Abandoned), world.store.write() as tx:
        heads.take(tx, key, hint_at=NOON)
        raise Abandoned
    assert told.accounts == []
    hint(world.store, key)
    assert told.accounts == [key]


def test_a_hint_that_nobody_took_up_is_found_and_owed_anew(world: World):
    key = world.account().key
    hint(world.store, key)
    with world.store.read() as tx:
        assert heads.hinted_before(tx, NOON) == []
        assert heads.hinted_before(tx, NOON + timedelta(seconds=1)) == [key]
    told = world.store.jobs = Told()
    with world.store.write() as tx:
        heads.renew_hints(tx, NOON + timedelta(seconds=1), now=NOON + timedelta(seconds=5))
    assert told.accounts == [key]


def test_a_moment_read_before_its_turn_came_is_put_off_to_the_newest_one(world: World):
    key = world.account().key
    with world.store.write() as tx:
        assert heads.take(tx, key, at=NOON).at == NOON
        assert heads.take(tx, key, at=NOON - timedelta(seconds=2)).at == NOON
        assert heads.take(tx, key, at=NOON + timedelta(milliseconds=1)).at == NOON + timedelta(milliseconds=1)
        assert heads.take(tx, key).at == NOON + timedelta(milliseconds=1)


def test_a_clock_that_was_set_back_is_believed(world: World):
    key, earlier = world.account().key, NOON - timedelta(hours=1)
    with world.store.write() as tx:
        heads.take(tx, key, at=NOON)
        assert heads.take(tx, key, at=earlier).at == earlier


@on_postgresql
def test_others_that_were_hinted_longest_are_taken_up_in_company(world: World):
    keys = [world.account(f"acc{place}").key for place in range(5)]
    for late, key in enumerate(keys):
        with world.store.write() as tx:
            heads.take(tx, key, hint_at=NOON + timedelta(seconds=late))
    with world.store.alone() as tx:
        assert sorted(heads.clear_hints(tx, [keys[3]], company=2)) == [keys[0], keys[1], keys[3]]
    with world.store.alone() as tx:
        # Somebody took it up already: whoever has its job has nothing to do for it.
        assert sorted(heads.clear_hints(tx, [keys[0]], company=9)) == [keys[2], keys[4]]
    with world.store.alone() as tx:
        assert heads.clear_hints(tx, keys, company=9) == []


@on_postgresql
def test_hints_are_taken_in_the_order_of_accounts_whatever_way_their_rows_lie(world: World):
    """As heads are taken: so two who take several never wait for each other."""
    first, second = (world.account(name).key for name in ("ada", "bo"))
    for key in (second, first):
        with world.store.write() as tx:
            # The row that was changed last lies behind the other.
            heads.take(tx, key, hint_at=NOON)

    def clear() -> None:
        with world.store.alone() as tx:
            heads.clear_hints(tx, [second, first], company=1)

    with world.store.write() as tx:
        heads.take(tx, first)
        clearing = threading.Thread(target=clear)
        clearing.start()
        until(lambda: waiting_for_a_lock(world), "it waits for the first")
        # It does not hold the second while it waits.
        heads.take(tx, second)
    clearing.join()
    with world.store.read() as tx:
        assert heads.hinted_before(tx, NOON + timedelta(days=1)) == []


def waiting_for_a_lock(world: World) -> bool:
    waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with world.store.read() as tx:
        return tx.value(sa.text(waiting)) is not None
