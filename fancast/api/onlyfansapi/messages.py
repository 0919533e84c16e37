"""Chat messages in this dialect: read one fan's chat, write to one fan, and what is done to one message."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from fancast.api.http import Answer, Call, Query, QueryParam, read_id
from fancast.api.onlyfansapi.content import ReleaseForm, read_content, read_screening, write_release_forms
from fancast.api.onlyfansapi.envelope import enveloped, next_page, paged
from fancast.api.onlyfansapi.mass_messages import SCREENING, Success, Words
from fancast.api.onlyfansapi.media import MediaItem, media_shown
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.values import Body, account_of, limit_of, offset_of, price_number
from fancast.api.retries import marked_retry
from fancast.core import message_marks, messages, withdrawals
from fancast.kit.times import offset_text
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID
from fancast.model.mass_messages import Content
from fancast.model.media import MediaType
from fancast.model.messages import Message
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

Description = msgspec.Meta
MOST_AT_ONCE = 100
SKIP_USERS = QueryParam("skip_users", str, "`none`: with the names of users.", default="all")
_MEDIA_TYPES = {
    "photos": frozenset((MediaType.PHOTO, MediaType.GIF)), "videos": frozenset((MediaType.VIDEO,)),
    "audios": frozenset((MediaType.AUDIO,)),
}  # fmt: skip
QUERY = (
    limit(10, 1, MOST_AT_ONCE),
    QueryParam("order", str, "desc (the newest first) or asc.", default="desc"),
    QueryParam("first_id", int, "Go on below this message (above it with order=asc), itself left out."),
    QueryParam("last_id", int, "Begin at this message, itself included."),
    QueryParam("filter", str, "`pinned`: only pinned messages."),
    SKIP_USERS,
)
MEDIA_QUERY = (
    limit(20, 1, MOST_AT_ONCE), OFFSET, QueryParam("type", str, "photos, videos or audios."),
    QueryParam("last_id", int, "Go on below this message."), SKIP_USERS,
)  # fmt: skip


class FromUser(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    view: str = field(name="_view")
    name: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET


class MessageItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One message in a chat. `text` is HTML; `previews` are media ids."""

    id: int
    queue_id: Annotated[
        int, Description(description="The mass message that this is a copy of, or its own queue item.")
    ]
    response_type: Literal["message"] = "message"
    text: str
    giphy_id: str | None
    locked_text: bool
    is_free: bool
    price: float
    is_media_ready: bool
    media_count: int
    media: list[MediaItem]
    previews: list[int]
    is_tip: bool
    is_reported_by_me: bool = False
    is_couple_people_media: bool = False
    is_markdown_disabled: bool
    release_forms: list[ReleaseForm]
    from_user: FromUser
    is_from_queue: bool
    can_unsend_queue: bool
    unsend_seconds_queue: int
    is_opened: Annotated[bool, Description(description="Whether the fan can see all of it: free, or bought.")]
    is_new: Annotated[bool, Description(description="Whether its recipient has not read it.")]
    created_at: str
    changed_at: str
    cancel_seconds: Annotated[int, Description(description="How long this one can still be deleted.")]
    is_liked: Annotated[bool, Description(description="By the creator, or by the fan.")]
    can_purchase: Annotated[bool, Description(description="Whether the fan can still buy it.")]
    can_purchase_reason: str
    can_report: bool = False
    can_be_pinned: bool = True
    is_pinned: bool
    is_sent_by_me: bool
    reply_to_message: Annotated[Any, Description(description="The message that this answers.")] = UNSET


class MediaPage(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    list: list[MessageItem]
    has_more: bool
    next_last_id: int | None


class Liked(msgspec.Struct, frozen=True, rename="camel"):
    is_liked: bool
    success: bool = True


class MessageBody(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A message to one fan. Lists may also be comma strings."""

    text: Annotated[
        str, Description(max_length=10_000, description="Plain text. Required unless there are mediaFiles.")
    ] = ""
    reply_to_message_id: Annotated[
        int | str | None, Description(description="The message of this chat that it answers.")
    ] = None
    locked_text: Annotated[
        bool, Description(description="Whether the text, too, is hidden until bought.")
    ] = False
    price: Annotated[
        float | str, Description(description="Dollars: 0, or from 3 to 200. Needs mediaFiles.")
    ] = 0
    media_files: Annotated[Words, Description(description="Vault media ids, or uploads' ids.")] = []
    previews: Annotated[
        Words,
        Description(description="Media that show before the purchase: ids among mediaFiles, or indexes."),
    ] = []
    giphy_id: str | None = None
    rf_tag: Annotated[Words, Description(description="Tagged creators.")] = []
    rf_partner: Words = []
    rf_guest: Words = []
    block_banned_words: Annotated[
        Literal["strict_ban", "risky", "replace_soften"] | None, Description(description=SCREENING)
    ] = None


# ---- reading


def listing(tx: Tx, call: Call) -> Answer:
    fan, many = fan_of(tx, call), limit_of(call.query, high=MOST_AT_ONCE)
    upward = read_upward(call.query)
    found = _found(tx, call, fan, upward, many + 1)
    shown, following = found[:many], None
    if len(found) > many and upward:
        following = next_page(call, limit=many, last_id=found[many].id, first_id=None, id=None)
    elif len(found) > many:
        following = next_page(call, limit=many, first_id=shown[-1].id, last_id=None, id=None)
    writer = Writer(tx, call, fan, shown)
    return paged([writer.write(one) for one in shown], following)


def _found(tx: Tx, call: Call, fan: Fan, upward: bool, many: int) -> list[Message]:
    account, query = account_of(call), call.query
    after, at = read_message_id(query, "first_id", "id"), read_message_id(query, "last_id")
    since = (at or 0) if after is None else after + 1
    before = (None if at is None else min(at + 1, LARGEST_ID)) if after is None else after
    if read_pinned(query):
        return messages.pinned(tx, account, fan, upward=upward, before=before, since=since, limit=many)
    if upward:
        return messages.page_upward(tx, account, fan, since=since, limit=many)
    return messages.page(tx, account, fan, before=before, limit=many)


def get(tx: Tx, call: Call) -> Answer:
    fan = fan_of(tx, call)
    found = messages.get(tx, account_of(call), fan, message_id(call))
    return enveloped(Writer(tx, call, fan, [found]).write(found))


def search(tx: Tx, call: Call) -> Answer:
    """The ids of the messages that contain a text, newest first; `next_page` looks on where this call stops."""
    fan, text = fan_of(tx, call), (call.query.text("query") or "").strip()
    if not text:
        raise invalid("query", "The query field is required.", code="required")
    before = read_message_id(call.query, "first_id", "id")
    sifted = messages.search(tx, account_of(call), fan, text, before=before, limit=MOST_AT_ONCE + 1)
    shown = [one.id for one in sifted.found[:MOST_AT_ONCE]]
    below = shown[-1] if len(sifted.found) > MOST_AT_ONCE else sifted.rest
    return paged(shown, None if below is None else next_page(call, first_id=below, id=None))


def list_media(tx: Tx, call: Call) -> Answer:
    """The messages that carry media."""
    fan, query = fan_of(tx, call), call.query
    many, offset = limit_of(query, default=20, high=MOST_AT_ONCE), offset_of(query)
    sifted = messages.with_media(
        tx, account_of(call), fan, types=read_media_types(query), before=read_message_id(query, "last_id"),
        offset=offset, limit=many + 1,
    )  # fmt: skip
    shown, following = sifted.found[:many], None
    below: int | None = None
    if len(sifted.found) > many:
        below, following = shown[-1].id, next_page(call, limit=many, offset=offset + many)
    elif sifted.rest is not None and (shown or not offset):
        # Whoever goes on by offset alone comes to an empty page, which is the last.
        below = sifted.rest
        following = next_page(call, limit=many, offset=None, last_id=below)
    writer = Writer(tx, call, fan, shown)
    page = MediaPage(
        list=[writer.write(one) for one in shown], has_more=below is not None, next_last_id=below
    )
    return paged(page, following)


# ---- writing


def send(tx: Tx, call: Call) -> Answer:
    account, body, fan = account_of(call), Body(call.body), fan_of(tx, call)
    content = read_message(tx, call, fan, body)
    sent = messages.send(
        tx, account, fan, content, key=call.key, marked_retry=marked_retry(call), screening=read_screening(body),
        now=call.now,
    )  # fmt: skip
    return paged(Writer(tx, call, fan, [sent]).write(sent), None)


def withdraw(tx: Tx, call: Call) -> Answer:
    withdrawals.withdraw(tx, account_of(call), fan_of(tx, call), message_id(call), now=call.now)
    return enveloped(Success())


def like(tx: Tx, call: Call) -> Answer:
    return _like(tx, call, liked=True)


def unlike(tx: Tx, call: Call) -> Answer:
    return _like(tx, call, liked=False)


def _like(tx: Tx, call: Call, *, liked: bool) -> Answer:
    message_marks.like(tx, account_of(call), fan_of(tx, call), message_id(call), liked=liked)
    return enveloped(Liked(is_liked=liked))


def pin(tx: Tx, call: Call) -> Answer:
    message_marks.pin(tx, account_of(call), fan_of(tx, call), message_id(call), now=call.now)
    return enveloped(Success())


def unpin(tx: Tx, call: Call) -> Answer:
    message_marks.unpin(tx, account_of(call), fan_of(tx, call), message_id(call))
    return enveloped(Success())


# ---- from the wire


def fan_of(tx: Tx, call: Call) -> Fan:
    """The fan of the chat in the path."""
    return messages.chat_with(tx, account_of(call), call.params["chat_id"])


def message_id(call: Call) -> int:
    found = read_id(call.params["message_id"])
    if found is None:
        raise not_found("message", call.params["message_id"])
    return found


def read_message(tx: Tx, call: Call, fan: Fan, body: Body) -> Content:
    """A message's content. Raises Problem(INVALID)."""
    content = read_content(body, text_needed=False)
    said = body.integer("replyToMessageId")
    if said is None:
        return content
    if said not in messages.among(tx, account_of(call), fan, [said] if 0 < said <= LARGEST_ID else []):
        message = f"The replyToMessageId field must be a message of this chat; {said} is none."
        raise invalid("replyToMessageId", message, code="unknown_message")
    return replace(content, extras={**content.extras, "reply_to_message_id": str(said)})


def read_upward(query: Query) -> bool:
    said = (query.text("order") or "desc").strip().lower()
    if said not in ("asc", "desc"):
        raise invalid("order", "The order field must be asc or desc.")
    return said == "asc"


def read_pinned(query: Query) -> bool:
    said = (query.text("filter") or "").strip()
    if said not in ("", "pinned"):
        raise invalid("filter", "The filter field must be pinned.")
    return bool(said)


def read_message_id(query: Query, *names: str) -> int | None:
    """A cursor; empty and 0 count as none."""
    said = (query.text(*names) or "").strip()
    found = read_id(said)
    if said.strip("0") and found is None:
        raise invalid(names[0], f"The {names[0]} field must be a message id.")
    return found


def read_media_types(query: Query) -> frozenset[MediaType]:
    said = (query.text("type") or "").strip()
    if said and said not in _MEDIA_TYPES:
        raise invalid("type", "The type field must be photos, videos or audios.")
    return _MEDIA_TYPES.get(said, frozenset())


# ---- to the wire


class Writer:
    """One chat's messages to the wire; all that they need is read at once."""

    def __init__(self, tx: Tx, call: Call, fan: Fan, found: Sequence[Message]) -> None:
        account = account_of(call)
        self._answered = messages.answered(tx, account, fan, found)
        self._fan, self._one = fan, OneWriter(tx, call, [*found, *self._answered.values()])

    def write(self, one: Message) -> MessageItem:
        said = one.content.extras.get("reply_to_message_id")
        answered = None if said is None else self._answered.get(int(said))
        written = self._one.write(one, self._fan)
        if answered is None:
            return written
        return msgspec.structs.replace(written, reply_to_message=self._one.write(answered, self._fan))


class OneWriter:
    """Messages of any chats to the wire, without those that they answer."""

    def __init__(self, tx: Tx, call: Call, found: Sequence[Message]) -> None:
        self._account, self._now = account_of(call), call.now
        self._named = (call.query.text("skip_users") or "all").strip() == "none"
        self._media = media_shown(tx, self._account, (one.content.media_ids for one in found), call.links)

    def write(self, one: Message, fan: Fan) -> MessageItem:
        content, mine, price = one.content, not one.from_fan, one.content.price_cents
        media = [self._media[id] for id in content.media_ids if id in self._media]
        left = one.withdraw_seconds_left(self._account.message_unsend_window_seconds, self._now)
        left = left if mine and not one.bought else 0
        unsend = one.unsend_seconds_left(self._account.unsend_window_seconds, self._now)
        return MessageItem(
            id=one.id, queue_id=one.queue_id, text=one.html, giphy_id=content.extras.get("giphy_id"),
            locked_text=content.locked_text, is_free=price == 0, price=price_number(price),
            is_media_ready=all(item.is_ready for item in media), media_count=len(content.media_ids), media=media,
            previews=list(content.preview_media_ids), is_tip=one.tip_cents > 0,
            is_markdown_disabled=content.format.value == "plain", release_forms=write_release_forms(content),
            from_user=self._author(one, fan), is_from_queue=one.from_mass_message,
            can_unsend_queue=unsend > 0,
            unsend_seconds_queue=unsend, is_opened=one.open, is_new=not one.read,
            created_at=offset_text(one.created_at), changed_at=offset_text(one.created_at), cancel_seconds=left,
            is_liked=one.liked, can_purchase=mine and price > 0 and not one.open,
            can_purchase_reason="" if price else "free", is_pinned=one.pinned, is_sent_by_me=mine,
        )  # fmt: skip

    def _author(self, one: Message, fan: Fan) -> FromUser:
        account = self._account
        if not self._named:
            return FromUser(id=fan.fan_id if one.from_fan else account.creator_id, view="s")
        if one.from_fan:
            return FromUser(
                id=fan.fan_id, view="s", name=fan.name, username=fan.username, avatar=fan.avatar_url
            )
        return FromUser(
            id=account.creator_id, view="s", name=account.name, username=account.username, avatar=None
        )
