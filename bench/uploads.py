"""A large upload in each way there is, and its download: how long, and how flat the server's memory stays."""

import hashlib
import http.client
import json
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench.places import Place, Server

MEGABYTE = 1024 * 1024
_BOUNDARY = "bench-7f3a"


@dataclass(frozen=True, slots=True)
class Moved:
    """One way of moving a file, and the server's peak memory before and after."""

    name: str
    seconds: float
    before_mb: float
    after_mb: float


def moves(place: Place, megabytes: int, *, synchronous: str = "NORMAL") -> Iterator[Moved]:
    """The file whole, in parts, in a form, and back again; after a small one, which loads what is needed."""
    server = Server(place, synchronous=synchronous)
    caller = _Caller(place, server.port)
    try:
        url = caller.whole(1)
        caller.download(url, 1)
        ways: list[tuple[str, Callable[[], Any]]] = [
            ("one PUT", lambda: caller.whole(megabytes)),
            ("parts of 8 MB", lambda: caller.parts(megabytes)),
            ("a form", lambda: caller.form(megabytes)),
        ]
        for name, way in ways:
            yield _measured(name, server, way)
        big = caller.whole(megabytes)
        yield _measured("download", server, lambda: caller.download(big, megabytes))
    finally:
        server.stop()


def _measured(name: str, server: Server, way: Callable[[], Any]) -> Moved:
    before, began = server.peak_memory_mb(), time.perf_counter()
    way()
    return Moved(name, time.perf_counter() - began, before, server.peak_memory_mb())


def sound(megabytes: int) -> Iterator[bytes]:
    """A WAV file of so many megabytes, a megabyte at a time: an hour of silence is a real file."""
    size = megabytes * MEGABYTE
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        size - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        2,
        48_000,
        192_000,
        4,
        16,
        b"data",
        size - 44,
    )
    yield head + bytes(MEGABYTE - len(head))
    for _ in range(megabytes - 1):
        yield bytes(MEGABYTE)


class _Caller:
    """Speaks both dialects, and never holds more than a megabyte of a file."""

    def __init__(self, place: Place, port: int) -> None:
        self._port, self._secret = port, place.secret
        self._account = place.account

    def whole(self, megabytes: int) -> str:
        """The link to the file that was uploaded."""
        name = self._init(megabytes)
        path = f"/v2/access/uploads/{name}"
        done = self._send("PUT", path, sound(megabytes), megabytes * MEGABYTE, "audio/wav")
        return str(done["media"]["files"]["full"]["url"])

    def parts(self, megabytes: int) -> None:
        name, pieces, part, number = self._init(megabytes), sound(megabytes), b"", 0
        for piece in pieces:
            part += piece
            if len(part) == 8 * MEGABYTE:
                number += 1
                self._part(name, number, part)
                part = b""
        if part:
            self._part(name, number + 1, part)
        self._json("/v2/access/uploads/complete", {"mediaUploadId": name})

    def form(self, megabytes: int) -> None:
        head = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="long.wav"\r\n'
            "Content-Type: audio/wav\r\n\r\n"
        ).encode()
        tail = f"\r\n--{_BOUNDARY}--\r\n".encode()

        def body() -> Iterator[bytes]:
            yield head
            yield from sound(megabytes)
            yield tail

        size = len(head) + megabytes * MEGABYTE + len(tail)
        path = f"/api/{self._account.acct_id}/media/vault"
        self._send("POST", path, body(), size, f"multipart/form-data; boundary={_BOUNDARY}")

    def download(self, url: str, megabytes: int) -> None:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer, found, size = connection.getresponse(), hashlib.md5(), 0
        while chunk := answer.read(MEGABYTE):
            size += len(chunk)
            found.update(chunk)
        connection.close()
        wanted = hashlib.md5()
        for piece in sound(megabytes):
            wanted.update(piece)
        assert (size, found.digest()) == (megabytes * MEGABYTE, wanted.digest())

    def _init(self, megabytes: int) -> str:
        body = {"filename": "long.wav", "size": megabytes * MEGABYTE, "contentType": "audio/wav"}
        return str(self._json("/v2/access/uploads/init", body)["mediaUploadId"])

    def _json(self, path: str, body: object) -> Any:
        raw = json.dumps(body).encode()
        return self._send("POST", path, iter([raw]), len(raw), "application/json")

    def _part(self, name: str, number: int, part: bytes) -> None:
        path = f"/v2/access/uploads/{name}/parts/{number}"
        self._send("PUT", path, iter([part]), len(part), "application/octet-stream")

    def _send(self, method: str, path: str, body: Iterator[bytes], size: int, kind: str) -> Any:
        headers = {
            "Authorization": f"Bearer {self._secret}", "apiKey": self._secret, "Content-Type": kind,
            "x-connection-id": self._account.connection_id, "Content-Length": str(size),
        }  # fmt: skip
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=300)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        raw = answer.read()
        connection.close()
        assert answer.status == 200, raw[:500]
        return json.loads(raw)
