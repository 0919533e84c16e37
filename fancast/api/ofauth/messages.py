"""Chat messages: read one fan's chat, write to one fan, take one message back."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, Query, QueryParam, read_id
from fancast.api.ofauth.content import FromUser, read_content, write_creator, write_release_forms
from fancast.api.ofauth.media import MediaShape, Shown, media_shown, pick
from fancast.api.ofauth.values import OFFSET, Body, Window, account_of, date_text, money, read_reference
from fancast.api.retries import marked_retry
from fancast.core import messages, replies, withdrawals
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID
from fancast.model.media import MediaType
from fancast.model.messages import Message
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

_MEDIA_TYPES = {
    "photos": frozenset((MediaType.PHOTO, MediaType.GIF)), "videos": frozenset((MediaType.VIDEO,)),
    "audios": frozenset((MediaType.AUDIO,)),
}  # fmt: skip
QUERY = (
    QueryParam("limit", int, "How many; more than 20 is 20.", default=10, low=1, high=20),
    OFFSET,
    QueryParam("query", str, "Only messages that contain this."),
    QueryParam("last_id", int, "The last message of the page before: go on below it."),
    QueryParam("first_id", int, "Start at this message, itself included."),
    QueryParam("include_users", bool, "Taken; each message says who wrote it all the same."),
)
MEDIA_QUERY = (
    replace(QUERY[0], description="How many; more than 100 is 100.", high=100),
    OFFSET,
    QueryParam("last_id", int, "The last message of the page before: go on below it."),
    QueryParam(
        "opened", str, "1 or true: only those that the fan sees; 0 or false: only those still locked."
    ),
    QueryParam("type", str, "photos, videos or audios."),
    QueryParam("skip_users", str, "Taken; each message says who wrote it all the same."),
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
    is_new: Annotated[bool, Meta(description="Whether its recipient has not read it.")] = False
    is_liked: Annotated[bool, Meta(description="By the creator, or by the fan.")] = False
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
    release_forms: dict[str, list[int | str]] | None
    reply_to_message_id: str | None


class WithdrawalInput(Struct, frozen=True, rename="camel", kw_only=True):
    with_user_id: Annotated[
        int | str | UnsetType, Meta(description="Whose chat; needed where the path does not say it.")
    ] = UNSET


class Withdrawn(Struct, frozen=True):
    success: bool


class MessagePage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[MessageShape]
    has_more: bool
    next_offset: int | UnsetType = UNSET
    next_last_id: str | UnsetType = UNSET


def list_messages(tx: Tx, call: Call) -> Answer:
    account, window = account_of(call), Window(call.query, most=20)
    fan = messages.chat_with(tx, account, call.params["userId"])
    before, text = read_start(call.query), (call.query.text("query") or "").strip()
    if text:
        sifted = messages.search(
            tx, account, fan, text, before=before, offset=window.offset, limit=window.one_more
        )
        return _page(tx, call, fan, window, sifted.found, sifted.rest)
    found = messages.page(tx, account, fan, before=before, offset=window.offset, limit=window.one_more)
    return _page(tx, call, fan, window, found)


def list_media(tx: Tx, call: Call) -> Answer:
    """The messages that carry media."""
    account, window = account_of(call), Window(call.query, most=100)
    fan = messages.chat_with(tx, account, call.params["userId"])
    sifted = messages.with_media(
        tx, account, fan, types=read_media_types(call.query), opened=call.query.flag("opened"),
        before=read_start(call.query), offset=window.offset, limit=window.one_more,
    )  # fmt: skip
    return _page(tx, call, fan, window, sifted.found, sifted.rest)


def _page(
    tx: Tx, call: Call, fan: Fan, window: Window, found: list[Message], rest: int | None = None
) -> Answer:
    """`rest`: below which message nothing was looked at."""
    writer = Writer(tx, call, found)
    page = window.page(found, lambda one: writer.write(one, fan))
    if page["hasMore"]:
        page["nextLastId"] = str(found[window.limit - 1].id)
    elif rest is not None and (found or not window.offset):
        # No page is empty and says that there is more; whoever goes on by offset alone comes to an empty one.
        page |= {"hasMore": bool(found), "nextLastId": str(rest)}
    return Answer(page)


def send(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    fan = messages.chat_with(tx, account, call.params["userId"])
    content = read_content(tx, account, Body(call.body))
    sent = messages.send(
        tx,
        account,
        fan,
        content,
        key=call.key,
        marked_retry=marked_retry(call),
        fetched=call.fetched,
        now=call.now,
    )
    return Answer(Writer(tx, call, [sent]).write(sent, fan))


def withdraw(tx: Tx, call: Call) -> Answer:
    """The user of the path wins over that of the body."""
    account, said = account_of(call), Body(call.body).word("withUserId")
    user = call.params.get("userId") or said
    if user is None:
        raise invalid("withUserId", "withUserId is needed: whose chat the message is in.", code="required")
    fan = messages.chat_with(tx, account, user)
    message_id = read_id(call.params["messageId"])
    if message_id is None:
        raise not_found("message", call.params["messageId"])
    withdrawals.withdraw(tx, account, fan, message_id, now=call.now)
    return Answer(Withdrawn(success=True))


def read_media_types(query: Query) -> frozenset[MediaType]:
    said = (query.text("type") or "").strip()
    if said and said not in _MEDIA_TYPES:
        raise invalid("type", "type must be photos, videos or audios.")
    return _MEDIA_TYPES.get(said, frozenset())


def read_start(query: Query) -> int | None:
    """Below which id the page begins: `last_id` is left out, `first_id` is the first one shown."""
    if last := query.text("last_id"):
        return read_reference("last_id", last)
    if first := query.text("first_id"):
        return min(read_reference("first_id", first) + 1, LARGEST_ID)
    return None


class Writer:
    """Messages of one chat or of several to the wire; all that they need is read at once."""

    def __init__(self, tx: Tx, call: Call, found: Sequence[Message]) -> None:
        self._account, self._now = account_of(call), call.now
        self._media: Shown = media_shown(
            tx, self._account, (one.content.media_ids for one in found), call.links
        )
        self._answers = replies.answered(tx, self._account, found)

    def write(self, one: Message, fan: Fan) -> MessageShape:
        content, account = one.content, self._account
        media = pick(self._media, content.media_ids)
        mine, price = not one.from_fan, content.price_cents
        left = one.withdraw_seconds_left(account.message_unsend_window_seconds, self._now)
        left = left if mine and not one.bought else 0
        unsend = one.unsend_seconds_left(account.unsend_window_seconds, self._now)
        return MessageShape(
            id=one.id, queue_id=one.queue_id, text=one.html, media=media,
            from_user=FromUser(fan.fan_id, fan.name) if one.from_fan else write_creator(account),
            previews=list(content.preview_media_ids), media_count=len(content.media_ids),
            is_media_ready=all(item.is_ready for item in media), locked_text=content.locked_text, price=money(price),
            is_free=price == 0, is_tip=one.tip_cents > 0, is_from_queue=one.from_mass_message,
            is_markdown_disabled=content.format.value == "plain", is_opened=one.open, is_new=not one.read,
            is_liked=one.liked, is_pinned=one.pinned, can_be_pinned=True,
            can_unsend_queue=unsend > 0,
            unsend_seconds_queue=unsend, cancel_seconds=left,
            created_at=date_text(one.created_at), changed_at=date_text(one.created_at),
            is_forwarded_message=bool(content.extras.get("is_forwarded_message", False)),
            user_tags=content.extras.get("user_tags") or [], release_forms=write_release_forms(content),
            reply_to_message_id=self._reply_to(one),
        )  # fmt: skip

    def _reply_to(self, one: Message) -> str | None:
        """Only in the chat that holds the message it answers."""
        return str(one.content.extras["reply_to_message_id"]) if one.id in self._answers else None
