"""Lists of fans, a page at a time, filtered and searched: by sets and indexes, never by looking at everybody."""

from collections.abc import Mapping
from datetime import datetime

from fancast.core import name_index
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Began, Fan, FanFilter, FanPlace, FanStatus, Spent
from fancast.store import fan_filters, fans
from fancast.store import fan_pages as store
from fancast.store.database import Tx
from fancast.store.fan_pages import Asked, Place, Stream

#: So many fans are looked up and sorted; more are met soon enough by walking in order. Measured at a million
#: fans: both cost about 5 ms there.
FEW = 2_000
#: A condition that more fans meet makes no set.
RARE = 4_000
#: Up to so many, the database puts a condition's range in order; more are spread so that a walk soon meets them.
MANY = 50_000
_WALKED_AT_LEAST, _WALKED_AT_MOST = 50, 16_000


def page(
    tx: Tx,
    account: Account,
    *,
    status: FanStatus = FanStatus.ALL,
    query: str = "",
    subscribed_from: datetime | None = None,
    subscribed_until: datetime | None = None,
    after: FanPlace | None = None,
    only: FanFilter | None = None,
    by: Began = Began.NEW,
    offset: int = 0,
    limit: int,
    now: datetime,
) -> list[Fan]:
    """Fans by the start of their subscription (or what `by` says), newest first, then those without one.

    Ask for one more than shown to learn of a rest.
    `after` goes on from the last fan's place, however deep; an offset costs as much as it passes over.
    """
    rest = only or store.NO_FILTER
    within = name_index.search(tx, account, query) if query.strip() else None
    counted = fan_filters.counted(tx, account.key, rest, MANY)
    for name in [name for name, fans_met in counted.items() if fans_met <= RARE]:
        met, rest = fan_filters.meeting(tx, account.key, rest, name)
        within = met if within is None else within & met
    asked = Asked(now, status, by, subscribed_from, subscribed_until, rest)
    place = Place.of(after)
    narrow = _narrowest(counted) if within is None else None
    if narrow is not None:
        places = store.sort_by(tx, account.key, asked, narrow, after=place, offset=offset, limit=limit)
    elif within is None:
        places = store.walk(tx, account.key, asked, after=place, offset=offset, limit=limit)
    elif len(within) <= offset:
        places = []
    elif len(within) <= FEW:
        places = store.sort(tx, account.key, asked, within, after=place, offset=offset, limit=limit)
    else:
        places = _walk_within(tx, account, asked, within, place, offset, limit)
    return fans.get_many(tx, account.key, [found.number for found in places])


def _narrowest(counted: Mapping[str, int]) -> str | None:
    """The condition on money with the fewest fans, if not too many; only their indexes hold the order of lists."""
    money = {name: fans_met for name, fans_met in counted.items() if name != "seen_since"}
    name = min(money, key=lambda one: money[one], default=None)
    return None if name is None or money[name] > MANY else name


def _walk_within(
    tx: Tx, account: Account, asked: Asked, within: FanSet, after: Place | None, offset: int, limit: int
) -> list[Place]:
    """The fans of a large set, met by walking in order; of further walks only what comes before the page's end."""
    found: list[Place] = []
    wanted = offset + limit
    for stream in store.streams(tx, account.key, asked):
        end = found[wanted - 1] if len(found) >= wanted else None
        found += _met(tx, account, asked, stream, within, after, wanted, end)
        found.sort(key=store.order, reverse=True)
    return found[offset:wanted]


def _met(
    tx: Tx, account: Account, asked: Asked, stream: Stream, within: FanSet, after: Place | None, wanted: int,
    end: Place | None,
) -> list[Place]:  # fmt: skip
    found: list[Place] = []
    # As far as it takes when they are spread evenly, and half as far again.
    everybody = within.max() + 1
    length = min(wanted * 3 * everybody // (2 * len(within)) + _WALKED_AT_LEAST, _WALKED_AT_MOST)
    if end is not None:
        # Another walk has given a page already: mostly this one begins behind it.
        length = min(length, _WALKED_AT_LEAST)
    while len(found) < wanted:
        met, after = store.stretch(tx, account.key, asked, stream, within, after=after, limit=length)
        found += met
        if after is None or (end is not None and store.order(after) < store.order(end)):
            break
        length = min(length * 2, _WALKED_AT_MOST)
    return found


def page_after(tx: Tx, account: Account, *, query: str = "", after: int = -1, limit: int) -> list[Fan]:
    """Fans in order of arrival, after a fan number."""
    within = name_index.search(tx, account, query) if query.strip() else None
    return store.page_after(tx, account.key, within=within, after=after, limit=limit)


def top(
    tx: Tx,
    account: Account,
    by: Spent,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    offset: int = 0,
    limit: int,
    now: datetime,
) -> list[Fan]:
    """Who spent most; in a time when one is given, else ever."""
    if since is None and until is None:
        return store.top(tx, account.key, by, offset=offset, limit=limit)
    numbers = store.top_between(
        tx, account.key, by, since or account.created_at, until or now, offset=offset, limit=limit
    )
    return fans.get_many(tx, account.key, numbers)


def marked(tx: Tx, account: Account, numbers: FanSet, *, offset: int, limit: int) -> list[Fan]:
    """Fans of a set, the newest arrival first."""
    end = max(0, len(numbers) - offset)
    start = max(0, end - limit)
    return list(reversed(fans.get_many(tx, account.key, sets.page(numbers, start, end - start))))
