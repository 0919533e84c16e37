"""Moves: what freezing an audience, or a step through it, changes. Prepared one by one, carried out together.

Several mass messages of different accounts may move in one transaction, which is what makes many small ones cheap:
all are changed as they were seen, or none. Locks are taken kind by kind (mass messages, paces, heads), within a kind
in the order of accounts; from the heads on only new rows go in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from fancast.core import audiences
from fancast.core.chat_states import HIDDEN
from fancast.core.pacing import Allowance
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.audiences import Resolved
from fancast.model.events import EventKind
from fancast.model.fan_sets import SKIP_REASONS, Chunk, FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey, FanNumber
from fancast.model.mass_messages import MassMessage, State
from fancast.model.steps import Step
from fancast.store import accounts, chats, events, fan_sets, heads, mass_messages, steps
from fancast.store.database import Tx
from fancast.store.events import Fact
from fancast.store.heads import Head


class Overtaken(Exception):
    """Somebody else moved a mass message first; the transaction is rolled back and looked at again."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The next fans of a frozen audience: who gets it, who is left out since the freeze, whether that is all."""

    watermark: int
    going: FanSet
    left_out: dict[str, FanSet]
    #: Of those who get it, whose chat the creator hid: it comes back.
    hidden: FanSet
    done: bool

    @property
    def span(self) -> int:
        """How many ids it takes: one for each fan number from its first to its last."""
        return self.going.max() - self.going.min() + 1 if self.going else 0


@dataclass(frozen=True, slots=True)
class Move:
    """What one mass message becomes, whom it reaches now, and what is told of it."""

    account: Account
    seen: MassMessage
    values: dict[str, Any]
    #: Where it is frozen just now: its audience, and that packed.
    resolved: Resolved | None = None
    packed: Sequence[Chunk] = ()
    #: None: nobody is reached by this move.
    stretch: Stretch | None = None
    #: Up to when the account's own pace is spent with it.
    pace_until_us: int | None = None
    facts: list[Fact] = field(default_factory=list)

    @property
    def again_at_once(self) -> bool:
        """Whether there is more to do about it without waiting for its pace."""
        return self.resolved is not None and self.stretch is None and bool(self.resolved.to)

    @property
    def told(self) -> int:
        """How many events it makes."""
        return len(self.facts) + (self.stretch is not None)


def to_key(mass_message_id: int) -> SetKey:
    """The frozen audience."""
    return SetKey(SetKind.TO, mass_message_id)


def takes_itself_back_at(seen: MassMessage, last_step_at: datetime) -> datetime | None:
    """When it vanishes by itself; None for one that stays."""
    after = seen.unsend_after_seconds
    return None if after is None else last_step_at + timedelta(seconds=after)


# ---- prepared


def freeze(
    tx: Tx, account: Account, seen: MassMessage, resolved: Resolved, packed: Sequence[Chunk], now: datetime
) -> Move:
    """The audience, `packed` beforehand, becomes fixed. What has no pace is delivered whole with it."""
    skipped = sum(len(fans) for fans in resolved.skipped.values())
    frozen = replace(
        seen,
        state=State.SENDING if resolved.to else State.DONE,
        total=len(resolved.to) + skipped,
        skipped=skipped,
    )
    values = {
        "revision": seen.revision + 1, "state": frozen.state, "total": frozen.total, "skipped": skipped,
        "started_at": now, "queued_at": seen.queued_at or seen.scheduled_at or now,
        "due_at": now if resolved.to else None, "trouble": None, "attempts": 0, "awaits_media": False,
        "finished_at": None if resolved.to else now, "late_by_ms": late_by_ms(seen, now),
        "paced_until_us": int(now.timestamp() * 1_000_000),
    }  # fmt: skip
    stretch = None
    if resolved.to and account.pace is None and seen.pace is None:
        stretch = _stretch(tx, account.key, frozen, resolved.to, resolved.unlocked_free)
        values |= _delivered(frozen, stretch, now)
    fact = {"total": frozen.total, "skipped": skipped}
    facts = [Fact(EventKind.MASS_MESSAGE_STARTED, seen.id, fact, now)]
    return Move(account, seen, values, resolved, packed, stretch, facts=facts)


def step(tx: Tx, account: Account, seen: MassMessage, pace_spent_us: int, now: datetime) -> Move:
    """As many go out as the paces allow; maybe nobody. `pace_spent_us`: the account's own mark, held."""
    allowance = Allowance(account, seen, now, pace_spent_us)
    if allowance.count == 0:
        # Spending nothing still takes a mark from a clock that was set back since to this clock's now.
        values = {"due_at": allowance.next_at, "paced_until_us": allowance.spend(0)}
        return Move(account, seen, values, pace_until_us=allowance.spend_account(0))
    coming = fan_sets.after(tx, account.key, to_key(seen.id), seen.watermark, allowance.count)
    stretch = _stretch(tx, account.key, seen, coming)
    values = {"due_at": allowance.next_at, "paced_until_us": allowance.spend(len(coming))}
    values |= _delivered(seen, stretch, now)
    spent = allowance.spend_account(len(coming))
    return Move(account, seen, values, stretch=stretch, pace_until_us=spent)


def late_by_ms(seen: MassMessage, now: datetime) -> int:
    """How long after its hour it is. One that somebody published when it was late is later by its time in the queue."""
    since = seen.scheduled_at if seen.state is State.SCHEDULED else None
    if seen.late_by_ms:
        since = seen.queued_at
    return 0 if since is None else seen.late_by_ms + max(0, int((now - since) / timedelta(milliseconds=1)))


def _stretch(
    tx: Tx, account: AccountKey, seen: MassMessage, coming: FanSet, unlocked_free: FanSet | None = None
) -> Stretch:
    left_out, hidden = _left_out(tx, account, seen, coming, unlocked_free)
    # A copy of a set of millions costs a millisecond, while others wait to write.
    going = coming - sets.union(left_out.values()) if left_out else coming
    return Stretch(
        watermark=coming.max() if coming else seen.watermark, going=going, left_out=left_out,
        hidden=hidden & going, done=len(coming) >= seen.pending,
    )  # fmt: skip


def _delivered(seen: MassMessage, stretch: Stretch, now: datetime) -> dict[str, Any]:
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
) -> tuple[dict[str, FanSet], FanSet]:
    """Fans who since the freeze were blocked or deleted, or came to own all the paid media; whose chats are hidden.

    `unlocked_free` are those who get it open; None reads them.
    """
    if not coming:
        return {}, FanSet()
    paid = seen.content.paid_media_ids if seen.content.price_cents else ()
    owners = [SetKey(SetKind.OWNERS, media) for media in paid]
    free = SetKey(SetKind.UNLOCKED_FREE, seen.id)
    keys = [audiences.BLOCKED, audiences.DELETED, HIDDEN, *owners, *([free] if paid else [])]
    stored = fan_sets.between(tx, account, keys, coming.min(), coming.max())
    found = {"blocked": stored[audiences.BLOCKED] & coming}
    found["deleted"] = (stored[audiences.DELETED] & coming) - found["blocked"]
    if paid:
        owning = FanSet.intersection(coming, *(stored[key] for key in owners))
        owning -= stored[free] if unlocked_free is None else unlocked_free
        found["owns_media"] = owning - found["blocked"] - found["deleted"]
    return {reason: fans for reason, fans in found.items() if fans}, stored[HIDDEN]


# ---- carried out


def carry_out(tx: Tx, moves: Iterable[Move], *, now: datetime) -> None:
    """Of each account one at most. Raises Overtaken when anybody changed any of the mass messages meanwhile."""
    moves = sorted(moves, key=lambda move: move.account.key)
    spent = {move.account.key: move.pace_until_us for move in moves if move.pace_until_us is not None}
    accounts.spend_paces(tx, spent)
    if not mass_messages.change_each(tx, [(move.account.key, move.seen, move.values) for move in moves]):
        raise Overtaken
    for move in moves:
        if move.stretch is not None and move.stretch.hidden:
            chats.show_again(tx, move.account.key, move.stretch.hidden)
    fan_sets.create_each(
        tx, [(move.account.key, *new) for move in moves if move.resolved for new in _new_sets(move)]
    )
    for move in moves:
        _change_sets(tx, move)
    telling = [move for move in moves if move.told]
    taken = [_take(tx, move, now) for move in telling]
    steps.add_each(tx, [
        (move.account.key, step, move.seen.sent > 0) for move, head in zip(telling, taken, strict=True)
        if (step := _step_of(move, head)) is not None
    ])  # fmt: skip
    events.add_each(tx, [
        (move.account.key, head.first_event, [*move.facts, *_step_facts(move, head, now)])
        for move, head in zip(telling, taken, strict=True)
    ])  # fmt: skip


def _new_sets(move: Move) -> Sequence[tuple[SetKey, Sequence[Chunk]]]:
    """The frozen audience, and who was left out of it."""
    id, resolved, stretch = move.seen.id, move.resolved, move.stretch
    assert resolved is not None
    left_out = {} if stretch is None else stretch.left_out
    skipped = [
        (
            SetKey(SKIP_REASONS[reason], id),
            sets.packed(resolved.skipped.get(reason, FanSet()) | left_out.get(reason, FanSet())),
        )
        for reason in dict.fromkeys([*resolved.skipped, *left_out])
    ]
    to = sets.packed(stretch.going) if stretch is not None and left_out else move.packed
    unlocked_free = sets.packed(resolved.unlocked_free)
    return [(to_key(id), to), *skipped, (SetKey(SetKind.UNLOCKED_FREE, id), unlocked_free)]


def _change_sets(tx: Tx, move: Move) -> None:
    """The fans of a step who are left out move from the frozen audience to those that were skipped; hidden chats
    come back."""
    if move.stretch is None:
        return
    nobody, left_out = FanSet(), {} if move.resolved else move.stretch.left_out
    changes = {
        SetKey(SKIP_REASONS[reason], move.seen.id): (fans, nobody) for reason, fans in left_out.items()
    }
    if left_out:
        changes[to_key(move.seen.id)] = (nobody, sets.union(left_out.values()))
    if move.stretch.hidden:
        changes[HIDDEN] = (nobody, move.stretch.hidden)
    if changes:
        fan_sets.change(tx, move.account.key, changes)


def _take(tx: Tx, move: Move, now: datetime) -> Head:
    span = 0 if move.stretch is None else move.stretch.span
    return heads.take(tx, move.account.key, ids=span, events=move.told, at=now if span else None)


def _step_of(move: Move, head: Head) -> Step | None:
    """The step's row, whose ids are its messages'."""
    if move.stretch is None or not move.stretch.going:
        return None
    going = move.stretch.going
    return Step(
        mass_message_id=move.seen.id, first_id=head.first_id, from_number=FanNumber(going.min()),
        to_number=FanNumber(going.max()), count=len(going), sent_at=head.at,
    )  # fmt: skip


def _step_facts(move: Move, head: Head, now: datetime) -> list[Fact]:
    """What is told of a step."""
    if move.stretch is None:
        return []
    fact: dict[str, Any] = {"count": len(move.stretch.going), "done": move.stretch.done}
    step = _step_of(move, head)
    if step is None:
        return [Fact(EventKind.MASS_MESSAGE_STEP, move.seen.id, fact, now)]
    fact |= {"from": step.from_number, "to": step.to_number, "first_id": step.first_id}
    return [Fact(EventKind.MASS_MESSAGE_STEP, move.seen.id, fact, head.at)]
