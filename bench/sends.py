"""The send path by audience size: accepted → done, accept and preview latency, bytes, memory."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench.audiences import Lists, make_list
from bench.floors import Floor
from bench.places import Client, Place, Server
from bench.sizes import Sizes
from fancast.model.fan_sets import FanSet

POLL_SECONDS = 0.0005


@dataclass(frozen=True)
class SendRow:
    """Medians in milliseconds for one audience size."""

    recipients: int
    done_ms: float
    bare_ms: float
    rows_ms: float


def send_once(client: Client, lists: Lists) -> tuple[float, float]:
    """Milliseconds until the call answered, and from then until all of it was delivered."""
    accept_ms, made = client.timed("POST", "/v1/mass-messages", {"text": "Hello", "audience": lists.audience})
    began = time.perf_counter()
    while client.ok("GET", f"/v1/mass-messages/{made['id']}")["state"] != "done":
        time.sleep(POLL_SECONDS)
    return accept_ms, accept_ms + (time.perf_counter() - began) * 1000


def send_rows(client: Client, floor: Floor, all_lists: Sequence[Lists], runs: int) -> list[SendRow]:
    """Accepted → done for every size, the sizes taking turns, beside the two floors."""
    done: dict[int, list[float]] = {lists.fans: [] for lists in all_lists}
    for run in range(runs + 2):
        for lists in all_lists:
            _, total_ms = send_once(client, lists)
            if run >= 2:
                done[lists.fans].append(total_ms)
    rows = []
    for lists in all_lists:
        floor.run("DELETE FROM floor_sets")
        floor.load_lists(lists)
        bare = statistics.median(floor.bare_sets_ms(100 + run) for run in range(5))
        by_row = statistics.median(
            floor.rows_ms(lists.fans) for _ in range(1 if lists.fans > 2_000_000 else 3)
        )
        rows.append(SendRow(lists.fans, statistics.median(done[lists.fans]), bare, by_row))
    return rows


def accept_medians(client: Client, all_lists: Sequence[Lists], calls: int) -> dict[int, float]:
    """Median milliseconds of the create call, interleaved over the sizes. Each send finishes before the next."""
    taken: dict[int, list[float]] = {lists.fans: [] for lists in all_lists}
    for _ in range(calls):
        for lists in all_lists:
            taken[lists.fans].append(send_once(client, lists)[0])
    return {fans: statistics.median(times) for fans, times in taken.items()}


def preview_medians(client: Client, all_lists: Sequence[Lists], calls: int) -> tuple[dict[int, float], float]:
    """Median milliseconds of a preview by size, and of a plain authenticated GET, taking turns."""
    taken: dict[int, list[float]] = {lists.fans: [] for lists in all_lists}
    plain: list[float] = []
    for _ in range(calls):
        for lists in all_lists:
            taken[lists.fans].append(client.timed("POST", "/v1/audiences/preview", lists.audience)[0])
        plain.append(client.timed("GET", "/v1/accounts")[0])
    return {fans: statistics.median(times) for fans, times in taken.items()}, statistics.median(plain)


def bytes_per_recipient(
    client: Client, place: Place, universe: int, each: int
) -> list[tuple[str, float, float]]:
    """For an audience of half the fans, and of one in a thousand: bytes a recipient in the sets, and in the log."""
    sizes = Sizes(place)
    found = []
    for name, members, sends in (
        ("half of the fans", FanSet(range(0, universe, 2)), 8),
        ("one fan in a thousand", FanSet(range(7, universe, 1000)), each),
    ):
        list_id = make_list(place, name, members)
        lists = Lists(universe, (list_id,), (), (members,))
        send_once(client, lists)
        before = sizes.mark()
        for _ in range(sends):
            send_once(client, lists)
        used, log = sizes.grown(before)
        found.append((name, used / sends / len(members), log / sends / len(members)))
    sizes.close()
    return found


def peak_memory_mb(place: Place, lists: Lists, synchronous: str) -> tuple[float, float]:
    """The server's peak memory idle, and after sends to this audience."""
    server = Server(place, synchronous=synchronous)
    client = Client(server.port, place.secret)
    try:
        client.ok("GET", "/v1/accounts")
        idle = server.peak_memory_mb()
        for _ in range(3):
            send_once(client, lists)
        return idle, server.peak_memory_mb()
    finally:
        server.stop()
