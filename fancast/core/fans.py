"""Fans: who they are, as the platform tells it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fancast.kit.times import is_time_zone, to_ms
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Began, Fan, FanFilter, FanPlace, FanStatus, Period
from fancast.model.ids import LARGEST_ID, FanId, FanNumber
from fancast.model.problems import invalid, not_found
from fancast.store import fan_sets, fans
from fancast.store.database import Tx

#: Offsets have a ceiling: a walk further than this goes by cursor.
HIGHEST_OFFSET = 10_000
LONGEST_NAME = 200
LONGEST_ID = len(str(LARGEST_ID))
LONGEST_URL = 2_000

#: Flags of a fan that answer *who*, with the set that holds all who have it.
FLAG_SETS = {
    "blocked": SetKey(SetKind.BLOCKED),
    "restricted": SetKey(SetKind.RESTRICTED),
    "deleted": SetKey(SetKind.DELETED),
    "unreachable": SetKey(SetKind.UNREACHABLE),
}


def get(tx: Tx, account: Account, ref: int | str) -> Fan:
    """A fan by id, or by username where a dialect allows one.

    Raises Problem(NOT_FOUND), and Problem(INVALID, "ambiguous_fan") for a username that several have.
    """
    fan = _find(tx, account, ref)
    if fan is None:
        raise not_found("fan", ref)
    return fan


def _find(tx: Tx, account: Account, ref: int | str) -> Fan | None:
    if isinstance(ref, str) and not (ref.isascii() and ref.isdigit()):
        named = fans.numbers_by_username(tx, account.key, [ref]).get(ref, set())
        if len(named) > 1:
            raise invalid("fan", f"Several fans are called {ref}; name them by id.", code="ambiguous_fan")
        return next(iter(fans.get_many(tx, account.key, [*named])), None)
    number = int(ref) if len(str(ref)) <= LONGEST_ID else 0
    return fans.get(tx, account.key, FanId(number)) if 0 < number <= LARGEST_ID else None


def get_many(tx: Tx, account: Account, numbers: Sequence[FanNumber]) -> list[Fan]:
    return fans.get_many(tx, account.key, numbers)


def numbers_of(tx: Tx, account: Account, fan_ids: Sequence[int]) -> dict[FanId, FanNumber]:
    """Which of these ids are fans of this account, and their numbers."""
    return fans.numbers_of(tx, account.key, fan_ids)


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
    """Fans by the start of their subscription (or what `by` says), newest first.

    Ask for one more than shown to learn of a rest.
    `after` goes on from the last fan's place, however deep; an offset has a ceiling.
    """
    return fans.page(
        tx, account.key, now=now, status=status, query=query, subscribed_from=subscribed_from,
        subscribed_until=subscribed_until, after=after, only=only, by=by, offset=min(offset, HIGHEST_OFFSET),
        limit=limit,
    )  # fmt: skip


def page_after(tx: Tx, account: Account, *, query: str = "", after: int = -1, limit: int) -> list[Fan]:
    """Fans in order of arrival, after a fan number."""
    return fans.page_after(tx, account.key, query=query, after=after, limit=limit)


def periods_of(tx: Tx, account: Account, numbers: Sequence[FanNumber]) -> dict[FanNumber, list[Period]]:
    """The paid times of each fan that are over, the oldest first."""
    return fans.periods_of(tx, account.key, numbers)


def count(tx: Tx, account: Account, status: FanStatus = FanStatus.ACTIVE) -> int:
    """How many fans there are; for ACTIVE the stored set's size, exact as of the last sweep."""
    assert status is FanStatus.ACTIVE
    key = SetKey(SetKind.SUBSCRIBED)
    return fan_sets.sizes(tx, account.key, [key])[key]


def put(
    tx: Tx, account: Account, fan_id: FanId, values: Mapping[str, Any], *, now: datetime
) -> tuple[Fan, bool]:
    """Create or update a fan: username, name, avatar_url, time_zone and the flags of `FLAG_SETS`.

    Returns the fan and whether it is new. Raises Problem(INVALID).
    """
    if not 0 < fan_id <= LARGEST_ID:
        raise invalid("fan_id", "A fan's id is a whole number from 1 to 2^53 - 1.")
    _check(values)
    before = fans.lock(tx, account.key, fan_id)
    if before is None:
        # The counter's lock makes the second look safe: nobody else can number this fan meanwhile.
        number = fans.take_numbers(tx, account.key, 1)
        before = fans.lock(tx, account.key, fan_id)
        if before is None:
            return _add(tx, account, fan_id, number, values, now), True
    fans.update(tx, account.key, before.number, values)
    _flag(tx, account, before.number, {name: bool(values[name]) for name in FLAG_SETS if name in values})
    return get(tx, account, fan_id), False


def _add(
    tx: Tx, account: Account, fan_id: FanId, number: FanNumber, values: Mapping[str, Any], now: datetime
) -> Fan:
    username = values.get("username") or f"u{fan_id}"
    row = {"account_id": account.key, "number": number, "fan_id": fan_id, "created_at": to_ms(now),
           **values, "username": username, "name": values.get("name") or username}  # fmt: skip
    fans.add(tx, [row])
    _flag(tx, account, number, {name: True for name in FLAG_SETS if values.get(name)})
    return get(tx, account, fan_id)


def _flag(tx: Tx, account: Account, number: FanNumber, flags: Mapping[str, bool]) -> None:
    one, nobody = FanSet([number]), FanSet()
    fan_sets.change(
        tx,
        account.key,
        {FLAG_SETS[name]: (one, nobody) if on else (nobody, one) for name, on in flags.items()},
    )


def _check(values: Mapping[str, Any]) -> None:
    for name in ("username", "name"):
        value = values.get(name)
        if value is not None and not 0 < len(value) <= LONGEST_NAME:
            raise invalid(name, f"{name} has 1 to {LONGEST_NAME} characters.")
    if len(values.get("avatar_url") or "") > LONGEST_URL:
        raise invalid("avatar_url", f"avatar_url has at most {LONGEST_URL} characters.")
    if values.get("time_zone") is not None and not is_time_zone(values["time_zone"]):
        raise invalid("time_zone", f"There is no time zone {values['time_zone']!r}.")
