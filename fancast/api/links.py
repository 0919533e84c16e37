"""Signed links to stored files: whoever has one may fetch that file, for a while."""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

from fancast.model.media import Form, Media

PREFIX = "/files"
#: A link is good for one to two of these. Within one its text stays the same, so that what is made of it can be cached.
WINDOW_SECONDS = 20 * 60
_SUFFIXES = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/avif": ".avif",
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/webm": ".webm", "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac",
    "audio/ogg": ".ogg", "audio/flac": ".flac", "audio/wav": ".wav",
}  # fmt: skip


def suffix(content_type: str | None) -> str:
    return _SUFFIXES.get(content_type or "", "")


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links for one call: under the origin its caller sees, good from now."""

    origin: str
    secret: bytes = field(repr=False)
    now: datetime

    @property
    def expires_at(self) -> datetime:
        """Up to when links made now are good."""
        return datetime.fromtimestamp(self._expires, UTC)

    def ends(self, good_seconds: int) -> list[int]:
        """Until when links are good, in epoch seconds: those made now, then older ones that are good so long still."""
        soonest = int(self.now.timestamp()) + good_seconds
        return [self._expires, *range(self._expires - WINDOW_SECONDS, soonest - 1, -WINDOW_SECONDS)]

    @property
    def _expires(self) -> int:
        return (int(self.now.timestamp()) // WINDOW_SECONDS + 2) * WINDOW_SECONDS

    def url(self, acct_id: str, media: Media, form: Form = Form.FULL) -> str | None:
        """Where this form of a media item can be fetched; None when there is no such file."""
        if not media.has(form):
            return None
        made = media.renditions.get(form)
        name = form.value + suffix(made.content_type if made is not None else media.content_type)
        path = f"{PREFIX}/{acct_id}/{media.media_id}/{name}"
        signature = _signature(self.secret, path, self._expires)
        query = urlencode({"expires": self._expires, "signature": signature})
        return f"{self.origin}{path}?{query}"


def holds(secret: bytes, path: str, expires: str | None, signature: str | None, now: datetime) -> bool:
    """Whether this is a link of ours, and still good."""
    if not expires or not expires.isascii() or not expires.isdigit() or len(expires) > 12 or not signature:
        return False
    right = _signature(secret, path, int(expires))
    return hmac.compare_digest(
        right.encode(), signature.encode("utf-8", "replace")
    ) and now.timestamp() < int(expires)


def _signature(secret: bytes, path: str, expires: int) -> str:
    return hmac.new(secret, f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()[:40]
