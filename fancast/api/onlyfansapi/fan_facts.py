"""Fans one by one: who came last, who spent most, what the creator says of them, and what they paid for."""

from datetime import datetime
from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.onlyfansapi.envelope import enveloped, next_page, paged
from fancast.api.onlyfansapi.fans import FanCard, cards
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.values import (
    Body,
    account_of,
    limit_of,
    offset_of,
    price_number,
    read_window,
    required,
)
from fancast.core import fan_pages, fans
from fancast.kit.times import offset_text
from fancast.model.fans import Began, Fan, Period, Spent
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

MOST_LATEST = 50
_DATES = (
    QueryParam("start_date", str, "The first day; with end_date."),
    QueryParam("end_date", str, "The last day, all of it; with start_date."),
)
LATEST_QUERY = (
    QueryParam("type", str, "total, renew or new.", default="total"),
    *_DATES,
    limit(10, 1, MOST_LATEST),
    OFFSET,
)
TOP_QUERY = (
    QueryParam("by", str, "total, subscribes, tips, messages, post or streams.", default="total"),
    *_DATES,
    limit(10, 1, MOST_LATEST),
    OFFSET,
)
_LATEST = {"total": Began.EITHER, "renew": Began.RENEWED, "new": Began.NEW}
#: Posts and streams are not sold here: nobody spent anything on them.
_TOP = {
    "total": Spent.TOTAL, "subscribes": Spent.SUBSCRIPTIONS, "tips": Spent.TIPS, "messages": Spent.MESSAGES,
    "post": None, "streams": None,
}  # fmt: skip
Description = msgspec.Meta


class LatestFans(msgspec.Struct, frozen=True, rename="camel"):
    users: list[FanCard]
    has_more: bool
    offset: Annotated[int, Description(description="Where the next page begins.")]


class TopFans(msgspec.Struct, frozen=True):
    users: list[FanCard]


class Notes(msgspec.Struct, frozen=True):
    notes: str


class NotesBody(msgspec.Struct, frozen=True):
    notes: Annotated[str, Description(max_length=fans.LONGEST_NOTE)]


class CustomNameBody(msgspec.Struct, frozen=True):
    custom_name: Annotated[
        Annotated[str, Description(max_length=fans.LONGEST_CUSTOM_NAME)] | None,
        Description(description="Empty or null takes it away."),
    ] = None


class PaidTime(msgspec.Struct, frozen=True, rename="camel"):
    subscribe_date: str
    expire_date: str
    price: float


class History(msgspec.Struct, frozen=True, rename="camel"):
    list: list[PaidTime]
    has_more: bool


# ---- handlers


def latest(tx: Tx, call: Call) -> Answer:
    shown, offset = limit_of(call.query, high=MOST_LATEST), offset_of(call.query)
    start, end = _both_or_none(call)
    found = fan_pages.page(
        tx, account_of(call), by=_LATEST[_one_of(call, "type", tuple(_LATEST))], subscribed_from=start,
        subscribed_until=end, offset=offset, limit=shown + 1, now=call.now,
    )  # fmt: skip
    users, more = cards(tx, call, found[:shown]), len(found) > shown
    page = LatestFans(users, more, offset + len(users))
    return paged(page, next_page(call, limit=shown, offset=page.offset) if more else None)


def top(tx: Tx, call: Call) -> Answer:
    by = _TOP[_one_of(call, "by", tuple(_TOP))]
    start, end = _both_or_none(call)
    shown, offset = limit_of(call.query, high=MOST_LATEST), offset_of(call.query)
    found: list[Fan] = []
    if by is not None:
        found = fan_pages.top(
            tx, account_of(call), by, since=start, until=end, offset=offset, limit=shown, now=call.now
        )
    return enveloped(TopFans(cards(tx, call, found)))


def get_notes(tx: Tx, call: Call) -> Answer:
    return enveloped(Notes(_fan(tx, call).notice or ""))


def put_notes(tx: Tx, call: Call) -> Answer:
    notes = Body(call.body).text("notes")
    if notes is None:
        raise required("notes")
    if len(notes) > fans.LONGEST_NOTE:
        raise invalid("notes", f"The notes field must not be greater than {fans.LONGEST_NOTE} characters.")
    return _told(tx, call, fans.set_note(tx, account_of(call), _fan(tx, call).fan_id, notes))


def delete_notes(tx: Tx, call: Call) -> Answer:
    return _told(tx, call, fans.set_note(tx, account_of(call), _fan(tx, call).fan_id, ""))


def put_custom_name(tx: Tx, call: Call) -> Answer:
    """An empty name, null and none at all take it away."""
    name = Body(call.body).text("custom_name") or ""
    if len(name) > fans.LONGEST_CUSTOM_NAME:
        most = fans.LONGEST_CUSTOM_NAME
        raise invalid("custom_name", f"The custom_name field must not be greater than {most} characters.")
    return _told(tx, call, fans.set_custom_name(tx, account_of(call), _fan(tx, call).fan_id, name))


def subscriptions_history(tx: Tx, call: Call) -> Answer:
    """All paid times, the newest first."""
    fan = _fan(tx, call)
    times = [write_time(one) for one in fans.paid_times(tx, account_of(call), fan)]
    return enveloped(History(times[::-1], has_more=False))


def _fan(tx: Tx, call: Call) -> Fan:
    asked = call.params["fan_id"]
    if not (asked.isascii() and asked.isdigit()):
        raise not_found("fan", asked)
    return fans.get(tx, account_of(call), asked)


def _told(tx: Tx, call: Call, fan: Fan) -> Answer:
    return enveloped(cards(tx, call, [fan])[0])


# ---- from the wire


def _one_of(call: Call, name: str, words: tuple[str, ...]) -> str:
    asked = call.query.text(name) or words[0]
    if asked not in words:
        raise invalid(name, f"The {name} field must be one of {', '.join(words)}.")
    return asked


def _both_or_none(call: Call) -> tuple[datetime | None, datetime | None]:
    start, end = read_window(call.query)
    if (start is None) is not (end is None):
        missing = "start_date" if start is None else "end_date"
        raise invalid(missing, f"The {missing} field is required with the other date.")
    return start, end


# ---- to the wire


def write_time(time: Period) -> PaidTime:
    return PaidTime(offset_text(time.began_at), offset_text(time.ends_at), price_number(time.price_cents))
