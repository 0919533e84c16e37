"""Fans one by one, users, and the accounts of a key, in the OnlyFansAPI dialect."""

from collections.abc import Iterator

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.kit.times import offset_text, to_ms
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.mass_messages import State
from fancast.store import fan_sets
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server
from tests.world import DAY


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        yield api


def names(users: list[dict[str, object]]) -> list[object]:
    return [user["username"] for user in users]


# ---- latest, top


def test_the_latest_are_those_who_came_or_renewed(api: Api) -> None:
    now = api.world.clock()
    api.world.fan("old", since=now - 40 * DAY, until=now + DAY)
    api.world.fan("new", since=now - 2 * DAY, until=now + DAY)
    api.world.subscription("old", "renew", expires_at=now + 30 * DAY, at=now - DAY)
    assert names(api.ok("GET", "/fans/latest")["users"]) == ["old", "new"]
    assert names(api.ok("GET", "/fans/latest?type=new")["users"]) == ["new", "old"]
    assert names(api.ok("GET", "/fans/latest?type=renew")["users"]) == ["old"]
    days = f"start_date={(now - 3 * DAY).date()}&end_date={(now - 2 * DAY).date()}"
    assert names(api.ok("GET", f"/fans/latest?{days}")["users"]) == ["new"]
    first = api.ok("GET", "/fans/latest?limit=1")
    assert (first["hasMore"], first["offset"]) == (True, 1)
    rest = api.ok("GET", f"/fans/latest?limit=1&offset={first['offset']}")
    assert (names(rest["users"]), rest["hasMore"]) == (["new"], False)


def test_a_walk_over_the_latest_follows_next_page(api: Api) -> None:
    api.world.crowd(5)
    met: list[object] = []
    url: str | None = "/fans/latest?type=new&limit=2"
    while url:
        page = api.get(url)
        met += names(page["data"]["users"])
        assert page["data"]["offset"] == len(met)
        url = page["_pagination"]["next_page"]
        assert page["data"]["hasMore"] is (url is not None)
        assert url is None or "type=new" in url
    assert met == [f"f{place}" for place in reversed(range(5))]


def test_the_top_is_by_what_was_spent(api: Api) -> None:
    now = api.world.clock()
    api.world.fan("rich", price_cents=5_000)
    api.world.fan("poor", price_cents=500, since=now - 20 * DAY, until=now + DAY)
    api.world.fan("free")
    assert names(api.ok("GET", "/fans/top")["users"]) == ["rich", "poor"]
    assert names(api.ok("GET", "/fans/top?by=subscribes")["users"]) == ["rich", "poor"]
    for nothing in ("tips", "messages", "post", "streams"):
        assert api.ok("GET", f"/fans/top?by={nothing}")["users"] == []
    today = f"startDate={now.date()}&endDate={now.date()}"
    assert set(names(api.ok("GET", f"/fans/top?{today}")["users"])) == {"rich", "poor"}
    assert api.ok("GET", "/fans/top?start_date=2020-01-01&end_date=2020-02-01")["users"] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/fans/latest?type=old", "type"), ("/fans/latest?start_date=2026-01-01", "end_date"),
        ("/fans/latest?end_date=2026-01-01", "start_date"), ("/fans/latest?limit=51", "limit"),
        ("/fans/latest?offset=1073741825", "offset"), ("/fans/top?by=looks", "by"),
        ("/fans/top?start_date=x&end_date=y", "startDate"), ("/users/list", "ids"), ("/users/list?ids=bo", "ids"),
        ("/users/list?ids=1,2,3,4,5,6,7,8,9,10,11", "ids"), ("/users/blocked?offset=1073741825", "offset"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_refused_with_its_field(api: Api, path: str, field: str) -> None:
    answer = api.call("GET", path)
    assert answer.status_code == 422, answer.text
    assert list(answer.json()["errors"]) == [field]


# ---- one fan


def test_notes_come_and_go(api: Api) -> None:
    api.world.fan("bo")
    at = f"/fans/{api.fan_id('bo')}/notes"
    assert api.ok("GET", at) == {"notes": ""}
    assert api.ok("PUT", at, {"notes": "Likes cats"})["notice"] == "Likes cats"
    assert api.ok("GET", at) == {"notes": "Likes cats"}
    assert api.ok("DELETE", at)["notice"] == ""
    assert api.ok("GET", at) == {"notes": ""}
    for wrong in ({}, {"notes": "x" * 1_001}, {"notes": 7}):
        answer = api.call("PUT", at, json=wrong)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["notes"])


def test_a_custom_name_is_searched_by_and_cleared_by_nothing(api: Api) -> None:
    api.world.fan("bo")
    at = f"/fans/{api.fan_id('bo')}/custom-name"
    assert api.ok("PUT", at, {"custom_name": "Bobo"})["displayName"] == "Bobo"
    assert names(api.get("/fans/all", query="BOBO")["data"]["list"]) == ["bo"]
    for nothing in ({"custom_name": ""}, {"custom_name": None}, {}):
        api.ok("PUT", at, {"custom_name": "Bobo"})
        assert api.ok("PUT", at, nothing)["displayName"] == ""
    answer = api.call("PUT", at, json={"custom_name": "x" * 101})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["custom_name"])


def test_a_history_has_every_paid_time(api: Api) -> None:
    now = api.world.clock()
    api.world.fan("bo", since=now - 40 * DAY, until=now + DAY, price_cents=999)
    api.world.subscription("bo", "renew", expires_at=now + 30 * DAY, at=now, price_cents=1_000)
    told = api.ok("GET", f"/fans/{api.fan_id('bo')}/subscriptions-history")
    assert told == {
        "list": [
            {"subscribeDate": offset_text(now), "expireDate": offset_text(now + 30 * DAY), "price": 10},
            {
                "subscribeDate": offset_text(now - 40 * DAY),
                "expireDate": offset_text(now + DAY),
                "price": 9.99,
            },
        ],
        "hasMore": False,
    }
    api.world.fan("di", subscribed=False)
    assert api.ok("GET", f"/fans/{api.fan_id('di')}/subscriptions-history")["list"] == []


def test_a_fan_shows_every_paid_time_and_nothing_that_nobody_knows(api: Api) -> None:
    now, creator = api.world.clock(), api.world.account().creator_id
    api.world.fan("bo", since=now - 40 * DAY, until=now - 15 * DAY, price_cents=999)
    api.world.subscription("bo", "start", expires_at=now + DAY, at=now - 10 * DAY, price_cents=1_200)
    api.world.subscription("bo", "renew", expires_at=now + 61 * DAY, at=now, price_cents=1_000)
    api.world.fan("cy", since=now - 40 * DAY, until=now - DAY)
    api.world.fan("di", subscribed=False)
    fans = {fan["username"]: fan for fan in api.ok("GET", "/fans/all")["list"]}
    told = fans["bo"]["subscribedOnData"]["subscribes"]
    history = api.ok("GET", f"/fans/{api.fan_id('bo')}/subscriptions-history")["list"]
    assert history == [
        {"subscribeDate": one["startDate"], "expireDate": one["expireDate"], "price": one["price"]}
        for one in told
    ]
    assert [(one["id"], one["date"]) for one in told] == [
        (to_ms(began), offset_text(began)) for began in (now, now - 10 * DAY, now - 40 * DAY)
    ]
    assert [(one["action"], one["type"], one["duration"], one["isCurrent"]) for one in told] == [
        ("prolong", "auto", 2, True), ("subscribe", "regular", 1, False), ("subscribe", "regular", 1, False),
    ]  # fmt: skip
    unknown = ("cancelDate", "regularPrice", "discount", "earningId", "offerStart", "offerEnd")
    for one in told:
        assert (one["userId"], one["subscriberId"]) == (creator, api.fan_id("bo"))
        assert [one[name] for name in unknown] == [None] * len(unknown)
    [over] = fans["cy"]["subscribedOnData"]["subscribes"]
    assert (over["expireDate"], over["isCurrent"]) == (offset_text(now - DAY), False)
    assert fans["di"]["subscribedOnData"] is None
    api.world.direct("bo", "hello")
    assert api.get("/chats")["data"][0]["fan"] == fans["bo"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/fans/999999/notes"), ("PUT", "/fans/bo/notes"), ("DELETE", "/fans/0/notes"),
        ("PUT", "/fans/999999/custom-name"), ("GET", "/fans/999999/subscriptions-history"),
        ("GET", "/users/nobody"), ("POST", "/users/999999/block"), ("DELETE", "/users/bo/restrict"),
    ],
)  # fmt: skip
def test_a_fan_who_is_not_there_is_not_found(api: Api, method: str, path: str) -> None:
    api.world.fan("bo")
    answer = api.call(method, path, **({"json": {"notes": "x"}} if method == "PUT" else {}))
    assert (answer.status_code, answer.json()["error"]) == (404, "ONLYFANS_COM_ERROR")


# ---- users


def test_users_are_read_by_name_and_by_ids(api: Api) -> None:
    api.world.fans("bo", "cy")
    bo, cy = api.fan_id("bo"), api.fan_id("cy")
    assert api.ok("GET", "/users/bo")["id"] == api.ok("GET", f"/users/{bo}")["id"] == bo
    found = api.ok("GET", f"/users/list?ids={cy},{bo},999999")
    assert list(found) == [str(cy), str(bo)]


def test_blocked_users_are_listed_and_receive_nothing(api: Api) -> None:
    api.world.fans("bo", "cy")
    bo = api.fan_id("bo")
    assert api.ok("POST", f"/users/{bo}/block")["isBlocked"] is True
    assert names(api.ok("GET", "/users/blocked")["list"]) == ["bo"]
    assert api.sent(userLists=["fans"])["total"] == 1
    assert api.ok("DELETE", f"/users/{bo}/block")["isBlocked"] is False
    assert api.ok("GET", "/users/blocked")["list"] == []
    assert api.ok("POST", f"/users/{bo}/restrict")["isRestricted"] is True
    assert api.sent(userLists=["fans"])["total"] == 2
    assert api.ok("DELETE", f"/users/{bo}/restrict")["isRestricted"] is False


def test_a_walk_over_the_blocked_follows_next_page(api: Api) -> None:
    api.world.crowd(7, blocked=True)
    met: list[object] = []
    url: str | None = "/users/blocked?limit=3"
    while url:
        page = api.get(url)
        met += names(page["data"]["list"])
        url = page["_pagination"]["next_page"]
    assert met == [f"f{place}" for place in reversed(range(7))]


def test_a_fan_shows_the_lists_it_is_on(api: Api) -> None:
    api.world.fan("bo", lists=["vip"])
    api.world.fan("cy")
    shown = {fan["username"]: fan["listsStates"] for fan in api.ok("GET", "/fans/all")["list"]}
    assert shown["bo"][-1] == {
        "id": str(api.list_id("vip")), "type": "custom", "name": "vip", "hasUser": True, "canAddUser": False,
        "cannotAddUserReason": "ALREADY_EXISTS",
    }  # fmt: skip
    assert shown["bo"][:-1] == shown["cy"]
    assert api.ok("GET", "/users/bo")["listsStates"] == shown["bo"]
    [member] = api.ok("GET", f"/user-lists/{api.list_id('vip')}/users")["list"]
    assert member["listsStates"] == shown["bo"]


def test_a_fan_shows_the_built_in_lists_it_is_on_as_those_lists_show_it(api: Api) -> None:
    world, now = api.world, api.world.clock()
    world.fan("new")
    world.fan("paid", since=now - 2 * DAY, price_cents=500)
    world.fan("leaves", since=now - DAY, price_cents=500, renews=False)
    world.fan("gone", since=now - 9 * DAY, until=now)
    world.fan("never", subscribed=False)
    with world.write() as tx:
        for place, kind in enumerate((SetKind.FOLLOWING, SetKind.TAGGED, SetKind.FRIENDS, SetKind.MUTED)):
            some = FanSet(world.fan_of(name).number for name in ("new", "gone", "never", "paid")[place:])
            fan_sets.change(tx, world.account().key, {SetKey(kind): (some, FanSet())})
    shown = {fan["username"]: fan["listsStates"] for fan in api.ok("GET", "/fans/all")["list"]}
    lists = [each for each in api.ok("GET", "/user-lists") if each["type"] != "custom"]
    on = {each["id"]: names(api.ok("GET", f"/user-lists/{each['id']}/users")["list"]) for each in lists}
    assert len(on) == 8
    assert all(on.values())
    for name, states in shown.items():
        assert [state["id"] for state in states] == [slug for slug in on if name in on[slug]]
        for state in states:
            assert (state["type"], state["hasUser"], state["canAddUser"]) == (state["id"], True, False)
            why = "ALREADY_EXISTS" if state["id"] == "muted" else "SYSTEM_LIST"
            assert state["cannotAddUserReason"] == why


def test_a_fan_is_on_no_list_that_the_account_has_not(api: Api) -> None:
    api.world.fan("bo")
    assert [state["id"] for state in api.ok("GET", "/users/bo")["listsStates"]] == ["fans", "recent"]
    api.world.subscription("bo", "renew", price_cents=999, expires_at=api.world.clock() + 60 * DAY)
    assert [state["id"] for state in api.ok("GET", "/users/bo")["listsStates"]] == [
        "fans",
        "recent",
        "rebill_on",
    ]


def test_a_fan_s_hidden_chat_is_told_wherever_the_fan_is(api: Api) -> None:
    api.world.fan("bo", lists=["vip"], price_cents=500)
    api.world.fan("cy", lists=["vip"], price_cents=500)
    bo, cy = api.fan_id("bo"), api.fan_id("cy")
    sold = api.world.sent("for sale", price_cents=500, media=[901])
    for name in ("bo", "cy"):
        api.world.buys(name, sold)

    def hidden() -> list[dict[str, bool]]:
        found = [api.ok("GET", f"/fans/{which}") for which in ("all", "active", "latest", "top")]
        found.append(api.ok("GET", f"/user-lists/{api.list_id('vip')}/users"))
        found.append(api.ok("GET", f"/engagement/messages/{sold.id}/buyers"))
        pages = [page.get("list") or page["users"] for page in found]
        pages.append(list(api.ok("GET", f"/users/list?ids={bo},{cy}").values()))
        pages.append([api.ok("GET", f"/users/{name}") for name in ("bo", "cy")])
        return [{fan["username"]: fan["hideChat"] for fan in page} for page in pages]

    assert hidden() == [{"bo": False, "cy": False}] * 8
    api.ok("POST", f"/chats/{bo}/hide")
    assert hidden() == [{"bo": True, "cy": False}] * 8
    api.world.direct("bo", "hello again")
    assert hidden() == [{"bo": False, "cy": False}] * 8


# ---- the creator, and the key's accounts


def test_the_creator_s_own_figures_are_honest(api: Api) -> None:
    account = api.world.place().account
    assert api.ok("GET", "/me/model-start-date") == {"startDate": offset_text(account.created_at)}
    assert api.ok("GET", "/me/top-percentage")["top_percentage"] is None


def test_the_creator_is_told_how_much_is_unread(api: Api) -> None:
    api.world.fans("bo", "cy", "di")

    def unread() -> tuple[int, int]:
        me = api.ok("GET", "/me")
        return me["chatMessagesCount"], me["unreadTips"]

    assert unread() == (0, 0)
    api.world.writes("bo", "hi")
    api.world.writes("bo", "are you there?")
    api.world.tips("cy", 500)
    api.world.tips("cy", 500)
    assert unread() == (2, 1)
    api.ok("POST", f"/chats/{api.fan_id('di')}/mark-as-unread")
    assert unread() == (3, 1)
    api.ok("POST", f"/chats/{api.fan_id('cy')}/mark-as-read")
    assert unread() == (2, 0)
    api.ok("POST", "/chats/mark-as-read")
    assert unread() == (0, 0)


def test_a_disconnected_account_is_gone(api: Api) -> None:
    api.world.crowd(3)
    waiting = api.world.in_state(State.SCHEDULED)
    assert api.ok("DELETE", "/api/accounts/acct_ada") == {"success": True}
    assert [one["id"] for one in api.client.get("/api/accounts").json()] == []
    answer = api.call("GET", "/me")
    assert (answer.status_code, answer.json()["error"]) == (404, "ACCOUNT_NOT_FOUND")
    assert api.call("DELETE", "/api/accounts/acct_ada").status_code == 404
    assert api.world.again(waiting).state is State.CANCELLED


def test_an_account_is_not_disconnected_by_the_other_vendor_s_name(api: Api) -> None:
    assert api.call("DELETE", "/api/accounts/conn_ada").status_code == 404
    assert api.ok("GET", "/me")["username"] == "ada"
