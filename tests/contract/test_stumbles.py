"""A send that keeps failing, as callers see it: in trouble, tried again, and no word of the database's own."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.native import face as native_face
from fancast.api.ofauth import face as ofauth_face
from fancast.api.onlyfansapi import face as onlyfansapi_face
from tests.serving import Server, until
from tests.world import World, in_the_way

NATIVE, OFAUTH, ONLYFANSAPI = "/v1/mass-messages", "/v2/access/mass-messages", "/api/acct_ada/mass-messaging"
TEXT = "for your eyes only"


@pytest.fixture
def faces() -> list[Face]:
    return [native_face.FACE, ofauth_face.FACE, onlyfansapi_face.FACE]


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    server.world.crowd(10)
    key = server.world.key(accounts=[server.world.account().key])
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    with server.client(headers=headers) as client:
        yield client


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def errors(client: httpx.Client, id: int) -> tuple[bool, bool]:
    """What the two dialects say of errors."""
    (listed,) = [one for one in get(client, ONLYFANSAPI)["data"] if one["id"] == id]
    queue = get(client, f"{ONLYFANSAPI}/{id}")["data"]["queue"]
    assert listed["hasError"] is queue["hasError"]
    return get(client, f"{OFAUTH}/{id}")["hasError"], queue["hasError"]


def seen_by(client: httpx.Client, id: int, *, troubled: bool) -> Any:
    def look() -> Any:
        seen = get(client, f"{NATIVE}/{id}")
        return seen if (seen["trouble"] is not None) is troubled else None

    return until(look, "it is in trouble" if troubled else "its trouble is over")


def test_one_that_waits_for_its_hour_says_when_it_went_wrong_and_when_that_is_over(
    world: World, client: httpx.Client
):
    key, hour = world.account().key, world.clock().replace(hour=13)
    made = world.send(TEXT, at=hour)
    assert get(client, f"{NATIVE}/{made.id}")["waits_for"] == "clock"
    assert errors(client, made.id) == (False, False)
    with in_the_way(world.store, key):
        world.clock.now = hour
        seen = seen_by(client, made.id, troubled=True)
        assert (seen["state"], seen["waits_for"], seen["eta_at"]) == ("scheduled", "engine", None)
        assert errors(client, made.id) == (True, True)
        for told in ("[SQL", "DETAIL", "INSERT", "Key (", TEXT):
            assert told not in seen["trouble"]
        assert "IntegrityError" in seen["trouble"]
    world.clock.forward(seconds=1)
    seen_by(client, made.id, troubled=False)
    done = until(lambda: finished(client, made.id), "it is done")
    assert (done["state"], done["sent"], done["waits_for"]) == ("done", 10, None)
    assert errors(client, made.id) == (False, False)


def finished(client: httpx.Client, id: int) -> Any:
    seen = get(client, f"{NATIVE}/{id}")
    return seen if seen["state"] == "done" else None


def test_a_paced_one_waits_for_the_engine_and_promises_no_end(world: World, client: httpx.Client):
    made = world.send(TEXT, pace=1)
    going = until(lambda: at_its_pace(client, made.id), "it waits for its pace")
    assert going["eta_at"] is not None
    with in_the_way(world.store, world.account().key):
        world.clock.forward(seconds=2)
        seen = seen_by(client, made.id, troubled=True)
        assert (seen["state"], seen["waits_for"], seen["eta_at"]) == ("sending", "engine", None)
        assert errors(client, made.id) == (True, True)
    world.clock.forward(seconds=2)
    seen = seen_by(client, made.id, troubled=False)
    assert (seen["waits_for"], seen["eta_at"] is None) == ("pace", False)
    assert errors(client, made.id) == (False, False)


def at_its_pace(client: httpx.Client, id: int) -> Any:
    seen = get(client, f"{NATIVE}/{id}")
    return seen if seen["waits_for"] == "pace" else None
