"""Recipients: every fan of a fixed audience has an outcome, and a reason where it will not be `sent`.

Listed are those whom the rules selected when it was fixed: who was blocked, deleted or unreachable already, or on a
list left out, was never in it and has no row (`core.audiences.preview` counts them, rule by rule). Sent and pending
ones have no reason; what pending ones wait for is the same for all, and stands on the mass message.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fancast.core import mass_messages, sending
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet
from fancast.model.ids import FanId, FanNumber, MessageId, QueueId
from fancast.model.mass_messages import MassMessage
from fancast.model.steps import Step
from fancast.store import fans
from fancast.store import steps as store_steps
from fancast.store.database import Tx


class Outcome(StrEnum):
    SENT = "sent"
    PENDING = "pending"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    #: Refused by an upstream network; the local network refuses nobody.
    FAILED = "failed"
    #: An upstream did not say; never sent again by itself.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Recipient:
    number: FanNumber
    fan_id: FanId
    outcome: Outcome
    #: Of a skipped one a key of `SKIP_REASONS`; of a cancelled one `cancelled` or `unsent`.
    reason: str | None
    message_id: MessageId | None
    sent_at: datetime | None


def page(
    tx: Tx, account: Account, id: QueueId, *, outcome: Outcome | None = None, after: int = -1, limit: int
) -> list[Recipient]:
    """In order of fan number, after one. Ask for one more than shown to learn of a rest. Raises NOT_FOUND."""
    seen = mass_messages.get(tx, account, id)
    if seen.total is None:
        return []
    skipped = sending.skipped_sets(tx, account.key, id)
    parts = _parts(tx, account, seen, skipped)
    wanted = parts[outcome] if outcome is not None else sets.union(parts.values())
    numbers = [FanNumber(number) for number in sets.first(sets.above(wanted, after), limit)]
    steps = _Steps(store_steps.of(tx, account.key, id))
    fan_ids = fans.ids_of(tx, account.key, numbers)
    whys = {**skipped, _why_cancelled(seen): parts[Outcome.CANCELLED]}
    return [_recipient(number, fan_ids[number], parts, whys, steps) for number in numbers]


def _why_cancelled(seen: MassMessage) -> str:
    """What stopped it. A later unsend of one that was cancelled before stopped nobody."""
    by_unsend = seen.unsent_at is not None and seen.unsent_at == seen.finished_at
    return "unsent" if by_unsend else "cancelled"


def _parts(tx: Tx, account: Account, seen: MassMessage, skipped: dict[str, FanSet]) -> dict[Outcome, FanSet]:
    rest = sending.still_to_come(tx, account.key, seen)
    ended = seen.cancelled > 0
    return {
        Outcome.SENT: sending.reached(tx, account.key, seen),
        Outcome.PENDING: FanSet() if ended else rest,
        Outcome.CANCELLED: rest if ended else FanSet(),
        Outcome.SKIPPED: sets.union(skipped.values()),
        Outcome.FAILED: FanSet(),
        Outcome.UNKNOWN: FanSet(),
    }


def _recipient(
    number: FanNumber,
    fan_id: FanId,
    parts: dict[Outcome, FanSet],
    whys: dict[str, FanSet],
    steps: "_Steps",
) -> Recipient:
    outcome = next(outcome for outcome, fans in parts.items() if number in fans)
    reason = next((reason for reason, fans in whys.items() if number in fans), None)
    step = steps.of(number) if outcome is Outcome.SENT else None
    return Recipient(
        number=number, fan_id=fan_id, outcome=outcome, reason=reason,
        message_id=step.message_id(number) if step else None, sent_at=step.sent_at if step else None,
    )  # fmt: skip


class _Steps:
    """The steps of one mass message, in order of fan number: a long paced one has tens of thousands."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._begins = [step.from_number for step in steps]

    def of(self, number: FanNumber) -> Step:
        """The step that delivered to this fan."""
        return self._steps[bisect_right(self._begins, number) - 1]
