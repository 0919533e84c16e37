"""A user list deleted under a mass message that waits for its hour, in both dialects."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.ofauth import face as ofauth_face
from fancast.api.onlyfansapi import face as onlyfansapi_face
from fancast.kit.times import zulu_text
from tests.serving import Server, until
from tests.world import DAY, World


class OFAuth:
    sends, lists = "/v2/access/mass-messages", "/v2/access/users/lists"
    at, left_out = "scheduledDate", "excludeUserLists"
    unknown_list = 400

    def shown(self, body: Any) -> Any:
        return body

    def queue(self, body: Any) -> Any:
        return body


class OnlyFansAPI:
    sends, lists = "/api/acct_ada/mass-messaging", "/api/acct_ada/user-lists"
    at, left_out = "scheduledDate", "excludedLists"
    unknown_list = 404

    def shown(self, body: Any) -> Any:
        return body["data"]

    def queue(self, body: Any) -> Any:
        return body["data"]["queue"]


Dialect = OFAuth | OnlyFansAPI


@pytest.fixture
def faces() -> list[Face]:
    return [ofauth_face.FACE, onlyfansapi_face.FACE]


@pytest.fixture(params=[OFAuth, OnlyFansAPI])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return request.param()


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    world = server.world
    world.fans("ann", "bo")
    world.fan("cy", lists=["vip"])
    key = world.key()
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    with server.client(headers=headers) as client:
        yield client


def scheduled(world: World, client: httpx.Client, dialect: Dialect, **audience: Any) -> int:
    body = {"text": "Later", dialect.at: zulu_text(world.clock() + DAY), **audience}
    answer = client.post(dialect.sends, json=body)
    assert answer.status_code == 200, answer.text
    return dialect.shown(answer.json())["id"]


def delete_vip(world: World, client: httpx.Client, dialect: Dialect) -> None:
    path = f"{dialect.lists}/{world.place().lists['vip']}"
    assert client.delete(path).status_code == 200
    assert client.get(path).status_code == 404


def in_its_hour(world: World, client: httpx.Client, dialect: Dialect, id: int) -> Any:
    """The mass message as it is told once it is done."""
    world.clock.forward(days=1)

    def look() -> Any:
        told = dialect.queue(client.get(f"{dialect.sends}/{id}").json())
        return told if told["isDone"] else None

    return until(look, f"{id} is done")


def test_fans_on_a_deleted_list_that_is_left_out_still_do_not_get_it(
    world: World, client: httpx.Client, dialect: Dialect
) -> None:
    vip = world.place().lists["vip"]
    id = scheduled(world, client, dialect, userLists=["fans"], **{dialect.left_out: [vip]})
    delete_vip(world, client, dialect)
    told = in_its_hour(world, client, dialect, id)
    assert (told["total"], told["sentCount"], told["hasError"]) == (2, 2, False)
    assert [world.inbox(name) for name in ("ann", "bo", "cy")] == [["Later"], ["Later"], []]


def test_what_was_for_a_deleted_list_alone_is_done_and_reached_nobody(
    world: World, client: httpx.Client, dialect: Dialect
) -> None:
    id = scheduled(world, client, dialect, userLists=[world.place().lists["vip"]])
    delete_vip(world, client, dialect)
    told = in_its_hour(world, client, dialect, id)
    assert (told["total"], told["sentCount"], told["hasError"]) == (0, 0, False)
    assert not any(world.inbox(name) for name in ("ann", "bo", "cy"))


def test_a_deleted_list_cannot_be_named_by_an_edit(
    world: World, client: httpx.Client, dialect: Dialect
) -> None:
    vip = world.place().lists["vip"]
    id = scheduled(world, client, dialect, userLists=["fans"], **{dialect.left_out: [vip]})
    delete_vip(world, client, dialect)
    answer = client.put(f"{dialect.sends}/{id}", json={"text": "Later", "userLists": [vip]})
    assert answer.status_code == dialect.unknown_list
    assert f"There is no user list {vip}" in answer.json()["message"]
    changed = client.put(f"{dialect.sends}/{id}", json={"text": "Better"})
    assert changed.status_code == 200, changed.text
    in_its_hour(world, client, dialect, id)
    assert [world.inbox(name) for name in ("ann", "cy")] == [["Better"], []]
