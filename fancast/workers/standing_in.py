"""Stand-ins for URLs that the vendors' pages print: the sandbox answers with files of its own and asks nobody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fancast.blobs import samples
from fancast.blobs.places import CHUNK

#: By the end of a URL's path: a file of our own of that kind. All others get a photo.
_KINDS = {
    "mp4": "video",
    "mov": "video",
    "webm": "video",
    "gif": "gif",
    "mp3": "audio",
    "m4a": "audio",
    "wav": "audio",
}

#: The bytes that stand in for a URL; None when it has to be asked.
StandIn = Callable[[str], Iterator[bytes] | None]


def nobody(_url: str) -> None:
    """Every URL is asked."""


def for_hosts(hosts: str) -> StandIn:
    """For the URLs on these hosts: `"your-cdn.com, cdn.example"`."""
    named = frozenset(host.strip().lower() for host in hosts.split(",") if host.strip())

    def stand_in(url: str) -> Iterator[bytes] | None:
        parts = urlsplit(url)
        return _file_like(unquote(parts.path)) if parts.hostname in named else None

    return stand_in


def _file_like(path: str) -> Iterator[bytes]:
    kind = _KINDS.get(path.rpartition(".")[2].lower(), "photo")
    sample = next(each for each in samples.samples() if each.type == kind)
    return _chunks(Path(samples.__file__).parent / sample.file)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
