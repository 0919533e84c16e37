"""What a file is, by its bytes: names and declared types are only claims."""

from pathlib import Path

import filetype

from fancast.blobs.findings import FILMS, IMAGES, TAKEN, Refused

#: Kinds that never hold a picture; the other containers hold sound, films or both.
_SOUND_ALONE = frozenset(("audio/mpeg", "audio/aac", "audio/x-flac", "audio/x-wav"))
#: Claims that say nothing.
_SILENT = frozenset(
    ("", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded")
)


def kind_of(path: Path, declared: str) -> str:
    """The content type. Raises Refused for what is no image, video or audio, and for a claim of another family."""
    guess = filetype.guess_mime(str(path))
    if guess not in IMAGES and guess not in FILMS:
        what = "of no kind that we know" if guess is None else guess
        raise Refused("unsupported_file", f"The file is {what}. Taken are {TAKEN}.")
    family, claimed = _family(guess), _family(declared)
    called_a_film = guess in _SOUND_ALONE and declared.startswith("video/")
    if declared not in _SILENT and (claimed != family or called_a_film):
        raise Refused("mislabelled_file", f"The file was declared as {declared}, but its bytes are {guess}.")
    kind: str = guess
    return kind


def _family(content_type: str) -> str:
    first = content_type.partition("/")[0]
    # The same containers hold both.
    return "film" if first in ("video", "audio") else first
