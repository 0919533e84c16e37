"""The newest message of each of several chats, in a bounded number of statements."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from fancast.core import ownership
from fancast.core.chat_order import Place
from fancast.core.timelines import copy_of
from fancast.model.accounts import Account
from fancast.model.chats import ChatState
from fancast.model.fan_sets import SetKind
from fancast.model.ids import FanNumber
from fancast.model.messages import Message
from fancast.model.steps import Step
from fancast.store import copies as store
from fancast.store import fan_sets, message_marks, messages, steps
from fancast.store.database import Tx


def of(
    tx: Tx, account: Account, places: Sequence[Place], states: Mapping[FanNumber, ChatState]
) -> dict[FanNumber, Message]:
    """By fan number. One that was taken back since its place was found is missing."""
    direct = messages.get_many(
        tx, account.key, [one.message_id for one in places if one.mass_message_id is None]
    )
    found = ownership.opened_each(tx, account.key, [*direct, *_copies(tx, account, places)])
    marks, bare = message_marks.of(tx, account.key, found), message_marks.Marks()
    return {
        message.number: replace(
            message,
            read=_read(message, states[message.number]),
            liked_by_creator=(mark := marks.get(message.id, bare)).liked_by_creator,
            liked_by_fan=mark.liked_by_fan,
            pinned=mark.pinned,
        )
        for message in found
    }


def _read(message: Message, state: ChatState) -> bool:
    return message.id <= (state.last_read_id if message.from_fan else state.fan_read_id)


def _copies(tx: Tx, account: Account, places: Sequence[Place]) -> list[Message]:
    copies = [(place, place.mass_message_id) for place in places if place.mass_message_id is not None]
    if not copies:
        return []
    sent = store.of(tx, account.key, [id for _, id in copies])
    held = {place.message_id: place.step for place, _ in copies if place.step is not None}
    held |= _steps(tx, account, [place.message_id for place, _ in copies if place.step is None])
    priced = [id for id, one in sent.items() if one.content.price_cents]
    numbers = [place.number for place, id in copies if id in priced]
    free = fan_sets.pairs_holding(tx, account.key, SetKind.UNLOCKED_FREE, priced, numbers)
    return [
        copy_of(sent[id], False, held[place.message_id], place.number, (id, place.number) in free)
        for place, id in copies
    ]


def _steps(tx: Tx, account: Account, message_ids: Sequence[int]) -> dict[int, Step]:
    """The step of each; that of the highest id is most often that of many."""
    found: dict[int, Step] = {}
    rest = sorted(message_ids, reverse=True)
    for asked in (rest[:1], rest):
        missing = [id for id in asked if id not in found]
        for step in steps.of_messages(tx, account.key, missing).values():
            found |= {id: step for id in rest if step.first_id <= id <= step.last_id}
    return found
