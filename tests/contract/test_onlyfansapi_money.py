"""OnlyFansAPI's statistics and money, key by key."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.model.mass_messages import MassMessage
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server
from tests.world import DAY, World

ENGAGEMENT = "/engagement/messages"
DIRECT = f"{ENGAGEMENT}/direct-messages"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        yield api


def sold(world: World, names: list[str], *, price_cents: int = 1_250, media: int = 7) -> MassMessage:
    made = world.sent("look", price_cents=price_cents, media=[media])
    for name in names:
        world.clock.forward(minutes=1)
        world.buys(name, made)
    return made


def data(api: Api, path: str, **params: Any) -> Any:
    return api.get(path, **params)["data"]


def walk(api: Api, path: str, items: str, **params: Any) -> list[Any]:
    """Every item, by the URLs of the next pages."""
    found, page = [], api.get(path, **params)
    for _ in range(100):
        found += page["data"][items]
        url = page["_pagination"]["next_page"]
        assert (url is None) == (not page["data"]["hasMore"])
        if url is None:
            return found
        page = api.get(url)
    raise AssertionError("there is always one more page")


# ---- direct messages


def test_a_direct_message_tells_what_became_of_it(api: Api, world: World) -> None:
    world.fan("ann", id=501)
    message = world.direct("ann", "for <you>", price_cents=500, media_ids=world.media(7))
    (item,) = data(api, DIRECT)["items"]
    assert (item["id"], item["messageId"], item["toUserId"]) == (message.queue_id, message.id, 501)
    assert (item["template"], item["sentCount"], item["viewedCount"]) == ("direct", 1, 0)
    assert (item["price"], item["purchasedCount"], item["canSendMessageToBuyers"]) == ("5.00", 0, False)
    assert (item["text"], item["rawText"]) == ("<p>for &lt;you&gt;</p>", "for <you>")
    assert (item["isCanceled"], item["canUnsend"], item["unsendSeconds"]) == (False, True, 86_400)
    world.buys("ann", message)
    (item,) = data(api, DIRECT)["items"]
    assert (item["purchasedCount"], item["canSendMessageToBuyers"]) == (1, True)


def test_direct_messages_of_all_chats_come_newest_first_and_walk_to_the_end(api: Api, world: World) -> None:
    names = world.crowd(3)
    for turn in range(7):
        world.direct(names[turn % 3], f"message {turn}")
        if turn % 2:
            world.clock.forward(seconds=1)
    world.tips(names[0], 500, "a fan's own is none of them")
    texts = [item["rawText"] for item in walk(api, DIRECT, "items", limit=2)]
    assert texts == [f"message {turn}" for turn in reversed(range(7))]
    assert [item["rawText"] for item in data(api, DIRECT, offset=5)["items"]] == ["message 1", "message 0"]


def test_direct_messages_are_chosen_by_date_and_text(api: Api, world: World) -> None:
    world.fan("ann")
    world.direct("ann", "100% _yours_")
    world.clock.forward(days=2)
    world.direct("ann", "100 miles")

    def texts(**query: str) -> list[str]:
        return [item["rawText"] for item in data(api, DIRECT, **query)["items"]]

    assert texts(query="100%") == texts(query="_YOURS") == ["100% _yours_"]
    assert texts(query="100") == ["100 miles", "100% _yours_"]
    assert texts(startDate="2026-03-03") == texts(start_date="2026-03-04 12:00:00") == ["100 miles"]
    assert texts(endDate="2026-03-02") == ["100% _yours_"]
    api.refused(422, "VALIDATION_ERROR", "GET", f"{DIRECT}?startDate=x")


# ---- charts


def test_charts_show_a_point_a_day_with_sums_and_changes(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    sold(world, ["ann"])
    world.clock.forward(days=1)
    sold(world, ["ann", "bo"], media=8)
    window = {"startDate": "2026-03-03 00:00:00", "endDate": "2026-03-03 23:59:59"}
    chart = data(api, f"{ENGAGEMENT}/mass-messages/chart", **window)
    day = "2026-03-03T00:00:00+00:00"
    assert chart == {
        "group_messages": {"chart": [{"date": day, "count": 2}], "total": 2, "delta": 0},
        "group_messages_purchases": {"chart": [{"date": day, "count": 25}], "total": 25, "delta": 100},
    }
    bare = data(api, f"{ENGAGEMENT}/mass-messages/chart", withTotal="false", **window)
    assert set(bare["group_messages"]) == {"chart"}
    world.buys("bo", world.direct("bo", "hi", price_cents=500, media_ids=world.media(9)))
    direct = data(api, f"{ENGAGEMENT}/direct-messages/chart", **window)
    assert direct["direct_messages"]["total"] == 1
    assert direct["direct_messages_purchases"]["total"] == 5


# ---- the best, and who bought it


def test_the_top_message_is_the_one_that_earned_most(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cleo")
    assert data(api, f"{ENGAGEMENT}/top-message") == {"purchases": None}
    sold(world, ["ann", "bo"], price_cents=500)
    dear = sold(world, ["cleo"], price_cents=2_000, media=8)
    top = data(api, f"{ENGAGEMENT}/top-message")["purchases"]
    assert (top["id"], top["totalRevenueGenerated"], top["purchasedCount"]) == (dear.id, "20.00", 1)
    link = top["relationships"]["buyers"]
    assert link["method"] == "GET"
    assert [fan["username"] for fan in api.get(link["href"])["data"]["list"]] == ["cleo"]
    assert data(api, f"{ENGAGEMENT}/top-message", endDate="2026-03-01") == {"purchases": None}


def test_of_equal_revenue_more_purchases_win(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cleo")
    many = sold(world, ["ann", "bo"], price_cents=500)
    sold(world, ["cleo"], price_cents=1_000, media=8)
    assert data(api, f"{ENGAGEMENT}/top-message")["purchases"]["id"] == many.id


def test_buyers_come_newest_first_and_walk_by_page_marker_and_offset(api: Api, world: World) -> None:
    names = world.crowd(5)
    made = sold(world, names)
    path = f"{ENGAGEMENT}/{made.id}/buyers"
    newest = names[::-1]
    assert [fan["username"] for fan in walk(api, path, "list", limit=2)] == newest
    first = data(api, path, limit=2, offset=0, skip_users="all", skip_users_dups=1, marker=0)
    second = data(api, path, limit=2, marker=first["marker"], offset=2)
    assert [fan["username"] for fan in second["list"]] == newest[2:4]
    assert [fan["username"] for fan in data(api, path, limit=2, offset=3)["list"]] == newest[3:]
    assert (data(api, path)["hasMore"], data(api, path)["marker"]) == (False, 0)


def test_a_direct_message_has_its_one_buyer(api: Api, world: World) -> None:
    world.fan("ann", lists=["vip"])
    message = world.direct("ann", "hi", price_cents=500, media_ids=world.media(7))
    path = f"{ENGAGEMENT}/{message.queue_id}/buyers"
    assert data(api, path)["list"] == []
    world.buys("ann", message)
    [buyer] = data(api, path)["list"]
    assert (buyer["username"], buyer["listsStates"][-1]["name"]) == ("ann", "vip")
    for id in ("9", "x", str(message.id)):
        api.refused(404, "ONLYFANS_COM_ERROR", "GET", f"{ENGAGEMENT}/{id}/buyers")
    for field, wrong in (("marker", "x"), ("skip_users", "some"), ("skip_users_dups", "often")):
        refusal = api.refused(422, "VALIDATION_ERROR", "GET", f"{path}?{field}={wrong}")
        assert list(refusal["errors"]) == [field]
    for harmless in ("skip_users=all", "skip_users=none", "skip_users=", "skip_users_dups=0"):
        assert data(api, f"{path}?{harmless}")["list"] == [buyer]


# ---- transactions


def test_a_transaction_says_what_was_paid_and_by_whom(api: Api, world: World) -> None:
    world.fan("ann", id=501)
    sold(world, ["ann"])
    (line,) = data(api, "/transactions")["list"]
    assert {name: line[name] for name in ("type", "amount", "fee", "net", "vatAmount", "taxAmount")} == {
        "type": "message", "amount": 12.5, "fee": 2.5, "net": 10, "vatAmount": 0, "taxAmount": 0,
    }  # fmt: skip
    assert (line["currency"], line["status"], line["payoutPendingDays"]) == ("USD", "loading", 7)
    assert (line["createdAt"], line["user"]["id"]) == ("2026-03-02T12:01:00+00:00", 501)
    assert isinstance(line["id"], str)


def test_transactions_walk_newest_first_under_both_addresses(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    for _ in range(3):
        world.tips("ann", 500)
        world.tips("ann", 600)
        world.clock.forward(seconds=1)
    for path in ("/transactions", "/payouts/transactions"):
        found = walk(api, path, "list", limit=2)
        assert [line["amount"] for line in found] == [6, 5, 6, 5, 6, 5, 10]
    page = data(api, "/transactions", limit=3)
    following = data(api, "/transactions", limit=3, marker=page["nextMarker"])
    assert [line["amount"] for line in following["list"]] == [5, 6, 5]


def test_a_marker_is_the_second_in_which_its_page_ends(api: Api, world: World) -> None:
    world.fan("ann")
    for cents in (500, 600, 700):
        world.tips("ann", cents)
        world.clock.forward(seconds=1)
    page = data(api, "/transactions", limit=1)
    assert page["nextMarker"] == int(datetime.fromisoformat(page["list"][0]["createdAt"]).timestamp())
    assert data(api, "/transactions", limit=1, marker=page["nextMarker"])["list"][0]["amount"] == 6


def test_transactions_are_chosen_by_type_source_and_start(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000, until=world.clock() + 90 * DAY)
    world.clock.forward(days=40)
    world.tips("ann", 500)

    def types(**query: str) -> list[str]:
        return [line["type"] for line in data(api, "/transactions", **query)["list"]]

    assert types() == ["tip"]
    assert types(startDate="-50days") == types(start_date="2026-03-01") == ["tip", "subscription"]
    assert types(startDate="-50days", type="subscribes") == ["subscription"]
    assert types(startDate="-50days", type="tips,subscribes", tipsSource="story") == ["subscription"]
    assert types(type="tips", tipsSource="chat") == ["tip"]
    assert types(type="post") == []
    for wrong in ("type=x", "tipsSource=x", "startDate=x", "marker=x", "marker=7", "limit=0"):
        api.refused(422, "VALIDATION_ERROR", "GET", f"/transactions?{wrong}")


# ---- statements and balances


def test_a_statement_is_told_under_total_and_under_its_type(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    sold(world, ["ann"])
    window = {"start_date": "2026-03-02", "end_date": "2026-03-02"}
    told = data(api, "/statistics/statements/earnings", type="messages", **window)
    day = "2026-03-02T00:00:00+00:00"
    assert told["total"] == told["messages"]
    assert told["messages"] == {
        "total": 10, "gross": 12.5, "delta": 100, "chartAmount": [{"date": day, "count": 12.5}],
        "chartCount": [{"date": day, "count": 1}],
    }  # fmt: skip
    assert data(api, "/statistics/statements/earnings", **window)["total"]["gross"] == 22.5
    assert data(api, "/statistics/statements/earnings", type="stream", **window)["stream"]["total"] == 0
    path = "/statistics/statements/earnings"
    for wrong in ("", "?start_date=2026-03-02", "?start_date=x&end_date=2026-03-02",
                  "?start_date=2026-03-02&end_date=2026-03-02&type=x"):  # fmt: skip
        api.refused(422, "VALIDATION_ERROR", "GET", path + wrong)


def test_the_overview_tells_of_mass_messages(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    sold(world, ["ann"])
    told = data(api, "/statistics/overview", start_date="2026-03-01", end_date="2026-03-02", type="messages")
    assert told["massMessages"]["count"] == {"total": 1, "delta": 100}
    assert told["massMessages"]["earnings"] == {"total": 10, "gross": 12.5, "delta": 100}
    assert [point["count"] for point in told["massMessages"]["chartData"]] == [0, 1]
    assert told["earning"]["gross"] == 12.5
    api.refused(422, "VALIDATION_ERROR", "GET", "/statistics/overview?type=x")


def test_the_total_of_transactions_has_no_envelope(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    sold(world, ["ann"])
    path = "/statistics/total-transactions"
    assert api.get(path) == {"total_amount": 22.5, "total_transactions": 2}
    assert api.get(path, start_date="2026-03-03") == {"total_amount": 0, "total_transactions": 0}


def test_what_was_earned_waits_a_week_before_it_can_be_paid_out(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    world.clock.forward(days=7)
    world.tips("ann", 500)
    told = data(api, "/payouts/balances")
    assert (told["payoutAvailable"], told["payoutPending"], told["currency"]) == (8, 4, "USD")
    assert (told["manualPayoutPendingDays"], told["withdrawalPeriodOptions"]) == (
        7,
        [{"code": "manual", "name": "Manual"}],
    )
    assert data(api, "/payouts/eligibility")["canReceiveManualPayout"] is False
    assert data(api, "/payouts/payout-requests") == {"list": [], "marker": None}


def test_earning_statistics_go_by_month(api: Api, world: World) -> None:
    world.fan("ann", price_cents=1_000)
    world.tips("ann", 500)
    told = data(api, "/payouts/earning-statistics", startDate="2026-02-27")["list"]
    assert list(told["months"]) == ["1769904000", "1772323200"]
    march = told["months"]["1772323200"]
    assert march["tips"] == [{"gross": 5, "net": 4, "time": 1_772_409_600}]
    assert (march["total_gross"], march["total_net"]) == (15, 12)
    assert told["total"]["all"] == {"total_gross": 15, "total_net": 12}
    assert told["total"]["chat_messages"] == {"total_gross": 0, "total_net": 0}
