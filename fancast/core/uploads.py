"""Uploads: announced, filled with bytes, looked at, and taken by one message.

The verbs here are the transactions; `core.receiving` moves the bytes between them. Every file is noted before its
first byte is written, with a day after which it is taken away unless something keeps it: a crash leaves nothing
behind for good.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from fancast.model.accounts import Account
from fancast.model.ids import AccountKey, MediaId
from fancast.model.media import Form, Media, MediaType, Rendition
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.model.uploads import (
    LIFE,
    MOST_PARTS,
    OPEN,
    Kept,
    Part,
    Upload,
    UploadId,
    UploadLimits,
    UploadState,
)
from fancast.store import blobs, heads
from fancast.store import media as store_media
from fancast.store import uploads as store
from fancast.store.database import Tx

#: Who looks at bytes may take so long before another takes over.
LEASE = timedelta(minutes=5)
#: After so many tries that ended without a word, it is the file's fault.
MOST_ATTEMPTS = 3
LONGEST_NAME = 255
#: A failed or expired upload is remembered for so long, so that its sender learns why.
REMEMBERED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Announced:
    """An upload as its sender announces it. `size_bytes` is None where only the bytes will tell."""

    filename: str
    content_type: str
    size_bytes: int | None = None
    for_vault: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What the bytes are, and the files that were made of them."""

    type: MediaType
    content_type: str
    width: int | None
    height: int | None
    duration_seconds: int | None
    renditions: dict[Form, Rendition]


# ---- before the bytes


def begin(tx: Tx, account: Account, wanted: Announced, limits: UploadLimits, *, now: datetime) -> Upload:
    """Announce an upload. Raises Problem(INVALID) for a bad name, TOO_LARGE beyond the limit."""
    if not 0 < len(wanted.filename.strip()) or len(wanted.filename) > LONGEST_NAME:
        raise invalid("filename", f"filename has 1 to {LONGEST_NAME} characters.")
    size = wanted.size_bytes
    if size is not None and size < 1:
        raise invalid("size", "size is the number of bytes, at least 1.")
    if size is not None and size > limits.file_bytes:
        raise too_large(limits.file_bytes)
    part_bytes = limits.part_bytes
    while size is not None and size > part_bytes * MOST_PARTS:
        part_bytes *= 2
    made = Upload(
        upload_id=UploadId(secrets.token_hex(16)), state=UploadState.CREATED, filename=wanted.filename.strip(),
        content_type=wanted.content_type.partition(";")[0].strip().lower()[:LONGEST_NAME], size_bytes=size,
        parts_total=1 if size is None else -(-size // part_bytes), part_bytes=part_bytes,
        for_vault=wanted.for_vault, created_at=now, expires_at=now + LIFE, due_at=now + LIFE,
    )  # fmt: skip
    store.add(tx, account.key, made)
    return made


def find(tx: Tx, account: Account, upload_id: UploadId) -> Upload | None:
    return store.get(tx, account.key, upload_id)


def get(tx: Tx, account: Account, upload_id: UploadId) -> Upload:
    """Raises Problem(NOT_FOUND, upload_not_found)."""
    found = store.get(tx, account.key, upload_id)
    if found is None:
        raise not_found("upload", upload_id)
    return found


def get_open(tx: Tx, account: Account, upload_id: UploadId, *, now: datetime) -> Upload:
    """One that may still get bytes. Raises Problem(NOT_FOUND), INVALID upload_expired, upload_failed, upload_used."""
    found = get(tx, account, upload_id)
    if found.state in OPEN and found.expires_at > now:
        return found
    raise _closed(found, now)


def reserve(tx: Tx, account: Account, count: int, *, now: datetime) -> list[str]:
    """Names of files about to be written."""
    keys = [f"{account.acct_id}/{now:%Y%m}/{secrets.token_hex(16)}" for _ in range(count)]
    blobs.add(tx, account.key, keys, remove_at=now + LIFE)
    return keys


def discard(tx: Tx, keys: list[str], *, now: datetime) -> None:
    """Nothing will keep these files."""
    blobs.mark(tx, keys, remove_at=now)


# ---- the bytes arrive


def check_part(upload: Upload, number: int) -> int:
    """How many bytes this part must have. Raises Problem(INVALID)."""
    if upload.size_bytes is None or not 1 <= number <= upload.parts_total:
        raise invalid(
            "part_number", f"Parts of this upload go from 1 to {upload.parts_total}.", code="bad_part"
        )
    last = upload.last_part_bytes
    return last if number == upload.parts_total and last is not None else upload.part_bytes


def add_part(tx: Tx, account: Account, upload_id: UploadId, part: Part, *, now: datetime) -> Part:
    """Keep a part; one of the same number that came before is replaced. Raises as `get_open`."""
    upload = _held_open(tx, account, upload_id, now)
    replaced = [old.blob for old in store.parts(tx, account.key, upload_id) if old.number == part.number]
    blobs.mark(tx, replaced, remove_at=now)
    store.put_part(tx, account.key, upload_id, part)
    blobs.mark(tx, [part.blob], remove_at=None)
    store.change(tx, account.key, replace(upload, state=UploadState.UPLOADING))
    return part


def parts(tx: Tx, account: Account, upload_id: UploadId) -> list[Part]:
    """All parts, in order. Raises Problem(INVALID, upload_incomplete) while one is missing."""
    upload = get(tx, account, upload_id)
    there = store.parts(tx, account.key, upload_id)
    missing = sorted(set(range(1, upload.parts_total + 1)) - {part.number for part in there})
    if missing:
        told = ", ".join(map(str, missing[:10]))
        message = f"The upload is not complete: of {upload.parts_total} parts these are missing: {told}."
        raise invalid("media_upload_id", message, code="upload_incomplete", missing=missing[:10])
    return there


def accept(
    tx: Tx, account: Account, upload_id: UploadId, kept: Kept, holder: str, *, now: datetime
) -> Upload:
    """All bytes are here: make the media item that they will be, and hold them for whoever looks at them.

    Raises as `get_open`; INVALID upload_incomplete where another size was announced.
    """
    upload = _held_open(tx, account, upload_id, now)
    if upload.state is UploadState.FETCHING and upload.holder != holder:
        raise _taken_over()
    if upload.size_bytes is not None and upload.size_bytes != kept.size_bytes:
        message = f"{upload.size_bytes} bytes were announced, {kept.size_bytes} arrived."
        raise invalid("size", message, code="upload_incomplete")
    let_go_of_parts(tx, account.key, upload, now)
    blobs.mark(tx, [kept.blob], remove_at=None)
    arrived = replace(upload, blob=kept.blob, md5=kept.md5, size_bytes=kept.size_bytes)
    return _hold(tx, account, arrived, holder, now)


def accept_parts(tx: Tx, account: Account, upload_id: UploadId, holder: str, *, now: datetime) -> Upload:
    """As `accept`, of bytes that are still in parts. Raises as `get_open` and `parts`."""
    upload = _held_open(tx, account, upload_id, now)
    parts(tx, account, upload_id)
    return _hold(tx, account, upload, holder, now)


def join(tx: Tx, account: Account, upload_id: UploadId, kept: Kept, holder: str, *, now: datetime) -> Upload:
    """The parts are one file now. Raises Problem(CONFLICT) when another took over meanwhile."""
    upload = _held_by(tx, account, upload_id, holder)
    let_go_of_parts(tx, account.key, upload, now)
    blobs.mark(tx, [kept.blob], remove_at=None)
    joined = replace(upload, blob=kept.blob, md5=kept.md5)
    store.change(tx, account.key, joined)
    return joined


def _hold(tx: Tx, account: Account, upload: Upload, holder: str, now: datetime) -> Upload:
    media_id = upload.media_id or MediaId(heads.take(tx, account.key, ids=1).first_id)
    if upload.media_id is None:
        store_media.add(tx, account.key, [_coming(media_id, upload, now)])
    held = replace(
        upload, state=UploadState.PROCESSING, media_id=media_id, due_at=now + LEASE, held_until=now + LEASE,
        holder=holder, attempts=upload.attempts + 1,
    )  # fmt: skip
    store.change(tx, account.key, held)
    return held


def take_over(
    tx: Tx, account: AccountKey, upload_id: UploadId, holder: str, *, now: datetime
) -> Upload | None:
    """Bytes whose looker died; None when there is nothing to take over (any more)."""
    upload = store.get(tx, account, upload_id, lock=True)
    if upload is None or upload.state is not UploadState.PROCESSING:
        return None
    if upload.held_until is not None and upload.held_until > now:
        return None
    taken = replace(
        upload, holder=holder, held_until=now + LEASE, due_at=now + LEASE, attempts=upload.attempts + 1
    )
    store.change(tx, account, taken)
    return taken


# ---- what the bytes are


def make_ready(
    tx: Tx, account: Account, upload_id: UploadId, looked: Looked, holder: str, *, now: datetime
) -> Upload:
    """The bytes are what they should be. Raises Problem(CONFLICT) when another took over meanwhile."""
    upload = _held_by(tx, account, upload_id, holder)
    assert upload.media_id is not None
    item = store_media.get_many(tx, account.key, [upload.media_id])[upload.media_id]
    blobs.mark(tx, [made.blob for made in looked.renditions.values()], remove_at=None)
    ready = replace(
        item, type=looked.type, content_type=looked.content_type, width=looked.width, height=looked.height,
        duration_seconds=looked.duration_seconds, size_bytes=upload.size_bytes, ready=True, blob=upload.blob,
        md5=upload.md5, renditions=looked.renditions, in_vault=item.in_vault or upload.for_vault,
    )  # fmt: skip
    store_media.change(tx, account.key, ready)
    done = replace(
        upload, state=UploadState.READY, expires_at=max(upload.expires_at, now + LIFE),
        due_at=max(upload.expires_at, now + LIFE), held_until=None, holder=None,
    )  # fmt: skip
    store.change(tx, account.key, done)
    return done


def fail(
    tx: Tx, account: Account, upload_id: UploadId, why: str, holder: str, *, told: bool, now: datetime
) -> Upload:
    """The bytes are no use: they go. With `told`, somebody has seen the media item: it stays, with the reason."""
    upload = _held_by(tx, account, upload_id, holder)
    assert upload.media_id is not None
    blobs.mark(tx, [] if upload.blob is None else [upload.blob], remove_at=now)
    let_go_of_parts(tx, account.key, upload, now)
    if told:
        item = store_media.get_many(tx, account.key, [upload.media_id])[upload.media_id]
        store_media.change(tx, account.key, replace(item, failure=why, blob=None))
    else:
        store_media.delete(tx, account.key, upload.media_id)
    failed = replace(
        upload, state=UploadState.FAILED, failure=why, blob=None, due_at=now + REMEMBERED, held_until=None,
        holder=None, media_id=upload.media_id if told else None,
    )  # fmt: skip
    store.change(tx, account.key, failed)
    return failed


# ---- a message takes it


def consume(tx: Tx, account: Account, upload_id: UploadId, *, now: datetime) -> MediaId:
    """Take the upload for one message. Its media item enters the vault with the caller, who holds it in its turn.

    Raises Problem(INVALID) unknown_upload, upload_not_ready, upload_used, upload_expired or upload_failed.
    """
    found = store.get(tx, account.key, upload_id, lock=True)
    if found is None:
        raise invalid(
            "media_ids", f"There is no upload {upload_id}.", code="unknown_upload", upload=upload_id
        )
    if found.state is not UploadState.READY or found.expires_at <= now:
        raise _closed(found, now)
    assert found.media_id is not None
    store.change(tx, account.key, replace(found, state=UploadState.CONSUMED, consumed_at=now, due_at=None))
    return found.media_id


# ---- looking up


def by_md5(tx: Tx, account: Account, md5: str, size_bytes: int) -> Media | None:
    """The media item in the vault that is made of these bytes."""
    return store_media.by_md5(tx, account.key, md5, size_bytes)


def media_of(tx: Tx, account: Account, upload: Upload) -> Media | None:
    """The media item that it became or will be."""
    if upload.media_id is None:
        return None
    return store_media.get_many(tx, account.key, [upload.media_id]).get(upload.media_id)


# ---- helpers


def too_large(limit: int) -> Problem:
    return Problem(Kind.TOO_LARGE, "file_too_large", f"A file may have at most {limit} bytes.", limit=limit)


def _held_open(tx: Tx, account: Account, upload_id: UploadId, now: datetime) -> Upload:
    found = store.get(tx, account.key, upload_id, lock=True)
    if found is None:
        raise not_found("upload", upload_id)
    if found.state is UploadState.FETCHING or (found.state in OPEN and found.expires_at > now):
        return found
    raise _closed(found, now)


def _held_by(tx: Tx, account: Account, upload_id: UploadId, holder: str) -> Upload:
    found = store.get(tx, account.key, upload_id, lock=True)
    if found is None or found.state is not UploadState.PROCESSING or found.holder != holder:
        raise _taken_over()
    return found


def _taken_over() -> Problem:
    return Problem(Kind.CONFLICT, "changed_meanwhile", "Another took this upload over.")


def _closed(upload: Upload, now: datetime) -> Problem:
    name = upload.upload_id
    if upload.state is UploadState.FAILED:
        return invalid(
            "media_ids", f"Upload {name} failed: {upload.failure}", code="upload_failed", upload=name
        )
    if upload.state is UploadState.CONSUMED:
        message = f"Upload {name} was used already; name its vault media {upload.media_id} instead."
        return invalid("media_ids", message, code="upload_used", media_id=upload.media_id, upload=name)
    if upload.state is UploadState.EXPIRED or upload.expires_at <= now:
        return invalid(
            "media_ids",
            f"Upload {name} was not used in time and has expired.",
            code="upload_expired",
            upload=name,
        )
    if upload.state is UploadState.READY:
        return invalid(
            "media_ids", f"Upload {name} is complete already.", code="upload_complete", upload=name
        )
    message = f"Upload {name} is not ready: it is {upload.state}."
    return invalid("media_ids", message, code="upload_not_ready", upload=name)


def let_go_of_parts(tx: Tx, account: AccountKey, upload: Upload, now: datetime) -> None:
    """The parts that arrived: their files are taken away."""
    blobs.mark(tx, [part.blob for part in store.parts(tx, account, upload.upload_id)], remove_at=now)
    store.drop_parts(tx, account, upload.upload_id)


def _coming(media_id: MediaId, upload: Upload, now: datetime) -> Media:
    return Media(
        media_id=media_id, type=_likely_type(upload.content_type), name=upload.filename, width=None, height=None,
        duration_seconds=None, size_bytes=upload.size_bytes, ready=False, created_at=now, in_vault=False,
    )  # fmt: skip


def _likely_type(content_type: str) -> MediaType:
    if content_type == "image/gif":
        return MediaType.GIF
    family = {"video": MediaType.VIDEO, "audio": MediaType.AUDIO}
    return family.get(content_type.partition("/")[0], MediaType.PHOTO)
