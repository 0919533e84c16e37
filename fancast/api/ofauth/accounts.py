"""The key itself (`/v2/account`), and the creator it acts for (`/self`)."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call
from fancast.api.ofauth.values import Window, account_of, date_text
from fancast.core import accounts, fans
from fancast.model.accounts import PERMISSIONS, Account, ConnectionStatus
from fancast.model.api_keys import ANY_PERMISSION
from fancast.model.problems import invalid
from fancast.store.database import Tx


class Whoami(Struct, frozen=True):
    """The calling key."""

    id: str
    name: str | None
    permissions: Annotated[list[str], Meta(description="What the key may do where the connection allows it.")]


class UserData(Struct, frozen=True):
    id: str
    name: str
    username: str
    avatar: str | None


class Connection(Struct, frozen=True, rename="camel", kw_only=True):
    """A creator's account that this key reaches."""

    id: str
    status: str
    user_data: UserData
    permissions: list[str]
    expired_at: str | None
    created_at: str
    updated_at: str
    client_reference_id: str | None
    imported: bool
    last_checked_at: str | None


class ConnectionPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[Connection]
    has_more: bool
    next_offset: int | UnsetType = UNSET


class Self(Struct, frozen=True, rename="camel", kw_only=True):
    """The creator of the connection."""

    id: int
    username: str
    name: str
    is_auth: bool = True
    is_verified: bool = True
    avatar: str | None = None
    subscribers_count: Annotated[int, Meta(description="Current subscribers.")]
    posts_count: int = 0
    photos_count: int = 0
    videos_count: int = 0


def whoami(_tx: Tx, call: Call) -> Answer:
    everything = ANY_PERMISSION in call.key.permissions
    permissions = list(PERMISSIONS if everything else call.key.permissions)
    return Answer(Whoami(id=call.key.key_id, name=call.key.name, permissions=permissions))


def list_connections(tx: Tx, call: Call) -> Answer:
    window, status = Window(call.query, most=100), call.query.text("status")
    if status and status not in tuple(ConnectionStatus):
        raise invalid("status", "status must be active, expired or awaiting_2fa.")
    # None of ours was imported from a session of the vendor's.
    asked = [] if call.query.flag("imported") else accounts.listing(tx, call.key)
    found = [one for one in asked if not status or one.status == status]
    return Answer(window.page(found[window.offset :][: window.one_more], write_connection))


def get_self(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    shape = Self(
        id=account.creator_id, username=account.username, name=account.name,
        subscribers_count=fans.count(tx, account),
    )  # fmt: skip
    return Answer(shape)


def write_connection(account: Account) -> Connection:
    user = UserData(id=str(account.creator_id), name=account.name, username=account.username, avatar=None)
    return Connection(
        id=account.connection_id, status=account.status.value, user_data=user,
        permissions=list(account.permissions),
        expired_at=date_text(account.updated_at) if account.status is ConnectionStatus.EXPIRED else None,
        created_at=date_text(account.created_at), updated_at=date_text(account.updated_at),
        client_reference_id=account.client_reference, imported=False, last_checked_at=None,
    )  # fmt: skip
