"""Vault media in this dialect, as messages and statistics show them. The vault's own routes come later."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from fancast.api.ofauth.values import date_text
from fancast.core import media
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Media
from fancast.store.database import Tx


class MediaShape(Struct, frozen=True, rename="camel", kw_only=True):
    """One photo, video, gif or audio. It has no `files` while this server keeps none."""

    id: int
    type: str
    converted_to_video: bool = False
    can_view: bool = True
    has_error: bool = False
    created_at: str
    is_ready: bool
    release_forms: list[Any] = []
    #: Seconds.
    duration: int | UnsetType = UNSET
    has_custom_preview: bool = False


Shown = dict[MediaId, MediaShape]


def media_shown(tx: Tx, account: Account, wanted: Iterable[Sequence[MediaId]]) -> Shown:
    """All media of a page of messages, in one look."""
    found = media.get_many(tx, account, {media_id for ids in wanted for media_id in ids})
    return {media_id: write_media(item) for media_id, item in found.items()}


def pick(shown: Shown, ids: Iterable[MediaId]) -> list[MediaShape]:
    """Those of one message, in its order."""
    return [shown[media_id] for media_id in ids if media_id in shown]


def count_types(items: Iterable[MediaShape]) -> dict[str, int]:
    """`{"photo": 2, "video": 1}`."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.type] = counts.get(item.type, 0) + 1
    return counts


def write_media(item: Media) -> MediaShape:
    return MediaShape(
        id=item.media_id, type=item.type.value, created_at=date_text(item.created_at), is_ready=item.ready,
        duration=UNSET if item.duration_seconds is None else item.duration_seconds,
    )  # fmt: skip
