"""URLs as media: what a message names by its address is fetched by workers, off the request path.

A fetch is an upload in the state `fetching`. Who fetches holds it by a lease and renews it; one that dies lets it
lapse, and another begins anew. No transaction is open while bytes come in.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from fancast.core import arrivals
from fancast.kit.addresses import Refused, check_url
from fancast.model.accounts import Account
from fancast.model.ids import AccountKey, MediaId
from fancast.model.media import Media, MediaType
from fancast.model.problems import invalid
from fancast.model.uploads import LIFE, Upload, UploadId, UploadState
from fancast.store import accounts, heads
from fancast.store import media as store_media
from fancast.store import uploads as store
from fancast.store.database import Tx

#: Who fetches says so again and again; silent for so long, it is taken for dead.
LEASE = timedelta(seconds=10)
RENEW_SECONDS = 3.0
#: What may pass (a time-out, a 5xx) is tried so often, after 1, 2, 4 … seconds.
MOST_ATTEMPTS = 4
#: How far ahead a try may be; further, and the clock was set back since.
_FAR_AHEAD = timedelta(minutes=2)
_LONGEST_NAME = 120
_TYPES = {
    "mp4": MediaType.VIDEO, "mov": MediaType.VIDEO, "webm": MediaType.VIDEO, "m4v": MediaType.VIDEO,
    "mp3": MediaType.AUDIO, "m4a": MediaType.AUDIO, "wav": MediaType.AUDIO, "ogg": MediaType.AUDIO,
    "gif": MediaType.GIF,
}  # fmt: skip


# ---- asked for


def check(url: str, *, field: str = "media_ids") -> str:
    """The URL, if it can be one of ours. Raises Problem(INVALID, bad_media_url) at this field."""
    try:
        check_url(url)
    except Refused as refused:
        message = f"The URL {url[:80]!r} cannot be fetched: {refused}."
        raise invalid(field, message, code="bad_media_url") from refused
    return url


def expect(tx: Tx, account: Account, url: str, *, in_vault: bool = True, now: datetime) -> MediaId:
    """Media still to come from this address. Raises Problem(INVALID, bad_media_url)."""
    made = begin(tx, account, url, for_vault=in_vault, now=now)
    assert made.media_id is not None
    return made.media_id


def begin(
    tx: Tx, account: Account, url: str, *, for_vault: bool, field: str = "media_ids", now: datetime
) -> Upload:
    """An upload whose bytes a worker fetches, and the media item it will be: in the vault once it is there.

    Takes an id from the account's head, so that it comes after all other locks.
    Raises Problem(INVALID, bad_media_url).
    """
    name = _name(check(url, field=field))
    media_id = MediaId(heads.take(tx, account.key, ids=1).first_id)
    type = _TYPES.get(name.rpartition(".")[2].lower(), MediaType.PHOTO)
    coming = Media(
        media_id=media_id, type=type, name=name, width=None, height=None, duration_seconds=None, size_bytes=None,
        ready=False, created_at=now, in_vault=False,
    )  # fmt: skip
    store_media.add(tx, account.key, [coming])
    made = Upload(
        upload_id=UploadId(secrets.token_hex(16)), state=UploadState.FETCHING, filename=name, content_type="",
        size_bytes=None, parts_total=1, part_bytes=0, for_vault=for_vault, source_url=url, media_id=media_id,
        created_at=now, expires_at=now + LIFE, due_at=now,
    )  # fmt: skip
    store.add(tx, account.key, made)
    return made


def _name(url: str) -> str:
    """What the vault calls it: the last part of the address's path, or its host."""
    parts = urlsplit(url)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2], errors="replace")
    said = "".join(sign for sign in last if sign.isprintable()).strip()
    return (said or parts.hostname or "file")[-_LONGEST_NAME:]


# ---- fetched


def due(
    tx: Tx, *, besides: Sequence[AccountKey] = (), now: datetime, limit: int
) -> list[tuple[AccountKey, UploadId]]:
    """What is to be fetched now and held by nobody, oldest first; not of accounts that have enough under way."""
    return store.fetches_due(tx, besides=besides, after=None, until=now, limit=limit)


def due_far_ahead(tx: Tx, *, now: datetime, limit: int) -> list[tuple[AccountKey, UploadId]]:
    """What waits for a moment that this clock reaches only much later, because it was set back since.

    Looks through the expiries of all uploads: not for every moment.
    """
    return store.fetches_due(tx, besides=(), after=now + _FAR_AHEAD, until=None, limit=limit)


def take(
    tx: Tx, account: AccountKey, upload_id: UploadId, holder: str, *, now: datetime
) -> tuple[Account, Upload] | None:
    """Hold a fetch; None when somebody else does, or it is over."""
    found = store.get(tx, account, upload_id, lock=True)
    if found is None or found.state is not UploadState.FETCHING or _is_held(found, now):
        return None
    taken = replace(
        found, holder=holder, held_until=now + LEASE, due_at=now + LEASE, attempts=found.attempts + 1
    )
    store.change(tx, account, taken)
    return accounts.get(tx, account), taken


def release(tx: Tx, account: AccountKey, upload_id: UploadId, holder: str, *, now: datetime) -> None:
    """Whoever fetches has to stop: another may begin at once. It was not the address's fault."""
    found = _held(tx, account, upload_id, holder)
    if found is not None:
        free = replace(found, attempts=found.attempts - 1, due_at=now, holder=None, held_until=None)
        store.change(tx, account, free)


def renew(tx: Tx, account: AccountKey, upload_id: UploadId, holder: str, *, now: datetime) -> bool:
    """Go on holding it. False when another took it, or it is over."""
    found = _held(tx, account, upload_id, holder)
    if found is not None:
        store.change(tx, account, replace(found, held_until=now + LEASE, due_at=now + LEASE))
    return found is not None


def stumble(
    tx: Tx, account: AccountKey, upload_id: UploadId, holder: str, why: str, *, passing: bool, now: datetime
) -> bool:
    """It did not work: try again later if that may help, else give it up for good. Whether it was given up."""
    found = _held(tx, account, upload_id, holder)
    if found is None:
        return False
    if passing and found.attempts < MOST_ATTEMPTS:
        later = now + timedelta(seconds=2 ** (found.attempts - 1))
        store.change(tx, account, replace(found, failure=why, due_at=later, holder=None, held_until=None))
        return False
    assert found.media_id is not None
    failed = replace(
        found, state=UploadState.FAILED, failure=why, due_at=now + LIFE, holder=None, held_until=None
    )
    store.change(tx, account, failed)
    item = store_media.get_many(tx, account, [found.media_id])[found.media_id]
    store_media.change(tx, account, replace(item, failure=why))
    return True


def settled(tx: Tx, account: AccountKey, media_id: MediaId, *, now: datetime) -> None:
    """The media item is ready, or will never be: who waits for it is told. In a transaction of its own."""
    arrivals.settled(tx, accounts.get(tx, account), media_id, now=now)


def _is_held(found: Upload, now: datetime) -> bool:
    # A lease from far ahead is of a clock that was set back since.
    return found.held_until is not None and now < found.held_until <= now + _FAR_AHEAD


def _held(tx: Tx, account: AccountKey, upload_id: UploadId, holder: str) -> Upload | None:
    found = store.get(tx, account, upload_id, lock=True)
    if found is None or found.state is not UploadState.FETCHING or found.holder != holder:
        return None
    return found
