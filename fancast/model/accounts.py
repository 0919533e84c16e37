"""Accounts: the creators this server acts for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from fancast.model.ids import AccountKey

#: What a connection may be allowed to do, `resource:action`, as OFAuth's SDK types name them.
PERMISSIONS = (
    "profile:read", "profile:write", "messages:read", "messages:write", "lists:read", "lists:write",
    "users:write", "subscribers:read", "subscribers:write", "subscriptions:read", "vault:read", "vault:write",
    "analytics:read", "earnings:read", "notifications:read", "posts:read", "posts:write", "promotions:read",
    "promotions:write",
)  # fmt: skip


class OwnedMedia(StrEnum):
    """What happens to a fan of an audience who owns every paid media item already."""

    #: Left out, with the reason `owns_media`.
    SKIP = "skip"
    #: Gets the message, open.
    UNLOCK_FREE = "unlock_free"


class ConnectionStatus(StrEnum):
    ACTIVE = "active"
    EXPIRED = "expired"
    AWAITING_2FA = "awaiting_2fa"


@dataclass(frozen=True, slots=True)
class Account:
    """One creator, with both public ids."""

    key: AccountKey
    acct_id: str
    connection_id: str
    creator_id: int
    name: str
    username: str
    status: ConnectionStatus
    permissions: tuple[str, ...]
    client_reference: str | None
    unsend_window_seconds: int
    message_unsend_window_seconds: int
    #: An identical unmarked send by the same key within this time is refused; 0 is off.
    duplicate_guard_seconds: int
    owned_media: OwnedMedia
    fee_basis_points: int
    #: Whether OFAuth's list pages answer bare arrays, as its guides print.
    bare_lists: bool
    time_zone: str
    created_at: datetime
    updated_at: datetime
    #: Recipients per second; None is unpaced.
    pace: int | None
    #: Made by an import, in place of by the operator.
    imported: bool = False
    expired_at: datetime | None = None
    about: str = ""
    #: What clients set of the vendor's vault add-on, given back as it was: `enabled` and `settings`.
    vault_plus: Mapping[str, Any] | None = None
    #: Whether the subscription of any fan ever had a price: else nobody renews for money.
    paid_subscriptions: bool = False
