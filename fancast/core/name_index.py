"""Fans found by their names, through sets of grams; see `docs/decisions/0011-names-as-sets.md`.

Names are put into the sets beside the work, a stretch of fans at a time in order of arrival: a bulk load does
not wait for it. Fans beyond that stretch are looked at one by one, which is a few hundred at most once the load
is worked up. A name that changes later is changed in the sets at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fancast.model import name_index as model
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey
from fancast.model.name_index import GRAM, GramRange, Names
from fancast.store import fan_sets
from fancast.store import name_index as store
from fancast.store.database import Tx
from fancast.store.name_index import STRETCH

#: So few are not worth a stretch yet: to look at each costs a search less than a millisecond.
FEW = 256
#: Who holds all grams of some letters holds nearly always the letters. So many are looked at to be sure.
MOST_PROVED = 2_000
LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Stretch:
    """Fans to be put into the sets, as they were seen."""

    account: AccountKey
    first: int
    beyond: int
    revision: int
    grams: dict[int, list[int]]


# ---- searching


def search(tx: Tx, account: Account, query: str) -> FanSet:
    """Fans whose username, name or custom name holds these letters, whatever their case and accents.

    Beyond `MOST_PROVED` a fan may be among them whose name holds the letters in threes, but not in one piece.
    """
    letters = model.fold(query.strip()[:LONGEST_QUERY])
    if not letters:
        return FanSet(range(store.state(tx, account.key)[0])) | _beyond(tx, account.key, letters)
    found = _in_sets(tx, account.key, model.wanted(letters))
    if len(letters) > GRAM and len(found) <= MOST_PROVED:
        found = _proved(store.names_of(tx, account.key, list(found)), letters)
    return found | _beyond(tx, account.key, letters)


def _in_sets(tx: Tx, account: AccountKey, grams: set[int] | GramRange) -> FanSet:
    if isinstance(grams, GramRange):
        return store.beginning_with(tx, account, grams)
    loaded = fan_sets.load_many(tx, account, [SetKey(SetKind.NAME_GRAM, gram) for gram in sorted(grams)])
    return FanSet.intersection(*loaded.values())


def _beyond(tx: Tx, account: AccountKey, letters: str) -> FanSet:
    """The fans who are not in the sets, looked at one by one."""
    found, names = FanSet(), store.names_beyond(tx, account)
    while names:
        found |= _proved(names, letters)
        full = len(names) == STRETCH
        names = store.names_from(tx, account, names[-1][0] + 1, STRETCH) if full else []
    return found


def _proved(names: Iterable[tuple[int, Names]], letters: str) -> FanSet:
    return FanSet(number for number, its in names if model.holds(its, letters))


# ---- keeping


def behind(tx: Tx) -> list[AccountKey]:
    """Accounts that have fans to be put into the sets."""
    return store.behind(tx, FEW)


def next_stretch(tx: Tx, account: AccountKey) -> Stretch | None:
    """The next fans to be put into the sets, in the order in which they came."""
    first, revision = store.state(tx, account)
    names = store.names_from(tx, account, first, STRETCH)
    if not names:
        return None
    return Stretch(account, first, names[-1][0] + 1, revision, model.turned(names))


def put_in(tx: Tx, stretch: Stretch) -> bool:
    """Put them in; False when a name has changed meanwhile, or somebody else has put them in."""
    if not store.advance(tx, stretch.account, stretch.first, stretch.revision, stretch.beyond):
        return False
    nobody = FanSet()
    changes = {gram: (FanSet(numbers), nobody) for gram, numbers in stretch.grams.items()}
    store.change(tx, stretch.account, changes)
    return True


def put_in_next(tx: Tx, account: AccountKey) -> bool:
    """The next fans, with all names held meanwhile. Whether there were any."""
    store.lock(tx, account)
    stretch = next_stretch(tx, account)
    return stretch is not None and put_in(tx, stretch)


@dataclass(frozen=True, slots=True)
class Renamed:
    """A fan's names before and after."""

    number: int
    before: Names
    after: Names


def lock(tx: Tx, account: AccountKey) -> int:
    """Hold the account's names; taken before the rows of fans. Give the answer to `follow`."""
    return store.lock(tx, account)


def follow(tx: Tx, account: AccountKey, through: int, renamed: Sequence[Renamed]) -> None:
    """Let the sets say what the rows say now, for who is in them."""
    changes: dict[int, tuple[FanSet, FanSet]] = {}
    for fan in renamed:
        if fan.number >= through:
            continue
        before, after = model.grams(fan.before), model.grams(fan.after)
        for gram in after - before:
            changes.setdefault(gram, (FanSet(), FanSet()))[0].add(fan.number)
        for gram in before - after:
            changes.setdefault(gram, (FanSet(), FanSet()))[1].add(fan.number)
    store.change(tx, account, changes)
