"""A crowd: fans made up from a seed, the same ones for the same seed, size and moment.

Fans come in order of arrival, more and more of them towards now. Each subscribes for periods of one to twelve
months, goes on or not, buys messages and tips, so that tenure, spending and expiry spread as they do in life.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from fancast.core import names
from fancast.core.fans import FLAG_SETS
from fancast.core.subscriptions import RENEWING, SUBSCRIBED
from fancast.kit.money import share
from fancast.model.fan_sets import SetKey, SetKind

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
_PERIOD_DAYS = (30, 30, 30, 30, 30, 90, 90, 180, 365)
_MESSAGE_CENTS = (500, 500, 800, 1000, 1000, 1500, 2500, 5000)
_TIP_CENTS = (300, 500, 500, 1000, 2000, 5000, 20_000)
_ZONES = (
    None, None, "America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
    "America/Sao_Paulo", "Australia/Sydney", "Asia/Kolkata",
)  # fmt: skip
#: One in so many fans, for each.
_FLAGS = {"blocked": 120, "restricted": 150, "deleted": 250, "unreachable": 100}
_KEPT_SETS = {
    SetKey(SetKind.FOLLOWING): 40, SetKey(SetKind.FRIENDS): 80, SetKey(SetKind.TAGGED): 90, SetKey(SetKind.MUTED): 70,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crowd:
    """The recipe: how many fans, from which seed, as of which epoch millisecond."""

    seed: int
    fans: int
    now_ms: int
    fee_basis_points: int
    #: Whether the first of them are the fans of the vendors' documentation.
    documented: bool = False


@dataclass(slots=True)
class Batch:
    """Rows as `store.bulk` wants them; transactions lack their id still, and are in order of time."""

    start: int
    fans: list[tuple[object, ...]] = field(default_factory=list)
    periods: list[tuple[object, ...]] = field(default_factory=list)
    transactions: list[tuple[int, str, int, int, int, int]] = field(default_factory=list)
    sets: dict[SetKey, list[int]] = field(default_factory=dict)

    def put(self, key: SetKey, number: int) -> None:
        self.sets.setdefault(key, []).append(number)


def batches(crowd: Crowd, *, since: int = 0) -> Iterator[Batch]:
    """The crowd from a batch's start on, a batch at a time; what waits in memory is one batch."""
    for start in range(since, crowd.fans, BATCH):
        yield _batch(crowd, start)


def _batch(crowd: Crowd, start: int) -> Batch:
    batch, random = Batch(start), Random(f"{crowd.seed}/{start}")
    known = list(DOCUMENTED) if crowd.documented else []
    for number in range(start, min(start + BATCH, crowd.fans)):
        if number < len(known):
            _add(batch, crowd, random, number, known[number], *DOCUMENTED[known[number]])
            continue
        first, last = random.choice(names.FIRST), random.choice(names.LAST)
        fan_id = 20_000_000 + number * 7_919 + int(random.random() * 7_919)
        _add(batch, crowd, random, number, fan_id, _username(first, last, number), f"{first} {last}")
    batch.transactions.sort(key=lambda line: (line[5], line[2]))
    return batch


def _username(first: str, last: str, number: int) -> str:
    # The number at the end makes it nobody else's.
    styles = (
        f"{first}{number}",
        f"{first}_{last}{number}",
        f"{first[0]}{last}{number}",
        f"{first}.{last[0]}{number}",
    )
    return styles[number % 4].lower()


def _add(
    batch: Batch, crowd: Crowd, random: Random, number: int, fan_id: int, username: str, name: str
) -> None:
    known = _DOCUMENTED_LISTS.get(fan_id, ())
    age = int(_OLDEST_DAYS * _DAY * (1 - (number + 0.5) / crowd.fans) ** _GROWTH)
    came_at = crowd.now_ms - age
    began, until, renewed, price, renews, paid = _subscribe(
        batch, crowd, random, number, came_at, bool(known)
    )
    bought = _buy(batch, crowd, random, number, came_at, "message", _MESSAGE_CENTS, 0.16)
    tipped = _buy(batch, crowd, random, number, came_at, "tip", _TIP_CENTS, 0.06)
    flags = {flag: not known and random.random() * one_in < 1 for flag, one_in in _FLAGS.items()}
    batch.fans.append((
        number, fan_id, username, name, None, random.choice(_ZONES), began, until, renewed, price, renews,
        flags["blocked"], flags["restricted"], flags["deleted"], flags["unreachable"], paid, bought, tipped,
        crowd.now_ms - int(min(age, 40 * _DAY) * random.random() ** 3), came_at,
    ))  # fmt: skip
    for flag, on in flags.items():
        if on:
            batch.put(FLAG_SETS[flag], number)
    if renews:
        batch.put(RENEWING, number)
    if until is not None and until > crowd.now_ms:
        batch.put(SUBSCRIBED, number)
        batch.put(ACTIVE, number)
    for key in known or _lists(crowd, random, began, paid + bought + tipped):
        batch.put(key, number)


def _subscribe(
    batch: Batch, crowd: Crowd, random: Random, number: int, came_at: int, stays: bool
) -> tuple[int | None, int | None, int | None, int | None, bool, int]:
    """Periods one after another until one runs or the fan leaves."""
    if not stays and random.random() < 0.03:
        return None, None, None, None, False, 0
    price, days = random.choice(_PRICES), random.choice(_PERIOD_DAYS)
    began, paid, count = came_at, 0, 0
    while True:
        until = began + days * _DAY
        cost = price * (days // 30)
        if cost:
            paid += cost
            _charge(batch, crowd, number, "subscription", cost, began)
        count += 1
        if until > crowd.now_ms:
            return came_at, until, began if count > 1 else None, cost, stays or random.random() < 0.7, paid
        if not stays and random.random() < 0.2:
            return came_at, until, began if count > 1 else None, cost, False, paid
        batch.periods.append((number, began, until, cost, "renew"))
        # Who stays takes longer periods.
        began, days = until, max(days, 90)


def _buy(
    batch: Batch,
    crowd: Crowd,
    random: Random,
    number: int,
    since: int,
    kind: str,
    prices: tuple[int, ...],
    odds: float,
) -> int:
    total = 0
    while random.random() < odds:
        cents = random.choice(prices)
        _charge(batch, crowd, number, kind, cents, since + int((crowd.now_ms - since) * random.random()))
        total += cents
        # A few buy much: each purchase makes the next one likelier.
        odds = min(0.75, odds * 2)
    return total


def _charge(batch: Batch, crowd: Crowd, number: int, kind: str, gross: int, at: int) -> None:
    fee = share(gross, crowd.fee_basis_points)
    batch.transactions.append((0, kind, number, gross, fee, at))


def _lists(crowd: Crowd, random: Random, began: int | None, spent: int) -> Iterator[SetKey]:
    if spent >= 15_000:
        yield TOP_SPENDERS
    if began is not None and began > crowd.now_ms - 30 * _DAY:
        yield RECENT
    if random.random() < 0.05:
        yield QUIET
    if spent >= 30_000 or random.random() < 0.01:
        yield VIP
    for key, one_in in _KEPT_SETS.items():
        if random.random() * one_in < 1:
            yield key
