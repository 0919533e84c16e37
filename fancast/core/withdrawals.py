"""Withdrawals: one message is taken back from one chat. Unsending a mass message is another verb."""

from datetime import datetime

from fancast.core import messages, timelines
from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem, not_found
from fancast.store import chats, events, fan_sets, heads, mass_messages, message_marks
from fancast.store import messages as store
from fancast.store.database import Tx


def withdraw(tx: Tx, account: Account, fan: Fan, message_id: int, *, now: datetime) -> Message:
    """Take back one of the creator's messages, within the account's window; the message as it was.

    Raises NOT_FOUND, CONFLICT not_own_message, unsend_window_over, message_bought: who bought it keeps it.
    """
    found = messages.get(tx, account, fan, message_id)
    _check(account, found, now)
    if found.from_mass_message:
        _withdraw_copy(tx, account, found)
    else:
        _withdraw_direct(tx, account, found, now)
    message_marks.unpin(tx, account.key, found)
    head = heads.take(tx, account.key, events=1)
    fact = {"fan_id": fan.fan_id, "queue_id": found.queue_id}
    events.add(tx, account.key, head.first_event, EventKind.MESSAGE_WITHDRAWN, found.id, fact, now=now)
    return found


def _check(account: Account, found: Message, now: datetime) -> None:
    if found.from_fan:
        raise Problem(Kind.CONFLICT, "not_own_message", "Only the creator's own messages can be taken back.")
    if found.bought:
        raise _bought()
    if found.withdraw_seconds_left(account.message_unsend_window_seconds, now) == 0:
        raise Problem(
            Kind.CONFLICT, "unsend_window_over", "The time in which it could be taken back is over."
        )


def _withdraw_copy(tx: Tx, account: Account, found: Message) -> None:
    # A purchase begins with this same row, so that nobody buys what is gone, nor loses what was bought.
    mass_messages.get(tx, account.key, found.queue_id, lock=True)
    still = timelines.among(tx, account, found.number, [found.id])
    if not still:
        raise not_found("message", found.id)
    if still[0].bought:
        raise _bought()
    withdrawn = SetKey(SetKind.WITHDRAWN, found.queue_id)
    fan_sets.change(tx, account.key, {withdrawn: (FanSet([found.number]), FanSet())})


def _withdraw_direct(tx: Tx, account: Account, found: Message, now: datetime) -> None:
    if not store.withdraw(tx, account.key, found.id, now=now):
        raise not_found("message", found.id)
    if store.bought_by(tx, account.key, found.number, [found.queue_id]):
        raise _bought()
    chat = chats.hold(tx, account.key, found.number)
    if chat.last_direct_id == found.id:
        newest = chats.newest_message(tx, account.key, found.number, above=chat.cleared_through_id)
        chats.change(tx, account.key, found.number, {"last_direct_id": newest})


def _bought() -> Problem:
    return Problem(Kind.CONFLICT, "message_bought", "The fan bought this message, and keeps it.")
