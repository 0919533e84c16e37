"""Who may come in: key → account → permission. Each face says where it looks, and how a refusal reads."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from fancast.api.faces import Request, Transactions
from fancast.core import api_keys
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.problems import Problem, not_found
from fancast.store.database import Tx

log = structlog.get_logger("fancast.http")

#: How exactly a key's last use is known: a write per request would be dear.
NOTED_EVERY = timedelta(minutes=5)


def bearer(headers: Mapping[str, str]) -> str | None:
    """The secret of an `Authorization: Bearer …` header; None without one."""
    scheme, _, secret = headers.get("authorization", "").strip().partition(" ")
    return (secret.strip() or None) if scheme.lower() == "bearer" else None


def caller(tx: Tx, secret: str | None, public_id: str | None) -> tuple[ApiKey, Account | None]:
    """The key that calls, and the account with this id if the key reaches it. Raises Problem(UNAUTHENTICATED)."""
    if not public_id:
        return api_keys.authenticate(tx, secret), None
    return api_keys.authenticate_for(tx, secret, public_id)


def permitted(key: ApiKey, found: Account | None, public_id: str, request: Request) -> Account:
    """The account a call is about, if key and route may act for it.

    Raises Problem(NOT_FOUND, account_not_found) for a stranger's too, Problem(FORBIDDEN, missing_permission).
    """
    if found is None:
        raise not_found("account", public_id)
    if request.route is not None and request.route.permission is not None:
        key.demand_permission(request.route.permission, found.permissions)
    return found


class KeyUses:
    """Remembers now and then when a key was last used, after its call is answered."""

    def __init__(self, store: Transactions) -> None:
        self._store = store
        self._noted: dict[str, datetime] = {}

    def due(self, key: ApiKey, now: datetime) -> bool:
        """Whether to note this use; asked on the event loop, so nobody is told twice."""
        last = self._noted.get(key.key_id, key.last_used_at)
        if last is not None and last <= now < last + NOTED_EVERY:
            return False
        self._noted[key.key_id] = now
        return True

    def note(self, key: ApiKey, now: datetime) -> None:
        try:
            with self._store.write() as tx:
                api_keys.note_use(tx, key.key_id, now=now)
        except Problem as problem:
            # The next use after a while notes it; nobody waits for this one.
            log.info("key.use_not_noted", key_id=key.key_id, why=problem.message)
