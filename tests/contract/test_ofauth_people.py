"""OFAuth's users, what the creator says of a subscriber, and the creator's own page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from fancast.kit.times import offset_text
from tests.contract.ofauth import Api
from tests.serving import Server
from tests.world import DAY, World

PROFILE_KEYS = {
    "id", "username", "name", "isVerified", "avatar", "avatarThumbs", "lists", "displayName", "notice", "about",
    "joinDate", "lastSeen", "subscribedBy", "subscribedOn", "subscribedOnExpiredNow", "subscribedOnDuration",
    "isRestricted", "canRestrict", "isBlocked", "isPerformer", "canReceiveChatMessage", "canChat",
}  # fmt: skip


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server, world: World) -> Iterator[Api]:
    world.account("ada")
    headers = {"apiKey": world.key(), "x-connection-id": "conn_ada"}
    with server.client(headers=headers) as client:
        yield Api(server, client)


# ---- users


def test_a_profile_says_what_the_creator_knows(api: Api, world: World) -> None:
    world.fan("bo", lists=["vip", "regulars"])
    world.clock.forward(days=2)
    told = api.get("/users/bo")
    assert set(told) == PROFILE_KEYS
    assert told == api.get(f"/users/{api.fan_id('bo')}")
    assert [(one["type"], one["name"]) for one in told["lists"]] == [
        ("custom", "vip"),
        ("custom", "regulars"),
    ]
    assert (told["subscribedOn"], told["subscribedOnDuration"]) == (True, "2 days")
    world.fan("di", subscribed=False)
    assert "subscribedOnDuration" not in api.get("/users/di")
    api.refused("GET", "/users/nobody", 404, "RESOURCE_NOT_FOUND")


def test_some_users_come_in_the_order_asked_and_strangers_are_left_out(api: Api, world: World) -> None:
    world.fans("bo", "cy", "di")
    world.fan("eve's", on="eve")
    bo, cy, di = (api.fan_id(name) for name in ("bo", "cy", "di"))
    asked = f"{di},{bo},999999,{bo}"
    assert [one["id"] for one in api.get("/users/list", userIds=asked)["users"]] == [di, bo]
    repeated = api.call("GET", f"/users/list?userIds={cy}&userIds={bo}").json()
    assert [one["id"] for one in repeated["users"]] == [cy, bo]
    for wrong in ("", "bo", ",".join(str(one) for one in range(1, 12)), "1.5", "-3"):
        api.refused("GET", "/users/list", 400, "BAD_REQUEST", params={"userIds": wrong})


def test_a_search_goes_by_any_name_and_answers_a_bare_array(api: Api, world: World) -> None:
    world.fans("anna", "joanna", "bert")
    api.ok("PUT", f"/subscribers/{api.fan_id('bert')}/custom-name", {"displayName": "My Anne"})
    assert {one["username"] for one in api.get("/users/search", query="ANN")} == {"anna", "joanna", "bert"}
    assert [one["username"] for one in api.get("/users/search", query="bert")] == ["bert"]
    assert api.get("/users/search", query="zoe") == []
    assert len(api.get("/users/search", query="n", limit=1)) == 1
    assert len(api.get("/users/search")) == 3


def test_restricting_and_blocking_show_in_their_lists(api: Api, world: World) -> None:
    world.crowd(25)
    for name in ("f1", "f2"):
        assert api.ok("POST", f"/users/{api.fan_id(name)}/restrict") == {}
    assert [one["username"] for one in api.get("/users/restrict")["list"]] == ["f2", "f1"]
    assert api.get("/users/f1")["isRestricted"] is True
    assert api.ok("DELETE", "/users/f1/restrict") == {}
    assert api.ok("DELETE", "/users/f1/restrict", {}) == {}
    assert [one["username"] for one in api.get("/users/restrict")["list"]] == ["f2"]
    for place in range(25):
        world.change_fan(f"f{place}", blocked=True)
    first = api.get("/users/blocked", limit=500)
    rest = api.get("/users/blocked", offset=first["nextOffset"])
    assert (len(first["list"]), first["hasMore"], len(rest["list"]), rest["hasMore"]) == (20, True, 5, False)
    assert {one["id"] for one in first["list"] + rest["list"]} == set(world.place().fans.values())
    api.refused("POST", "/users/999/restrict", 404, "RESOURCE_NOT_FOUND")


def test_a_restricted_fan_still_receives(api: Api, world: World) -> None:
    world.fan("bo")
    api.ok("POST", "/users/bo/restrict")
    assert api.sent(text="Hi")["sentCount"] == 1


# ---- what the creator says of a subscriber


def test_notes_names_and_discounts_are_kept_and_shown(api: Api, world: World) -> None:
    world.fan("bo", price_cents=1_000)
    assert api.ok("PUT", "/subscribers/bo/note", {"notice": "Likes cats"}) == {}
    assert api.ok("PUT", "/subscribers/bo/custom-name", {"displayName": " Bobo "}) == {}
    assert api.ok("PUT", "/subscribers/bo/discount", {"discount": 20, "period": 3}) == {}
    [told] = api.get("/subscribers", query="bobo")["list"]
    assert (told["displayName"], told["notice"]) == ("Bobo", "Likes cats")
    subscription, now = told["subscription"], world.clock()
    assert (subscription["discountPercent"], subscription["discountPeriod"]) == (20, 3)
    assert subscription["discountStartedAt"] == offset_text(now)
    assert subscription["discountFinishedAt"] == offset_text(now + timedelta(days=90))
    profile = api.get("/users/bo")
    assert (profile["displayName"], profile["notice"]) == ("Bobo", "Likes cats")
    api.ok("PUT", "/subscribers/bo/note", {"notice": ""})
    assert api.get("/users/bo")["notice"] == ""


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("note", {}, "notice"), ("note", {"notice": "x" * 1_001}, "notice"), ("note", {"notice": 3}, "notice"),
        ("custom-name", {}, "displayName"), ("custom-name", {"displayName": " "}, "displayName"),
        ("custom-name", {"displayName": "x" * 101}, "displayName"),
        ("discount", {"discount": 4, "period": 1}, "discount"), ("discount", {"discount": 61, "period": 1}, "discount"),
        ("discount", {"discount": 20, "period": 0}, "period"), ("discount", {"discount": 20, "period": 13}, "period"),
        ("discount", {"discount": 20.5, "period": 1}, "discount"), ("discount", {}, "discount"),
    ],
)  # fmt: skip
def test_what_is_out_of_bounds_is_refused(api: Api, world: World, path: str, body: Any, field: str) -> None:
    world.fan("bo")
    told = api.refused("PUT", f"/subscribers/bo/{path}", 400, "BAD_REQUEST", json=body)
    assert told["details"] == {"field": field}


# ---- subscribers' filters, as each client garbles them


@pytest.mark.parametrize(
    "spelling",
    [
        "filter[total_spent]=20", "filter.total_spent=20", 'filter={"total_spent": 20}', "filter={'total_spent': '20'}",
        "filter=%7B%27total_spent%27%3A+20%7D", "filter={\"total_spent\":\"20.00\"}",
    ],
)  # fmt: skip
def test_a_filter_is_understood_in_every_spelling(api: Api, world: World, spelling: str) -> None:
    world.fan("rich", price_cents=3_000)
    world.fan("poor", price_cents=500)
    assert [one["username"] for one in api.get(f"/subscribers?{spelling}")["list"]] == ["rich"]


@pytest.mark.parametrize(
    "lost", ["[object Object]", "{", "{}", "[]", "{'a': ", "None", "{'total_spent': 'x'}", ""]
)
def test_a_filter_that_arrives_as_nothing_filters_nothing(api: Api, world: World, lost: str) -> None:
    world.fans("bo", "cy")
    assert len(api.get("/subscribers", filter=lost)["list"]) == 2


@pytest.mark.parametrize(
    "spelling",
    [
        "filter[promoId]=7",
        "filter.trial_id=7",
        'filter={"promoId":"7","online":"0"}',
        "filter={'trial_id': '7'}",
    ],
)
def test_nobody_came_by_a_promotion_or_a_trial(api: Api, world: World, spelling: str) -> None:
    world.fans("bo", "cy")
    assert api.get(f"/subscribers?{spelling}") == {"list": [], "hasMore": False}
    assert api.get(f"/subscribers?{spelling}&shape=array") == []


@pytest.mark.parametrize("spelling", ["filter[promoId]=", "filter={'promoId': None, 'trial_id': ''}"])
def test_a_promotion_without_a_name_filters_nothing(api: Api, world: World, spelling: str) -> None:
    world.fans("bo", "cy")
    assert len(api.get(f"/subscribers?{spelling}")["list"]) == 2


def test_the_oldest_address_of_subscribers_is_the_same(api: Api, world: World) -> None:
    world.fans("bo", "cy", "di")
    told = api.get("/subscriptions/subscribers", type="active", limit=2)
    assert told == api.get("/subscribers", type="active", limit=2)
    assert (len(told["list"]), told["nextOffset"]) == (2, 2)


def test_duration_is_the_months_without_a_break(api: Api, world: World) -> None:
    now = world.clock()
    world.fan("old", since=now - 100 * DAY, until=now + DAY)
    world.fan("new", since=now - 10 * DAY, until=now + DAY)
    assert [one["username"] for one in api.get("/subscribers?filter[duration]=3")["list"]] == ["old"]


def test_lists_show_their_first_three(api: Api, world: World) -> None:
    for place in range(5):
        world.fan(f"f{place}", lists=["vip"])
    vip = api.get(f"/users/lists/{api.list_id('vip')}")
    assert [one["username"] for one in vip["users"]] == ["f0", "f1", "f2"]
    shown = {one["name"]: one for one in api.get("/users/lists", limit=100)["list"]}
    assert shown["vip"] == vip
    assert [one["username"] for one in shown["Fans"]["users"]] == ["f0", "f1", "f2"]
    assert shown["Muted"]["users"] == []


# ---- self


def test_self_may_be_renamed_and_described(api: Api) -> None:
    told = api.ok("PATCH", "/self", {"name": "Ada L.", "about": "Numbers"})
    assert (told["name"], told["about"], told["lists"]) == ("Ada L.", "Numbers", [])
    assert api.ok("PATCH", "/self", {"about": ""})["name"] == "Ada L."
    assert api.get("/self") == api.ok("PATCH", "/self", {})
    for body, field in (
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"about": "x" * 1_001}, "about"),
    ):
        assert api.refused("PATCH", "/self", 400, "BAD_REQUEST", json=body)["details"] == {"field": field}
