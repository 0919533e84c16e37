"""Uploads in this dialect: announced, sent at once or in parts, taken by one message.

The vendor's helpers in Python and Go spell the announcement otherwise than its pages; both are read.
"""

import re
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.faces import TakenIn
from fancast.api.http import Answer, Call
from fancast.api.incoming import Incoming
from fancast.api.ofauth.media import MediaShape, write_media
from fancast.api.ofauth.values import Body, account_of
from fancast.core import receiving, uploads
from fancast.core.receiving import Workshop
from fancast.core.uploads import Announced
from fancast.model.problems import invalid
from fancast.model.uploads import Part, Upload, UploadId
from fancast.store.database import Tx

#: Both prefixes that the vendor's pages show; we give out the first.
_REFERENCE = re.compile(r"(?:upload:|ofauth_upload_)(.{1,100})", re.DOTALL)
_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
TOTAL_PARTS, PART_SIZE = "x-ofauth-upload-total-parts", "x-ofauth-upload-part-size"


class VaultUpload(Struct, frozen=True, rename="camel"):
    mode: str = "message"
    user_id: Any = None


class UploadInput(Struct, frozen=True, rename="camel", kw_only=True):
    """What is going to be uploaded. `filesize` and `mimeType` are read as `size` and `contentType`."""

    filename: Annotated[str, Meta(min_length=1, max_length=255)]
    size: Annotated[int, Meta(gt=0, description="Bytes.")]
    content_type: Annotated[str, Meta(min_length=1, description="A claim; the bytes tell.")]
    vault_upload: VaultUpload | UnsetType = UNSET


class UploadMade(Struct, frozen=True, rename="camel"):
    """The headers `x-ofauth-upload-total-parts` and `x-ofauth-upload-part-size` tell how to send it."""

    media_upload_id: str


class UploadDone(Struct, frozen=True, rename="camel", kw_only=True):
    """`media.isReady` is false while the bytes are still being looked at."""

    media_upload_id: str
    media_id: int | UnsetType = UNSET
    media: MediaShape | UnsetType = UNSET


class PartDone(Struct, frozen=True, rename="camel"):
    media_upload_id: str
    part_number: int
    etag: Annotated[str, Meta(description="MD5 of the part, in hex.")]


class CompleteInput(Struct, frozen=True, rename="camel"):
    media_upload_id: Annotated[str, Meta(min_length=1)]


class CheckInput(Struct, frozen=True):
    etag: Annotated[str, Meta(min_length=1, description="MD5 of the whole file, in hex.")]
    size: Annotated[int, Meta(gt=0, description="Bytes.")]


class Checked(Struct, frozen=True):
    exists: bool
    media: MediaShape | UnsetType = UNSET


# ---- handlers


def init(tx: Tx, call: Call) -> Answer:
    made = uploads.begin(
        tx, account_of(call), read_announced(Body(call.body)), call.upload_limits, now=call.now
    )
    headers = {TOTAL_PARTS: str(made.parts_total), PART_SIZE: str(made.part_bytes)}
    return Answer(UploadMade(write_upload_id(made.upload_id)), headers=headers)


def put(tx: Tx, call: Call) -> Answer:
    assert isinstance(call.body, Upload)
    return Answer(_done(tx, call, call.body))


def put_part(_tx: Tx, call: Call) -> Answer:
    assert isinstance(call.body, Part)
    upload_id = read_upload_id(call.params["mediaUploadId"])
    return Answer(PartDone(write_upload_id(upload_id), call.body.number, call.body.md5))


def complete(tx: Tx, call: Call) -> Answer:
    assert isinstance(call.body, Upload)
    return Answer(_done(tx, call, call.body))


def check(tx: Tx, call: Call) -> Answer:
    body = Body(call.body)
    etag = body.name("etag").strip().removeprefix("W/").strip('"').lower()
    size = body.count("size")
    if size < 1:
        raise invalid("size", "size is the number of bytes, at least 1.")
    found = uploads.by_md5(tx, account_of(call), etag, size)
    if found is None:
        return Answer(Checked(exists=False))
    return Answer(Checked(exists=True, media=write_media(found, account_of(call), call.links)))


# ---- bodies on their way in


def take_whole(workshop: Workshop, call: Call, incoming: Incoming) -> TakenIn:
    upload_id = read_upload_id(call.params["mediaUploadId"])
    return TakenIn(receiving.receive_whole(workshop, account_of(call), upload_id, incoming))


def take_part(workshop: Workshop, call: Call, incoming: Incoming) -> TakenIn:
    upload_id, said = read_upload_id(call.params["mediaUploadId"]), call.params["partNumber"]
    if not (said.isascii() and said.isdigit() and len(said) < 6):
        raise invalid("partNumber", "Parts are numbered from 1 on.", code="bad_part")
    return TakenIn(receiving.receive_part(workshop, account_of(call), upload_id, int(said), incoming))


def take_completion(workshop: Workshop, call: Call, incoming: Incoming) -> TakenIn:
    body, raw = incoming.json()
    upload_id = read_upload_id(Body(body).name("mediaUploadId"))
    return TakenIn(receiving.complete(workshop, account_of(call), upload_id), raw)


# ---- from the wire


def read_announced(body: Body) -> Announced:
    """Raises Problem(INVALID)."""
    size = body.count("size" if "size" in body else "filesize")
    if size < 1:
        raise invalid("size", "size is the number of bytes, at least 1.")
    body.part("vaultUpload")
    content_type = body.name("contentType" if "contentType" in body else "mimeType")
    return Announced(body.name("filename"), content_type, size)


def is_upload_id(said: str) -> bool:
    return _REFERENCE.fullmatch(said) is not None


def read_upload_id(said: str) -> UploadId:
    """The id in a reference, with either prefix or none. What is no id of ours names no upload."""
    found = _REFERENCE.fullmatch(said)
    name = said if found is None else found[1]
    return UploadId(name.replace("-", "").lower() if _UUID.fullmatch(name) else said[:100])


# ---- to the wire


def write_upload_id(upload_id: UploadId) -> str:
    return f"upload:{UUID(upload_id)}"


def _done(tx: Tx, call: Call, upload: Upload) -> UploadDone:
    account = account_of(call)
    item, name = uploads.media_of(tx, account, upload), write_upload_id(upload.upload_id)
    if item is None:
        return UploadDone(media_upload_id=name)
    return UploadDone(
        media_upload_id=name, media_id=item.media_id, media=write_media(item, account, call.links)
    )
