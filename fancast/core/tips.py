"""Tips: a fan gives money, with a message that says so in the chat; for a message of the creator's if it names one.

Lock order: the media of the message that it is for → the fan → the chat → the payment's reference → chunks → head.
"""

from dataclasses import replace
from datetime import datetime

from fancast.core import charges, chat_states
from fancast.core import messages as core_messages
from fancast.core.charges import Charge
from fancast.core.purchases import reference_used
from fancast.model.accounts import Account
from fancast.model.chats import Side
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.ids import FanId, MessageId, QueueId
from fancast.model.mass_messages import Content
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem, not_found
from fancast.model.purchases import Payment, Tip, check_reference, check_tip
from fancast.model.texts import to_html
from fancast.model.transactions import TransactionType
from fancast.store import events, fan_sets, fans, heads, media, messages, transactions
from fancast.store import purchases as store
from fancast.store.database import Tx

#: What a payment was for.
PURPOSE = "tip"


def give(
    tx: Tx, account: Account, fan_id: FanId, amount_cents: int, payment_reference: str, *,
    message_id: int | None = None, text: str = "", now: datetime,
) -> Tip:  # fmt: skip
    """Take a fan's tip, for one of the creator's messages that the fan may see if `message_id` says which.

    Each media item of that message then counts the whole amount, as it counts likes. The same payment again gets
    the same answer, also when that message is gone since.
    Raises NOT_FOUND, INVALID, CONFLICT payment_reference_used or own_message.
    """
    check_reference(payment_reference)
    check_tip(amount_cents, text)
    known, tipped = _tipped(tx, account, fan_id, message_id, payment_reference)
    if tipped is not None:
        media.hold(tx, account.key, tipped.content.media_ids)
    fan = fans.lock(tx, account.key, fan_id)
    if fan is None:
        raise not_found("fan", fan_id)
    payment = Payment(
        payment_reference, PURPOSE, fan.number, None if message_id is None else MessageId(message_id), amount_cents
    )  # fmt: skip
    if known:
        return _again(tx, account, fan, payment)
    chat = chat_states.hold(tx, account.key, fan.number)
    # Seen anew under the locks: the same payment may have come in beside this one.
    if not store.use_reference(tx, account.key, payment):
        return _again(tx, account, fan, payment)
    charge = Charge(fan, TransactionType.TIP, amount_cents)
    charges.spend(tx, account, charge)
    fans.see(tx, account.key, fan.number, now)
    if tipped is not None:
        media.tip(tx, account.key, tipped.content.media_ids, amount_cents)
    fan_sets.change(tx, account.key, {**charges.sets(charge), **chat_states.becomes_unread(chat)})
    return _book(tx, account, charge, payment_reference, text, tipped, now)


def _tipped(
    tx: Tx, account: Account, fan_id: FanId, message_id: int | None, reference: str
) -> tuple[bool, Message | None]:
    """Whether this payment was told before, and else the message that the tip is for. Raises NOT_FOUND, CONFLICT."""
    if message_id is None:
        return False, None
    if store.payment(tx, account.key, reference) is not None:
        return True, None
    fan = fans.get(tx, account.key, fan_id)
    if fan is None:
        raise not_found("fan", fan_id)
    found = core_messages.get(tx, account, fan, message_id, side=Side.FAN)
    if found.from_fan:
        message = "A fan tips for what the creator sent; this message is the fan's own."
        raise Problem(Kind.CONFLICT, "own_message", message, field="message_id")
    return False, found


def _book(
    tx: Tx, account: Account, charge: Charge, reference: str, text: str, tipped: Message | None, now: datetime
) -> Tip:
    fan = charge.fan
    head = heads.take(tx, account.key, ids=3, events=2, at=now)
    said = Message(
        id=MessageId(head.first_id + 1), queue_id=QueueId(head.first_id), number=fan.number, content=Content(text),
        html=to_html(text, Content(text).format), from_fan=True, from_mass_message=False, created_at=head.at,
        tip_cents=charge.gross_cents,
    )  # fmt: skip
    messages.add(tx, account.key, said, key_id=None)
    chat_states.wrote(tx, account.key, fan.number, said.id, from_fan=True)
    told = Charge(fan, charge.type, charge.gross_cents, said.queue_id, said.id)
    line = charges.book(tx, account, told, head, id=head.first_id + 2, event=head.first_event + 1)
    made = Tip(fan.fan_id, said.id, text, reference, head.at, line)
    if tipped is not None:
        made = replace(made, for_message_id=tipped.id, for_queue_id=tipped.queue_id)
    store.add_tip(tx, account.key, made)
    fact = {"message_id": said.id, "transaction_id": line.id, "gross_cents": line.gross_cents,
            "fee_cents": line.fee_cents}  # fmt: skip
    if tipped is not None:
        fact |= {"for_message_id": tipped.id, "for_queue_id": tipped.queue_id}
    events.add(tx, account.key, head.first_event, EventKind.TIP_RECEIVED, fan.fan_id, fact, now=head.at)
    return made


def _again(tx: Tx, account: Account, fan: Fan, asked: Payment) -> Tip:
    """The answer that this payment got. Raises CONFLICT payment_reference_used."""
    if store.payment(tx, account.key, asked.payment_reference) != asked:
        raise reference_used()
    id, message_id, for_queue_id, tipped_at = store.tip_by_reference(tx, account.key, asked.payment_reference)
    line = transactions.get(tx, account.key, id)
    said = messages.get(tx, account.key, message_id)
    assert line is not None, "a tip without its line of the ledger"
    text = said.content.text if said is not None else ""
    return Tip(
        fan.fan_id, message_id, text, asked.payment_reference, tipped_at, line, asked.message_id, for_queue_id
    )  # fmt: skip
