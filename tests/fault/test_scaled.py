"""`scripts/scaled.py`: the scaled form on one machine says its figures, and leaves nothing however it ends."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fault.fleet import PATIENCE_SECONDS, until

pytestmark = [
    pytest.mark.fault,
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
    pytest.mark.skipif(
        "FANCAST_TEST_POSTGRESQL_URL" in os.environ, reason="the script starts a PostgreSQL of its own"
    ),
]
SCRIPT = Path(__file__).parents[2] / "scripts" / "scaled.py"
MARK = "FANCAST_TEST_SCALED"


class Scaled:
    """The script at work, with a folder for what it stores and a mark on all it starts."""

    def __init__(self, folder: str, *words: str) -> None:
        self.folder, self.mark = Path(folder), uuid.uuid4().hex
        environment = {**os.environ, "TMPDIR": folder, MARK: self.mark, "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), *words], env=environment, stdout=subprocess.PIPE, text=True
        )

    def await_line(self, begin: str) -> None:
        assert self.process.stdout is not None
        assert any(line.startswith(begin) for line in self.process.stdout), f"no line begins with {begin}"

    def left(self) -> list[int]:
        """The processes that it or what it started has started, and that live."""
        wanted = f"{MARK}={self.mark}".encode()
        return [
            int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if wanted in _read(path)
        ]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        # It has ended since, or is somebody else's.
        return b""


@pytest.fixture
def start() -> Iterator[Callable[..., Scaled]]:
    """Starts the script; it has ended at the end, whatever becomes of the test."""
    # Short: the path of a socket has room for about 100 letters.
    with tempfile.TemporaryDirectory(prefix="fancast-") as folder:
        started: list[Scaled] = []

        def begin(*words: str) -> Scaled:
            started.append(Scaled(folder, *words))
            return started[-1]

        yield begin
        for one in started:
            with one.process as process:
                process.terminate()


def test_it_ends_by_itself_and_says_how_long_it_took_and_how_many_a_second(
    start: Callable[..., Scaled],
) -> None:
    scaled = start("--once")
    told, _ = scaled.process.communicate(timeout=2 * PATIENCE_SECONDS)
    assert scaled.process.returncode == 0
    assert "the other worker goes on" in told
    sent = figure(r"^Every fan once: sent ([\d,]+), ledger difference 0$", told)
    seconds = figure(r"^In ([\d.]+) s, ", told)
    rate = figure(r"^In .* s, ([\d,]+) recipients a second", told)
    assert sent > 10_000
    assert seconds * rate == pytest.approx(sent, rel=0.1)
    assert (scaled.left(), list(scaled.folder.glob("fancast-*"))) == ([], [])


def figure(pattern: str, told: str) -> float:
    found = re.search(pattern, told, re.MULTILINE)
    assert found, told
    return float(found[1].replace(",", ""))


@pytest.mark.parametrize(
    ("number", "when"), [(signal.SIGTERM, "fancast work"), (signal.SIGHUP, "PostgreSQL")]
)
def test_who_ends_it_from_outside_finds_nothing_left(
    start: Callable[..., Scaled], number: signal.Signals, when: str
) -> None:
    scaled = start()
    scaled.await_line(when)
    assert len(scaled.left()) > 1
    scaled.process.send_signal(number)
    scaled.process.communicate(timeout=PATIENCE_SECONDS)
    assert scaled.process.returncode == 128 + number
    until(lambda: not scaled.left(), "all have ended")
    assert list(scaled.folder.glob("fancast-*")) == []
