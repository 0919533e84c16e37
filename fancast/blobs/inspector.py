"""Has files looked at by a process of their own, within bounds of time and memory."""

import os
import selectors
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import msgspec
import structlog

from fancast.blobs.findings import Findings, Job, Refused, Reply

log = structlog.get_logger()

#: For one file. A gigabyte of video is read through in a few seconds.
MOST_SECONDS = 120.0
#: Files looked at side by side in one server.
AT_ONCE = 2


class Inspector:
    """Starts lookers when there is work, and ends one that takes too long."""

    def __init__(self, *, seconds: float = MOST_SECONDS, at_once: int = AT_ONCE) -> None:
        self._seconds = seconds
        self._turn = threading.Semaphore(at_once)
        self._guard = threading.Lock()
        self._idle: list[_Looker] = []

    def look(self, path: Path, folder: Path, declared: str) -> Findings:
        """What the file is; smaller forms of it are made in the folder. Raises Refused."""
        job = Job(str(path), str(folder), declared)
        with self._turn:
            reply = self._ask(job)
        if reply.findings is None:
            raise Refused(reply.code, reply.message)
        return reply.findings

    def close(self) -> None:
        with self._guard:
            lookers, self._idle = self._idle, []
        for looker in lookers:
            looker.end()

    def _ask(self, job: Job) -> Reply:
        with self._guard:
            looker = self._idle.pop() if self._idle else None
        if looker is not None:
            # One that rested may have gone home just now; a new one gets the job then.
            reply = looker.ask(job, self._seconds)
            if reply is not None:
                return self._keep(looker, reply)
        looker = _Looker()
        reply = looker.ask(job, self._seconds)
        if reply is not None:
            return self._keep(looker, reply)
        log.warning("looker.fell", ended_with=looker.process.returncode)
        return Reply(code="unreadable_file", message="The file could not be read: its decoder gave up on it.")

    def _keep(self, looker: "_Looker", reply: Reply) -> Reply:
        if looker.process.poll() is None:
            with self._guard:
                self._idle.append(looker)
        return reply


def _environment() -> dict[str, str]:
    # A decoder that falls to an attack finds no password here.
    return {name: value for name, value in os.environ.items() if not name.startswith("FANCAST_")}


class _Looker:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fancast.blobs.looker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, bufsize=0, env=_environment(),
        )  # fmt: skip

    def ask(self, job: Job, seconds: float) -> Reply | None:
        """None when it fell. Raises Refused when it took too long."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(msgspec.json.encode(job) + b"\n")
        except OSError:
            self.end()
            return None
        line = self._line(seconds)
        if not line.endswith(b"\n"):
            self.end()
            return None
        return msgspec.json.decode(line, type=Reply)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _line(self, seconds: float) -> bytes:
        assert self.process.stdout is not None
        line = b""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not waiting.select(seconds):
                    self.end()
                    raise Refused(
                        "unreadable_file", f"The file could not be read within {seconds:.0f} seconds."
                    )
                chunk = self.process.stdout.read(65_536)
                if not chunk:
                    break
                line += chunk
        return line
