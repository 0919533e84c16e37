"""OnlyFansAPI's query names, in camelCase as in snake_case: clients send either."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server
from tests.world import World


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        yield api


@pytest.mark.parametrize(("one", "other"), [("first_id", "firstId"), ("last_id", "lastId")])
def test_a_chat_is_walked_by_either_spelling(api: Api, world: World, one: str, other: str):
    world.fan("ann", id=501)
    ids = [world.direct("ann", f"message {place}").id for place in range(5)]
    found = api.get("/chats/501/messages", **{one: ids[2], "limit": 2})
    assert api.get("/chats/501/messages", **{other: ids[2], "limit": 2})["data"] == found["data"]
    assert found["data"] != api.get("/chats/501/messages", limit=2)["data"]
