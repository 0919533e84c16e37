"""Mass messages: one content for an audience, with a life."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, StrEnum
from typing import Any, Literal, TypeVar

from fancast.model.audiences import AskedAudience, Audience
from fancast.model.banned_words import RiskLevel
from fancast.model.ids import MediaId, QueueId
from fancast.model.problems import invalid, wrong_state
from fancast.model.user_lists import BuiltIn

LONGEST_TEXT = 10_000
LOWEST_PRICE_CENTS, HIGHEST_PRICE_CENTS = 300, 20_000
MOST_MEDIA = 100
FASTEST_PACE = 10_000_000
LATEST_UNSEND_SECONDS = 366 * 86_400


class State(StrEnum):
    #: Saved for later; nothing happens by itself.
    DRAFT = "draft"
    SCHEDULED = "scheduled"
    #: Handed to the engine; its audience is not frozen yet.
    QUEUED = "queued"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    #: Stopped before or during the sending; what was delivered stays.
    CANCELLED = "cancelled"
    #: Taken back: buyers keep it, for all others it is gone.
    UNSENT = "unsent"
    #: Its moment came and its media never will: nothing went out.
    FAILED = "failed"


#: What is frozen and delivered whole in one transaction passes SENDING unseen.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.SCHEDULED, State.QUEUED, State.CANCELLED}),
    State.SCHEDULED: frozenset({State.DRAFT, State.QUEUED, State.SENDING, State.CANCELLED, State.FAILED}),
    State.QUEUED: frozenset({State.DRAFT, State.SCHEDULED, State.SENDING, State.CANCELLED, State.FAILED}),
    State.SENDING: frozenset({State.PAUSED, State.DONE, State.CANCELLED, State.UNSENT}),
    State.PAUSED: frozenset({State.SENDING, State.CANCELLED, State.UNSENT}),
    State.DONE: frozenset({State.UNSENT}),
    State.CANCELLED: frozenset({State.UNSENT}),
    State.UNSENT: frozenset(),
    State.FAILED: frozenset({State.CANCELLED}),
}
#: Kinds of people on a release form, in OFAuth's words, and the extra that OnlyFansAPI's word is kept as.
RELEASE_FORMS = {"users": "rf_tag", "partners": "rf_partner", "guests": "rf_guest"}
#: Nothing has gone out; text, price, media, audience and hour may change.
EDITABLE = frozenset({State.DRAFT, State.SCHEDULED, State.QUEUED})
#: States in which copies may be on their way or there.
STARTED = frozenset({State.SENDING, State.PAUSED, State.DONE, State.CANCELLED})


class Format(StrEnum):
    MARKDOWN = "markdown"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Content:
    """What a fan gets: text as written, price in cents, media from the vault."""

    text: str
    format: Format = Format.PLAIN
    price_cents: int = 0
    media_ids: tuple[MediaId, ...] = ()
    preview_media_ids: tuple[MediaId, ...] = ()
    #: The text, too, is hidden until bought.
    locked_text: bool = False
    #: What only one dialect knows, kept and given back.
    extras: Mapping[str, Any] = field(default_factory=dict)
    #: Media named otherwise than by id: `upload:…` or a URL. `media_ids` holds -1 for the first, -2 for the second;
    #: `core.media.settle` puts ids in their place.
    references: tuple[str, ...] = ()

    @property
    def release_forms(self) -> dict[str, list[int | str]]:
        """Whose release forms it names, by either dialect's words: users, partners and guests."""
        said: Mapping[str, Any] = self.extras.get("release_forms") or {}
        return {
            kind: list(dict.fromkeys([*said.get(kind, ()), *self.extras.get(other, ())]))
            for kind, other in RELEASE_FORMS.items()
        }

    @property
    def paid_media_ids(self) -> tuple[MediaId, ...]:
        """Media that the price opens: all but the previews."""
        return tuple(media for media in self.media_ids if media not in self.preview_media_ids)


@dataclass(frozen=True, slots=True)
class Draft:
    """A mass message as asked for."""

    content: Content
    audience: AskedAudience
    scheduled_at: datetime | None = None
    save_for_later: bool = False
    unsend_after_seconds: int | None = None
    pace: int | None = None
    #: Refuse a text with banned words of the tiers that this level looks for.
    screening: RiskLevel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MassMessage:
    id: QueueId
    state: State
    revision: int
    content: Content
    html: str
    audience: Audience
    pace: int | None = None
    #: Up to which microsecond its own pace is used up.
    paced_until_us: int = 0
    unsend_after_seconds: int | None = None
    created_at: datetime
    scheduled_at: datetime | None = None
    #: When it was handed to the engine; None while it is a draft or waits for its hour.
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancelled_at: datetime | None = None
    unsent_at: datetime | None = None
    last_step_at: datetime | None = None
    #: When the engine must look again; None when nothing is left to do.
    due_at: datetime | None = None
    #: How long after its hour it started.
    late_by_ms: int = 0
    #: What went wrong at the last try, for a person to act on, and how often in a row; a step that works clears it.
    trouble: str | None = None
    attempts: int = 0
    #: The highest fan number delivered to; -1 before the first.
    watermark: int = -1
    #: Fans in the frozen audience, the skipped included; None before the freeze.
    total: int | None = None
    sent: int = 0
    skipped: int = 0
    cancelled: int = 0
    failed: int = 0
    unknown: int = 0
    viewed: int = 0
    purchased: int = 0
    revenue_cents: int = 0
    key_id: str | None = None
    #: Its media were still on their way when it was made or edited: it starts when they are here.
    awaits_media: bool = False

    @property
    def pending(self) -> int:
        """Still to come; 0 before the freeze, when nobody knows."""
        if self.total is None:
            return 0
        return self.total - self.sent - self.skipped - self.cancelled - self.failed - self.unknown

    @property
    def recipients(self) -> int | None:
        """The dialects' total: the frozen audience without the skipped. None before the freeze."""
        return None if self.total is None else self.total - self.skipped

    @property
    def finished(self) -> bool:
        return self.state in (State.DONE, State.CANCELLED, State.UNSENT, State.FAILED)

    @property
    def ready(self) -> bool:
        """Whether nothing but its hour and its turn keeps it: its media are here."""
        return not self.awaits_media

    @property
    def in_error(self) -> bool:
        """It failed, will at its hour because of its media, or its last try went wrong: `trouble` says why."""
        return self.state is State.FAILED or self.trouble is not None

    @property
    def removed(self) -> bool:
        """Cancelled before it started, or after it failed: gone, for both dialects."""
        return self.state is State.CANCELLED and self.started_at is None

    @property
    def recalled(self) -> bool:
        """Taken back, or stopped after it started."""
        return self.state is State.UNSENT or (self.state is State.CANCELLED and self.started_at is not None)

    @property
    def at(self) -> datetime:
        """The moment both dialects date it by: when it started, else its hour, else when it was made."""
        return self.started_at or self.scheduled_at or self.created_at

    @property
    def kept(self) -> int:
        """Recipients who keep it though it was taken back: they bought it."""
        return self.purchased if self.state is State.UNSENT else 0

    def unsend_seconds_left(self, window_seconds: int, now: datetime) -> int:
        """Seconds in which it may still be taken back, counted from the last step; 0 when it is too late.

        A send that is under way keeps all of its window: its last step is still to come.
        """
        if self.removed:
            return 0
        return seconds_left(self.state, self.last_step_at or self.started_at, window_seconds, now)

    def demand(self, state: State, verb: str) -> None:
        """Raises Problem(CONFLICT, wrong_state) when the table of transitions has no such way."""
        if state not in TRANSITIONS[self.state]:
            raise wrong_state(verb, self.state.value)


def seconds_left(state: State, since: datetime | None, window_seconds: int, now: datetime) -> int:
    """Of the window that began then, in which what went out may be taken back."""
    if state in (State.UNSENT, State.FAILED):
        return 0
    if since is None or state is State.SENDING:
        return window_seconds
    return max(0, window_seconds - int((now - since) / timedelta(seconds=1)))


def check_content(content: Content) -> None:
    """The rules of a message, the same for one fan and for millions. Raises Problem(INVALID)."""
    if len(content.text) > LONGEST_TEXT:
        raise invalid("text", f"The text may have at most {LONGEST_TEXT} characters.", code="text_too_long")
    if not content.text.strip() and not content.media_ids:
        raise invalid("text", "A message needs text or media.", code="empty_message")
    _check_price(content)
    if len(content.media_ids) > MOST_MEDIA:
        raise invalid("media_ids", f"A message takes at most {MOST_MEDIA} media.", code="too_many_media")
    for preview in content.preview_media_ids:
        if preview not in content.media_ids:
            raise invalid(
                "preview_media_ids", f"Preview {preview} is not among the media.", code="preview_not_in_media"
            )


def _check_price(content: Content) -> None:
    price = content.price_cents
    if price and not LOWEST_PRICE_CENTS <= price <= HIGHEST_PRICE_CENTS:
        raise invalid(
            "price_cents", "The price must be 0 or from 3 to 200 dollars.", code="price_out_of_range"
        )
    if price and not content.media_ids:
        raise invalid("media_ids", "A price needs media to unlock.", code="price_needs_media")


def check_draft(draft: Draft, now: datetime) -> None:
    """Raises Problem(INVALID) for content, audience, hour, pace or unsend time out of range."""
    check_content(draft.content)
    check_schedule(draft.scheduled_at, now)
    check_pace(draft.pace)
    check_unsend_after(draft.unsend_after_seconds)


def check_schedule(scheduled_at: datetime | None, now: datetime) -> None:
    if scheduled_at is not None and scheduled_at <= now:
        raise invalid("scheduled_at", "The scheduled time must lie in the future.", code="scheduled_in_past")


def check_unsend_after(seconds: int | None) -> None:
    if seconds is not None and not 1 <= seconds <= LATEST_UNSEND_SECONDS:
        raise invalid("unsend_after_seconds", f"unsend_after_seconds is from 1 to {LATEST_UNSEND_SECONDS}.")


def check_pace(pace: int | None) -> None:
    if pace is not None and not 1 <= pace <= FASTEST_PACE:
        raise invalid("pace", f"pace is null or from 1 to {FASTEST_PACE} recipients a second.")


# ---- edits and listings


class Keep(Enum):
    """In an edit: this stays as it is."""

    KEEP = "keep"


KEEP = Keep.KEEP
_T = TypeVar("_T")
_Kept = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True)
class Edit:
    """What shall change about a mass message; what is `KEEP` stays."""

    text: str | _Kept = KEEP
    format: Format | _Kept = KEEP
    price_cents: int | _Kept = KEEP
    media_ids: tuple[MediaId, ...] | _Kept = KEEP
    preview_media_ids: tuple[MediaId, ...] | _Kept = KEEP
    locked_text: bool | _Kept = KEEP
    #: Merged into what is there, key by key.
    extras: Mapping[str, Any] | _Kept = KEEP
    #: Of the media above; see `Content`.
    references: tuple[str, ...] | _Kept = KEEP
    user_lists: tuple[int | str, ...] | _Kept = KEEP
    fans: tuple[int | str, ...] | _Kept = KEEP
    exclude_user_lists: tuple[int | str, ...] | _Kept = KEEP
    subscribed_after: datetime | _Kept | None = KEEP
    subscribed_within_days: int | _Kept | None = KEEP
    scheduled_at: datetime | _Kept | None = KEEP
    #: True makes it a draft, False hands a draft over.
    save_for_later: bool | _Kept = KEEP
    unsend_after_seconds: int | _Kept | None = KEEP
    pace: int | _Kept | None = KEEP
    #: As a Draft's; not kept.
    screening: RiskLevel | None = None
    #: As an AskedAudience's.
    absent_lists: Collection[BuiltIn] = ()

    @property
    def only_pace(self) -> bool:
        return self == Edit(pace=self.pace)

    @property
    def fans_kept(self) -> bool:
        return self.fans is KEEP

    def pace_or(self, before: int | None) -> int | None:
        return _or(self.pace, before)

    def unsend_after_or(self, before: int | None) -> int | None:
        return _or(self.unsend_after_seconds, before)

    def content(self, before: Content) -> Content:
        """The content after the edit."""
        names = (
            "text", "format", "price_cents", "media_ids", "preview_media_ids", "locked_text", "references",
        )  # fmt: skip
        changed = {name: getattr(self, name) for name in names if getattr(self, name) is not KEEP}
        if self.extras is not KEEP:
            changed["extras"] = {**before.extras, **self.extras}
        return replace(before, **changed)

    def asked(self) -> AskedAudience:
        """The parts of the audience that are new, to be settled."""
        return AskedAudience(
            user_lists=_or(self.user_lists, ()), fans=_or(self.fans, ()),
            exclude_user_lists=_or(self.exclude_user_lists, ()),
            subscribed_after=_or(self.subscribed_after, None),
            subscribed_within_days=_or(self.subscribed_within_days, None), absent_lists=self.absent_lists,
        )  # fmt: skip

    def audience(self, before: Audience, settled: Audience) -> Audience:
        """The audience after the edit, from what was and the settled new parts."""
        names = ("user_lists", "exclude_user_lists", "subscribed_after", "subscribed_within_days")
        changed = {name: getattr(settled, name) for name in names if getattr(self, name) is not KEEP}
        if not self.fans_kept:
            changed["fans_count"] = settled.fans_count
        return replace(before, **changed)

    def state_after(self, seen: MassMessage) -> tuple[State, datetime | None]:
        """The state and hour after the edit."""
        hour = _or(self.scheduled_at, seen.scheduled_at)
        if self.save_for_later is True:
            return State.DRAFT, hour
        if self.save_for_later is False or self.scheduled_at is not KEEP:
            handed_over = seen.state is not State.DRAFT or self.save_for_later is False or hour is not None
            if handed_over:
                return (State.QUEUED if hour is None else State.SCHEDULED), hour
        return seen.state, hour


def _or(value: _T | _Kept, before: _T) -> _T:
    return before if value is KEEP else value


@dataclass(frozen=True, slots=True)
class Listing:
    """Which mass messages a list shows."""

    #: sent: started, not recalled; recalled; waiting: not started; shown: all but removed; None: all there are.
    which: Literal["sent", "recalled", "waiting", "shown"] | None = None
    states: tuple[State, ...] = ()
    #: Only what has started, in this time (both ends included).
    started: bool = False
    start: datetime | None = None
    end: datetime | None = None
    query: str = ""
    bought: bool = False
    #: Those that are over (done, failed, cancelled, taken back) only if they were not before this.
    over_since: datetime | None = None
