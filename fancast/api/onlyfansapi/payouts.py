"""Balances: what was earned and could be paid out. Nothing is paid out here: the platform does that."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.values import account_of, price_number, read_window
from fancast.core import charts, transactions
from fancast.core.charges import CURRENCY
from fancast.kit.times import EPOCH
from fancast.model.charts import Series, total_of
from fancast.model.day_totals import DAY, DayKind, DayTotal
from fancast.model.transactions import PENDING_DAYS
from fancast.store.database import Tx

LEAST_PAYOUT, MOST_PAYOUT = 20, 5_000
_KINDS = {
    "subscribes": DayKind.SUBSCRIPTION,
    "chat_messages": DayKind.MESSAGE,
    "tips": DayKind.TIP,
}
STATISTICS_QUERY = (
    QueryParam("startDate", str, "The first day; by default 30 days ago."),
    QueryParam("endDate", str, "The last day, included; by default today."),
)
REQUESTS_QUERY = (limit(10, 1, 100), OFFSET)
Description = msgspec.Meta


class WithdrawalPeriod(msgspec.Struct, frozen=True):
    code: str = "manual"
    name: str = "Manual"


class Balances(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Net dollars. What was earned in the last days is pending."""

    payout_available: float
    payout_pending: float
    min_payout_summ: int = LEAST_PAYOUT
    max_payout_summ: int = MOST_PAYOUT
    currency: str = CURRENCY
    withdrawal_period: str = "manual"
    withdrawal_period_options: tuple[WithdrawalPeriod, ...] = (WithdrawalPeriod(),)
    manual_payout_pending_days: int = PENDING_DAYS


class Eligibility(msgspec.Struct, frozen=True, rename="camel"):
    can_receive_manual_payout: Annotated[bool, Description(description="Payouts are not made here.")] = False
    is_verified_reason: bool = True
    need_update_banking: bool = False


class PayoutRequests(msgspec.Struct, frozen=True):
    """None are made here."""

    list: Sequence[object] = ()
    marker: int | None = None


class EarnedDay(msgspec.Struct, frozen=True):
    gross: float
    net: float
    #: Seconds since the epoch, at midnight in UTC.
    time: int


class EarnedTotal(msgspec.Struct, frozen=True):
    total_gross: float
    total_net: float


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """The days on which something was earned."""

    subscribes: list[EarnedDay]
    chat_messages: list[EarnedDay]
    tips: list[EarnedDay]
    post: list[EarnedDay] = []
    total_gross: float
    total_net: float


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    all: EarnedTotal
    subscribes: EarnedTotal
    chat_messages: EarnedTotal
    tips: EarnedTotal
    post: EarnedTotal = EarnedTotal(0, 0)


class EarningList(msgspec.Struct, frozen=True):
    months: Annotated[
        dict[str, Month], Description(description="By the second of the epoch at which each begins.")
    ]
    total: Totals


class EarningStatistics(msgspec.Struct, frozen=True):
    list: EarningList


def balances(tx: Tx, call: Call) -> Answer:
    found = transactions.balance(tx, account_of(call), now=call.now)
    return enveloped(Balances(
        payout_available=price_number(found.available_cents), payout_pending=price_number(found.pending_cents),
    ))  # fmt: skip


def eligibility(_tx: Tx, _call: Call) -> Answer:
    return enveloped(Eligibility())


def requests(_tx: Tx, _call: Call) -> Answer:
    return enveloped(PayoutRequests())


def earning_statistics(tx: Tx, call: Call) -> Answer:
    start, end = read_window(call.query)
    lines = {
        word: charts.earnings(tx, account_of(call), [kind], start=start, end=end, now=call.now)
        for word, kind in _KINDS.items()
    }
    totals = {word: line.total for word, line in lines.items()}
    everything = total_of(totals.values())
    told = Totals(all=write_total(everything), **{word: write_total(one) for word, one in totals.items()})
    return enveloped(EarningStatistics(EarningList(write_months(lines), told)))


# ---- to the wire


def write_months(lines: dict[str, Series]) -> dict[str, Month]:
    months: dict[int, dict[str, list[DayTotal]]] = {}
    for word, line in lines.items():
        for day in line.points:
            first = (day.date.replace(day=1) - EPOCH) // DAY
            days = months.setdefault(first, {known: [] for known in lines})
            if day.count:
                days[word].append(day)
    return {str(_second(first)): _month(days) for first, days in sorted(months.items())}


def _month(days: dict[str, list[DayTotal]]) -> Month:
    total = write_total(total_of(day for some in days.values() for day in some))
    return Month(
        **{word: [_day(day) for day in some] for word, some in days.items()}, total_gross=total.total_gross,
        total_net=total.total_net,
    )  # fmt: skip


def write_total(total: DayTotal) -> EarnedTotal:
    return EarnedTotal(price_number(total.gross_cents), price_number(total.net_cents))


def _day(day: DayTotal) -> EarnedDay:
    return EarnedDay(price_number(day.gross_cents), price_number(day.net_cents), _second(day.day))


def _second(day: int) -> int:
    return day * 86_400
