"""Statistics of messages: mass messages (under two addresses), direct ones, and the one that earned most.

Dates choose by the moment of sending; the counters are those of the whole life so far.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from fancast.api.http import Answer, Call, read_id
from fancast.api.onlyfansapi.envelope import enveloped, next_page, paged
from fancast.api.onlyfansapi.mass_messages import is_cancelled, unsend_seconds
from fancast.api.onlyfansapi.media import MediaItem, media_shown
from fancast.api.onlyfansapi.values import account_of, cursor_text, offset_of, read_window
from fancast.core import engagement, mass_messages
from fancast.core.engagement import DirectStatistics
from fancast.kit.money import dollars_text
from fancast.kit.times import offset_text
from fancast.model.accounts import Account
from fancast.model.ids import MediaId
from fancast.model.mass_messages import MassMessage
from fancast.store.database import Tx

MOST_AT_ONCE = 100
Description = msgspec.Meta


class StatsItem(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A mass message and what became of it. `id` is the queue id."""

    id: int
    date: str
    response_type: str
    text: Annotated[str, Description(description="HTML, as fans see it.")]
    raw_text: str
    giphy_id: str | None
    is_free: bool
    price: Annotated[
        str | UnsetType, Description(description="Dollars with two decimals; only when not free.")
    ] = UNSET
    is_media_ready: bool
    media_count: int
    media: list[MediaItem]
    previews: list[int]
    is_tip: bool
    is_reported_by_me: bool
    viewed_count: int
    sent_count: int
    purchased_count: int | UnsetType = UNSET
    can_send_message_to_buyers: bool | UnsetType = UNSET
    is_canceled: bool
    template: str
    can_unsend: bool
    unsend_seconds: int
    message_id: Annotated[
        int | UnsetType, Description(description="Of a direct message: the message in the chat.")
    ] = UNSET
    to_user_id: int | UnsetType = UNSET


class Link(msgspec.Struct, frozen=True):
    href: str
    method: str = "GET"


class Relationships(msgspec.Struct, frozen=True):
    buyers: Link


class TopItem(StatsItem, frozen=True, kw_only=True):
    """The mass message that earned most."""

    total_revenue_generated: Annotated[str, Description(description="Gross dollars.")]
    relationships: Relationships


class TopMessage(msgspec.Struct, frozen=True):
    purchases: Annotated[TopItem | None, Description(description="null when nothing was sold.")]


class StatsPage(msgspec.Struct, rename="camel", frozen=True):
    items: list[StatsItem]
    has_more: bool


def sent_mass_messages(tx: Tx, call: Call) -> Answer:
    """Newest first. The next page goes on from the last item's moment, and its id where several share one."""
    limit = call.query.integer("limit", default=10, low=1, high=MOST_AT_ONCE, clamp=True)
    start, end = read_window(call.query)
    found = mass_messages.page_by_start(
        tx, account_of(call), start=start, end=end, before=read_id(call.query.text("before")),
        query=call.query.text("query") or "", offset=offset_of(call.query), limit=limit + 1,
    )  # fmt: skip
    shown, more = found[:limit], len(found) > limit
    media = media_shown(tx, account_of(call), [each.content.media_ids for each in shown], call.links)
    items = [write_stats(each, media, account_of(call), call.now) for each in shown]
    return paged(StatsPage(items, more), _following(call, shown[-1], limit) if more else None)


def direct_messages(tx: Tx, call: Call) -> Answer:
    """As `sent_mass_messages`, of the creator's messages to single fans; a search looks on by the next page."""
    limit = call.query.integer("limit", default=10, low=1, high=MOST_AT_ONCE, clamp=True)
    start, end = read_window(call.query)
    offset = offset_of(call.query)
    page = engagement.direct(
        tx, account_of(call), start=start, end=end, before=read_id(call.query.text("before")),
        query=call.query.text("query") or "", offset=offset, limit=limit + 1, now=call.now,
    )  # fmt: skip
    shown, following = page.found[:limit], None
    media = media_shown(tx, account_of(call), [each.message.content.media_ids for each in shown], call.links)
    items = [write_direct(each, media, account_of(call), call.now) for each in shown]
    if len(page.found) > limit:
        following = _next(call, shown[-1].message.created_at, shown[-1].message.id, limit)
    elif page.rest is not None and (shown or not offset):
        # Whoever goes on by offset alone comes to an empty page, which is the last.
        following = _next(call, page.rest.sent_at, page.rest.id, limit)
    return paged(StatsPage(items, following is not None), following)


def top_message(tx: Tx, call: Call) -> Answer:
    """The mass message of a time with the highest revenue; more purchases break a tie."""
    account = account_of(call)
    start, end = read_window(call.query)
    found = engagement.best_selling(tx, account, start=start, end=end, now=call.now)
    if found is None:
        return enveloped(TopMessage(None))
    media = media_shown(tx, account, [found.content.media_ids], call.links)
    path = f"/api/{call.params['account']}/engagement/messages/{found.id}/buyers"
    href = f"{call.origin}{path}?limit=10&offset=0&skip_users_dups=1&marker=0"
    item = TopItem(
        **msgspec.structs.asdict(write_stats(found, media, account, call.now)),
        total_revenue_generated=dollars_text(found.revenue_cents), relationships=Relationships(Link(href)),
    )  # fmt: skip
    return enveloped(TopMessage(item))


def _following(call: Call, last: MassMessage, limit: int) -> str:
    assert last.started_at is not None
    return _next(call, last.started_at, last.id, limit)


def _next(call: Call, moment: datetime, id: int, limit: int) -> str:
    return next_page(call, limit=limit, endDate=cursor_text(moment), before=id, offset=None, end_date=None)


def write_stats(
    found: MassMessage, media: Mapping[MediaId, MediaItem], account: Account, now: datetime
) -> StatsItem:
    content, left = found.content, unsend_seconds(found, account, now)
    free = content.price_cents == 0
    return StatsItem(
        id=found.id, date=offset_text(found.at), response_type="message", text=found.html, raw_text=content.text,
        giphy_id=content.extras.get("giphy_id"), is_free=free,
        price=UNSET if free else dollars_text(content.price_cents), is_media_ready=found.ready,
        media_count=len(content.media_ids), media=[media[id] for id in content.media_ids if id in media],
        previews=list(content.preview_media_ids), is_tip=False, is_reported_by_me=False, viewed_count=found.viewed,
        sent_count=found.sent, purchased_count=UNSET if free else found.purchased,
        can_send_message_to_buyers=UNSET if free else found.purchased > 0, is_canceled=is_cancelled(found),
        template="group", can_unsend=left > 0, unsend_seconds=left,
    )  # fmt: skip


def write_direct(
    found: DirectStatistics, media: Mapping[MediaId, MediaItem], account: Account, now: datetime
) -> StatsItem:
    message, content = found.message, found.message.content
    left = 0 if found.withdrawn else message.withdraw_seconds_left(account.message_unsend_window_seconds, now)
    free, shown = content.price_cents == 0, [media[id] for id in content.media_ids if id in media]
    return StatsItem(
        id=message.queue_id, date=offset_text(message.created_at), response_type="message", text=message.html,
        raw_text=content.text, giphy_id=content.extras.get("giphy_id"), is_free=free,
        price=UNSET if free else dollars_text(content.price_cents),
        is_media_ready=all(item.is_ready for item in shown), media_count=len(content.media_ids), media=shown,
        previews=list(content.preview_media_ids), is_tip=False, is_reported_by_me=False,
        viewed_count=int(found.viewed), sent_count=1, purchased_count=UNSET if free else int(found.bought),
        can_send_message_to_buyers=UNSET if free else found.bought, is_canceled=found.withdrawn,
        template="direct", can_unsend=left > 0, unsend_seconds=left, message_id=message.id, to_user_id=found.fan_id,
    )  # fmt: skip
