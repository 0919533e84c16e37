"""Uploads when their server is killed: nothing stays behind, and what had arrived is looked at by the next one."""

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.places import Place, Server, sqlite_place
from fancast.core import uploads
from fancast.core.uploads import Announced
from fancast.model.uploads import Upload, UploadLimits, UploadState
from tests.serving import until
from tests.workshops import files_in, photo

pytestmark = pytest.mark.fault
DAY = 86_400


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = sqlite_place(tmp_path, "NORMAL")
    yield made
    made.store.close()


def begin(place: Place, size: int) -> Upload:
    from datetime import UTC, datetime

    with place.store.write() as tx:
        wanted = Announced("a.jpg", "image/jpeg", size)
        return uploads.begin(tx, place.account, wanted, UploadLimits(), now=datetime.now(UTC))


def headers(place: Place) -> dict[str, str]:
    return {"apiKey": place.secret, "x-connection-id": place.account.connection_id}


def kill(server: Server) -> None:
    server.process.kill()
    server.process.wait(15)
    server.stop()


def server_later(place: Place, seconds: int, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setitem(os.environ, "FANCAST_CLOCK_OFFSET_SECONDS", str(seconds))
    return Server(place, synchronous="NORMAL")


def test_a_server_killed_in_the_middle_of_a_body_leaves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    media, upload = place.folder / "data" / "media", begin(place, 8_000_000)
    server = Server(place, synchronous="NORMAL")
    with socket.create_connection(("127.0.0.1", server.port)) as caller:
        said = {**headers(place), "Host": "x", "Content-Length": "8000000"}
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        caller.sendall(f"PUT /v2/access/uploads/{upload.upload_id} HTTP/1.1\r\n{head}\r\n".encode())
        caller.sendall(bytes(4_000_000))
        until(
            lambda: [path for path in files_in(media) if path.stat().st_size > 1_000_000],
            "half of it is written",
        )
        kill(server)
    assert files_in(media)
    later = server_later(place, DAY + 600, monkeypatch)
    try:
        until(lambda: files_in(media) == [] or None, "what was half written is gone")
    finally:
        later.stop()


def test_bytes_that_arrived_before_the_kill_are_looked_at_after_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
):
    sample = photo()
    upload = begin(place, sample.size)
    server = Server(place, synchronous="NORMAL")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("PUT", f"/v2/access/uploads/{upload.upload_id}", sample.content, headers(place))

    def state() -> UploadState:
        with place.store.read() as tx:
            return uploads.get(tx, place.account, upload.upload_id).state

    until(lambda: state() is not UploadState.CREATED or None, "the bytes are here")
    kill(server)
    connection.close()
    later = server_later(place, 600, monkeypatch)
    try:
        until(lambda: state() is UploadState.READY or None, "somebody looked at them")
        assert _sent_with(later, place, upload)["id"]
    finally:
        later.stop()


def _sent_with(server: Server, place: Place, upload: Upload) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    body = {"text": "Hi", "mediaItems": [f"upload:{upload.upload_id}"], "userLists": ["fans"]}
    said = {**headers(place), "content-type": "application/json"}
    connection.request("POST", "/v2/access/mass-messages", json.dumps(body), said)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    assert answer.status == 200, told
    return told
