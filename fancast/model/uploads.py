"""Uploads: bytes that arrive, for one use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from fancast.model.ids import MediaId

UploadId = NewType("UploadId", str)

#: What is not used by then expires.
LIFE = timedelta(hours=24)
#: Enough for 64 GB in parts of the usual size.
MOST_PARTS = 10_000


class UploadState(StrEnum):
    #: Announced; no byte has arrived.
    CREATED = "created"
    UPLOADING = "uploading"
    #: A URL whose bytes are not here yet.
    FETCHING = "fetching"
    #: All bytes are here; what they are is being looked at.
    PROCESSING = "processing"
    #: A message may take it, once.
    READY = "ready"
    CONSUMED = "consumed"
    EXPIRED = "expired"
    FAILED = "failed"


#: States in which bytes may still come in.
OPEN = frozenset({UploadState.CREATED, UploadState.UPLOADING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    upload_id: UploadId
    state: UploadState
    #: As declared; the media item tells what the bytes are.
    filename: str
    content_type: str
    size_bytes: int | None
    parts_total: int
    part_bytes: int
    for_vault: bool
    source_url: str | None = None
    media_id: MediaId | None = None
    #: The file with all bytes that arrived, and their MD5.
    blob: str | None = None
    md5: str | None = None
    failure: str | None = None
    created_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None
    due_at: datetime | None = None
    held_until: datetime | None = None
    holder: str | None = None
    attempts: int = 0

    @property
    def last_part_bytes(self) -> int | None:
        """The size of the last part; None when the whole size was not declared."""
        if self.size_bytes is None:
            return None
        return self.size_bytes - self.part_bytes * (self.parts_total - 1)


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    size_bytes: int
    md5: str
    blob: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes that have arrived in a file of ours."""

    blob: str
    size_bytes: int
    md5: str


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What may be uploaded. The operator's settings."""

    #: Of one file, in bytes.
    file_bytes: int = 5 * 1024**3
    #: Of each part but the last, in bytes.
    part_bytes: int = 8 * 1024**2
