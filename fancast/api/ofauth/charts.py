"""Charts: what was sent, bought and earned, day by day in UTC."""

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.ofauth.values import account_of, date_text, money, read_window
from fancast.core import charts
from fancast.core.charts import EARNINGS, Engagement
from fancast.model.charts import Series
from fancast.model.day_totals import DayKind, DayTotal
from fancast.model.problems import invalid
from fancast.store.database import Tx

WINDOW = (
    QueryParam("startDate", str, "The first day; by default 30 days ago."),
    QueryParam("endDate", str, "The last day, included; by default today."),
)
#: What `by` may ask for. Streams, posts and stories are outside messaging: lines of nothing.
BY: dict[str, Sequence[DayKind]] = {
    "total": EARNINGS, "messages": (DayKind.MESSAGE,), "tips": (DayKind.TIP,), "stream": (), "post": (),
    "subscribes": (DayKind.SUBSCRIPTION,), "tips_profile": (), "tips_post": (), "tips_chat": (DayKind.TIP,),
    "tips_stream": (), "tips_story": (), "ref": (),
}  # fmt: skip
EARNINGS_QUERY = (
    *WINDOW,
    QueryParam("by", str, f"{', '.join(BY)}.", default="total"),
    QueryParam("withTotal", bool, "The sums are always there."),
    QueryParam("monthlyTotal", bool, "Whether sums by month stand beside."),
)
CHART_QUERY = (*WINDOW, QueryParam("withTotal", bool, "The sums are always there."))


class ChartPoint(Struct, frozen=True):
    """One day."""

    date: str
    count: float


class ChartLine(Struct, frozen=True, kw_only=True):
    """A line of a chart, one point a day."""

    chart: list[ChartPoint]
    total: float
    delta: Annotated[float, Meta(description="By how many per cent it changed against as many days before.")]
    gross: Annotated[float | UnsetType, Meta(description="Gross dollars.")] = UNSET


class EngagementChart(Struct, frozen=True, kw_only=True):
    """Messages in numbers, their purchases in gross dollars. `messages` and `purchases` are older names."""

    group_messages: ChartLine
    group_messages_purchases: ChartLine
    direct_messages: ChartLine
    direct_messages_purchases: ChartLine
    messages: ChartLine
    purchases: ChartLine


class MonthTotal(Struct, frozen=True):
    date: str
    net: float
    gross: float


class EarningsChart(Struct, frozen=True, rename="camel", kw_only=True):
    """Net dollars, one point a day; `gross` before the network's fee."""

    chart: list[ChartPoint]
    total: float
    gross: float
    delta: float
    monthly_total: Annotated[list[MonthTotal] | UnsetType, Meta(description="Only when asked for.")] = UNSET


def engagement(tx: Tx, call: Call) -> Answer:
    start, end = read_window(call.query)
    lines = charts.engagement(tx, account_of(call), start=start, end=end, now=call.now)
    sent, bought = _sent(lines[Engagement.MASS_MESSAGES]), _bought(lines[Engagement.MASS_MESSAGE_PURCHASES])
    return Answer(EngagementChart(
        group_messages=sent, group_messages_purchases=bought, messages=sent, purchases=bought,
        direct_messages=_sent(lines[Engagement.DIRECT_MESSAGES]),
        direct_messages_purchases=_bought(lines[Engagement.DIRECT_MESSAGE_PURCHASES]),
    ))  # fmt: skip


def earnings(tx: Tx, call: Call) -> Answer:
    start, end = read_window(call.query)
    by = call.query.text("by") or "total"
    if by not in BY:
        raise invalid("by", f"by is one of {', '.join(BY)}.")
    line = charts.earnings(tx, account_of(call), BY[by], start=start, end=end, now=call.now)
    return Answer(EarningsChart(
        chart=_points(line, _net), total=_net(line.total), gross=_gross(line.total), delta=line.delta(_net_cents),
        monthly_total=_months(line) if call.query.flag("monthlyTotal") else UNSET,
    ))  # fmt: skip


# ---- to the wire


def _sent(line: Series) -> ChartLine:
    return ChartLine(chart=_points(line, _count), total=line.total.count, delta=line.delta(_count))


def _bought(line: Series) -> ChartLine:
    gross = _gross(line.total)
    return ChartLine(
        chart=_points(line, _gross), total=gross, delta=line.delta(lambda day: day.gross_cents), gross=gross
    )


def _points(line: Series, measure: Callable[[DayTotal], float]) -> list[ChartPoint]:
    return [ChartPoint(date_text(day.date), measure(day)) for day in line.points]


def _months(line: Series) -> list[MonthTotal]:
    months: dict[str, DayTotal] = {}
    for day in line.points:
        month = date_text(day.date.replace(day=1))
        months[month] = months.get(month, DayTotal(day.day)).plus(day)
    return [MonthTotal(date, _net(total), _gross(total)) for date, total in months.items()]


def _count(day: DayTotal) -> int:
    return day.count


def _gross(day: DayTotal) -> float:
    return money(day.gross_cents)


def _net_cents(day: DayTotal) -> int:
    return day.net_cents


def _net(day: DayTotal) -> float:
    return money(day.net_cents)
