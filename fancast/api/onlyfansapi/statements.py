"""Statements: what was earned, day by day, and the overview of mass messages."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.onlyfansapi.charts import ChartPoint, write_points
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.values import account_of, price_number, read_window, required
from fancast.core import charts
from fancast.core.charts import EARNINGS
from fancast.kit.times import offset_text
from fancast.model.charts import Series, change
from fancast.model.day_totals import DayKind, DayTotal
from fancast.model.problems import invalid
from fancast.store.database import Tx

#: What `type` may ask for. Posts and streams are outside messaging: lines of nothing.
_KINDS: dict[str, Sequence[DayKind]] = {
    "total": EARNINGS, "subscribes": (DayKind.SUBSCRIPTION,), "tips": (DayKind.TIP,), "post": (),
    "messages": (DayKind.MESSAGE,), "stream": (),
}  # fmt: skip
_OVERVIEWS = ("fans", "visitors", "posts", "messages")
QUERY = (
    QueryParam("start_date", str, "The first day.", required=True),
    QueryParam("end_date", str, "The last day, included.", required=True),
    QueryParam("type", str, f"{', '.join(_KINDS)}.", default="total"),
)
OVERVIEW_QUERY = (
    QueryParam("start_date", str, "The first day; by default 30 days ago."),
    QueryParam("end_date", str, "The last day, included; by default today."),
    QueryParam("type", str, f"{', '.join(_OVERVIEWS)}: this server tells of messages, whichever."),
)
Description = msgspec.Meta


class Statement(msgspec.Struct, frozen=True, rename="camel"):
    """Dollars: `total` net, `gross` before the network's fee; `chartAmount` gross."""

    total: float
    gross: float
    delta: float
    chart_amount: list[ChartPoint]
    chart_count: list[ChartPoint]


class Earned(msgspec.Struct, frozen=True):
    """Dollars: `total` net, `gross` before the network's fee."""

    total: float
    gross: float
    delta: float


class Counted(msgspec.Struct, frozen=True):
    total: int
    delta: float


class MassMessagesOverview(msgspec.Struct, frozen=True, rename="camel"):
    """Mass messages that began in the time, by day."""

    has_statistic: bool
    count: Counted
    views: Annotated[Counted, Description(description="How many copies of them were read so far.")]
    earnings: Earned
    chart_data: list[ChartPoint]


class Overview(msgspec.Struct, frozen=True, rename="camel"):
    earning: Earned
    mass_messages: MassMessagesOverview


def earnings(tx: Tx, call: Call) -> Answer:
    """The statement, under `total` and under the type that was asked for."""
    for name in ("start_date", "end_date"):
        if not (call.query.text(name, "startDate" if name == "start_date" else "endDate") or "").strip():
            raise required(name)
    start, end = read_window(call.query)
    type = call.query.text("type") or "total"
    if type not in _KINDS:
        raise invalid("type", f"The type field must be one of {', '.join(_KINDS)}.")
    line = charts.earnings(tx, account_of(call), _KINDS[type], start=start, end=end, now=call.now)
    told = write_statement(line)
    return enveloped({"total": told, type: told})


def overview(tx: Tx, call: Call) -> Answer:
    start, end = read_window(call.query)
    asked = call.query.text("type") or ""
    if asked and asked not in _OVERVIEWS:
        raise invalid("type", f"The type field must be one of {', '.join(_OVERVIEWS)}.")
    account = account_of(call)
    earned = charts.earnings(tx, account, start=start, end=end, now=call.now)
    mass = charts.mass_overview(tx, account, start=start, end=end, now=call.now)
    begun = MassMessagesOverview(
        has_statistic=mass.total.mass_messages > 0,
        count=Counted(mass.total.mass_messages, change(mass.before.mass_messages, mass.total.mass_messages)),
        views=Counted(mass.total.views, change(mass.before.views, mass.total.views)),
        earnings=write_earned(mass.purchases),
        chart_data=[ChartPoint(offset_text(DayTotal(day).date), one.mass_messages) for day, one in mass.points],
    )  # fmt: skip
    return enveloped(Overview(write_earned(earned), begun))


def write_statement(line: Series) -> Statement:
    earned = write_earned(line)
    return Statement(
        total=earned.total, gross=earned.gross, delta=earned.delta,
        chart_amount=write_points(line, lambda day: price_number(day.gross_cents)),
        chart_count=write_points(line, lambda day: day.count),
    )  # fmt: skip


def write_earned(line: Series) -> Earned:
    return Earned(
        price_number(line.total.net_cents), price_number(line.total.gross_cents),
        line.delta(lambda day: day.net_cents),
    )  # fmt: skip
