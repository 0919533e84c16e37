"""Mass messages: make, edit, publish, pause, resume, cancel, unsend, read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from fancast.core import arrivals, audiences, banned_words, media, moves, pacing, repeats, sending
from fancast.model import mass_messages as model
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.audiences import Audience, demand_selection
from fancast.model.events import EventKind
from fancast.model.fan_sets import FanSet
from fancast.model.ids import FanId, MediaId, QueueId
from fancast.model.mass_messages import EDITABLE, Content, Draft, Edit, Listing, MassMessage, State
from fancast.model.problems import Kind, Problem, not_found, wrong_state
from fancast.model.texts import to_html
from fancast.store import events, fan_sets, fans, heads, mass_messages
from fancast.store.database import Tx


def create(
    tx: Tx,
    account: Account,
    draft: Draft,
    *,
    key: ApiKey | None = None,
    marked_retry: bool | None = None,
    must_select: bool = False,
    now: datetime,
) -> MassMessage:
    """Accept a mass message: now, for later or as a draft. Freezing happens after the answer.

    One that names nobody has nobody to freeze: it is done as soon as it is made. A dialect in which it `must_select`
    somebody refuses it (INVALID, no_selector), but for drafts: they may be finished later. `edit` and `publish` alike.
    With a key and `marked_retry` (whether the client marks this call as a retry) it is safe to repeat: see
    `core.repeats`. Raises Problem(INVALID) for content, hour, media, lists or fans that cannot be, and CONFLICT
    duplicate_send; then nothing is made.
    """
    if must_select and not draft.save_for_later:
        demand_selection(draft.audience)
    if key is None or marked_retry is None:
        return _create(tx, account, draft, key, now)
    said = replace(draft, content=media.as_said(tx, account, draft.content))
    mark = repeats.fingerprint("mass_message", said)
    first = repeats.first_result(tx, account, key, mark, marked=marked_retry, now=now)
    if first is not None:
        return get(tx, account, first)
    made = _create(tx, account, draft, key, now)
    repeats.remember(tx, account, key, mark, made.id, marked=marked_retry, now=now)
    return made


def _create(tx: Tx, account: Account, draft: Draft, key: ApiKey | None, now: datetime) -> MassMessage:
    model.check_draft(draft, now)
    held = media.hold(tx, account, draft.content, now=now)
    audience, named = audiences.settle(tx, account, draft.audience, to_keep=True)
    banned_words.screen(tx, draft.content.text, draft.screening)
    content, here = media.settle(tx, account, held, now=now)
    state = _first_state(draft)
    queued, done = state is State.QUEUED, state is State.DONE
    head = heads.take(tx, account.key, ids=1, events=1, hint_at=now if queued else None)
    made = MassMessage(
        id=QueueId(head.first_id), state=state, revision=1, content=content,
        html=to_html(content.text, content.format), audience=audience, pace=draft.pace,
        unsend_after_seconds=draft.unsend_after_seconds, created_at=now, scheduled_at=draft.scheduled_at,
        queued_at=now if queued or done else None, due_at=_due(state, draft.scheduled_at, now),
        key_id=key.key_id if key else None, started_at=now if done else None, finished_at=now if done else None,
        total=0 if done else None, awaits_media=not (here or done),
    )  # fmt: skip
    mass_messages.add(tx, account.key, made)
    fan_sets.create(tx, account.key, audiences.named_key(made.id), named)
    fact = {"state": state.value}
    events.add(tx, account.key, head.first_event, EventKind.MASS_MESSAGE_CREATED, made.id, fact, now=now)
    return made


def edit(
    tx: Tx, account: Account, id: QueueId, wanted: Edit, *, must_select: bool = False, now: datetime
) -> MassMessage:
    """Change what is named, keep the rest. Until it starts; its pace also while sending.

    An hour makes a draft scheduled; an hour taken away sends a scheduled one now. A draft that is handed over is held
    to what `create` asks for. Raises NOT_FOUND, INVALID, CONFLICT wrong_state.
    """
    seen = _held(tx, account, id)
    if wanted.only_pace and seen.state in (State.SENDING, State.PAUSED):
        model.check_pace(wanted.pace_or(seen.pace))
        values: dict[str, Any] = {"pace": wanted.pace_or(seen.pace)}
        _change(tx, account, seen, values, EventKind.MASS_MESSAGE_EDITED, now)
        return get(tx, account, id)
    if seen.state not in EDITABLE:
        raise wrong_state("edited", seen.state.value)
    content = wanted.content(seen.content)
    model.check_content(content)
    held = media.hold(tx, account, content, kept=seen.content.media_ids, now=now)
    model.check_pace(wanted.pace_or(seen.pace))
    model.check_unsend_after(wanted.unsend_after_or(seen.unsend_after_seconds))
    state, scheduled_at = wanted.state_after(seen)
    if state is not seen.state:
        seen.demand(state, "edited")
    # The hour of a draft may have passed while nobody sent it; that of a scheduled one only while the engine was late.
    if scheduled_at != seen.scheduled_at or (state is State.SCHEDULED and state is not seen.state):
        model.check_schedule(scheduled_at, now)
    audience, named = _edited_audience(tx, account, seen, wanted)
    if must_select and state is not State.DRAFT:
        demand_selection(audience)
    banned_words.screen(tx, content.text, wanted.screening)
    content, here = media.settle(tx, account, held, now=now)
    values = {
        "state": state, "scheduled_at": scheduled_at, "due_at": _due(state, scheduled_at, now),
        "queued_at": (seen.queued_at or now) if state is State.QUEUED else None,
        "late_by_ms": _late_by_ms(seen, state, now), "pace": wanted.pace_or(seen.pace),
        "unsend_after_seconds": wanted.unsend_after_or(seen.unsend_after_seconds), "audience": audience,
        **_waiting(tx, account, content, here),
        **mass_messages.content_values(content, to_html(content.text, content.format)),
    }  # fmt: skip
    _change(tx, account, seen, values, EventKind.MASS_MESSAGE_EDITED, now, named=named)
    return get(tx, account, id)


def publish(
    tx: Tx, account: Account, id: QueueId, *, must_select: bool = False, now: datetime
) -> MassMessage:
    """Send a draft or scheduled one now; one that is late by then stays so.

    Raises NOT_FOUND, CONFLICT wrong_state, INVALID no_selector.
    """
    seen = _held(tx, account, id)
    if seen.state not in (State.DRAFT, State.SCHEDULED):
        raise wrong_state("published", seen.state.value)
    if must_select:
        demand_selection(seen.audience)
    _become(tx, account, seen, State.QUEUED, "published", EventKind.MASS_MESSAGE_QUEUED, now,
            queued_at=now, due_at=now, scheduled_at=None,
            late_by_ms=_late_by_ms(seen, State.QUEUED, now))  # fmt: skip
    return get(tx, account, id)


def pause(tx: Tx, account: Account, id: QueueId, *, now: datetime) -> MassMessage:
    """Stop before the next step. What was delivered takes itself back if it was to, and then nothing more goes out.

    Raises NOT_FOUND, CONFLICT wrong_state.
    """
    seen = _held(tx, account, id)
    _become(tx, account, seen, State.PAUSED, "paused", EventKind.MASS_MESSAGE_PAUSED, now,
            due_at=_vanishes_at(seen))  # fmt: skip
    return get(tx, account, id)


def resume(tx: Tx, account: Account, id: QueueId, *, now: datetime) -> MassMessage:
    """Go on where it stopped: nobody twice, nobody left out. Raises NOT_FOUND, CONFLICT wrong_state."""
    seen = _held(tx, account, id)
    if seen.state is not State.PAUSED:
        raise wrong_state("resumed", seen.state.value)
    _become(tx, account, seen, State.SENDING, "resumed", EventKind.MASS_MESSAGE_RESUMED, now, due_at=now)
    return get(tx, account, id)


def cancel(tx: Tx, account: Account, id: QueueId, *, now: datetime) -> MassMessage:
    """Nothing more goes out; what was delivered stays, until it takes itself back if it was to.

    One that failed is put away. Raises NOT_FOUND, CONFLICT wrong_state.
    """
    seen = _held(tx, account, id)
    _become(tx, account, seen, State.CANCELLED, "cancelled", EventKind.MASS_MESSAGE_CANCELLED, now,
            due_at=_vanishes_at(seen), cancelled_at=now, finished_at=now,
            cancelled=seen.cancelled + seen.pending, **_trouble_left(seen))  # fmt: skip
    return get(tx, account, id)


def unsend(tx: Tx, account: Account, id: QueueId, *, now: datetime) -> MassMessage:
    """Take it back from everybody but its buyers, within the account's window.

    Raises NOT_FOUND, CONFLICT wrong_state or unsend_window_over.
    """
    seen = _held(tx, account, id)
    if State.UNSENT not in model.TRANSITIONS[seen.state] or seen.started_at is None:
        raise wrong_state("unsent", seen.state.value)
    if _window_is_over(account, seen, now):
        raise Problem(Kind.CONFLICT, "unsend_window_over", "The time in which it could be unsent is over.")
    if not sending.take_back(tx, account, seen, now=now):
        raise _overtaken()
    return get(tx, account, id)


def remove(tx: Tx, account: Account, id: QueueId, *, now: datetime) -> MassMessage:
    """What both dialects' DELETE does: cancel what did not start, unsend what did. Raises as those two.

    A paused one that it is too late to unsend is cancelled: they have no other way to stop what is still to come.
    """
    seen = _held(tx, account, id)
    stuck = seen.state is State.PAUSED and _window_is_over(account, seen, now)
    if stuck or seen.state in EDITABLE or seen.state is State.FAILED:
        return cancel(tx, account, id, now=now)
    return unsend(tx, account, id, now=now)


# ---- reading


def get(tx: Tx, account: Account, id: QueueId) -> MassMessage:
    """Raises Problem(NOT_FOUND)."""
    found = mass_messages.get(tx, account.key, id)
    if found is None:
        raise not_found("mass_message", id)
    return found


def get_shown(tx: Tx, account: Account, id: QueueId) -> MassMessage:
    """As `get`, but one that was removed before it started is gone, as both dialects want."""
    found = get(tx, account, id)
    if found.removed:
        raise not_found("mass_message", id)
    return found


def page(
    tx: Tx, account: Account, listing: Listing, *, before: int | None = None, offset: int = 0, limit: int
) -> list[MassMessage]:
    """Newest first. Ask for one more than shown to learn of a rest."""
    where = []
    match listing.which:
        case "sent":
            where.append(mass_messages.sent())
        case "recalled":
            where.append(mass_messages.recalled())
        case "waiting":
            where.append(mass_messages.waiting())
        case "shown":
            where.append(mass_messages.not_removed())
    if listing.states:
        where.append(mass_messages.in_states(listing.states))
    if listing.started:
        where += mass_messages.started_between(listing.start, listing.end)
    if listing.query:
        where.append(mass_messages.text_contains(listing.query))
    if listing.bought:
        where.append(mass_messages.bought())
    if listing.over_since is not None:
        where.append(mass_messages.not_over_before(listing.over_since))
    return mass_messages.page(tx, account.key, where=where, before=before, offset=offset, limit=limit)


def page_by_start(
    tx: Tx,
    account: Account,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    before: int | None = None,
    query: str = "",
    offset: int = 0,
    limit: int,
) -> list[MassMessage]:
    """What has started, by the moment it did, newest first; what was taken back is among it.

    Both ends are included; of what started at `end` itself only ids below `before`, so that a walk by the last
    one's moment and id shows each once. Ask for one more than shown to learn of a rest.
    """
    where = mass_messages.started_between(start, end)
    if end is not None and before is not None:
        where.append(mass_messages.started_earlier(end, before))
    if query:
        where.append(mass_messages.text_contains(query))
    return mass_messages.page_by_start(tx, account.key, where=where, offset=offset, limit=limit)


def named_fans(tx: Tx, account: Account, id: QueueId) -> list[FanId]:
    """The fans that were named one by one."""
    numbers = list(fan_sets.load(tx, account.key, audiences.named_key(id)))
    return list(fans.ids_of(tx, account.key, numbers).values())


def withdrawn(tx: Tx, account: Account, seen: MassMessage) -> int:
    """Recipients from whom it vanished when it was unsent; 0 for one that was not."""
    return sending.withdrawn(tx, account.key, seen, kept=seen.kept) if seen.state is State.UNSENT else 0


def skipped_counts(tx: Tx, account: Account, id: QueueId) -> dict[str, int]:
    """How many were left out, by reason."""
    return sending.skipped_counts(tx, account.key, id)


def etas(tx: Tx, account: Account, shown: Sequence[MassMessage], *, now: datetime) -> dict[QueueId, datetime]:
    """When those of them that are sent at a pace will be done: see `core.pacing`. One statement at most."""
    return pacing.etas(tx, account, shown, now=now)


def media_types(tx: Tx, account: Account, media_ids: Sequence[MediaId]) -> dict[MediaId, str]:
    return {id: item.type.value for id, item in media.get_many(tx, account, media_ids).items()}


# ---- helpers


def _held(tx: Tx, account: Account, id: QueueId) -> MassMessage:
    """As `get`, and nobody moves it until this transaction ends.

    Without the lock a step could commit between the look and the change: what it delivered was then counted as
    cancelled, too (PostgreSQL). Raises Problem(NOT_FOUND).
    """
    found = mass_messages.get(tx, account.key, id, lock=True)
    if found is None:
        raise not_found("mass_message", id)
    return found


def _vanishes_at(seen: MassMessage) -> datetime | None:
    """When what was delivered of one that stops here takes itself back: it counts from the last step there was."""
    return None if seen.last_step_at is None else moves.takes_itself_back_at(seen, seen.last_step_at)


def _window_is_over(account: Account, seen: MassMessage, now: datetime) -> bool:
    """Whether it is too late to unsend what has started. The last step of one under way is still to come."""
    since = seen.last_step_at or seen.started_at
    if since is None or seen.state is State.SENDING:
        return False
    return (now - since).total_seconds() >= account.unsend_window_seconds


def _first_state(draft: Draft) -> State:
    if draft.save_for_later:
        return State.DRAFT
    if draft.scheduled_at is not None:
        return State.SCHEDULED
    return State.QUEUED if draft.audience.selects else State.DONE


def _waiting(tx: Tx, account: Account, content: Content, here: bool) -> dict[str, Any]:
    waiting = None if here else arrivals.look(tx, account, content.media_ids)
    trouble = None if waiting is None else waiting.failure
    return {"awaits_media": waiting is not None, "trouble": trouble, "attempts": 0}


def _trouble_left(seen: MassMessage) -> dict[str, Any]:
    """What is said of a cancelled one: nothing is tried again. One that failed keeps its reason."""
    return {} if seen.state is State.FAILED else {"trouble": None, "attempts": 0}


def _due(state: State, scheduled_at: datetime | None, now: datetime) -> datetime | None:
    return {State.QUEUED: now, State.SCHEDULED: scheduled_at}.get(state)


def _late_by_ms(seen: MassMessage, state: State, now: datetime) -> int:
    """How late it is when it becomes or stays queued; one that waits for an hour, or for a person, is not."""
    if state is not State.QUEUED:
        return 0
    return seen.late_by_ms if seen.state is State.QUEUED else moves.late_by_ms(seen, now)


def _become(
    tx: Tx, account: Account, seen: MassMessage, state: State, verb: str, event: EventKind, now: datetime,
    **values: Any,
) -> None:  # fmt: skip
    seen.demand(state, verb)
    _change(tx, account, seen, {"state": state, **values}, event, now)


def _change(
    tx: Tx, account: Account, seen: MassMessage, values: dict[str, Any], event: EventKind, now: datetime, *,
    named: FanSet | None = None,
) -> None:  # fmt: skip
    """The change, its named fans and its event. Raises CONFLICT when somebody else was first."""
    if not mass_messages.change(tx, account.key, seen, values):
        raise _overtaken()
    if named is not None:
        fan_sets.delete(tx, account.key, audiences.named_key(seen.id))
        fan_sets.create(tx, account.key, audiences.named_key(seen.id), named)
    due_now = values.get("due_at") is not None and values["due_at"] <= now
    head = heads.take(tx, account.key, events=1, hint_at=now if due_now else None)
    state = values.get("state", seen.state)
    events.add(tx, account.key, head.first_event, event, seen.id, {"state": state.value}, now=now)


def _overtaken() -> Problem:
    return Problem(Kind.CONFLICT, "changed_meanwhile", "It changed while this ran; read it again.")


def _edited_audience(
    tx: Tx, account: Account, seen: MassMessage, wanted: Edit
) -> tuple[Audience, FanSet | None]:
    """The audience after an edit, and its named fans where they are new. A kept list may be gone by now."""
    settled, named = audiences.settle(tx, account, wanted.asked(), to_keep=True)
    return wanted.audience(seen.audience, settled), None if wanted.fans_kept else named
