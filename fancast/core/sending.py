"""Sending: freeze the audience once, then move a watermark through it. The heart; keep it small.

A step delivers to the next stretch of fan numbers and commits, under the watermark it saw, the new watermark, the
counters, one event and its row; what has no pace is frozen and delivered whole in one transaction. So a kill
anywhere leaves the watermark where the last commit put it, a pause or cancel acts at the next step, and nobody is
doubled: a set cannot hold a fan twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fancast.core import arrivals, audiences, moves
from fancast.core.arrivals import Waiting
from fancast.core.moves import to_key
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.audiences import Resolved
from fancast.model.events import EventKind
from fancast.model.fan_sets import SKIP_REASONS, Chunk, FanSet, SetKey, SetKind
from fancast.model.ids import AccountKey
from fancast.model.mass_messages import MassMessage, State
from fancast.model.problems import Problem
from fancast.store import accounts, errors, events, fan_sets, heads, mass_messages
from fancast.store.database import Tx

#: An unfinished mass message is looked at again after this, whatever became of its job.
LOOK_AGAIN = timedelta(seconds=5)
_LONGEST_DELAY_SECONDS = 60
_LONGEST_REASON = 500
_NOT_STARTED = (State.SCHEDULED, State.QUEUED)
#: What has no step to come: it is due only if it takes itself back.
_AT_REST = (State.PAUSED, State.DONE, State.CANCELLED)
#: So many fans are frozen and reached in a few milliseconds.
_LIGHT_FANS = 100_000


@dataclass(frozen=True, slots=True)
class Found:
    """The oldest mass message of an account with something to do now, and whether it has others."""

    account: AccountKey
    mass_message: MassMessage
    others: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done about a mass message, and its audience where that is to be frozen."""

    account: Account
    mass_message: MassMessage
    resolved: Resolved | None
    #: That, packed to be stored: for millions the longer half of what the write would hold others up with.
    packed: Sequence[Chunk] = ()
    #: Its media are not here: it cannot be frozen yet, or never.
    waiting: Waiting | None = None

    @property
    def movable(self) -> bool:
        """Whether it freezes or steps, which several may do together."""
        return self.resolved is not None or (
            self.waiting is None and self.mass_message.state is State.SENDING
        )

    @property
    def light(self) -> bool:
        """Whether it is soon done, and so holds up nobody with whom it moves."""
        if self.resolved is None:
            return self.account.pace is not None or self.mass_message.pace is not None
        return len(self.resolved.to) <= _LIGHT_FANS


def take_up(tx: Tx, accounts: Sequence[AccountKey], *, company: int = 0) -> list[AccountKey]:
    """Say that somebody looks now, at these accounts and at up to so many others that are hinted.

    In a transaction of its own, before the look: who commits later hints again. Returns those that were hinted:
    somebody else looks at the rest.
    """
    return heads.clear_hints(tx, accounts, company=company)


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


def look(tx: Tx, accounts: Sequence[AccountKey], *, now: datetime) -> list[Found]:
    """The oldest mass message with something to do now of each of these accounts that has one."""
    found = mass_messages.next_due(tx, accounts, now)
    return [Found(account, *seen) for account, seen in found.items()]


def look_and_hold(
    tx: Tx, accounts: Sequence[AccountKey], *, now: datetime
) -> tuple[list[Found], list[Found]]:
    """The same: first those that are held now until the transaction ends, then those that somebody else holds.

    Who holds several waits for none: so one that is stuck keeps nobody from the others, and no two wait for each
    other.
    """
    held = mass_messages.next_due(tx, accounts, now, hold=True)
    rest = [account for account in accounts if account not in held]
    # Those that are not in it may have nothing to do.
    others = look(tx, rest, now=now) if rest else []
    return [Found(account, *seen) for account, seen in held.items()], others


def needs_snapshot(found: MassMessage) -> bool:
    """Whether its plan takes several reads that must agree: all but a freeze of stored lists, read as one."""
    if found.state not in _NOT_STARTED:
        return False
    return found.awaits_media or not audiences.read_as_one(found.audience, len(found.content.paid_media_ids))


def plan(tx: Tx, found: Sequence[Found], *, now: datetime) -> list[Due]:
    """What is to be done about each. What `needs_snapshot` is planned in the snapshot of `look`.

    The freeze writes under the revision seen there, so it may be planned in an earlier transaction than `work`.
    """
    owners = accounts.get_many(tx, [one.account for one in found])
    return [_plan(tx, owners[one.account], one.mass_message, now) for one in found]


def _plan(tx: Tx, owner: Account, seen: MassMessage, now: datetime) -> Due:
    if seen.state not in _NOT_STARTED:
        return Due(owner, seen, None)
    waiting = arrivals.look(tx, owner, seen.content.media_ids) if seen.awaits_media else None
    if waiting is not None:
        return Due(owner, seen, None, waiting=waiting)
    paid = seen.content.paid_media_ids if seen.content.price_cents else ()
    named = audiences.named_key(seen.id)
    resolved = audiences.resolve(tx, owner, seen.audience, named, paid, now=now)
    return Due(owner, seen, resolved, sets.packed(resolved.to))


def reason_of(error: Exception) -> str:
    """Why it did not go on, for whoever reads the mass message: a Problem's own sentence, of all else a name alone.

    What others write of errors may hold statements, rows, hosts and files: the log has it.
    """
    if isinstance(error, Problem):
        return error.message
    named = errors.name_of(error)
    if named is not None:
        return f"The database refused it ({named}); the server's log says more."
    return f"Something unexpected went wrong ({type(error).__name__}); the server's log says more."


def stumble(tx: Tx, account: AccountKey, seen: MassMessage, reason: str, *, now: datetime) -> bool:
    """Note why it did not go on, and when it is tried again: after 1, 2, 4 … up to 60 seconds.

    False, and nothing is noted, when somebody changed it first: perhaps whoever stumbled over the same.
    """
    delay = min(2**seen.attempts, _LONGEST_DELAY_SECONDS)
    values = {
        "trouble": reason[:_LONGEST_REASON], "attempts": min(seen.attempts + 1, 30),
        "due_at": now + timedelta(seconds=delay),
    }  # fmt: skip
    return mass_messages.change(tx, account, seen, values)


def work(tx: Tx, dues: Sequence[Due], *, now: datetime) -> set[AccountKey]:
    """Do what is due: freeze, deliver a step, or take back. Which accounts have more to do about theirs at once.

    Several, of different accounts, where each is `movable`; else one alone. Raises Overtaken, having done nothing
    that is to stay, when somebody else moved one of them first.
    """
    if all(due.movable for due in dues):
        return _move(tx, dues, now)
    (due,) = dues
    if due.waiting is not None:
        arrivals.put_off(tx, due.account, due.mass_message, due.waiting, now=now)
    elif due.mass_message.state in _AT_REST and due.mass_message.due_at is not None:
        take_back(tx, due.account, due.mass_message, now=now)
    return set()


def _move(tx: Tx, dues: Sequence[Due], now: datetime) -> set[AccountKey]:
    stepping = [due.account.key for due in dues if due.resolved is None and due.account.pace is not None]
    if stepping and len(dues) == 1:
        # Before its account's pace, as several are held since their look.
        mass_messages.hold(tx, dues[0].account.key, dues[0].mass_message.id)
    spent = accounts.hold_paces(tx, stepping)
    made = [
        moves.step(tx, due.account, due.mass_message, spent.get(due.account.key, 0), now)
        if due.resolved is None
        else moves.freeze(tx, due.account, due.mass_message, due.resolved, due.packed, now)
        for due in dues
    ]
    moves.carry_out(tx, made, now=now)
    return {move.account.key for move in made if move.again_at_once}


def take_back(tx: Tx, account: Account, seen: MassMessage, *, now: datetime) -> bool:
    """Unsend: pending ones never go out, delivered ones vanish for all but buyers. False when it changed meanwhile."""
    values = {"state": State.UNSENT, "unsent_at": now, "cancelled": seen.cancelled + seen.pending, "due_at": None,
              "finished_at": seen.finished_at or now, "trouble": None, "attempts": 0}  # fmt: skip
    if not mass_messages.change(tx, account.key, seen, values):
        return False
    # Its row is held by now: a purchase that came in since it was seen counts as kept.
    held = mass_messages.get(tx, account.key, seen.id)
    kept = seen.purchased if held is None else held.purchased
    vanished = withdrawn(tx, account.key, seen, kept=kept)
    head = heads.take(tx, account.key, events=1)
    fact = {"withdrawn": vanished, "kept": kept, "cancelled": seen.pending}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_UNSENT, seen.id, fact, now=now)
    return True


# ---- reading what was sent


def withdrawn(tx: Tx, account: AccountKey, seen: MassMessage, *, kept: int) -> int:
    """From how many it vanishes with its unsend: neither buyers, nor those whose copy was taken back alone before.

    No fan is both: who bought a copy keeps it, and what was taken back is not for sale.
    """
    alone = SetKey(SetKind.WITHDRAWN, seen.id)
    return seen.sent - kept - fan_sets.sizes(tx, account, [alone])[alone]


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
