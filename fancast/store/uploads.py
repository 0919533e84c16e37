"""Uploads and their parts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from fancast.kit.times import from_ms, maybe_from_ms, maybe_ms, to_ms
from fancast.model.ids import LARGEST_ID, AccountKey, MediaId
from fancast.model.uploads import Part, Upload, UploadId, UploadState
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import upload_parts as p
from fancast.store.tables import uploads as t

_INSERT = sa.insert(t)
_ONE = (t.c.account_id == sa.bindparam("account"), t.c.upload_id == sa.bindparam("id"))
_GET = sa.select(t).where(*_ONE)
_LOCK = _GET.with_for_update()
_PARTS = (
    sa.select(p)
    .where(p.c.account_id == sa.bindparam("account"), p.c.upload_id == sa.bindparam("id"))
    .order_by(p.c.part)
)
_DUE = (
    sa.select(t.c.account_id, t.c.upload_id, t.c.state)
    .where(
        t.c.due_at <= sa.bindparam("now"),
        t.c.state.in_(sa.bindparam("states", expanding=True)),
        (t.c.held_until.is_(None)) | (t.c.held_until <= sa.bindparam("now")),
    )
    .order_by(t.c.due_at)
    .limit(sa.bindparam("limit"))
)
_FETCHES = (
    sa.select(t.c.account_id, t.c.upload_id)
    .where(
        # Expiries of other uploads lie between the two, and are many.
        t.c.due_at > sa.bindparam("after"),
        t.c.due_at <= sa.bindparam("until"),
        t.c.state == UploadState.FETCHING.value,
        t.c.account_id.not_in(sa.bindparam("besides", expanding=True)),
    )
    .order_by(t.c.due_at)
    .limit(sa.bindparam("limit"))
)
_OF_MEDIA = sa.select(t).where(
    t.c.account_id == sa.bindparam("account"), t.c.media_id.in_(sa.bindparam("ids", expanding=True))
)


class Due(NamedTuple):
    """An upload whose moment has come, and that nobody holds."""

    account: AccountKey
    upload_id: UploadId
    state: UploadState


def add(tx: Tx, account: AccountKey, upload: Upload) -> None:
    tx.run(_INSERT, {"account_id": account, "upload_id": upload.upload_id, **_values(upload)})


def get(tx: Tx, account: AccountKey, upload_id: UploadId, *, lock: bool = False) -> Upload | None:
    """With `lock`, nobody else changes it until this transaction ends."""
    row = tx.row(_LOCK if lock else _GET, {"account": account, "id": upload_id})
    return None if row is None else _upload(row)


def of_media(tx: Tx, account: AccountKey, ids: Sequence[MediaId]) -> list[Upload]:
    """The uploads that these media came in by, lowest id first."""
    if not ids:
        return []
    found = [_upload(row) for row in tx.rows(_OF_MEDIA, {"account": account, "ids": sorted(set(ids))})]
    return sorted(found, key=lambda upload: upload.upload_id)


def change(tx: Tx, account: AccountKey, upload: Upload) -> None:
    """Everything about it, anew; the caller has locked it."""
    where = (t.c.account_id == account, t.c.upload_id == upload.upload_id)
    tx.run(sa.update(t).where(*where).values(_values(upload)))


def due(tx: Tx, states: Sequence[UploadState], *, now: datetime, limit: int) -> list[Due]:
    """Uploads of any account in one of these states that are due and held by nobody, oldest first."""
    values = {"now": to_ms(now), "states": [state.value for state in states], "limit": limit}
    return [_due(row) for row in tx.rows(_DUE, values)]


def fetches_due(
    tx: Tx, *, besides: Sequence[AccountKey], after: datetime | None, until: datetime | None, limit: int
) -> list[tuple[AccountKey, UploadId]]:
    """What is to be fetched and due in this time (None: open), not of these accounts."""
    values = {
        "after": 0 if after is None else to_ms(after), "until": LARGEST_ID if until is None else to_ms(until),
        "besides": list(besides), "limit": limit,
    }  # fmt: skip
    return [(AccountKey(row.account_id), UploadId(row.upload_id)) for row in tx.rows(_FETCHES, values)]


def parts(tx: Tx, account: AccountKey, upload_id: UploadId) -> list[Part]:
    """What has arrived, in order."""
    return [
        Part(row.part, row.size_bytes, row.md5, row.blob)
        for row in tx.rows(_PARTS, {"account": account, "id": upload_id})
    ]


def put_part(tx: Tx, account: AccountKey, upload_id: UploadId, part: Part) -> None:
    """A part, in the place of an earlier one of the same number. The caller has locked the upload."""
    drop_parts(tx, account, upload_id, number=part.number)
    row = {
        "account_id": account, "upload_id": upload_id, "part": part.number, "size_bytes": part.size_bytes,
        "md5": part.md5, "blob": part.blob,
    }  # fmt: skip
    tx.run(sa.insert(p), row)


def drop_parts(tx: Tx, account: AccountKey, upload_id: UploadId, *, number: int | None = None) -> None:
    where = [p.c.account_id == account, p.c.upload_id == upload_id]
    if number is not None:
        where.append(p.c.part == number)
    tx.run(sa.delete(p).where(*where))


def delete(tx: Tx, account: AccountKey, upload_id: UploadId) -> None:
    tx.run(sa.delete(t).where(t.c.account_id == account, t.c.upload_id == upload_id))


def _due(row: Row) -> Due:
    return Due(AccountKey(row.account_id), UploadId(row.upload_id), UploadState(row.state))


def _values(upload: Upload) -> dict[str, Any]:
    return {
        "state": upload.state.value, "filename": upload.filename, "content_type": upload.content_type,
        "size_bytes": upload.size_bytes, "parts_total": upload.parts_total, "part_bytes": upload.part_bytes,
        "for_vault": upload.for_vault, "source_url": upload.source_url, "media_id": upload.media_id,
        "blob": upload.blob, "md5": upload.md5, "failure": upload.failure, "created_at": to_ms(upload.created_at),
        "expires_at": to_ms(upload.expires_at), "consumed_at": maybe_ms(upload.consumed_at),
        "due_at": maybe_ms(upload.due_at), "held_until": maybe_ms(upload.held_until), "holder": upload.holder,
        "attempts": upload.attempts,
    }  # fmt: skip


def _upload(row: Row) -> Upload:
    return Upload(
        upload_id=UploadId(row.upload_id), state=UploadState(row.state), filename=row.filename,
        content_type=row.content_type, size_bytes=row.size_bytes, parts_total=row.parts_total,
        part_bytes=row.part_bytes, for_vault=row.for_vault, source_url=row.source_url,
        media_id=None if row.media_id is None else MediaId(row.media_id), blob=row.blob, md5=row.md5,
        failure=row.failure, created_at=from_ms(row.created_at), expires_at=from_ms(row.expires_at),
        consumed_at=maybe_from_ms(row.consumed_at), due_at=maybe_from_ms(row.due_at),
        held_until=maybe_from_ms(row.held_until), holder=row.holder, attempts=row.attempts,
    )  # fmt: skip
