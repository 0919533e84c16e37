"""`fancast export recipients`: every fan of an audience with outcome and reason, in the middle of a send too."""

import csv
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest

from fancast.model.problems import Problem
from tests.cli.test_commands import Shell
from tests.world import MovableClock, World


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
