"""Media in this dialect, as messages, statistics and the vault show them."""

from collections.abc import Iterable
from typing import Any

import msgspec

from fancast.api.links import Links
from fancast.core import media
from fancast.kit.times import offset_text
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Form, Media, MediaType
from fancast.store.database import Tx


class MediaFile(msgspec.Struct, frozen=True, kw_only=True):
    """One rendition; its link is signed and good for at least 20 minutes. `url` is null where there is no file."""

    url: str | None
    width: int
    height: int
    size: int
    sources: list[Any] = []


class MediaPreview(msgspec.Struct, frozen=True, kw_only=True):
    """At most 960 pixels wide and high; a video's poster."""

    url: str
    width: int
    height: int
    size: int
    sources: list[Any] = []
    options: list[Any] = []


class MediaFiles(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The file as it came, and smaller forms of it; null where there is none."""

    full: MediaFile
    thumb: MediaFile | None = None
    preview: MediaPreview | None = None
    square_preview: MediaFile | None = None


class MediaItem(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One photo, video, gif or audio. The creator sees all of its own media."""

    id: int
    type: str
    converted_to_video: bool = False
    can_view: bool = True
    has_error: bool
    created_at: str | None
    is_ready: bool
    files: MediaFiles
    #: Seconds; 0 where there are none.
    duration: int
    has_custom_preview: bool = False
    video_sources: dict[str, str | None]
    release_forms: list[Any] = []


def media_shown(
    tx: Tx, account: Account, wanted: Iterable[tuple[MediaId, ...]], links: Links
) -> dict[MediaId, MediaItem]:
    """All media of a page of messages, in one look."""
    found = media.get_many(tx, account, {media_id for ids in wanted for media_id in ids})
    return {media_id: write_media(item, account, links) for media_id, item in found.items()}


def write_media(item: Media, account: Account, links: Links) -> MediaItem:
    return MediaItem(**media_fields(item, account, links))


def media_fields(item: Media, account: Account, links: Links) -> dict[str, Any]:
    """What every shape of a media item says."""
    sources: dict[str, str | None] = {"240": None, "720": None} if item.type is MediaType.VIDEO else {}
    return {
        "id": item.media_id, "type": item.type.value, "has_error": item.failure is not None,
        "created_at": offset_text(item.created_at), "is_ready": item.ready, "files": _files(item, account, links),
        "duration": item.duration_seconds or 0, "video_sources": sources,
    }  # fmt: skip


def _files(item: Media, account: Account, links: Links) -> MediaFiles:
    full = MediaFile(
        url=links.url(account.acct_id, item), width=item.width or 0, height=item.height or 0,
        size=item.size_bytes or 0,
    )  # fmt: skip
    thumb, square = (_smaller(item, form, account, links) for form in (Form.THUMB, Form.SQUARE))
    preview = _smaller(item, Form.PREVIEW, account, links)
    return MediaFiles(
        full=full, thumb=None if thumb is None else MediaFile(**thumb),
        preview=None if preview is None else MediaPreview(**preview),
        square_preview=None if square is None else MediaFile(**square),
    )  # fmt: skip


def _smaller(item: Media, form: Form, account: Account, links: Links) -> dict[str, Any] | None:
    url, made = links.url(account.acct_id, item, form), item.renditions.get(form)
    if url is None or made is None:
        return None
    return {"url": url, "width": made.width, "height": made.height, "size": made.size_bytes}
