"""Sending: freeze the audience once, then move a watermark through it. The heart; keep it small.

A step delivers to the next stretch of fan numbers and commits, under the watermark it saw, the new watermark, the
counters, one event and its row. So a kill anywhere leaves the watermark where the last commit put it, a pause or
cancel acts at the next step, and nobody is doubled: a set cannot hold a fan twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fancast.core import audiences
from fancast.core.pacing import Allowance
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.audiences import Resolved
from fancast.model.events import EventKind
from fancast.model.fan_sets import SKIP_REASONS, FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber
from fancast.model.mass_messages import MassMessage, State
from fancast.model.steps import Step
from fancast.store import accounts, events, fan_sets, heads, mass_messages
from fancast.store.database import Tx

#: An unfinished mass message is looked at again after this, whatever became of its job.
LOOK_AGAIN = timedelta(seconds=5)
_LONGEST_DELAY_SECONDS = 60
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Due:
    """The oldest mass message of an account with something to do, and its audience where that is to be frozen."""

    account: Account
    mass_message: MassMessage
    resolved: Resolved | None


def take_up(tx: Tx, account: AccountKey) -> None:
    """Say that somebody looks now. In a transaction of its own, before the look: who commits later hints again."""
    heads.clear_hint(tx, account)


def accounts_due(tx: Tx, *, now: datetime, limit: int = 5_000) -> list[AccountKey]:
    """Accounts with work due, or with a hint that nobody took up."""
    due = mass_messages.accounts_due(tx, now, limit)
    return list(dict.fromkeys([*due, *heads.hinted_before(tx, now - LOOK_AGAIN)]))


def clock_was_set_back(tx: Tx, *, now: datetime) -> bool:
    """Whether anything under way waits for a moment that this clock reaches only much later."""
    return mass_messages.any_ahead(tx, now)


def go_on_after_clock(tx: Tx, *, now: datetime) -> None:
    """Let what was under way when the clock was set back go on at once."""
    mass_messages.bring_back(tx, now)


def hint(tx: Tx, account: AccountKey, *, now: datetime) -> None:
    """Owe a look at this account, unless one is owed already."""
    heads.take(tx, account, hint_at=now)


def renew_lost_hints(tx: Tx, *, now: datetime) -> None:
    """Owe anew what was hinted so long ago that its job must be lost."""
    heads.renew_hints(tx, now - LOOK_AGAIN, now=now)


def look(tx: Tx, account: AccountKey, *, now: datetime) -> MassMessage | None:
    """The oldest mass message of an account that has something to do now."""
    return mass_messages.next_due(tx, account, now)


def plan(tx: Tx, account: AccountKey, found: MassMessage, *, now: datetime) -> Due:
    """What is to be done. Reads the snapshot of `look`; the freeze writes later, under the revision seen there."""
    owner = accounts.get(tx, account)
    if found.state not in (State.SCHEDULED, State.QUEUED):
        return Due(owner, found, None)
    paid = found.content.paid_media_ids if found.content.price_cents else ()
    named = audiences.named_key(found.id)
    return Due(owner, found, audiences.resolve(tx, owner, found.audience, named, paid, now=now))


def stumble(tx: Tx, account: AccountKey, seen: MassMessage, reason: str, *, now: datetime) -> None:
    """Note why it did not go on, and when it is tried again: after 1, 2, 4 … up to 60 seconds."""
    delay = min(2**seen.attempts, _LONGEST_DELAY_SECONDS)
    values = {
        "trouble": reason[:_LONGEST_REASON], "attempts": min(seen.attempts + 1, 30),
        "due_at": now + timedelta(seconds=delay),
    }  # fmt: skip
    mass_messages.change(tx, account, seen, values)


def work(tx: Tx, due: Due, *, now: datetime) -> None:
    """Do what is due: freeze, deliver a step, or take back. Does nothing when somebody else was first."""
    if due.resolved is not None:
        _freeze(tx, due.account, due.mass_message, due.resolved, now)
    elif due.mass_message.state is State.SENDING:
        _step(tx, due.account, due.mass_message, now)
    elif due.mass_message.state is State.DONE:
        take_back(tx, due.account, due.mass_message, now=now)


def take_back(tx: Tx, account: Account, seen: MassMessage, *, now: datetime) -> bool:
    """Unsend: pending ones never go out, delivered ones vanish for all but buyers. False when it changed meanwhile."""
    values = {"state": State.UNSENT, "unsent_at": now, "cancelled": seen.cancelled + seen.pending, "due_at": None,
              "finished_at": seen.finished_at or now}  # fmt: skip
    if not mass_messages.change(tx, account.key, seen, values):
        return False
    head = heads.take(tx, account.key, events=1)
    fact = {"withdrawn": seen.sent - seen.purchased, "kept": seen.purchased, "cancelled": seen.pending}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_UNSENT, seen.id, fact, now=now)
    return True


def to_key(mass_message_id: int) -> SetKey:
    """The frozen audience."""
    return SetKey(SetKind.TO, mass_message_id)


# ---- freeze


def _freeze(tx: Tx, account: Account, seen: MassMessage, resolved: Resolved, now: datetime) -> None:
    skipped = sum(len(fans) for fans in resolved.skipped.values())
    nobody = not resolved.to
    queued_at = seen.queued_at or seen.scheduled_at or now
    values = {
        "state": State.DONE if nobody else State.SENDING, "total": len(resolved.to) + skipped, "skipped": skipped,
        "started_at": now, "queued_at": queued_at, "due_at": None if nobody else now,
        "trouble": None, "attempts": 0,
        "finished_at": now if nobody else None, "late_by_ms": _late_by_ms(seen, now),
        "paced_until_us": int(now.timestamp() * 1_000_000),
    }  # fmt: skip
    if not mass_messages.change(tx, account.key, seen, values):
        return
    head = heads.take(tx, account.key, events=1)
    fan_sets.create(tx, account.key, to_key(seen.id), resolved.to)
    for reason, fans in resolved.skipped.items():
        fan_sets.create(tx, account.key, SetKey(SKIP_REASONS[reason], seen.id), fans)
    if resolved.unlocked_free:
        fan_sets.create(tx, account.key, SetKey(SetKind.UNLOCKED_FREE, seen.id), resolved.unlocked_free)
    fact = {"total": len(resolved.to) + skipped, "skipped": skipped}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_STARTED, seen.id, fact, now=now)


def _late_by_ms(seen: MassMessage, now: datetime) -> int:
    if seen.scheduled_at is None or seen.queued_at is not None:
        return 0
    return max(0, int((now - seen.scheduled_at) / timedelta(milliseconds=1)))


# ---- deliver


def _step(tx: Tx, account: Account, seen: MassMessage, now: datetime) -> None:
    allowance = Allowance(tx, account, seen, now)
    allowed = allowance.count
    values: dict[str, Any]
    if allowed == 0:
        # Spending nothing still takes a mark from a clock that was set back since to this clock's now.
        values = {"due_at": allowance.next_at, "paced_until_us": allowance.spend(0)}
        mass_messages.advance(tx, account.key, seen, values)
        return
    stretch = fan_sets.after(tx, account.key, to_key(seen.id), seen.watermark, allowed)
    left_out = _left_out(tx, account.key, seen, stretch)
    going = stretch - sets.union(left_out.values())
    done = len(stretch) >= seen.pending
    values = {
        "watermark": stretch.max() if stretch else seen.watermark, "sent": seen.sent + len(going),
        "skipped": seen.skipped + len(stretch) - len(going), "last_step_at": now,
        "due_at": allowance.next_at, "paced_until_us": allowance.spend(len(stretch)),
        "trouble": None, "attempts": 0,
    }  # fmt: skip
    if done:
        values |= {"state": State.DONE, "revision": seen.revision + 1, "finished_at": now,
                   "due_at": _unsend_due(seen, now)}  # fmt: skip
    if not mass_messages.advance(tx, account.key, seen, values):
        raise Overtaken
    _move(tx, account.key, seen, left_out)
    _deliver(tx, account.key, seen, going, done, now)


class Overtaken(Exception):
    """Somebody else moved this mass message first; the transaction is rolled back and looked at again."""


def _left_out(tx: Tx, account: AccountKey, seen: MassMessage, stretch: FanSet) -> dict[str, FanSet]:
    """Fans of the stretch who since the freeze were blocked or deleted, or came to own all the paid media."""
    if not stretch:
        return {}
    low, high = stretch.min(), stretch.max()
    found = {
        "blocked": fan_sets.between(tx, account, audiences.BLOCKED, low, high) & stretch,
        "deleted": fan_sets.between(tx, account, audiences.DELETED, low, high) & stretch,
    }
    found["deleted"] -= found["blocked"]
    paid = seen.content.paid_media_ids if seen.content.price_cents else ()
    if paid:
        owners = [fan_sets.between(tx, account, SetKey(SetKind.OWNERS, media), low, high) for media in paid]
        free = fan_sets.between(tx, account, SetKey(SetKind.UNLOCKED_FREE, seen.id), low, high)
        owning = FanSet.intersection(stretch, *owners) - free
        found["owns_media"] = owning - found["blocked"] - found["deleted"]
    return {reason: fans for reason, fans in found.items() if fans}


def _move(tx: Tx, account: AccountKey, seen: MassMessage, left_out: dict[str, FanSet]) -> None:
    if not left_out:
        return
    nobody = FanSet()
    changes = {SetKey(SKIP_REASONS[reason], seen.id): (fans, nobody) for reason, fans in left_out.items()}
    changes[to_key(seen.id)] = (nobody, sets.union(left_out.values()))
    fan_sets.change(tx, account, changes)


def _deliver(
    tx: Tx, account: AccountKey, seen: MassMessage, going: FanSet, done: bool, now: datetime
) -> None:
    """Give the stretch its message ids and tell it. From the head on only new rows."""
    span = going.max() - going.min() + 1 if going else 0
    head = heads.take(tx, account, ids=span, events=1, at=now)
    fact: dict[str, Any] = {"count": len(going), "done": done}
    if going:
        step = Step(
            mass_message_id=seen.id, first_id=head.first_id, from_number=FanNumber(going.min()),
            to_number=FanNumber(going.max()), count=len(going), sent_at=head.at,
        )  # fmt: skip
        mass_messages.add_step(tx, account, step)
        fact |= {"from": step.from_number, "to": step.to_number, "first_id": step.first_id}
    events.add(tx, account, head.first_event, EventKind.MASS_MESSAGE_STEP, seen.id, fact, now=head.at)


def _unsend_due(seen: MassMessage, now: datetime) -> datetime | None:
    return None if seen.unsend_after_seconds is None else now + timedelta(seconds=seen.unsend_after_seconds)


# ---- reading what was sent


def skipped_sets(tx: Tx, account: AccountKey, mass_message_id: int) -> dict[str, FanSet]:
    """Everybody left out, by reason."""
    keys = {reason: SetKey(kind, mass_message_id) for reason, kind in SKIP_REASONS.items()}
    stored = fan_sets.load_many(tx, account, keys.values())
    return {reason: stored[key] for reason, key in keys.items()}


def skipped_counts(tx: Tx, account: AccountKey, mass_message_id: int) -> dict[str, int]:
    """How many were left out, by reason; reasons of nobody are absent."""
    keys = {reason: SetKey(kind, mass_message_id) for reason, kind in SKIP_REASONS.items()}
    sizes = fan_sets.sizes(tx, account, keys.values())
    return {reason: sizes[key] for reason, key in keys.items() if sizes[key]}


def reached(tx: Tx, account: AccountKey, seen: MassMessage) -> FanSet:
    """Everybody it was delivered to so far."""
    return sets.clamp(fan_sets.load(tx, account, to_key(seen.id)), 0, seen.watermark + 1)


def still_to_come(tx: Tx, account: AccountKey, seen: MassMessage) -> FanSet:
    return sets.above(fan_sets.load(tx, account, to_key(seen.id)), seen.watermark)
