"""Purchases: a fan buys a message. One transaction, and nothing is sold twice.

Lock order: the mass message's row (by the update that counts the purchase) or the direct message's row → the fan →
the payment's reference and the purchase → chunks → head.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fancast.core import charges, ownership
from fancast.core.charges import Charge
from fancast.model.accounts import Account
from fancast.model.day_totals import DayKind
from fancast.model.events import EventKind
from fancast.model.fan_sets import SetKey, SetKind
from fancast.model.fans import Fan
from fancast.model.ids import FanId, FanNumber, MessageId, QueueId
from fancast.model.mass_messages import Content, State
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.model.purchases import Payment, Purchase, Sale, check_reference
from fancast.model.transactions import TransactionType
from fancast.store import events, fan_sets, fans, heads, mass_messages, messages, steps, transactions
from fancast.store import purchases as store
from fancast.store.database import Tx

#: What a payment was for.
PURPOSE = "purchase"


@dataclass(frozen=True, slots=True)
class _Offer:
    """One fan's message that is for sale, and held."""

    queue_id: QueueId
    message_id: MessageId
    content: Content
    from_mass_message: bool


def buy(
    tx: Tx, account: Account, fan_id: FanId, message_id: int, payment_reference: str, *,
    amount_cents: int | None = None, now: datetime,
) -> Sale:  # fmt: skip
    """Sell a message to the fan whose chat holds it. The same payment again gets the same answer.

    Raises NOT_FOUND; INVALID amount_differs; CONFLICT payment_reference_used, not_for_sale, message_unsent,
    already_bought, already_owned.
    """
    check_reference(payment_reference)
    known = store.payment(tx, account.key, payment_reference)
    fan = _fan(tx, account, fan_id)
    if known is not None:
        return _again(tx, account, fan, known, message_id, amount_cents)
    offer = _claim(tx, account, fan, message_id)
    fan = _held(tx, account, fan_id)
    # Seen anew under the locks: the same payment may have come in beside this one.
    known = store.payment(tx, account.key, payment_reference)
    if known is not None:
        if offer.from_mass_message:
            store.uncount_copy(tx, account.key, offer.queue_id)
        return _again(tx, account, fan, known, message_id, amount_cents)
    _check(tx, account, fan, offer, amount_cents)
    return _sell(tx, account, fan, offer, payment_reference, now)


def buyers(
    tx: Tx, account: Account, queue_id: QueueId, *, after: FanId | None = None, offset: int = 0, limit: int
) -> list[tuple[Fan, Purchase]]:
    """Who bought a mass message or a direct message, the newest purchase first, below that of the fan `after`.

    Ask for one more than shown to learn of a rest. Raises INVALID unknown_marker.
    """
    last = None
    if after is not None:
        buyer = fans.get(tx, account.key, after)
        last = None if buyer is None else store.get(tx, account.key, queue_id, buyer.number)
        if last is None:
            raise invalid("marker", "marker must be that of a page of these buyers.", code="unknown_marker")
    found = store.page(tx, account.key, queue_id, after=last, offset=offset, limit=limit)
    people = {fan.number: fan for fan in fans.get_many(tx, account.key, [one.number for one in found])}
    return [(people[one.number], one) for one in found]


def bought(tx: Tx, account: Account, queue_ids: Sequence[QueueId]) -> set[QueueId]:
    """Which of these direct messages were bought."""
    return store.bought(tx, account.key, queue_ids)


# ---- what is for sale


def _claim(tx: Tx, account: Account, fan: Fan, message_id: int) -> _Offer:
    """Hold the row that the sale hangs on. Raises NOT_FOUND, CONFLICT."""
    direct = messages.lock(tx, account.key, message_id)
    if direct is not None:
        if direct.number != fan.number or direct.from_fan:
            raise not_found("message", message_id)
        if not direct.content.price_cents:
            raise _not_for_sale()
        return _Offer(direct.queue_id, direct.id, direct.content, from_mass_message=False)
    step = steps.of_message(tx, account.key, message_id)
    if step is None or step.number_of(message_id) != fan.number:
        raise not_found("message", message_id)
    content = store.count_copy(tx, account.key, step.mass_message_id, fan.number)
    if content is None:
        raise _why_not(tx, account, step.mass_message_id, message_id)
    _demand_copy(tx, account, step.mass_message_id, fan.number, message_id)
    return _Offer(step.mass_message_id, MessageId(message_id), content, from_mass_message=True)


def _why_not(tx: Tx, account: Account, id: QueueId, message_id: int) -> Problem:
    seen = mass_messages.get(tx, account.key, id)
    if seen is not None and seen.state is State.UNSENT:
        return Problem(Kind.CONFLICT, "message_unsent", "This message was taken back; it is not for sale.")
    if seen is not None and not seen.content.price_cents:
        return _not_for_sale()
    return not_found("message", message_id)


def _demand_copy(tx: Tx, account: Account, id: QueueId, number: FanNumber, message_id: int) -> None:
    """The fan was among those reached, and the copy is still there. Raises NOT_FOUND."""
    reached = fan_sets.holds(tx, account.key, SetKey(SetKind.TO, id), number)
    if not reached or fan_sets.holds(tx, account.key, SetKey(SetKind.WITHDRAWN, id), number):
        raise not_found("message", message_id)


def _check(tx: Tx, account: Account, fan: Fan, offer: _Offer, amount_cents: int | None) -> None:
    """Raises INVALID amount_differs, CONFLICT already_bought or already_owned."""
    price = offer.content.price_cents
    if amount_cents is not None and amount_cents != price:
        message = f"amount_cents must be the message's price, {price}."
        raise invalid("amount_cents", message, code="amount_differs", price_cents=price)
    if store.get(tx, account.key, offer.queue_id, fan.number) is not None:
        raise Problem(Kind.CONFLICT, "already_bought", "This fan has bought this message already.")
    given = offer.from_mass_message and fan_sets.holds(
        tx, account.key, SetKey(SetKind.UNLOCKED_FREE, offer.queue_id), fan.number
    )
    if given or ownership.owns_all(tx, account.key, fan.number, offer.content.paid_media_ids):
        message = "This fan owns all that this message would unlock already."
        raise Problem(Kind.CONFLICT, "already_owned", message)


def _not_for_sale() -> Problem:
    return Problem(Kind.CONFLICT, "not_for_sale", "This message has no price: nothing of it is locked.")


# ---- the sale


def _sell(tx: Tx, account: Account, fan: Fan, offer: _Offer, reference: str, now: datetime) -> Sale:
    price = offer.content.price_cents
    charge = Charge(fan, TransactionType.MESSAGE, price, offer.queue_id, offer.message_id)
    charges.spend(tx, account, charge)
    fans.see(tx, account.key, fan.number, now)
    payment = Payment(reference, PURPOSE, fan.number, offer.message_id, price)
    if not store.use_reference(tx, account.key, payment):
        raise reference_used()
    made = Purchase(offer.queue_id, fan.number, offer.message_id, price, reference, now)
    store.add(tx, account.key, made)
    ownership.give(tx, account.key, fan.number, offer.content.paid_media_ids, charges.sets(charge))
    head = heads.take(tx, account.key, ids=1, events=2, at=now)
    kind = DayKind.MASS_MESSAGE_PURCHASE if offer.from_mass_message else DayKind.DIRECT_PURCHASE
    line = charges.book(
        tx, account, charge, head, id=head.first_id, event=head.first_event + 1, kinds=(kind,)
    )
    fact = {"message_id": made.message_id, "queue_id": made.queue_id, "transaction_id": line.id,
            "gross_cents": line.gross_cents, "fee_cents": line.fee_cents}  # fmt: skip
    events.add(tx, account.key, head.first_event, EventKind.MESSAGE_UNLOCKED, fan.fan_id, fact, now=head.at)
    return Sale(made, fan.fan_id, line, offer.from_mass_message)


def _again(
    tx: Tx, account: Account, fan: Fan, known: Payment, message_id: int, amount_cents: int | None
) -> Sale:
    """The answer that this payment got. Raises CONFLICT payment_reference_used."""
    same = (known.purpose, known.number, known.message_id) == (PURPOSE, fan.number, message_id)
    if not same or amount_cents not in (None, known.amount_cents):
        raise reference_used()
    made = store.get_by_reference(tx, account.key, known.payment_reference)
    assert made is not None, "a payment for a purchase without the purchase"
    line = transactions.of_message(tx, account.key, fan.number, made.message_id)
    copied = mass_messages.get(tx, account.key, made.queue_id) is not None
    return Sale(made, fan.fan_id, line, from_mass_message=copied)


def reference_used() -> Problem:
    return Problem(
        Kind.CONFLICT, "payment_reference_used", "This payment reference stands for another payment already.",
        field="payment_reference",
    )  # fmt: skip


def _fan(tx: Tx, account: Account, fan_id: FanId) -> Fan:
    fan = fans.get(tx, account.key, fan_id)
    if fan is None:
        raise not_found("fan", fan_id)
    return fan


def _held(tx: Tx, account: Account, fan_id: FanId) -> Fan:
    fan = fans.lock(tx, account.key, fan_id)
    if fan is None:
        raise not_found("fan", fan_id)
    return fan
