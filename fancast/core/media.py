"""Vault media, as messages name them."""

from collections.abc import Iterable

from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Media
from fancast.model.problems import invalid
from fancast.store import media as store
from fancast.store.database import Tx


def get_many(tx: Tx, account: Account, ids: Iterable[MediaId]) -> dict[MediaId, Media]:
    """Those of these ids that are in the vault."""
    return store.get_many(tx, account.key, ids)


def demand(tx: Tx, account: Account, ids: Iterable[MediaId]) -> None:
    """Raises Problem(INVALID, unknown_media) for the first of these that is not in the vault."""
    wanted = list(ids)
    known = store.get_many(tx, account.key, wanted)
    for media_id in wanted:
        if media_id not in known:
            message = f"There is no media {media_id} in the vault."
            raise invalid("media_ids", message, code="unknown_media", unknown=media_id)
