"""Vault media, as messages name them."""

from collections.abc import Iterable

from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.media import Media
from fancast.store import media as store
from fancast.store.database import Tx


def get_many(tx: Tx, account: Account, ids: Iterable[MediaId]) -> dict[MediaId, Media]:
    """Those of these ids that are in the vault."""
    return store.get_many(tx, account.key, ids)
