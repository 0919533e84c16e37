"""Which bytes of a stored file an answer carries: ranges, and what a caller has already."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fancast.api.faces import Stored

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Cut:
    """The status, the headers, and the bytes from `start` up to, not including, `end`."""

    status: int
    start: int
    end: int
    headers: Mapping[str, str] = field(default_factory=dict)


def cut(stored: Stored, headers: Mapping[str, str]) -> Cut:
    """One range is honoured; several, or one that cannot be read, get the whole, as RFC 9110 allows."""
    common = {
        "content-type": stored.content_type, "accept-ranges": "bytes", "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=1200", "content-disposition": "inline",
        "content-security-policy": "sandbox; default-src 'none'",
    }  # fmt: skip
    if stored.etag:
        common["etag"] = f'"{stored.etag}"'
        if _is_known(stored.etag, headers.get("if-none-match", "")):
            return Cut(304, 0, 0, common)
    wanted = _range(headers.get("range", ""), stored.size_bytes)
    if wanted is None or not _still_same(stored, headers.get("if-range")):
        return Cut(200, 0, stored.size_bytes, {**common, "content-length": str(stored.size_bytes)})
    start, end = wanted
    if start >= end:
        return Cut(416, 0, 0, {"content-range": f"bytes */{stored.size_bytes}", "content-length": "0"})
    common["content-range"] = f"bytes {start}-{end - 1}/{stored.size_bytes}"
    return Cut(206, start, end, {**common, "content-length": str(end - start)})


def _range(said: str, size: int) -> tuple[int, int] | None:
    found = _RANGE.fullmatch(said.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1 if last else size)


def _is_known(etag: str, said: str) -> bool:
    known = {part.strip().removeprefix("W/").strip('"') for part in said.split(",")}
    return etag in known or said.strip() == "*"


def _still_same(stored: Stored, said: str | None) -> bool:
    return said is None or said.strip().strip('"') == stored.etag
