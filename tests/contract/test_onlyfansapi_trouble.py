"""What is no fault of a field: a 500, a 413 and a 429 in OnlyFansAPI's dialect, body and headers."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from fancast.api import limits
from fancast.api.http import MAX_BODY_BYTES, Answer, Call, Face, Route
from fancast.api.onlyfansapi import mass_messages
from fancast.api.onlyfansapi.face import FACE
from fancast.core.receiving import Workshop
from fancast.model.api_keys import Environment
from fancast.model.rate_limits import RateLimit
from fancast.model.uploads import UploadLimits
from fancast.store.database import Tx
from tests.contract.onlyfansapi import META_KEYS, Api, calling
from tests.serving import Server
from tests.workshops import workshop_on
from tests.world import World

BURST = 3
LARGEST_FILE = 1_000
SECRET_OF_OURS = "a fault in a handler"
SEND = "/api/{account}/mass-messaging"


def breaks(_tx: Tx, _call: Call) -> Answer:
    raise RuntimeError(SECRET_OF_OURS)


def sends_and_breaks(tx: Tx, call: Call) -> Answer:
    mass_messages.send(tx, call)
    raise RuntimeError(SECRET_OF_OURS)


@pytest.fixture
def faces() -> list[Face]:
    routes = [
        replace(each, handler=sends_and_breaks) if (each.method, each.path) == ("POST", SEND) else each
        for each in FACE.routes
    ]
    broken = [Route(method, "/api/{account}/breaks", breaks, "messages:read") for method in ("GET", "POST")]
    return [replace(FACE, routes=[*routes, *broken], limits=limits.PerKey(RateLimit(BURST, BURST)))]


@pytest.fixture
def workshop(world: World, tmp_path: Path) -> Iterator[Workshop]:
    with workshop_on(world.store, world.clock, tmp_path / "media", limits=UploadLimits(LARGEST_FILE)) as made:
        yield made


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    """Called with a sandbox key, whose calls are not counted."""
    with calling(server, server.world.key(environment=Environment.SANDBOX)) as api:
        api.world.fan("bo")
        yield api


@pytest.fixture
def counted(server: Server) -> Iterator[Api]:
    """Called with a live key, whose calls are."""
    with calling(server, server.world.key(environment=Environment.LIVE)) as api:
        api.world.fan("bo")
        yield api


def trouble(
    answer: httpx.Response, status: int, code: str, *more: str, left: int | None = None, known: bool = True
) -> Any:
    """The body of a refusal, which has every key and header of its dialect, and no other.

    Where it was refused before the caller was known, no header tells of a rate limit.
    """
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-request-id"]
    body = answer.json()
    assert set(body) == {"error", "message", "description", "_meta", *more}
    assert body["error"] == code
    assert body["message"]
    assert body["description"]
    assert set(body["_meta"]) == META_KEYS
    assert body["_meta"]["_credits"]["used"] == 0
    assert answer.headers["x-ofapi-credits-used"] == "0"
    assert int(answer.headers["x-ofapi-credits-balance"]) == body["_meta"]["_credits"]["balance"]
    told = body["_meta"]["_rate_limits"]
    headers = {name: int(value) for name, value in answer.headers.items() if name.startswith("x-rate-limit")}
    figures = ("limit-minute", told["limit_minute"]), ("remaining-minute", told["remaining_minute"])
    assert headers == ({f"x-rate-limit-{name}": figure for name, figure in figures} if known else {})
    if not known:
        assert "not counted" in told["notice"]
    if left is not None:
        assert (told["limit_minute"], told["remaining_minute"]) == (BURST, left)
    return body


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_fault_of_ours_is_a_500_that_does_not_tell_its_cause(api: Api, method: str) -> None:
    answer = api.call(method, "/breaks")
    assert trouble(answer, 500, "SERVER_ERROR")["message"] == "Server Error"
    assert SECRET_OF_OURS not in answer.text
    assert "not counted" in answer.json()["_meta"]["_rate_limits"]["notice"]


def test_a_send_that_breaks_is_taken_back_and_proves_nothing(api: Api) -> None:
    with api.nothing_changes():
        answer = api.call("POST", "/mass-messaging", json={"text": "Hi", "userLists": ["fans"]})
    body = trouble(answer, 500, "SERVER_ERROR", "request_outcome")
    # The commit itself may be what fails, so that nobody can know.
    assert body["request_outcome"] == "unknown"
    # Whoever sends again may.
    assert "x-should-retry" not in answer.headers


def test_a_fault_of_ours_counts_and_tells_what_is_left(counted: Api) -> None:
    for left in (2, 1, 0):
        trouble(counted.call("GET", "/breaks"), 500, "SERVER_ERROR", left=left)


def test_a_body_that_is_too_large_is_a_413(api: Api) -> None:
    huge = {"content": b" " * (MAX_BODY_BYTES + 1), "headers": {"Content-Type": "application/json"}}
    with api.nothing_changes():
        answer = api.call("POST", "/user-lists", **huge)
        trouble(answer, 413, "PAYLOAD_TOO_LARGE", known=False)
        answer = api.call("POST", "/mass-messaging", **huge)
    told = trouble(answer, 413, "PAYLOAD_TOO_LARGE", "request_outcome", known=False)
    assert told["request_outcome"] == "not_sent"


def test_a_file_that_is_too_large_is_a_413(counted: Api) -> None:
    files = {"file": ("a.jpg", b"\xff\xd8" + bytes(LARGEST_FILE), "image/jpeg")}
    answer = counted.call("POST", "/media/upload", files=files)
    trouble(answer, 413, "PAYLOAD_TOO_LARGE", left=BURST - 1)


def test_who_calls_too_often_is_refused_with_when_to_come_back(counted: Api) -> None:
    for _ in range(BURST):
        counted.get("/me")
    answer = counted.call("GET", "/me")
    trouble(answer, 429, "ONLYFANS_COM_RATE_LIMIT_ERROR", left=0)
    # Stock clients heed no more than a minute.
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "x-should-retry" not in answer.headers
    with counted.nothing_changes():
        answer = counted.call("POST", "/mass-messaging", json={"text": "Hi", "userLists": ["fans"]})
    body = trouble(answer, 429, "ONLYFANS_COM_RATE_LIMIT_ERROR", "request_outcome", left=0)
    assert body["request_outcome"] == "not_sent"
    counted.world.clock.forward(seconds=int(answer.headers["retry-after"]))
    assert counted.call("GET", "/me").status_code == 200
