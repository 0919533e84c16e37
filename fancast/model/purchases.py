"""Purchases and tips: what fans pay for by themselves, each under a payment's reference that stands for it alone."""

from dataclasses import dataclass
from datetime import datetime

from fancast.model.ids import FanId, FanNumber, MessageId, QueueId
from fancast.model.problems import invalid
from fancast.model.transactions import Transaction

LONGEST_REFERENCE = 255
LOWEST_TIP_CENTS, HIGHEST_TIP_CENTS = 100, 100_000
LONGEST_TIP_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Payment:
    """What a reference was used for."""

    payment_reference: str
    #: purchase or tip.
    purpose: str
    number: FanNumber
    #: The message that was bought, or tipped for.
    message_id: MessageId | None
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Purchase:
    """A message that a fan bought."""

    #: The mass message, or the direct message's queue item.
    queue_id: QueueId
    number: FanNumber
    message_id: MessageId
    amount_cents: int
    payment_reference: str
    purchased_at: datetime


@dataclass(frozen=True, slots=True)
class Sale:
    """A purchase with its line of the ledger."""

    purchase: Purchase
    fan_id: FanId
    transaction: Transaction
    from_mass_message: bool


@dataclass(frozen=True, slots=True)
class Tip:
    """A tip with its line of the ledger and the message that carries it."""

    fan_id: FanId
    message_id: MessageId
    text: str
    payment_reference: str
    tipped_at: datetime
    transaction: Transaction
    #: The creator's message that it was for, and the mass message or queue item of that.
    for_message_id: MessageId | None = None
    for_queue_id: QueueId | None = None


def check_reference(reference: str) -> None:
    """Raises Problem(INVALID)."""
    if not 0 < len(reference.strip()) or len(reference) > LONGEST_REFERENCE:
        message = f"payment_reference must have 1 to {LONGEST_REFERENCE} characters."
        raise invalid("payment_reference", message)


def check_tip(amount_cents: int, text: str) -> None:
    """Raises Problem(INVALID)."""
    if not LOWEST_TIP_CENTS <= amount_cents <= HIGHEST_TIP_CENTS:
        raise invalid("amount_cents", f"A tip is from {LOWEST_TIP_CENTS} to {HIGHEST_TIP_CENTS} cents.")
    if len(text) > LONGEST_TIP_TEXT:
        raise invalid(
            "text", f"The text may have at most {LONGEST_TIP_TEXT} characters.", code="text_too_long"
        )
