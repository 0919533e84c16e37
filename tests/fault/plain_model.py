"""A model of the engine for `test_any_order`: plain Python sets and lists, no numbers kept.

Whatever the engine counts, this computes anew from who is where. It knows the rules of an audience, of pace and of
states in its own few words, so that a mistake in the engine's would have to be made twice.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor

from fancast.model.mass_messages import State

NEVER_REACHED = ("blocked", "deleted", "unreachable")
WINDOW = timedelta(days=1)
WAITING = (State.DRAFT, State.SCHEDULED, State.QUEUED)
#: A paced send is looked at again after at most this, even at one recipient a second.
LONGEST_NAP = timedelta(seconds=1.1)
#: The engine keeps pace in whole microseconds.
ROUNDING = Fraction(1, 1_000)
_MANY = 1_000_000


@dataclass(slots=True)
class Person:
    """A fan as the model sees one; the order of making is the order of fan numbers."""

    lists: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)
    owned: set[int] = field(default_factory=set)
    since: datetime | None = None
    until: datetime | None = None
    renews: bool = False
    #: What came into the chat, oldest first: direct texts, and mass messages by reference.
    heard: list["str | Sheet"] = field(default_factory=list)

    def subscribed(self, now: datetime) -> bool:
        return self.until is not None and self.until > now

    @property
    def receives(self) -> bool:
        return not self.flags.intersection(NEVER_REACHED)


@dataclass(slots=True)
class Asked:
    """An audience in our names."""

    lists: tuple[str, ...] = ()
    fans: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    within_days: int | None = None


@dataclass(slots=True)
class Frozen:
    """An audience at one moment."""

    to: list[str]
    owning: set[str]
    free: set[str]


@dataclass(slots=True, eq=False)
class Bucket:
    """Pace: saved seconds, at most one, and what they are worth."""

    rate: int | None = None
    saved: Fraction = Fraction(0)

    def wait(self, seconds: float) -> None:
        self.saved = min(Fraction(1), self.saved + Fraction(seconds).limit_denominator(1_000))

    def spend(self, count: int) -> None:
        if self.rate is not None:
            self.saved = max(Fraction(0), self.saved - Fraction(count, self.rate))

    def bounds(self) -> tuple[int, int]:
        """How many it allows now, at least and at most."""
        if self.rate is None:
            return _MANY, _MANY
        worth, blur = self.rate * self.saved, self.rate * ROUNDING
        return floor(worth - blur), floor(worth + blur)


@dataclass(slots=True, eq=False)
class Sheet:
    """A mass message."""

    id: int
    text: str
    asked: Asked
    price_cents: int
    media: tuple[int, ...]
    state: State
    hour: datetime | None
    unsend_after: int | None
    bucket: Bucket
    #: Grows with every change that a stale plan must not overwrite.
    version: int = 0
    frozen: Frozen | None = None
    #: Who got it, and who is left to get it, in order of number.
    reached: list[str] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    buyers: set[str] = field(default_factory=set)
    started_at: datetime | None = None
    last_step_at: datetime | None = None
    looked_at: datetime | None = None
    takes_itself_back_at: datetime | None = None

    @property
    def pending(self) -> int:
        return len(self.rest) if self.state in (State.SENDING, State.PAUSED) else 0

    @property
    def cancelled(self) -> int:
        return len(self.rest) if self.state in (State.CANCELLED, State.UNSENT) else 0

    def outcomes(self) -> dict[str, str]:
        """Every recipient's outcome and reason."""
        rest = "pending" if self.pending else "cancelled"
        told = {name: f"skipped: {reason}" for name, reason in self.skipped.items()}
        return told | dict.fromkeys(self.reached, "sent") | dict.fromkeys(self.rest, rest)

    def seen_by(self, name: str) -> bool:
        return self.state is not State.UNSENT or name in self.buyers

    def may_act(self, now: datetime) -> bool:
        """Whether the engine may have something to do about it."""
        return self.state is State.SENDING or self.must_act(now)

    def must_act(self, now: datetime) -> bool:
        """Whether the engine has something to do about it, without a doubt."""
        match self.state:
            case State.QUEUED:
                return True
            case State.SCHEDULED:
                return self.hour is not None and self.hour <= now
            case State.SENDING:
                return self.looked_at is None or now >= self.looked_at + LONGEST_NAP
            case State.PAUSED | State.DONE | State.CANCELLED:
                return self.takes_itself_back_at is not None and self.takes_itself_back_at <= now
        return False


class Model:
    """Everything that one account has."""

    def __init__(self, now: datetime, *, owners_get_it_free: bool) -> None:
        self.now = now
        self.owners_get_it_free = owners_get_it_free
        self.people: dict[str, Person] = {}
        self.sheets: list[Sheet] = []
        self.bucket = Bucket()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        for bucket in (self.bucket, *(sheet.bucket for sheet in self.sheets)):
            bucket.wait(seconds)

    # ---- audiences

    def current(self) -> set[str]:
        return {name for name, person in self.people.items() if person.subscribed(self.now)}

    def members(self, list_name: str) -> set[str]:
        match list_name:
            case "fans":
                return self.current()
            case "rebill_off":
                return {name for name in self.current() if not self.people[name].renews}
        return {name for name, person in self.people.items() if list_name in person.lists}

    def freeze(self, sheet: Sheet) -> Frozen:
        """Whom it would reach now."""
        asked, everybody = sheet.asked, self.people
        who = set(asked.fans).union(*(self.members(name) for name in asked.lists))
        if asked.within_days is not None:
            if not asked.lists and not asked.fans:
                who = self.current()
            midnight = self.now.replace(hour=0, minute=0, second=0, microsecond=0)
            first = midnight - timedelta(days=asked.within_days - 1)
            who = {name for name in who if (since := everybody[name].since) is not None and since >= first}
        who = who.difference(*(self.members(name) for name in asked.without))
        who = {name for name in who if everybody[name].receives}
        owning = {name for name in who if self.owns_all(name, sheet)}
        if self.owners_get_it_free:
            return Frozen(self.in_order(who), set(), owning)
        return Frozen(self.in_order(who - owning), owning, set())

    def owns_all(self, name: str, sheet: Sheet) -> bool:
        return bool(sheet.price_cents) and self.people[name].owned.issuperset(sheet.media)

    def in_order(self, names: set[str]) -> list[str]:
        return [name for name in self.people if name in names]

    # ---- what the engine does by itself

    def start(self, sheet: Sheet, frozen: Frozen) -> None:
        sheet.version += 1
        sheet.frozen, sheet.rest, sheet.started_at = frozen, list(frozen.to), self.now
        sheet.skipped = dict.fromkeys(frozen.owning, "owns_media")
        sheet.bucket.saved = Fraction(0)
        sheet.state = State.SENDING if sheet.rest else State.DONE
        sheet.looked_at = None

    def step(self, sheet: Sheet, count: int) -> None:
        """The next so many of those who are left: each gets it, or is skipped for a reason of today."""
        sheet.looked_at = self.now
        if count == 0:
            return
        sheet.version += 1
        stretch, sheet.rest = sheet.rest[:count], sheet.rest[count:]
        for name in stretch:
            reason = self.reason_against(sheet, name)
            if reason is None:
                sheet.reached.append(name)
                self.people[name].heard.append(sheet)
            else:
                sheet.skipped[name] = reason
        sheet.last_step_at = self.now
        for bucket in (self.bucket, sheet.bucket):
            bucket.spend(count)
        if not sheet.rest:
            sheet.state = State.DONE
            if sheet.unsend_after is not None:
                sheet.takes_itself_back_at = self.now + timedelta(seconds=sheet.unsend_after)

    def may_step(self, sheet: Sheet, count: int) -> bool:
        """Whether a step of so many is what pace allows, no more and no less."""
        low, high = zip(self.bucket.bounds(), sheet.bucket.bounds(), strict=True)
        return min(len(sheet.rest), max(0, min(low))) <= count <= min(len(sheet.rest), *high)

    def reason_against(self, sheet: Sheet, name: str) -> str | None:
        assert sheet.frozen is not None
        for reason in ("blocked", "deleted"):
            if reason in self.people[name].flags:
                return reason
        return "owns_media" if self.owns_all(name, sheet) and name not in sheet.frozen.free else None

    # ---- what callers do

    def outcome_of(self, verb: str, sheet: Sheet) -> str | State:
        """The state a verb leads to, or the code of its refusal."""
        match verb:
            case "publish" if sheet.state in (State.DRAFT, State.SCHEDULED):
                return State.QUEUED
            case "pause" if sheet.state is State.SENDING:
                return State.PAUSED
            case "resume" if sheet.state is State.PAUSED:
                return State.SENDING
            case "cancel" if sheet.state in (*WAITING, State.SENDING, State.PAUSED):
                return State.CANCELLED
            case "remove" if sheet.state in WAITING:
                return State.CANCELLED
            case "unsend" | "remove" if sheet.started_at and sheet.state is not State.UNSENT:
                since = sheet.last_step_at or sheet.started_at
                over = self.now - since >= WINDOW and sheet.state is not State.SENDING
                if over and verb == "remove" and sheet.state is State.PAUSED:
                    return State.CANCELLED
                return "unsend_window_over" if over else State.UNSENT
        return "wrong_state"

    def refusal_of_sale(self, sheet: Sheet, name: str) -> str | None:
        """Why a fan who got it cannot buy it; None when they can."""
        assert sheet.frozen is not None
        if sheet.state is State.UNSENT:
            return "message_unsent"
        if name in sheet.buyers:
            return "already_bought"
        return "already_owned" if name in sheet.frozen.free or self.owns_all(name, sheet) else None

    def become(self, sheet: Sheet, state: State) -> None:
        sheet.state = state
        sheet.version += 1
        sheet.looked_at = None
        if state is State.QUEUED:
            sheet.hour = None
        stops = state in (State.PAUSED, State.CANCELLED)
        if stops and sheet.last_step_at is not None and sheet.unsend_after is not None:
            sheet.takes_itself_back_at = sheet.last_step_at + timedelta(seconds=sheet.unsend_after)

    def chat(self, name: str) -> list[str]:
        """The texts that a fan sees, oldest first."""
        return [
            one if isinstance(one, str) else one.text
            for one in self.people[name].heard
            if isinstance(one, str) or one.seen_by(name)
        ]
