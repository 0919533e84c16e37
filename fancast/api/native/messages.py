"""A fan's chat, as the fan may see it: what a price locks is hidden until it is bought. And what a fan does in it."""

from collections.abc import Sequence
from math import ceil
from typing import Annotated, Literal

from msgspec import Meta, field

from fancast.api.faces import Answer, Call
from fancast.api.native.values import (
    Cents,
    Id,
    Moment,
    NoBody,
    Sent,
    Told,
    account_of,
    fan_id,
    path_id,
    read_after,
    read_body,
    read_limit,
    write_page,
)
from fancast.core import chats, fans, mass_messages, message_marks, messages
from fancast.kit.times import zulu_text
from fancast.model.accounts import Account
from fancast.model.chats import Side
from fancast.model.ids import MediaId
from fancast.model.mass_messages import LONGEST_TEXT, MOST_MEDIA, Content
from fancast.model.messages import Message
from fancast.store.database import Tx

CURSOR = "messages"


class SentMessage(Sent):
    """What a fan writes: text, media of the vault, or both."""

    text: Annotated[str, Meta(max_length=LONGEST_TEXT)] = ""
    media_ids: Annotated[
        list[Id],
        Meta(
            max_length=MOST_MEDIA,
            description="Of what messages carry, only what the fan may see; else 403 `locked`.",
        ),
    ] = field(default_factory=list)


class SentReads(Sent):
    up_to_message_id: Annotated[Id, Meta(description="The newest message that the fan has seen.")]


class ToldReads(Told):
    up_to_message_id: int
    viewed: Annotated[int, Meta(description="How many mass messages the fan has seen for the first time.")]


class ToldTyping(Told):
    shown_seconds: Annotated[
        int,
        Meta(
            description="How long the creator is shown it still, rounded up; a repeat meanwhile does not prolong it."
        ),
    ]


class ToldTypists(Told):
    """Who is typing to the other just now."""

    creator_until: Annotated[
        Moment | None,
        Meta(
            description="Until when to show the fan that the creator types; null when the creator does not."
        ),
    ]
    fan_until: Annotated[Moment | None, Meta(description="The same of the fan.")]


class ToldLike(Told):
    message_id: int
    liked: Annotated[bool, Meta(description="Whether the fan likes it now.")]


class ToldMedia(Told):
    """A media item that this fan may see."""

    media_id: int
    type: Literal["photo", "video", "gif", "audio"]
    preview: Annotated[bool, Meta(description="Open to all, bought or not.")]


class ToldMessage(Told):
    id: int
    mass_message_id: Annotated[int | None, Meta(description="Whose copy it is; null for a direct message.")]
    sender: Annotated[Literal["creator", "fan"], Meta(description="Who wrote it.")]
    text: Annotated[str | None, Meta(description="As written; null while it is locked.")]
    html: Annotated[str | None, Meta(description="Ready to show; null while the text is locked.")]
    price_cents: Cents
    locked: Annotated[bool, Meta(description="Whether anything of it is hidden until it is bought.")]
    bought: bool
    media: list[ToldMedia]
    locked_media_count: Annotated[int, Meta(description="How many more a purchase opens.")]
    tip_cents: Annotated[int, Meta(description="Of a fan's message that is a tip.")]
    read: Annotated[bool, Meta(description="Whether its recipient has read it.")]
    liked_by_fan: bool
    liked_by_creator: bool
    created_at: Moment


class ToldMessages(Told):
    """Newest first."""

    items: list[ToldMessage] = field(name="list")
    next: str | None


def write_message(seen: Message, types: dict[MediaId, str]) -> ToldMessage:
    content = seen.content
    shown = content.media_ids if seen.open else content.preview_media_ids
    text_open = seen.open or not content.locked_text
    return ToldMessage(
        id=seen.id, mass_message_id=seen.queue_id if seen.from_mass_message else None,
        sender="fan" if seen.from_fan else "creator", text=content.text if text_open else None,
        html=seen.html if text_open else None, price_cents=content.price_cents, locked=not seen.open,
        bought=seen.bought, locked_media_count=len(content.media_ids) - len(shown),
        media=[_write_media(media, types, seen) for media in shown], tip_cents=seen.tip_cents, read=seen.read,
        liked_by_fan=seen.liked_by_fan, liked_by_creator=seen.liked_by_creator,
        created_at=zulu_text(seen.created_at),
    )  # fmt: skip


def _write_media(media: MediaId, types: dict[MediaId, str], seen: Message) -> ToldMedia:
    preview = media in seen.content.preview_media_ids
    return ToldMedia(media_id=media, type=types[media], preview=preview)  # type: ignore[arg-type]


def page(tx: Tx, call: Call) -> Answer:
    account, limit = account_of(call), read_limit(call)
    fan = fans.get(tx, account, fan_id(call))
    before = read_after(call, CURSOR)
    found = messages.page(tx, account, fan, before=before, limit=limit + 1, side=Side.FAN)
    types = _types(tx, account, found)
    return Answer(
        write_page(CURSOR, found, limit, lambda seen: write_message(seen, types), lambda seen: seen.id)
    )


def receive(tx: Tx, call: Call) -> Answer:
    """The fan writes."""
    account, sent = account_of(call), read_body(call, SentMessage)
    fan = fans.get(tx, account, fan_id(call))
    content = Content(sent.text, media_ids=tuple(MediaId(media) for media in dict.fromkeys(sent.media_ids)))
    written = messages.receive(tx, account, fan, content, now=call.now)
    return Answer(write_message(written, _types(tx, account, [written])), 201)


def read_through(tx: Tx, call: Call) -> Answer:
    """The fan reads."""
    account, sent = account_of(call), read_body(call, SentReads)
    fan = fans.get(tx, account, fan_id(call))
    viewed = message_marks.read_through(tx, account, fan, sent.up_to_message_id, now=call.now)
    return Answer(ToldReads(up_to_message_id=sent.up_to_message_id, viewed=viewed))


def like(tx: Tx, call: Call) -> Answer:
    """The fan likes a message."""
    return _like(tx, call, liked=True)


def unlike(tx: Tx, call: Call) -> Answer:
    """The fan likes it no more."""
    return _like(tx, call, liked=False)


def _like(tx: Tx, call: Call, *, liked: bool) -> Answer:
    account = account_of(call)
    read_body(call, NoBody)
    fan, message_id = fans.get(tx, account, fan_id(call)), path_id(call, "message_id", "message")
    found = message_marks.fan_likes(tx, account, fan, message_id, liked=liked, now=call.now)
    return Answer(ToldLike(message_id=found.id, liked=found.liked_by_fan))


def types(tx: Tx, call: Call) -> Answer:
    """The fan types."""
    account = account_of(call)
    read_body(call, NoBody)
    fan = fans.get(tx, account, fan_id(call))
    chats.fan_types(tx, account, fan, now=call.now)
    _, until = chats.typing_until(tx, account, fan, now=call.now)
    assert until is not None, "it is shown from now on, or was already"
    return Answer(ToldTyping(shown_seconds=ceil((until - call.now).total_seconds())))


def typists(tx: Tx, call: Call) -> Answer:
    """Who types."""
    account = account_of(call)
    found = chats.typing_until(tx, account, fans.get(tx, account, fan_id(call)), now=call.now)
    creator, fan = (None if until is None else zulu_text(until) for until in found)
    return Answer(ToldTypists(creator_until=creator, fan_until=fan))


def _types(tx: Tx, account: Account, found: Sequence[Message]) -> dict[MediaId, str]:
    named = {media: None for message in found for media in message.content.media_ids}
    return mass_messages.media_types(tx, account, list(named))
