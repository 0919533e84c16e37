"""Names that are searched: sets of fans by gram, and how far an account's fans are in them.

Who changes a name, or the sets, first locks the account's row here: no two do it at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from fancast.model import fan_sets as sets
from fancast.model.fan_sets import FanSet, SetKind
from fancast.model.ids import AccountKey
from fancast.model.name_index import GramRange, Names
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import fan_counters, fan_sets, fans, name_indexes

#: Fans put into the sets at once.
STRETCH = 8_192
_AT_ONCE = 400
_ACCOUNT = sa.bindparam("account", type_=sa.Integer)
_OF_ACCOUNT = fan_sets.c.account_id == _ACCOUNT
_GRAMS = fan_sets.c.kind == SetKind.NAME_GRAM.value

_STATE = sa.select(name_indexes.c.indexed_through, name_indexes.c.revision).where(
    name_indexes.c.account_id == _ACCOUNT
)
_LOCK = (
    sa.update(name_indexes)
    .where(name_indexes.c.account_id == _ACCOUNT)
    .values(revision=name_indexes.c.revision + 1)
    .returning(name_indexes.c.indexed_through)
)
_ADVANCE = (
    sa.update(name_indexes)
    .where(
        name_indexes.c.account_id == _ACCOUNT,
        name_indexes.c.indexed_through == sa.bindparam("seen"),
        name_indexes.c.revision == sa.bindparam("seen_revision"),
    )
    .values(indexed_through=sa.bindparam("through"))
)
_BEHIND = (
    sa.select(name_indexes.c.account_id)
    .join(fan_counters, fan_counters.c.account_id == name_indexes.c.account_id)
    .where(fan_counters.c.next_number - name_indexes.c.indexed_through >= sa.bindparam("least"))
    .order_by(name_indexes.c.account_id)
)
_COLUMNS = (fans.c.number, fans.c.username, fans.c.name, fans.c.custom_name)
_NAMES_FROM = (
    sa.select(*_COLUMNS)
    .where(fans.c.account_id == _ACCOUNT, fans.c.number >= sa.bindparam("first"))
    .order_by(fans.c.number)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
#: Whoever is not in the sets, asked without asking first who is.
_NAMES_BEYOND = (
    sa.select(*_COLUMNS)
    .where(
        fans.c.account_id == _ACCOUNT,
        fans.c.number
        >= sa.select(name_indexes.c.indexed_through)
        .where(name_indexes.c.account_id == _ACCOUNT)
        .scalar_subquery(),
    )
    .order_by(fans.c.number)
    # In words: of a parameter's limit PostgreSQL thinks anew each time.
    .limit(sa.literal_column(str(STRETCH), sa.Integer))
)
_IN_RANGE = sa.select(fan_sets.c.bits).where(
    _OF_ACCOUNT, _GRAMS, fan_sets.c.ref >= sa.bindparam("low", type_=sa.BigInteger),
    fan_sets.c.ref < sa.bindparam("beyond", type_=sa.BigInteger),
)  # fmt: skip
_EVERYTHING = sa.select(fan_sets.c.ref, fan_sets.c.bits).where(_OF_ACCOUNT, _GRAMS)
_SOME_CHUNKS = sa.select(fan_sets.c.ref, fan_sets.c.bits).where(
    _OF_ACCOUNT, _GRAMS, fan_sets.c.chunk == sa.bindparam("chunk"),
    among(fan_sets.c.ref, "refs"),
)  # fmt: skip


def state(tx: Tx, account: AccountKey) -> tuple[int, int]:
    """Below which fan number everybody is in the sets, and the revision of names."""
    row = tx.row(_STATE, {"account": account})
    return (row.indexed_through, row.revision) if row is not None else (0, 0)


def lock(tx: Tx, account: AccountKey) -> int:
    """Hold the account's names until the transaction ends; below which number everybody is in the sets."""
    return int(tx.value(_LOCK, {"account": account}))


def advance(tx: Tx, account: AccountKey, seen: int, revision: int, through: int) -> bool:
    """Say that fans below `through` are in the sets; unless a name has changed since it was seen."""
    values = {"account": account, "seen": seen, "seen_revision": revision, "through": through}
    return tx.run(_ADVANCE, values) == 1


def behind(tx: Tx, least: int) -> list[AccountKey]:
    """Accounts with at least so many fans who are not in the sets."""
    return [AccountKey(row.account_id) for row in tx.rows(_BEHIND, {"least": least})]


def names_from(tx: Tx, account: AccountKey, first: int, most: int) -> list[tuple[int, Names]]:
    """Fans in order of their number."""
    return _named(tx.rows(_NAMES_FROM, {"account": account, "first": first, "most": most}))


def names_beyond(tx: Tx, account: AccountKey) -> list[tuple[int, Names]]:
    """The first `STRETCH` fans who are not in the sets, in order of their number."""
    return _named(tx.rows(_NAMES_BEYOND, {"account": account}))


def names_of(tx: Tx, account: AccountKey, numbers: Sequence[int]) -> list[tuple[int, Names]]:
    found: list[tuple[int, Names]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        some = numbers[start : start + _AT_ONCE]
        found += _named(tx.rows(_names_of(), {"account": account, "numbers": some}))
    return found


def _named(rows: Iterable[Row]) -> list[tuple[int, Names]]:
    return [(row.number, Names(row.username, row.name, row.custom_name)) for row in rows]


def beginning_with(tx: Tx, account: AccountKey, grams: GramRange) -> FanSet:
    """Fans who are in the set of any gram of the range."""
    values = {"account": account, "low": grams.low, "beyond": grams.beyond}
    return sets.unpack(row.bits for row in tx.rows(_IN_RANGE, values))


def everything(tx: Tx, account: AccountKey) -> dict[int, FanSet]:
    """Every gram's fans, for the ledger."""
    found: dict[int, list[bytes]] = {}
    for row in tx.rows(_EVERYTHING, {"account": account}):
        found.setdefault(row.ref, []).append(row.bits)
    return {gram: sets.unpack(parts) for gram, parts in found.items()}


def change(tx: Tx, account: AccountKey, changes: Mapping[int, tuple[FanSet, FanSet]]) -> None:
    """Put fans into the sets of grams and take them out: `{gram: (to add, to remove)}`. Names are locked."""
    by_chunk: dict[int, dict[int, tuple[FanSet, FanSet]]] = {}
    for gram, (add, remove) in changes.items():
        for chunk, _ in sets.chunks(add | remove):
            by_chunk.setdefault(chunk, {})[gram] = (add, remove)
    for chunk, its in sorted(by_chunk.items()):
        for some in _parts(sorted(its)):
            _change_chunk(tx, account, chunk, {gram: its[gram] for gram in some})


def _change_chunk(
    tx: Tx, account: AccountKey, chunk: int, changes: Mapping[int, tuple[FanSet, FanSet]]
) -> None:
    found = tx.rows(_SOME_CHUNKS, {"account": account, "chunk": chunk, "refs": list(changes)})
    held = {row.ref: sets.unpack([row.bits]) for row in found}
    low = chunk << sets.CHUNK_BITS
    rows = []
    for gram, (add, remove) in changes.items():
        part = held.get(gram, FanSet()) | sets.clamp(add, low, low + sets.CHUNK_SIZE)
        part -= remove
        rows.append({
            "account_id": account, "kind": SetKind.NAME_GRAM.value, "ref": gram, "chunk": chunk,
            "size": len(part), "bits": sets.pack(part),
        })  # fmt: skip
    tx.many(_put(tx.dialect), rows)


@cache
def _put(dialect: str) -> sa.Executable:
    insert = sqlite.insert(fan_sets) if dialect == "sqlite" else postgresql.insert(fan_sets)
    return insert.on_conflict_do_update(
        index_elements=["account_id", "kind", "ref", "chunk"],
        set_={"size": insert.excluded.size, "bits": insert.excluded.bits},
    )


@cache
def _names_of() -> sa.Executable:
    wanted = among(fans.c.number, "numbers")
    return sa.select(*_COLUMNS).where(fans.c.account_id == _ACCOUNT, wanted)


def _parts(items: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]
