"""How many statements a call takes: a fixed number, however much its page shows.

A row for each route that lists. The page is read small and large; neither may take more statements than are said.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from fancast.api.http import Face
from fancast.api.native import face as native_face
from fancast.api.ofauth import face as ofauth_face
from fancast.api.onlyfansapi import face as onlyfansapi_face
from fancast.core import message_marks, vault_lists
from fancast.model.events import EventKind
from fancast.model.ids import MediaId
from tests.serving import Server
from tests.world import World, on_sqlite

pytestmark = on_sqlite

OFAUTH, ONLYFANSAPI, NATIVE = "/v2/access", "/api/acct_ada", "/v1"

#: The path, and the most statements that it may take, those of the gate included.
ROUTES: dict[str, int] = {
    f"{OFAUTH}/chats": 15,
    f"{OFAUTH}/chats?filter=unread": 13,
    f"{OFAUTH}/chats?filter=priority": 14,
    f"{OFAUTH}/chats?query=f": 16,
    f"{OFAUTH}/chats/f0/messages": 15,
    f"{OFAUTH}/chats/f0/messages?query=all": 15,
    f"{OFAUTH}/chats/f0/media": 15,
    f"{OFAUTH}/mass-messages": 6,
    f"{OFAUTH}/analytics/mass-messages/sent": 6,
    f"{OFAUTH}/analytics/mass-messages/purchased": 6,
    f"{OFAUTH}/analytics/mass-messages/chart": 11,
    f"{OFAUTH}/analytics/mass-messages/{{sold}}/buyers": 10,
    f"{OFAUTH}/earnings/transactions": 8,
    f"{OFAUTH}/earnings/chart": 6,
    f"{OFAUTH}/self/notifications": 7,
    f"{OFAUTH}/users/lists": 12,
    f"{OFAUTH}/users/lists/fans/users": 8,
    f"{OFAUTH}/subscribers": 9,
    f"{OFAUTH}/vault/media": 6,
    f"{OFAUTH}/vault/lists": 11,
    f"{ONLYFANSAPI}/media/vault": 6,
    f"{ONLYFANSAPI}/media/vault/lists": 11,
    f"{ONLYFANSAPI}/media/vault/lists?lightweight=1": 14,
    f"{ONLYFANSAPI}/chats": 14,
    f"{ONLYFANSAPI}/chats/1001/messages": 14,
    f"{ONLYFANSAPI}/chats/1001/messages?order=asc": 14,
    f"{ONLYFANSAPI}/chats/1001/messages?filter=pinned": 14,
    f"{ONLYFANSAPI}/chats/1001/media": 14,
    f"{ONLYFANSAPI}/mass-messaging": 5,
    f"{ONLYFANSAPI}/engagement/messages/mass-messages": 9,
    f"{ONLYFANSAPI}/engagement/messages/direct-messages": 9,
    f"{ONLYFANSAPI}/engagement/messages/mass-messages/chart": 11,
    f"{ONLYFANSAPI}/engagement/messages/top-message": 7,
    f"{ONLYFANSAPI}/engagement/messages/{{sold}}/buyers": 14,
    f"{ONLYFANSAPI}/transactions": 6,
    f"{ONLYFANSAPI}/statistics/statements/earnings?start_date=2026-03-01&end_date=2026-03-02": 6,
    f"{ONLYFANSAPI}/statistics/overview": 9,
    f"{ONLYFANSAPI}/payouts/balances": 6,
    f"{ONLYFANSAPI}/payouts/earning-statistics": 10,
    f"{ONLYFANSAPI}/user-lists": 12,
    f"{ONLYFANSAPI}/fans/all": 9,
    f"{ONLYFANSAPI}/fans/latest": 9,
    f"{NATIVE}/fans/1001/messages": 15,
    f"{NATIVE}/mass-messages": 9,
    f"{NATIVE}/fans": 6,
}


@pytest.fixture
def faces() -> list[Face]:
    return [ofauth_face.FACE, onlyfansapi_face.FACE, native_face.FACE]


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    world = server.world
    key = world.key(accounts=[world.account().key])
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    with server.client(headers=headers) as client:
        yield client


@contextmanager
def counting(world: World) -> Iterator[list[str]]:
    """Every statement that requests ask of the store meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        # Not what the server's dispatcher asks beside.
        in_a_request = threading.current_thread().name.startswith("fancast-")
        if in_a_request and not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    for engine in world.store.engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in world.store.engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def fill(world: World, rounds: int) -> None:
    """Priced and free mass messages, direct ones both ways, pins, purchases: something for every list."""
    for place in range(rounds):
        world.sent(f"all {place}", price_cents=500, media=[900 + place])
        world.sent(f"free {place}", media=[900 + place])
        for name in world.place().fans:
            world.direct(name, "hello", media_ids=world.media(900 + place))
        world.writes("f0", f"hi {place}")
        keep(world, 900 + place)
    trade(world)
    with world.write() as tx:
        for message in world.chat("f0", limit=5):
            message_marks.pin(tx, world.account(), world.fan_of("f0"), message.id, now=world.clock())


def keep(world: World, id: int) -> None:
    """A vault list with this media item."""
    with world.write() as tx:
        made = vault_lists.create(tx, world.account(), f"Set {id}", now=world.clock())
        vault_lists.add_media(tx, world.account(), made.id, [MediaId(id)])


def trade(world: World) -> None:
    """Every fan buys a copy of what nobody owns yet, and tips."""
    sold = world.sent("for sale", price_cents=500, media=[2_000 + len(world.place().media)])
    for name in world.place().fans:
        world.buys(name, sold)
        world.tips(name, 500)


def sold_id(world: World) -> int:
    """The newest that was bought."""
    bought = [event for event in world.events() if event.kind is EventKind.MESSAGE_UNLOCKED]
    return int(bought[-1].data["queue_id"])


def test_no_call_takes_more_statements_for_a_longer_page(world: World, client: httpx.Client):
    world.crowd(2, lists=["vip"])
    fill(world, 3)
    small = {path: count(world, client, path) for path in ROUTES}
    for place in range(2, 12):
        world.fan(f"f{place}", lists=["vip"])
    fill(world, 5)
    large = {path: count(world, client, path) for path in ROUTES}
    # Another batch of mass messages may be looked at; a statement for each thing shown would be seven more at least.
    grown = {path: (small[path], large[path]) for path in ROUTES if large[path] > small[path] + 4}
    assert not grown, f"more statements for a longer page: {grown}"
    over = {path: large[path] for path, most in ROUTES.items() if large[path] > most}
    assert not over, f"more statements than are said: {over}"


def count(world: World, client: httpx.Client, path: str) -> int:
    path = path.replace("{sold}", str(sold_id(world)))
    with counting(world) as seen:
        answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return len(seen)
