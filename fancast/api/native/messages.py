"""A fan's chat, as the fan may see it: what a price locks is hidden until it is bought."""

from typing import Annotated, Literal

from msgspec import Meta, field

from fancast.api.faces import Answer, Call
from fancast.api.native.values import (
    Cents,
    Moment,
    Told,
    account_of,
    fan_id,
    read_after,
    read_limit,
    write_page,
)
from fancast.core import fans, mass_messages, messages
from fancast.kit.times import zulu_text
from fancast.model.ids import MediaId
from fancast.model.messages import Message
from fancast.store.database import Tx

CURSOR = "messages"


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
        media=[_write_media(media, types, seen) for media in shown], created_at=zulu_text(seen.created_at),
    )  # fmt: skip


def _write_media(media: MediaId, types: dict[MediaId, str], seen: Message) -> ToldMedia:
    preview = media in seen.content.preview_media_ids
    return ToldMedia(media_id=media, type=types[media], preview=preview)  # type: ignore[arg-type]


def page(tx: Tx, call: Call) -> Answer:
    account, limit = account_of(call), read_limit(call)
    fan = fans.get(tx, account, fan_id(call))
    found = messages.page(tx, account, fan, before=read_after(call, CURSOR), limit=limit + 1)
    named = {media: None for message in found for media in message.content.media_ids}
    types = mass_messages.media_types(tx, account, list(named))
    return Answer(
        write_page(CURSOR, found, limit, lambda seen: write_message(seen, types), lambda seen: seen.id)
    )
