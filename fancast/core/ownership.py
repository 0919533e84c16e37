"""What a fan owns: media that one purchase opened are open in every message that carries them."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber, MediaId
from fancast.model.messages import Message
from fancast.store import fan_sets
from fancast.store import messages as store
from fancast.store.database import Tx
from fancast.store.fan_sets import Change


def opened(tx: Tx, account: AccountKey, number: FanNumber, found: Sequence[Message]) -> list[Message]:
    """These messages of one fan's chat, with what the fan's purchases open in them.

    Copies of mass messages tell already whether they were bought.
    """
    locked = [message for message in found if not message.open]
    if not locked:
        return list(found)
    direct = [message.queue_id for message in locked if not message.from_mass_message]
    bought = store.bought_by(tx, account, number, direct)
    owned = _owned(tx, account, number, (id for message in locked for id in message.content.paid_media_ids))
    return [
        message if message.open else replace(
            message, bought=message.queue_id in bought, unlocked_free=_all(message.content.paid_media_ids, owned)
        )
        for message in found
    ]  # fmt: skip


def opened_each(tx: Tx, account: AccountKey, found: Sequence[Message]) -> list[Message]:
    """As `opened`, for messages of several fans' chats."""
    locked = [message for message in found if not message.open]
    if not locked:
        return list(found)
    numbers = [message.number for message in locked]
    bought = store.bought_pairs(tx, account, (message.queue_id for message in locked), numbers)
    paid = (id for message in locked for id in message.content.paid_media_ids)
    owned = fan_sets.pairs_holding(tx, account, SetKind.OWNERS, paid, numbers)
    return [
        message if message.open else replace(
            message,
            bought=(message.queue_id, message.number) in bought,
            unlocked_free=bool(message.content.paid_media_ids)
            and all((id, message.number) in owned for id in message.content.paid_media_ids),
        )
        for message in found
    ]  # fmt: skip


def owns_all(tx: Tx, account: AccountKey, number: FanNumber, media_ids: Sequence[MediaId]) -> bool:
    """Whether nothing of these is left to sell to this fan; of none at all there is."""
    return _all(media_ids, _owned(tx, account, number, media_ids))


def give(
    tx: Tx, account: AccountKey, number: FanNumber, media_ids: Iterable[MediaId], more: Mapping[SetKey, Change]
) -> None:  # fmt: skip
    """The fan owns these from now on; `more` sets change in the same walk, for the order of locks."""
    one, nobody = FanSet([number]), FanSet()
    owners: dict[SetKey, Change] = {SetKey(SetKind.OWNERS, id): (one, nobody) for id in set(media_ids)}
    fan_sets.change(tx, account, {**owners, **more})


def _owned(tx: Tx, account: AccountKey, number: FanNumber, media_ids: Iterable[MediaId]) -> set[int]:
    return fan_sets.refs_among_holding(tx, account, SetKind.OWNERS, media_ids, number)


def _all(media_ids: Sequence[MediaId], owned: set[int]) -> bool:
    return bool(media_ids) and all(media_id in owned for media_id in media_ids)
