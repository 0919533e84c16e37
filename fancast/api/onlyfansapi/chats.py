"""Chats in this dialect: the list, newest first, and what is done to one."""

from typing import Annotated, Literal

import msgspec

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.onlyfansapi.envelope import enveloped, next_page, paged
from fancast.api.onlyfansapi.fans import FanCard, FanWriter
from fancast.api.onlyfansapi.mass_messages import Success
from fancast.api.onlyfansapi.messages import MOST_AT_ONCE, SKIP_USERS, MessageItem, OneWriter, fan_of
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.values import account_of, limit_of, offset_of
from fancast.core import chats
from fancast.model.chats import Chat, ChatFilter, ChatOrder
from fancast.model.fan_sets import FanSet
from fancast.model.problems import invalid
from fancast.store.database import Tx

Description = msgspec.Meta
_FILTERS = {
    "pinned": ChatFilter.PINNED, "priority": ChatFilter.PRIORITY, "unread": ChatFilter.UNREAD,
    "with_tips": ChatFilter.WHO_TIPPED, "unread_with_tips": ChatFilter.UNREAD_WITH_TIPS,
}  # fmt: skip
QUERY = (
    limit(10, 1, MOST_AT_ONCE),
    OFFSET,
    QueryParam("order", str, "recent (the newest first) or old.", default="recent"),
    QueryParam("filter", str, "pinned, priority (who ever spent, or with a pinned message), unread, with_tips or "
                              "unread_with_tips."),
    QueryParam("query", str, "A part of the fan's name, username or custom name."),
    SKIP_USERS,
)  # fmt: skip


class ChatItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The thread with one fan."""

    fan: FanCard
    last_message: MessageItem | None
    last_read_message_id: Annotated[
        int | None, Description(description="Up to which message the creator has read.")
    ]
    unread_messages_count: int
    has_unread_tips: bool
    has_purchased_feed: Annotated[bool, Description(description="Whether the fan ever bought a message.")]
    is_muted_notifications: bool
    count_pinned_messages: int
    can_send_message: bool
    can_not_send_reason: Literal[False] | str
    can_go_to_profile: bool


def listing(tx: Tx, call: Call) -> Answer:
    query, many, offset = call.query, limit_of(call.query, high=MOST_AT_ONCE), offset_of(call.query)
    account = account_of(call)
    found = chats.page(
        tx, account, filter=read_filter(query), query=(query.text("query") or "").strip(),
        order=read_order(query), offset=offset, limit=many + 1, now=call.now,
    )  # fmt: skip
    shown, more = found[:many], len(found) > many
    writer = OneWriter(tx, call, [chat.last_message for chat in shown if chat.last_message is not None])
    hidden = FanSet(chat.fan.number for chat in shown if chat.state.hidden)
    fans = FanWriter(tx, call, [chat.fan for chat in shown], hidden)
    following = next_page(call, limit=many, offset=offset + many) if more else None
    return paged([write_chat(chat, writer, fans) for chat in shown], following)


def mark_all_as_read(tx: Tx, call: Call) -> Answer:
    chats.mark_all_read(tx, account_of(call))
    return enveloped(Success())


def mark_as_read(tx: Tx, call: Call) -> Answer:
    chats.mark_read(tx, account_of(call), fan_of(tx, call))
    return enveloped(Success())


def mark_as_unread(tx: Tx, call: Call) -> Answer:
    chats.mark_unread(tx, account_of(call), fan_of(tx, call))
    return enveloped(Success())


def hide(tx: Tx, call: Call) -> Answer:
    chats.hide(tx, account_of(call), fan_of(tx, call))
    return enveloped(Success())


def mute(tx: Tx, call: Call) -> Answer:
    chats.mute(tx, account_of(call), fan_of(tx, call), muted=True)
    return enveloped(Success())


def unmute(tx: Tx, call: Call) -> Answer:
    chats.mute(tx, account_of(call), fan_of(tx, call), muted=False)
    return enveloped(Success())


def delete(tx: Tx, call: Call) -> Answer:
    chats.delete(tx, account_of(call), fan_of(tx, call))
    return enveloped(Success())


def type_to(tx: Tx, call: Call) -> Answer:
    chats.type_to(tx, account_of(call), fan_of(tx, call), now=call.now)
    return enveloped(Success())


def read_filter(query: Query) -> ChatFilter | None:
    said = (query.text("filter") or "").strip()
    if said and said not in _FILTERS:
        raise invalid("filter", f"The filter field must be one of {', '.join(_FILTERS)}.")
    return _FILTERS.get(said)


def read_order(query: Query) -> ChatOrder:
    said = (query.text("order") or "recent").strip()
    if said not in tuple(ChatOrder):
        raise invalid("order", "The order field must be recent or old.")
    return ChatOrder(said)


def write_chat(chat: Chat, writer: OneWriter, fans: FanWriter) -> ChatItem:
    fan, last = chat.fan, chat.last_message
    return ChatItem(
        fan=fans.write(fan),
        last_message=None if last is None else writer.write(last, fan), last_read_message_id=chat.last_read_id,
        unread_messages_count=chat.unread_count, has_unread_tips=chat.has_unread_tips,
        has_purchased_feed=chat.has_purchases, is_muted_notifications=chat.state.muted,
        count_pinned_messages=chat.pinned_count, can_send_message=fan.receives,
        can_not_send_reason=False if fan.receives else "Messages cannot reach this fan.",
        can_go_to_profile=not fan.deleted,
    )  # fmt: skip
