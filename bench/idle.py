"""What an idle fleet asks of PostgreSQL: transactions a second per process, with nothing and with much scheduled.

`idle.rates(place)` returns the figures and `idle.line(...)` tells them with what they must reach.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import sqlalchemy as sa

from bench.places import Place, keep_house
from fancast import bootstrap
from fancast.config import load
from fancast.core import mass_messages, media_places, user_lists
from fancast.kit.clock import system_clock
from fancast.model.audiences import AskedAudience
from fancast.model.mass_messages import Content, Draft

SCHEDULED = 10_000
MOST_A_SECOND = 10
#: A process imports, registers and ticks for the first time; its backends report within a second.
SETTLE_SECONDS = 6
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Idle:
    """Transactions a second of one process."""

    nothing: float
    scheduled: float

    @property
    def ratio(self) -> float:
        return self.scheduled / self.nothing


def rates(place: Place, *, command: str = "work", seconds: float = 20, scheduled: int = SCHEDULED) -> Idle:
    """One `fancast work` (or `serve`) on an otherwise unused database, measured twice."""
    keep_house(place)
    with _process(place, command):
        nothing = _transactions_a_second(place, seconds)
    schedule(place, scheduled)
    keep_house(place)
    with _process(place, command):
        return Idle(nothing, _transactions_a_second(place, seconds))


def line(command: str, idle: Idle, scheduled: int = SCHEDULED) -> str:
    return (
        f"idle `fancast {command}`: {idle.nothing:.1f} transactions a second (≤ {MOST_A_SECOND}), "
        f"{idle.scheduled:.1f} with {scheduled:,} scheduled: {idle.ratio:.2f} × (0.8 to 1.2)"
    )


def schedule(place: Place, many: int) -> None:
    """So many mass messages for hours of tomorrow."""
    now = datetime.now(UTC)
    with place.store.write() as tx:
        listed = user_lists.create(tx, place.account, "tomorrow", now=now).ref
    for first in range(0, many, _AT_ONCE):
        with place.store.write() as tx:
            for number in range(first, min(first + _AT_ONCE, many)):
                draft = Draft(
                    Content(f"tomorrow {number}"), AskedAudience(user_lists=(listed,)),
                    scheduled_at=now + timedelta(days=1, seconds=number),
                )  # fmt: skip
                mass_messages.create(tx, place.account, draft, now=now)


@contextmanager
def _process(place: Place, command: str) -> Iterator[None]:
    folder = place.folder / f"{command}-data"
    settings = load(database_url=place.url, data_dir=folder)
    with bootstrap.storage(settings, place.store, system_clock()) as workshop:
        # As a server does: else a worker would leave media to others, and be idler than in a fleet.
        media_places.mark(workshop)
    environment = {
        **os.environ,
        "FANCAST_DATABASE_URL": place.url,
        "FANCAST_DATA_DIR": str(folder),
        "FANCAST_LOG_LEVEL": "warning",
    }
    words = [sys.executable, "-m", "fancast", command, *(["--port", "0"] if command == "serve" else [])]
    with (place.folder / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
    try:
        time.sleep(SETTLE_SECONDS)
        assert process.poll() is None, (place.folder / f"{command}.log").read_text()[-2_000:]
        yield
    finally:
        process.terminate()
        process.wait(30)


def _transactions_a_second(place: Place, seconds: float) -> float:
    # Our own connections would be counted too, were they on the same database.
    place.store.engine.dispose()
    name = sa.engine.make_url(place.url).database
    elsewhere = sa.engine.make_url(place.url).set(drivername="postgresql", database="template1")
    asked = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = %s"
    with psycopg.connect(elsewhere.render_as_string(hide_password=False), autocommit=True) as connection:

        def count() -> int:
            row = connection.execute(asked, (name,)).fetchone()
            assert row is not None
            return int(row[0])

        before, began = count(), time.monotonic()
        time.sleep(seconds)
        return (count() - before) / (time.monotonic() - began)
