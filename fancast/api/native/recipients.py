"""Recipients: every fan of a fixed audience, with an outcome."""

from typing import Annotated

from msgspec import Meta, field

from fancast.api.faces import Answer, Call
from fancast.api.native.values import (
    Moment,
    Told,
    account_of,
    mass_message_id,
    read_after,
    read_limit,
    write_page,
)
from fancast.core import recipients
from fancast.core.recipients import Outcome, Recipient
from fancast.kit.times import maybe_zulu
from fancast.model.problems import invalid
from fancast.store.database import Tx

CURSOR = "recipients"
HIGHEST_LIMIT = 10_000


class ToldRecipient(Told):
    fan_id: int
    outcome: Outcome
    reason: Annotated[
        str | None,
        Meta(
            description="Why it was skipped (owns_media, blocked, deleted) or cancelled (cancelled, unsent). Null for "
            "sent and pending ones: what all pending ones wait for is the mass message's `waits_for`."
        ),
    ]
    message_id: Annotated[int | None, Meta(description="The fan's copy; null until it is sent.")]
    sent_at: Moment | None


class ToldRecipients(Told):
    """In order of the fans' arrival: all whom the rules selected when the audience was fixed. Who could not be reached
    then, being blocked, deleted or unreachable, or was on a list left out, is counted by the preview alone."""

    items: list[ToldRecipient] = field(name="list")
    next: str | None


def read_outcome(call: Call) -> Outcome | None:
    """Raises Problem(INVALID) for one that there is not."""
    word = call.query.text("outcome")
    try:
        return Outcome(word) if word else None
    except ValueError as error:
        raise invalid("outcome", f"outcome is one of {', '.join(Outcome)}.") from error


def write_recipient(found: Recipient) -> ToldRecipient:
    return ToldRecipient(
        fan_id=found.fan_id, outcome=found.outcome, reason=found.reason, message_id=found.message_id,
        sent_at=maybe_zulu(found.sent_at),
    )  # fmt: skip


def page(tx: Tx, call: Call) -> Answer:
    limit, after = read_limit(call, highest=HIGHEST_LIMIT), read_after(call, CURSOR)
    found = recipients.page(
        tx, account_of(call), mass_message_id(call), outcome=read_outcome(call),
        after=-1 if after is None else after, limit=limit + 1,
    )  # fmt: skip
    return Answer(write_page(CURSOR, found, limit, write_recipient, lambda one: one.number))
