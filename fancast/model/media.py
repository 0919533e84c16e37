"""Vault media: files a creator keeps and attaches to messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from fancast.model.ids import MediaId

#: How a message names an upload, whatever prefix its dialect shows. Any other reference is an http(s) URL.
UPLOAD_PREFIX = "upload:"


class MediaType(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    GIF = "gif"
    AUDIO = "audio"


class Form(StrEnum):
    """One of the files of a media item: the whole, or a smaller form of it."""

    FULL = "full"
    #: At most 300 pixels wide and high.
    THUMB = "thumb"
    #: At most 960 pixels wide and high; a video's poster too.
    PREVIEW = "preview"
    #: 300 by 300 pixels from the middle.
    SQUARE = "square"


@dataclass(frozen=True, slots=True)
class Rendition:
    """A smaller form of a media item, made here."""

    blob: str
    content_type: str
    width: int
    height: int
    size_bytes: int


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
    #: The key of its file; None while there is none.
    blob: str | None = None
    #: Its kind as its bytes tell; None while nobody has looked.
    content_type: str | None = None
    #: Of its bytes, in hex: what the dialects call its ETag.
    md5: str | None = None
    renditions: Mapping[Form, Rendition] = field(default_factory=dict)
    #: False for an upload that no message has taken yet, in a dialect where only that brings it into the vault.
    in_vault: bool = True
    #: Why it will never be ready, for a person to act on.
    failure: str | None = None
    #: Likes of fans for messages that carry it, and tips for them.
    likes: int = 0
    tips_cents: int = 0
    #: Whether a message ever carried it.
    in_messages: bool = False
    #: Whether it was taken out of the vault; its files are taken away, too, unless a message carried it.
    deleted: bool = False

    @property
    def files(self) -> list[str]:
        """The keys of all its files."""
        return [
            *([] if self.blob is None else [self.blob]),
            *(made.blob for made in self.renditions.values()),
        ]

    def has(self, form: Form) -> bool:
        """Whether there is a file of this form, to be had."""
        if self.deleted and not self.in_messages:
            return False
        return self.blob is not None if form is Form.FULL else form in self.renditions


def placeholder(place: int) -> MediaId:
    """Stands in a content's media for its reference at this place (from 0), until the send is accepted."""
    return MediaId(-1 - place)


def place_of(media_id: MediaId) -> int | None:
    """Which reference a placeholder stands for; None for the id of a media item."""
    return -1 - media_id if media_id < 0 else None


class Named:
    """Collects media as a caller names them: ids, and references that only the send resolves.

    `references[0]` is named -1 among the ids, and so on; one reference named twice is one medium.
    """

    def __init__(self) -> None:
        self.references: list[str] = []

    def id(self, media_id: int) -> MediaId:
        return MediaId(media_id)

    def upload(self, upload_id: str) -> MediaId:
        return self._reference(UPLOAD_PREFIX + upload_id)

    def url(self, url: str) -> MediaId:
        return self._reference(url)

    def _reference(self, reference: str) -> MediaId:
        if reference not in self.references:
            self.references.append(reference)
        return placeholder(self.references.index(reference))
