"""Addresses of statistics and of money."""

from dataclasses import replace

from fancast.api.http import QueryParam, Route
from fancast.api.onlyfansapi import buyers, charts, engagement, payouts, statements, transactions
from fancast.api.onlyfansapi.envelope import Envelope
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.statements import Statement

_STATISTICS, _MONEY = ("Engagement",), ("Earnings",)
_WINDOW = (
    QueryParam("startDate", str, "Sent at or after this: ISO 8601, a day, or a day and a time; UTC."),
    QueryParam("endDate", str, "Sent at or before this; whole seconds and days include all of themselves."),
)


class Statements(Envelope[dict[str, Statement]], frozen=True):
    """One statement under two names: `total`, and the type that was asked for."""


_LINES = Route(
    "GET", "/transactions", transactions.listing, "earnings:read", "What fans paid, newest first",
    writes=Envelope[transactions.TransactionPage], tags=_MONEY, query=transactions.QUERY, name="transactions",
)  # fmt: skip
ROUTES = (
    Route("GET", "/engagement/messages/direct-messages", engagement.direct_messages, "analytics:read",
          "Statistics of direct messages", writes=Envelope[engagement.StatsPage], tags=_STATISTICS,
          query=(*_WINDOW,
                 QueryParam("before", int, "With endDate: of what was sent at that very moment, only lower ids."),
                 QueryParam("query", str, "Text to look for."),
                 limit(10, 1, engagement.MOST_AT_ONCE), OFFSET),
          description="With `query`, one call looks through 10,000 messages, the newest first: where there are more, "
                      "`next_page` goes on, and a page may be short or empty and not the last."),
    Route("GET", "/engagement/messages/mass-messages/chart", charts.mass_messages, "analytics:read",
          "Mass messages and their purchases day by day", writes=Envelope[charts.MassMessageChart],
          tags=_STATISTICS, query=charts.QUERY, name="mass_messages_chart"),
    Route("GET", "/engagement/messages/direct-messages/chart", charts.direct_messages, "analytics:read",
          "Direct messages and their purchases day by day", writes=Envelope[charts.DirectMessageChart],
          tags=_STATISTICS, query=charts.QUERY, name="direct_messages_chart"),
    Route("GET", "/engagement/messages/top-message", engagement.top_message, "analytics:read",
          "The mass message that earned most", writes=Envelope[engagement.TopMessage], tags=_STATISTICS,
          query=_WINDOW),
    Route("GET", "/engagement/messages/{message_id}/buyers", buyers.listing, "analytics:read",
          "Who bought a message", writes=Envelope[buyers.BuyerPage], tags=_STATISTICS, query=buyers.QUERY,
          name="buyers"),
    _LINES,
    # What the vendor's n8n node calls it.
    replace(_LINES, path="/payouts/transactions", documented=False),
    Route("GET", "/statistics/statements/earnings", statements.earnings, "earnings:read", "Earnings day by day",
          writes=Statements, tags=_MONEY, query=statements.QUERY),
    Route("GET", "/statistics/overview", statements.overview, "analytics:read", "Earnings and mass messages in a time",
          writes=Envelope[statements.Overview], tags=_MONEY, query=statements.OVERVIEW_QUERY),
    Route("GET", "/statistics/total-transactions", transactions.total, "earnings:read",
          "How much fans paid, and how often", writes=transactions.TotalTransactions, tags=_MONEY,
          query=transactions.TOTAL_QUERY),
    Route("GET", "/payouts/balances", payouts.balances, "earnings:read", "What could be paid out",
          writes=Envelope[payouts.Balances], tags=_MONEY),
    Route("GET", "/payouts/earning-statistics", payouts.earning_statistics, "earnings:read", "Earnings by month",
          writes=Envelope[payouts.EarningStatistics], tags=_MONEY, query=payouts.STATISTICS_QUERY),
    Route("GET", "/payouts/eligibility", payouts.eligibility, "earnings:read", "Whether payouts can be made",
          writes=Envelope[payouts.Eligibility], tags=_MONEY),
    Route("GET", "/payouts/payout-requests", payouts.requests, "earnings:read", "Payouts that were asked for",
          writes=Envelope[payouts.PayoutRequests], tags=_MONEY, query=payouts.REQUESTS_QUERY, name="payout_requests"),
)  # fmt: skip
