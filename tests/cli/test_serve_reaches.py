"""`fancast serve` as an operator starts it: a URL that a caller names never leads to the operator's own machines.

A real server process with production's settings, and a real web server beside it that says what it was asked.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from fancast.core import accounts, api_keys, fans
from fancast.model.ids import FanId
from fancast.store import migrations
from fancast.store.database import Store
from tests import elsewhere
from tests.elsewhere import Elsewhere
from tests.serving import until

FAN = 77
#: What an operator may allow, and no address of the receiver's.
ANOTHER = "127.0.0.2"


@dataclass(frozen=True)
class Serving:
    """A server process, and a caller's client of its OFAuth face."""

    client: httpx.Client

    def send(self, url: str) -> Any:
        """A mass message with this URL as its media, once its server has done with it."""
        body = {"text": f"Look: {url}", "mediaItems": [url], "userIds": [FAN]}
        made = self.client.post("/v2/access/mass-messages", json=body)
        assert made.status_code == 200, made.text
        id = made.json()["id"]
        until(lambda: self.whole(id)["state"] in ("done", "failed"), f"the send of {url} is done or refused")
        return self.client.get(f"/v2/access/mass-messages/{id}").json()

    def whole(self, id: int) -> Any:
        """The mass message as the native API tells it."""
        return self.client.get(f"/v1/mass-messages/{id}").json()


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Serving]:
    secret = _filled(folder / "fancast.db")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FANCAST_")}
    environment |= {"FANCAST_DATA_DIR": str(folder), **settings}
    command = [sys.executable, "-m", "fancast", "serve", "--port", "0"]
    out = folder / "serve.log"
    with out.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        said = until(lambda: _address(out) or _ended(process, out), "the server says where it listens")
        headers = {"apiKey": secret, "x-connection-id": "conn_ada", "authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=said, headers=headers, timeout=30) as client:
            yield Serving(client)
    finally:
        process.terminate()
        process.wait(30)


def _filled(path: Path) -> str:
    """A database with a creator and a fan; the secret of a key to it."""
    now = datetime.now(UTC)
    store = Store(f"sqlite:///{path}")
    migrations.create(store)
    with store.write() as tx:
        account = accounts.create(tx, "Ada", "ada", connection_id="conn_ada", now=now)
        fans.put(tx, account, FanId(FAN), {"username": "bo"}, now=now)
        _, secret = api_keys.create(tx, "tests", accounts=[account.key], now=now)
    store.close()
    return secret


def _address(log: Path) -> str | None:
    """From its log: each line an object, the last one perhaps half written."""
    lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("}\n")]
    return next((line["base_url"] for line in lines if line["event"] == "serve.started"), None)


def _ended(process: "subprocess.Popen[bytes]", log: Path) -> None:
    assert process.poll() is None, log.read_text()


@pytest.fixture
def inside() -> Iterator[Elsewhere]:
    """A web server on the operator's own machine."""
    with elsewhere.running() as place:
        yield place


def refused(at: Serving, urls: Sequence[str]) -> None:
    """Each of these sends fails, says why, and reaches nobody."""
    for url in urls:
        told = at.send(url)
        assert (told["hasError"], told["sentCount"]) == (True, 0), url
        whole = at.whole(told["id"])
        assert (whole["state"], whole["sent"]) == ("failed", 0), url
        assert "inside this network" in whole["trouble"], (url, whole)


def test_a_mass_message_with_a_url_that_leads_inside_fails_with_the_reason_and_asks_nobody(
    tmp_path: Path, inside: Elsewhere
) -> None:
    hosts = ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fd00::1]"]
    with serving(tmp_path) as at:
        refused(at, [inside.url("/photo.jpg", host) for host in hosts])
    assert not inside.asked


def test_a_redirect_from_an_allowed_address_to_another_inside_is_not_followed(
    tmp_path: Path, inside: Elsewhere
) -> None:
    with ExitStack() as stack:
        allowed = stack.enter_context(elsewhere.running(ANOTHER))
        at = stack.enter_context(serving(tmp_path, FANCAST_URL_ALLOWED_RANGES=f"{ANOTHER}/32"))
        # What the operator allowed is fetched: so the guard, and no broken server, refuses the others.
        told = at.send(allowed.url("/photo.jpg"))
        assert (told["hasError"], told["sentCount"], allowed.asked["photo"]) == (False, 1, 1)
        targets = [inside.url("/photo.jpg"), inside.url("/photo.jpg", "localhost"), "http://10.0.0.1/a.jpg"]
        refused(at, [allowed.url(f"/to?url={target}") for target in targets])
        assert allowed.asked["to"] == len(targets)
    assert not inside.asked
