"""What a message says, in this dialect: text, price, media, previews, and what only this vendor knows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

import msgspec

from fancast.api.http import read_id
from fancast.api.onlyfansapi.uploads import is_upload_id, read_upload_id
from fancast.api.onlyfansapi.values import LONGEST_WORD, Body, required
from fancast.api.query import snake
from fancast.model.banned_words import RiskLevel
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Content, Format, check_content
from fancast.model.media import Named
from fancast.model.problems import invalid

#: The tags of release forms: creators, partners, guests.
TAGS = ("rfTag", "rfPartner", "rfGuest")
EXTRAS = ("giphyId", *TAGS)
MOST_TAGS = 100


class ReleaseForm(msgspec.Struct, frozen=True):
    """Somebody whose release form a message names."""

    id: int | str
    type: Annotated[str, msgspec.Meta(description="`rfTag` (a creator), `rfPartner` or `rfGuest`.")]


def read_content(
    body: Body, before: Content | None = None, *, text_needed: bool = True, extras: Sequence[str] = EXTRAS
) -> Content:
    """A whole content; what the body leaves out is as `before`. Text is required, to one fan unless there are media.

    Of what only this vendor knows, `extras` are read.

    Raises Problem(INVALID) in the contract's order: types, text, price, media for the price, previews. Uploads are
    looked for when all else is right.
    """
    before = before or Content("")
    text = body.text("text")
    files = body.words("mediaFiles")
    named = Named()
    media = [_media_id(word, named) for word in files] if files is not None else list(before.media_ids)
    sent_previews = body.words("previews")
    price, locked = body.price_cents("price"), body.flag("lockedText")
    said = read_extras(body, extras)
    if (text is None or not text.strip()) and (text_needed or not media):
        raise required("text")
    content = Content(
        text=text or "", format=Format.PLAIN, price_cents=before.price_cents if price is None else price,
        media_ids=tuple(dict.fromkeys(media)), locked_text=before.locked_text if locked is None else locked,
        extras={**before.extras, **said}, references=tuple(named.references),
    )  # fmt: skip
    check_content(content)
    kept = tuple(media_id for media_id in before.preview_media_ids if media_id in media)
    previews = kept if sent_previews is None else _previews(sent_previews, files or [], media)
    return replace(content, preview_media_ids=previews)


def read_extras(body: Body, names: Sequence[str]) -> Mapping[str, object]:
    """What is kept and given back, under our spelling of its name."""
    found: dict[str, object] = {}
    for name in names:
        value = body.words(name) if name in TAGS else body.text(name)
        if value is None:
            continue
        if len(value) > (MOST_TAGS if name in TAGS else LONGEST_WORD):
            raise invalid(name, f"The {name} field is too long.")
        found[snake(name)] = value
    return found


def read_screening(body: Body) -> RiskLevel | None:
    """Which banned words refuse the text. Raises Problem(INVALID) for a level that nobody knows: better no send
    than one that its sender wrongly believes to be screened."""
    asked = (body.text("blockBannedWords") or "").strip().lower()
    if asked and asked not in set(RiskLevel):
        raise invalid(
            "blockBannedWords", f"The blockBannedWords field must be one of {', '.join(RiskLevel)}."
        )
    return RiskLevel(asked) if asked else None


def write_release_forms(content: Content) -> list[ReleaseForm]:
    """The people whose release forms the message names, as it was sent."""
    named = zip(TAGS, content.release_forms.values(), strict=True)
    return [ReleaseForm(id=word, type=name) for name, words in named for word in words]


def _media_id(word: int | str, named: Named) -> MediaId:
    found = read_id(word)
    if found is not None:
        return named.id(found)
    if not is_upload_id(str(word)):
        raise invalid("mediaFiles", f"The mediaFiles field must hold media ids, not {str(word)[:60]!r}.")
    return named.upload(read_upload_id(str(word)))


def _previews(
    sent: Sequence[int | str], files: Sequence[int | str], media: Sequence[MediaId]
) -> tuple[MediaId, ...]:
    """Each is a value among the media files or, failing that, a place in them, from 0."""
    by_word = {str(word): media_id for word, media_id in zip(files, media, strict=False)}
    by_word |= {str(media_id): media_id for media_id in media if media_id > 0}
    return tuple(dict.fromkeys(_preview(str(word), by_word, media) for word in sent))


def _preview(word: str, by_word: Mapping[str, MediaId], media: Sequence[MediaId]) -> MediaId:
    if word in by_word:
        return by_word[word]
    if word.isascii() and word.isdigit() and int(word[:9]) < len(media) and len(word) < 9:
        return media[int(word)]
    message = f"Preview {word[:60]!r} is neither among the mediaFiles nor a place in them."
    raise invalid("previews", message, code="preview_not_in_media")
