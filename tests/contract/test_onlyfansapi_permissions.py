"""OnlyFansAPI: every route × the right its method takes × an account that is not the key's.

What a stranger finds of another account's things: `test_strangers`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fancast.api.http import Route
from fancast.api.onlyfansapi.face import FACE
from fancast.core import api_keys, connections
from fancast.core.receiving import Workshop
from fancast.model.accounts import PERMISSIONS
from fancast.model.api_keys import Scope
from tests.contract.rights import Asking, label, things_of
from tests.serving import Server
from tests.workshops import workshop_on
from tests.world import World, on_sqlite

ACTING = [route for route in FACE.routes if "{account}" in route.path]
OF_TEAM = [route for route in FACE.routes if route not in ACTING]
#: Read takes a read, write a write, delete a delete: pinning writes, unpinning deletes.
RIGHTS = {"GET": Scope.READ, "DELETE": Scope.DELETE}


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def workshop(world: World, tmp_path: Path) -> Iterator[Workshop]:
    """The samples name pictures elsewhere, and nobody fetches them: to wait for them says nothing about rights."""
    with workshop_on(world.store, world.clock, tmp_path / "media", patience_seconds=0.1) as made:
        yield made


@pytest.fixture
def asking(server: Server, world: World) -> Iterator[Asking]:
    with server.client(timeout=30) as client:
        yield Asking(client, things_of(world))


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


def right(route: Route) -> Scope:
    return RIGHTS.get(route.method, Scope.WRITE)


def test_every_route_of_an_account_says_what_it_needs() -> None:
    assert [label(route) for route in ACTING if route.permission not in PERMISSIONS] == []
    for route in ACTING:
        assert route.permission is not None
        # Seeing whom the creator blocked is a matter of those who may block.
        reads = route.permission.endswith(":read") or route.path.endswith("/users/blocked")
        assert reads == (route.method == "GET"), label(route)


@on_sqlite
def test_a_key_needs_the_right_of_the_method(asking: Asking, world: World) -> None:
    all_but = {one: world.key(scopes=[other for other in Scope if other is not one]) for one in Scope}
    only = {one: world.key(scopes=[one]) for one in Scope}
    for route in [*ACTING, *OF_TEAM]:
        refused = asking.ask(route, **bearer(all_but[right(route)]))
        assert (refused.status_code, refused.json()["error"]) == (403, "FORBIDDEN"), label(route)
    # Who disconnects the account does it last.
    for route in sorted([*ACTING, *OF_TEAM], key=lambda one: one.path == "/api/accounts/{id}"):
        allowed = asking.ask(route, **bearer(only[right(route)]))
        assert allowed.status_code not in (401, 403, 405, 500), (label(route), allowed.text)


@on_sqlite
def test_a_connection_without_the_permission_is_refused(asking: Asking, world: World) -> None:
    with world.write() as tx:
        key, secret = api_keys.create(tx, "maker", now=world.clock())
        made = {
            one: connections.create(
                tx,
                key,
                "sess=x",
                permissions=[other for other in PERMISSIONS if other != one],
                now=world.clock(),
            )
            for one in PERMISSIONS
        }
    for route in ACTING:
        assert route.permission is not None
        theirs = Asking(asking.client, {**asking.things, "account": made[route.permission].acct_id})
        answer = theirs.ask(route, **bearer(secret))
        assert (answer.status_code, answer.json()["error"]) == (403, "FORBIDDEN"), label(route)


@on_sqlite
def test_without_a_key_and_an_active_account_of_its_own_nothing_is_done(asking: Asking, world: World) -> None:
    world.account("eve")
    old = world.account("old")
    with world.write() as tx:
        connections.expire(tx, old, now=world.clock())
    own = bearer(world.key(accounts=[world.account().key, old.key]))
    for route in ACTING:
        for headers in ({}, bearer("sk_nobody")):
            answer = asking.ask(route, **headers)
            assert answer.status_code == 401, label(route)
            assert answer.json()["error"].startswith("Unauthorized."), answer.text
        for account in ("acct_eve", "acct_nobody", "conn_ada", "ada"):
            answer = Asking(asking.client, {**asking.things, "account": account}).ask(route, **own)
            assert (answer.status_code, answer.json()["error"]) == (404, "ACCOUNT_NOT_FOUND"), label(route)
        expired = Asking(asking.client, {**asking.things, "account": "acct_old"}).ask(route, **own)
        assert expired.status_code == 401, (label(route), expired.text)
