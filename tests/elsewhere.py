"""A web server of somebody else, on this machine: the good, the slow, the huge and the devious."""

import io
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from PIL import Image


def photo(width: int = 320, height: int = 240) -> bytes:
    """A JPEG."""
    held = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(held, "JPEG")
    return held.getvalue()


PHOTO = photo()


@dataclass
class Elsewhere:
    """Where it listens, what was asked of it, and a gate that `/gated` waits at."""

    port: int
    host: str = "127.0.0.1"
    asked: Counter[str] = field(default_factory=Counter)
    gate: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str, host: str = "") -> str:
        return f"http://{host or self.host}:{self.port}{path}"


@contextmanager
def running(host: str = "127.0.0.1") -> Iterator[Elsewhere]:
    server = ThreadingHTTPServer((host, 0), _Handler)
    server.daemon_threads = True
    place = Elsewhere(server.server_address[1], host)
    server.place = place  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield place
    finally:
        place.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        place: Elsewhere = self.server.place  # type: ignore[attr-defined]
        name = parts.path.strip("/").partition(".")[0]
        place.asked[name] += 1
        with suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, f"_{name}", self._missing)(place, parse_qs(parts.query))

    def _photo(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._answer(PHOTO, "image/jpeg")

    def _gated(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        """Half of a photo, the rest when the gate opens."""
        self._head(len(PHOTO), "image/jpeg")
        self.wfile.write(PHOTO[:100])
        self.wfile.flush()
        place.gate.wait(30)
        self.wfile.write(PHOTO[100:])

    def _flaky(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        """Works at the third time."""
        if place.asked["flaky"] < 3:
            self.send_error(503)
        else:
            self._answer(PHOTO, "image/jpeg")

    def _lying(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._answer(b"<html><body>not a photo</body></html>" * 20, "image/jpeg")

    def _mislabelled(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._answer(PHOTO, "text/plain")

    def _truncated(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._head(len(PHOTO) + 500, "image/jpeg")
        self.wfile.write(PHOTO)
        self.close_connection = True

    def _cut(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        """A photo whose last half is missing, without a word of it."""
        self._answer(PHOTO[: len(PHOTO) // 2], "image/jpeg")

    def _huge(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        """More than anybody wants, and it does not say how much."""
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.end_headers()
        for _ in range(10_000):
            self.wfile.write(b"\xff" * 65_536)

    def _announced(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._head(10**12, "image/jpeg")

    def _silent(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._head(len(PHOTO), "image/jpeg")
        self.wfile.flush()
        place.gate.wait(30)

    def _drip(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        """A byte now and then: never silent, never done."""
        self._head(len(PHOTO), "image/jpeg")
        for byte in PHOTO:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if place.gate.wait(0.05):
                return

    def _empty(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self._answer(b"", "image/jpeg")

    def _packed(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"\x1f\x8b\x08\x00")

    def _to(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        """Redirects to where the caller says."""
        self.send_response(302)
        self.send_header("Location", said["url"][0])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _circle(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self.send_response(301)
        self.send_header("Location", "/circle")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _nowhere(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self.send_response(302)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _garbage(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self.wfile.write(b"nonsense\r\n\r\n")

    def _missing(self, place: Elsewhere, said: dict[str, list[str]]) -> None:
        self.send_error(404)

    def _answer(self, content: bytes, content_type: str) -> None:
        self._head(len(content), content_type)
        self.wfile.write(content)

    def _head(self, length: int, content_type: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def wait_a_little() -> None:
    """Long enough for anybody who would act to have acted."""
    time.sleep(0.5)
