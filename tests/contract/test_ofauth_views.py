"""OFAuth's counts of who has seen a mass message, after fans read it through the native API."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native import face as native_face
from fancast.api.ofauth import face as ofauth_face
from tests.contract.ofauth import Api
from tests.serving import Server
from tests.world import World


@pytest.fixture
def faces() -> list[Face]:
    return [ofauth_face.FACE, native_face.FACE]


@pytest.fixture
def api(server: Server, world: World) -> Iterator[Api]:
    key = world.key(accounts=[world.account().key])
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    with server.client(headers=headers) as client:
        yield Api(server, client)


def read(api: Api, name: str) -> int:
    """The fan reads all there is, as the platform tells it; how many mass messages are seen for the first time."""
    fan = f"/v1/fans/{api.fan_id(name)}"
    newest = api.client.get(f"{fan}/messages").json()["list"][0]
    told = api.client.post(f"{fan}/reads", json={"up_to_message_id": newest["id"]})
    assert told.status_code == 200, told.text
    return told.json()["viewed"]


def views(api: Api, made: Any) -> dict[str, int]:
    """What every page that counts views says of one mass message."""
    pages = {
        "sent": api.get("/analytics/mass-messages/sent")["items"],
        "listed": api.get("/mass-messages", type="sent")["list"],
        "queue": api.get("/messages/queue/stats", type="sent")["list"],
        "itself": [api.one(made)],
    }
    return {
        page: one["viewedCount"] for page, shown in pages.items() for one in shown if one["id"] == made["id"]
    }


def all_say(count: int) -> dict[str, int]:
    return dict.fromkeys(("sent", "listed", "queue", "itself"), count)


def test_each_reader_is_counted_once_on_every_page(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cy")
    first = api.sent(text="one")
    second = api.sent(text="two", userIds=[api.fan_id("ann")])
    assert views(api, first) == all_say(0)
    assert [read(api, "ann"), read(api, "ann"), read(api, "bo")] == [2, 0, 1]
    assert (views(api, first), views(api, second)) == (all_say(2), all_say(1))


def test_a_copy_is_no_longer_new_once_its_fan_has_read_it(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    api.sent(text="one")
    read(api, "ann")
    ((anns,), (bos,)) = api.chat("ann"), api.chat("bo")
    assert (anns["isNew"], bos["isNew"]) == (False, True)


def test_who_reads_no_further_has_not_seen_the_next_one(api: Api, world: World) -> None:
    world.fans("ann")
    first = api.sent(text="one")
    (copy,) = api.chat("ann")
    second = api.sent(text="two")
    up_to = {"up_to_message_id": copy["id"]}
    assert api.client.post(f"/v1/fans/{api.fan_id('ann')}/reads", json=up_to).json()["viewed"] == 1
    assert (views(api, first), views(api, second)) == (all_say(1), all_say(0))


def test_views_are_beside_purchases_and_change_nothing_in_the_chart_of_copies(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cy")
    world.media(7)
    made = api.sent(text="look", price=9.5, mediaItems=[7])
    read(api, "ann")
    read(api, "bo")
    (copy,) = api.chat("bo")
    paid = {"message_id": copy["id"], "payment_reference": "p1"}
    assert api.client.post(f"/v1/fans/{api.fan_id('bo')}/purchases", json=paid).is_success
    for which in ("sent", "purchased"):
        (item,) = api.get(f"/analytics/mass-messages/{which}")["items"]
        assert (item["id"], item["sentCount"]) == (made["id"], 3)
        assert (item["viewedCount"], item["purchasedCount"], item["totalAmount"]) == (2, 1, 9.5)
    chart = api.get("/analytics/mass-messages/chart", startDate="2026-03-02", endDate="2026-03-02")
    assert chart["group_messages"]["total"] == 3
    assert chart["group_messages_purchases"]["total"] == 9.5
