"""Chats: the threads with fans, as the creator sees them in a list, and what the creator does to one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from fancast.core import chat_order, messages, name_index, newest_messages, user_lists
from fancast.core.charges import SPENDERS, TIPPERS
from fancast.core.chat_order import Place
from fancast.core.chat_states import HIDDEN, UNREAD
from fancast.model.accounts import Account
from fancast.model.chats import TYPING_SECONDS, Chat, ChatFilter, ChatOrder, Side
from fancast.model.events import EventKind
from fancast.model.fan_sets import FanSet, SetKey
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber
from fancast.model.messages import Message
from fancast.model.user_lists import ListRef
from fancast.store import chats as store
from fancast.store import events, fan_sets, fans, heads, message_marks
from fancast.store.chats import Told
from fancast.store.database import Tx

# ---- the list


def page(
    tx: Tx,
    account: Account,
    *,
    filter: ChatFilter | None = None,
    user_list: ListRef | None = None,
    query: str = "",
    order: ChatOrder = ChatOrder.RECENT,
    offset: int = 0,
    limit: int,
    now: datetime,
) -> list[Chat]:
    """Chats by their newest message, those that pass every condition. Ask for one more than shown to learn of a rest.

    `query` is a part of the fan's name, username or custom name. The oldest first makes no promise of speed.
    """
    wanted = _wanted(tx, account, filter, user_list, query, now)
    found = chat_order.newest_first if order is ChatOrder.RECENT else chat_order.oldest_first
    return _told(tx, account, found(tx, account, wanted, offset=offset, limit=limit))


def _wanted(
    tx: Tx, account: Account, filter: ChatFilter | None, user_list: ListRef | None, query: str, now: datetime
) -> FanSet | None:
    """The fans that pass every condition; None when there is none."""
    parts: list[FanSet] = []
    if filter is not None:
        parts.append(_passing(tx, account, filter))
    if user_list is not None:
        parts.append(user_lists.members_of(tx, account, user_list, now=now))
    if query:
        parts.append(name_index.search(tx, account, query))
    return FanSet.intersection(*parts) if parts else None


def _passing(tx: Tx, account: Account, filter: ChatFilter) -> FanSet:
    match filter:
        case ChatFilter.PRIORITY:
            return fan_sets.load(tx, account.key, SPENDERS) | message_marks.with_pinned(tx, account.key)
        case ChatFilter.WHO_TIPPED:
            return fan_sets.load(tx, account.key, TIPPERS)
        case ChatFilter.UNREAD:
            return fan_sets.load(tx, account.key, UNREAD)
        case ChatFilter.UNREAD_WITH_TIPS:
            return store.with_unread_tips(tx, account.key)
        case ChatFilter.PINNED:
            return message_marks.with_pinned(tx, account.key)


def _told(tx: Tx, account: Account, places: Sequence[Place]) -> list[Chat]:
    numbers = [place.number for place in places]
    told = store.told(tx, account.key, numbers)
    newest = newest_messages.of(tx, account, places, {number: one.state for number, one in told.items()})
    return [_chat(told[number], newest.get(number)) for number in numbers]


def _chat(told: Told, newest: Message | None) -> Chat:
    unread = max(told.unread, int(told.state.marked_unread))
    return Chat(
        state=told.state, fan=told.fan, last_message=newest, unread_count=unread, has_unread_tips=told.unread_tips,
        pinned_count=told.pinned, has_purchases=told.bought,
    )  # fmt: skip


# ---- facts about many


def count_unread(tx: Tx, account: Account) -> int:
    """How many chats the creator has not read, or marked unread."""
    return fan_sets.sizes(tx, account.key, [UNREAD])[UNREAD]


def count_unread_tippers(tx: Tx, account: Account) -> int:
    """How many fans sent a tip that the creator has not read."""
    return len(store.with_unread_tips(tx, account.key))


def hidden_among(tx: Tx, account: Account, numbers: Iterable[FanNumber]) -> FanSet:
    """Which of these fans' chats the creator hid, in one statement."""
    held = fan_sets.pairs_holding(tx, account.key, HIDDEN.kind, [HIDDEN.ref], numbers)
    return FanSet(number for _, number in held)


# ---- what the creator does to a chat


def mark_read(tx: Tx, account: Account, fan: Fan) -> None:
    state = store.hold(tx, account.key, fan.number)
    newest = messages.page(tx, account, fan, limit=1)
    read = {"last_read_id": max(state.last_read_id, newest[0].id if newest else 0), "marked_unread": False}
    store.change(tx, account.key, fan.number, read)
    if state.unread:
        _take_out(tx, account, UNREAD, fan)


def mark_unread(tx: Tx, account: Account, fan: Fan) -> None:
    """The fan's newest message counts as unread again; where the fan wrote none, the chat alone does."""
    state = store.hold(tx, account.key, fan.number)
    read = min(state.last_read_id, max(state.last_fan_id - 1, 0)) if state.last_fan_id else state.last_read_id
    store.change(tx, account.key, fan.number, {"last_read_id": read, "marked_unread": True})
    if not state.unread:
        _put_in(tx, account, UNREAD, fan)


def mark_all_read(tx: Tx, account: Account) -> int:
    """Returns how many chats were unread."""
    read = store.read_all(tx, account.key)
    fan_sets.change(tx, account.key, {UNREAD: (FanSet(), read)})
    return len(read)


def mute(tx: Tx, account: Account, fan: Fan, *, muted: bool) -> None:
    store.put(tx, account.key, fan.number, {"muted": muted})


def hide(tx: Tx, account: Account, fan: Fan) -> None:
    """Out of the list until a message goes out to the fan again, a copy of a mass message too."""
    state = store.hold(tx, account.key, fan.number)
    if not state.hidden:
        store.change(tx, account.key, fan.number, {"hidden": True})
        _put_in(tx, account, HIDDEN, fan)


def delete(tx: Tx, account: Account, fan: Fan) -> bool:
    """Empty the chat for the creator; the fan keeps it. False when it was empty."""
    state = store.hold(tx, account.key, fan.number)
    newest = messages.page(tx, account, fan, limit=1)
    if not newest:
        return False
    through = newest[0].id
    emptied = {
        "cleared_through_id": through, "last_direct_id": 0, "last_read_id": max(state.last_read_id, through),
        "marked_unread": False,
    }  # fmt: skip
    store.change(tx, account.key, fan.number, emptied)
    message_marks.unpin_through(tx, account.key, fan.number, through)
    if state.unread:
        _take_out(tx, account, UNREAD, fan)
    return True


def typing_until(
    tx: Tx, account: Account, fan: Fan, *, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Until when creator and fan are shown as typing to each other; None who is not."""
    state = store.get(tx, account.key, fan.number)
    return state.typing_until(Side.CREATOR, now), state.typing_until(Side.FAN, now)


def type_to(tx: Tx, account: Account, fan: Fan, *, now: datetime) -> bool:
    """Show the creator as typing to the fan for some seconds. False when that is shown already.

    Whoever shows the fan's side asks `typing_until`: it is not worth an event.
    """
    until = now + timedelta(seconds=TYPING_SECONDS)
    return store.start_typing(tx, account.key, fan.number, "typing_until", until, now)


# ---- what the fan does


def fan_types(tx: Tx, account: Account, fan: Fan, *, now: datetime) -> bool:
    """Show the fan as typing, and tell it. False when that is shown already."""
    until = now + timedelta(seconds=TYPING_SECONDS)
    fans.see(tx, account.key, fan.number, now)
    if not store.start_typing(tx, account.key, fan.number, "fan_typing_until", until, now):
        return False
    head = heads.take(tx, account.key, events=1)
    events.add(tx, account.key, head.first_event, EventKind.FAN_TYPING, fan.fan_id, {}, now=now)
    return True


def _put_in(tx: Tx, account: Account, key: SetKey, fan: Fan) -> None:
    fan_sets.change(tx, account.key, {key: (FanSet([fan.number]), FanSet())})


def _take_out(tx: Tx, account: Account, key: SetKey, fan: Fan) -> None:
    fan_sets.change(tx, account.key, {key: (FanSet(), FanSet([fan.number]))})
