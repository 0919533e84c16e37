"""Other writes while mass messages to millions follow each other: chat sends by API, on the same account."""

import statistics
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.audiences import Lists
from bench.places import Client, Place, Server
from fancast.core import fans
from fancast.model.ids import FanId

#: So many wait at any moment, so that one follows the other without a pause.
_AHEAD = 10
#: Seldom, so that to look is no load of its own: two or three go out meanwhile.
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Beside:
    """Milliseconds of the chat sends, and how many recipients a second went out beside them."""

    alone_p95_ms: float
    p95_ms: float
    longest_ms: float
    calls: int
    recipients_a_second: float


def beside(place: Place, server: Server, lists: Lists, seconds: float) -> Beside:
    """Chat sends every few milliseconds while mass messages to all of `lists` run."""
    with place.store.write() as tx:
        fan, _ = fans.put(
            tx, place.account, FanId(1), {"username": "bo", "name": "Bo"}, now=datetime.now(UTC)
        )
    client = Client(server.port, place.secret, connection=place.account.connection_id)
    path = f"/v2/access/chats/{fan.fan_id}/messages"
    alone = _chat(client, path, seconds / 5)
    flood = _Flood(Client(server.port, place.secret), lists)
    flood.start()
    time.sleep(0.5)
    taken = _chat(client, path, seconds)
    sent = flood.finish()
    return Beside(_p95(alone), _p95(taken), max(taken), len(taken), sent * lists.fans / seconds)


def _chat(client: Client, path: str, seconds: float) -> list[float]:
    taken: list[float] = []
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        taken.append(client.timed("POST", path, {"text": f"hello {time.time_ns()}"})[0])
        time.sleep(0.005)
    return taken


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


class _Flood(threading.Thread):
    """Keeps a few mass messages waiting behind the one that goes out."""

    def __init__(self, client: Client, lists: Lists) -> None:
        super().__init__(daemon=True)
        self._client, self._lists = client, lists
        self._over = threading.Event()
        self._sent = 0

    def run(self) -> None:
        waiting: list[int] = []
        while not self._over.is_set():
            while len(waiting) < _AHEAD:
                body = {"text": "to all", "audience": self._lists.audience}
                waiting.append(self._client.ok("POST", "/v1/mass-messages", body)["id"])
            self._take_done(waiting)
        while waiting:
            self._take_done(waiting)

    def _take_done(self, waiting: list[int]) -> None:
        while waiting and self._done(waiting[0]):
            waiting.pop(0)
            self._sent += 1
        time.sleep(_POLL_SECONDS)

    def _done(self, id: int) -> bool:
        return bool(self._client.ok("GET", f"/v1/mass-messages/{id}")["state"] == "done")

    def finish(self) -> int:
        """How many went out until now."""
        self._over.set()
        sent = self._sent
        self.join()
        return sent
