"""Real processes of Fancast on one database, to be killed, frozen and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from fancast.core import accounts, api_keys, ledger, user_lists
from fancast.model.api_keys import Environment
from fancast.model.fan_sets import FanSet
from fancast.store import events, fan_sets, migrations
from fancast.store import mass_messages as store_mass_messages
from fancast.store import steps as store_steps
from fancast.store.database import Store, Tx
from fancast.store.user_lists import members_key

#: No single wait is longer: a stale heartbeat takes 5 s, a lost hint as long again.
PATIENCE_SECONDS = 60


class Fleet:
    """One database, one account with a list of so many fans, and the processes that work on it."""

    def __init__(self, url: str, folder: Path, *, fans: int) -> None:
        self.url, self.folder = url, folder
        self.scaled = url.startswith("postgresql")
        self.store = Store(url, sqlite_synchronous="NORMAL")
        migrations.upgrade(self.store)
        now = datetime.now(UTC)
        with self.store.write() as tx:
            self.account = accounts.create(tx, "Ada", "ada", now=now)
            _, self.secret = api_keys.create(
                tx, "fault", environment=Environment.SANDBOX, accounts=[self.account.key], now=now
            )
            made = user_lists.create(tx, self.account, "All", now=now)
            assert not isinstance(made.ref, str)
            self.list_id = made.ref
            # Fans here are numbers only: what is proved is about sets, ids and counters.
            fan_sets.create(tx, self.account.key, members_key(made.ref), FanSet(range(fans)))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.processes: list[subprocess.Popen[bytes]] = []
        self.server: subprocess.Popen[bytes] | None = None
        #: By the name under which PostgreSQL knows its connections.
        self.by_name: dict[str, subprocess.Popen[bytes]] = {}
        self._logs = 0

    # ---- processes

    def serve(self) -> subprocess.Popen[bytes]:
        """A server; on PostgreSQL it leaves the work to workers."""
        process = self._start("serve", "--port", str(self.port))
        until(lambda: self._answers() or _ended(process), "the server answers")
        assert process.poll() is None, self.logs()
        self.server = process
        return process

    def work(self, *, data: str = "data") -> subprocess.Popen[bytes]:
        """A worker. With another folder of data than the servers' it knows of them only by the database."""
        return self._start("work", data=data)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait(10)
        self.processes.remove(process)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """As an operator does: it finishes what it has in hand and says nothing went wrong."""
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0, self.logs()
        self.processes.remove(process)

    def freeze(self, process: subprocess.Popen[bytes]) -> None:
        """All its threads stand still when this returns: on a busy machine some run on for a while."""
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED)

    def thaw(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)
        self.store.close()

    def logs(self) -> str:
        return "\n".join(path.read_text()[-1_500:] for path in sorted(self.folder.glob("*.log")))

    def _start(self, *words: str, data: str = "data") -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "FANCAST_DATABASE_URL": self.url,
            "FANCAST_DATA_DIR": str(self.folder / data),
            "FANCAST_SQLITE_SYNCHRONOUS": "NORMAL",
            "FANCAST_LOG_LEVEL": "warning",
            "FANCAST_WORK": "false",
            "PGAPPNAME": f"process {self._logs + 1}",
        }
        self._logs += 1
        with (self.folder / f"{self._logs:03}-{words[0]}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "fancast", *words], env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        self.by_name[environment["PGAPPNAME"]] = process
        return process

    def _answers(self) -> bool:
        try:
            # Without the certificates of all authorities: to read them would keep the starting process waiting.
            address = f"http://127.0.0.1:{self.port}/readyz"
            return httpx.get(address, timeout=2, verify=False).status_code == 200
        except httpx.HTTPError:
            return False

    # ---- calls

    def call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}"}
        answer = httpx.request(
            method,
            f"http://127.0.0.1:{self.port}{path}",
            json=body,
            headers=headers,
            timeout=30,
            verify=False,
        )
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json()

    def send(self, *, pace: int | None = None, text: str = "hello") -> int:
        body = {"text": text, "audience": {"user_lists": [self.list_id]}, "pace": pace}
        return int(self.call("POST", "/v1/mass-messages", body)["id"])

    def hurry(self, id: int) -> None:
        """Take its pace away, unless it is done already: how fast the machine is decides nothing."""
        headers = {"Authorization": f"Bearer {self.secret}"}
        address = f"http://127.0.0.1:{self.port}/v1/mass-messages/{id}"
        answer = httpx.patch(address, json={"pace": None}, headers=headers, timeout=30, verify=False)
        assert answer.status_code == 200 or answer.json()["state"] == "done", answer.text

    # ---- looks, past every process

    def progress(self, id: int) -> Any:
        with self.store.read() as tx:
            found = store_mass_messages.get(tx, self.account.key, id)  # type: ignore[arg-type]
        assert found is not None
        return found

    def await_state(self, id: int, *states: str) -> Any:
        until(lambda: self.progress(id).state in states, f"{id} is {states}", self)
        return self.progress(id)

    def await_sent(self, id: int, count: int) -> None:
        until(lambda: self.progress(id).sent >= count, f"{id} has sent {count}", self)

    def check_exactly_once(self, id: int, fans: int) -> None:
        """Every fan is in exactly one step, every number is true, and no event or id is missing or doubled."""
        self.check_all_exactly_once([id], fans)

    def check_all_exactly_once(self, ids: Iterable[int], fans: int) -> None:
        """As `check_exactly_once`, of many."""
        with self.store.read() as tx:
            book = ledger.check(tx, self.account)
            assert not book.wrong, book.wrong
            for id in ids:
                self._check_steps(tx, id, fans)
            numbers = [event.number for event in events.after(tx, self.account.key, 0, 1_000_000)]
            assert numbers == list(range(1, len(numbers) + 1)), "no event is missing"

    def _check_steps(self, tx: Tx, id: int, fans: int) -> None:
        found = self.progress(id)
        assert (found.sent, found.pending, found.total) == (fans, 0, fans)
        reached: list[int] = []
        last_id = 0
        for step in store_steps.of(tx, self.account.key, found.id):
            assert step.first_id > last_id, "ids run on from step to step"
            last_id = step.last_id
            reached += range(step.from_number, step.to_number + 1)
        assert reached == list(range(fans)), "each fan once, in order"


def until(
    holds: Callable[[], object], what: str, fleet: Fleet | None = None, *, seconds: float = PATIENCE_SECONDS
) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what}\n{fleet.logs() if fleet else ''}"
        time.sleep(0.02)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None
