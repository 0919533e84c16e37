"""Chats: the list of threads, newest first, with what each one's newest message says."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.ofauth.messages import MessageShape, Writer
from fancast.api.ofauth.users import AvatarThumbs, write_thumbs
from fancast.api.ofauth.values import LIMIT_20, OFFSET, SHAPE, Window, account_of, shaped
from fancast.core import chats, user_lists
from fancast.model.accounts import Account
from fancast.model.chats import Chat, ChatFilter, ChatOrder
from fancast.model.fans import Fan
from fancast.model.problems import invalid
from fancast.model.user_lists import ListRef
from fancast.store.database import Tx

QUERY = (
    LIMIT_20,
    OFFSET,
    QueryParam("order", str, "recent (the newest first) or old.", default="recent"),
    QueryParam("filter", str, "priority (who ever spent, or a message is pinned), who_tipped or unread."),
    QueryParam("query", str, "A part of the fan's name, username or custom name."),
    QueryParam("userListId", str, "Only fans on this list."),
    SHAPE,
)


class WithUser(Struct, frozen=True, rename="camel", kw_only=True):
    id: int
    view: str = field(default="b", name="_view")
    name: str
    username: str
    avatar: str | None
    avatar_thumbs: AvatarThumbs | None


class ChatShape(Struct, frozen=True, rename="camel", kw_only=True):
    """A thread with one fan."""

    with_user: WithUser
    last_message: MessageShape | UnsetType = UNSET
    can_not_send_reason: Annotated[Any, Meta(description="false, or why messages cannot reach the fan.")]
    can_send_message: bool
    can_go_to_profile: bool
    unread_messages_count: int
    has_unread_tips: bool
    is_muted_notifications: bool
    last_read_message_id: Annotated[
        int | UnsetType, Meta(description="Up to which message the creator has read.")
    ] = UNSET
    has_purchased_feed: Annotated[bool, Meta(description="Whether the fan ever bought a message.")]
    count_pinned_messages: int


class ChatPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[ChatShape]
    has_more: bool
    next_offset: int | UnsetType = UNSET


def list_all(tx: Tx, call: Call) -> Answer:
    account, window = account_of(call), Window(call.query, most=20)
    found = chats.page(
        tx, account, filter=read_filter(call.query), user_list=read_list(tx, account, call.query),
        query=(call.query.text("query") or "").strip(), order=read_order(call.query), offset=window.offset,
        limit=window.one_more, now=call.now,
    )  # fmt: skip
    shown = [chat.last_message for chat in found if chat.last_message is not None]
    writer = Writer(tx, call, shown)
    return shaped(call, window.page(found, lambda chat: write_chat(chat, writer)))


def read_filter(query: Query) -> ChatFilter | None:
    said = (query.text("filter") or "").strip()
    if said and said not in ("priority", "who_tipped", "unread"):
        raise invalid("filter", "filter must be priority, who_tipped or unread.")
    return ChatFilter(said) if said else None


def read_order(query: Query) -> ChatOrder:
    said = (query.text("order") or "recent").strip()
    if said not in ("recent", "old"):
        raise invalid("order", "order must be recent or old.")
    return ChatOrder(said)


def read_list(tx: Tx, account: Account, query: Query) -> ListRef | None:
    said = (query.text("userListId") or "").strip()
    return user_lists.find_ref(tx, account, said) if said else None


def write_chat(chat: Chat, writer: Writer) -> ChatShape:
    fan, last = chat.fan, chat.last_message
    return ChatShape(
        with_user=write_with_user(fan), last_message=UNSET if last is None else writer.write(last, fan),
        can_not_send_reason=False if fan.receives else "Messages cannot reach this fan.",
        can_send_message=fan.receives, can_go_to_profile=not fan.deleted, unread_messages_count=chat.unread_count,
        has_unread_tips=chat.has_unread_tips, is_muted_notifications=chat.state.muted,
        last_read_message_id=UNSET if chat.last_read_id is None else chat.last_read_id,
        has_purchased_feed=chat.has_purchases, count_pinned_messages=chat.pinned_count,
    )  # fmt: skip


def write_with_user(fan: Fan) -> WithUser:
    return WithUser(
        id=fan.fan_id,
        name=fan.name,
        username=fan.username,
        avatar=fan.avatar_url,
        avatar_thumbs=write_thumbs(fan),
    )
