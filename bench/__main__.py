"""`make bench`: prints the figures, and what they must reach. `--quick` leaves out ten million."""

import argparse
import os
import platform
import sqlite3
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import beside, engine, idle, paced, reads, routes, sends, uploads
from bench.asking import REFUSALS
from bench.audiences import make_lists
from bench.floors import Floor
from bench.places import Client, Place, Server, postgresql_place, sqlite_place

SIZES = (1_000, 100_000, 1_000_000, 10_000_000)
MILLION = 1_000_000


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--quick", action="store_true", help="up to a million recipients, fewer calls")
    words.add_argument("--part", choices=tuple(_PARTS), help="only this part")
    words.add_argument("--only", choices=("sqlite", "postgresql"))
    words.add_argument("--synchronous", default="FULL", choices=("FULL", "NORMAL"), help="SQLite's")
    asked = words.parse_args()
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version} "
        f"(synchronous={asked.synchronous}); medians; compare the ratios, not the milliseconds"
    )
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if asked.only != "postgresql":
            _bench(sqlite_place(Path(folder) / "sqlite", asked.synchronous), asked)
        if asked.only != "sqlite":
            _bench(stack.enter_context(postgresql_place(Path(folder) / "postgresql")), asked)


def _bench(place: Place, asked: argparse.Namespace) -> None:
    print(f"\n== {place.name}")
    for name, part in _PARTS.items():
        if asked.part in (None, name):
            part(place, asked)
    place.store.close()


def _bench_sends(place: Place, asked: argparse.Namespace) -> None:
    quick, synchronous = asked.quick, asked.synchronous
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


def _bench_reads(place: Place, asked: argparse.Namespace) -> None:
    size, calls = (100_000, 40) if asked.quick else (MILLION, 200)
    print(f"reads of an account with {size:,} fans and {reads.SENDS} mass messages, over HTTP")
    for read in reads.reads(place, size, calls, synchronous=asked.synchronous):
        bound = "" if read.bound_ms is None else f" (≤ {read.bound_ms:.0f})"
        print(f"{read.name:>32}: median {read.median_ms:.1f} ms, p95 {read.p95_ms:.1f} ms{bound}")


def _bench_uploads(place: Place, asked: argparse.Namespace) -> None:
    megabytes = 128 if asked.quick else 1_024
    print(f"a file of {megabytes:,} MB, and the server's peak memory before and after")
    for moved in uploads.moves(place, megabytes, synchronous=asked.synchronous):
        print(
            f"{moved.name:>16}: {moved.seconds:.1f} s, {megabytes / moved.seconds:.0f} MB/s, "
            f"{moved.before_mb:.0f} → {moved.after_mb:.0f} MB (flat: ≤ 32 MB more)"
        )


def _bench_routes(place: Place, asked: argparse.Namespace) -> None:
    timed, broken = routes.routes(place, 15 if asked.quick else 60)
    print(
        f"both dialects' routes beside a bare route that runs the same handler (each ≤ {routes.MOST:.0f} ×)"
    )
    for one in timed:
        above = "  ← ABOVE" if one.ratio > routes.MOST else ""
        print(f"{one.ratio:>6.2f} × {one.full_ms:>7.2f} ms  {one.name}{above}")
    print(f"{len(timed)} timed; not timed:")
    for name, why in REFUSALS.items():
        print(f"  {name}: {why}")
    if broken:
        told = "\n  ".join(broken)
        raise SystemExit(f"FAILED: {len(broken)} answered otherwise than their documents promise:\n  {told}")


def _bench_idle(place: Place, asked: argparse.Namespace) -> None:
    if place.name == "postgresql":
        scheduled = 1_000 if asked.quick else idle.SCHEDULED
        print(idle.line("work", idle.rates(place, scheduled=scheduled), scheduled))


def _bench_beside(place: Place, asked: argparse.Namespace) -> None:
    server = Server(place, synchronous=asked.synchronous)
    try:
        found = beside.beside(place, server, make_lists(place, 5 * MILLION), 5 if asked.quick else 30)
    finally:
        server.stop()
    print(
        f"chat sends beside mass messages to 5M that follow each other: p95 {found.p95_ms:.1f} ms (≤ 15 on SQLite; "
        f"{found.alone_p95_ms:.1f} alone), "
        f"longest {found.longest_ms:.0f} ms (≤ 250) of {found.calls:,}; "
        f"{found.recipients_a_second / MILLION:.0f}M recipients a second went out"
    )


def _bench_engine(place: Place, asked: argparse.Namespace) -> None:
    """PostgreSQL's also with more workers than one: what they add depends on the cores there are."""
    quick, running = asked.quick, engine.Engine(place, asked.synchronous)
    many, over = (200, 50) if quick else (1_000, 200)
    try:
        with running.working():
            wait, rate = (
                engine.starts(running, 40 if quick else 200),
                engine.small_sends_a_second(running, many, over),
            )
        print(
            f"engine: accepted → sending p95 {wait:.1f} ms (≤ {20 if running.fleet else 5}); "
            f"{rate:.0f} mass messages of 1,000 a second (≥ {150 if running.fleet else 300})"
        )
        for workers in (2, 4) if running.fleet else ():
            with running.working(workers):
                rate = engine.small_sends_a_second(running, many, over)
            print(f"engine: {rate:.0f} a second with {workers} workers on {os.cpu_count()} cores")
        for accounts, most in ((1, 100), (over, 2_000)):
            engine.backlog(running, many, accounts)
            with running.working():
                behind = engine.starts_behind(running, 5)
            print(
                f"another account's send starts ≤ {behind:.0f} ms behind {many} of {accounts} accounts (≤ {most})"
            )
        with running.working():
            print(paced.line(paced.overshoot(running)))
    finally:
        running.close()


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


_PARTS = {
    "sends": _bench_sends, "reads": _bench_reads, "uploads": _bench_uploads, "routes": _bench_routes,
    "beside": _bench_beside, "engine": _bench_engine, "idle": _bench_idle,
}  # fmt: skip

if __name__ == "__main__":
    main()
