"""How many statements a call takes, on both databases: a fixed number, however much it shows or names.

A row for each route that lists: the page is read small and large, and neither may take more statements than are said.
A row for each way to write: the same call of an account with 3 of everything and of one with 60 takes the same.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from fancast.model.vault_lists import VaultListId
from tests.serving import Server
from tests.world import DAY, World

OFAUTH, ONLYFANSAPI, NATIVE = "/v2/access", "/api/acct_ada", "/v1"

#: The path, and the most statements that it may take, those of the gate included.
ROUTES: dict[str, int] = {
    f"{OFAUTH}/chats": 8,
    f"{OFAUTH}/chats?filter=unread": 9,
    f"{OFAUTH}/chats?filter=priority": 10,
    f"{OFAUTH}/chats?query=f": 10,
    f"{OFAUTH}/chats/f0/messages": 11,
    f"{OFAUTH}/chats/f0/messages?query=all": 11,
    f"{OFAUTH}/chats/f0/media": 11,
    f"{OFAUTH}/mass-messages": 4,
    f"{OFAUTH}/analytics/mass-messages/sent": 4,
    f"{OFAUTH}/analytics/mass-messages/purchased": 4,
    f"{OFAUTH}/analytics/mass-messages/chart": 9,
    f"{OFAUTH}/analytics/mass-messages/{{sold}}/buyers": 5,
    f"{OFAUTH}/earnings/transactions": 4,
    f"{OFAUTH}/earnings/chart": 4,
    f"{OFAUTH}/self/notifications": 5,
    f"{OFAUTH}/users/lists": 10,
    f"{OFAUTH}/users/lists/fans/users": 6,
    f"{OFAUTH}/users/lists/{{vip}}/users": 6,
    f"{OFAUTH}/users/list?userIds={{ids}}": 5,
    f"{OFAUTH}/users/search?query=f": 7,
    f"{OFAUTH}/users/f0": 5,
    f"{OFAUTH}/users/blocked": 5,
    f"{OFAUTH}/users/restrict": 5,
    f"{OFAUTH}/subscribers": 6,
    f"{OFAUTH}/subscribers?type=active": 7,
    f"{OFAUTH}/subscribers?type=expired": 7,
    f"{OFAUTH}/subscribers?type=latest&latestType=new&startDate=2026-03-01&endDate=2026-03-05": 6,
    f"{OFAUTH}/subscribers?query=f": 8,
    f"{OFAUTH}/subscribers?filter[tips]=1&filter[total_spent]=1&filter[duration]=0": 10,
    f"{OFAUTH}/mass-messages/scheduled": 3,
    f"{OFAUTH}/mass-messages/{{sold}}": 4,
    f"{OFAUTH}/vault/media?listId={{set}}": 5,
    f"{OFAUTH}/vault/media?type=photo&sort=most_liked&query=9": 4,
    f"{OFAUTH}/vault/lists/{{set}}/media": 5,
    f"{OFAUTH}/vault/media": 4,
    f"{OFAUTH}/vault/lists": 9,
    f"{ONLYFANSAPI}/media/vault": 4,
    f"{ONLYFANSAPI}/media/vault/lists": 9,
    f"{ONLYFANSAPI}/media/vault/lists?lightweight=1": 9,
    f"{ONLYFANSAPI}/chats": 10,
    f"{ONLYFANSAPI}/chats/1001/messages": 10,
    f"{ONLYFANSAPI}/chats/1001/messages?order=asc": 10,
    f"{ONLYFANSAPI}/chats/1001/messages?filter=pinned": 10,
    f"{ONLYFANSAPI}/chats/1001/media": 10,
    f"{ONLYFANSAPI}/mass-messaging": 3,
    f"{ONLYFANSAPI}/engagement/messages/mass-messages": 4,
    f"{ONLYFANSAPI}/engagement/messages/direct-messages": 7,
    f"{ONLYFANSAPI}/engagement/messages/mass-messages/chart": 9,
    f"{ONLYFANSAPI}/engagement/messages/top-message": 5,
    f"{ONLYFANSAPI}/engagement/messages/{{sold}}/buyers": 8,
    f"{ONLYFANSAPI}/transactions": 4,
    f"{ONLYFANSAPI}/statistics/statements/earnings?start_date=2026-03-01&end_date=2026-03-02": 4,
    f"{ONLYFANSAPI}/statistics/overview": 7,
    f"{ONLYFANSAPI}/payouts/balances": 4,
    f"{ONLYFANSAPI}/payouts/earning-statistics": 8,
    f"{ONLYFANSAPI}/user-lists": 10,
    f"{ONLYFANSAPI}/fans/all": 7,
    f"{ONLYFANSAPI}/fans/latest": 7,
    f"{NATIVE}/fans/1001/messages": 11,
    f"{NATIVE}/mass-messages": 4,
    f"{NATIVE}/fans": 4,
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
        # Nor that a key was used, which is noted once in a while.
        if in_a_request and not statement.startswith(("BEGIN", "PRAGMA", "UPDATE api_keys")):
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
        world.send(f"later {place}", at=world.clock() + DAY)
        for name in subscribers(world):
            world.direct(name, "hello", media_ids=world.media(900 + place))
        world.writes("f0", f"hi {place}")
        keep(world, [900 + place])
    trade(world)
    for _ in range(rounds):
        number = len(world.place().fans)
        world.fan(f"blocked {number}", blocked=True)
        world.fan(f"restricted {number}", restricted=True)
        world.fan(f"expired {number}", since=world.clock() - 30 * DAY, until=world.clock() - DAY)
    with world.write() as tx:
        for message in world.chat("f0", limit=5):
            message_marks.pin(tx, world.account(), world.fan_of("f0"), message.id, now=world.clock())


def subscribers(world: World) -> list[str]:
    return [name for name in world.place().fans if name.startswith("f")]


def keep(world: World, ids: list[int], on: str = "ada") -> VaultListId:
    """A vault list with these media items."""
    with world.write() as tx:
        made = vault_lists.create(tx, world.account(on), f"Set {ids[0]}", now=world.clock())
        vault_lists.add_media(tx, world.account(on), made.id, [MediaId(id) for id in ids])
        return made.id


def trade(world: World) -> None:
    """Every fan buys a copy of what nobody owns yet, and tips."""
    sold = world.sent("for sale", price_cents=500, media=[2_000 + len(world.place().media)])
    for name in subscribers(world):
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
    place = world.place()
    ids = ",".join(str(place.fans[name]) for name in subscribers(world)[:10])
    with world.read() as tx:
        kept = vault_lists.page(tx, world.account(), limit=100)[-1].id
    path = path.format(sold=sold_id(world), vip=place.lists["vip"], set=kept, ids=ids)
    with counting(world) as seen:
        answer = client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return len(seen)


# ---- writes


@dataclass(frozen=True)
class Side:
    """An account with so many of everything, and what a call of it names."""

    world: World
    on: str
    many: int

    @property
    def fan_ids(self) -> list[int]:
        return list(self.world.place(self.on).fans.values())

    @property
    def media(self) -> list[int]:
        return sorted(self.world.place(self.on).media)[:40]

    def list_id(self, name: str) -> int:
        return int(self.world.user_list(name, on=self.on).ref)

    def later(self) -> int:
        """A mass message that waits for its hour."""
        return self.world.send("later", fans=["f0"], at=self.world.clock() + DAY, on=self.on).id

    def written(self, **content: Any) -> int:
        """A message to the first fan."""
        return self.world.direct("f0", "Hello", on=self.on, **content).id

    def sold(self) -> int:
        return self.written(price_cents=500, media_ids=tuple(self.media))


@dataclass(frozen=True)
class Write:
    """A call that writes, the most statements that it may take, and what it is asked with."""

    most: int
    method: str
    path: Callable[[Side], str]
    body: Callable[[Side], Any] = lambda _: {}


def fixed(path: str) -> Callable[[Side], str]:
    return lambda side: path.replace("{account}", f"acct_{side.on}")


OFAPI = "/api/{account}"
WRITES: dict[str, Write] = {
    "send to fans": Write(
        13, "POST", fixed(f"{OFAUTH}/mass-messages"),
        lambda side: {"text": "To you", "userIds": side.fan_ids, "mediaItems": side.media, "price": 5},
    ),
    "send to lists but others": Write(
        10, "POST", fixed(f"{OFAUTH}/mass-messages"),
        lambda side: {"text": "All", "userLists": ["fans", side.list_id("vip")],
                      "excludeUserLists": [side.list_id("empty")]},
    ),
    "edit a mass message": Write(
        11, "PUT", lambda side: f"{OFAUTH}/mass-messages/{side.later()}",
        lambda side: {"text": "Better", "userIds": side.fan_ids},
    ),
    "cancel a mass message": Write(9, "DELETE", lambda side: f"{OFAUTH}/mass-messages/{side.later()}"),
    "write to a fan": Write(
        15, "POST", fixed(f"{OFAUTH}/chats/f0/messages"),
        lambda side: {"text": "Hello", "mediaItems": side.media, "price": 5},
    ),
    "take a message back": Write(15, "DELETE", lambda side: f"{OFAUTH}/chats/f0/messages/{side.written()}"),
    "put a fan on a list": Write(14, "POST", lambda side: f"{OFAUTH}/users/lists/{side.list_id('one')}/users/f0"),
    "take a fan off a list": Write(
        13, "DELETE", lambda side: f"{OFAUTH}/users/lists/{side.list_id('vip')}/users/f1"
    ),
    "delete a list": Write(7, "DELETE", lambda side: f"{OFAUTH}/users/lists/{side.list_id('vip 2')}"),
    "note": Write(7, "PUT", fixed(f"{OFAUTH}/subscribers/f0/note"), lambda _: {"notice": "Likes cats"}),
    "custom name": Write(8, "PUT", fixed(f"{OFAUTH}/subscribers/f0/custom-name"), lambda _: {"displayName": "Bo"}),
    "restrict": Write(10, "POST", fixed(f"{OFAUTH}/users/f2/restrict")),
    "put media on a vault list": Write(
        8, "POST", lambda side: f"{OFAUTH}/vault/lists/{keep(side.world, [900], side.on)}/media",
        lambda side: {"mediaIds": side.media},
    ),
    "send in the other dialect": Write(
        11, "POST", fixed(f"{OFAPI}/mass-messaging"),
        lambda side: {"text": "To you too", "userIds": side.fan_ids, "mediaFiles": side.media, "price": 5},
    ),
    "write to a fan in the other dialect": Write(
        14, "POST", fixed(f"{OFAPI}/chats/1001/messages"),
        lambda side: {"text": "Hello again", "mediaFiles": side.media, "price": 5},
    ),
    "put fans on a list": Write(
        11, "POST", lambda side: f"/api/acct_{side.on}/user-lists/{side.list_id('more')}/users",
        lambda side: {"ids": side.fan_ids},
    ),
    "mark a chat as read": Write(17, "POST", fixed(f"{OFAPI}/chats/1001/mark-as-read")),
    "mark all chats as read": Write(6, "POST", fixed(f"{OFAPI}/chats/mark-as-read")),
    "preview": Write(
        6, "POST", fixed(f"{NATIVE}/audiences/preview?account={{account}}"),
        lambda side: {"fan_ids": side.fan_ids, "user_lists": ["fans"]},
    ),
    "a fan reads": Write(
        18, "POST", fixed(f"{NATIVE}/fans/1001/reads?account={{account}}"),
        lambda side: {"up_to_message_id": side.written()},
    ),
    "a fan writes": Write(
        12, "POST", fixed(f"{NATIVE}/fans/1001/messages?account={{account}}"), lambda _: {"text": "Hey"}
    ),
    "a fan buys": Write(
        24, "POST", fixed(f"{NATIVE}/fans/1001/purchases?account={{account}}"),
        lambda side: {"message_id": side.sold(), "payment_reference": "p1"},
    ),
    "a fan tips": Write(
        18, "POST", fixed(f"{NATIVE}/fans/1001/tips?account={{account}}"),
        lambda _: {"amount_cents": 500, "payment_reference": "p2"},
    ),
}  # fmt: skip


def test_no_write_takes_more_statements_for_an_account_with_more(world: World, server: Server):
    sides = [crowded(world, "ada", 3), crowded(world, "eve", 60)]
    key = world.key()
    taken: dict[str, list[int]] = {}
    with server.client(headers={"apiKey": key, "authorization": f"Bearer {key}"}) as client:
        for name, write in WRITES.items():
            taken[name] = [statements(side, client, write) for side in sides]
    # What was just sent may be out or not; a statement for each thing named would be dozens more.
    grown = {name: (few, many) for name, (few, many) in taken.items() if many > few + 4}
    assert not grown, f"more statements for an account with more: {grown}"
    over = {name: taken[name] for name, write in WRITES.items() if taken[name][1] > write.most}
    assert not over, f"more statements than are said: {over}"


def crowded(world: World, on: str, many: int) -> Side:
    """An account with so many fans, media, messages of a chat, chats unread and mass messages."""
    with world.write():
        names = world.crowd(many, on=on, lists=["vip", "vip 2"])
        world.media(*range(900, 900 + many), on=on)
        for name in ("empty", "one", "more"):
            world.user_list(name, on=on)
        for place in range(many):
            world.direct("f0", f"hello {place}", on=on)
            world.writes(names[place], "hi", on=on)
        for place in range(many // 3):
            world.send(f"all {place}", on=on)
    world.deliver()
    return Side(world, on, many)


def statements(side: Side, client: httpx.Client, write: Write) -> int:
    path, body = write.path(side), write.body(side)
    with counting(side.world) as seen:
        answer = client.request(write.method, path, json=body, headers={"x-connection-id": f"conn_{side.on}"})
    assert answer.is_success, f"{write.method} {path}: {answer.text}"
    return len(seen)
