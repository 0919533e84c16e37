"""Media as one fan may see them: what was bought, what came open, and previews; nothing that a price still locks."""

from fancast.core import messages
from fancast.model.accounts import Account
from fancast.model.fans import Fan
from fancast.model.ids import MediaId
from fancast.model.media import Media
from fancast.model.problems import not_found
from fancast.store import media as store
from fancast.store.database import Tx


def get(tx: Tx, account: Account, fan: Fan, media_id: MediaId, *, message_id: int | None = None) -> Media:
    """A media item that this fan owns, or that is open in a message of the chat (in `message_id`, if given).

    Raises Problem(NOT_FOUND) where there is no such media, and as `messages.demand_open`.
    """
    found = store.get_many(tx, account.key, [media_id]).get(media_id)
    if found is None:
        raise not_found("media", media_id)
    messages.demand_open(tx, account, fan, media_id, message_id)
    return found
