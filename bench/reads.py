"""Reading a large account: a million fans, fifty mass messages to most of them, chats, purchases.

Two of the fifty go out slowly, a step at a time, while direct messages come in; two were taken back. What is
measured are whole HTTP calls, one after the other, on one connection.
"""

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from bench.places import Client, Place, Server, keep_house
from fancast.core import (
    accounts,
    api_keys,
    fans,
    mass_messages,
    message_marks,
    messages,
    name_index,
    purchases,
    subscriptions,
    user_lists,
    worlds,
)
from fancast.core.crowds import batches
from fancast.model.api_keys import Environment
from fancast.model.audiences import AskedAudience
from fancast.model.chats import Side
from fancast.model.fan_sets import FanSet
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber, MediaId, QueueId
from fancast.model.mass_messages import Content, Draft
from fancast.model.media import Media, MediaType
from fancast.store import fan_sets
from fancast.store import media as store_media
from fancast.store.user_lists import members_key
from fancast.workers import drive

SENDS, WRITERS, BUYERS, READERS = 50, 4_000, 1_000, 300
#: Which of the sends are paced, so that each takes a thousand steps, and which are taken back.
_SLOW, _UNSENT, _PRICED = (12, 40), (5, 33), (8, 20, 45)
_STEPS = 1_000
_MEDIA = MediaId(901)


class Readable:
    """An account of a place, filled once, and a server to be asked."""

    def __init__(self, place: Place, size: int) -> None:
        self.place, self.size, self.chance = place, size, Random(7)
        self.now = datetime.now(UTC) - timedelta(days=SENDS)
        with place.store.write() as tx:
            self.account = accounts.create(
                tx, "Reads", "reads", settings={"duplicate_guard_seconds": 0}, now=self.now
            )
            _, self.secret = api_keys.create(
                tx, "reads", environment=Environment.SANDBOX, accounts=[self.account.key], now=self.now
            )
        self._people()
        self._sends()

    def _people(self) -> None:
        store = self.place.store
        with store.write() as tx:
            worlds.begin_load(tx)
        crowd = worlds.crowd_of(self.account, self.size, documented=False, now=self.now)
        for batch in batches(crowd):
            with store.write() as tx:
                worlds.add(tx, self.account, batch)
        with store.write() as tx:
            worlds.end_load(tx)
            made = user_lists.create(tx, self.account, "most", now=self.now)
            assert not isinstance(made.ref, str)
            self.most = made.ref
            most = FanSet(number for number in range(self.size) if self.chance.random() < 0.8)
            fan_sets.create(tx, self.account.key, members_key(made.ref), most)
            item = Media(_MEDIA, MediaType.PHOTO, "a.jpg", 800, 600, None, 1_000, True, self.now)
            store_media.add(tx, self.account.key, [item])

    def _sends(self) -> None:
        for place in range(SENDS):
            self.now += timedelta(hours=12)
            made = self._send(place)
            self._talk(WRITERS // SENDS)
            if place in _PRICED:
                self._buy(made)
            if place in _UNSENT:
                with self.place.store.write() as tx:
                    mass_messages.unsend(tx, self.account, made, now=self.now)

    def _send(self, place: int) -> QueueId:
        priced = place in _PRICED
        content = Content(
            f"number {place}", price_cents=900 if priced else 0, media_ids=(_MEDIA,) if priced else ()
        )
        named = (self.most,) if place % 2 else ("fans",)
        pace = self.size * 4 // _STEPS if place in _SLOW else None
        with self.place.store.write() as tx:
            draft = Draft(content, AskedAudience(user_lists=named), pace=pace)
            made = mass_messages.create(tx, self.account, draft, now=self.now).id
        while drive.act(self.place.store, self.account.key, lambda: self.now) is not None or not self._done(
            made
        ):
            if pace is not None:
                self.now += timedelta(milliseconds=250)
                self._talk(1) if self.chance.random() < 0.1 else None
        return made

    def _done(self, id: QueueId) -> bool:
        with self.place.store.read() as tx:
            return mass_messages.get(tx, self.account, id).finished

    def _talk(self, count: int) -> None:
        with self.place.store.write() as tx:
            for fan in self._some(count):
                if fan.blocked or fan.deleted or fan.unreachable:
                    continue
                messages.receive(tx, self.account, fan, Content("hello"), now=self.now)
                if self.chance.random() < 0.5:
                    messages.send(tx, self.account, fan, Content("thanks"), now=self.now)

    def _buy(self, made: QueueId) -> None:
        for fan in self._some(BUYERS // len(_PRICED)):
            with self.place.store.write() as tx:
                mine = messages.page(tx, self.account, fan, limit=1, side=Side.FAN)
                if mine and mine[0].queue_id == made and not mine[0].open:
                    reference = f"{made}-{fan.fan_id}"
                    purchases.buy(tx, self.account, fan.fan_id, mine[0].id, reference, now=self.now)

    def settle(self) -> None:
        """Some fans read their chats; all names are in the sets that searches ask; who ended since is swept."""
        self._sweep()
        named = True
        while named:
            with self.place.store.write() as tx:
                named = name_index.put_in_next(tx, self.account.key)
        for fan in self._some(READERS):
            with self.place.store.write() as tx:
                mine = messages.page(tx, self.account, fan, limit=1, side=Side.FAN)
                if mine:
                    message_marks.read_through(tx, self.account, fan, mine[0].id, now=self.now)

    def _sweep(self) -> None:
        # What a server does every few minutes: else it would catch up weeks while it is measured.
        ended = 1
        while ended:
            with self.place.store.write() as tx:
                ended = subscriptions.sweep(tx, self.account.key, now=datetime.now(UTC))

    def _some(self, count: int) -> list[Fan]:
        with self.place.store.read() as tx:
            numbers = [FanNumber(self.chance.randrange(self.size)) for _ in range(count)]
            return fans.get_many(tx, self.account, numbers)

    def fan_ids(self, count: int) -> list[int]:
        return [fan.fan_id for fan in self._some(count)]


@dataclass(frozen=True)
class Read:
    """One kind of call, in milliseconds."""

    name: str
    median_ms: float
    p95_ms: float
    bound_ms: float | None


def reads(place: Place, size: int, calls: int, *, synchronous: str) -> Iterator[Read]:
    """Every kind of call in both dialects, measured at an account that was filled for it."""
    readable = Readable(place, size)
    readable.settle()
    keep_house(place)
    server = Server(place, synchronous=synchronous)
    try:
        client = Client(server.port, readable.secret, connection=readable.account.connection_id)
        for name, paths in _paths(readable, calls).items():
            taken = [client.timed("GET", path)[0] for path in paths]
            bound = None if name.endswith("(no promise)") else 20.0
            yield Read(name, statistics.median(taken), statistics.quantiles(taken, n=20)[-1], bound)
    finally:
        server.stop()


def _paths(readable: Readable, calls: int) -> dict[str, Sequence[str]]:
    ofauth, onlyfansapi = _ofauth_paths(readable, calls), _onlyfansapi_paths(readable, calls)
    api = f"/api/{readable.account.acct_id}"
    return {name: [f"/v2/access{path}" for path in paths] for name, paths in ofauth.items()} | {
        f"OnlyFansAPI: {name}": [api + path for path in paths] for name, paths in onlyfansapi.items()
    }


def _onlyfansapi_paths(readable: Readable, calls: int) -> dict[str, Sequence[str]]:
    chance, since = readable.chance, (readable.now - timedelta(days=20)).date()
    until, mass = datetime.now(UTC).date(), "/engagement/messages/mass-messages"

    def far() -> int:
        return chance.randrange(9_980)

    return {
        "chats": [f"/chats?limit=20&offset={far()}" for _ in range(calls)],
        "a fan's timeline": [f"/chats/{fan}/messages?limit=20" for fan in readable.fan_ids(calls)],
        "fans": [f"/fans/all?limit=20&offset={far()}" for _ in range(calls)],
        "fans, active": [f"/fans/active?limit=20&offset={far()}" for _ in range(calls)],
        "sent mass messages": [f"{mass}?limit=20"] * calls,
        "chart of mass messages": [f"{mass}/chart?startDate={since}&endDate={until}"] * calls,
        "transactions": ["/transactions?limit=20"] * calls,
    }


def _ofauth_paths(readable: Readable, calls: int) -> dict[str, Sequence[str]]:
    chance, since = readable.chance, (readable.now - timedelta(days=20)).date()

    def many(path: Callable[[], str]) -> list[str]:
        return [path() for _ in range(calls)]

    people = readable.fan_ids(calls)
    return {
        "chats, newest": many(lambda: "/chats?limit=20"),
        "chats, any offset": many(lambda: f"/chats?limit=20&offset={chance.randrange(9_980)}"),
        "chats, unread": many(lambda: f"/chats?limit=20&filter=unread&offset={chance.randrange(60)}"),
        "chats, who spent": many(lambda: "/chats?limit=20&filter=priority"),
        "chats, on a list": many(lambda: f"/chats?limit=20&userListId={readable.most}"),
        "chats, by name": many(lambda: f"/chats?limit=20&query={chance.choice(('ann', 'mar', 'lo', 'xy'))}"),
        "chats, oldest (no promise)": ["/chats?limit=20&order=old"] * 5,
        "a fan's timeline": [f"/chats/{fan}/messages?limit=20" for fan in people],
        "a fan's timeline, further back": [f"/chats/{fan}/messages?limit=20&offset=30" for fan in people],
        "subscribers": many(lambda: f"/subscribers?limit=20&offset={chance.randrange(9_980)}"),
        "subscribers, active": many(
            lambda: f"/subscribers?limit=20&type=active&offset={chance.randrange(9_980)}"
        ),
        "sent mass messages": many(lambda: "/analytics/mass-messages/sent?limit=20"),
        "chart of mass messages": many(lambda: f"/analytics/mass-messages/chart?startDate={since}"),
        "chart of earnings": many(lambda: f"/earnings/chart?startDate={since}"),
        "transactions": many(lambda: "/earnings/transactions?limit=20"),
    }
