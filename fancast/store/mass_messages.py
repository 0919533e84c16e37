"""Mass messages. Every change names the state or revision it saw: no row, no change."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from fancast.kit.times import from_ms, maybe_from_ms, maybe_ms, parse_time, to_ms, zulu_text
from fancast.model.audiences import Audience
from fancast.model.fan_sets import FanSet
from fancast.model.ids import AccountKey, ListId, MediaId, QueueId
from fancast.model.mass_messages import Content, Format, MassMessage, State
from fancast.model.user_lists import BuiltIn, ListRef
from fancast.store.among import among
from fancast.store.database import Tx
from fancast.store.rows import Row
from fancast.store.tables import mass_messages as t
from fancast.store.tables import purchases
from fancast.store.texts import contains

#: Pace and retries never put off what is under way for longer.
_FAR_AHEAD = timedelta(minutes=2)


def add(tx: Tx, account: AccountKey, made: MassMessage) -> None:
    values = {
        "account_id": account, "id": made.id, "state": made.state.value, "revision": made.revision,
        "pace": made.pace, "unsend_after_seconds": made.unsend_after_seconds, "key_id": made.key_id,
        "total": made.total, "awaits_media": made.awaits_media,
        **content_values(made.content, made.html), "audience": _audience_json(made.audience),
        **{name: maybe_ms(getattr(made, name)) for name in _MOMENTS}, "created_at": to_ms(made.created_at),
    }  # fmt: skip
    tx.run(_INSERT, values)


def get(tx: Tx, account: AccountKey, id: QueueId, *, lock: bool = False) -> MassMessage | None:
    """With `lock` its row is held until the transaction ends: no step moves its counters meanwhile."""
    row = tx.row(_ONE_HELD if lock else _ONE, {"account": account, "id": id})
    return None if row is None else _mass_message(row)


def get_many(tx: Tx, account: AccountKey, ids: Iterable[QueueId]) -> dict[QueueId, MassMessage]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = tx.rows(_MANY, {"account": account, "ids": wanted})
    return {QueueId(row.id): _mass_message(row) for row in rows}


def change(tx: Tx, account: AccountKey, seen: MassMessage, values: Mapping[str, Any]) -> bool:
    """Change it if nobody did since it was read; raises the revision. The first statement of its transaction.

    Values are in our words: moments as datetimes, a State, an Audience.
    """
    changed = _stored({"revision": seen.revision + 1, **values})
    return tx.run(_update(tuple(changed)), _seen(account, seen) | _new(changed)) == 1


def change_each(tx: Tx, changes: Iterable[tuple[AccountKey, MassMessage, Mapping[str, Any]]]) -> bool:
    """Change several, of different accounts, from the watermark that was seen. False when anybody changed any of
    them since it was read: then some are changed and some are not, and the transaction is to be given up.

    Progress alone does not raise the revision: say so in the values where it is to be raised.
    """
    alike: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for account, seen, values in changes:
        changed = _stored(values)
        alike.setdefault(tuple(changed), []).append(_seen(account, seen) | _new(changed))
    ran = [(len(rows), tx.many(_update(columns, moving=True), rows)) for columns, rows in alike.items()]
    return all(found == wanted for wanted, found in ran)


def _seen(account: AccountKey, seen: MassMessage) -> dict[str, Any]:
    return {
        "seen_account": account, "seen_id": seen.id, "seen_state": seen.state.value, "seen_revision": seen.revision,
        "seen_watermark": seen.watermark,
    }  # fmt: skip


def _new(changed: Mapping[str, Any]) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in changed.items()}


@cache
def _update(columns: tuple[str, ...], *, moving: bool = False) -> sa.Executable:
    """Set these columns of the one that was seen; when it moves, only from the watermark that was seen."""
    statement = sa.update(t).where(
        t.c.account_id == sa.bindparam("seen_account"), t.c.id == sa.bindparam("seen_id"),
        t.c.state == sa.bindparam("seen_state"), t.c.revision == sa.bindparam("seen_revision"),
    )  # fmt: skip
    if moving:
        statement = statement.where(t.c.watermark == sa.bindparam("seen_watermark"))
    return statement.values({name: sa.bindparam(f"new_{name}", type_=t.c[name].type) for name in columns})


def cancel_unfinished(tx: Tx, account: AccountKey, *, now: datetime) -> list[QueueId]:
    """Cancel all that has anything to come, in one statement. What was pending is counted as cancelled."""
    pending = sa.func.coalesce(t.c.total - t.c.sent - t.c.skipped - t.c.failed - t.c.unknown, 0)
    unfinished = [State.DRAFT, State.SCHEDULED, State.QUEUED, State.SENDING, State.PAUSED]
    statement = (
        sa.update(t)
        .where(t.c.account_id == account, in_states(unfinished))
        .values(
            state=State.CANCELLED.value, revision=t.c.revision + 1, due_at=None, cancelled=pending,
            cancelled_at=to_ms(now), finished_at=to_ms(now), trouble=None, attempts=0,
        )
        .returning(t.c.id)
    )  # fmt: skip
    return sorted(QueueId(row.id) for row in tx.rows(statement))


def next_due(
    tx: Tx, accounts: Sequence[AccountKey], now: datetime, *, hold: bool = False
) -> dict[AccountKey, tuple[MassMessage, bool]]:
    """Of each account the oldest mass message that has something to be done now, and whether others have.

    With `hold` those that nobody else holds, held; and no lock is waited for long in the rest of the transaction.
    """
    rows = tx.rows(_NEXT_DUE_HELD if hold else _NEXT_DUE, {"accounts": list(accounts), "now": to_ms(now)})
    return {AccountKey(row.account_id): (_mass_message(row), row.newest_due > row.id) for row in rows}


def hold(tx: Tx, account: AccountKey, id: QueueId) -> None:
    """Wait until nobody else changes it, and keep others from it until the transaction ends."""
    tx.rows(_STATES_HELD, {"account": account, "ids": [id]})


def awaiting(tx: Tx, account: AccountKey) -> list[QueueId]:
    """Those not started yet whose media were still on their way, in order of ids."""
    return [QueueId(row.id) for row in tx.rows(_AWAITING, {"account": account})]


def accounts_due(tx: Tx, now: datetime, limit: int) -> list[AccountKey]:
    """Accounts with anything due, by index, in the whole fleet; who waits longest first."""
    statement = sa.select(t.c.account_id).where(t.c.due_at <= to_ms(now)).order_by(t.c.due_at).limit(limit)
    return list(dict.fromkeys(AccountKey(row.account_id) for row in tx.rows(statement)))


def any_ahead(tx: Tx, now: datetime) -> bool:
    """Whether anything under way is due so far ahead that the clock must have been set back since."""
    return tx.value(sa.select(t.c.id).where(*_ahead(now)).limit(1)) is not None


def bring_back(tx: Tx, now: datetime) -> None:
    """Make what is under way and due far ahead due now."""
    tx.run(sa.update(t).where(*_ahead(now)).values(due_at=to_ms(now)))


def _ahead(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (t.c.due_at > to_ms(now + _FAR_AHEAD), in_states([State.QUEUED, State.SENDING]))


def page(
    tx: Tx,
    account: AccountKey,
    *,
    where: Sequence[sa.ColumnElement[bool]] = (),
    before: int | None = None,
    offset: int = 0,
    limit: int,
) -> list[MassMessage]:
    """Newest first."""
    statement = sa.select(t).where(t.c.account_id == account, *where).order_by(t.c.id.desc())
    if before is not None:
        statement = statement.where(t.c.id < before)
    return [_mass_message(row) for row in tx.rows(statement.offset(offset).limit(limit))]


def page_by_start(
    tx: Tx, account: AccountKey, *, where: Sequence[sa.ColumnElement[bool]], offset: int = 0, limit: int
) -> list[MassMessage]:
    """By the moment they started, newest first; those of one moment by id."""
    statement = sa.select(t).where(t.c.account_id == account, *where)
    statement = statement.order_by(t.c.started_at.desc(), t.c.id.desc())
    return [_mass_message(row) for row in tx.rows(statement.offset(offset).limit(limit))]


# Which mass messages a list shows, as conditions for `page`.


def in_states(states: Iterable[State]) -> sa.ColumnElement[bool]:
    return t.c.state.in_([state.value for state in states])


def sent() -> sa.ColumnElement[bool]:
    """Started and not recalled."""
    return in_states([State.SENDING, State.PAUSED, State.DONE])


def recalled() -> sa.ColumnElement[bool]:
    """Taken back, or cancelled after it started."""
    return (t.c.state == State.UNSENT.value) | (
        (t.c.state == State.CANCELLED.value) & t.c.started_at.is_not(None)
    )


def waiting() -> sa.ColumnElement[bool]:
    """Not started, and not saved for later; one that failed waits for its creator to see it."""
    return in_states([State.SCHEDULED, State.QUEUED, State.FAILED])


def not_removed() -> sa.ColumnElement[bool]:
    return (t.c.state != State.CANCELLED.value) | t.c.started_at.is_not(None)


def started_between(start: datetime | None, end: datetime | None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [t.c.started_at.is_not(None)]
    if start is not None:
        conditions.append(t.c.started_at >= to_ms(start))
    if end is not None:
        conditions.append(t.c.started_at <= to_ms(end))
    return conditions


def started_earlier(moment: datetime, id: int) -> sa.ColumnElement[bool]:
    """Before this moment, or in it with a lower id."""
    return (t.c.started_at < to_ms(moment)) | (t.c.id < id)


def not_over_before(moment: datetime) -> sa.ColumnElement[bool]:
    return t.c.finished_at.is_(None) | (t.c.finished_at >= to_ms(moment))


def text_contains(query: str) -> sa.ColumnElement[bool]:
    return contains(t.c.text, query)


def bought() -> sa.ColumnElement[bool]:
    return t.c.purchased > 0


def unsent_among(tx: Tx, account: AccountKey, ids: Iterable[QueueId]) -> set[QueueId]:
    """Which of these were taken back."""
    rows = tx.rows(_UNSENT, {"account": account, "ids": list(ids), "unsent": State.UNSENT.value})
    return {QueueId(row.id) for row in rows}


def hold_many(tx: Tx, account: AccountKey, ids: Iterable[QueueId]) -> dict[QueueId, State]:
    """Hold the rows of several, in the order of their ids, and look at their states."""
    wanted = sorted(set(ids))
    rows = tx.rows(_STATES_HELD, {"account": account, "ids": wanted}) if wanted else []
    return {QueueId(row.id): State(row.state) for row in rows}


def count_views(tx: Tx, account: AccountKey, ids: Iterable[QueueId]) -> None:
    """One view more of each, whose row is held."""
    tx.run(_COUNT_VIEWS, {"in_account": account, "ids": list(ids)})


def buyers(tx: Tx, account: AccountKey, id: QueueId) -> FanSet:
    """Who bought it, and so keeps it when it is taken back."""
    return FanSet(row.number for row in tx.rows(_BUYERS, {"account": account, "id": id}))


# Drawn once: building a statement anew costs several times what running it does.

_INSERT = sa.insert(t)
_ACCOUNT = t.c.account_id == sa.bindparam("account")
_ONE = sa.select(t).where(_ACCOUNT, t.c.id == sa.bindparam("id"))
_ONE_HELD = _ONE.with_for_update()
_MANY = sa.select(t).where(_ACCOUNT, among(t.c.id, "ids"))
_AWAITING = (
    sa.select(t.c.id)
    .where(
        _ACCOUNT,
        t.c.awaits_media,
        t.c.state.in_([State.DRAFT.value, State.SCHEDULED.value, State.QUEUED.value]),
    )
    .order_by(t.c.id)
)
# `id + 0`: else both databases walk all of the account's mass messages in the order of ids.
_DUE = (
    sa.select(
        t.c.account_id.label("of"), sa.func.min(t.c.id + 0).label("oldest_due"),
        sa.func.max(t.c.id + 0).label("newest_due"),
    )
    .where(among(t.c.account_id, "accounts"), t.c.due_at <= sa.bindparam("now"))
    .group_by(t.c.account_id)
    .subquery()
)  # fmt: skip
_NEXT_DUE = (
    sa.select(t, _DUE.c.newest_due)
    .join(_DUE, (t.c.account_id == _DUE.c.of) & (t.c.id == _DUE.c.oldest_due))
    # Once more: PostgreSQL holds a row as it is by then, and asks only of the row itself whether it still is meant.
    .where(t.c.due_at <= sa.bindparam("now"))
    .order_by(t.c.account_id)
)

_NEXT_DUE_HELD = _NEXT_DUE.add_columns(
    sa.func.set_config("lock_timeout", "300ms", True).label("patience")
).with_for_update(of=t, skip_locked=True)

_UNSENT = sa.select(t.c.id).where(_ACCOUNT, among(t.c.id, "ids"), t.c.state == sa.bindparam("unsent"))
_STATES_HELD = (
    sa.select(t.c.id, t.c.state).where(_ACCOUNT, among(t.c.id, "ids")).order_by(t.c.id).with_for_update()
)
_COUNT_VIEWS = (
    sa.update(t)
    .where(t.c.account_id == sa.bindparam("in_account"), among(t.c.id, "ids"))
    .values(viewed=t.c.viewed + 1)
)
_BUYERS = sa.select(purchases.c.number).where(
    purchases.c.account_id == sa.bindparam("account"), purchases.c.queue_id == sa.bindparam("id")
)

_MOMENTS = ("scheduled_at", "queued_at", "started_at", "finished_at", "cancelled_at", "unsent_at", "last_step_at",
            "due_at")  # fmt: skip


def content_values(content: Content, html: str) -> dict[str, Any]:
    """The columns of a content, the same for mass and direct messages."""
    return {
        "text": content.text, "format": content.format.value, "html": html, "price_cents": content.price_cents,
        "locked_text": content.locked_text, "media_ids": list(content.media_ids),
        "preview_media_ids": list(content.preview_media_ids), "extras": dict(content.extras),
    }  # fmt: skip


def content_of(row: Row) -> Content:
    return Content(
        text=row.text, format=Format(row.format), price_cents=row.price_cents, locked_text=row.locked_text,
        media_ids=tuple(MediaId(media) for media in row.media_ids),
        preview_media_ids=tuple(MediaId(media) for media in row.preview_media_ids), extras=row.extras,
    )  # fmt: skip


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _stored_value(value) for name, value in values.items()}


def _stored_value(value: Any) -> Any:
    match value:
        case datetime():
            return to_ms(value)
        case State():
            return value.value
        case Audience():
            return _audience_json(value)
    return value


def _audience_json(audience: Audience) -> dict[str, Any]:
    return {
        "user_lists": [_ref_json(ref) for ref in audience.user_lists], "fans_count": audience.fans_count,
        "exclude_user_lists": [_ref_json(ref) for ref in audience.exclude_user_lists],
        "subscribed_after": None if audience.subscribed_after is None else zulu_text(audience.subscribed_after),
        "subscribed_within_days": audience.subscribed_within_days,
    }  # fmt: skip


def _ref_json(ref: ListRef) -> int | str:
    return ref.value if isinstance(ref, BuiltIn) else ref


def _refs(stored: Iterable[int | str]) -> tuple[ListRef, ...]:
    return tuple(BuiltIn(ref) if isinstance(ref, str) else ListId(ref) for ref in stored)


def _audience(stored: Mapping[str, Any]) -> Audience:
    after = stored["subscribed_after"]
    return Audience(
        user_lists=_refs(stored["user_lists"]), fans_count=stored["fans_count"],
        exclude_user_lists=_refs(stored["exclude_user_lists"]),
        subscribed_after=None if after is None else parse_time(after),
        subscribed_within_days=stored["subscribed_within_days"],
    )  # fmt: skip


def _mass_message(row: Row) -> MassMessage:
    moments = {name: maybe_from_ms(getattr(row, name)) for name in _MOMENTS}
    return MassMessage(
        id=QueueId(row.id), state=State(row.state), revision=row.revision, content=content_of(row), html=row.html,
        audience=_audience(row.audience), pace=row.pace, paced_until_us=row.paced_until_us,
        unsend_after_seconds=row.unsend_after_seconds, created_at=from_ms(row.created_at), **moments,
        late_by_ms=row.late_by_ms, trouble=row.trouble, attempts=row.attempts,
        watermark=row.watermark, total=row.total, sent=row.sent,
        skipped=row.skipped, cancelled=row.cancelled, failed=row.failed, unknown=row.unknown, viewed=row.viewed,
        purchased=row.purchased, revenue_cents=row.revenue_cents, key_id=row.key_id,
        awaits_media=row.awaits_media,
    )  # fmt: skip
