"""Uploads in this dialect: announced, sent at once or in parts, taken by one message.

The vendor's helpers in Python and Go spell the announcement otherwise than its pages; both are read.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.faces import TakenIn
from fancast.api.http import Answer, Call
from fancast.api.incoming import Incoming
from fancast.api.ofauth.media import MediaShape, write_media
from fancast.api.ofauth.values import Body, account_of, date_text
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


class ByteRange(Struct, frozen=True):
    """Both ends count from 0 and belong to the part."""

    start: int
    end: int


class PartPlanned(Struct, frozen=True, rename="camel"):
    part_number: int
    upload_url: Annotated[str, Meta(description="Where its bytes are PUT, with the same key and connection.")]
    byte_range: ByteRange


class UploadMade(Struct, frozen=True, rename="camel", kw_only=True):
    """How to send it; the headers `x-ofauth-upload-total-parts` and `x-ofauth-upload-part-size` say the same."""

    media_upload_id: str
    upload_type: Annotated[
        Literal["single", "multipart"], Meta(description="A single one is complete once its bytes are here.")
    ]
    total_parts: int
    part_size: Annotated[int, Meta(description="Bytes of each part but the last.")]
    expires_at: Annotated[str, Meta(description="What no message has taken by then is gone.")]
    parts: Sequence[PartPlanned]
    complete_url: Annotated[
        str,
        Meta(description="POST `{mediaUploadId}` here after the last part; after a single one it may be."),
    ]


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
    return Answer(write_made(made, f"{call.links.origin}{call.path.removesuffix('/init')}"), headers=headers)


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
    return TakenIn(None, raw, work=lambda: receiving.complete(workshop, account_of(call), upload_id))


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


def write_made(upload: Upload, at: str) -> UploadMade:
    """`at` is the URL under which uploads live."""
    name = write_upload_id(upload.upload_id)
    whole = f"{at}/{quote(name, safe='')}"
    single = upload.parts_total == 1
    return UploadMade(
        media_upload_id=name, upload_type="single" if single else "multipart", total_parts=upload.parts_total,
        part_size=upload.part_bytes, expires_at=date_text(upload.expires_at), complete_url=f"{at}/complete",
        parts=[
            PartPlanned(number, whole if single else f"{whole}/parts/{number}", _byte_range(upload, number))
            for number in range(1, upload.parts_total + 1)
        ],
    )  # fmt: skip


def _byte_range(upload: Upload, number: int) -> ByteRange:
    assert upload.size_bytes is not None
    start = upload.part_bytes * (number - 1)
    return ByteRange(start, min(start + upload.part_bytes, upload.size_bytes) - 1)


def _done(tx: Tx, call: Call, upload: Upload) -> UploadDone:
    account = account_of(call)
    item, name = uploads.media_of(tx, account, upload), write_upload_id(upload.upload_id)
    if item is None:
        return UploadDone(media_upload_id=name)
    return UploadDone(
        media_upload_id=name, media_id=item.media_id, media=write_media(item, account, call.links)
    )
