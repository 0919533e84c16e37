"""The vault: a creator's media, and the lists they are on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from fancast.model.accounts import Account
from fancast.model.ids import LARGEST_ID, MediaId
from fancast.model.media import Media, MediaType
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.model.uploads import UploadState
from fancast.model.vault_lists import (
    BUILT_IN_IDS,
    BUILT_IN_NAMES,
    BuiltInVaultList,
    VaultList,
    VaultListId,
    VaultQuery,
    built_in,
)
from fancast.store import blobs, heads, uploads, vault_lists
from fancast.store import media as store_media
from fancast.store.database import Tx

LONGEST_NAME = 255
MOST_MEDIA_AT_ONCE = 100
#: A list shows so many of its newest media.
SHOWN = 4

#: Custom lists that a media item is on, and the built-in ones.
OnLists = Mapping[MediaId, Sequence[tuple[VaultListId, str]]]


# ---- lists


def find_id(said: int | str) -> VaultListId:
    """A list's id by its number or a built-in one's kind. Raises Problem(NOT_FOUND)."""
    if isinstance(said, str) and said in set(BuiltInVaultList):
        return BUILT_IN_IDS[BuiltInVaultList(said)]
    digits = str(said)
    if digits.isascii() and digits.isdigit() and len(digits) <= 16 and 0 < int(digits) <= LARGEST_ID:
        return VaultListId(int(digits))
    raise not_found("vault_list", str(said)[:60])


def type_of(id: VaultListId) -> str:
    """`custom`, or a built-in list's kind."""
    kind = built_in(id)
    return "custom" if kind is None else kind.value


def get(tx: Tx, account: Account, id: VaultListId) -> VaultList:
    """Raises Problem(NOT_FOUND)."""
    return _filled(tx, account, [_named(tx, account, id)])[0]


def page(tx: Tx, account: Account, *, query: str = "", offset: int = 0, limit: int) -> list[VaultList]:
    """Built-in lists first, then custom ones, newest first. Ask for one more than shown to learn of a rest."""
    ids = [id for kind, id in BUILT_IN_IDS.items() if query.lower() in BUILT_IN_NAMES[kind].lower()]
    found = [_named(tx, account, id) for id in ids[offset : offset + limit]]
    rest = limit - len(found)
    if rest > 0:
        skip = max(0, offset - len(ids))
        found += vault_lists.page(tx, account.key, query=query, offset=skip, limit=rest)
    return _filled(tx, account, found)


def create(tx: Tx, account: Account, name: str, *, now: datetime) -> VaultList:
    """A new, empty custom list. Raises Problem(INVALID)."""
    name = _checked_name(name)
    id = VaultListId(heads.take(tx, account.key, ids=1).first_id)
    vault_lists.create(tx, account.key, id, name, now=now)
    return VaultList(id, name)


def rename(tx: Tx, account: Account, id: VaultListId, name: str, *, clear: bool = False) -> VaultList:
    """With `clear`, its media leave it, too. Raises NOT_FOUND, INVALID, and CONFLICT for a built-in list."""
    name = _checked_name(name)
    if not vault_lists.rename(tx, account.key, _custom(id, "renamed"), name):
        raise not_found("vault_list", id)
    if clear:
        vault_lists.clear(tx, account.key, id)
    return get(tx, account, id)


def delete(tx: Tx, account: Account, id: VaultListId) -> None:
    """Its media stay in the vault. Raises NOT_FOUND, and CONFLICT for a built-in list."""
    if not vault_lists.delete(tx, account.key, _custom(id, "deleted")):
        raise not_found("vault_list", id)


# ---- what is on them


def add_media(tx: Tx, account: Account, id: VaultListId, ids: Sequence[MediaId]) -> VaultList:
    """Put media on a list: all of them, or none. Raises NOT_FOUND, CONFLICT, INVALID for unknown media."""
    _hold(tx, account, id)
    wanted = _checked_media(ids)
    known = store_media.get_many(tx, account.key, wanted)
    for media_id in wanted:
        if media_id not in known or not known[media_id].in_vault:
            message = f"There is no media {media_id} in the vault."
            raise invalid("media_ids", message, code="unknown_media", unknown=media_id)
    vault_lists.put_on(tx, account.key, id, wanted)
    return get(tx, account, id)


def remove_media(tx: Tx, account: Account, id: VaultListId, ids: Sequence[MediaId]) -> VaultList:
    """Take media off a list; those that are not on it do not matter. Raises NOT_FOUND, CONFLICT."""
    _hold(tx, account, id)
    vault_lists.take_off(tx, account.key, id, _checked_media(ids))
    return get(tx, account, id)


def lists_of(tx: Tx, account: Account, media: Sequence[Media]) -> OnLists:
    """The lists that each of these is on, built-in ones first."""
    custom = vault_lists.names_of(tx, account.key, [item.media_id for item in media])
    messages = BuiltInVaultList.MESSAGES
    used = [(BUILT_IN_IDS[messages], BUILT_IN_NAMES[messages])]
    return {
        item.media_id: [*(used if item.in_messages else ()), *custom.get(item.media_id, ())] for item in media
    }


# ---- media


def page_of_media(tx: Tx, account: Account, asked: VaultQuery, *, offset: int = 0, limit: int) -> list[Media]:
    """Media of the vault, or of one of its lists. Ask for one more than shown to learn of a rest.

    Raises Problem(NOT_FOUND) for an unknown list.
    """
    if asked.list_id is not None:
        _named(tx, account, asked.list_id)
    return vault_lists.page_of_media(tx, account.key, asked, offset=offset, limit=limit)


def everything(tx: Tx, account: Account) -> tuple[Mapping[MediaType, int], Sequence[Media]]:
    """How many media of each type the whole vault has, and the newest few."""
    whole = VaultQuery()
    counts = vault_lists.count_media(tx, account.key, whole)
    return counts, vault_lists.page_of_media(tx, account.key, whole, limit=SHOWN)


def get_media(tx: Tx, account: Account, media_id: MediaId) -> Media:
    """One of the vault. Raises Problem(NOT_FOUND)."""
    found = store_media.get_many(tx, account.key, [media_id]).get(media_id)
    if found is None or not found.in_vault:
        raise not_found("media", media_id)
    return found


def delete_media(tx: Tx, account: Account, ids: Sequence[MediaId], *, now: datetime) -> None:
    """Take media out of the vault: all of them, or none. Messages that carry them keep them.

    Files that no message carries are taken away. Raises NOT_FOUND for the first that is not there.
    """
    wanted = _checked_media(ids)
    _close_uploads(tx, account, wanted, now)
    # A send that takes them holds them, too: it commits before the look, or sees that they are gone.
    store_media.hold(tx, account.key, wanted)
    known = store_media.get_many(tx, account.key, wanted)
    for media_id in wanted:
        if media_id not in known or not known[media_id].in_vault:
            raise not_found("media", media_id)
    vault_lists.forget_media(tx, account.key, wanted)
    store_media.leave_vault(tx, account.key, wanted, now=now)
    unused = [item for item in known.values() if not item.in_messages]
    blobs.mark(tx, [key for item in unused for key in item.files], remove_at=now)


def _close_uploads(tx: Tx, account: Account, ids: Sequence[MediaId], now: datetime) -> None:
    """No message can take an upload whose media item has left the vault."""
    for upload in uploads.of_media(tx, account.key, ids):
        held = uploads.get(tx, account.key, upload.upload_id, lock=True)
        if held is not None and held.state is UploadState.READY:
            uploads.change(
                tx, account.key, replace(held, state=UploadState.EXPIRED, expires_at=now, due_at=now)
            )


# ---- helpers


def _named(tx: Tx, account: Account, id: VaultListId) -> VaultList:
    kind = built_in(id)
    if kind is not None:
        return VaultList(id, BUILT_IN_NAMES[kind])
    found = vault_lists.get(tx, account.key, id)
    if found is None:
        raise not_found("vault_list", id)
    return found


def _filled(tx: Tx, account: Account, found: Sequence[VaultList]) -> list[VaultList]:
    ids = [each.id for each in found]
    counts = vault_lists.counts(tx, account.key, ids)
    newest = vault_lists.newest(tx, account.key, ids, SHOWN)
    return [VaultList(each.id, each.name, counts[each.id], tuple(newest[each.id])) for each in found]


def _hold(tx: Tx, account: Account, id: VaultListId) -> None:
    """Hold the list's row, so that one that is deleted meanwhile leaves nothing behind."""
    if not vault_lists.hold(tx, account.key, _custom(id, "changed")):
        raise not_found("vault_list", id)


def _custom(id: VaultListId, verb: str) -> VaultListId:
    kind = built_in(id)
    if kind is None:
        return id
    message = f"The built-in vault list {kind} cannot be {verb}."
    raise Problem(Kind.CONFLICT, "built_in_list", message, list=kind.value)


def _checked_name(name: str) -> str:
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise invalid("name", f"A vault list's name has 1 to {LONGEST_NAME} characters.")
    return name.strip()


def _checked_media(ids: Sequence[MediaId]) -> list[MediaId]:
    if not 1 <= len(ids) <= MOST_MEDIA_AT_ONCE:
        message = f"Name 1 to {MOST_MEDIA_AT_ONCE} media at once."
        raise invalid("media_ids", message, code="bad_count")
    return list(dict.fromkeys(ids))
