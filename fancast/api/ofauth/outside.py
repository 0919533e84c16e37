"""What lies outside messaging: its pages are empty, and nothing can be changed there."""

from collections.abc import Sequence
from typing import Any

from fancast.api.http import Answer, Call, Route
from fancast.model.problems import Kind, Problem
from fancast.store.database import Tx

#: Prefixes under Access: everything at them and below them.
_ACCESS = (
    "posts", "analytics/posts", "stories", "analytics/stories", "streams", "analytics/streams", "promotions",
    "analytics/campaigns", "analytics/promotions", "analytics/trials", "analytics/visitor-countries",
    "subscriptions", "self/release-forms", "self/tagged-friend-users", "users/{userId}/posts",
)  # fmt: skip
_REST = ("link", "dynamic-rules", "vault-plus", "vault/cache")
_OTHERS = ("POST", "PUT", "PATCH", "DELETE")


def empty(_tx: Tx, call: Call) -> Answer:
    page: dict[str, Any] = {"list": [], "items": [], "hasMore": False}
    return Answer(page)


def nothing_here(_tx: Tx, call: Call) -> Answer:
    raise Problem(Kind.NOT_FOUND, "route_not_found", f"There is no {call.method} {call.path}.")


def _routes() -> Sequence[Route]:
    prefixes = [*(f"/v2/access/{part}" for part in _ACCESS), *(f"/v2/{part}" for part in _REST)]
    found = []
    for prefix in prefixes:
        for path in (prefix, f"{prefix}/{{rest:path}}"):
            found.append(Route("GET", path, empty, documented=False))
            found += [
                Route(method, path, nothing_here, writes_data=False, documented=False) for method in _OTHERS
            ]
    return found


ROUTES = _routes()
