"""Tips: a fan gives money, with a message that says so in the chat."""

from datetime import datetime

from fancast.core import charges, chat_states
from fancast.core.charges import Charge
from fancast.core.purchases import reference_used
from fancast.model.accounts import Account
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.ids import FanId, MessageId, QueueId
from fancast.model.mass_messages import Content
from fancast.model.messages import Message
from fancast.model.problems import not_found
from fancast.model.purchases import Payment, Tip, check_reference, check_tip
from fancast.model.texts import to_html
from fancast.model.transactions import TransactionType
from fancast.store import events, fan_sets, fans, heads, messages, transactions
from fancast.store import purchases as store
from fancast.store.database import Tx

#: What a payment was for.
PURPOSE = "tip"


def give(
    tx: Tx, account: Account, fan_id: FanId, amount_cents: int, payment_reference: str, *, text: str = "",
    now: datetime,
) -> Tip:  # fmt: skip
    """Take a fan's tip. The same payment again gets the same answer.

    Raises NOT_FOUND, INVALID, CONFLICT payment_reference_used.
    """
    check_reference(payment_reference)
    check_tip(amount_cents, text)
    fan = fans.lock(tx, account.key, fan_id)
    if fan is None:
        raise not_found("fan", fan_id)
    chat = chat_states.hold(tx, account.key, fan.number)
    payment = Payment(payment_reference, PURPOSE, fan.number, None, amount_cents)
    if not store.use_reference(tx, account.key, payment):
        return _again(tx, account, fan, payment)
    charge = Charge(fan, TransactionType.TIP, amount_cents)
    charges.spend(tx, account, charge)
    fans.see(tx, account.key, fan.number, now)
    fan_sets.change(tx, account.key, {**charges.sets(charge), **chat_states.becomes_unread(chat)})
    return _book(tx, account, charge, payment_reference, text, now)


def _book(tx: Tx, account: Account, charge: Charge, reference: str, text: str, now: datetime) -> Tip:
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
    store.add_tip(tx, account.key, made)
    fact = {"message_id": said.id, "transaction_id": line.id, "gross_cents": line.gross_cents,
            "fee_cents": line.fee_cents}  # fmt: skip
    events.add(tx, account.key, head.first_event, EventKind.TIP_RECEIVED, fan.fan_id, fact, now=head.at)
    return made


def _again(tx: Tx, account: Account, fan: Fan, asked: Payment) -> Tip:
    """The answer that this payment got. Raises CONFLICT payment_reference_used."""
    if store.payment(tx, account.key, asked.payment_reference) != asked:
        raise reference_used()
    id, message_id, tipped_at = store.tip_by_reference(tx, account.key, asked.payment_reference)
    line = transactions.get(tx, account.key, id)
    said = messages.get(tx, account.key, message_id)
    assert line is not None, "a tip without its line of the ledger"
    text = said.content.text if said is not None else ""
    return Tip(fan.fan_id, message_id, text, asked.payment_reference, tipped_at, line)
