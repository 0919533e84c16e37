"""A crowd: fans made up from a seed, the same ones for the same seed, size and moment.

Fans come in order of arrival, more and more of them towards now. Each subscribes for periods of one to twelve
months, goes on or not, buys messages and tips, so that tenure, spending and expiry spread as they do in life.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from random import Random
from typing import TypeVar

from fancast.core import names
from fancast.core.charges import SPENDERS, TIPPERS
from fancast.core.fans import FLAG_SETS
from fancast.core.subscriptions import RENEWING, SUBSCRIBED
from fancast.kit.money import share
from fancast.model.fan_sets import SetKey, SetKind

_Item = TypeVar("_Item")
#: The next random number in [0, 1).
_Draw = Callable[[], float]

#: Fans made, and committed, at once. Part of the recipe: another number makes another crowd.
BATCH = 50_000
_DAY = 86_400_000
_OLDEST_DAYS = 660
#: How steeply arrivals grow: with 1.7 two fans in a hundred came within the last day.
_GROWTH = 1.7

#: Fans that the vendors' documentation pages name: they came first, are subscribed, and can be reached.
DOCUMENTED = {
    123: ("ann", "Ann"), 456: ("bo.larsen", "Bo Larsen"), 789: ("carla_m", "Carla Mendes"),
    1011: ("dev.patel", "Dev Patel"), 1213: ("eli.novak", "Eli Novak"), 123456: ("fay.okafor", "Fay Okafor"),
}  # fmt: skip

ACTIVE, TOP_SPENDERS, RECENT, QUIET, VIP = (SetKey(SetKind.LIST, ref) for ref in range(1, 6))
#: Lists 2 to 5 of the documented fans, so that they overlap in a world of any size.
_DOCUMENTED_LISTS = {
    123: (TOP_SPENDERS, VIP), 456: (TOP_SPENDERS, QUIET), 789: (TOP_SPENDERS, RECENT), 1011: (RECENT,),
    1213: (QUIET,), 123456: (VIP,),
}  # fmt: skip

_PRICES = (999, 999, 999, 999, 1299, 1499, 499, 499, 0)
_PERIOD_DAYS = (30, 30, 30, 90, 90, 180, 180, 365)
_MESSAGE_CENTS = (500, 500, 800, 1000, 1000, 1500, 2500, 5000)
_TIP_CENTS = (300, 500, 500, 1000, 2000, 5000, 20_000)
_ZONES = (
    None, None, "America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
    "America/Sao_Paulo", "Australia/Sydney", "Asia/Kolkata",
)  # fmt: skip
#: The share of fans with each flag, and in each set that is kept by hand.
_FLAGS = {"blocked": 0.008, "restricted": 0.007, "deleted": 0.004, "unreachable": 0.01}
_KEPT_SETS = {
    SetKey(SetKind.FOLLOWING): 0.025, SetKey(SetKind.FRIENDS): 0.012, SetKey(SetKind.TAGGED): 0.011,
    SetKey(SetKind.MUTED): 0.014, QUIET: 0.05,
}  # fmt: skip
_NO_FLAGS = (False,) * len(_FLAGS)
#: Who does not go on after a period, and whose running period will renew.
_LEAVE, _REBILL = 0.3, 0.7


@dataclass(frozen=True, slots=True)
class Crowd:
    """The recipe: how many fans, from which seed, as of which epoch millisecond."""

    seed: int
    fans: int
    now_ms: int
    fee_basis_points: int
    #: Whether the first of them are the fans of the vendors' documentation.
    documented: bool = False


def _nothing() -> list[int]:
    return [0, 0, 0]


@dataclass(slots=True)
class Batch:
    """Rows as `store.bulk` wants them; transactions lack their id still, and are in order of time."""

    start: int
    fans: list[tuple[object, ...]] = field(default_factory=list)
    periods: list[tuple[object, ...]] = field(default_factory=list)
    #: Kind, fan number, gross and fee in cents, epoch milliseconds.
    transactions: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    sets: defaultdict[SetKey, list[int]] = field(default_factory=lambda: defaultdict(list))
    #: How many transactions by kind and day since the epoch, and their gross and fee in cents.
    totals: defaultdict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(_nothing))


def batches(crowd: Crowd, *, since: int = 0) -> Iterator[Batch]:
    """The crowd from a batch's start on, a batch at a time; what waits in memory is one batch."""
    for start in range(since, crowd.fans, BATCH):
        yield batch_from(crowd, start)


def batch_from(crowd: Crowd, start: int) -> Batch:
    """The batch that begins at this fan; it depends on no other."""
    batch, draw = Batch(start), Random(f"{crowd.seed}/{start}").random
    known = list(DOCUMENTED) if crowd.documented else []
    for number in range(start, min(start + BATCH, crowd.fans)):
        if number < len(known):
            _add(batch, crowd, draw, number, known[number], *DOCUMENTED[known[number]])
            continue
        first, last = _one(names.FIRST, draw), _one(names.LAST, draw)
        fan_id = 20_000_000 + number * 7_919 + int(draw() * 7_919)
        _add(batch, crowd, draw, number, fan_id, _username(first, last, number), f"{first} {last}")
    batch.transactions.sort(key=_BY_TIME)
    for kind, _, gross, fee, at in batch.transactions:
        sums = batch.totals[kind, at // _DAY]
        sums[0] += 1
        sums[1] += gross
        sums[2] += fee
    return batch


_BY_TIME = itemgetter(4)


def _one(pool: Sequence[_Item], draw: _Draw) -> _Item:
    # Random.choice is three times as slow, and there are ten million choices to a million fans.
    return pool[int(draw() * len(pool))]


def _username(first: str, last: str, number: int) -> str:
    # The number at the end makes it nobody else's.
    match number % 4:
        case 0:
            return f"{first}{number}".lower()
        case 1:
            return f"{first}_{last}{number}".lower()
        case 2:
            return f"{first[0]}{last}{number}".lower()
    return f"{first}.{last[0]}{number}".lower()


def _add(batch: Batch, crowd: Crowd, draw: _Draw, number: int, fan_id: int, username: str, name: str) -> None:
    known = _DOCUMENTED_LISTS.get(fan_id, ()) if crowd.documented else ()
    age = int(_OLDEST_DAYS * _DAY * (1 - (number + 0.5) / crowd.fans) ** _GROWTH)
    came_at = crowd.now_ms - age
    began, until, renewed, price, paid = _subscribe(batch, crowd, draw, number, came_at, bool(known))
    active = until is not None and until > crowd.now_ms
    renews = active and (bool(known) or draw() < _REBILL)
    bought = _buy(batch, crowd, draw, number, age, "message", _MESSAGE_CENTS, 0.15)
    tipped = _buy(batch, crowd, draw, number, age, "tip", _TIP_CENTS, 0.06)
    flags = _NO_FLAGS if known else _flags(batch, draw, number)
    seen_at = crowd.now_ms - int(min(age, 40 * _DAY) * draw() ** 3)
    batch.fans.append((
        number, fan_id, username, name, None, _one(_ZONES, draw), began, until, renewed, price, renews,
        *flags, paid, bought, tipped, seen_at, came_at, until is not None and not active, paid + bought + tipped,
    ))  # fmt: skip
    if active:
        batch.sets[SUBSCRIBED].append(number)
        batch.sets[ACTIVE].append(number)
    if renews:
        batch.sets[RENEWING].append(number)
    if tipped:
        batch.sets[TIPPERS].append(number)
    if paid + bought + tipped:
        batch.sets[SPENDERS].append(number)
    for key in known or _lists(crowd, draw, began, paid + bought + tipped):
        batch.sets[key].append(number)


def _subscribe(
    batch: Batch, crowd: Crowd, draw: _Draw, number: int, came_at: int, stays: bool
) -> tuple[int | None, int | None, int | None, int | None, int]:
    """Periods one after another until one runs or the fan leaves: began, until, renewed, price, paid in all."""
    if not stays and draw() < 0.03:
        return None, None, None, None, 0
    price, days = _PRICES[0] if stays else _one(_PRICES, draw), _one(_PERIOD_DAYS, draw)
    began, paid, renewed = came_at, 0, None
    while True:
        until, cost = began + days * _DAY, price * (days // 30)
        if cost:
            paid += cost
            _charge(batch, crowd, number, "subscription", cost, began)
        if until > crowd.now_ms or (not stays and draw() < _LEAVE):
            return came_at, until, renewed, cost, paid
        batch.periods.append((number, began, until, cost, "renew" if renewed else "subscribe"))
        # Who stays takes longer periods.
        renewed = began = until
        days = max(days, 365)


def _buy(
    batch: Batch,
    crowd: Crowd,
    draw: _Draw,
    number: int,
    age: int,
    kind: str,
    prices: tuple[int, ...],
    odds: float,
) -> int:
    total = 0
    while draw() < odds:
        cents = _one(prices, draw)
        _charge(batch, crowd, number, kind, cents, crowd.now_ms - int(age * draw()))
        total += cents
        # A few buy much: each purchase makes the next one likelier.
        odds = min(0.75, odds * 2)
    return total


def _charge(batch: Batch, crowd: Crowd, number: int, kind: str, gross: int, at: int) -> None:
    batch.transactions.append((kind, number, gross, share(gross, crowd.fee_basis_points), at))


def _flags(batch: Batch, draw: _Draw, number: int) -> tuple[bool, ...]:
    found = _within(_FLAGS, draw())
    if found is None:
        return _NO_FLAGS
    batch.sets[FLAG_SETS[found]].append(number)
    return tuple(flag == found for flag in _FLAGS)


def _lists(crowd: Crowd, draw: _Draw, began: int | None, spent: int) -> list[SetKey]:
    keys = []
    if spent >= 12_000:
        keys.append(TOP_SPENDERS)
    if began is not None and began > crowd.now_ms - 30 * _DAY:
        keys.append(RECENT)
    if spent >= 25_000:
        keys.append(VIP)
    kept = _within(_KEPT_SETS, draw())
    return keys if kept is None else [*keys, kept]


def _within(shares: Mapping[_Item, float], drawn: float) -> _Item | None:
    """Whose share of 1 the drawn number falls into; one draw decides among several rare things."""
    for item, part in shares.items():
        if drawn < part:
            return item
        drawn -= part
    return None
