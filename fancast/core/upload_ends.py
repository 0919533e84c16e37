"""How uploads end that no message took, and stored files that nothing keeps."""

from dataclasses import replace
from datetime import datetime

from fancast.core.uploads import REMEMBERED, let_go_of_parts
from fancast.model.accounts import Account
from fancast.model.ids import AccountKey
from fancast.model.uploads import Upload, UploadId, UploadState
from fancast.store import blobs
from fancast.store import media as store_media
from fancast.store import uploads as store
from fancast.store.database import Tx

_AT_ONCE = 100


def drop(tx: Tx, account: Account, upload_id: UploadId, *, now: datetime) -> None:
    """Forget an upload that no message took, with its bytes; nothing for one that was taken."""
    found = store.get(tx, account.key, upload_id, lock=True)
    if found is not None and found.state is not UploadState.CONSUMED:
        _remove(tx, account.key, found, now)


def due(tx: Tx, *, now: datetime) -> list[store.Due]:
    """Uploads of any account that somebody must look at: bytes whose looker died, and what is over."""
    over = (
        UploadState.CREATED,
        UploadState.UPLOADING,
        UploadState.READY,
        UploadState.FAILED,
        UploadState.EXPIRED,
    )
    return store.due(tx, (UploadState.PROCESSING, *over), now=now, limit=_AT_ONCE)


def expire(tx: Tx, account: AccountKey, upload_id: UploadId, *, now: datetime) -> None:
    """What was not used in time: a finished one is remembered as expired for a while, others go at once."""
    found = store.get(tx, account, upload_id, lock=True)
    if found is None or found.due_at is None or found.due_at > now:
        return
    if found.state is not UploadState.READY:
        _remove(tx, account, found, now)
        return
    if not found.for_vault:
        _let_go(tx, account, found, now)
    expired = replace(found, state=UploadState.EXPIRED, due_at=now + REMEMBERED)
    store.change(tx, account, expired)


def files_to_remove(tx: Tx, *, now: datetime) -> list[str]:
    """Files that nothing keeps."""
    return blobs.due(tx, now=now, limit=_AT_ONCE)


def files_removed(tx: Tx, keys: list[str]) -> None:
    blobs.forget(tx, keys)


# ---- helpers


def _remove(tx: Tx, account: AccountKey, upload: Upload, now: datetime) -> None:
    let_go_of_parts(tx, account, upload, now)
    if not (upload.for_vault and upload.state is UploadState.EXPIRED):
        _let_go(tx, account, upload, now)
    store.delete(tx, account, upload.upload_id)


def _let_go(tx: Tx, account: AccountKey, upload: Upload, now: datetime) -> None:
    """Its bytes and its media item, unless the vault has that."""
    item = None
    if upload.media_id is not None:
        item = store_media.get_many(tx, account, [upload.media_id]).get(upload.media_id)
    if item is not None and (item.in_vault or item.failure is not None):
        return
    if upload.blob is not None:
        blobs.mark(tx, [upload.blob], remove_at=now)
    if item is not None:
        blobs.mark(tx, [made.blob for made in item.renditions.values()], remove_at=now)
        store_media.delete(tx, account, item.media_id)
