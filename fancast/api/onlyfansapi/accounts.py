"""Who calls and for whom: `/api/accounts`, `/api/whoami` (both bare, without an envelope) and `/me`."""

from datetime import datetime
from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.mass_messages import Success
from fancast.api.onlyfansapi.values import account_of
from fancast.core import accounts, chats, connections, fans
from fancast.kit.times import offset_text
from fancast.model.accounts import Account, ConnectionStatus
from fancast.model.mass_messages import HIGHEST_PRICE_CENTS, LOWEST_PRICE_CENTS
from fancast.model.problems import not_found
from fancast.store.database import Tx

_PROGRESS = {
    ConnectionStatus.ACTIVE: "signed_in",
    ConnectionStatus.EXPIRED: "session_expired",
    ConnectionStatus.AWAITING_2FA: "needs_otp",
}
#: This server serves one team.
TEAM_NAME, TEAM_SLUG = "Fancast", "fancast"
Description = msgspec.Meta


class OnlyFansUser(msgspec.Struct, frozen=True):
    id: int
    name: str
    username: str


class AccountItem(msgspec.Struct, frozen=True, kw_only=True):
    """An account that this key reaches."""

    id: Annotated[str, Description(description="Goes into every path as {account}.")]
    display_name: str
    onlyfans_id: int
    onlyfans_username: str
    onlyfans_email: str | None
    is_authenticated: bool
    authentication_progress: str
    onlyfans_user_data: OnlyFansUser


class KeyItem(msgspec.Struct, frozen=True):
    name: str
    last_used_at: str | None
    created_at: str


class Team(msgspec.Struct, frozen=True):
    name: str
    slug: str


class WhoAmI(msgspec.Struct, frozen=True):
    """The key that calls."""

    api_key: KeyItem
    team: Team


class Me(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The creator."""

    id: int
    name: str
    username: str
    view: str
    avatar: str | None
    is_auth: bool
    is_performer: bool
    is_verified: bool
    can_chat: bool
    can_send_chat_to_all: bool
    can_create_lists: bool
    subscribers_count: Annotated[int, Description(description="Fans whose subscription runs.")]
    message_min_price: Annotated[int, Description(description="The lowest price of a message, in dollars.")]
    message_max_price: Annotated[int, Description(description="The highest price of a message, in dollars.")]
    chat_messages_count: Annotated[int, Description(description="Chats that the creator has not read.")]
    unread_tips: Annotated[int, Description(description="Fans with a tip that the creator has not read.")]
    tips_enabled: bool
    tips_min: int
    tips_max: int
    subscribe_price: int
    join_date: str


class StartDate(msgspec.Struct, frozen=True, rename="camel"):
    start_date: str


class TopPercentage(msgspec.Struct, frozen=True):
    top_percentage: float | None
    message: str


# ---- handlers


def listing(tx: Tx, call: Call) -> Answer:
    wanted = {name: call.query.text(name) for name in ("onlyfans_id", "onlyfans_username", "onlyfans_email")}
    items = [write_account(account) for account in accounts.listing(tx, call.key)]
    return Answer([item for item in items if all(_is(item, name, value) for name, value in wanted.items())])


def whoami(_tx: Tx, call: Call) -> Answer:
    used = call.key.last_used_at
    key = KeyItem(
        call.key.name, None if used is None else vendor_text(used), vendor_text(call.key.created_at)
    )
    return Answer(WhoAmI(key, Team(TEAM_NAME, TEAM_SLUG)))


def me(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    told = write_me(
        account, subscribers=fans.count(tx, account), unread_chats=chats.count_unread(tx, account),
        unread_tips=chats.count_unread_tippers(tx, account),
    )  # fmt: skip
    return enveloped(told)


def start_date(_tx: Tx, call: Call) -> Answer:
    return enveloped(StartDate(offset_text(account_of(call).created_at)))


def top_percentage(_tx: Tx, _call: Call) -> Answer:
    return enveloped(TopPercentage(None, "A server of one's own knows no other creators to compare with."))


def disconnect(tx: Tx, call: Call) -> Answer:
    asked = call.params["id"]
    found = accounts.find(tx, asked, call.key)
    if asked == found.connection_id:
        raise not_found("account", asked)
    connections.remove(tx, found, now=call.now)
    return enveloped(Success())


# ---- to the wire


def write_account(account: Account) -> AccountItem:
    return AccountItem(
        id=account.acct_id, display_name=account.name, onlyfans_id=account.creator_id,
        onlyfans_username=account.username, onlyfans_email=None,
        is_authenticated=account.status is ConnectionStatus.ACTIVE,
        authentication_progress=_PROGRESS[account.status],
        onlyfans_user_data=OnlyFansUser(account.creator_id, account.name, account.username),
    )  # fmt: skip


def write_me(account: Account, *, subscribers: int, unread_chats: int, unread_tips: int) -> Me:
    return Me(
        id=account.creator_id, name=account.name, username=account.username, view="s", avatar=None, is_auth=True,
        is_performer=True, is_verified=True, can_chat=True, can_send_chat_to_all=True, can_create_lists=True,
        subscribers_count=subscribers, message_min_price=LOWEST_PRICE_CENTS // 100,
        message_max_price=HIGHEST_PRICE_CENTS // 100, chat_messages_count=unread_chats,
        unread_tips=unread_tips, tips_enabled=True, tips_min=5, tips_max=200, subscribe_price=0,
        join_date=vendor_text(account.created_at),
    )  # fmt: skip


def vendor_text(moment: datetime) -> str:
    """Microseconds and `Z`, as the vendor prints what is its own."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def _is(item: AccountItem, name: str, wanted: str | None) -> bool:
    """Whether it is the wanted one; what nobody knows is nobody's."""
    known = getattr(item, name)
    return not wanted or (known is not None and str(known).lower() == wanted.strip().lower())
