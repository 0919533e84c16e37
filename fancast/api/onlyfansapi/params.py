"""Query parameters that many addresses of this dialect take, as its document tells them."""

from fancast.api.http import QueryParam

OFFSET = QueryParam("offset", int, "How many to skip.", default=0, low=0)


def limit(default: int, low: int, high: int) -> QueryParam:
    return QueryParam("limit", int, "How many to show.", default=default, low=low, high=high)
