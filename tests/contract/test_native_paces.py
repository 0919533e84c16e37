"""What the native API tells of mass messages that share an account's pace."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE
from tests.contract.native import Api
from tests.serving import Server, until


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    secret = server.world.key(accounts=[server.world.account(pace=10).key])
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        yield Api(server, client)


def test_a_newer_one_says_when_the_older_one_has_left_it_the_account_s_pace(api: Api):
    api.world.crowd(40)
    made = [api.send(text=text)["id"] for text in ("one", "two")]

    def listed() -> Any:
        found = {one["id"]: one for one in api.get("/mass-messages")["list"]}
        both = [found[id] for id in made]
        return both if all(one["waits_for"] == "pace" for one in both) else None

    told = until(listed, "both wait for their pace")
    assert [one["eta_at"] for one in told] == ["2026-03-02T12:00:04.000Z", "2026-03-02T12:00:08.000Z"]
    assert [api.get(f"/mass-messages/{id}")["eta_at"] for id in made] == [one["eta_at"] for one in told]
