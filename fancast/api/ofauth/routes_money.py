"""Paths of statistics, earnings and notifications."""

from dataclasses import replace

from fancast.api.http import QueryParam, Route
from fancast.api.ofauth import buyers, charts, earnings, notifications

_ANALYTICS, _EARNINGS = ("Analytics",), ("Earnings",)

_EARNED = (
    Route("GET", "/earnings/transactions", earnings.list_transactions, "earnings:read", "List transactions",
          tags=_EARNINGS, writes=earnings.TransactionPage, query=earnings.QUERY),
    Route("GET", "/earnings/chart", charts.earnings, "earnings:read", "Earnings day by day", tags=_EARNINGS,
          writes=charts.EarningsChart, query=charts.EARNINGS_QUERY, name="earnings_chart"),
    Route("GET", "/earnings/chargebacks", earnings.list_chargebacks, "earnings:read", "List chargebacks",
          tags=_EARNINGS, writes=earnings.ChargebackPage,
          query=(QueryParam("startDate", str, "Nothing is charged back, whenever."),
                 QueryParam("marker", str, "There is one page."))),
)  # fmt: skip

_ENGAGED = Route(
    "GET", "/analytics/mass-messages/chart", charts.engagement, "analytics:read",
    "Messages and purchases day by day", tags=_ANALYTICS, writes=charts.EngagementChart,
    query=charts.CHART_QUERY, name="analytics_chart",
)  # fmt: skip
#: As the oldest pages print them, by what they are called now.
_STATISTICS = {
    "/earnings/transactions": "/statistics/transactions", "/earnings/chart": "/statistics/earnings/chart",
    "/earnings/chargebacks": "/statistics/chargebacks",
    "/analytics/mass-messages/chart": "/statistics/mass-messages/chart",
}  # fmt: skip

ROUTES = (
    _ENGAGED,
    Route("GET", "/analytics/mass-messages/{massMessageId}/buyers", buyers.list_buyers, "analytics:read",
          "Who bought a mass message", tags=_ANALYTICS, writes=buyers.BuyerPage, query=buyers.QUERY),
    *_EARNED,
    # As SDK 2.3.0 calls them.
    *(replace(route, path=f"/analytics{route.path}", documented=False) for route in _EARNED),
    *(replace(route, path=_STATISTICS[route.path], documented=False) for route in (*_EARNED, _ENGAGED)),
    Route("GET", "/self/notifications", notifications.list_all, "notifications:read", "List notifications",
          tags=("Self",), writes=notifications.NotificationPage, query=notifications.QUERY),
)  # fmt: skip
