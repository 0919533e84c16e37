"""A live sandbox: the `fancast sandbox` process that the clients' tests talk to, and bounded waiting."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

#: A sandbox that has not said where it listens by then has failed; the promise is 3 s on a quiet machine.
START_SECONDS = 60
#: How long anything may take to become true. Never a measure: only the end of hope.
PATIENCE_SECONDS = 30

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What the process printed about itself, and where it logs."""

    base_url: str
    ofauth_key: str
    connection_id: str
    onlyfansapi_key: str
    account: str
    native_key: str
    log: Path

    @property
    def ofauth_headers(self) -> dict[str, str]:
        """The two headers every printed call of that vendor sends, in its guides' spelling."""
        return {"apikey": self.ofauth_key, "x-connection-id": self.connection_id}

    @property
    def onlyfansapi_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.onlyfansapi_key}"}

    @property
    def native_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.native_key}"}


class SandboxProcess:
    """`fancast sandbox --json` on a free port, with its output in files."""

    def __init__(self, folder: Path, *, fans: int, options: tuple[str, ...] = ()) -> None:
        self._out, self._log = folder / "stdout.jsonl", folder / "sandbox.log"
        command = [sys.executable, "-m", "fancast", "sandbox", "--json", "--port", "0"]
        command += ["--data-dir", str(folder / "data"), "--fans", str(fans), *options]
        with self._out.open("wb") as out, self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=log)

    def ready(self) -> Sandbox:
        """Wait for the first line on standard output: it is printed once requests are answered."""
        said = json.loads(until(self._first_line, "the sandbox's first line", seconds=START_SECONDS))
        return Sandbox(
            base_url=said["base_url"],
            ofauth_key=said["ofauth"]["api_key"],
            connection_id=said["ofauth"]["connection_id"],
            onlyfansapi_key=said["onlyfansapi"]["api_key"],
            account=said["onlyfansapi"]["account"],
            native_key=said["native"]["api_key"],
            log=self._log,
        )

    def _first_line(self) -> str | None:
        if self._process.poll() is not None:
            raise AssertionError(f"the sandbox ended at once:\n{tail(self._log)}")
        line, newline, _ = self._out.read_text().partition("\n")
        return line if newline else None

    def stop(self) -> int:
        """End it as an operator would; a sandbox that ignores that is killed. Returns its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def until(look: Callable[[], Answer | None], what: str, *, seconds: float = PATIENCE_SECONDS) -> Answer:
    """Ask again until the answer is true; after `seconds`, fail and say what never came."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s (last seen: {seen!r})"
        time.sleep(0.02)
    return seen


def mass_message(native: httpx.Client, mass_message_id: int | str) -> dict[str, Any]:
    """One mass message as the native API tells it, with every counter."""
    answer = native.get(f"/v1/mass-messages/{mass_message_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def when_done(native: httpx.Client, mass_message_id: int | str) -> dict[str, Any]:
    """The mass message once its last recipient has it."""

    def look() -> dict[str, Any] | None:
        seen = mass_message(native, mass_message_id)
        return seen if seen["state"] == "done" else None

    return until(look, f"mass message {mass_message_id} done")


def chat(ofauth: httpx.Client, fan: int | str) -> list[dict[str, Any]]:
    """A fan's newest messages as the creator sees them, newest first."""
    answer = ofauth.get(f"/v2/access/chats/{fan}/messages", params={"limit": 20})
    assert answer.status_code == 200, answer.text
    return answer.json()["list"]


def copies(ofauth: httpx.Client, fan: int | str, mass_message_id: int | str) -> list[str]:
    """The texts of the copies of one mass message in a fan's chat: one, or none."""
    return [m["text"] for m in chat(ofauth, fan) if m["queueId"] == int(mass_message_id)]


def tail(log: Path, lines: int = 60) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
