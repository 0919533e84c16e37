"""Uploads in this dialect: a file or an address comes in, waited for or not; a message takes it once.

An upload that is answered before it is ready has a second name: `ofapi_media_q…` while it is polled,
`ofapi_media_…` once it is there. Both mean the same one.
"""

import re
import time
from dataclasses import replace
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field, json

from fancast.api.faces import TakenIn
from fancast.api.forms import Part, is_form, peeked, read_fields
from fancast.api.http import Answer, Call
from fancast.api.incoming import Incoming
from fancast.api.onlyfansapi.envelope import HEADERS
from fancast.api.onlyfansapi.media import MediaItem, write_media
from fancast.api.onlyfansapi.values import Body, account_of
from fancast.core import fetches, receiving, uploads
from fancast.core.receiving import Arrival, Workshop
from fancast.core.uploads import Announced
from fancast.model.media import Form
from fancast.model.problems import Problem, invalid, not_found
from fancast.model.uploads import Upload, UploadId, UploadState
from fancast.store.database import Tx

UPLOAD = "ofapi_media_"
PENDING = "q"
_OURS = re.compile(r"q?([0-9a-f]{32})")
#: In a form, the parts that may be files: of an upload, and of a message.
FILE, MEDIA_FILES = "file", "mediaFiles"
LONGEST_NAME = 255
_UNDER_WAY = frozenset({UploadState.FETCHING, UploadState.PROCESSING})
#: What an upload can be for, as the vendor has it.
_USES = ("default", "avatar", "header")
_LOOK_EVERY_SECONDS = 0.05
_NOTE = "Usable once, in a message or a mass message, for 24 hours. Vault ids are usable again and again."


class UploadBody(Struct, frozen=True):
    """A file (multipart) or an address. `type` is read and means nothing here."""

    file: Annotated[str | UnsetType, Meta(description="The file itself, in multipart/form-data.")] = UNSET
    file_url: Annotated[str | UnsetType, Meta(description="Where this server fetches it from.")] = UNSET
    is_async: Annotated[bool, Meta(description="Answer at once with 202 and a polling_url.")] = field(
        name="async", default=False
    )
    type: Literal["default", "avatar", "header"] = "default"


class Thumb(Struct, frozen=True):
    id: int
    url: str


class Additional(Struct, frozen=True):
    user: str


class UploadedFields(Struct, frozen=True, rename="camel", kw_only=True):
    prefixed_id: Annotated[str, Meta(description="For mediaFiles, once.")] = field(name="prefixed_id")
    file_name: str = field(name="file_name")
    process_id: str
    host: str
    source_url: str
    extra: str = ""
    additional: Additional
    thumbs: list[Thumb]
    note: str = _NOTE


class UploadedData(UploadedFields, frozen=True, rename="camel", kw_only=True):
    """The same again, with its id under the name that the vendor's product page prints."""

    id: str


class Uploaded(UploadedFields, frozen=True, rename="camel", kw_only=True):
    """An upload that a message may take."""

    data: UploadedData


class UploadPending(Struct, frozen=True):
    status: Literal["pending"] = "pending"
    prefixed_id: str = ""
    polling_url: str = ""


class UploadStatus(Struct, frozen=True, kw_only=True):
    """How an upload is doing; with `media` once it is completed."""

    status: Literal["pending", "processing", "failed", "completed"]
    prefixed_id: str
    error: str | UnsetType = UNSET
    media: Annotated[
        Any, Meta(description="For a message: as the upload's answer. For the vault: the media item.")
    ] = UNSET
    credits_used: int | UnsetType = UNSET


# ---- handlers


def upload(tx: Tx, call: Call) -> Answer:
    """Bare, as the vendor's."""
    assert isinstance(call.body, Upload)
    return pending(call, call.body) or Answer(write_uploaded(tx, call, call.body), headers=HEADERS)


def status(tx: Tx, call: Call) -> Answer:
    said = call.params["prefixed_id"]
    if not is_upload_id(said):
        raise not_found("upload", said[:60])
    return Answer(
        write_status(tx, call, uploads.get(tx, account_of(call), read_upload_id(said)), said), headers=HEADERS
    )


# ---- bodies on their way in


def take_upload(workshop: Workshop, call: Call, incoming: Incoming) -> TakenIn:
    """A file or an address for a message to take. Raises Problem(INVALID) for neither, and for what is no use."""
    return _take(workshop, call, incoming, for_vault=False)


def take_for_vault(workshop: Workshop, call: Call, incoming: Incoming) -> TakenIn:
    """A file or an address for the vault."""
    return _take(workshop, call, incoming, for_vault=True)


def take_message(workshop: Workshop, call: Call, incoming: Incoming) -> TakenIn:
    """A message as a form, whose mediaFiles may be files: those become uploads, for this message alone."""
    arrived: dict[str, Arrival] = {}

    def take(part: Part) -> str:
        if part.name.removesuffix("[]") != MEDIA_FILES:
            raise invalid(part.name[:60], f"The {part.name[:60]} field cannot be a file; mediaFiles can.")
        arrival = _receive(workshop, call, part, for_vault=False)
        name = write_upload_id(arrival.upload.upload_id)
        arrived[name] = arrival
        return name

    def tidy() -> None:
        for arrival in arrived.values():
            receiving.drop(workshop, account_of(call), arrival.upload.upload_id)

    try:
        fields = read_fields(incoming, take)
        for arrival in arrived.values():
            arrival.result()
    except BaseException as error:
        tidy()
        if isinstance(error, Problem) and error.code in ("unusable_file", "upload_incomplete"):
            error.field = MEDIA_FILES
        raise
    return TakenIn(fields, _said(fields, arrived), tidy)


def _take(workshop: Workshop, call: Call, incoming: Incoming, *, for_vault: bool) -> TakenIn:
    arrived: list[Arrival] = []

    def take(part: Part) -> str:
        there, chunks = peeked(part.chunks)
        if part.name != FILE or arrived or not there:
            return ""
        arrived.append(_receive(workshop, call, replace(part, chunks=chunks), for_vault=for_vault))
        return write_upload_id(arrived[0].upload.upload_id)

    try:
        body = Body(read_fields(incoming, take) if is_form(incoming) else incoming.json()[0])
        later = body.flag("async") or False
        if not for_vault:
            check_use(body)
        if not arrived:
            begun = _fetch(workshop, call, body, later=later, for_vault=for_vault)
            return TakenIn(begun, (begun.source_url or "").encode())
        upload = arrived[0].leave() if later else arrived[0].result()
        return TakenIn(upload, (upload.md5 or "").encode())
    except BaseException:
        for arrival in arrived:
            receiving.drop(workshop, account_of(call), arrival.upload.upload_id)
        raise


def check_use(body: Body) -> None:
    """Raises Problem(INVALID) for a `type` that nobody knows; which it is means nothing here."""
    said = (body.text("type") or "").strip() or _USES[0]
    if said not in _USES:
        raise invalid("type", f"The type field must be one of {', '.join(_USES)}.")


def _receive(workshop: Workshop, call: Call, part: Part, *, for_vault: bool) -> Arrival:
    wanted = Announced(
        (part.filename or FILE)[-LONGEST_NAME:] or FILE, part.content_type, for_vault=for_vault
    )
    return receiving.receive_new(workshop, account_of(call), wanted, part.chunks)


def _fetch(workshop: Workshop, call: Call, body: Body, *, later: bool, for_vault: bool) -> Upload:
    """From an address, by a worker; waited for as long as a caller would. Raises Problem(INVALID)."""
    url = (body.text("file_url") or "").strip()
    if not url:
        raise invalid("file", "The file field is required when file_url is not present.", code="required")
    account = account_of(call)
    with workshop.store.write() as tx:
        begun = fetches.begin(tx, account, url, for_vault=for_vault, field="file_url", now=workshop.clock())
    give_up = time.monotonic() + (0 if later else workshop.patience_seconds)
    while begun.state in _UNDER_WAY and time.monotonic() < give_up:
        time.sleep(_LOOK_EVERY_SECONDS)
        with workshop.store.read() as tx:
            begun = uploads.get(tx, account, begun.upload_id)
    if begun.state is UploadState.FAILED:
        raise invalid("file_url", f"The file could not be fetched: {begun.failure}", code="unusable_file")
    return begun


def _said(fields: dict[str, object], arrived: dict[str, Arrival]) -> bytes:
    """The form for an idempotency key: files by what is in them, since their names are new each time."""

    def stable(value: object) -> object:
        if isinstance(value, list):
            return [stable(each) for each in value]
        return arrived[value].upload.md5 if isinstance(value, str) and value in arrived else value

    return json.encode({name: stable(fields[name]) for name in sorted(fields)})


# ---- from and to the wire


def is_upload_id(said: str) -> bool:
    return said.startswith(UPLOAD)


def read_upload_id(said: str) -> UploadId:
    """The id of an upload by either of its names. What is no id of ours names no upload."""
    found = _OURS.fullmatch(said.removeprefix(UPLOAD))
    return UploadId(said[:100] if found is None else found[1])


def write_upload_id(upload_id: UploadId, *, pending: bool = False) -> str:
    return f"{UPLOAD}{PENDING if pending else ''}{upload_id}"


def write_uploaded(tx: Tx, call: Call, found: Upload) -> Uploaded:
    account = account_of(call)
    item = uploads.media_of(tx, account, found)
    assert item is not None
    name = write_upload_id(found.upload_id)
    thumb = call.links.url(account.acct_id, item, Form.THUMB)
    fields = {
        "prefixed_id": name, "file_name": item.name, "process_id": found.upload_id,
        "host": call.origin.partition("://")[2], "source_url": call.links.url(account.acct_id, item) or "",
        "additional": Additional(str(account.creator_id)),
        "thumbs": [] if thumb is None else [Thumb(1, thumb)],
    }  # fmt: skip
    return Uploaded(data=UploadedData(id=name, **fields), **fields)  # type: ignore[arg-type]


def write_status(tx: Tx, call: Call, found: Upload, said: str) -> UploadStatus:
    match found.state:
        case UploadState.FAILED | UploadState.EXPIRED:
            why = found.failure or "It was not used within 24 hours."
            return UploadStatus(status="failed", prefixed_id=said, error=why)
        case UploadState.READY | UploadState.CONSUMED:
            return UploadStatus(
                status="completed", prefixed_id=said, media=_completed(tx, call, found), credits_used=0
            )
        case UploadState.PROCESSING:
            return UploadStatus(status="processing", prefixed_id=said)
    return UploadStatus(status="pending", prefixed_id=said)


def _completed(tx: Tx, call: Call, found: Upload) -> Uploaded | MediaItem:
    if not found.for_vault:
        return write_uploaded(tx, call, found)
    item = uploads.media_of(tx, account_of(call), found)
    assert item is not None
    return write_media(item, account_of(call), call.links)


def pending(call: Call, found: Upload) -> Answer | None:
    """Where to ask for an upload that is still under way; None for one that is not."""
    if found.state not in _UNDER_WAY:
        return None
    name = write_upload_id(found.upload_id, pending=True)
    account = call.params["account"]
    polling = f"{call.origin}/api/{account}/media/uploads/{name}/status"
    return Answer(UploadPending(prefixed_id=name, polling_url=polling), 202, HEADERS)
