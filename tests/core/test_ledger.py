"""The ledger check sees every lie: each test tells one, behind the engine's back, and takes it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.store import fan_sets
from fancast.store.tables import metadata
from fancast.workers import indexing
from tests.world import World


def sent(world: World):
    world.crowd(5, price_cents=500)
    made = world.send("hi", pace=3)
    world.deliver()
    world.clock.forward(seconds=1)
    world.deliver()
    world.writes("f0")
    world.reads("f0")
    indexing.index_next(world.store, world.account().key)
    assert world.ledger().wrong == []
    return world.again(made)


@contextmanager
def lie(world: World, table: str, **values: Any) -> Iterator[None]:
    """One row of the table says something else for a while."""
    t = metadata.tables[table]
    with world.store.write() as tx:
        key = [column for column in t.primary_key.columns]
        row = tx.row(sa.select(t).where(t.c.account_id == world.account().key).limit(1))
        assert row is not None
        same = sa.and_(*(column == getattr(row, column.name) for column in key))
        tx.run(sa.update(t).where(same).values(**values))
    yield
    with world.store.write() as tx:
        honest = {name: getattr(row, name) for name in values}
        tx.run(sa.update(t).where(same).values(**honest))


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("mass_messages", {"sent": 2}),
        ("mass_messages", {"skipped": 1}),
        ("mass_messages", {"total": 6}),
        ("mass_messages", {"cancelled": 2}),
        ("mass_messages", {"watermark": 3}),
        ("mass_messages", {"state": "done"}),
        ("mass_messages", {"purchased": 1}),
        ("mass_messages", {"revenue_cents": 500}),
        ("mass_messages", {"viewed": 2}),
        ("message_marks", {"opened_at": None}),
        ("chats", {"last_direct_id": 5}),
        ("chats", {"last_fan_id": 5}),
        ("chats", {"last_read_id": 10**12}),
        ("chats", {"hidden": True}),
        ("steps", {"count": 2}),
        ("steps", {"begins_id": 5}),
        ("fans", {"blocked": True}),
        ("fans", {"renews": False}),
        ("fans", {"lapsed": True}),
        ("fans", {"name": "Somebody"}),
        ("fans", {"subscribed_until": 5}),
        ("fans", {"subscriptions_cents": 1}),
        ("fans", {"tips_cents": 1}),
        ("fans", {"spent_cents": 1}),
        ("transactions", {"net_cents": 1}),
        ("transactions", {"gross_cents": 1}),
        ("fan_sets", {"size": 99}),
        ("account_heads", {"next_id": 1_000_000}),
        ("fan_counters", {"next_number": 1}),
        ("subscriber_sweeps", {"swept_until": 10**14}),
    ],
)
def test_a_number_that_lies_is_found(world: World, table: str, values: dict[str, Any]):
    sent(world)
    with lie(world, table, **values):
        assert world.ledger().difference > 0
    assert world.ledger().difference == 0


@pytest.mark.parametrize(
    "kind",
    [
        SetKind.TO,
        SetKind.BLOCKED,
        SetKind.SUBSCRIBED,
        SetKind.SKIPPED_BLOCKED,
        SetKind.HIDDEN_CHATS,
        SetKind.UNREAD_CHATS,
    ],
)
def test_a_set_that_holds_a_stranger_is_found(world: World, kind: SetKind):
    made = sent(world)
    ref = made.id if kind in (SetKind.TO, SetKind.SKIPPED_BLOCKED) else 0
    stranger, nobody = FanSet([2 if kind is SetKind.SKIPPED_BLOCKED else 90]), FanSet()
    for changes, differs in (((stranger, nobody), True), ((nobody, stranger), False)):
        with world.store.write() as tx:
            fan_sets.change(tx, world.account().key, {SetKey(kind, ref): changes})
        assert (world.ledger().difference > 0) is differs


def test_a_name_in_the_wrong_set_is_found(world: World):
    sent(world)
    one, nobody = FanSet([0]), FanSet()
    for changes, differs in (((one, nobody), True), ((nobody, one), False)):
        with world.store.write() as tx:
            fan_sets.change(tx, world.account().key, {SetKey(SetKind.NAME_GRAM, ord("q") << 42): changes})
        assert (world.ledger().difference > 0) is differs


# ---- money


def traded(world: World):
    """A copy and a direct message that one fan bought, and a tip."""
    world.fan("ann")
    made = world.sent("look", price_cents=500, media=[7])
    world.buys("ann", made)
    world.buys("ann", world.direct("ann", "for you", price_cents=900, media_ids=world.media(8)))
    world.tips("ann", 700)
    assert world.ledger().wrong == []
    return made


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("mass_messages", {"purchased": 2}),
        ("mass_messages", {"revenue_cents": 1}),
        ("purchases", {"amount_cents": 1}),
        ("purchases", {"payment_reference": "another"}),
        ("payments", {"amount_cents": 1}),
        ("payments", {"purpose": "tip"}),
        ("tips", {"amount_cents": 1}),
        ("tips", {"payment_reference": "another"}),
        ("transactions", {"queue_id": None}),
        ("transactions", {"created_at": 5}),
        ("day_totals", {"count": 9}),
        ("day_totals", {"gross_cents": 9}),
        ("day_totals", {"fee_cents": 9}),
        ("fans", {"messages_cents": 1}),
        ("fans", {"tips_cents": 0}),
    ],
)
def test_an_amount_that_lies_is_found(world: World, table: str, values: dict[str, Any]):
    traded(world)
    with lie(world, table, **values):
        assert world.ledger().difference > 0
    assert world.ledger().difference == 0


@pytest.mark.parametrize(
    ("kind", "ref"), [(SetKind.TIPPERS, 0), (SetKind.SPENDERS, 0), (SetKind.OWNERS, 7), (SetKind.OWNERS, 8)]
)
def test_a_set_that_forgets_who_paid_is_found(world: World, kind: SetKind, ref: int):
    traded(world)
    payer, nobody = FanSet([0]), FanSet()
    for changes, differs in (((nobody, payer), True), ((payer, nobody), False)):
        with world.store.write() as tx:
            fan_sets.change(tx, world.account().key, {SetKey(kind, ref): changes})
        assert (world.ledger().difference > 0) is differs
