"""Stored sets of fans do what plain Python sets do, on both databases."""

import itertools
import random
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.model.fan_sets import CHUNK_SIZE, FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber
from fancast.store import fan_sets
from fancast.store.database import Store
from fancast.store.tables import fan_sets as table
from tests.serving import until
from tests.unit.test_fan_sets import EDGE, NUMBERS, PLAIN

KEYS = [SetKey(SetKind.LIST, 1), SetKey(SetKind.LIST, 2), SetKey(SetKind.BLOCKED), SetKey(SetKind.TO, 2**52)]
NAMES = st.sampled_from(KEYS)
CHANGES = st.dictionaries(NAMES, st.tuples(PLAIN, PLAIN), max_size=4)
#: Examples share a test's store: each takes an account that nobody had.
accounts = map(AccountKey, itertools.count(1))


def plain_after(plain: dict[SetKey, set[int]], changes: dict[SetKey, tuple[set[int], set[int]]]) -> None:
    for key, (add, remove) in changes.items():
        plain[key] = (plain[key] | add) - remove


def changed(store: Store, account: AccountKey, *steps: dict[SetKey, tuple[set[int], set[int]]]) -> None:
    for step in steps:
        with store.write() as tx:
            wanted = {key: (FanSet(add), FanSet(remove)) for key, (add, remove) in step.items()}
            fan_sets.change(tx, account, wanted)


@settings(max_examples=40)
@given(steps=st.lists(CHANGES, max_size=4))
def test_changes_add_up_as_with_plain_sets(
    store: Store, steps: list[dict[SetKey, tuple[set[int], set[int]]]]
):
    account, plain = next(accounts), {key: set[int]() for key in KEYS}
    changed(store, account, *steps)
    for step in steps:
        plain_after(plain, step)
    with store.read() as tx:
        assert {key: set(fans) for key, fans in fan_sets.load_many(tx, account, KEYS).items()} == plain
        assert fan_sets.sizes(tx, account, KEYS) == {key: len(fans) for key, fans in plain.items()}


@settings(max_examples=40)
@given(plain=PLAIN, edge=EDGE, other=EDGE, limit=st.integers(0, 400), offset=st.integers(0, 400))
def test_every_question_is_answered_as_by_a_plain_set(
    store: Store, plain: set[int], edge: int, other: int, limit: int, offset: int
):
    account, key, low, high = next(accounts), KEYS[0], min(edge, other), max(edge, other)
    with store.write() as tx:
        fan_sets.create(tx, account, key, FanSet(plain))
    with store.read() as tx:
        above = sorted(number for number in plain if number > edge)
        assert list(fan_sets.after(tx, account, key, edge, limit)) == above[:limit]
        assert list(fan_sets.after(tx, account, key, edge, None)) == above
        low = max(low, 0)
        found = fan_sets.between(tx, account, [key], low, high)
        assert set(found[key]) == {n for n in plain if low <= n <= high}
        page = fan_sets.page(tx, account, key, offset=offset, limit=limit)
        assert page == sorted(plain)[offset : offset + limit]
        asked = FanNumber(max(edge, 0))
        assert fan_sets.holds(tx, account, key, asked) == (asked in plain)


@settings(max_examples=25)
@given(plains=st.dictionaries(st.integers(1, 2**52), PLAIN, max_size=6), number=NUMBERS)
def test_which_sets_hold_a_fan_is_known(store: Store, plains: dict[int, set[int]], number: int):
    account = next(accounts)
    changed(store, account, {SetKey(SetKind.OWNERS, ref): (fans, set()) for ref, fans in plains.items()})
    holding = {ref for ref, fans in plains.items() if number in fans}
    with store.read() as tx:
        every = fan_sets.refs_among_holding(tx, account, SetKind.OWNERS, plains, FanNumber(number))
        assert every == holding
        some = [*list(plains)[:3], 999]
        found = fan_sets.refs_among_holding(tx, account, SetKind.OWNERS, some, FanNumber(number))
        assert found == holding & set(some)


def test_of_large_sets_one_byte_is_asked_for(store: Store):
    account, everybody = next(accounts), set(range(CHUNK_SIZE, 2 * CHUNK_SIZE))
    chance = random.Random(1)
    plains = {size: set(chance.sample(sorted(everybody), size)) for size in (4_096, 4_097, 30_000, 65_000)}
    plains |= {1: everybody, 2: everybody - {CHUNK_SIZE + 9}}
    changed(store, account, {SetKey(SetKind.TO, ref): (fans, set()) for ref, fans in plains.items()})
    with store.read() as tx:
        for number in chance.sample(sorted(everybody), 60):
            found = fan_sets.refs_among_holding(tx, account, SetKind.TO, plains, FanNumber(number))
            assert found == {ref for ref, fans in plains.items() if number in fans}


def test_sets_of_other_accounts_kinds_and_refs_are_left_alone(store: Store):
    mine, other = next(accounts), next(accounts)
    changed(store, mine, {KEYS[0]: ({1, 2}, set())})
    changed(store, other, {KEYS[0]: ({3}, set())})
    with store.write() as tx:
        fan_sets.delete(tx, mine, KEYS[0])
    with store.read() as tx:
        assert not fan_sets.load(tx, mine, KEYS[0])
        assert set(fan_sets.load(tx, other, KEYS[0])) == {3}
        assert not fan_sets.load(tx, other, KEYS[1])


def test_hundreds_of_sets_are_loaded_at_once(store: Store):
    account = next(accounts)
    keys = [SetKey(SetKind.LIST, ref) for ref in range(1, 351)]
    changed(store, account, {key: ({key.ref}, set()) for key in keys})
    with store.read() as tx:
        assert all(set(fans) == {key.ref} for key, fans in fan_sets.load_many(tx, account, keys).items())
        assert set(fan_sets.sizes(tx, account, keys).values()) == {1}


def test_a_change_of_nobody_writes_nothing(store: Store):
    account = next(accounts)
    changed(store, account, {KEYS[0]: (set(), set())})
    with store.read() as tx:
        assert tx.value(sa.select(sa.func.count()).where(table.c.account_id == account)) == 0


def together(*works: Callable[[], None]) -> None:
    """Run all at once; raise what any of them raised."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        barrier.wait()
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_first_inserts_that_meet_in_one_chunk_lose_nobody(store: Store):
    for _ in range(20):
        account = next(accounts)

        def add(number: int, account: AccountKey = account) -> None:
            changed(store, account, {KEYS[0]: ({number}, set())})

        together(*(lambda number=number: add(number) for number in range(4)))
        with store.read() as tx:
            assert set(fan_sets.load(tx, account, KEYS[0])) == {0, 1, 2, 3}


def test_two_writers_of_one_chunk_wait_for_one_another_and_both_count(store: Store):
    account, first_in, second_on_its_way = next(accounts), threading.Event(), threading.Event()

    def first() -> None:
        with store.write() as tx:
            fan_sets.change(tx, account, {KEYS[0]: (FanSet([1]), FanSet())})
            first_in.set()
            second_on_its_way.wait()

    def second() -> None:
        first_in.wait()
        second_on_its_way.set()
        changed(store, account, {KEYS[0]: ({2}, set())})

    together(first, second)
    with store.read() as tx:
        assert set(fan_sets.load(tx, account, KEYS[0])) == {1, 2}


def test_writers_of_many_sets_in_any_order_never_deadlock(store: Store):
    account = next(accounts)

    def write(order: list[SetKey], number: int) -> None:
        for turn in range(15):
            numbers = {number + turn * 10, number + turn * 10 + CHUNK_SIZE}
            changed(store, account, {key: (numbers, set()) for key in order})

    together(*(lambda n=n: write(KEYS if n % 2 else KEYS[::-1], n) for n in range(4)))
    with store.read() as tx:
        assert set(fan_sets.sizes(tx, account, KEYS).values()) == {4 * 15 * 2}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_who_waits_for_one_set_has_not_begun_the_next(store: Store):
    account, (first, second) = next(accounts), KEYS[:2]
    changed(store, account, {first: ({1}, set())})
    waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                      " AND datname = current_database()")  # fmt: skip

    def other_waits() -> bool:
        with store.read() as tx:
            return tx.value(waiting) > 0

    begun = threading.Event()
    held = sa.select(table.c.chunk).where(table.c.account_id == account).with_for_update()

    def one() -> None:
        with store.write() as tx:
            # A change of the first set, before its UPDATE.
            tx.run(held)
            begun.set()
            until(other_waits, "the other one waits")
            fan_sets.change(tx, account, {second: (FanSet([2]), FanSet())})

    def both_at_once() -> None:
        begun.wait()
        changed(store, account, {first: ({3}, set()), second: ({3}, set())})

    together(one, both_at_once)
    with store.read() as tx:
        assert [set(fan_sets.load(tx, account, key)) for key in (first, second)] == [{1, 3}, {2, 3}]
