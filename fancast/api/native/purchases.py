"""Purchases and tips: the platform tells what a fan paid for."""

from typing import Annotated

from msgspec import Meta

from fancast.api.faces import Answer, Call
from fancast.api.native.values import Cents, Id, Moment, Sent, Told, account_of, fan_id, read_body
from fancast.core import purchases, tips
from fancast.kit.times import zulu_text
from fancast.model.purchases import HIGHEST_TIP_CENTS, LONGEST_REFERENCE, LOWEST_TIP_CENTS, Sale, Tip
from fancast.model.transactions import Transaction
from fancast.store.database import Tx

Reference = Annotated[
    str,
    Meta(
        min_length=1, max_length=LONGEST_REFERENCE,
        description="Stands for this payment alone: sent again, it gets the same answer and pays nothing more.",
    ),
]  # fmt: skip


class SentPurchase(Sent):
    """A fan bought a message, a copy or a direct one."""

    message_id: Annotated[Id, Meta(description="As the fan's chat shows it.")]
    payment_reference: Reference
    amount_cents: Annotated[
        int | None, Meta(description="What was paid; refused unless it is the price.")
    ] = None


class SentTip(Sent):
    """A fan gave money."""

    amount_cents: Annotated[int, Meta(ge=LOWEST_TIP_CENTS, le=HIGHEST_TIP_CENTS)]
    payment_reference: Reference
    text: Annotated[str, Meta(description="What the fan says with it.")] = ""
    message_id: Annotated[
        Id | None, Meta(description="The creator's message that it is for, as the fan's chat shows it.")
    ] = None


class ToldPayment(Told):
    """A line of the ledger: net is gross without the network's fee."""

    transaction_id: int
    fan_id: int
    message_id: int
    payment_reference: str
    gross_cents: Cents
    fee_cents: Cents
    net_cents: Cents


class ToldPurchase(ToldPayment):
    mass_message_id: Annotated[int | None, Meta(description="Whose copy it is; null for a direct message.")]
    purchased_at: Moment


class ToldTip(ToldPayment):
    """`message_id` is the message of the chat that the tip itself is."""

    text: str
    for_message_id: Annotated[int | None, Meta(description="The creator's message that it was for.")]
    tipped_at: Moment


def write_purchase(made: Sale) -> ToldPurchase:
    bought = made.purchase
    return ToldPurchase(
        **_payment(made.transaction), fan_id=made.fan_id, message_id=bought.message_id,
        payment_reference=bought.payment_reference,
        mass_message_id=bought.queue_id if made.from_mass_message else None,
        purchased_at=zulu_text(bought.purchased_at),
    )  # fmt: skip


def write_tip(made: Tip) -> ToldTip:
    return ToldTip(
        **_payment(made.transaction), fan_id=made.fan_id, message_id=made.message_id,
        payment_reference=made.payment_reference, text=made.text, for_message_id=made.for_message_id,
        tipped_at=zulu_text(made.tipped_at),
    )  # fmt: skip


def _payment(line: Transaction) -> dict[str, int]:
    return {
        "transaction_id": line.id, "gross_cents": line.gross_cents, "fee_cents": line.fee_cents,
        "net_cents": line.net_cents,
    }  # fmt: skip


def buy(tx: Tx, call: Call) -> Answer:
    sent = read_body(call, SentPurchase)
    made = purchases.buy(
        tx, account_of(call), fan_id(call), sent.message_id, sent.payment_reference, amount_cents=sent.amount_cents,
        now=call.now,
    )  # fmt: skip
    return Answer(write_purchase(made), 201)


def tip(tx: Tx, call: Call) -> Answer:
    sent = read_body(call, SentTip)
    made = tips.give(
        tx, account_of(call), fan_id(call), sent.amount_cents, sent.payment_reference, message_id=sent.message_id,
        text=sent.text, now=call.now,
    )  # fmt: skip
    return Answer(write_tip(made), 201)
