"""Signs of typing, in both directions: told through a dialect or the native API, seen by the other side.

The contract wants about four seconds, and repeats within them merged.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE as NATIVE
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.kit.times import zulu_text
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

SHOWN = timedelta(seconds=4)
NOBODY = {"creator_until": None, "fan_until": None}


@pytest.fixture
def faces() -> list[Face]:
    return [ONLYFANSAPI, NATIVE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server, server.world.key(accounts=[server.world.account().key])) as api:
        api.world.fan("bo", id=501)
        api.world.fan("cy", id=502)
        yield api


def seen(api: Api, fan: int = 501) -> Any:
    """What the fan's side is told, and the creator's."""
    answer = api.client.get(f"/v1/fans/{fan}/typing")
    assert answer.status_code == 200, answer.text
    return answer.json()


def creator_types(api: Api, fan: int = 501) -> None:
    assert api.ok("POST", f"/chats/{fan}/typing") == {"success": True}


def fan_types(api: Api, fan: int = 501) -> int:
    answer = api.client.post(f"/v1/fans/{fan}/typing")
    assert answer.status_code == 200, answer.text
    return int(answer.json()["shown_seconds"])


def fan_events(api: Api) -> int:
    return [event.kind.value for event in api.world.events()].count("fan.typing")


def in_four_seconds(api: Api) -> str:
    return zulu_text(api.world.clock() + SHOWN)


def test_a_creator_who_types_is_seen_by_that_fan_for_four_seconds(api: Api) -> None:
    assert seen(api) == NOBODY
    until = in_four_seconds(api)
    creator_types(api)
    assert seen(api) == {"creator_until": until, "fan_until": None}
    assert seen(api, 502) == NOBODY
    api.world.clock.forward(seconds=3.999)
    assert seen(api)["creator_until"] == until
    api.world.clock.forward(seconds=0.001)
    assert seen(api) == NOBODY


def test_repeats_within_the_time_are_one_sign(api: Api) -> None:
    until = in_four_seconds(api)
    for _ in range(4):
        creator_types(api)
        assert seen(api)["creator_until"] == until
        api.world.clock.forward(seconds=1)
    assert seen(api) == NOBODY
    again = in_four_seconds(api)
    creator_types(api)
    assert seen(api)["creator_until"] == again != until


def test_a_fan_who_types_is_seen_and_told_once_within_the_time(api: Api) -> None:
    until = in_four_seconds(api)
    assert fan_types(api) == 4
    assert seen(api) == {"creator_until": None, "fan_until": until}
    api.world.clock.forward(seconds=1.5)
    # What is left of the first sign.
    assert fan_types(api) == 3
    assert seen(api)["fan_until"] == until
    assert fan_events(api) == 1
    api.world.clock.forward(seconds=2.5)
    assert seen(api) == NOBODY
    assert fan_types(api) == 4
    assert fan_events(api) == 2


def test_both_may_type_at_once(api: Api) -> None:
    first = in_four_seconds(api)
    creator_types(api)
    api.world.clock.forward(seconds=2)
    fan_types(api)
    assert seen(api) == {"creator_until": first, "fan_until": in_four_seconds(api)}


def test_a_creator_who_types_changes_nothing_else(api: Api) -> None:
    api.world.writes("bo", "hello?")
    api.ok("POST", "/chats/501/hide")
    before, chat = len(api.world.events()), api.world.chat("bo")
    creator_types(api)
    assert (len(api.world.events()), api.world.chat("bo")) == (before, chat)
    assert api.ok("GET", "/chats") == []
    assert api.ok("GET", "/me")["chatMessagesCount"] == 1


def test_nobody_types_to_a_fan_who_is_not_there(api: Api) -> None:
    api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/chats/987654321/typing")
    for method in ("GET", "POST"):
        answer = api.client.request(method, "/v1/fans/987654321/typing")
        assert (answer.status_code, answer.json()["code"]) == (404, "fan_not_found")
