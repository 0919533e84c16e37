"""Vault media in this dialect, as messages, statistics and the vault show them."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.links import Links
from fancast.api.ofauth.values import date_text
from fancast.core import media
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Form, Media, MediaType
from fancast.store.database import Tx


class File(Struct, frozen=True, kw_only=True):
    """One file. Its link is signed and good for at least 20 minutes."""

    url: str
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    size: Annotated[int | UnsetType, Meta(description="Bytes.")] = UNSET


class FullFile(File, frozen=True, kw_only=True):
    """The file as it came."""

    sources: list[Any] = []


class PreviewFile(File, frozen=True, kw_only=True):
    """At most 960 pixels wide and high; a video's poster."""

    options: list[Any] = []


class Files(Struct, frozen=True, rename="camel", kw_only=True):
    """`full`, and the smaller forms that there are of it."""

    full: FullFile
    thumb: File | UnsetType = UNSET
    preview: PreviewFile | UnsetType = UNSET
    square_preview: File | UnsetType = UNSET


class MediaShape(Struct, frozen=True, rename="camel", kw_only=True):
    """One photo, video, gif or audio. Without `files` while its bytes are not here, or never come (`hasError`)."""

    id: int
    type: str
    converted_to_video: bool = False
    can_view: Annotated[bool, Meta(description="The creator sees all of its own media.")] = True
    has_error: bool = False
    created_at: str
    is_ready: bool
    release_forms: list[Any] = []
    #: Seconds.
    duration: int | UnsetType = UNSET
    has_custom_preview: bool = False
    video_sources: Annotated[
        dict[str, str | None] | UnsetType, Meta(description="Nothing is made in other resolutions here.")
    ] = UNSET
    files: Files | UnsetType = UNSET


Shown = dict[MediaId, MediaShape]


def media_shown(tx: Tx, account: Account, wanted: Iterable[Sequence[MediaId]], links: Links) -> Shown:
    """All media of a page of messages, in one look."""
    found = media.get_many(tx, account, {media_id for ids in wanted for media_id in ids})
    return {media_id: write_media(item, account, links) for media_id, item in found.items()}


def pick(shown: Shown, ids: Iterable[MediaId]) -> list[MediaShape]:
    """Those of one message, in its order."""
    return [shown[media_id] for media_id in ids if media_id in shown]


def count_types(items: Iterable[MediaShape]) -> dict[str, int]:
    """`{"photo": 2, "video": 1}`."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.type] = counts.get(item.type, 0) + 1
    return counts


def write_media(item: Media, account: Account, links: Links) -> MediaShape:
    return MediaShape(**media_fields(item, account, links))


def media_fields(item: Media, account: Account, links: Links) -> dict[str, Any]:
    """What every shape of a media item says."""
    return {
        "id": item.media_id, "type": item.type.value, "created_at": date_text(item.created_at),
        "is_ready": item.ready, "has_error": item.failure is not None,
        "duration": UNSET if item.duration_seconds is None else item.duration_seconds,
        "video_sources": {"240": None, "720": None} if item.type is MediaType.VIDEO else UNSET,
        "files": _files(item, account, links),
    }  # fmt: skip


def _files(item: Media, account: Account, links: Links) -> Files | UnsetType:
    url = links.url(account.acct_id, item)
    if url is None:
        return UNSET
    full = FullFile(
        url=url, width=_known(item.width), height=_known(item.height), size=_known(item.size_bytes)
    )
    thumb, square = (_smaller(item, form, account, links) for form in (Form.THUMB, Form.SQUARE))
    preview = _smaller(item, Form.PREVIEW, account, links)
    return Files(
        full=full, thumb=UNSET if thumb is None else File(**thumb),
        preview=UNSET if preview is None else PreviewFile(**preview),
        square_preview=UNSET if square is None else File(**square),
    )  # fmt: skip


def _smaller(item: Media, form: Form, account: Account, links: Links) -> dict[str, Any] | None:
    url, made = links.url(account.acct_id, item, form), item.renditions.get(form)
    if url is None or made is None:
        return None
    return {"url": url, "width": made.width, "height": made.height, "size": made.size_bytes}


def _known(number: int | None) -> int | UnsetType:
    return UNSET if number is None else number
