"""`make bench`: prints the figures, and what they must reach. `--quick` leaves out ten million."""

import argparse
import os
import platform
import sqlite3
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import engine, sends
from bench.audiences import make_lists
from bench.floors import Floor
from bench.places import Client, Place, Server, postgresql_place, sqlite_place

SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
MILLION = 1_000_000


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--quick", action="store_true", help="up to a million recipients, fewer calls")
    words.add_argument("--only", choices=("sqlite", "postgresql"))
    words.add_argument("--synchronous", default="FULL", choices=("FULL", "NORMAL"), help="SQLite's")
    asked = words.parse_args()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} "
        f"(synchronous={asked.synchronous}); medians; compare the ratios, not the milliseconds"
    )
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if asked.only != "postgresql":
            _bench(sqlite_place(Path(folder) / "sqlite", asked.synchronous), asked.synchronous, asked.quick)
        if asked.only != "sqlite":
            _bench(stack.enter_context(postgresql_place(Path(folder) / "postgresql")), "FULL", asked.quick)


def _bench(place: Place, synchronous: str, quick: bool) -> None:
    print(f"\n== {place.name}")
    all_lists = [make_lists(place, fans) for fans in (SIZES[:3] if quick else SIZES)]
    floor = Floor(place.name, place.url, place.folder, synchronous)
    server = Server(place, synchronous=synchronous)
    client = Client(server.port, place.secret)
    try:
        _print_sends(sends.send_rows(client, floor, all_lists, 5 if quick else 15))
        _print_accept(sends.accept_medians(client.anew(), [all_lists[0], all_lists[2]], 50 if quick else 200))
        _print_previews(*sends.preview_medians(client.anew(), all_lists, 30 if quick else 100))
        _print_bytes(sends.bytes_per_recipient(client.anew(), place, MILLION, 20 if quick else 60))
    finally:
        server.stop()
        floor.close()
    idle, peak = sends.peak_memory_mb(place, all_lists[-1], synchronous)
    print(
        f"memory of the server: {idle:.0f} MB idle, {peak:.0f} MB at its peak with "
        f"{all_lists[-1].fans:,} recipients (≤ 300)"
    )
    _print_engine(engine.Engine(place, synchronous), quick)
    place.store.close()


def _print_sends(rows: list[sends.SendRow]) -> None:
    print("accepted → done, three lists united, two excluded")
    print(
        f"{'recipients':>12} {'done ms':>9} {'bare sets ms':>13} {'rows ms':>9} {'× bare':>7} {'of rows':>8}"
    )
    for row in rows:
        print(
            f"{row.recipients:>12,} {row.done_ms:>9.2f} {row.bare_ms:>13.2f} {row.rows_ms:>9.1f} "
            f"{row.done_ms / row.bare_ms:>7.1f} {row.done_ms / row.rows_ms:>8.4f}"
        )
    by_size = {row.recipients: row for row in rows}
    million = by_size[MILLION]
    print(
        f"1M in {million.done_ms / million.rows_ms:.3f} of the rows' time (≤ 0.1); "
        f"1M takes {million.done_ms / by_size[1_000].done_ms:.2f} × 1k (≤ 3)"
    )


def _print_accept(medians: dict[int, float]) -> None:
    small, large = (medians[fans] for fans in sorted(medians))
    print(f"accept: {small:.2f} ms at 1k, {large:.2f} ms at 1M: {large / small:.2f} × (≤ 1.5)")


def _print_previews(medians: dict[int, float], plain: float) -> None:
    told = ", ".join(f"{ms:.2f} ms at {fans:,}" for fans, ms in medians.items())
    print(f"preview: {told}; a plain GET {plain:.2f} ms; 1M is {medians[MILLION] / plain:.2f} × it (≤ 3)")


def _print_bytes(rows: list[tuple[str, float, float]]) -> None:
    for (name, used, log), most in zip(rows, (0.5, 4.0), strict=True):
        print(f"audience of {name}: {used:.2f} bytes a recipient (≤ {most}), {log:.2f} of log")


def _print_engine(running: engine.Engine, quick: bool) -> None:
    try:
        wait = engine.starts(running, 40 if quick else 200)
        rate = engine.small_sends_a_second(running, 200 if quick else 1_000, 50 if quick else 200)
        behind = engine.behind(running, 200 if quick else 1_000)
    finally:
        running.close()
    print(
        f"engine, in one process: accepted → sending p95 {wait:.1f} ms; {rate:.0f} mass messages of 1,000 a second; "
        f"another account's send starts {behind:.0f} ms after it was asked for behind a busy one"
    )


if __name__ == "__main__":
    main()
