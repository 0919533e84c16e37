"""Charts of messages: how many went out, and for how many dollars they were bought, one point a day in UTC."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.values import account_of, price_number, read_window
from fancast.core import charts
from fancast.core.charts import Engagement
from fancast.kit.times import offset_text
from fancast.model.charts import Series
from fancast.model.day_totals import DayTotal
from fancast.store.database import Tx

QUERY = (
    QueryParam("startDate", str, "The first day; by default 30 days ago."),
    QueryParam("endDate", str, "The last day, included; by default today."),
    QueryParam("withTotal", bool, "Whether the sums stand beside.", default=True),
)
Description = msgspec.Meta


class ChartPoint(msgspec.Struct, frozen=True):
    """One day."""

    date: str
    count: float


class ChartLine(msgspec.Struct, frozen=True):
    """A line, one point a day."""

    chart: list[ChartPoint]
    total: float | UnsetType = UNSET
    delta: Annotated[
        float | UnsetType,
        Description(description="By how many per cent it changed against as many days before."),
    ] = UNSET


class MassMessageChart(msgspec.Struct, frozen=True):
    """Copies by the day their sending began; purchases in gross dollars by the day they were made."""

    group_messages: ChartLine
    group_messages_purchases: ChartLine


class DirectMessageChart(msgspec.Struct, frozen=True):
    """Messages by day; purchases in gross dollars by the day they were made."""

    direct_messages: ChartLine
    direct_messages_purchases: ChartLine


def mass_messages(tx: Tx, call: Call) -> Answer:
    sent, bought = _lines(tx, call, Engagement.MASS_MESSAGES, Engagement.MASS_MESSAGE_PURCHASES)
    return enveloped(MassMessageChart(sent, bought))


def direct_messages(tx: Tx, call: Call) -> Answer:
    sent, bought = _lines(tx, call, Engagement.DIRECT_MESSAGES, Engagement.DIRECT_MESSAGE_PURCHASES)
    return enveloped(DirectMessageChart(sent, bought))


def _lines(tx: Tx, call: Call, sent: Engagement, bought: Engagement) -> tuple[ChartLine, ChartLine]:
    start, end = read_window(call.query)
    sums = call.query.flag("withTotal") is not False
    lines = charts.engagement(tx, account_of(call), start=start, end=end, now=call.now)
    counts = write_line(lines[sent], lambda day: day.count, lambda count: count, sums=sums)
    return counts, write_line(lines[bought], lambda day: day.gross_cents, price_number, sums=sums)


def write_line(
    line: Series, measure: Callable[[DayTotal], int], write: Callable[[int], float], *, sums: bool
) -> ChartLine:
    points = write_points(line, lambda day: write(measure(day)))
    if not sums:
        return ChartLine(points)
    return ChartLine(points, write(measure(line.total)), line.delta(measure))


def write_points(line: Series, measure: Callable[[DayTotal], float]) -> list[ChartPoint]:
    return [ChartPoint(offset_text(day.date), measure(day)) for day in line.points]
