"""Vault media: files a creator keeps and attaches to messages."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fancast.model.ids import MediaId


class MediaType(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    GIF = "gif"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Media:
    media_id: MediaId
    type: MediaType
    name: str
    width: int | None
    height: int | None
    duration_seconds: int | None
    size_bytes: int | None
    ready: bool
    created_at: datetime
