"""Uploads in this dialect."""

import re

from fancast.model.uploads import UploadId

UPLOAD = "ofapi_media_"
#: Of an upload that is still being looked at when it is answered: another name for the same one.
PENDING = "q"
_OURS = re.compile(r"q?([0-9a-f]{32})")


def is_upload_id(said: str) -> bool:
    return said.startswith(UPLOAD)


def read_upload_id(said: str) -> UploadId:
    """The id of an upload by either of its names. What is no id of ours names no upload."""
    found = _OURS.fullmatch(said.removeprefix(UPLOAD))
    return UploadId(said[:100] if found is None else found[1])


def write_upload_id(upload_id: UploadId, *, pending: bool = False) -> str:
    return f"{UPLOAD}{PENDING if pending else ''}{upload_id}"
