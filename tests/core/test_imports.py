"""Imports: fans and members of lists, created or updated a batch at a time."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fancast.core import accounts, fans, imports, user_lists
from fancast.core.imports import Tally, read_fan
from fancast.model.accounts import Account
from fancast.model.problems import Problem
from fancast.store.database import Store
from tests.world import DAY, MovableClock

ROW = {
    "fan_id": "7", "username": "bo",
    "name": "Bo 🧑‍🚀", "subscribed_at": "2026-01-01", "expires_at": "2027-01-01T00:00:00Z",
    "renews": "yes", "price_cents": "999", "blocked": "0", "unreachable": "",
}  # fmt: skip


@pytest.fixture
def account(store: Store, clock: MovableClock) -> Account:
    with store.write() as tx:
        return accounts.create(tx, "Ada", "ada", now=clock())


def read(**changes: str) -> tuple[Any, dict[str, Any]]:
    row = {**ROW, **changes}
    return read_fan(list(row), list(row.values()))


def put(store: Store, account: Account, clock: MovableClock, *rows: dict[str, str]) -> Tally:
    with store.write() as tx:
        return imports.put_fans(tx, account, dict(read(**row) for row in rows), now=clock())


def test_a_row_makes_a_fan_with_a_subscription(store: Store, account: Account, clock: MovableClock) -> None:
    assert put(store, account, clock, {}) == Tally(created=1)
    with store.read() as tx:
        fan = fans.get(tx, account, 7)
        assert (fan.username, fan.name, fan.blocked) == ("bo", "Bo 🧑‍🚀", False)
        assert fan.subscription is not None
        assert (fan.subscription.renews, fan.subscription.price_cents) == (True, 999)
        assert fans.count(tx, account) == 1
        assert user_lists.holds(tx, account, user_lists.BuiltIn.REBILL_ON, fan.number, now=clock())


def test_the_same_rows_again_change_nothing(store: Store, account: Account, clock: MovableClock) -> None:
    rows: list[dict[str, str]] = [{"fan_id": str(number), "blocked": "1"} for number in range(1, 30)]
    assert put(store, account, clock, *rows) == Tally(created=29)
    clock.now += DAY
    assert put(store, account, clock, *rows) == Tally(unchanged=29)


def test_a_row_updates_what_it_says_and_leaves_the_rest(
    store: Store, account: Account, clock: MovableClock
) -> None:
    put(store, account, clock, {})
    changed = {"name": "", "username": "bobo", "blocked": "true", "renews": "no", "expires_at": "2026-02-01"}
    assert put(store, account, clock, changed) == Tally(updated=1)
    with store.read() as tx:
        fan = fans.get(tx, account, 7)
        assert (fan.username, fan.name, fan.blocked) == ("bobo", "Bo 🧑‍🚀", True)
        assert not fan.subscribed(clock())
        assert fans.count(tx, account) == 0


def test_a_fan_with_an_id_alone_gets_a_username(store: Store, account: Account, clock: MovableClock) -> None:
    with store.write() as tx:
        imports.put_fans(tx, account, dict([read_fan(["fan_id"], ["8"])]), now=clock())
        fan = fans.get(tx, account, 8)
    assert (fan.username, fan.name, fan.subscription) == ("u8", "u8", None)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("fan_id", ""), ("fan_id", "0"), ("fan_id", "-1"), ("fan_id", "7.0"), ("fan_id", "٧"),
        ("fan_id", "9007199254740992"), ("username", "a\nb"), ("username", "x" * 201), ("renews", "maybe"),
        ("price_cents", "9.99"), ("price_cents", "-1"), ("price_cents", "99999999"), ("subscribed_at", "yesterday"),
        ("subscribed_at", ""), ("expires_at", "2025-01-01"), ("expires_at", "99999-01-01"), ("blocked", "2"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_refused_with_a_reason(column: str, cell: str) -> None:
    with pytest.raises(Problem) as refused:
        read(**{column: cell})
    assert refused.value.code == "invalid"
    assert len(refused.value.message) > 20


# ---- lists


@pytest.fixture
def three(store: Store, account: Account, clock: MovableClock) -> Iterator[None]:
    put(store, account, clock, {"fan_id": "1"}, {"fan_id": "2"}, {"fan_id": "3"})
    yield
    clock.now += timedelta(seconds=1)


@pytest.mark.usefixtures("three")
def test_an_unknown_name_makes_a_list_once(store: Store, account: Account, clock: MovableClock) -> None:
    with store.write() as tx:
        gold = imports.settle_list(tx, account, "Gold", now=clock())
        assert imports.settle_list(tx, account, "Gold", now=clock()) == gold
        assert imports.settle_list(tx, account, str(gold), now=clock()) == gold
        assert imports.put_members(tx, account, {gold: [1, 2, 2, 99]}) == (2, 0, {99})
        assert imports.put_members(tx, account, {gold: [1, 3]}) == (1, 1, set())
        assert user_lists.get(tx, account, gold, now=clock()).fans_count == 3


@pytest.mark.parametrize("word", ["", "12345", "fans", "recent", "x" * 101])
def test_a_list_that_cannot_be_meant_is_refused(
    store: Store, account: Account, clock: MovableClock, word: str
) -> None:
    with store.write() as tx, pytest.raises(Problem):
        imports.settle_list(tx, account, word, now=clock())


@pytest.mark.usefixtures("three")
def test_the_muted_list_takes_fans(store: Store, account: Account, clock: MovableClock) -> None:
    with store.write() as tx:
        muted = imports.settle_list(tx, account, "muted", now=clock())
        assert imports.put_members(tx, account, {muted: [2]}) == (1, 0, frozenset())
