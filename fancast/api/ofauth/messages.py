"""Chat messages: read one fan's chat, write to one fan."""

from datetime import datetime
from functools import partial
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.ofauth.content import FromUser, read_content, write_creator
from fancast.api.ofauth.media import MediaShape, Shown, media_shown, pick
from fancast.api.ofauth.values import OFFSET, Body, Window, account_of, date_text, money, read_reference
from fancast.api.retries import marked_retry
from fancast.core import messages
from fancast.model.accounts import Account
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID
from fancast.model.messages import Message
from fancast.store.database import Tx

QUERY = (
    QueryParam("limit", int, "How many; more than 20 is 20.", default=10, low=1, high=20),
    OFFSET,
    QueryParam("query", str, "Only messages that contain this."),
    QueryParam("last_id", int, "The last message of the page before: go on below it."),
    QueryParam("first_id", int, "Start at this message, itself included."),
)


class MessageShape(Struct, frozen=True, rename="camel", kw_only=True):
    """One message in a chat. `text` is HTML; `previews` are media ids."""

    id: int
    queue_id: Annotated[
        int, Meta(description="The mass message that this is a copy of, or its own queue item.")
    ]
    text: str
    from_user: FromUser
    media: list[MediaShape]
    previews: list[int]
    media_count: int
    is_media_ready: bool
    locked_text: bool
    price: float
    is_free: bool
    is_tip: bool = False
    is_from_queue: bool
    is_markdown_disabled: bool
    is_opened: Annotated[bool, Meta(description="Whether the fan can see all of it: free, or bought.")]
    is_new: bool = False
    is_liked: bool = False
    is_reported_by_me: bool = False
    is_pinned: bool = False
    can_be_pinned: bool = False
    can_purchase: bool = False
    can_report: bool = False
    can_unsend_queue: bool
    unsend_seconds_queue: int
    cancel_seconds: Annotated[int, Meta(description="How long this one message can still be taken back.")]
    created_at: str
    changed_at: str
    is_forwarded_message: bool
    user_tags: list[int]
    release_forms: dict[str, list[int]] | None
    reply_to_message_id: str | None


class MessagePage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[MessageShape]
    has_more: bool
    next_offset: int | UnsetType = UNSET
    next_last_id: str | UnsetType = UNSET


def list_messages(tx: Tx, call: Call) -> Answer:
    account, window = account_of(call), Window(call.query, most=20)
    fan = messages.chat_with(tx, account, call.params["userId"])
    before, text = read_start(call.query), (call.query.text("query") or "").strip()
    read = partial(messages.search, text=text) if text else messages.page
    found = read(tx, account, fan, before=before, offset=window.offset, limit=window.one_more)
    page = window.page(found, Writer(tx, account, fan, found, call.now).write)
    if page["hasMore"]:
        page["nextLastId"] = str(found[window.limit - 1].id)
    return Answer(page)


def send(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    fan = messages.chat_with(tx, account, call.params["userId"])
    content = read_content(tx, account, Body(call.body))
    sent = messages.send(
        tx, account, fan, content, key=call.key, marked_retry=marked_retry(call), now=call.now
    )
    return Answer(Writer(tx, account, fan, [sent], call.now).write(sent))


def read_start(query: Query) -> int | None:
    """Below which id the page begins: `last_id` is left out, `first_id` is the first one shown."""
    if last := query.text("last_id"):
        return read_reference("last_id", last)
    if first := query.text("first_id"):
        return min(read_reference("first_id", first) + 1, LARGEST_ID)
    return None


class Writer:
    """One chat's messages to the wire."""

    def __init__(self, tx: Tx, account: Account, fan: Fan, found: list[Message], now: datetime) -> None:
        self._tx, self._account, self._fan, self._now = tx, account, fan, now
        self._media: Shown = media_shown(tx, account, (one.content.media_ids for one in found))

    def write(self, one: Message) -> MessageShape:
        content, account = one.content, self._account
        media = pick(self._media, content.media_ids)
        left = one.withdraw_seconds_left(account.message_unsend_window_seconds, self._now)
        mine, price = not one.from_fan, content.price_cents
        return MessageShape(
            id=one.id, queue_id=one.queue_id, text=one.html, from_user=self._author(one), media=media,
            previews=list(content.preview_media_ids), media_count=len(content.media_ids),
            is_media_ready=all(item.is_ready for item in media), locked_text=content.locked_text, price=money(price),
            is_free=price == 0, is_from_queue=one.from_mass_message,
            is_markdown_disabled=content.format.value == "plain", is_opened=one.open,
            can_unsend_queue=mine and one.from_mass_message and left > 0,
            unsend_seconds_queue=left if mine and one.from_mass_message else 0, cancel_seconds=left if mine else 0,
            created_at=date_text(one.created_at), changed_at=date_text(one.created_at),
            is_forwarded_message=bool(content.extras.get("is_forwarded_message", False)),
            user_tags=content.extras.get("user_tags") or [], release_forms=content.extras.get("release_forms"),
            reply_to_message_id=self._reply_to(one),
        )  # fmt: skip

    def _author(self, one: Message) -> FromUser:
        return FromUser(self._fan.fan_id, self._fan.name) if one.from_fan else write_creator(self._account)

    def _reply_to(self, one: Message) -> str | None:
        """Only in the chat that holds the message it answers."""
        said = one.content.extras.get("reply_to_message_id")
        if said is None:
            return None
        here = messages.holder(self._tx, self._account, int(said)) == self._fan.number
        return str(said) if here else None
