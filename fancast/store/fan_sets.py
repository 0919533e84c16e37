"""Stored sets of fans: load, count, ask, page, change. One row per 65,536 fan numbers."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from fancast.model import fan_sets as sets
from fancast.model.fan_sets import Chunk, FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber
from fancast.store.among import among
from fancast.store.database import Tx, insert_of
from fancast.store.rows import Row
from fancast.store.tables import fan_sets as t

#: So many sets are read in one statement.
MOST_AT_ONCE = 100
# A set of one unpaced step's worth is read whole; a paced step reads a few chunks at a time.
_CHUNKS_AT_ONCE = 4
#: So many are changed at once.
_MOST_CHUNKS = 500


def load(tx: Tx, account: AccountKey, key: SetKey) -> FanSet:
    """The whole set; empty when nothing is stored."""
    return load_many(tx, account, [key])[key]


def load_many(tx: Tx, account: AccountKey, keys: Iterable[SetKey]) -> dict[SetKey, FanSet]:
    """Several sets in one statement."""
    wanted = list(dict.fromkeys(keys))
    parts: dict[tuple[int, int], list[bytes]] = {(key.kind.value, key.ref): [] for key in wanted}
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[start : start + MOST_AT_ONCE]
        rows: Any = tx.rows(_load(len(some)), _key_values(account, some))
        for kind, ref, bits in rows:
            parts[kind, ref].append(bits)
    return {key: sets.unpack(parts[key.kind.value, key.ref]) for key in wanted}


def load_above(tx: Tx, account: AccountKey, low: Mapping[SetKey, int]) -> dict[SetKey, FanSet]:
    """Of each set the stored chunks that reach its number or higher, in one statement."""
    parts: dict[tuple[int, int], list[bytes]] = {(key.kind.value, key.ref): [] for key in low}
    wanted = list(low)
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[start : start + MOST_AT_ONCE]
        first = {f"first{place}": sets.chunk_of(max(low[key], 0)) for place, key in enumerate(some)}
        for row in tx.rows(_load_above(len(some)), _key_values(account, some) | first):
            parts[row.kind, row.ref].append(row.bits)
    return {key: sets.unpack(parts[key.kind.value, key.ref]) for key in wanted}


def sizes(tx: Tx, account: AccountKey, keys: Iterable[SetKey]) -> dict[SetKey, int]:
    """How many fans each set holds, without reading a bitmap."""
    wanted = list(dict.fromkeys(keys))
    found: dict[tuple[int, int], int] = {}
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[start : start + MOST_AT_ONCE]
        for row in tx.rows(_sizes(len(some)), _key_values(account, some)):
            found[row.kind, row.ref] = int(row.total or 0)
    return {key: found.get((key.kind.value, key.ref), 0) for key in wanted}


def part_holding(tx: Tx, account: AccountKey, key: SetKey, number: FanNumber) -> FanSet:
    """The one stored chunk that could hold this fan."""
    bits = tx.value(sa.select(t.c.bits).where(*_is(account, key), t.c.chunk == sets.chunk_of(number)))
    return sets.unpack([] if bits is None else [bits])


def holds(tx: Tx, account: AccountKey, key: SetKey, number: FanNumber) -> bool:
    return number in part_holding(tx, account, key, number)


def refs_among_holding(
    tx: Tx, account: AccountKey, kind: SetKind, refs: Iterable[int], number: FanNumber
) -> set[int]:
    """Which of these refs' sets of this kind hold the fan: one small row each."""
    return refs_by_kind(tx, account, [kind], refs, number)[kind]


def refs_by_kind(
    tx: Tx, account: AccountKey, kinds: Sequence[SetKind], refs: Iterable[int], number: FanNumber
) -> dict[SetKind, set[int]]:
    """Which of these refs' sets hold the fan, for several kinds in one statement."""
    wanted = sorted(set(refs))
    found: dict[int, set[int]] = {kind.value: set() for kind in kinds}
    for start in range(0, len(wanted), 500):
        values = {
            "account": account, "kinds": [kind.value for kind in kinds], "refs": wanted[start : start + 500],
            "chunk": sets.chunk_of(number), "place": sets.byte_of(number) + 1,
        }  # fmt: skip
        for row in tx.rows(_HOLDING, values):
            if sets.holds(row.part, number):
                found[row.kind].add(row.ref)
    return {kind: found[kind.value] for kind in kinds}


def pairs_holding(
    tx: Tx, account: AccountKey, kind: SetKind, refs: Iterable[int], numbers: Iterable[int]
) -> set[tuple[int, int]]:
    """Which of these refs' sets of this kind hold which of these fans: (ref, number)."""
    wanted, fans = list(set(refs)), FanSet(numbers)
    if not wanted or not fans:
        return set()
    chunks = sorted({sets.chunk_of(number) for number in fans})
    values = {"account": account, "kind": kind.value, "refs": wanted, "chunks": chunks}
    return {(row.ref, number) for row in tx.rows(_PAIRS, values) for number in sets.unpack([row.bits]) & fans}


def after(tx: Tx, account: AccountKey, key: SetKey, watermark: int, limit: int | None) -> FanSet:
    """The next `limit` fans above the watermark (all when None), reading no more chunks than needed."""
    known = _key_value(account, key)
    if limit is None:
        rows = tx.rows(_FROM, known | {"chunk": sets.chunk_of(watermark + 1)})
        return sets.above(sets.unpack(row.bits for row in rows), watermark)
    found, first = FanSet(), sets.chunk_of(watermark + 1)
    while len(found) < limit:
        rows = tx.rows(_FROM_SOME, known | {"chunk": first})
        if not rows:
            break
        found |= sets.above(sets.unpack(row.bits for row in rows), watermark)
        first = rows[-1].chunk + 1
    return sets.first(found, limit)


def between(tx: Tx, account: AccountKey, keys: Iterable[SetKey], low: int, high: int) -> dict[SetKey, FanSet]:
    """The parts of these sets from `low` to `high`, both included, in one statement."""
    wanted = list(dict.fromkeys(keys))
    parts: dict[tuple[int, int], list[bytes]] = {(key.kind.value, key.ref): [] for key in wanted}
    reach = {"first": sets.chunk_of(low), "last": sets.chunk_of(high)}
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = wanted[start : start + MOST_AT_ONCE]
        for row in tx.rows(_between(len(some)), _key_values(account, some) | reach):
            parts[row.kind, row.ref].append(row.bits)
    return {key: sets.clamp(sets.unpack(parts[key.kind.value, key.ref]), low, high + 1) for key in wanted}


def page(tx: Tx, account: AccountKey, key: SetKey, *, offset: int, limit: int) -> list[FanNumber]:
    """`limit` members in order of arrival, after skipping `offset`: found by cardinalities, not by walking."""
    wanted: list[FanNumber] = []
    listing = sa.select(t.c.chunk, t.c.size).where(*_is(account, key)).order_by(t.c.chunk)
    for row in tx.rows(listing):
        if offset >= row.size:
            offset -= row.size
            continue
        part = sets.unpack([tx.value(sa.select(t.c.bits).where(*_is(account, key), t.c.chunk == row.chunk))])
        wanted += sets.page(part, offset, limit - len(wanted))
        offset = 0
        if len(wanted) >= limit:
            break
    return wanted


def create(tx: Tx, account: AccountKey, key: SetKey, fans: FanSet) -> None:
    """Store a new set. Its rows are new, so this may stand after the head."""
    create_each(tx, [(account, key, sets.packed(fans))])


def create_each(tx: Tx, new: Iterable[tuple[AccountKey, SetKey, Iterable[Chunk]]]) -> None:
    """Store new sets, packed, in one statement."""
    tx.many(_INSERT, [_row(account, key, chunk) for account, key, chunks in new for chunk in chunks])


def delete(tx: Tx, account: AccountKey, key: SetKey) -> None:
    """Drop a whole set together with what it belongs to (a deleted list, a removed draft)."""
    tx.run(sa.delete(t).where(*_is(account, key)))


def rename(tx: Tx, account: AccountKey, key: SetKey, kind: SetKind) -> None:
    """Let a whole set answer another question about the same thing from now on."""
    tx.run(sa.update(t).where(*_is(account, key)).values(kind=kind.value))


Change = tuple[FanSet, FanSet]


def change(tx: Tx, account: AccountKey, changes: Mapping[SetKey, Change]) -> None:
    """Add and remove fans: `{key: (to add, to remove)}`. Locks chunks in (kind, ref, chunk) order."""

    def place(key: SetKey) -> tuple[SetKind, list[int]]:
        return key.kind, [index for index, _ in sets.chunks(sets.union(changes[key]))]

    in_order = sorted(changes, key=lambda key: (key.kind.value, key.ref))
    # Sets of one kind that change in the same chunks, as the owners of several media do, take no more statements.
    for (kind, touched), keys in groupby(in_order, place):
        if touched:
            _change_chunks(tx, account, kind, touched, {key.ref: changes[key] for key in keys})


def _change_chunks(
    tx: Tx, account: AccountKey, kind: SetKind, touched: Sequence[int], changes: Mapping[int, Change]
) -> None:
    """Sets of one kind by their refs, in these chunks."""
    # Insert where missing: two first inserts that both found no row to lock lost a fan. Else lock, row by row in that
    # same walk: who inserted what was missing first, and then waited for a row before it, deadlocked.
    nobody = sets.pack(FanSet())
    empty = [
        _row(account, SetKey(kind, ref), Chunk(index, 0, nobody)) for ref in changes for index in touched
    ]
    tx.many(_make(tx.dialect), empty)
    refs = list(changes)
    at_once = max(1, _MOST_CHUNKS // len(touched))
    for first in range(0, len(refs), at_once):
        for start in range(0, len(touched), _MOST_CHUNKS):
            some, these = refs[first : first + at_once], touched[start : start + _MOST_CHUNKS]
            values = {"account": account, "kind": kind.value, "refs": some, "chunks": these}
            rows = [_changed(row, *changes[row.ref]) for row in tx.rows(_CHUNKS, values)]
            tx.many(_UPDATE, [{"key_account": account, "key_kind": kind.value, **row} for row in rows])


def _changed(row: Row, add: FanSet, remove: FanSet) -> dict[str, object]:
    """A chunk's row after the change."""
    low = row.chunk << sets.CHUNK_BITS
    high = low + sets.CHUNK_SIZE
    part = (sets.unpack([row.bits]) | sets.clamp(add, low, high)) - sets.clamp(remove, low, high)
    return {
        "key_ref": row.ref, "key_chunk": row.chunk, "new_size": len(part), "new_bits": sets.pack(part),
    }  # fmt: skip


def _is(account: AccountKey, key: SetKey) -> tuple[sa.ColumnElement[bool], ...]:
    return (t.c.account_id == account, t.c.kind == key.kind.value, t.c.ref == key.ref)


def _row(account: AccountKey, key: SetKey, chunk: Chunk) -> dict[str, object]:
    return {
        "account_id": account, "kind": key.kind.value, "ref": key.ref, "chunk": chunk.number, "size": chunk.size,
        "bits": chunk.bits,
    }  # fmt: skip


def _key_values(account: AccountKey, keys: Sequence[SetKey]) -> dict[str, int]:
    values: dict[str, int] = {"account": account}
    for place, key in enumerate(keys):
        values[f"kind{place}"], values[f"ref{place}"] = key.kind.value, key.ref
    return values


def _key_value(account: AccountKey, key: SetKey) -> dict[str, int]:
    return _key_values(account, [key])


def _keyed(columns: Sequence[sa.ColumnElement[object]], place: int) -> sa.Select[object]:
    return sa.select(*columns).where(  # type: ignore[return-value]
        t.c.account_id == sa.bindparam("account"),
        t.c.kind == sa.bindparam(f"kind{place}", type_=sa.Integer),
        t.c.ref == sa.bindparam(f"ref{place}", type_=sa.BigInteger),
    )


# One SELECT per key, joined: each is one short index range on both databases, where an OR is not.


@cache
def _load(count: int) -> sa.Executable:
    return sa.union_all(*(_keyed([t.c.kind, t.c.ref, t.c.bits], place) for place in range(count)))


@cache
def _load_above(count: int) -> sa.Executable:
    return sa.union_all(
        *(
            _keyed([t.c.kind, t.c.ref, t.c.bits], place).where(
                t.c.chunk >= sa.bindparam(f"first{place}", type_=sa.Integer)
            )
            for place in range(count)
        )
    )


@cache
def _between(count: int) -> sa.Executable:
    reach = t.c.chunk.between(sa.bindparam("first", type_=sa.Integer), sa.bindparam("last", type_=sa.Integer))
    return sa.union_all(
        *(_keyed([t.c.kind, t.c.ref, t.c.bits], place).where(reach) for place in range(count))
    )


@cache
def _sizes(count: int) -> sa.Executable:
    columns: list[sa.ColumnElement[object]] = [t.c.kind, t.c.ref, sa.func.sum(t.c.size).label("total")]
    return sa.union_all(*(_keyed(columns, place).group_by(t.c.kind, t.c.ref) for place in range(count)))


@cache
def _make(dialect: str) -> sa.Executable:
    made: sa.Executable = insert_of(dialect, t).on_conflict_do_nothing()
    if dialect == "postgresql":
        # It changes no row that is there, but locks it.
        made = insert_of(dialect, t).on_conflict_do_update(
            index_elements=[*t.primary_key], set_={"size": t.c.size}, where=sa.false()
        )
    return made


_INSERT = sa.insert(t)
# Of a plain bitmap, which most chunks of large audiences are, the one byte that matters.
_PART = sa.case(
    (
        sa.and_(t.c.size > sets.MOST_NOT_BITMAP, sa.func.length(t.c.bits) == sets.BITMAP_BYTES),
        sa.func.substr(t.c.bits, sa.bindparam("place", type_=sa.Integer), 1, type_=sa.LargeBinary),
    ),
    else_=t.c.bits,
)
_HOLDING = sa.select(t.c.kind, t.c.ref, _PART.label("part")).where(
    t.c.account_id == sa.bindparam("account"),
    among(t.c.kind, "kinds"),
    among(t.c.ref, "refs"),
    t.c.chunk == sa.bindparam("chunk"),
)
_PAIRS = sa.select(t.c.ref, t.c.bits).where(
    t.c.account_id == sa.bindparam("account"),
    t.c.kind == sa.bindparam("kind", type_=sa.Integer),
    among(t.c.ref, "refs"),
    among(t.c.chunk, "chunks"),
)
_FROM = _keyed([t.c.chunk, t.c.bits], 0).where(t.c.chunk >= sa.bindparam("chunk")).order_by(t.c.chunk)
_FROM_SOME = _FROM.limit(_CHUNKS_AT_ONCE)


_CHUNKS = sa.select(t.c.ref, t.c.chunk, t.c.bits).where(
    t.c.account_id == sa.bindparam("account"), t.c.kind == sa.bindparam("kind", type_=sa.Integer),
    among(t.c.ref, "refs"), among(t.c.chunk, "chunks"),
)  # fmt: skip
_UPDATE = (
    sa.update(t)
    .where(
        t.c.account_id == sa.bindparam("key_account"), t.c.kind == sa.bindparam("key_kind"),
        t.c.ref == sa.bindparam("key_ref"), t.c.chunk == sa.bindparam("key_chunk"),
    )
    .values(size=sa.bindparam("new_size"), bits=sa.bindparam("new_bits"))
)  # fmt: skip
