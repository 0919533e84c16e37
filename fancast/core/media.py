"""Vault media, as messages name them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

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


def demand(tx: Tx, account: Account, ids: Iterable[MediaId]) -> dict[MediaId, Media]:
    """These media. Raises Problem(INVALID, unknown_media) for the first that is not in the vault."""
    wanted = list(ids)
    known = store.get_many(tx, account.key, wanted)
    for media_id in wanted:
        if media_id not in known or not known[media_id].in_vault:
            message = f"There is no media {media_id} in the vault."
            raise invalid("media_ids", message, code="unknown_media", unknown=media_id)
    return known


def demand_held(tx: Tx, account: Account, ids: Sequence[MediaId]) -> dict[MediaId, Media]:
    """As `demand`, held: until the transaction ends nobody deletes them, and no other message comes to carry them."""
    store.hold(tx, account.key, ids)
    return demand(tx, account, ids)


def enter_messages(tx: Tx, account: Account, known: Mapping[MediaId, Media]) -> list[MediaId]:
    """A message carries these from now on: which of them none did before."""
    new = _in_no_message(known)
    store.enter_messages(tx, account.key, new)
    return new


def _in_no_message(known: Mapping[MediaId, Media]) -> list[MediaId]:
    return [id for id, item in known.items() if not item.in_messages]


class Held(NamedTuple):
    content: Content
    #: What is behind each of its references but the URLs that nobody fetched yet.
    found: Mapping[str, MediaId]
    #: Whether all that was found is here.
    here: bool


class Settled(NamedTuple):
    content: Content
    #: Whether all of its media are here; else it has to wait for them.
    here: bool


def hold(
    tx: Tx, account: Account, content: Content, *, kept: Collection[MediaId] = (),
    fetched: Mapping[str, MediaId] = MappingProxyType({}), now: datetime,
) -> Held:  # fmt: skip
    """Hold the media that a content names, and consume its uploads: all that can be done before the head is taken.

    Part of the send's own transaction: a send that is refused later leaves its uploads usable. `kept` media stay
    though they may have left the vault meanwhile; `fetched` says which media came from URLs already.
    Raises Problem(INVALID) unknown_media, unknown_upload, upload_not_ready, upload_used, upload_expired,
    upload_failed or bad_media_url.
    """
    places = range(len(content.references))
    named = dict.fromkeys(id for id in content.media_ids if place_of(id) not in places)
    known = demand(tx, account, (media_id for media_id in named if media_id not in kept))
    consumed = _consume(tx, account, content.references, now)
    found = consumed | {said: fetched[said] for said in content.references if said in fetched}
    for said in content.references:
        if said not in found:
            fetches.check(said)
    known |= store.get_many(tx, account.key, {*named, *found.values()} - known.keys())
    if consumed:
        # All that is changed below, in one order.
        store.hold(tx, account.key, {*consumed.values(), *_in_no_message(known)})
        store.enter_vault(tx, account.key, consumed.values())
    new = enter_messages(tx, account, known)
    # Whoever deletes media that no message carries takes their files away: seen anew, now that they are held.
    demand(tx, account, [id for id in new if id in named and id not in kept])
    return Held(content, found, all(item.ready for item in known.values()))


def settle(tx: Tx, account: Account, held: Held, *, now: datetime) -> Settled:
    """The content with media ids alone, each once; URLs become media still to come.

    These take ids from the account's head, the last lock: whatever else the send locks, it holds by now.
    """
    content, found = held.content, held.found
    urls = dict.fromkeys(said for said in content.references if said not in found)
    coming = {url: fetches.expect(tx, account, url, now=now) for url in urls}
    store.enter_messages(tx, account.key, coming.values())
    arrived = [found[said] if said in found else coming[said] for said in content.references]
    settled = replace(
        content,
        media_ids=_placed(content.media_ids, arrived),
        preview_media_ids=_placed(content.preview_media_ids, arrived),
        references=(),
    )
    return Settled(settled, held.here and not coming)


class Unfetched(Exception):
    """A message that goes out at once names URLs: fetch them first, and say so in `fetched`."""

    def __init__(self, urls: tuple[str, ...]) -> None:
        super().__init__("URLs have to be fetched first")
        self.urls = urls


def settle_now(
    tx: Tx,
    account: Account,
    content: Content,
    *,
    fetched: Mapping[str, MediaId] = MappingProxyType({}),
    now: datetime,
) -> Content:
    """`hold` and `settle`, for a message that goes out at once. Raises as `hold`.

    Raises Unfetched for URLs that nobody fetched yet, and INVALID media_not_ready for other media still to come.
    """
    if coming := tuple(said for said in content.references if is_url(said) and said not in fetched):
        raise Unfetched(coming)
    held = hold(tx, account, content, fetched=fetched, now=now)
    settled, here = settle(tx, account, held, now=now)
    if not here:
        message = "Some of the media are still on their way into the vault; send again when they are ready."
        raise invalid("media_ids", message, code="media_not_ready")
    return settled


def is_url(reference: str) -> bool:
    return not reference.startswith(UPLOAD_PREFIX)


def as_said(tx: Tx, account: Account, content: Content) -> Content:
    """The content for a fingerprint: uploads by what is in them, so that a repeat with the same files is known."""
    if not content.references:
        return content
    return replace(content, references=tuple(_said(tx, account, said) for said in content.references))


def _consume(tx: Tx, account: Account, references: Sequence[str], now: datetime) -> dict[str, MediaId]:
    """The media behind uploads; one that is named twice is taken once.

    Lowest id first, as a deletion takes them: else the two would wait for each other.
    """
    named = sorted({said for said in references if not is_url(said)}, key=_upload_id)
    return {said: uploads.consume(tx, account, _upload_id(said), now=now) for said in named}


def _said(tx: Tx, account: Account, reference: str) -> str:
    if is_url(reference):
        return reference
    found = uploads.find(tx, account, _upload_id(reference))
    return reference if found is None or found.md5 is None else f"{UPLOAD_PREFIX}{found.md5}"


def _upload_id(reference: str) -> UploadId:
    return UploadId(reference.removeprefix(UPLOAD_PREFIX))


def _placed(ids: Sequence[MediaId], arrived: Sequence[MediaId]) -> tuple[MediaId, ...]:
    places = ((media_id, place_of(media_id)) for media_id in ids)
    return tuple(dict.fromkeys(media_id if place is None else arrived[place] for media_id, place in places))
