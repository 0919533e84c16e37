"""Accounts and their settings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fancast.kit.ids import new_id
from fancast.kit.times import is_time_zone
from fancast.model.accounts import PERMISSIONS, Account, OwnedMedia
from fancast.model.api_keys import ApiKey
from fancast.model.mass_messages import check_pace
from fancast.model.problems import invalid, not_found
from fancast.store import accounts as store
from fancast.store.database import Tx

#: Settings in whole numbers, with their bounds.
_NUMBERS = {
    "unsend_window_seconds": (0, 366 * 86_400),
    "message_unsend_window_seconds": (0, 366 * 86_400),
    "duplicate_guard_seconds": (0, 86_400),
    "fee_basis_points": (0, 10_000),
}
_EPOCH_CREATOR_ID = 1_000
LONGEST_NAME, LONGEST_ABOUT = 100, 1_000


def create(
    tx: Tx,
    name: str,
    username: str,
    *,
    acct_id: str | None = None,
    connection_id: str | None = None,
    creator_id: int | None = None,
    permissions: Sequence[str] = PERMISSIONS,
    aliases: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    now: datetime,
) -> Account:
    """Make an account with both public ids."""
    values = {
        "acct_id": acct_id or new_id("acct"), "connection_id": connection_id or new_id("conn"), "name": name,
        "username": username, "permissions": list(permissions), "creator_id": creator_id or 0, **(settings or {}),
    }  # fmt: skip
    key = store.create(tx, values, aliases, now=now)
    if creator_id is None:
        store.update(tx, key, {"creator_id": _EPOCH_CREATOR_ID + key}, now=now)
    return store.get(tx, key)


def find(tx: Tx, public_id: str, key: ApiKey) -> Account:
    """The account with this id, if the key reaches it. Raises Problem(NOT_FOUND): a stranger's does not exist."""
    account = store.find(tx, public_id)
    if account is None or not key.reaches(account.key):
        raise not_found("account", public_id)
    return account


def named(tx: Tx, public_id: str) -> Account | None:
    """The account with this id or alias, for the operator."""
    return store.find(tx, public_id)


def listing(tx: Tx, key: ApiKey) -> list[Account]:
    """The accounts a key reaches."""
    return store.listing(tx, key.accounts)


def operated(tx: Tx, public_id: str | None) -> Account:
    """The account that an operator names, or the only one there is. Raises NOT_FOUND, INVALID."""
    if public_id is not None:
        found = store.find(tx, public_id)
        if found is None:
            raise not_found("account", public_id)
        return found
    known = store.listing(tx, None)
    if len(known) != 1:
        raise invalid("account", f"There are {len(known)} accounts; name one.", code="account_required")
    return known[0]


def everybody(tx: Tx) -> list[Account]:
    """All accounts, for the operator."""
    return store.listing(tx, None)


def change(tx: Tx, account: Account, settings: Mapping[str, Any], *, now: datetime) -> Account:
    """Change settings, each checked. Raises Problem(INVALID) with the field; then nothing is changed."""
    values = {name: _checked(name, value) for name, value in settings.items() if name != "pace"}
    if "pace" in settings:
        check_pace(settings["pace"])
        store.set_pace(tx, account.key, settings["pace"], now=now)
    store.update(tx, account.key, values, now=now)
    return store.get(tx, account.key)


def describe(tx: Tx, account: Account, *, name: str | None, about: str | None, now: datetime) -> Account:
    """What the creator is called, and says of themselves. Raises Problem(INVALID)."""
    values: dict[str, Any] = {}
    if name is not None:
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise invalid("name", f"name has 1 to {LONGEST_NAME} characters.")
        values["name"] = name.strip()
    if about is not None:
        if len(about) > LONGEST_ABOUT:
            raise invalid("about", f"about has at most {LONGEST_ABOUT} characters.")
        values["about"] = about
    if values:
        store.update(tx, account.key, values, now=now)
    return store.get(tx, account.key)


def _checked(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise invalid(name, f"{name} is a whole number from {low} to {high}.")
        return value
    match name:
        case "owned_media" if value in tuple(OwnedMedia):
            return OwnedMedia(value).value
        case "bare_lists" if isinstance(value, bool):
            return value
        case "time_zone" if isinstance(value, str) and is_time_zone(value):
            return value
    raise invalid(name, f"{name} cannot be {value!r}.")
