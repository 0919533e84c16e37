"""A network that loses answers: a small HTTP proxy that hands every request on, and seldom says so.

Each attempt is committed upstream sooner or later. What the client hears of it is another matter.
"""

import http.client
import json
import random
import socket
import threading
from collections import Counter, defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar, Literal

Fate = Literal["answer", "500", "502", "drop", "stall", "late"]
FATES: tuple[Fate, ...] = ("answer", "500", "502", "drop", "stall", "late")
#: What is late comes in any case after this: its client may have given up for good.
LATEST_SECONDS = 20


class Network:
    """The proxy and its record. `late` holds the original back until a retry of it was handed on."""

    def __init__(self, upstream_port: int, *, stall_seconds: float, seed: int = 1) -> None:
        self.upstream_port, self.stall_seconds = upstream_port, stall_seconds
        self.fates: Counter[Fate] = Counter()
        self.handed_on: Counter[str] = Counter()
        self.late_after_retry = 0
        self._random = random.Random(seed)
        self._retried: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._guard = threading.Lock()
        network = self

        class Handler(_Handler):
            network: ClassVar[Network]

        Handler.network = network
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # At its close the server waits for the held ones: whatever was asked for is handed on.
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Take no more, and hand on what is still held back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fate_of(self, attempt: int) -> Fate:
        """Anything but late for a retry: what is held back waits for one."""
        with self._guard:
            fate = self._random.choice(FATES[:-1] if attempt else FATES)
            self.fates[fate] += 1
        return fate

    def hand_on(self, handler: "_Handler", body: bytes) -> tuple[int, bytes]:
        """The upstream's own answer."""
        upstream = http.client.HTTPConnection("127.0.0.1", self.upstream_port, timeout=60)
        headers = {name: value for name, value in handler.headers.items() if name.lower() != "connection"}
        upstream.request(handler.command, handler.path, body, headers)
        answer = upstream.getresponse()
        said = answer.status, answer.read()
        upstream.close()
        return said

    def note(self, text: str, attempt: int) -> None:
        with self._guard:
            self.handed_on[text] += 1
        if attempt:
            self._retried[text].set()

    def wait_for_a_retry(self, text: str) -> None:
        if self._retried[text].wait(LATEST_SECONDS):
            with self._guard:
                self.late_after_retry += 1


class _Handler(BaseHTTPRequestHandler):
    network: ClassVar[Network]
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        network = self.network
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        text, attempt = json.loads(body)["text"], int(self.headers.get("x-stainless-retry-count", "0"))
        fate = network.fate_of(attempt)
        if fate == "late":
            network.wait_for_a_retry(text)
        status, said = network.hand_on(self, body)
        network.note(text, attempt)
        if fate == "stall":
            threading.Event().wait(network.stall_seconds)
        self.close_connection = True
        if fate in ("500", "502"):
            status, said = int(fate), b"<html>upstream trouble</html>"
        if fate == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(status, said)

    def _answer(self, status: int, said: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json" if status < 500 else "text/html")
            self.send_header("content-length", str(len(said)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(said)
        except OSError:
            # The client gave up waiting.
            pass

    def log_message(self, *_: object) -> None:
        """Nothing."""
