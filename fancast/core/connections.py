"""Connections: how an account is reached from outside, and the life of that.

A server of one's own has no session with anybody's site: what stands for one is whether the connection is active.
Only then do the faces act for the account. What was accepted before it expired goes out all the same.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fancast.core import accounts
from fancast.kit.times import to_ms
from fancast.model.accounts import PERMISSIONS, Account, ConnectionStatus
from fancast.model.api_keys import ApiKey
from fancast.model.events import EventKind
from fancast.model.ids import LARGEST_ID
from fancast.model.mass_messages import State
from fancast.model.problems import invalid, not_found
from fancast.store import accounts as store
from fancast.store import api_keys, events, heads, mass_messages, media
from fancast.store.database import Tx

LONGEST_REFERENCE = 255
#: The creator's own id, where an opaque session happens to say it.
_CREATOR = re.compile(r"(?:^|;\s*)auth_id=(\d{1,16})(?:;|$)")


def find(tx: Tx, connection_id: str, key: ApiKey) -> Account:
    """The account of a connection that the key reaches. Raises Problem(NOT_FOUND)."""
    found = store.find(tx, connection_id)
    if found is None or found.connection_id != connection_id or not key.reaches(found.key):
        raise not_found("connection", connection_id)
    return found


def page(
    tx: Tx, key: ApiKey, *, status: ConnectionStatus | None = None, imported: bool | None = None, offset: int = 0,
    limit: int,
) -> list[Account]:  # fmt: skip
    """The connections a key reaches, in order of making. Ask for one more than shown to learn of a rest."""
    return store.page(tx, key.accounts, status=status, imported=imported, offset=offset, limit=limit)


def create(
    tx: Tx,
    key: ApiKey,
    session: str,
    *,
    permissions: Sequence[str] | None = None,
    reference: str | None = None,
    now: datetime,
) -> Account:
    """An account with a connection of its own, which its maker's key reaches. The session is not kept.

    Raises Problem(INVALID).
    """
    granted = PERMISSIONS if permissions is None else tuple(dict.fromkeys(permissions))
    for permission in granted:
        if permission not in PERMISSIONS:
            raise invalid("permissions", f"There is no permission {permission}.", known=list(PERMISSIONS))
    if reference is not None and not 0 < len(reference) <= LONGEST_REFERENCE:
        raise invalid("client_reference", f"A reference has 1 to {LONGEST_REFERENCE} characters.")
    creator = _creator(session)
    settings = {"imported": True, "client_reference": reference}
    made = accounts.create(
        tx, reference or "Creator", f"u{creator}" if creator else "creator", creator_id=creator,
        permissions=granted, settings=settings, now=now,
    )  # fmt: skip
    if key.accounts is not None:
        api_keys.reach_too(tx, key, made.key)
    _tell(tx, made, EventKind.CONNECTION_CREATED, now)
    return made


def renew(tx: Tx, account: Account, session: str, *, now: datetime) -> Account:
    """An imported connection is active again. Raises Problem(INVALID): another creator's session, not imported."""
    if not account.imported:
        raise invalid("connection", "This connection was not imported.", code="not_imported")
    creator = _creator(session)
    if creator is not None and creator != account.creator_id:
        raise invalid("cookie", "This session is another creator's.", code="another_creator")
    store.update(tx, account.key, {"status": ConnectionStatus.ACTIVE.value, "expired_at": None}, now=now)
    return _told(tx, account, EventKind.CONNECTION_UPDATED, now)


def expire(tx: Tx, account: Account, *, now: datetime) -> Account:
    """The connection acts no more until it is renewed; its record stays. Repeated, it changes nothing."""
    if account.status is ConnectionStatus.EXPIRED:
        return account
    values = {"status": ConnectionStatus.EXPIRED.value, "expired_at": to_ms(now)}
    store.update(tx, account.key, values, now=now)
    return _told(tx, account, EventKind.CONNECTION_EXPIRED, now)


def remove(tx: Tx, account: Account, *, now: datetime) -> None:
    """Nothing finds the account any more. What was not sent yet is cancelled; what was stays with the fans."""
    stopped = mass_messages.cancel_unfinished(tx, account.key, now=now)
    store.update(tx, account.key, {"removed_at": to_ms(now)}, now=now)
    number = heads.take(tx, account.key, events=len(stopped) + 1).first_event
    cancelled: list[tuple[int, dict[str, Any]]] = [(id, {"state": State.CANCELLED.value}) for id in stopped]
    events.add_many(tx, account.key, number, EventKind.MASS_MESSAGE_CANCELLED, cancelled, now=now)
    _tell(tx, account, EventKind.CONNECTION_DISCONNECTED, now, number=number + len(stopped))


def set_vault_plus(
    tx: Tx, account: Account, *, enabled: bool | None, settings: Mapping[str, Any] | None, now: datetime
) -> Account:
    """Keep what a client sets of the vendor's vault add-on, to give it back."""
    before = account.vault_plus or {"enabled": False, "settings": {}}
    after = {
        "enabled": before["enabled"] if enabled is None else enabled,
        "settings": before["settings"] if settings is None else dict(settings),
    }
    store.update(tx, account.key, {"vault_plus": after}, now=now)
    return store.get(tx, account.key)


def media_held(tx: Tx, account: Account) -> tuple[int, int]:
    """How many media the vault holds, and their bytes."""
    return media.totals(tx, account.key)


def _creator(session: str) -> int | None:
    said = _CREATOR.search(session)
    return int(said[1]) if said is not None and 0 < int(said[1]) <= LARGEST_ID else None


def _told(tx: Tx, account: Account, kind: EventKind, now: datetime) -> Account:
    _tell(tx, account, kind, now)
    return store.get(tx, account.key)


def _tell(tx: Tx, account: Account, kind: EventKind, now: datetime, *, number: int | None = None) -> None:
    if number is None:
        number = heads.take(tx, account.key, events=1).first_event
    fact = {"connection_id": account.connection_id, "client_reference": account.client_reference}
    events.add(tx, account.key, number, kind, account.creator_id, fact, now=now)
