"""Media as one fan may see them: what was bought, what came open, and previews; nothing that a price still locks."""

from fancast.core import messages, ownership
from fancast.model.accounts import Account
from fancast.model.chats import Side
from fancast.model.fans import Fan
from fancast.model.ids import MediaId
from fancast.model.media import Media
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem, not_found
from fancast.store import media as store
from fancast.store.database import Tx

_AT_ONCE = 200


def get(tx: Tx, account: Account, fan: Fan, media_id: MediaId, *, message_id: int | None = None) -> Media:
    """A media item that this fan owns, or that is open in a message of the chat (in `message_id`, if given).

    Without a message the newest ten thousand are looked through. Raises Problem(NOT_FOUND) where there is no such
    media or message, FORBIDDEN locked.
    """
    found = store.get_many(tx, account.key, [media_id]).get(media_id)
    if found is None:
        raise not_found("media", media_id)
    if ownership.owns_all(tx, account.key, fan.number, [media_id]):
        return found
    if message_id is not None:
        shown = _shows(messages.get(tx, account, fan, message_id, side=Side.FAN), media_id)
    else:
        shown = _is_shown(tx, account, fan, media_id)
    if not shown:
        message = (
            f"Media {media_id} is locked for fan {fan.fan_id} until a message that carries it is bought."
        )
        raise Problem(Kind.FORBIDDEN, "locked", message)
    return found


def _is_shown(tx: Tx, account: Account, fan: Fan, media_id: MediaId) -> bool:
    before = None
    for _ in range(messages.HIGHEST_OFFSET // _AT_ONCE):
        some = messages.page(tx, account, fan, before=before, limit=_AT_ONCE, side=Side.FAN)
        if any(_shows(message, media_id) for message in some):
            return True
        if len(some) < _AT_ONCE:
            return False
        before = some[-1].id
    return False


def _shows(message: Message, media_id: MediaId) -> bool:
    content = message.content
    return media_id in (content.media_ids if message.open else content.preview_media_ids)
