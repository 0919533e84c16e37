"""Fans: who they are, as the platform tells it."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fancast.core import fan_pages, name_index
from fancast.core.name_index import Renamed
from fancast.kit.times import is_time_zone, to_ms
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan, FanStatus, Period
from fancast.model.ids import LARGEST_ID, FanId, FanNumber
from fancast.model.name_index import Names
from fancast.model.problems import invalid, not_found
from fancast.store import fan_sets, fans
from fancast.store.database import Tx

LONGEST_NAME = 200
LONGEST_NOTE = 1_000
LONGEST_CUSTOM_NAME = 100
DISCOUNT_PERCENT, DISCOUNT_MONTHS = (5, 60), (1, 12)
LONGEST_ID = len(str(LARGEST_ID))
LONGEST_URL = 2_000

_NAMES = frozenset({"username", "name", "custom_name"})
_BY_ID = re.compile(r"u([1-9]\d{0,15})")
#: Flags of a fan that answer *who*, with the set that holds all who have it.
FLAG_SETS = {
    "blocked": SetKey(SetKind.BLOCKED),
    "restricted": SetKey(SetKind.RESTRICTED),
    "deleted": SetKey(SetKind.DELETED),
    "unreachable": SetKey(SetKind.UNREACHABLE),
}


def get(tx: Tx, account: Account, ref: int | str) -> Fan:
    """A fan by id, or by username where a dialect allows one. Raises Problem(NOT_FOUND)."""
    fan = _find(tx, account, ref)
    if fan is None:
        raise not_found("fan", ref)
    return fan


def _find(tx: Tx, account: Account, ref: int | str) -> Fan | None:
    if isinstance(ref, str) and not (ref.isascii() and ref.isdigit()):
        named = fans.numbers_by_username(tx, account.key, [ref])
        return next(iter(fans.get_many(tx, account.key, list(named.values()))), None)
    number = int(ref) if len(str(ref)) <= LONGEST_ID else 0
    return fans.get(tx, account.key, FanId(number)) if 0 < number <= LARGEST_ID else None


def get_many(tx: Tx, account: Account, numbers: Sequence[FanNumber]) -> list[Fan]:
    return fans.get_many(tx, account.key, numbers)


def numbers_of(tx: Tx, account: Account, fan_ids: Sequence[int]) -> dict[FanId, FanNumber]:
    """Which of these ids are fans of this account, and their numbers."""
    return fans.numbers_of(tx, account.key, fan_ids)


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

    A username belongs to one fan, and the newest telling is true: who had it before is called by the id, `u` and
    number, until told otherwise. Returns the fan and whether it is new. Raises Problem(INVALID).
    """
    if not 0 < fan_id <= LARGEST_ID:
        raise invalid("fan_id", "A fan's id is a whole number from 1 to 2^53 - 1.")
    _check(values)
    check_username(fan_id, values.get("username"))
    if fans.get(tx, account.key, fan_id) is None:
        # The counter's lock makes the second look safe: nobody else can number this fan meanwhile.
        fans.lock_numbering(tx, account.key)
        if fans.get(tx, account.key, fan_id) is None:
            return _add(tx, account, fan_id, values, now), True
    return change(tx, account, fan_id, values), False


def change(tx: Tx, account: Account, fan_id: FanId, values: Mapping[str, Any]) -> Fan:
    """Write what is known of a fan; sets and searches follow. Raises Problem(NOT_FOUND)."""
    named = not _NAMES.isdisjoint(values)
    through = name_index.lock(tx, account.key) if named else 0
    before = fans.lock(tx, account.key, fan_id)
    if before is None:
        raise not_found("fan", fan_id)
    renamed = _displace(tx, account, values.get("username"), before.number) if named else []
    fans.update(tx, account.key, before.number, values)
    _flag(tx, account, before.number, {name: bool(values[name]) for name in FLAG_SETS if name in values})
    after = get(tx, account, fan_id)
    if named:
        renamed.append(Renamed(before.number, _names(before), _names(after)))
        name_index.follow(tx, account.key, through, renamed)
    return after


def _displace(tx: Tx, account: Account, username: str | None, number: FanNumber | None) -> list[Renamed]:
    """Take a username from who has it now."""
    if username is None:
        return []
    held = fans.numbers_by_username(tx, account.key, [username]).get(username)
    if held is None or held == number:
        return []
    [before] = fans.get_many(tx, account.key, [held])
    fans.take_usernames(tx, account.key, [held])
    [after] = fans.get_many(tx, account.key, [held])
    return [Renamed(held, _names(before), _names(after))]


def _names(fan: Fan) -> Names:
    return Names(fan.username, fan.name, fan.custom_name)


def _add(tx: Tx, account: Account, fan_id: FanId, values: Mapping[str, Any], now: datetime) -> Fan:
    username = values.get("username") or f"u{fan_id}"
    number = fans.take_numbers(tx, account.key, 1)
    through = name_index.lock(tx, account.key)
    name_index.follow(tx, account.key, through, _displace(tx, account, username, None))
    row = {"account_id": account.key, "number": number, "fan_id": fan_id, "created_at": to_ms(now),
           **values, "username": username, "name": values.get("name") or username}  # fmt: skip
    fans.add(tx, [row])
    _flag(tx, account, number, {name: True for name in FLAG_SETS if values.get(name)})
    return get(tx, account, fan_id)


def paid_times(tx: Tx, account: Account, fan: Fan) -> list[Period]:
    """Every paid time of a fan, the oldest first; the last is the one that runs, if any does."""
    over = fans.periods_of(tx, account.key, [fan.number]).get(fan.number, [])
    return over if fan.subscription is None else [*over, fan.subscription.period]


# ---- the creator's own words about a fan


def set_note(tx: Tx, account: Account, ref: int | str, note: str) -> Fan:
    """The creator's note; empty clears it. Raises NOT_FOUND, INVALID."""
    if len(note) > LONGEST_NOTE:
        raise invalid("notice", f"A note has at most {LONGEST_NOTE} characters.")
    return change(tx, account, get(tx, account, ref).fan_id, {"notice": note or None})


def set_custom_name(tx: Tx, account: Account, ref: int | str, name: str) -> Fan:
    """The creator's own name for a fan; empty clears it. Raises NOT_FOUND, INVALID."""
    name = name.strip()
    if len(name) > LONGEST_CUSTOM_NAME:
        raise invalid("custom_name", f"A custom name has at most {LONGEST_CUSTOM_NAME} characters.")
    return change(tx, account, get(tx, account, ref).fan_id, {"custom_name": name or None})


def set_discount(
    tx: Tx, account: Account, ref: int | str, percent: int, months: int, *, now: datetime
) -> Fan:
    """Offer a fan a lower price for the next months. Raises NOT_FOUND, INVALID."""
    for name, value, (low, high) in (
        ("discount", percent, DISCOUNT_PERCENT), ("period", months, DISCOUNT_MONTHS),
    ):  # fmt: skip
        if not low <= value <= high:
            raise invalid(name, f"{name} is a whole number from {low} to {high}.")
    values = {"discount_percent": percent, "discount_months": months, "discounted_at": to_ms(now)}
    return change(tx, account, get(tx, account, ref).fan_id, values)


def flag(tx: Tx, account: Account, ref: int | str, name: str, on: bool) -> Fan:
    """Set one of `FLAG_SETS`. Raises NOT_FOUND."""
    return change(tx, account, get(tx, account, ref).fan_id, {name: on})


def with_flag(tx: Tx, account: Account, name: str, *, offset: int, limit: int) -> list[Fan]:
    """Fans with one of `FLAG_SETS`, the newest arrival first. Ask for one more than shown."""
    held = fan_sets.load(tx, account.key, FLAG_SETS[name])
    return fan_pages.marked(tx, account, held, offset=offset, limit=limit)


def _flag(tx: Tx, account: Account, number: FanNumber, flags: Mapping[str, bool]) -> None:
    one, nobody = FanSet([number]), FanSet()
    fan_sets.change(
        tx,
        account.key,
        {FLAG_SETS[name]: (one, nobody) if on else (nobody, one) for name, on in flags.items()},
    )


def check_username(fan_id: FanId, username: str | None) -> None:
    """`u` and a number is how a fan without a name is called: it is nobody else's. Raises Problem(INVALID)."""
    its = _BY_ID.fullmatch(username or "")
    if its is not None and int(its[1]) != fan_id:
        raise invalid("username", f"{username} is what fan {its[1]} is called who has no name.")


def _check(values: Mapping[str, Any]) -> None:
    for name in ("username", "name"):
        value = values.get(name)
        if value is not None and not 0 < len(value) <= LONGEST_NAME:
            raise invalid(name, f"{name} has 1 to {LONGEST_NAME} characters.")
    if len(values.get("avatar_url") or "") > LONGEST_URL:
        raise invalid("avatar_url", f"avatar_url has at most {LONGEST_URL} characters.")
    if values.get("time_zone") is not None and not is_time_zone(values["time_zone"]):
        raise invalid("time_zone", f"There is no time zone {values['time_zone']!r}.")
