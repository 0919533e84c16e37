"""Notifications: what fans did, as a creator is told."""

from html import escape
from typing import Annotated

from msgspec import Meta, Struct

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.ofauth.values import LIMIT_20, OFFSET, Window, account_of, date_text
from fancast.core import fans, notifications
from fancast.kit.money import dollars_text
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.notifications import KINDS, Notification
from fancast.model.problems import Kind, Problem, invalid
from fancast.store.database import Tx

#: What `type` may ask for. Posts, comments and mentions are outside messaging.
_TYPES: dict[str, tuple[EventKind, ...]] = {
    "subscribed": (EventKind.SUBSCRIPTION_STARTED, EventKind.SUBSCRIPTION_RENEWED),
    "purchases": (EventKind.MESSAGE_UNLOCKED,), "tip": (EventKind.TIP_RECEIVED,), "post": (), "commented": (),
    "mentioned": (), "favorited": (EventKind.MESSAGE_LIKED,), "message": (EventKind.MESSAGE_RECEIVED,),
}  # fmt: skip
#: By kind: type, sub-type, and what is said.
_SAID = {
    EventKind.SUBSCRIPTION_STARTED: ("subscribed", "new_subscriber", "{name} subscribed to you for {amount}."),
    EventKind.SUBSCRIPTION_RENEWED: ("subscribed", "returning_subscriber", "{name} renewed for {amount}."),
    EventKind.MESSAGE_UNLOCKED: (
        "purchases", "subscriber_pay_for_chat_message", "{name} purchased your message for {amount}.",
    ),
    EventKind.TIP_RECEIVED: ("tip", "new_tips", "{name} tipped you {amount}."),
    EventKind.MESSAGE_RECEIVED: ("message", "new_message", "{name} sent you a message."),
    EventKind.MESSAGE_LIKED: ("favorited", "new_favorite_message", "{name} liked your message."),
}  # fmt: skip
QUERY = (
    LIMIT_20,
    OFFSET,
    QueryParam("type", str, f"{', '.join(_TYPES)}."),
    QueryParam("relatedUsername", str, "Only what this user did."),
)


class NotificationShape(Struct, frozen=True, rename="camel", kw_only=True):
    """What a user did. `text` is HTML."""

    id: int
    type: str
    sub_type: str
    created_at: str
    is_read: Annotated[
        bool,
        Meta(
            description="Of a message or tip: whether its chat was read that far. Nothing marks other kinds as read."
        ),
    ] = False
    text: str
    replace_pairs: dict[str, str]
    can_go_to_profile: bool = True
    user_id: int


class NotificationPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[NotificationShape]
    has_more: bool


def list_all(tx: Tx, call: Call) -> Answer:
    account, window = account_of(call), Window(call.query, most=20)
    kinds, username = read_kinds(call.query), (call.query.text("relatedUsername") or "").strip()
    try:
        about = fans.get(tx, account, username) if username else None
    except Problem as problem:
        if problem.kind is not Kind.NOT_FOUND:
            raise
        # A filter that fits nobody finds nothing.
        return Answer({"list": [], "hasMore": False})
    found = notifications.page(tx, account, kinds, about=about, offset=window.offset, limit=window.one_more)
    return Answer(window.page(found, lambda each: write_notification(*each)))


def read_kinds(query: Query) -> tuple[EventKind, ...]:
    """Raises Problem(INVALID)."""
    asked = query.text("type") or ""
    if asked and asked not in _TYPES:
        raise invalid("type", f"type is one of {', '.join(_TYPES)}.")
    return _TYPES[asked] if asked else KINDS


def write_notification(told: Notification, fan: Fan) -> NotificationShape:
    type, sub_type, said = _SAID[told.kind]
    name, amount = escape(fan.name), f"${dollars_text(told.amount_cents)}"
    pairs = {"{NAME}": name} | ({"{AMOUNT}": amount} if "{amount}" in said else {})
    if told.message_id is not None:
        link = f"/my/chats/chat/{fan.fan_id}/?firstId={told.message_id}"
        pairs["{MESSAGE_LINK}"] = f'<a href="{link}">message</a>'
    return NotificationShape(
        id=told.id, type=type, sub_type=sub_type, created_at=date_text(told.created_at), is_read=told.read,
        text=said.format(name=name, amount=amount), replace_pairs=pairs, user_id=fan.fan_id,
    )  # fmt: skip
