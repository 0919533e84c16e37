"""Imports: what a platform's export says about fans and lists becomes ours, a batch to a transaction.

An import tells how things stand, not what happened: it makes no events and no lines of the ledger. The same rows
again change nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fancast.core import name_index, user_lists
from fancast.core.fans import FLAG_SETS, LONGEST_NAME, check_username
from fancast.core.name_index import Renamed
from fancast.core.subscriptions import HIGHEST_PRICE_CENTS, RENEWING, SUBSCRIBED
from fancast.kit.times import parse_time, to_ms
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey
from fancast.model.ids import LARGEST_ID, FanId, FanNumber
from fancast.model.problems import invalid, not_found
from fancast.model.user_lists import BuiltIn, ListRef
from fancast.store import accounts, bulk, fan_sets, fans
from fancast.store import name_index as stored_names
from fancast.store import user_lists as stored_lists
from fancast.store.database import Tx

Values = dict[str, Any]
LIST_COLUMNS = ("list", "fan_id")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "t", "y"}), frozenset({"false", "0", "no", "f", "n"})


# ---- cells


def read_id(text: str) -> FanId:
    """A fan's id. Raises Problem(INVALID)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and 0 < int(text) <= LARGEST_ID):
        raise invalid("fan_id", f"fan_id must be a whole number from 1 to 2^53 - 1, not {text[:40]!r}.")
    return FanId(int(text))


def _text(name: str, text: str) -> str:
    if len(text) > LONGEST_NAME or _CONTROL.search(text):
        raise invalid(
            name, f"{name} must be 1 to {LONGEST_NAME} characters, none of them a control character."
        )
    return text


def _address(name: str, text: str) -> str:
    if len(text) > 2_000 or _CONTROL.search(text):
        raise invalid(name, f"{name} must be a URL of at most 2,000 characters.")
    return text


def _moment(name: str, text: str) -> int:
    try:
        return to_ms(parse_time(text))
    except ValueError:
        raise invalid(
            name, f"{name} must be an ISO 8601 time such as 2026-01-31T12:00:00Z, not {text[:40]!r}."
        ) from None


def _cents(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= HIGHEST_PRICE_CENTS):
        raise invalid(name, f"{name} must be whole cents from 0 to {HIGHEST_PRICE_CENTS}, not {text[:40]!r}.")
    return int(text)


def _flag(name: str, text: str) -> bool:
    word = text.lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise invalid(name, f"{name} must be true or false, not {text[:40]!r}.")


#: What a fan's row may carry beside `fan_id`: its column in the file, ours, and how its text is read.
FAN_COLUMNS: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "username": ("username", _text),
    "name": ("name", _text),
    "avatar_url": ("avatar_url", _address),
    "time_zone": ("time_zone", _text),
    "subscribed_at": ("subscribed_at", _moment),
    "expires_at": ("subscribed_until", _moment),
    "renews": ("renews", _flag),
    "price_cents": ("price_cents", _cents),
    "blocked": ("blocked", _flag),
    "restricted": ("restricted", _flag),
    "deleted": ("deleted", _flag),
    "unreachable": ("unreachable", _flag),
}
_SUBSCRIPTION = frozenset({"subscribed_at", "subscribed_until", "renews", "price_cents"})


def read_fan(header: Sequence[str], cells: Sequence[str]) -> tuple[FanId, Values]:
    """One fan of a file. An empty cell says nothing: what was known stays. Raises Problem(INVALID)."""
    fan_id, values = None, {}
    for name, cell in zip(header, cells, strict=True):
        text = cell.strip()
        if name == "fan_id":
            fan_id = read_id(text)
        elif text:
            column, read = FAN_COLUMNS[name]
            values[column] = read(name, text)
    assert fan_id is not None
    check_username(fan_id, values.get("username"))
    if not _SUBSCRIPTION.isdisjoint(values):
        _check_subscription(values)
    return fan_id, values


def read_member(header: Sequence[str], cells: Sequence[str]) -> tuple[str, FanId]:
    """One row of a file of lists: the list's word, and the fan's id. Raises Problem(INVALID)."""
    row = dict(zip(header, cells, strict=True))
    return row["list"].strip(), read_id(row["fan_id"].strip())


def _check_subscription(values: Values) -> None:
    began, until = values.get("subscribed_at"), values.get("subscribed_until")
    if began is None or until is None:
        raise invalid(
            "subscribed_at", "subscribed_at and expires_at must be there for a fan with a subscription."
        )
    if until <= began:
        raise invalid("expires_at", "expires_at must lie after subscribed_at.")


# ---- fans


@dataclass(slots=True)
class Tally:
    """What an import did, in fans."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def join(self, other: "Tally") -> None:
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged


def put_fans(tx: Tx, account: Account, rows: Mapping[FanId, Values], *, now: datetime) -> Tally:
    """Create or update fans by id. A username that two have is the later one's, as in `core.fans.put`."""
    rows = _one_fan_a_username(rows)
    # The counter's lock: nobody else numbers one of these fans meanwhile.
    fans.lock_numbering(tx, account.key)
    swept = to_ms(fans.swept_until(tx, account.key, lock=True))
    through = name_index.lock(tx, account.key)
    known = bulk.lock_fans(tx, account.key, rows)
    named = _Named(tx, account, through, rows, known)
    changes = _Changes(swept)
    new = [(fan_id, values) for fan_id, values in rows.items() if fan_id not in known]
    first = fans.take_numbers(tx, account.key, len(new))
    created = [
        _new_row(FanNumber(first + place), fan_id, values, changes.lapsed(values), to_ms(now))
        for place, (fan_id, values) in enumerate(new)
    ]
    bulk.add_fans(tx, account.key, (tuple(row[name] for name in bulk.FAN_COLUMNS) for row in created))
    for row in created:
        changes.note(row["number"], {}, row)
    updated = []
    for fan_id, before in known.items():
        after = {**before, **rows[fan_id]}
        after["lapsed"] = changes.lapsed(after)
        if after != before:
            updated.append(after)
            changes.note(before["number"], before, after)
    bulk.update_fans(tx, account.key, updated)
    if not account.paid_subscriptions and any(values.get("price_cents") for values in rows.values()):
        accounts.note_paid_subscriptions(tx, account.key)
    named.follow(tx, account)
    fan_sets.change(tx, account.key, changes.sets())
    return Tally(len(created), len(updated), len(known) - len(updated))


def _new_row(number: FanNumber, fan_id: FanId, values: Values, lapsed: bool, now_ms: int) -> Values:
    username = values.get("username") or f"u{fan_id}"
    return {
        **_BLANK, **values, "number": number, "fan_id": fan_id, "username": username,
        "name": values.get("name") or username, "created_at": values.get("subscribed_at", now_ms),
        "lapsed": lapsed,
    }  # fmt: skip


_BLANK: Values = {
    **dict.fromkeys(bulk.FAN_COLUMNS),
    **dict.fromkeys(("renews", "lapsed", *FLAG_SETS), False),
    **dict.fromkeys(("subscriptions_cents", "messages_cents", "tips_cents", "spent_cents"), 0),
}


_KEPT_SETS = (*FLAG_SETS.items(), ("renews", RENEWING))


class _Changes:
    """Which fans enter and leave which sets, so that sets and rows say the same."""

    def __init__(self, swept_ms: int) -> None:
        self._swept = swept_ms
        self._enter: dict[SetKey, list[int]] = {}
        self._leave: dict[SetKey, list[int]] = {}

    def note(self, number: int, before: Values, after: Values) -> None:
        for name, key in _KEPT_SETS:
            self._move(key, number, bool(before.get(name)), after[name])
        self._move(SUBSCRIBED, number, self._runs(before), self._runs(after))

    def lapsed(self, row: Values) -> bool:
        """Whether the subscription has ended as of the last sweep."""
        return row.get("subscribed_until") is not None and not self._runs(row)

    def _runs(self, row: Values) -> bool:
        return (row.get("subscribed_until") or 0) > self._swept

    def _move(self, key: SetKey, number: int, was: bool, is_now: bool) -> None:
        if was != is_now:
            (self._enter if is_now else self._leave).setdefault(key, []).append(number)

    def sets(self) -> dict[SetKey, tuple[FanSet, FanSet]]:
        keys = self._enter.keys() | self._leave.keys()
        return {key: (FanSet(self._enter.get(key, ())), FanSet(self._leave.get(key, ()))) for key in keys}


# ---- usernames


def _one_fan_a_username(rows: Mapping[FanId, Values]) -> Mapping[FanId, Values]:
    """Where rows give one username to several fans, the last has it; the others are called by their ids."""
    owner = {values["username"]: fan_id for fan_id, values in rows.items() if "username" in values}
    return {
        fan_id: values
        if owner.get(values.get("username"), fan_id) == fan_id
        else {**values, "username": f"u{fan_id}"}
        for fan_id, values in rows.items()
    }


class _Named:
    """Whose names a batch changes: those of its rows, and who loses a username to them."""

    def __init__(
        self,
        tx: Tx,
        account: Account,
        through: int,
        rows: Mapping[FanId, Values],
        known: Mapping[FanId, Values],
    ) -> None:
        self._through = through
        changed = {
            values["number"]
            for fan_id, values in known.items()
            if any(rows[fan_id].get(name, values[name]) != values[name] for name in ("username", "name"))
        }
        losers = self._losers(tx, account, rows, known)
        self._numbers = sorted(number for number in changed | losers if number < through)
        self._before = dict(stored_names.names_of(tx, account.key, self._numbers))
        fans.take_usernames(tx, account.key, sorted(losers))
        for fan_id, values in known.items():
            if values["number"] in losers:
                values["username"] = f"u{fan_id}"

    def _losers(
        self, tx: Tx, account: Account, rows: Mapping[FanId, Values], known: Mapping[FanId, Values]
    ) -> set[FanNumber]:
        wanted = {values["username"]: fan_id for fan_id, values in rows.items() if "username" in values}
        held = fans.numbers_by_username(tx, account.key, wanted)
        owners = {name: known.get(fan_id, {}).get("number") for name, fan_id in wanted.items()}
        return {number for name, number in held.items() if number != owners[name]}

    def follow(self, tx: Tx, account: Account) -> None:
        after = dict(stored_names.names_of(tx, account.key, self._numbers))
        renamed = [Renamed(number, self._before[number], after[number]) for number in self._numbers]
        name_index.follow(tx, account.key, self._through, renamed)


# ---- lists


def settle_list(tx: Tx, account: Account, word: str, *, now: datetime) -> ListRef:
    """The list that a file means: an id, a slug, an alias, a name; an unknown name makes a new list.

    Raises Problem: an unknown id, a built-in list that takes no fans, a name that cannot be one.
    """
    found = user_lists.find_refs(tx, account, [word]).get(word)
    if isinstance(found, BuiltIn) and found not in user_lists.ADDABLE:
        raise invalid("list", f"The list {word} is computed; fans cannot be put on it.")
    if found is not None:
        return found
    if word.isascii() and word.isdigit():
        raise not_found("user_list", word)
    named = stored_lists.by_name(tx, account.key, word)
    return user_lists.create(tx, account, word, now=now).ref if named is None else named


def put_members(
    tx: Tx, account: Account, members: Mapping[ListRef, Iterable[FanId]]
) -> tuple[int, int, frozenset[FanId]]:
    """Put fans on lists: how many are new there, how many were there already, and ids that are no fans."""
    wanted = {ref: set(ids) for ref, ids in members.items()}
    numbers = fans.numbers_of(tx, account.key, set().union(*wanted.values()))
    added = already = 0
    for ref in sorted(wanted, key=str):
        known = [numbers[fan_id] for fan_id in wanted[ref] if fan_id in numbers]
        new = len(user_lists.add(tx, account, ref, known))
        added, already = added + new, already + len(known) - new
    unknown = set().union(*wanted.values()) - numbers.keys()
    return added, already, frozenset(unknown)
