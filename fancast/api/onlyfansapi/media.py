"""Media in this dialect: what messages and statistics show of a vault item. Uploads come with a later issue."""

from collections.abc import Iterable
from typing import Any

import msgspec

from fancast.core import media
from fancast.kit.times import offset_text
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Media
from fancast.store.database import Tx


class MediaFile(msgspec.Struct, frozen=True):
    """One rendition. `url` is null where this server keeps no file."""

    url: str | None
    width: int
    height: int
    size: int
    sources: list[Any]


class MediaFiles(msgspec.Struct, frozen=True, rename="camel"):
    full: MediaFile
    thumb: MediaFile | None
    preview: MediaFile | None
    square_preview: MediaFile | None


class MediaItem(msgspec.Struct, frozen=True, rename="camel"):
    """One photo, video, gif or audio."""

    id: int
    type: str
    converted_to_video: bool
    can_view: bool
    has_error: bool
    created_at: str | None
    is_ready: bool
    files: MediaFiles
    #: Seconds; 0 where there are none.
    duration: int
    has_custom_preview: bool
    release_forms: list[Any]


def media_shown(tx: Tx, account: Account, wanted: Iterable[tuple[MediaId, ...]]) -> dict[MediaId, MediaItem]:
    """All media of a page of messages, in one look."""
    found = media.get_many(tx, account, {media_id for ids in wanted for media_id in ids})
    return {media_id: write_media(item) for media_id, item in found.items()}


def write_media(item: Media) -> MediaItem:
    full = MediaFile(
        url=None, width=item.width or 0, height=item.height or 0, size=item.size_bytes or 0, sources=[]
    )
    return MediaItem(
        id=item.media_id, type=item.type.value, converted_to_video=False, can_view=True, has_error=False,
        created_at=offset_text(item.created_at), is_ready=item.ready,
        files=MediaFiles(full=full, thumb=None, preview=None, square_preview=None),
        duration=item.duration_seconds or 0, has_custom_preview=False, release_forms=[],
    )  # fmt: skip
