"""What a message says: the fields that chat and mass messages share, in both directions."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from fancast.api.http import read_id
from fancast.api.ofauth.uploads import is_upload_id, read_upload_id
from fancast.api.ofauth.values import Body, Id
from fancast.core import messages
from fancast.kit.addresses import LONGEST_URL
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Content, Format, MassMessage
from fancast.model.media import Named
from fancast.model.problems import Problem, invalid
from fancast.store.database import Tx

_URL = re.compile(r"https?://", re.IGNORECASE)
MOST_TAGS = 100


def nullable(type_: str, **bounds: Any) -> Meta:
    """What msgspec cannot say in one schema: this type with its bounds, or null; `nullable` as older readers know it.

    Goes with the type Any, whose schema is empty; handlers read plain JSON.
    """
    return Meta(extra_json_schema={"type": [type_, "null"], "nullable": True, **bounds})


class ReleaseForms(Struct, frozen=True):
    """Release form participants"""

    users: Annotated[list[Id], Meta(description="Users to add to release form")] = []
    partners: Annotated[list[Id], Meta(description="Partners to add to release form")] = []
    guests: Annotated[list[Id], Meta(description="Guests to add to release form")] = []


class NamedOnForm(Struct, frozen=True, rename="camel", kw_only=True):
    """Somebody whose release form a message names. This server keeps no forms, so it knows no names."""

    id: int | str
    name: str = ""
    partner_source: str = ""
    type: Annotated[str, Meta(description="user, partner or guest.")]


Reference = Annotated[int, Meta(gt=0)] | Annotated[str, Meta(min_length=1)]


class MessageInput(Struct, frozen=True, rename="camel", kw_only=True):
    """A message's content. Null equals the default; unknown fields are not looked at."""

    is_forwarded_message: Annotated[
        Any, nullable("boolean"), Meta(description="Whether this is a forwarded message.")
    ] = False
    text: Annotated[
        str, Meta(max_length=10_000, description="The text; markdown unless isMarkdown is false.")
    ] = ""
    reply_to_message_id: Annotated[
        Any, nullable("string", minLength=1),
        Meta(description="The chat message that this answers; the reply shows in the chat that holds it."),
    ] = UNSET  # fmt: skip
    media_items: Annotated[
        list[Reference],
        Meta(description="Vault media ids, as numbers or text; upload references (`upload:…`), each good for one "
                         "message; http(s) URLs, which are fetched before the message goes out."),
    ] = []  # fmt: skip
    is_locked_text: Annotated[
        Any, nullable("boolean"), Meta(description="Whether the text, too, is behind the paywall.")
    ] = False
    price: Annotated[
        Any, nullable("number", minimum=0, maximum=200, default=0),
        Meta(description="Dollars to unlock the media: 0 is free, else 3 to 200."),
    ] = 0  # fmt: skip
    preview_media_count: Annotated[
        Any, nullable("integer", minimum=0),
        Meta(description="How many of mediaItems, from the left, are free previews."),
    ] = 0  # fmt: skip
    release_forms: ReleaseForms | UnsetType = UNSET
    user_tags: Annotated[list[Id], Meta(description="Users to tag")] = []
    is_markdown: Annotated[
        Any, nullable("boolean"), Meta(description="Whether the text is read as markdown.")
    ] = True


class FromUser(Struct, frozen=True):
    id: int
    name: str
    #: The vendor's own name for a view of a user.
    view: str = field(default="b", name="_view")


# ---- from the wire


def read_content(tx: Tx, account: Account, body: Body) -> Content:
    """A whole content. Raises Problem(INVALID)."""
    sent, references = _media(body)
    return Content(
        text=body.text("text") or "", format=_format(body), price_cents=body.price_cents("price"),
        media_ids=tuple(dict.fromkeys(sent)), preview_media_ids=_previews(body.count("previewMediaCount"), sent),
        locked_text=body.flag("isLockedText"), extras=_extras(tx, account, body), references=references,
    )  # fmt: skip


def read_edit(tx: Tx, account: Account, body: Body, seen: MassMessage) -> dict[str, Any]:
    """The content's part of an `Edit`: what is there replaces, null and `[]` clear, what is absent stays."""
    wanted: dict[str, Any] = {}
    if "text" in body:
        wanted["text"] = body.text("text") or ""
    if "isMarkdown" in body:
        wanted["format"] = _format(body)
    if "price" in body:
        wanted["price_cents"] = body.price_cents("price")
    if "isLockedText" in body:
        wanted["locked_text"] = body.flag("isLockedText")
    if "mediaItems" in body or "previewMediaCount" in body:
        wanted |= _edited_media(body, seen.content)
    if extras := _extras(tx, account, body):
        wanted["extras"] = extras
    return wanted


def _edited_media(body: Body, before: Content) -> dict[str, Any]:
    sent, references = _media(body) if "mediaItems" in body else (before.media_ids, ())
    count = len(before.preview_media_ids) if sent else 0
    if "previewMediaCount" in body:
        count = body.count("previewMediaCount")
    previews = _previews(count, sent)
    return {"media_ids": tuple(dict.fromkeys(sent)), "preview_media_ids": previews, "references": references}


def _format(body: Body) -> Format:
    return Format.MARKDOWN if body.flag("isMarkdown", default=True) else Format.PLAIN


def _media(body: Body) -> tuple[Sequence[MediaId], tuple[str, ...]]:
    """Media as sent, with the references among them."""
    named = Named()
    return [_media_item(word, named) for word in body.words("mediaItems", longest=LONGEST_URL)], tuple(
        named.references
    )


def _media_item(word: int | str, named: Named) -> MediaId:
    found = read_id(word)
    if found is not None:
        return named.id(found)
    said = str(word)
    if is_upload_id(said):
        return named.upload(read_upload_id(said))
    if _URL.match(said):
        return named.url(said)
    message = (
        f"mediaItems: {said[:60]!r} is neither a vault media id nor an upload reference nor an http(s) URL."
    )
    raise invalid("mediaItems", message, code="bad_media_item")


def _previews(count: int, sent: Sequence[MediaId]) -> tuple[MediaId, ...]:
    if count > len(sent):
        raise invalid(
            "previewMediaCount", f"previewMediaCount is {count}, but there are {len(sent)} mediaItems.",
            code="preview_not_in_media",
        )  # fmt: skip
    return tuple(dict.fromkeys(sent[:count]))


def _extras(tx: Tx, account: Account, body: Body) -> Mapping[str, Any]:
    """What is kept and given back, under our spelling; null clears it."""
    found: dict[str, Any] = {}
    if "isForwardedMessage" in body:
        found["is_forwarded_message"] = body.flag("isForwardedMessage")
    if "replyToMessageId" in body:
        found["reply_to_message_id"] = _reply_to(tx, account, body)
    if "userTags" in body:
        found["user_tags"] = _few("userTags", body.ids("userTags"))
    if "releaseForms" in body:
        found["release_forms"] = _release_forms(body)
    return found


def _reply_to(tx: Tx, account: Account, body: Body) -> str | None:
    said = body.word("replyToMessageId")
    if said is None:
        return None
    found = read_id(said)
    if found is None or messages.holder(tx, account, found) is None:
        raise _unknown_message(said)
    return str(found)


def _unknown_message(said: object) -> Problem:
    message = f"replyToMessageId: there is no message {str(said)[:60]!r}."
    return invalid("replyToMessageId", message, code="unknown_message")


def _release_forms(body: Body) -> dict[str, list[int]] | None:
    forms = body.part("releaseForms")
    if forms is None:
        return None
    return {name: _few("releaseForms", forms.ids(name)) for name in ("users", "partners", "guests")}


def _few(name: str, ids: list[int]) -> list[int]:
    if len(ids) > MOST_TAGS:
        raise invalid(name, f"{name} takes at most {MOST_TAGS} ids.")
    return ids


def write_extras(content: Content) -> dict[str, Any]:
    """What only this dialect knows, as it was sent."""
    extras = content.extras
    return {
        "is_forwarded_message": bool(extras.get("is_forwarded_message", False)),
        "reply_to_message_id": extras.get("reply_to_message_id"),
        "user_tags": extras.get("user_tags") or [],
        "release_forms": write_release_forms(content),
    }


def write_release_forms(content: Content) -> dict[str, list[int | str]] | None:
    """As they were sent; null where there are none."""
    named = content.release_forms
    return named if any(named.values()) else None


def list_release_forms(content: Content) -> list[NamedOnForm]:
    """The same, one by one, as statistics show them."""
    return [
        NamedOnForm(id=word, type=kind.removesuffix("s"))
        for kind, words in content.release_forms.items()
        for word in words
    ]


def write_creator(account: Account) -> FromUser:
    return FromUser(id=account.creator_id, name=account.name)
