"""The connections that a key reaches, their life and settings (`/v2/account`)."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call
from fancast.api.ofauth.values import Body, Window, date_text, maybe_date
from fancast.core import connections
from fancast.model.accounts import Account, ConnectionStatus
from fancast.model.problems import invalid
from fancast.store.database import Tx

LONGEST_SESSION = 20_000


class UserData(Struct, frozen=True):
    id: str
    name: str
    username: str
    avatar: str | None


class Connection(Struct, frozen=True, rename="camel", kw_only=True):
    """A creator's account that this key reaches."""

    id: str
    status: Annotated[str, Meta(description="active, expired or awaiting_2fa. Only an active one acts.")]
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


class SessionInput(Struct, frozen=True, rename="camel", kw_only=True):
    """Opaque here, and not kept."""

    cookie: Annotated[str, Meta(min_length=1)]
    user_agent: Annotated[str, Meta(min_length=1)]


class ImportInput(SessionInput, frozen=True, rename="camel", kw_only=True):
    permissions: Annotated[list[str], Meta(description="By default all.")] | UnsetType = UNSET
    client_reference_id: str | None = None


class Succeeded(Struct, frozen=True):
    success: bool = True


class VaultPlusStats(Struct, frozen=True, rename="camel", kw_only=True):
    vault_plus_enabled: bool
    total_storage_bytes: int
    storage_limit_bytes: Annotated[int, Meta(description="0: there is no limit here.")] = 0
    media_count: int
    stored_count: int
    storage_usage_percent: float = 0


class VaultPlus(Struct, frozen=True, rename="camel", kw_only=True):
    """The vendor's vault add-on, which is another product: what clients set is kept and given back."""

    enabled: bool
    settings_overrides: dict[str, Any]
    stats: VaultPlusStats


class ConnectionSettings(Struct, frozen=True, rename="camel", kw_only=True):
    connection_id: str
    vault_plus: VaultPlus


class ConnectionSettingsChanged(ConnectionSettings, frozen=True, rename="camel", kw_only=True):
    """The settings twice: as its documentation has them, and as its SDKs do."""

    settings: ConnectionSettings


class VaultPlusInput(Struct, frozen=True):
    enabled: bool | UnsetType = UNSET
    settings: dict[str, Any] | None = None


class SettingsInput(Struct, frozen=True, rename="camel"):
    vault_plus: VaultPlusInput | UnsetType = UNSET


class VaultPlusDefaults(Struct, frozen=True, rename="camel"):
    """Everything is off: nothing is cached, and so nothing is kept for a time or purged."""

    auto_cache_vault: bool = False
    auto_cache_messages: bool = False
    auto_cache_posts: bool = False
    auto_cache_stories: bool = False
    min_access_count_vault: int = 0
    min_access_count_messages: int = 0
    min_access_count_posts: int = 0
    min_access_count_stories: int = 0
    cache_images: bool = False
    cache_videos: bool = False
    cache_audio: bool = False
    image_qualities: list[str] = []
    video_qualities: list[str] = []
    retention_days: int = 0
    access_expiry_days: int = 0
    presigned_url_ttl_seconds: int = 0
    storage_limit_bytes: Annotated[int, Meta(description="0: there is no limit here.")] = 0
    storage_limit_purge_strategy: str = "block_new"


class OwnVaultPlus(Struct, frozen=True, rename="camel"):
    auto_enable_for_new_connections: bool = False
    default_settings: VaultPlusDefaults = VaultPlusDefaults()


class OwnSettings(Struct, frozen=True, rename="camel"):
    vault_plus: OwnVaultPlus = OwnVaultPlus()


class OwnSettingsChanged(OwnSettings, frozen=True, rename="camel"):
    """The settings twice, as `ConnectionSettingsChanged`."""

    settings: OwnSettings = OwnSettings()


# ---- handlers


def list_all(tx: Tx, call: Call) -> Answer:
    window, status = Window(call.query, most=100), call.query.text("status")
    if status and status not in tuple(ConnectionStatus):
        raise invalid("status", "status must be active, expired or awaiting_2fa.")
    found = connections.page(
        tx, call.key, status=ConnectionStatus(status) if status else None, imported=call.query.flag("imported"),
        offset=window.offset, limit=window.one_more,
    )  # fmt: skip
    return Answer(window.page(found, write_connection))


def create(tx: Tx, call: Call) -> Answer:
    body = Body(call.body)
    made = connections.create(
        tx, call.key, read_session(body), permissions=read_permissions(body), reference=body.text("clientReferenceId"),
        now=call.now,
    )  # fmt: skip
    return Answer(write_connection(made))


def renew(tx: Tx, call: Call) -> Answer:
    session = read_session(Body(call.body))
    return Answer(write_connection(connections.renew(tx, _named(tx, call), session, now=call.now)))


def expire(tx: Tx, call: Call) -> Answer:
    connections.expire(tx, _named(tx, call), now=call.now)
    return Answer(Succeeded())


def remove(tx: Tx, call: Call) -> Answer:
    connections.remove(tx, _named(tx, call), now=call.now)
    return Answer(Succeeded())


def get_settings(tx: Tx, call: Call) -> Answer:
    return Answer(write_settings(tx, _named(tx, call)))


def change_settings(tx: Tx, call: Call) -> Answer:
    account, wanted = _named(tx, call), Body(call.body).part("vaultPlus")
    if wanted is not None:
        enabled = wanted.flag("enabled") if "enabled" in wanted else None
        account = connections.set_vault_plus(
            tx, account, enabled=enabled, settings=read_settings(wanted), now=call.now
        )
    told = write_settings(tx, account)
    return Answer(
        ConnectionSettingsChanged(connection_id=told.connection_id, vault_plus=told.vault_plus, settings=told)
    )


def get_own_settings(_tx: Tx, _call: Call) -> Answer:
    return Answer(OwnSettings())


def change_own_settings(_tx: Tx, _call: Call) -> Answer:
    return Answer(OwnSettingsChanged())


def _named(tx: Tx, call: Call) -> Account:
    return connections.find(tx, call.params["connectionId"], call.key)


# ---- from the wire


def read_session(body: Body) -> str:
    """The cookie. It must be there, and the browser's name too. Raises Problem(INVALID)."""
    cookie, browser = body.name("cookie"), body.name("userAgent")
    if len(cookie) + len(browser) > LONGEST_SESSION:
        raise invalid("cookie", f"cookie and userAgent have at most {LONGEST_SESSION} characters.")
    return cookie


def read_permissions(body: Body) -> list[str] | None:
    """By default all. Whether each is one, the core knows."""
    return [str(word) for word in body.words("permissions")] if "permissions" in body else None


def read_settings(body: Body) -> dict[str, Any] | None:
    """Whatever a client keeps there."""
    part = body.part("settings")
    return None if part is None else part.everything()


# ---- to the wire


def write_connection(account: Account) -> Connection:
    user = UserData(id=str(account.creator_id), name=account.name, username=account.username, avatar=None)
    return Connection(
        id=account.connection_id, status=account.status.value, user_data=user,
        permissions=list(account.permissions), expired_at=maybe_date(account.expired_at),
        created_at=date_text(account.created_at), updated_at=date_text(account.updated_at),
        client_reference_id=account.client_reference, imported=account.imported, last_checked_at=None,
    )  # fmt: skip


def write_settings(tx: Tx, account: Account) -> ConnectionSettings:
    kept = account.vault_plus or {"enabled": False, "settings": {}}
    count, size_bytes = connections.media_held(tx, account)
    stats = VaultPlusStats(
        vault_plus_enabled=kept["enabled"],
        total_storage_bytes=size_bytes,
        media_count=count,
        stored_count=count,
    )
    return ConnectionSettings(
        connection_id=account.connection_id,
        vault_plus=VaultPlus(enabled=kept["enabled"], settings_overrides=kept["settings"], stats=stats),
    )
