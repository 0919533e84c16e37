"""Saved for later in this dialect: drafts, and whether the oldest goes out by itself every so many hours."""

from typing import Annotated, Any

import msgspec

from fancast.api.http import Answer, Call
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.media import media_shown
from fancast.api.onlyfansapi.queue import Queued, write_queued
from fancast.api.onlyfansapi.values import Body, account_of, limit_of, offset_of, required
from fancast.core import draft_senders, mass_messages
from fancast.model.draft_senders import PERIODS_HOURS, DraftSender
from fancast.model.mass_messages import Listing, State
from fancast.store.database import Tx

MOST_AT_ONCE = 100
Description = msgspec.Meta


class SavedPage(msgspec.Struct, rename="camel", frozen=True):
    list: list[Queued]
    has_more: bool
    sync_in_process: bool = False


class SenderSettings(msgspec.Struct, rename="camel", frozen=True):
    """Whether the oldest draft goes out by itself, and how often."""

    is_enabled: bool
    current_code: Annotated[int, Description(description="The period in hours.")]
    options: list[int]


class PeriodBody(msgspec.Struct):
    period: Annotated[int, Description(description="Hours between two drafts: 6, 12, 24 or 48.")]


class Period(msgspec.Struct, frozen=True):
    period: int


def listing(tx: Tx, call: Call) -> Answer:
    limit, offset = limit_of(call.query, high=MOST_AT_ONCE), offset_of(call.query)
    drafts = Listing(states=(State.DRAFT,))
    found = mass_messages.page(tx, account_of(call), drafts, offset=offset, limit=limit + 1)
    media = media_shown(tx, account_of(call), [each.content.media_ids for each in found[:limit]], call.links)
    items = []
    for each in found[:limit]:
        named = mass_messages.named_fans(tx, account_of(call), each.id) if each.audience.fans_count else []
        ids = [str(fan_id) for fan_id in named]
        items.append(write_queued(each, media, account_of(call), call.now, user_ids=ids))
    return enveloped(SavedPage(items, len(found) > limit))


def settings(tx: Tx, call: Call) -> Answer:
    return enveloped(write_settings(draft_senders.get(tx, account_of(call))))


def switch_on(tx: Tx, call: Call) -> Answer:
    period = read_period(Body(call.body))
    return enveloped(Period(draft_senders.switch_on(tx, account_of(call), period, now=call.now).period_hours))


def switch_off(tx: Tx, call: Call) -> Answer:
    draft_senders.switch_off(tx, account_of(call))
    nothing: list[Any] = []
    return enveloped(nothing)


def read_period(body: Body) -> int:
    found = body.integer("period")
    if found is None:
        raise required("period")
    return found


def write_settings(sender: DraftSender) -> SenderSettings:
    return SenderSettings(sender.on, sender.period_hours, list(PERIODS_HOURS))
