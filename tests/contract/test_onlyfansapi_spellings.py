"""OnlyFansAPI's query names, in camelCase as in snake_case: clients send either."""

import re
from collections.abc import Iterator
from datetime import timedelta
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


#: Where a name of several words is read, and what it says there.
ASKED = [
    ("/mass-messaging/overview", "startDate", "2026-03-03"),
    ("/mass-messaging/overview", "endDate", "2026-03-01"),
    ("/engagement/messages/mass-messages", "startDate", "2026-03-03"),
    ("/engagement/messages/mass-messages", "endDate", "2026-03-01"),
    ("/engagement/messages/direct-messages", "startDate", "2026-03-03"),
    ("/engagement/messages/direct-messages", "endDate", "2026-03-01"),
    ("/engagement/messages/mass-messages/chart", "withTotal", "false"),
    ("/engagement/messages/direct-messages/chart", "withTotal", "false"),
    ("/transactions", "startDate", "2026-03-03"),
    ("/transactions?type=tips", "tipsSource", "story"),
    ("/fans/all", "filter[totalSpent]", "5"),
    ("/fans/all", "filter[maxTotalSpent]", "1"),
    ("/chats", "skipUsers", "none"),
    ("/chats/501/messages", "skipUsers", "none"),
    ("/api/accounts", "onlyfansUsername", "nobody"),
]


@pytest.mark.parametrize(("path", "name", "value"), ASKED)
def test_every_name_is_read_in_either_spelling(
    api: Api, world: World, path: str, name: str, value: str
) -> None:
    world.fan("ann", id=501)
    world.fan("bo", id=502)
    world.direct("ann", "hello")
    world.sent("to all")
    world.tips("ann", 300)
    joined = path + ("&" if "?" in path else "?")
    plain, camel = api.get(path), api.get(f"{joined}{name}={value}")
    assert told(camel) == told(api.get(f"{joined}{snake(name)}={value}"))
    assert told(camel) != told(plain)


def snake(name: str) -> str:
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def told(answer: Any) -> Any:
    return answer if isinstance(answer, list) else answer["data"]


WINDOW = {"publishDateStart": "2026-03-02", "publishDateEnd": "2026-03-06", "timezone": "UTC"}


@pytest.mark.parametrize("spelled", [{}, {name: snake(name) for name in WINDOW}])
def test_the_window_of_the_queue_is_read_in_either_spelling(
    api: Api, world: World, spelled: dict[str, str]
) -> None:
    made = world.send("later", at=world.clock() + timedelta(days=2))
    asked = {spelled.get(name, name): value for name, value in WINDOW.items()}
    assert [item["id"] for item in api.get("/queue", **asked)["data"]["list"]] == [made.id]
    counts = {made.scheduled_at.date().isoformat(): {"chat": 1}} if made.scheduled_at else {}
    assert api.get("/queue/counts", **asked)["data"]["list"] == counts
