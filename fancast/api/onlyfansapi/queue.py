"""The queue in this dialect: what waits for its hour, by days of a time zone. This server has no posts in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType

from fancast.api.http import Answer, Call, Query, QueryParam
from fancast.api.onlyfansapi.content import ReleaseForm, write_release_forms
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.mass_messages import unsend_seconds
from fancast.api.onlyfansapi.media import MediaItem, media_shown
from fancast.api.onlyfansapi.values import DAY, account_of, limit_of, price_number, required
from fancast.core import audiences, queue
from fancast.kit.times import in_range, is_time_zone, offset_text
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.mass_messages import MassMessage
from fancast.model.problems import invalid
from fancast.store.database import Tx

MOST_AT_ONCE = 100
_CHAT = "chat"
_KINDS = frozenset((_CHAT, "post"))
Description = msgspec.Meta

WINDOW_QUERY = (
    QueryParam("publishDateStart", str, "From this day or moment on; today or later.", required=True),
    QueryParam("publishDateEnd", str, "Up to this day or moment, included.", required=True),
    QueryParam("timezone", str, "The time zone of both, such as `Europe/Berlin`.", required=True),
)


class QueuedMessage(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A mass message that has not gone out. It has no chat message id yet: both ids are the queue's."""

    id: int
    queue_id: int
    response_type: str
    text: Annotated[str, Description(description="HTML, as fans will see it.")]
    raw_text: str
    giphy_id: str | None
    locked_text: bool
    is_free: bool
    price: float
    is_media_ready: bool
    media_count: int
    media: list[MediaItem]
    previews: list[int]
    is_tip: bool
    is_markdown_disabled: bool
    release_forms: list[ReleaseForm]
    is_from_queue: bool
    can_unsend_queue: bool
    unsend_seconds_queue: int
    is_opened: bool
    is_new: bool
    is_liked: bool
    can_purchase: bool
    cancel_seconds: int
    created_at: str
    changed_at: str
    scheduled_at: str | None
    sent_rules_type: str | None
    sent_rules_extra: str | None
    user_lists: list[str]
    user_ids: Annotated[
        list[str] | UnsetType, Description(description="With drafts: the fans that are named.")
    ] = UNSET


class Queued(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One item of the queue."""

    id: int
    type: str
    created_date_time: str
    publish_date_time: str | None
    entity: QueuedMessage


class QueuePage(msgspec.Struct, rename="camel", frozen=True):
    list: list[Queued]
    sync_in_process: bool = False


class QueueCounts(msgspec.Struct, rename="camel", frozen=True):
    list: Annotated[
        dict[str, dict[str, int]],
        Description(description='By day: `{"2027-01-02": {"chat": 2}}`; a day without items is left out.'),
    ]
    sync_in_process: bool = False


# ---- handlers


def listing(tx: Tx, call: Call) -> Answer:
    days = read_days(call.query, call.now)
    limit = limit_of(call.query, default=20, high=MOST_AT_ONCE)
    if not read_kinds(call.query):
        return enveloped(QueuePage([]))
    found = queue.between(tx, account_of(call), days.start, days.end, limit=limit, now=call.now)
    media = media_shown(tx, account_of(call), [each.content.media_ids for each in found], call.links)
    return enveloped(QueuePage([write_queued(each, media, account_of(call), call.now) for each in found]))


def counts(tx: Tx, call: Call) -> Answer:
    days = read_days(call.query, call.now)
    found = queue.counts_by_day(tx, account_of(call), days.start, days.end, days.zone, now=call.now)
    return enveloped(QueueCounts(write_counts(found)))


# ---- from the wire


@dataclass(frozen=True, slots=True)
class Days:
    """From `start` to `end`, without the end."""

    start: datetime
    end: datetime
    zone: ZoneInfo


def read_days(query: Query, now: datetime) -> Days:
    """The window that both calls demand. Raises Problem(INVALID) for one that is missing, over, or the wrong way."""
    zone = _zone(query)
    start, _ = _span(query, "publishDateStart", zone)
    last, end = _span(query, "publishDateEnd", zone)
    if start.astimezone(zone).date() < now.astimezone(zone).date():
        raise invalid(
            "publishDateStart", "The publishDateStart field must be a date after or equal to today."
        )
    if last < start:
        said = "The publishDateEnd field must be a date after or equal to publishDateStart."
        raise invalid("publishDateEnd", said)
    return Days(start, end, zone)


def read_kinds(query: Query) -> bool:
    """Whether messages are among the asked types. Raises Problem(INVALID) for a type that nobody knows."""
    kinds = query.listed("type")
    for kind in kinds:
        if kind not in _KINDS:
            raise invalid("type", "The type field must be chat or post.")
    return not kinds or _CHAT in kinds


def _zone(query: Query) -> ZoneInfo:
    name = (query.text("timezone", "time_zone") or "").strip()
    if not name:
        raise required("timezone")
    if not is_time_zone(name):
        raise invalid("timezone", "The timezone field must be a valid timezone.")
    return ZoneInfo(name)


def _span(query: Query, name: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Where the day or moment begins, and where it is over; without an offset it is one of the zone."""
    said = (query.text(name) or "").strip()
    if not said:
        raise required(name)
    try:
        start = datetime.fromisoformat(said)
        end = start + (timedelta(days=1) if DAY.fullmatch(said) else timedelta(seconds=1))
        return _in_zone(start, zone), _in_zone(end, zone)
    except (ValueError, OverflowError) as error:
        raise invalid(name, f"The {name} field must be a valid date.") from error


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    return in_range(moment.replace(tzinfo=zone) if moment.tzinfo is None else moment)


# ---- to the wire


def write_queued(
    found: MassMessage, media: Mapping[MediaId, MediaItem], account: Account, now: datetime, **more: Any
) -> Queued:
    """`more` are fields of the message that only some lists have."""
    return Queued(
        id=found.id, type=_CHAT, created_date_time=offset_text(found.created_at), publish_date_time=_hour(found),
        entity=_message(found, media, unsend_seconds(found, account, now), more),
    )  # fmt: skip


def write_counts(found: Mapping[date, int]) -> dict[str, dict[str, int]]:
    return {day.isoformat(): {_CHAT: count} for day, count in found.items()}


def _message(
    found: MassMessage, media: Mapping[MediaId, MediaItem], left: int, more: Mapping[str, Any]
) -> QueuedMessage:
    content = found.content
    items = [media[id] for id in content.media_ids if id in media]
    return QueuedMessage(
        id=found.id, queue_id=found.id, response_type="message", text=found.html, raw_text=content.text,
        giphy_id=content.extras.get("giphy_id") or None, locked_text=content.locked_text,
        is_free=content.price_cents == 0, price=price_number(content.price_cents),
        is_media_ready=all(item.is_ready for item in items), media_count=len(content.media_ids), media=items,
        previews=list(content.preview_media_ids), is_tip=False, is_markdown_disabled=True,
        release_forms=write_release_forms(content), is_from_queue=True, can_unsend_queue=left > 0,
        unsend_seconds_queue=left, is_opened=False, is_new=False, is_liked=False, can_purchase=False,
        cancel_seconds=left, created_at=offset_text(found.created_at), changed_at=offset_text(found.created_at),
        scheduled_at=_hour(found), sent_rules_type=None, sent_rules_extra=None,
        user_lists=[str(audiences.describe_ref(ref)) for ref in found.audience.user_lists], **more,
    )  # fmt: skip


def _hour(found: MassMessage) -> str | None:
    return None if found.scheduled_at is None else offset_text(found.scheduled_at)
