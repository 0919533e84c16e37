"""Vault media, as messages name them."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from fancast.core import fetches, uploads
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Content
from fancast.model.media import UPLOAD_PREFIX, Media, place_of
from fancast.model.problems import invalid
from fancast.model.uploads import UploadId
from fancast.store import media as store
from fancast.store.database import Tx


def get_many(tx: Tx, account: Account, ids: Iterable[MediaId]) -> dict[MediaId, Media]:
    """Those of these ids that there are; also ones that left the vault, since messages keep them."""
    return store.get_many(tx, account.key, ids)


def demand(tx: Tx, account: Account, ids: Iterable[MediaId]) -> None:
    """Raises Problem(INVALID, unknown_media) for the first of these that is not in the vault."""
    wanted = list(ids)
    known = store.get_many(tx, account.key, wanted)
    for media_id in wanted:
        if media_id not in known or not known[media_id].in_vault:
            message = f"There is no media {media_id} in the vault."
            raise invalid("media_ids", message, code="unknown_media", unknown=media_id)


def settle(tx: Tx, account: Account, content: Content, *, now: datetime) -> Content:
    """The content with media ids alone: each upload it names is consumed, each URL becomes media still to come.

    Part of the send's own transaction: a send that is refused later leaves its uploads usable.
    Raises Problem(INVALID) unknown_media, unknown_upload, upload_not_ready, upload_used, upload_expired or
    upload_failed.
    """
    demand(tx, account, (media_id for media_id in content.media_ids if place_of(media_id) is None))
    if not content.references:
        return content
    arrived = [_resolve(tx, account, reference, now) for reference in content.references]
    return replace(
        content,
        media_ids=_placed(content.media_ids, arrived),
        preview_media_ids=_placed(content.preview_media_ids, arrived),
        references=(),
    )


def as_said(tx: Tx, account: Account, content: Content) -> Content:
    """The content for a fingerprint: uploads by what is in them, so that a repeat with the same files is known."""
    if not content.references:
        return content
    return replace(content, references=tuple(_said(tx, account, said) for said in content.references))


def _resolve(tx: Tx, account: Account, reference: str, now: datetime) -> MediaId:
    if reference.startswith(UPLOAD_PREFIX):
        return uploads.consume(tx, account, _upload_id(reference), now=now)
    return fetches.expect(tx, account, reference, now=now)


def _said(tx: Tx, account: Account, reference: str) -> str:
    if not reference.startswith(UPLOAD_PREFIX):
        return reference
    found = uploads.find(tx, account, _upload_id(reference))
    return reference if found is None or found.md5 is None else f"{UPLOAD_PREFIX}{found.md5}"


def _upload_id(reference: str) -> UploadId:
    return UploadId(reference.removeprefix(UPLOAD_PREFIX))


def _placed(ids: Sequence[MediaId], arrived: Sequence[MediaId]) -> tuple[MediaId, ...]:
    places = ((media_id, place_of(media_id)) for media_id in ids)
    return tuple(dict.fromkeys(media_id if place is None else arrived[place] for media_id, place in places))
