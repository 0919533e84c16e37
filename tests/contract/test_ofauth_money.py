"""OFAuth's charts, buyers, earnings and notifications, key by key."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from fancast.core import chats
from tests.contract.ofauth import Api
from tests.serving import Server
from tests.world import World

TRANSACTION_KEYS = {
    "id", "type", "createdAt", "amounts", "currency", "description", "status", "payoutPendingDays", "user",
}  # fmt: skip
CHARTS = ["group_messages", "group_messages_purchases", "direct_messages", "direct_messages_purchases"]


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    headers = {"apiKey": server.world.key(), "x-connection-id": "conn_ada"}
    server.world.account()
    with server.client(headers=headers) as client:
        yield Api(server, client)


def sold(world: World, names: list[str], *, price_cents: int = 950, media: int = 7) -> int:
    """A mass message that these fans bought, a minute after one another."""
    made = world.sent("look", price_cents=price_cents, media=[media])
    for name in names:
        world.clock.forward(minutes=1)
        world.buys(name, made)
    return made.id


def walk(api: Api, path: str, name: str, **params: Any) -> list[Any]:
    """Every item, page by page, by the marker under one of its names."""
    items, marker = [], None
    for _ in range(100):
        page = api.get(path, **params, **({} if marker is None else {"marker": marker}))
        assert page["nextMarker"] == page["marker"]
        items += page["list"]
        marker = page[name]
        if not page["hasMore"]:
            assert marker is None
            return items
    raise AssertionError("there is always one more page")


# ---- charts


def test_the_chart_counts_copies_and_dollars_day_by_day(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cleo")
    sold(world, ["ann"])
    world.clock.forward(days=1)
    world.buys("bo", world.direct("bo", "hi", price_cents=500, media_ids=world.media(8)))
    sold(world, ["bo", "cleo"], media=9)
    chart = api.get("/analytics/mass-messages/chart", startDate="2026-03-01", endDate="2026-03-03")
    assert set(chart) == {*CHARTS, "messages", "purchases"}
    days = [f"2026-03-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
    assert chart["group_messages"] == {
        "chart": [{"date": date, "count": count} for date, count in zip(days, (0, 3, 3), strict=True)],
        "total": 6, "delta": 100,
    }  # fmt: skip
    assert [point["count"] for point in chart["group_messages_purchases"]["chart"]] == [0, 9.5, 19]
    assert (chart["group_messages_purchases"]["total"], chart["group_messages_purchases"]["gross"]) == (
        28.5,
        28.5,
    )
    assert [point["count"] for point in chart["direct_messages"]["chart"]] == [0, 0, 1]
    assert chart["direct_messages_purchases"]["total"] == 5
    assert (chart["messages"], chart["purchases"]) == (
        chart["group_messages"],
        chart["group_messages_purchases"],
    )


def test_the_oldest_addresses_of_statistics_are_the_same(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cleo")
    sold(world, ["ann", "bo", "cleo"])
    dates = {"startDate": "2026-03-01", "endDate": "2026-03-02"}
    chart = api.get("/statistics/mass-messages/chart", **dates)
    assert chart == api.get("/analytics/mass-messages/chart", **dates)
    assert chart["group_messages_purchases"]["total"] == 28.5
    earned = api.get("/statistics/earnings/chart", by="messages", **dates)
    assert earned == api.get("/earnings/chart", by="messages", **dates)
    assert earned["total"] == 22.8
    lines = walk(api, "/statistics/transactions", "marker", limit=1)
    assert lines == walk(api, "/earnings/transactions", "nextMarker", limit=1)
    assert len(lines) == 3
    assert api.get("/statistics/chargebacks") == api.get("/earnings/chargebacks")


def test_a_chart_compares_with_as_many_days_before(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cleo", "dev")
    sold(world, ["ann", "bo"])
    world.clock.forward(days=1)
    sold(world, ["ann", "bo", "cleo"], media=8)
    chart = api.get("/analytics/mass-messages/chart", startDate="2026-03-03", endDate="2026-03-03")
    assert chart["group_messages_purchases"]["delta"] == 50
    assert chart["group_messages"]["delta"] == 0


def test_a_chart_shows_the_last_thirty_days_by_itself_and_never_more_than_three_years(api: Api) -> None:
    def days(**window: str) -> list[str]:
        chart = api.get("/analytics/mass-messages/chart", **window)
        return [point["date"][:10] for point in chart["group_messages"]["chart"]]

    assert (days()[0], days()[-1], len(days())) == ("2026-02-01", "2026-03-02", 30)
    assert days(startDate="2026-03-01", endDate="2030-01-01") == ["2026-03-01", "2026-03-02"]
    assert len(days(startDate="1990-01-01")) == 1_100
    assert days(startDate="2026-04-01") == days(startDate="2026-02-02", endDate="2026-02-01") == []


def test_earnings_are_net_by_what_they_are_for(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    world.fan("bo", subscribed=False)
    sold(world, ["ann"])
    world.tips("bo", 2_000)
    expected = {
        "total": 31.6,
        "messages": 7.6,
        "tips": 16,
        "tips_chat": 16,
        "subscribes": 8,
        "post": 0,
        "ref": 0,
    }
    for by, total in expected.items():
        chart = api.get("/earnings/chart", by=by, startDate="2026-03-01")
        assert chart["total"] == total == chart["chart"][-1]["count"], by
        assert [point["date"] for point in chart["chart"]] == [
            "2026-03-01T00:00:00+00:00", "2026-03-02T00:00:00+00:00",
        ]  # fmt: skip
    whole = api.get("/earnings/chart", monthlyTotal="true")
    assert (whole["gross"], whole["delta"]) == (39.5, 100)
    assert whole["monthlyTotal"] == [
        {"date": "2026-02-01T00:00:00+00:00", "net": 0, "gross": 0},
        {"date": "2026-03-01T00:00:00+00:00", "net": 31.6, "gross": 39.5},
    ]
    api.refused("GET", "/earnings/chart?by=everything", 400, "BAD_REQUEST")


# ---- buyers


def test_buyers_come_newest_first_with_what_they_paid(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cleo")
    id = sold(world, ["bo", "ann"])
    page = api.get(f"/analytics/mass-messages/{id}/buyers")
    assert (page["hasMore"], page["nextMarker"], page["marker"]) == (False, None, None)
    first = page["list"][0]
    assert set(first) == {
        "id",
        "username",
        "name",
        "isVerified",
        "avatar",
        "avatarThumbs",
        "amount",
        "purchasedAt",
    }
    assert (first["username"], first["amount"], first["purchasedAt"]) == (
        "ann", 9.5, "2026-03-02T12:02:00+00:00",
    )  # fmt: skip
    assert [one["username"] for one in page["list"]] == ["ann", "bo"]


@pytest.mark.parametrize("name", ["nextMarker", "marker"])
def test_buyers_walk_by_either_marker_and_by_offset(api: Api, world: World, name: str) -> None:
    names = world.crowd(7)
    id = sold(world, names)
    path = f"/analytics/mass-messages/{id}/buyers"
    assert [one["username"] for one in walk(api, path, name, limit=2)] == names[::-1]
    page = api.get(path, limit=3, offset=3)
    assert [one["username"] for one in page["list"]] == names[::-1][3:6]
    assert page["nextOffset"] == 6


def test_buyers_of_nothing_are_refused_or_nobody(api: Api, world: World) -> None:
    world.fan("ann")
    unsold = world.sent("free").id
    assert api.get(f"/analytics/mass-messages/{unsold}/buyers")["list"] == []
    for path in ("999/buyers", "x/buyers"):
        api.refused("GET", f"/analytics/mass-messages/{path}", 404, "RESOURCE_NOT_FOUND")
    for marker in ("x", str(api.fan_id("ann"))):
        path = f"/analytics/mass-messages/{unsold}/buyers?marker={marker}"
        api.refused("GET", path, 400, "BAD_REQUEST")


# ---- transactions


def test_a_transaction_says_what_was_paid_and_by_whom(api: Api, world: World) -> None:
    world.fan("ann")
    sold(world, ["ann"])
    page = api.get("/earnings/transactions")
    assert set(page) == {"list", "hasMore", "nextMarker", "marker"}
    (line,) = page["list"]
    assert set(line) == TRANSACTION_KEYS
    assert isinstance(line["id"], str)
    assert line["amounts"] == {"gross": 9.5, "net": 7.6, "fee": 1.9, "vat": 0, "tax": 0}
    assert (line["type"], line["currency"], line["status"], line["payoutPendingDays"]) == (
        "chat_messages", "USD", "loading", 7,
    )  # fmt: skip
    assert line["user"] == {"id": api.fan_id("ann"), "name": "ann", "username": "ann", "avatar": None}
    world.clock.forward(days=7)
    assert api.get("/earnings/transactions")["list"][0]["status"] == "done"


@pytest.mark.parametrize("name", ["nextMarker", "marker"])
def test_transactions_walk_by_either_marker_newest_first(api: Api, world: World, name: str) -> None:
    world.fan("ann", price_cents=1_000)
    for _ in range(3):
        # Two in the same moment, too.
        world.tips("ann", 500)
        world.tips("ann", 600)
        world.clock.forward(seconds=1)
    found = walk(api, "/earnings/transactions", name, limit=1)
    assert [line["amounts"]["gross"] for line in found] == [6, 5, 6, 5, 6, 5, 10]
    assert len(walk(api, "/earnings/transactions", name, limit=2, type="tips")) == 6


def test_transactions_are_chosen_by_type_source_and_start(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    world.clock.forward(days=1)
    world.tips("ann", 500)

    def types(**query: str) -> list[str]:
        return [line["type"] for line in api.get("/earnings/transactions", **query)["list"]]

    assert types() == ["tips", "subscribes"]
    assert types(type="subscribes") == ["subscribes"]
    assert types(type="tips", tipsSource="chat") == ["tips"]
    assert types(type="tips", tipsSource="story") == types(type="post") == []
    assert types(startDate="2026-03-03T00:00:00Z") == ["tips"]
    # A second of the epoch is a marker, too, as the vendor's are.
    assert types(marker="1772500000") == ["subscribes"]
    for wrong in ("type=x", "tipsSource=x", "startDate=x", "marker=x", "marker=5"):
        api.refused("GET", f"/earnings/transactions?{wrong}", 400, "BAD_REQUEST")


def test_nothing_is_charged_back(api: Api) -> None:
    assert api.get("/earnings/chargebacks") == {
        "list": [],
        "hasMore": False,
        "nextMarker": None,
        "marker": None,
    }


# ---- notifications


def test_what_fans_did_is_told_newest_first(api: Api, world: World) -> None:
    world.fan("ann<3", price_cents=499)
    sold(world, ["ann<3"])
    world.tips("ann<3", 1_000)
    told = api.get("/self/notifications")
    assert told["hasMore"] is False
    tip, purchase, subscribed = told["list"]
    assert set(tip) == {
        "id", "type", "subType", "createdAt", "isRead", "text", "replacePairs", "canGoToProfile", "userId",
    }  # fmt: skip
    assert [(one["type"], one["subType"]) for one in told["list"]] == [
        ("tip", "new_tips"), ("purchases", "subscriber_pay_for_chat_message"), ("subscribed", "new_subscriber"),
    ]  # fmt: skip
    assert purchase["text"] == "ann&lt;3 purchased your message for $9.50."
    assert purchase["replacePairs"]["{AMOUNT}"] == "$9.50"
    assert "firstId=" in purchase["replacePairs"]["{MESSAGE_LINK}"]
    assert subscribed["userId"] == api.fan_id("ann<3")


def test_notifications_are_chosen_by_type_and_user(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    for turn in range(3):
        world.tips("ann", 500 + turn)
    world.tips("bo", 900)

    def texts(**query: Any) -> list[str]:
        return [one["text"] for one in api.get("/self/notifications", **query)["list"]]

    assert len(texts(type="tip")) == 4
    assert texts(type="tip", relatedUsername="bo") == ["bo tipped you $9.00."]
    assert len(texts(type="subscribed")) == 2
    assert texts(type="commented") == texts(type="purchases") == []
    page = api.get("/self/notifications", limit=2, type="tip", relatedUsername="ann")
    assert (len(page["list"]), page["nextOffset"]) == (2, 2)
    api.refused("GET", "/self/notifications?type=x", 400, "BAD_REQUEST")
    assert api.get("/self/notifications", relatedUsername="nobody") == {"list": [], "hasMore": False}


def test_what_fans_write_and_like_is_told_among_the_rest(api: Api, world: World) -> None:
    world.fans("ann<3", "bo")
    liked, written = world.direct("ann<3", "look"), world.writes("ann<3")
    world.likes("ann<3", liked)
    world.tips("bo", 500)
    kept = api.get("/self/notifications")
    assert [one["type"] for one in kept["list"]] == [
        "tip",
        "favorited",
        "message",
        "subscribed",
        "subscribed",
    ]
    [message] = api.get("/self/notifications", type="message")["list"]
    [favorite] = api.get("/self/notifications", type="favorited")["list"]
    assert [message, favorite] == [kept["list"][2], kept["list"][1]]
    assert (message["text"], message["isRead"]) == ("ann&lt;3 sent you a message.", False)
    assert favorite["text"] == "ann&lt;3 liked your message."
    for one, named in ((message, written), (favorite, liked)):
        assert f"firstId={named.id}" in one["replacePairs"]["{MESSAGE_LINK}"]
        assert set(one["replacePairs"]) == {"{NAME}", "{MESSAGE_LINK}"}
        assert one["userId"] == api.fan_id("ann<3")
    with world.write() as tx:
        chats.mark_read(tx, world.account(), world.fan_of("ann<3"))
    assert [one["isRead"] for one in api.get("/self/notifications")["list"]] == [
        False,
        False,
        True,
        False,
        False,
    ]
    about = api.get("/self/notifications", relatedUsername="ann<3", limit=2)
    assert ([one["type"] for one in about["list"]], about["nextOffset"]) == (["favorited", "message"], 2)
    rest = api.get("/self/notifications", relatedUsername="ann<3", limit=2, offset=2)
    assert ([one["type"] for one in rest["list"]], rest["hasMore"]) == (["subscribed"], False)
