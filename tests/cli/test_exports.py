"""`fancast export recipients`: every fan of an audience with outcome and reason, in the middle of a send too."""

import csv
import os
import subprocess
import sys
import time
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest

from fancast.core import imports
from fancast.kit.times import to_ms
from fancast.model.ids import FanId
from fancast.model.problems import Problem
from fancast.store import migrations
from fancast.store.database import Store
from fancast.store.engines import IDLE_IN_TRANSACTION_SECONDS
from tests.cli.test_commands import Shell
from tests.world import DAY, NOON, MovableClock, World

#: More than are read at once, and far more than a pipe holds.
MANY = 12_000


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "data", capsys)


def test_recipients_of_a_running_send_add_up_to_its_totals(shell: Shell, tmp_path: Path) -> None:
    shell("database", "upgrade")
    store = shell.store()
    try:
        world = World(store, MovableClock())
        names = world.crowd(10)
        made = world.send(pace=4)
        world.deliver()
        world.change_fan("f1", blocked=True)
        world.clock.forward(seconds=1)
        world.deliver()
        seen = world.again(made)
    finally:
        store.close()
    file = tmp_path / "recipients.csv"
    shell("export", "recipients", str(made.id), "--to", str(file))
    assert shell.code == 0, shell.errors
    rows = list(csv.DictReader(StringIO(file.read_text())))
    assert [int(row["fan_id"]) for row in rows] == [world.place().fans[name] for name in names]
    told = Counter((row["outcome"], row["reason"]) for row in rows)
    assert told == {("sent", ""): 3, ("skipped", "blocked"): 1, ("pending", ""): 6}
    assert (seen.sent, seen.skipped, seen.pending) == (3, 1, 6)
    assert all(bool(row["message_id"]) == bool(row["sent_at"]) == (row["outcome"] == "sent") for row in rows)
    assert list(csv.DictReader(StringIO(shell("export", "recipients", str(made.id))))) == rows
    with pytest.raises(Problem, match="no mass message 1"):
        shell("export", "recipients", "1")


# ---- real processes


@pytest.fixture
def sent(tmp_path: Path) -> list[str]:
    """The command line of an export of one that was sent to three, on SQLite."""
    return _command(f"sqlite:///{tmp_path / 'fancast.db'}", 3)


def _command(url: str, fans: int) -> list[str]:
    store = Store(url)
    try:
        migrations.create(store)
        world = World(store, MovableClock())
        # As an import does it: thousands one by one would take minutes.
        paid = {"subscribed_at": to_ms(NOON), "subscribed_until": to_ms(NOON + DAY)}
        rows = {FanId(id): paid for id in range(1, fans + 1)}
        with world.write() as tx:
            imports.put_fans(tx, world.account(), rows, now=NOON)
        made = world.sent()
    finally:
        store.close()
    return [sys.executable, "-m", "fancast", "export", "recipients", str(made.id), "--database-url", url]


def _run(command: list[str], **how: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, text=True, stderr=subprocess.PIPE, timeout=60, check=False, **how)  # type: ignore[call-overload,no-any-return]


@pytest.mark.slow
def test_a_reader_may_rest_for_longer_than_a_transaction_may(postgresql_url: str) -> None:
    command = _command(postgresql_url, MANY)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        head = process.stdout.readline()
        time.sleep(IDLE_IN_TRANSACTION_SECONDS + 1)
        rows = list(csv.reader(process.stdout))
        errors = process.stderr.read()
    assert (head.split(",")[0], len(rows), process.returncode, errors) == ("fan_id", MANY, 0, "")


def test_a_refused_export_leaves_the_file_as_it_was(sent: list[str], tmp_path: Path) -> None:
    file = tmp_path / "recipients.csv"
    file.write_text("yesterday")
    refused = _run([*("1" if word.isdigit() else word for word in sent), "--to", str(file)])
    assert (refused.returncode, refused.stderr) == (2, "fancast: There is no mass message 1.\n")
    assert file.read_text() == "yesterday"


def test_a_file_is_replaced_whole_and_nobody_else_may_read_it_after(sent: list[str], tmp_path: Path) -> None:
    file, link = tmp_path / "recipients.csv", tmp_path / "newest.csv"
    file.write_text("yesterday")
    file.chmod(0o600)
    link.symlink_to(file)
    assert _run([*sent, "--to", str(link)]).returncode == 0
    assert len(file.read_text().splitlines()) == 4
    assert (link.is_symlink(), file.stat().st_mode & 0o777) == (True, 0o600)
    assert not list(tmp_path.glob("*.part"))


def test_a_pipe_stays_a_pipe(sent: list[str], tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*sent, "--to", str(pipe)]) as process:
        assert len(pipe.read_text().splitlines()) == 4
    assert (process.returncode, pipe.is_fifo()) == (0, True)


@pytest.mark.parametrize("place", ["nowhere/recipients.csv", ".", "/dev/full"])
def test_a_place_that_cannot_be_written_is_one_plain_line(
    sent: list[str], tmp_path: Path, place: str
) -> None:
    refused = _run([*sent, "--to", place], cwd=tmp_path)
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert refused.stderr.startswith(f"fancast: {place} cannot be written: ")


def test_a_full_standard_output_is_one_plain_line(sent: list[str]) -> None:
    with open("/dev/full", "w") as full:
        refused = _run(sent, stdout=full)
    expected = "fancast: Standard output cannot be written: No space left on device.\n"
    assert (refused.returncode, refused.stderr) == (1, expected)


@pytest.mark.parametrize("words", [[], ["words", "export"]])
def test_a_reader_who_goes_away_is_no_error(sent: list[str], words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [*sent[:3], *words, *sent[-2:]] if words else sent
    try:
        left = _run(command, stdout=writing)
    finally:
        os.close(writing)
    assert (left.returncode, left.stderr) == (141, "")
