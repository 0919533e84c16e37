"""Sending: freeze the audience once, then move a watermark through it. The heart; keep it small.

A step delivers to the next stretch of fan numbers and commits, under the watermark it saw, the new watermark, the
counters, one event and its row; what has no pace is frozen and delivered whole in one transaction. So a kill
anywhere leaves the watermark where the last commit put it, a pause or cancel acts at the next step, and nobody is
doubled: a set cannot hold a fan twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from fancast.core import arrivals, audiences
from fancast.core.arrivals import Waiting
from fancast.core.pacing import Allowance
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.audiences import Resolved
from fancast.model.events import EventKind
from fancast.model.fan_sets import SKIP_REASONS, FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber, QueueId
from fancast.model.mass_messages import MassMessage, State
from fancast.model.steps import Step
from fancast.store import accounts, events, fan_sets, heads, mass_messages, steps
from fancast.store.database import Tx
from fancast.store.events import Fact
from fancast.store.heads import Head

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
    #: Its media are not here: it cannot be frozen yet, or never.
    waiting: Waiting | None = None


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


def hint_again(tx: Tx, account: AccountKey, *, now: datetime) -> bool:
    """Owe a further look at an account that has had its turn. Whether the caller shall see to it."""
    return heads.hint_again(tx, account, now=now)


def hint_many(tx: Tx, accounts: Sequence[AccountKey], *, now: datetime) -> None:
    """Owe a look at each of these, unless one is owed already."""
    heads.hint_many(tx, accounts, now=now)


def renew_lost_hints(tx: Tx, *, now: datetime) -> None:
    """Owe anew what was hinted so long ago that its job must be lost."""
    heads.renew_hints(tx, now - LOOK_AGAIN, now=now)


def any_due(tx: Tx, account: AccountKey, *, now: datetime) -> bool:
    """Whether an account has something to do now."""
    return mass_messages.any_due(tx, account, now)


def look(tx: Tx, account: AccountKey, *, now: datetime) -> MassMessage | None:
    """The oldest mass message of an account that has something to do now."""
    return mass_messages.next_due(tx, account, now)


def plan(tx: Tx, account: AccountKey, found: MassMessage, *, now: datetime) -> Due:
    """What is to be done. Reads the snapshot of `look`; the freeze writes later, under the revision seen there."""
    owner = accounts.get(tx, account)
    if found.state not in (State.SCHEDULED, State.QUEUED):
        return Due(owner, found, None)
    waiting = arrivals.look(tx, owner, found.content.media_ids) if found.awaits_media else None
    if waiting is not None:
        return Due(owner, found, None, waiting)
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
    if due.waiting is not None:
        arrivals.put_off(tx, due.account, due.mass_message, due.waiting, now=now)
    elif due.resolved is not None:
        _freeze(tx, due.account, due.mass_message, due.resolved, now)
    elif due.mass_message.state is State.SENDING:
        _step(tx, due.account, due.mass_message, now)
    elif due.mass_message.state in (State.DONE, State.CANCELLED):
        take_back(tx, due.account, due.mass_message, now=now)


def take_back(tx: Tx, account: Account, seen: MassMessage, *, now: datetime) -> bool:
    """Unsend: pending ones never go out, delivered ones vanish for all but buyers. False when it changed meanwhile."""
    values = {"state": State.UNSENT, "unsent_at": now, "cancelled": seen.cancelled + seen.pending, "due_at": None,
              "finished_at": seen.finished_at or now}  # fmt: skip
    if not mass_messages.change(tx, account.key, seen, values):
        return False
    # Its row is held by now: a purchase that came in since it was seen counts as kept.
    held = mass_messages.get(tx, account.key, seen.id)
    kept = seen.purchased if held is None else held.purchased
    head = heads.take(tx, account.key, events=1)
    fact = {"withdrawn": seen.sent - kept, "kept": kept, "cancelled": seen.pending}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_UNSENT, seen.id, fact, now=now)
    return True


def to_key(mass_message_id: int) -> SetKey:
    """The frozen audience."""
    return SetKey(SetKind.TO, mass_message_id)


# ---- freeze


def _freeze(tx: Tx, account: Account, seen: MassMessage, resolved: Resolved, now: datetime) -> None:
    skipped = sum(len(fans) for fans in resolved.skipped.values())
    frozen = replace(
        seen,
        state=State.SENDING if resolved.to else State.DONE,
        total=len(resolved.to) + skipped,
        skipped=skipped,
    )
    values = {
        "state": frozen.state, "total": frozen.total, "skipped": skipped, "started_at": now,
        "queued_at": seen.queued_at or seen.scheduled_at or now, "due_at": now if resolved.to else None,
        "trouble": None, "attempts": 0, "awaits_media": False,
        "finished_at": None if resolved.to else now, "late_by_ms": _late_by_ms(seen, now),
        "paced_until_us": int(now.timestamp() * 1_000_000),
    }  # fmt: skip
    stretch = None
    if resolved.to and account.pace is None and seen.pace is None:
        stretch = _stretch(tx, account.key, frozen, resolved.to, resolved.unlocked_free)
        values |= _delivered(frozen, stretch, now)
    if not mass_messages.change(tx, account.key, seen, values):
        return
    _store_sets(tx, account.key, seen.id, resolved, stretch)
    span = 0 if stretch is None else stretch.span
    head = heads.take(tx, account.key, ids=span, events=1 if stretch is None else 2, at=now if span else None)
    fact: dict[str, Any] = {"total": frozen.total, "skipped": skipped}
    facts = [Fact(EventKind.MASS_MESSAGE_STARTED, seen.id, fact, now)]
    if stretch is not None:
        facts.append(_keep_step(tx, account.key, seen, stretch, head, now))
    events.add_each(tx, account.key, head.first_event, facts)


def _store_sets(
    tx: Tx, account: AccountKey, id: QueueId, resolved: Resolved, stretch: "_Stretch | None"
) -> None:
    """The frozen audience, and who was left out of it."""
    left_out = {} if stretch is None else stretch.left_out
    fan_sets.create(tx, account, to_key(id), resolved.to if stretch is None else stretch.going)
    for reason in dict.fromkeys([*resolved.skipped, *left_out]):
        fans = resolved.skipped.get(reason, FanSet()) | left_out.get(reason, FanSet())
        fan_sets.create(tx, account, SetKey(SKIP_REASONS[reason], id), fans)
    fan_sets.create(tx, account, SetKey(SetKind.UNLOCKED_FREE, id), resolved.unlocked_free)


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
    coming = fan_sets.after(tx, account.key, to_key(seen.id), seen.watermark, allowed)
    stretch = _stretch(tx, account.key, seen, coming)
    values = {"due_at": allowance.next_at, "paced_until_us": allowance.spend(len(coming))}
    values |= _delivered(seen, stretch, now)
    if not mass_messages.advance(tx, account.key, seen, values):
        raise Overtaken
    _move(tx, account.key, seen, stretch.left_out)
    # From the head on only new rows.
    head = heads.take(tx, account.key, ids=stretch.span, events=1, at=now)
    told = _keep_step(tx, account.key, seen, stretch, head, now)
    events.add_each(tx, account.key, head.first_event, [told])


class Overtaken(Exception):
    """Somebody else moved this mass message first; the transaction is rolled back and looked at again."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The next fans of a frozen audience: who gets it, who is left out since the freeze, whether that is all."""

    watermark: int
    going: FanSet
    left_out: dict[str, FanSet]
    done: bool

    @property
    def span(self) -> int:
        """How many ids it takes: one for each fan number from its first to its last."""
        return self.going.max() - self.going.min() + 1 if self.going else 0


def _stretch(
    tx: Tx, account: AccountKey, seen: MassMessage, coming: FanSet, unlocked_free: FanSet | None = None
) -> _Stretch:
    left_out = _left_out(tx, account, seen, coming, unlocked_free)
    return _Stretch(
        watermark=coming.max() if coming else seen.watermark, going=coming - sets.union(left_out.values()),
        left_out=left_out, done=len(coming) >= seen.pending,
    )  # fmt: skip


def _delivered(seen: MassMessage, stretch: _Stretch, now: datetime) -> dict[str, Any]:
    """What the delivery of a stretch changes about its mass message."""
    left_out = sum(len(fans) for fans in stretch.left_out.values())
    values: dict[str, Any] = {
        "watermark": stretch.watermark, "sent": seen.sent + len(stretch.going),
        "skipped": seen.skipped + left_out, "last_step_at": now, "trouble": None, "attempts": 0,
    }  # fmt: skip
    if stretch.done:
        values |= {"state": State.DONE, "revision": seen.revision + 1, "finished_at": now,
                   "due_at": takes_itself_back_at(seen, now)}  # fmt: skip
    return values


def _left_out(
    tx: Tx, account: AccountKey, seen: MassMessage, coming: FanSet, unlocked_free: FanSet | None
) -> dict[str, FanSet]:
    """Fans who since the freeze were blocked or deleted, or came to own all the paid media.

    `unlocked_free` are those who get it open; None reads them.
    """
    if not coming:
        return {}
    paid = seen.content.paid_media_ids if seen.content.price_cents else ()
    owners = [SetKey(SetKind.OWNERS, media) for media in paid]
    free = SetKey(SetKind.UNLOCKED_FREE, seen.id)
    keys = [audiences.BLOCKED, audiences.DELETED, *owners, *([free] if paid else [])]
    stored = fan_sets.between(tx, account, keys, coming.min(), coming.max())
    found = {"blocked": stored[audiences.BLOCKED] & coming}
    found["deleted"] = (stored[audiences.DELETED] & coming) - found["blocked"]
    if paid:
        owning = FanSet.intersection(coming, *(stored[key] for key in owners))
        owning -= stored[free] if unlocked_free is None else unlocked_free
        found["owns_media"] = owning - found["blocked"] - found["deleted"]
    return {reason: fans for reason, fans in found.items() if fans}


def _move(tx: Tx, account: AccountKey, seen: MassMessage, left_out: dict[str, FanSet]) -> None:
    if not left_out:
        return
    nobody = FanSet()
    changes = {SetKey(SKIP_REASONS[reason], seen.id): (fans, nobody) for reason, fans in left_out.items()}
    changes[to_key(seen.id)] = (nobody, sets.union(left_out.values()))
    fan_sets.change(tx, account, changes)


def _keep_step(
    tx: Tx, account: AccountKey, seen: MassMessage, stretch: _Stretch, head: Head, now: datetime
) -> Fact:
    """The step's row, whose ids are its messages', and what is told of it."""
    going, fact = stretch.going, {"count": len(stretch.going), "done": stretch.done}
    if going:
        step = Step(
            mass_message_id=seen.id, first_id=head.first_id, from_number=FanNumber(going.min()),
            to_number=FanNumber(going.max()), count=len(going), sent_at=head.at,
        )  # fmt: skip
        steps.add(tx, account, step, first=seen.sent == 0)
        fact |= {"from": step.from_number, "to": step.to_number, "first_id": step.first_id}
    return Fact(EventKind.MASS_MESSAGE_STEP, seen.id, fact, head.at if going else now)


def takes_itself_back_at(seen: MassMessage, last_step_at: datetime) -> datetime | None:
    """When it vanishes by itself; None for one that stays."""
    after = seen.unsend_after_seconds
    return None if after is None else last_step_at + timedelta(seconds=after)


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
