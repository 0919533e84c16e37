"""Mass messages: one content for an audience, with a life."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from fancast.api.faces import Answer, Call
from fancast.api.native.audiences import (
    SentAudience,
    SentAudienceChange,
    ToldAudience,
    read_audience,
    read_audience_change,
    write_audience,
)
from fancast.api.native.values import (
    Cents,
    Moment,
    NoBody,
    Sent,
    SentMoment,
    Told,
    account_of,
    mass_message_id,
    read_after,
    read_body,
    read_fields,
    read_limit,
    read_moment,
    write_page,
)
from fancast.api.retries import marked_retry
from fancast.core import mass_messages
from fancast.kit.times import maybe_zulu, zulu_text
from fancast.model.accounts import Account
from fancast.model.ids import MediaId, QueueId
from fancast.model.mass_messages import Content, Draft, Edit, Format, Listing, MassMessage, State
from fancast.model.problems import invalid
from fancast.store.database import Tx

CURSOR = "mass_messages"
WaitsFor = Literal["publish", "clock", "media", "engine", "pace", "resume"]


class SentMassMessage(Sent):
    """A mass message as asked for: now, at an hour, or as a draft."""

    text: Annotated[str, Meta(description="As written; at most 10,000 characters.")] = ""
    format: Format = Format.PLAIN
    price_cents: Annotated[int, Meta(description="0, or 300 to 20000; a price needs media.")] = 0
    media_ids: Annotated[tuple[int, ...], Meta(description="From the vault.")] = ()
    preview_media_ids: Annotated[
        tuple[int, ...], Meta(description="Those of media_ids that are open to all.")
    ] = ()
    locked_text: Annotated[bool, Meta(description="The text, too, is hidden until bought.")] = False
    audience: SentAudience | None = None
    scheduled_at: SentMoment | None = None
    draft: Annotated[bool, Meta(description="Saved for later: it waits for `publish`.")] = False
    unsend_after_seconds: int | None = None
    pace: Annotated[int | None, Meta(description="Recipients a second; null: as fast as the account's.")] = (
        None
    )


class SentMassMessageChange(Sent):
    """What shall change; what is not sent stays. `pace` alone may change while it is sent, too."""

    text: str | UnsetType = UNSET
    format: Format | UnsetType = UNSET
    price_cents: int | UnsetType = UNSET
    media_ids: tuple[int, ...] | UnsetType = UNSET
    preview_media_ids: tuple[int, ...] | UnsetType = UNSET
    locked_text: bool | UnsetType = UNSET
    audience: SentAudienceChange | UnsetType = UNSET
    scheduled_at: SentMoment | UnsetType | None = UNSET
    draft: bool | UnsetType = UNSET
    unsend_after_seconds: int | UnsetType | None = UNSET
    pace: int | UnsetType | None = UNSET


class ToldMassMessage(Told):
    """A mass message now. After the freeze total = sent + pending + skipped + cancelled + failed + unknown."""

    id: int
    state: State
    waits_for: Annotated[
        WaitsFor | None,
        Meta(
            description="What one that is not finished waits for: somebody's word, its hour, its media, its turn "
            "(also to be tried again), its pace."
        ),
    ]
    trouble: Annotated[
        str | None,
        Meta(description="What went wrong at the last try, which is tried again; or why it failed."),
    ]
    text: str
    format: Format
    price_cents: Cents
    media_ids: list[int]
    preview_media_ids: list[int]
    locked_text: bool
    audience: ToldAudience
    scheduled_at: Moment | None
    unsend_after_seconds: int | None
    late_by_seconds: Annotated[
        int, Meta(description="How long after its hour it started; kept when it is published late.")
    ]
    total: Annotated[int | None, Meta(description="Null before its audience is frozen.")]
    sent: int
    pending: int
    skipped: Annotated[dict[str, int], Meta(description="By reason: owns_media, blocked, deleted.")]
    cancelled: int
    failed: int
    unknown: int
    viewed: int
    purchased: int
    revenue_cents: Cents
    pace: int | None
    rate: Annotated[float | None, Meta(description="Recipients a second achieved so far.")]
    eta_at: Annotated[
        Moment | None,
        Meta(
            description="When a paced one will be done if nothing changes, null while it is tried again; the older "
            "ones that share the account's pace go first."
        ),
    ]
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    unsent_at: Moment | None
    withdrawn: Annotated[int, Meta(description="From how many it vanished when it was unsent.")]
    kept: Annotated[int, Meta(description="How many keep it though it was unsent: they bought it.")]
    unsend_seconds_left: int


class ToldMassMessages(Told):
    """Newest first."""

    items: list[ToldMassMessage] = field(name="list")
    next: str | None


# ---- reading


def read_draft(call: Call) -> Draft:
    sent = read_body(call, SentMassMessage)
    audience = read_audience(sent.audience or SentAudience())
    content = Content(
        text=sent.text, format=sent.format, price_cents=sent.price_cents, locked_text=sent.locked_text,
        media_ids=_media(sent.media_ids), preview_media_ids=_media(sent.preview_media_ids),
    )  # fmt: skip
    return Draft(
        content=content, audience=audience, scheduled_at=read_moment("scheduled_at", sent.scheduled_at),
        save_for_later=sent.draft, unsend_after_seconds=sent.unsend_after_seconds, pace=sent.pace,
    )  # fmt: skip


def read_edit(call: Call) -> Edit:
    wanted = read_fields(read_body(call, SentMassMessageChange))
    audience = wanted.pop("audience", None)
    if isinstance(audience, SentAudienceChange):
        wanted |= read_audience_change(audience)
    if "draft" in wanted:
        wanted["save_for_later"] = wanted.pop("draft")
    return Edit(**wanted)  # type: ignore[arg-type]


def read_listing(call: Call) -> Listing:
    """Raises Problem(INVALID) for a state that there is not."""
    try:
        return Listing(states=tuple(State(word) for word in call.query.listed("state")))
    except ValueError as error:
        raise invalid("state", f"state is one or more of {', '.join(State)}.") from error


def _media(ids: tuple[int, ...]) -> tuple[MediaId, ...]:
    return tuple(MediaId(media) for media in ids)


# ---- writing


def write_mass_message(
    tx: Tx, account: Account, seen: MassMessage, *, now: datetime,
    etas: Mapping[QueueId, datetime] | None = None, whole: bool = True,
) -> ToldMassMessage:  # fmt: skip
    """The resource; `whole` with the fans that were named one by one. `etas`: where they are known by now."""
    named = mass_messages.named_fans(tx, account, seen.id) if whole and seen.audience.fans_count else None
    content = seen.content
    if etas is None:
        etas = mass_messages.etas(tx, account, [seen], now=now)
    return ToldMassMessage(
        id=seen.id, state=seen.state, waits_for=_waits_for(seen, account, now), trouble=seen.trouble,
        text=content.text, format=content.format, price_cents=content.price_cents,
        media_ids=list(content.media_ids), preview_media_ids=list(content.preview_media_ids),
        locked_text=content.locked_text, audience=write_audience(seen.audience, named),
        scheduled_at=maybe_zulu(seen.scheduled_at), unsend_after_seconds=seen.unsend_after_seconds,
        late_by_seconds=seen.late_by_ms // 1_000, total=seen.total, sent=seen.sent, pending=seen.pending,
        skipped=mass_messages.skipped_counts(tx, account, seen.id) if seen.skipped else {},
        cancelled=seen.cancelled, failed=seen.failed, unknown=seen.unknown, viewed=seen.viewed,
        purchased=seen.purchased, revenue_cents=seen.revenue_cents, pace=seen.pace, rate=_rate(seen),
        eta_at=maybe_zulu(None if seen.attempts else etas.get(seen.id)), created_at=zulu_text(seen.created_at),
        started_at=maybe_zulu(seen.started_at), finished_at=maybe_zulu(seen.finished_at),
        unsent_at=maybe_zulu(seen.unsent_at), withdrawn=mass_messages.withdrawn(tx, account, seen), kept=seen.kept,
        unsend_seconds_left=seen.unsend_seconds_left(account.unsend_window_seconds, now),
    )  # fmt: skip


def _waits_for(seen: MassMessage, account: Account, now: datetime) -> WaitsFor | None:
    if seen.finished:
        return None
    if seen.state is State.DRAFT:
        return "publish"
    if seen.state is State.PAUSED:
        return "resume"
    if seen.attempts:
        # Neither its hour nor its pace keeps it: its last try went wrong, and the engine tries again.
        return "engine"
    if seen.awaits_media and (seen.scheduled_at is None or seen.scheduled_at <= now):
        return "media"
    # Past its moment it waits for nothing but its turn at the engine.
    if seen.due_at is None or seen.due_at <= now:
        return "engine"
    if seen.state is State.SCHEDULED:
        return "clock"
    return "engine" if seen.pace is None and account.pace is None else "pace"


def _rate(seen: MassMessage) -> float | None:
    if not seen.sent or seen.started_at is None or seen.last_step_at is None:
        return None
    # An unpaced send can be over within the millisecond that the database keeps.
    took = max(seen.last_step_at - seen.started_at, timedelta(milliseconds=1))
    return round(seen.sent / took.total_seconds(), 1)


# ---- handlers


def create(tx: Tx, call: Call) -> Answer:
    account, draft = account_of(call), read_draft(call)
    made = mass_messages.create(
        tx, account, draft, key=call.key, marked_retry=marked_retry(call), must_select=True, now=call.now
    )
    return Answer(write_mass_message(tx, account, made, now=call.now), 201)


def page(tx: Tx, call: Call) -> Answer:
    account, limit = account_of(call), read_limit(call)
    found = mass_messages.page(
        tx, account, read_listing(call), before=read_after(call, CURSOR), limit=limit + 1
    )
    etas = mass_messages.etas(tx, account, found, now=call.now)

    def told(seen: MassMessage) -> ToldMassMessage:
        return write_mass_message(tx, account, seen, now=call.now, etas=etas, whole=False)

    return Answer(write_page(CURSOR, found, limit, told, lambda seen: seen.id))


def get(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    seen = mass_messages.get(tx, account, mass_message_id(call))
    return Answer(write_mass_message(tx, account, seen, now=call.now))


def edit(tx: Tx, call: Call) -> Answer:
    account, wanted, id = account_of(call), read_edit(call), mass_message_id(call)
    if wanted == Edit():
        return get(tx, call)
    changed = mass_messages.edit(tx, account, id, wanted, must_select=True, now=call.now)
    return Answer(write_mass_message(tx, account, changed, now=call.now))


def publish(tx: Tx, call: Call) -> Answer:
    return _act(tx, call, partial(mass_messages.publish, must_select=True))


def pause(tx: Tx, call: Call) -> Answer:
    return _act(tx, call, mass_messages.pause)


def resume(tx: Tx, call: Call) -> Answer:
    return _act(tx, call, mass_messages.resume)


def cancel(tx: Tx, call: Call) -> Answer:
    return _act(tx, call, mass_messages.cancel)


def unsend(tx: Tx, call: Call) -> Answer:
    return _act(tx, call, mass_messages.unsend)


def _act(tx: Tx, call: Call, verb: Callable[..., MassMessage]) -> Answer:
    account, id = account_of(call), mass_message_id(call)
    read_body(call, NoBody)
    changed = verb(tx, account, QueueId(id), now=call.now)
    return Answer(write_mass_message(tx, account, changed, now=call.now))
