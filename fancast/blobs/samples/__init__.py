"""The sandbox's vault: real files, drawn by `scripts/make_samples.py`, with what a look at them told."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from fancast.blobs.places import CHUNK, Blobs

_FOLDER = Path(__file__).parent
MANIFEST = "manifest.json"


class SampleForm(Struct, frozen=True):
    """A smaller form of a sample, in a file of its own."""

    form: str
    file: str
    content_type: str
    width: int
    height: int
    size_bytes: int


class Sample(Struct, frozen=True):
    media_id: int
    #: photo, video, gif or audio.
    type: str
    name: str
    file: str
    content_type: str
    width: int | None
    height: int | None
    duration_seconds: int | None
    size_bytes: int
    md5: str
    forms: list[SampleForm] = []


@cache
def samples() -> list[Sample]:
    return msgspec.json.decode((_FOLDER / MANIFEST).read_bytes(), type=list[Sample])


def key(file: str) -> str:
    """Where a sample's file is stored."""
    return f"sandbox/{file}"


def store(blobs: Blobs) -> None:
    """Put every file where a sandbox's media say it is. Repeating it changes nothing."""
    for sample in samples():
        for file in (sample.file, *(form.file for form in sample.forms)):
            blobs.put(key(file), _chunks(_FOLDER / file))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
