"""The disk under PostgreSQL fills in the middle of a send: a clear error, no loss, and work goes on by itself.

The database lies in a tablespace on a small filesystem of its own, so that the write-ahead log has room and PostgreSQL
itself stays up, as an operator would have it. Mounting one needs root on Linux. Where that is impossible the test is
skipped, in CI too: an unprivileged runner cannot have it, and the same is proved on SQLite everywhere (`test_storms`).
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from tests.fault.fleet import Fleet, until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
FANS = 60_000
SIZE = "64m"
MEGABYTE = 1 << 20


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A filesystem of 64 MB at a short path: PostgreSQL follows it by a link."""
    folder = Path(f"/tmp/fancast-small-{os.getpid()}")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0777", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        mounted = subprocess.CompletedProcess(command, 1, stderr=str(error))
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a small filesystem cannot be mounted here (it needs root): {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


@pytest.fixture
def url(own_postgresql: Any, small_disk: Path) -> Iterator[str]:
    """An empty database on the small disk."""
    place = small_disk / "tables"
    place.mkdir()
    # The wheel's server runs as a user of its own where the tests run as root.
    shutil.chown(place, psutil.Process(own_postgresql.get_pid()).uids().real)
    with psycopg.connect(own_postgresql.get_uri(), autocommit=True) as administrator:
        administrator.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        administrator.execute("CREATE DATABASE small TABLESPACE small")
    base, _, query = own_postgresql.get_uri().partition("?")
    yield f"{base.rpartition('/')[0]}/small" + (f"?{query}" if query else "")
    with psycopg.connect(own_postgresql.get_uri(), autocommit=True) as administrator:
        administrator.execute("DROP DATABASE small WITH (FORCE)")
        administrator.execute("DROP TABLESPACE small")


def test_a_full_disk_is_a_clear_error_and_everything_goes_on_when_there_is_room(
    url: str, small_disk: Path, tmp_path: Path
) -> None:
    fleet = Fleet(url, tmp_path, fans=FANS)
    try:
        fleet.serve()
        fleet.work()
        running = fleet.send(pace=10_000)
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
        body = {"text": "later", "audience": {"user_lists": [fleet.list_id]}, "scheduled_at": soon}
        scheduled = fleet.call("POST", "/v1/mass-messages", body)["id"]
        fleet.await_sent(running, 5_000)
        ballast = small_disk / "ballast"
        _fill(ballast)
        refusal = _refusal(fleet)
        assert refusal.status_code == 503
        assert "full" in refusal.json()["detail"]
        assert int(refusal.headers["retry-after"]) > 0
        # The hour of the scheduled one passes while nothing can be written.
        time.sleep(4)
        ballast.unlink()
        for id in (running, scheduled):
            fleet.await_state(id, "done")
            fleet.check_exactly_once(id, FANS)
        # Nothing has to be started anew: the next call works.
        until(lambda: fleet.send(text="afterwards"), "there is room again", fleet)
    finally:
        fleet.close()


def _fill(ballast: Path) -> None:
    """Take all the room that is left."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * MEGABYTE)
    with ballast.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 512)


def _refusal(fleet: Fleet) -> httpx.Response:
    """The first call that is refused: until then pages that were there already take more rows."""
    headers = {"Authorization": f"Bearer {fleet.secret}"}
    address = f"http://127.0.0.1:{fleet.port}/v1/mass-messages"
    for place in range(2_000):
        body = {"text": f"{place} " + "x" * 9_000, "audience": {"user_lists": [fleet.list_id]}, "draft": True}
        answer = httpx.post(address, json=body, headers=headers, timeout=30)
        if answer.status_code != 201:
            return answer
    raise AssertionError("the disk never filled")
