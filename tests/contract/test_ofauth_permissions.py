"""OFAuth: every route × the permission it needs × a connection that is not the key's, as one table.

What a stranger finds of another account's things: `test_strangers`.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from fancast.api.http import Route
from fancast.api.ofauth import outside
from fancast.api.ofauth.face import FACE
from fancast.core import api_keys, connections
from fancast.model.accounts import PERMISSIONS
from fancast.model.api_keys import Scope
from tests.contract.ofauth import refusal
from tests.contract.rights import Asking, label, things_of
from tests.serving import Server
from tests.world import World, on_sqlite

ACCESS = "/v2/access"
#: As the vendor lists them: what a connection and a key must both allow. Whoever adds a route adds its line.
NEEDS: dict[str, str] = {
    "GET /analytics/earnings/chargebacks": "earnings:read",
    "GET /analytics/earnings/chart": "earnings:read",
    "GET /analytics/earnings/transactions": "earnings:read",
    "GET /analytics/mass-messages/chart": "analytics:read",
    "GET /analytics/mass-messages/purchased": "analytics:read",
    "GET /analytics/mass-messages/sent": "analytics:read",
    "GET /analytics/mass-messages/{massMessageId}/buyers": "analytics:read",
    "GET /chats": "messages:read",
    "GET /chats/search": "messages:read",
    "GET /chats/{userId}/media": "messages:read",
    "GET /chats/{userId}/messages": "messages:read",
    "POST /chats/{userId}/messages": "messages:write",
    "DELETE /chats/{userId}/messages/{messageId}": "messages:write",
    "GET /earnings/chargebacks": "earnings:read",
    "GET /earnings/chart": "earnings:read",
    "GET /earnings/transactions": "earnings:read",
    "GET /mass-messages": "messages:read",
    "POST /mass-messages": "messages:write",
    "GET /mass-messages/scheduled": "messages:read",
    "GET /mass-messages/scheduled/{massMessageId}": "messages:read",
    "PUT /mass-messages/scheduled/{massMessageId}": "messages:write",
    "DELETE /mass-messages/scheduled/{massMessageId}": "messages:write",
    "GET /mass-messages/{massMessageId}": "messages:read",
    "PUT /mass-messages/{massMessageId}": "messages:write",
    "DELETE /mass-messages/{massMessageId}": "messages:write",
    "POST /messages/queue": "messages:write",
    "GET /messages/queue/stats": "messages:read",
    "GET /messages/queue/{massMessageId}": "messages:read",
    "PUT /messages/queue/{massMessageId}": "messages:write",
    "DELETE /messages/queue/{massMessageId}": "messages:write",
    "DELETE /messages/{messageId}": "messages:write",
    "GET /self": "profile:read",
    "PATCH /self": "profile:write",
    "GET /self/notifications": "notifications:read",
    "GET /statistics/chargebacks": "earnings:read",
    "GET /statistics/earnings/chart": "earnings:read",
    "GET /statistics/mass-messages/chart": "analytics:read",
    "GET /statistics/transactions": "earnings:read",
    "GET /subscribers": "subscribers:read",
    "PUT /subscribers/{userId}/custom-name": "subscribers:write",
    "PUT /subscribers/{userId}/discount": "subscribers:write",
    "PUT /subscribers/{userId}/note": "subscribers:write",
    "POST /uploads/check": "vault:write",
    "POST /uploads/complete": "vault:write",
    "POST /uploads/init": "vault:write",
    "PUT /uploads/{mediaUploadId}": "vault:write",
    "PUT /uploads/{mediaUploadId}/parts/{partNumber}": "vault:write",
    "GET /subscriptions/subscribers": "subscribers:read",
    "GET /users/blocked": "users:write",
    "GET /users/list": "profile:read",
    "GET /users/lists": "lists:read",
    "POST /users/lists": "lists:write",
    "GET /users/lists/{listId}": "lists:read",
    "PATCH /users/lists/{listId}": "lists:write",
    "DELETE /users/lists/{listId}": "lists:write",
    "GET /users/lists/{listId}/users": "lists:read",
    "POST /users/lists/{listId}/users/{userId}": "lists:write",
    "DELETE /users/lists/{listId}/users/{userId}": "lists:write",
    "GET /users/restrict": "users:write",
    "GET /users/search": "profile:read",
    "GET /users/{userId}": "profile:read",
    "POST /users/{userId}/lists": "lists:write",
    "POST /users/{userId}/restrict": "users:write",
    "DELETE /users/{userId}/restrict": "users:write",
    "POST /users/{userId}/user-lists/batch": "lists:write",
    "GET /vault/lists": "vault:read",
    "POST /vault/lists": "vault:write",
    "PATCH /vault/lists/{listId}": "vault:write",
    "DELETE /vault/lists/{listId}": "vault:write",
    "GET /vault/lists/{listId}/media": "vault:read",
    "POST /vault/lists/{listId}/media": "vault:write",
    "GET /vault/media": "vault:read",
}
OUTSIDE = {label(route) for route in outside.ROUTES}
ACTING = [route for route in FACE.routes if route.path.startswith(ACCESS) and label(route) not in OUTSIDE]
OF_KEY = [route for route in FACE.routes if route.path.startswith(("/v2/account", "/v2/connections"))]


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def asking(server: Server, world: World) -> Iterator[Asking]:
    with server.client(timeout=30) as client:
        yield Asking(client, things_of(world))


def but(permission: str) -> list[str]:
    return [one for one in PERMISSIONS if one != permission]


def test_every_route_needs_what_the_vendor_lists() -> None:
    assert {
        f"{route.method} {route.path.removeprefix(ACCESS)}": route.permission for route in ACTING
    } == NEEDS


@on_sqlite
def test_a_key_without_the_permission_is_refused_and_with_it_alone_is_not(
    asking: Asking, world: World
) -> None:
    keys = {one: (world.key(permissions=but(one)), world.key(permissions=[one])) for one in PERMISSIONS}
    for route in ACTING:
        assert route.permission is not None
        without, with_it = keys[route.permission]
        told = refusal(asking.ask(route, apiKey=without, **{"x-connection-id": "conn_ada"}), 403, "FORBIDDEN")
        assert route.permission in told["message"], label(route)
        allowed = asking.ask(route, apiKey=with_it, **{"x-connection-id": "conn_ada"})
        assert allowed.status_code not in (401, 403, 405, 500), (label(route), allowed.text)


@on_sqlite
def test_a_connection_without_the_permission_is_refused(asking: Asking, world: World) -> None:
    with world.write() as tx:
        key, anything = api_keys.create(tx, "maker", now=world.clock())
        made = {
            one: connections.create(tx, key, "sess=x", permissions=but(one), now=world.clock())
            for one in PERMISSIONS
        }
    for route in ACTING:
        assert route.permission is not None
        headers = {"apiKey": anything, "x-connection-id": made[route.permission].connection_id}
        refusal(asking.ask(route, **headers), 403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-connection-id": "conn_ada"}, "UNAUTHORIZED"),
        ({"apiKey": "sk_live_nobody", "x-connection-id": "conn_ada"}, "UNAUTHORIZED"),
        ({"apiKey": "KEY"}, "SESSION_NOT_PROVIDED"),
        ({"apiKey": "KEY", "x-connection-id": "conn_nobody"}, "SESSION_NOT_PROVIDED"),
        ({"apiKey": "KEY", "x-connection-id": "acct_ada"}, "SESSION_NOT_PROVIDED"),
        ({"apiKey": "KEY", "x-connection-id": "conn_eve"}, "SESSION_NOT_PROVIDED"),
        ({"apiKey": "KEY", "x-connection-id": "conn_old"}, "SESSION_EXPIRED"),
    ],
)  # fmt: skip
@on_sqlite
def test_without_a_key_and_an_active_connection_of_its_own_nothing_is_done(
    asking: Asking, world: World, headers: dict[str, str], code: str
) -> None:
    world.account("eve")
    old = world.account("old")
    with world.write() as tx:
        connections.expire(tx, old, now=world.clock())
    own = world.key(accounts=[world.account().key, old.key])
    said = {name: own if value == "KEY" else value for name, value in headers.items()}
    for route in [*ACTING, *(one for one in outside.ROUTES if one.path.startswith(ACCESS))]:
        refusal(asking.ask(route, **said), 401, code)


@on_sqlite
def test_the_account_s_own_routes_need_their_scope_and_no_connection(asking: Asking, world: World) -> None:
    acting = world.key(scopes=[Scope.ACCESS])
    managing = world.key(scopes=[Scope.ACCOUNT])
    for route in OF_KEY:
        refusal(asking.ask(route), 401, "UNAUTHORIZED")
        refusal(asking.ask(route, apiKey=acting, **{"x-connection-id": "conn_ada"}), 403, "FORBIDDEN")
    for route in ACTING:
        refusal(asking.ask(route, apiKey=managing, **{"x-connection-id": "conn_ada"}), 403, "FORBIDDEN")
    for place, route in enumerate(OF_KEY):
        # Each its own connection: some remove what the others ask for.
        own = {"connectionId": world.account(f"a{place}").connection_id}
        answer = replace(asking, things=own).ask(route, apiKey=managing)
        assert answer.status_code in (200, 400), (label(route), answer.text)


@on_sqlite
def test_what_lies_outside_is_empty_or_not_there(asking: Asking, world: World) -> None:
    headers = {"apiKey": world.key(), "x-connection-id": "conn_ada"}

    def told(route: Route) -> httpx.Response:
        return asking.ask(route, **headers)

    for route in outside.ROUTES:
        if route.method == "GET":
            page = told(route).json()
            assert (page["list"], page["items"], page["hasMore"]) == ([], [], False), label(route)
        else:
            refusal(told(route), 404, "ROUTE_NOT_FOUND")
    for kind in ("posts", "stories", "streams", "promotions", "trials", "campaigns", "visitor-countries"):
        answer = asking.client.get(f"/v2/access/analytics/{kind}/top", headers=headers)
        assert answer.status_code == 200, kind
    for method in ("GET", "POST"):
        answer = asking.client.request(method, "/v2/access/proxy/users/me", headers=headers)
        refusal(answer, 404, "ROUTE_NOT_FOUND")
