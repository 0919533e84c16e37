"""From bytes that arrive to a media item: the transactions of `core.uploads`, and the bytes' work between them.

Nothing here is called inside a transaction. Every function runs in a thread and may take as long as its bytes do.
"""

import hashlib
import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Protocol

import structlog

from fancast.blobs.findings import Findings, Refused
from fancast.blobs.places import Blobs, StorageTrouble
from fancast.core import fetches, upload_ends, uploads
from fancast.core.uploads import Announced, Looked
from fancast.model.accounts import Account
from fancast.model.ids import AccountKey
from fancast.model.media import Form, MediaType, Rendition
from fancast.model.problems import Kind, Problem, invalid
from fancast.model.uploads import Kept, Part, Upload, UploadId, UploadLimits, UploadState
from fancast.store import accounts
from fancast.store.database import Tx

log = structlog.get_logger()

#: A caller who waits longer is told "not ready yet"; the work goes on. Both vendors' clients give up after 30.
ANSWER_SECONDS = 20.0


class Transactions(Protocol):
    """What is needed of the Store."""

    def read(self) -> AbstractContextManager[Tx]: ...
    def write(self) -> AbstractContextManager[Tx]: ...


class Looks(Protocol):
    """Who looks at files (`blobs.inspector.Inspector`)."""

    def look(self, path: Path, folder: Path, declared: str) -> Findings: ...


@dataclass(frozen=True, slots=True)
class Workshop:
    """What is at hand for bytes. One per process, made by `bootstrap`."""

    store: Transactions
    blobs: Blobs
    inspector: Looks
    limits: UploadLimits
    #: Where finishing goes on after its caller was answered.
    threads: Executor
    clock: Callable[[], datetime]
    #: For how long a caller waits until its file was looked at, or fetched.
    patience_seconds: float = ANSWER_SECONDS


@dataclass(frozen=True, slots=True)
class Arrival:
    """An upload whose bytes are all here, and are being looked at."""

    upload: Upload
    _under_way: Future[Upload]
    _told: Event
    _patience_seconds: float

    def leave(self) -> Upload:
        """Wait no more: its sender is told that it comes, and later how it went."""
        self._told.set()
        return self.upload

    def result(self) -> Upload:
        """As it ended; as it is now when that takes long.

        Raises Problem(INVALID, unusable_file) for bytes that are no use, UNAVAILABLE.
        """
        try:
            finished = self._under_way.result(self._patience_seconds)
        except TimeoutError:
            return self.leave()
        except StorageTrouble as trouble:
            # The bytes are safe, and looked at later.
            raise _unavailable() from trouble
        if finished.state is UploadState.FAILED:
            raise invalid("file", finished.failure or "The file cannot be used.", code="unusable_file")
        return finished


# ---- bytes in


def keep(
    workshop: Workshop,
    account: Account,
    chunks: Iterable[bytes],
    *,
    limit_bytes: int,
    exactly: int | None = None,
) -> Kept:
    """Stream bytes into a file that nothing keeps yet. What raises leaves no file.

    Raises Problem(TOO_LARGE), INVALID upload_incomplete for none or for another number than `exactly`, UNAVAILABLE.
    """
    with workshop.store.write() as tx:
        [key] = uploads.reserve(tx, account, 1, now=workshop.clock())
    counted = _Counted(chunks, limit_bytes)
    try:
        workshop.blobs.put(key, counted)
        counted.demand(exactly)
    except BaseException as error:
        _let_go(workshop, [key])
        if isinstance(error, StorageTrouble):
            raise _unavailable() from error
        raise
    return Kept(key, counted.size, counted.md5.hexdigest())


def receive_part(
    workshop: Workshop, account: Account, upload_id: UploadId, number: int, chunks: Iterable[bytes]
) -> Part:
    """Keep one part of an upload. Raises as `keep`, `uploads.get_open` and `uploads.check_part`."""
    with workshop.store.read() as tx:
        upload = uploads.get_open(tx, account, upload_id, now=workshop.clock())
    wanted = uploads.check_part(upload, number)
    kept = keep(workshop, account, chunks, limit_bytes=wanted, exactly=wanted)
    part = Part(number, kept.size_bytes, kept.md5, kept.blob)
    with _kept_or_let_go(workshop, kept.blob), workshop.store.write() as tx:
        return uploads.add_part(tx, account, upload_id, part, now=workshop.clock())


def receive_whole(
    workshop: Workshop, account: Account, upload_id: UploadId, chunks: Iterable[bytes]
) -> Upload:
    """All bytes of an upload at once; then finish it. One that is complete already keeps what it has.

    Raises as `keep`, `uploads.accept` and `Arrival.result`.
    """
    with workshop.store.read() as tx:
        upload = uploads.get(tx, account, upload_id)
        if upload.state in (UploadState.PROCESSING, UploadState.READY, UploadState.CONSUMED):
            return upload
        uploads.get_open(tx, account, upload_id, now=workshop.clock())
    limit = workshop.limits.file_bytes if upload.size_bytes is None else upload.size_bytes
    kept = keep(workshop, account, chunks, limit_bytes=limit, exactly=upload.size_bytes)
    return _accept(workshop, account, upload_id, kept).result()


def complete(workshop: Workshop, account: Account, upload_id: UploadId) -> Upload:
    """Put the parts together and finish. Repeated, it says the same. Raises as `receive_whole` and `uploads.parts`."""
    with workshop.store.read() as tx:
        upload = uploads.get(tx, account, upload_id)
        if upload.state in (UploadState.PROCESSING, UploadState.READY, UploadState.CONSUMED):
            return upload
    holder = secrets.token_hex(8)
    with workshop.store.write() as tx:
        accepted = uploads.accept_parts(tx, account, upload_id, holder, now=workshop.clock())
    return _under_way(workshop, account, accepted, holder).result()


def receive_new(workshop: Workshop, account: Account, wanted: Announced, chunks: Iterable[bytes]) -> Arrival:
    """An upload that is announced by its own bytes. Refused, it leaves nothing. Raises as `receive_whole`."""
    with workshop.store.write() as tx:
        upload = uploads.begin(tx, account, wanted, workshop.limits, now=workshop.clock())
    try:
        kept = keep(workshop, account, chunks, limit_bytes=workshop.limits.file_bytes)
        return _accept(workshop, account, upload.upload_id, kept)
    except BaseException:
        drop(workshop, account, upload.upload_id)
        raise


def drop(workshop: Workshop, account: Account, upload_id: UploadId) -> None:
    """Forget an upload that no message took; its bytes go with the next sweep."""
    with workshop.store.write() as tx:
        upload_ends.drop(tx, account, upload_id, now=workshop.clock())


def finish_kept(workshop: Workshop, account: Account, upload_id: UploadId, kept: Kept, holder: str) -> Upload:
    """What a fetch brought, whose lease `holder` has: accept and finish it.

    A refusal is kept as the upload's failure, not raised. Raises Problem(CONFLICT) when another took it over.
    """
    with _kept_or_let_go(workshop, kept.blob), workshop.store.write() as tx:
        accepted = uploads.accept(tx, account, upload_id, kept, holder, now=workshop.clock())
    return _finish(workshop, account, accepted, holder, _told())


# ---- what the bytes are


def _accept(workshop: Workshop, account: Account, upload_id: UploadId, kept: Kept) -> Arrival:
    holder = secrets.token_hex(8)
    with _kept_or_let_go(workshop, kept.blob), workshop.store.write() as tx:
        accepted = uploads.accept(tx, account, upload_id, kept, holder, now=workshop.clock())
    return _under_way(workshop, account, accepted, holder)


def _under_way(workshop: Workshop, account: Account, accepted: Upload, holder: str) -> Arrival:
    told = Event()
    finishing = workshop.threads.submit(_finish, workshop, account, accepted, holder, told)
    finishing.add_done_callback(_note_fall)
    return Arrival(accepted, finishing, told, workshop.patience_seconds)


def _note_fall(finishing: Future[Upload]) -> None:
    # Its row is due when the lease is over: another tries again.
    if not finishing.cancelled() and (error := finishing.exception()) is not None:
        log.warning("upload.not_finished", why=repr(error))


def _finish(workshop: Workshop, account: Account, upload: Upload, holder: str, told: Event) -> Upload:
    """Look at the bytes, make smaller forms, and say what they are; or say why they are no use."""
    if upload.blob is None:
        upload = _join(workshop, account, upload, holder)
    try:
        looked = _look(workshop, account, upload)
    except Refused as refused:
        ended = _fail(workshop, account, upload, holder, refused.message, told.is_set())
    else:
        with workshop.store.write() as tx:
            ended = uploads.make_ready(tx, account, upload.upload_id, looked, holder, now=workshop.clock())
    if upload.source_url is not None and upload.media_id is not None:
        with workshop.store.write() as tx:
            fetches.settled(tx, account.key, upload.media_id, now=workshop.clock())
    return ended


def _join(workshop: Workshop, account: Account, upload: Upload, holder: str) -> Upload:
    with workshop.store.read() as tx:
        parts = uploads.parts(tx, account, upload.upload_id)
    chunks = chain.from_iterable(workshop.blobs.read(part.blob) for part in parts)
    kept = keep(workshop, account, chunks, limit_bytes=workshop.limits.file_bytes, exactly=upload.size_bytes)
    with _kept_or_let_go(workshop, kept.blob), workshop.store.write() as tx:
        joined = uploads.join(tx, account, upload.upload_id, kept, holder, now=workshop.clock())
    _sweep_now(workshop, [part.blob for part in parts])
    return joined


def _fail(workshop: Workshop, account: Account, upload: Upload, holder: str, why: str, told: bool) -> Upload:
    with workshop.store.write() as tx:
        failed = uploads.fail(tx, account, upload.upload_id, why, holder, told=told, now=workshop.clock())
    _sweep_now(workshop, [upload.blob])
    return failed


def _look(workshop: Workshop, account: Account, upload: Upload) -> Looked:
    assert upload.blob is not None
    with workshop.blobs.local(upload.blob) as path, tempfile.TemporaryDirectory(prefix="fancast-") as folder:
        found = workshop.inspector.look(path, Path(folder), upload.content_type)
        with workshop.store.write() as tx:
            keys = uploads.reserve(tx, account, len(found.made), now=workshop.clock())
        renditions = {}
        for key, made in zip(keys, found.made, strict=True):
            workshop.blobs.put_file(key, Path(made.path))
            form = Rendition(key, made.content_type, made.width, made.height, made.size_bytes)
            renditions[Form(made.form)] = form
    return Looked(
        MediaType(found.type),
        found.content_type,
        found.width,
        found.height,
        found.duration_seconds,
        renditions,
    )


# ---- by the clock


def tend(workshop: Workshop) -> None:
    """Take over bytes whose looker died, forget what was not used in time, take away files that nothing keeps."""
    with workshop.store.read() as tx:
        due = upload_ends.due(tx, now=workshop.clock())
    for account_key, upload_id, state in due:
        try:
            if state is UploadState.PROCESSING:
                _take_over(workshop, account_key, upload_id)
            else:
                with workshop.store.write() as tx:
                    upload_ends.expire(tx, account_key, upload_id, now=workshop.clock())
        except (Problem, StorageTrouble) as trouble:
            # One that cannot go on is nobody else's trouble; its row says when to try again.
            log.warning("upload.not_tended", upload_id=upload_id, why=str(trouble))
    with workshop.store.read() as tx:
        keys = upload_ends.files_to_remove(tx, now=workshop.clock())
    _remove(workshop, keys)


def _take_over(workshop: Workshop, key: AccountKey, upload_id: UploadId) -> None:
    holder = secrets.token_hex(8)
    with workshop.store.write() as tx:
        account = accounts.get(tx, key)
        taken = uploads.take_over(tx, key, upload_id, holder, now=workshop.clock())
    if taken is None:
        return
    if taken.attempts > uploads.MOST_ATTEMPTS:
        _fail(
            workshop,
            account,
            taken,
            holder,
            "The file could not be read: every try ended without a word.",
            True,
        )
        return
    _finish(workshop, account, taken, holder, _told())


# ---- helpers


class _Counted:
    """Chunks on their way, counted and digested. Raises Problem(TOO_LARGE) as soon as there are too many."""

    def __init__(self, chunks: Iterable[bytes], limit: int) -> None:
        self._chunks = chunks
        self._limit = limit
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if self.size > self._limit:
                raise uploads.too_large(self._limit)
            self.md5.update(chunk)
            if chunk:
                yield chunk

    def demand(self, exactly: int | None) -> None:
        if self.size == 0:
            raise invalid("file", "The body is empty: no byte of the file arrived.", code="upload_incomplete")
        if exactly is not None and self.size != exactly:
            message = f"{exactly} bytes were announced, {self.size} arrived."
            raise invalid("file", message, code="upload_incomplete")


def _told() -> Event:
    told = Event()
    told.set()
    return told


class _kept_or_let_go:
    """A file that is kept when the block ends well, and let go of when it raises."""

    def __init__(self, workshop: Workshop, key: str) -> None:
        self._workshop = workshop
        self._key = key

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            _let_go(self._workshop, [self._key])


def _let_go(workshop: Workshop, keys: list[str]) -> None:
    """As far as it goes at once; the sweep does the rest."""
    with suppress(Problem), workshop.store.write() as tx:
        uploads.discard(tx, keys, now=workshop.clock())
    _sweep_now(workshop, keys)


def _sweep_now(workshop: Workshop, keys: Iterable[str | None]) -> None:
    with suppress(Problem):
        _remove(workshop, [key for key in keys if key is not None])


def _remove(workshop: Workshop, keys: list[str]) -> None:
    gone = []
    for key in keys:
        try:
            workshop.blobs.delete(key)
        except (StorageTrouble, OSError) as error:
            log.warning("blob.not_removed", key=key, why=str(error))
        else:
            gone.append(key)
    if gone:
        with workshop.store.write() as tx:
            upload_ends.files_removed(tx, gone)


def _unavailable() -> Problem:
    return Problem(Kind.UNAVAILABLE, "storage_unavailable", "The file could not be stored; nothing was kept.")
