"""OFAuth's chats, user lists, subscribers and accounts, key by key."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from fancast.kit.times import offset_text
from tests.contract.ofauth import Api
from tests.serving import Server
from tests.world import DAY, MovableClock, World

USER_KEYS = {"id", "username", "name", "isVerified", "avatar", "avatarThumbs"}
LIST_KEYS = {
    "id", "type", "name", "sortList", "users", "usersCount", "postsCount", "order", "direction", "canUpdate",
    "canDelete", "canManageUsers", "canAddUsers", "canPinnedToFeed", "isPinnedToFeed", "canPinnedToChat",
    "isPinnedToChat",
}  # fmt: skip
MESSAGE_KEYS = {
    "id", "text", "fromUser", "media", "previews", "createdAt", "cancelSeconds", "isFree", "queueId", "isMediaReady",
    "mediaCount", "lockedText", "isFromQueue", "changedAt", "isOpened", "isNew",
}  # fmt: skip
SUBSCRIBER_KEYS = {
    "id", "name", "username", "displayName", "isVerified", "avatar", "avatarThumbs", "lastSeen", "subscription",
    "spending", "isRestricted", "isBlocked", "capabilities", "lists",
}  # fmt: skip
SUBSCRIPTION_KEYS = {
    "isActive", "isExpired", "subscribedAt", "expiresAt", "renewedAt", "price", "regularPrice", "discountPercent",
    "discountPeriod", "discountStartedAt", "discountFinishedAt", "history",
}  # fmt: skip
HISTORY_KEYS = {
    "id",
    "startDate",
    "expireDate",
    "price",
    "regularPrice",
    "discount",
    "type",
    "action",
    "isCurrent",
}
CAPABILITIES = {
    "canRestrict",
    "canBlock",
    "canReport",
    "canUnsubscribe",
    "canReceiveMessages",
    "canSendTrial",
}


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    headers = {"apiKey": server.world.key(), "x-connection-id": "conn_ada"}
    server.world.media(901, 902)
    with server.client(headers=headers) as client:
        yield Api(server, client)


# ---- chats


def test_a_message_to_one_fan_is_in_the_chat_at_once(api: Api, world: World) -> None:
    world.fan("bo")
    sent = api.ok("POST", "/chats/bo/messages", {"text": "**Hi**", "mediaItems": [901, "902"], "price": 9.99,
                                                 "previewMediaCount": 1})  # fmt: skip
    assert set(sent) >= MESSAGE_KEYS
    assert (sent["text"], sent["previews"], sent["isFree"]) == ("<p><strong>Hi</strong></p>", [901], False)
    assert sent["queueId"] not in (0, sent["id"])
    assert sent["cancelSeconds"] == 86_400
    assert api.chat(api.fan_id("bo")) == [sent]


def test_a_chat_is_walked_by_offset_by_last_id_and_from_first_id(api: Api, world: World) -> None:
    world.fan("bo")
    ids = [world.direct("bo", f"number {place}").id for place in range(25)][::-1]
    page = api.get("/chats/bo/messages", limit=500)
    assert [one["id"] for one in page["list"]] == ids[:20]
    assert (page["hasMore"], page["nextOffset"], page["nextLastId"]) == (True, 20, str(ids[19]))
    assert [one["id"] for one in api.chat("bo", last_id=page["nextLastId"])] == ids[20:]
    assert [one["id"] for one in api.chat("bo", offset=20)] == ids[20:]
    assert [one["id"] for one in api.chat("bo", first_id=ids[3], limit=2)] == ids[3:5]
    assert [one["id"] for one in api.chat("bo", query="NUMBER 7")] == [ids[17]]
    assert api.get("/chats/bo/messages", query="nowhere") == {"list": [], "hasMore": False}


def test_a_mass_message_stands_in_the_chat_as_its_copy(api: Api, world: World) -> None:
    world.fan("bo")
    made = api.sent(text="To all", mediaItems=[901], price=5)
    (copy,) = api.chat("bo")
    assert (copy["queueId"], copy["isFromQueue"], copy["isOpened"]) == (made["id"], True, False)


def test_a_known_fan_without_messages_has_an_empty_chat(api: Api, world: World) -> None:
    world.fan("bo")
    assert api.get("/chats/bo/messages", include_users="true") == {"list": [], "hasMore": False}


# ---- user lists


def test_a_user_list_lives_a_whole_life(api: Api, world: World) -> None:
    world.fans("bo", "cy")
    made = api.ok("POST", "/users/lists", {"name": "Regulars"})
    assert set(made) == LIST_KEYS
    assert isinstance(made["id"], str)
    assert (made["type"], made["usersCount"], made["canDelete"]) == ("custom", 0, True)
    one = f"/users/lists/{made['id']}"
    assert api.ok("PATCH", one, {"name": "Best"})["name"] == "Best"
    added = api.ok("POST", f"{one}/users/{api.fan_id('bo')}")
    assert added["list"]["usersCount"] == 1
    assert set(added["userState"]) >= {"id", "type", "name", "hasUser"}
    api.ok("POST", f"{one}/users/cy")
    page = api.get(f"{one}/users", limit=1)
    assert (len(page["list"]), page["hasMore"], page["nextOffset"]) == (1, True, 1)
    assert set(page["list"][0]) == USER_KEYS
    rest = api.ok("DELETE", f"{one}/users/cy")
    assert ([user["username"] for user in rest["list"]], rest["hasMore"]) == (["bo"], False)
    assert api.call("DELETE", one, json={}).json() == {}
    api.refused("GET", one, 404, "RESOURCE_NOT_FOUND")


def test_a_fan_is_put_on_several_lists_and_told_which_failed(api: Api, world: World) -> None:
    world.fan("bo")
    world.user_list("vip")
    vip = api.list_id("vip")
    told = api.ok("POST", "/users/bo/lists", {"listIds": [vip, 987_654_321]})
    assert told["success"] == [{"listId": vip, "success": True}]
    assert [error["listId"] for error in told["errors"]] == [987_654_321]
    assert "errors" not in api.ok("POST", "/users/bo/lists", {"listIds": [vip]})
    batch = api.ok("POST", "/users/bo/user-lists/batch", {"listIds": [str(vip), "fans"]})
    assert batch["success"] is False
    assert [(one["listId"], one["success"]) for one in batch["results"]] == [
        (str(vip), True),
        ("fans", False),
    ]
    assert api.get(f"/users/lists/{vip}")["usersCount"] == 1
    for ids in ([], [vip] * 6, "1", None):
        api.refused("POST", "/users/bo/lists", 400, "BAD_REQUEST", json={"listIds": ids})


def test_lists_come_as_a_page_and_as_the_bare_array_that_guides_print(api: Api, world: World) -> None:
    world.user_list("Active")
    page = api.get("/users/lists", limit=100)
    assert all(set(one) == LIST_KEYS for one in page["list"])
    assert {"fans", str(api.list_id("Active"))} <= {one["id"] for one in page["list"]}
    assert api.get("/users/lists", limit=100, shape="array") == page["list"]
    first = api.get("/users/lists", limit=2)
    assert (len(first["list"]), first["hasMore"], first["nextOffset"]) == (2, True, 2)
    assert [one["name"] for one in api.get("/users/lists", query="activ")["list"]] == ["Active"]
    world.account(bare_lists=True)
    assert api.get("/users/lists", limit=100) == page["list"]
    assert isinstance(api.get("/subscribers"), list)
    assert api.get("/users/lists", limit=100, shape="object") == page


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, None, 5])
def test_a_lists_name_has_1_to_100_characters(api: Api, name: Any) -> None:
    told = api.refused("POST", "/users/lists", 400, "BAD_REQUEST", json={"name": name})
    assert told["details"] == {"field": "name"}


def test_built_in_lists_can_be_read_but_not_changed(api: Api, world: World) -> None:
    world.fan("bo")
    assert api.get("/users/lists/fans")["usersCount"] == 1
    assert [user["username"] for user in api.get("/users/lists/fans/users")["list"]] == ["bo"]
    api.refused("PATCH", "/users/lists/fans", 400, "BAD_REQUEST", json={"name": "x"})
    api.refused("DELETE", "/users/lists/fans", 400, "BAD_REQUEST")
    api.refused("POST", "/users/lists/fans/users/bo", 400, "BAD_REQUEST")


def test_unknown_lists_and_users_of_lists_are_404(api: Api, world: World) -> None:
    world.user_list("vip")
    for path in ("/users/lists/987654321", "/users/lists/nothing", "/users/lists/987654321/users"):
        api.refused("GET", path, 404, "RESOURCE_NOT_FOUND")
    api.refused("POST", f"/users/lists/{api.list_id('vip')}/users/nobody", 404, "RESOURCE_NOT_FOUND")
    api.refused("POST", "/users/nobody/lists", 404, "RESOURCE_NOT_FOUND", json={"listIds": [1]})


# ---- subscribers


def test_a_subscriber_is_told_key_by_key(api: Api, world: World) -> None:
    world.fan("bo", since=world.clock() - 40 * DAY, until=world.clock() - 10 * DAY, price_cents=999)
    world.subscription(
        "bo", "start", expires_at=world.clock() + 5 * DAY, price_cents=1_000, at=world.clock() - DAY
    )
    world.user_list("vip", "bo")
    (bo,) = api.get("/subscribers")["list"]
    assert set(bo) >= SUBSCRIBER_KEYS
    told = bo["subscription"]
    assert set(told) == SUBSCRIPTION_KEYS
    assert (told["isActive"], told["isExpired"], told["price"]) == (True, False, 10)
    assert told["subscribedAt"] == offset_text(world.clock() - DAY)
    assert all(set(period) == HISTORY_KEYS for period in told["history"])
    assert [(period["price"], period["isCurrent"]) for period in told["history"]] == [
        (9.99, False),
        (10, True),
    ]
    assert bo["spending"] == {
        "total": 19.99, "tips": 0, "subscriptions": 19.99, "messages": 0, "posts": 0, "streams": 0,
    }  # fmt: skip
    assert set(bo["capabilities"]) == CAPABILITIES
    assert bo["lists"] == [{"id": str(api.list_id("vip")), "name": "vip"}]


def test_a_history_says_of_each_paid_time_what_began_it(api: Api, world: World) -> None:
    now = world.clock()
    world.fan("bo", since=now - 40 * DAY, until=now - 10 * DAY)
    world.subscription("bo", "renew", at=now - 20 * DAY, expires_at=now)
    world.subscription("bo", "expire", at=now - 9 * DAY)
    world.subscription("bo", "start", at=now - 5 * DAY, expires_at=now + DAY)
    world.subscription("bo", "renew", at=now - DAY, expires_at=now + 9 * DAY)
    (bo,) = api.get("/subscribers")["list"]
    history = bo["subscription"]["history"]
    assert [one["action"] for one in history] == ["subscribe", "renew", "subscribe", "renew"]
    assert [one["isCurrent"] for one in history] == [False, False, False, True]
    assert [one["startDate"] for one in history] == [offset_text(now - days * DAY) for days in (40, 20, 5, 1)]


def test_subscribers_are_told_apart_by_type_and_found_by_name(api: Api, world: World) -> None:
    world.fans("bo", "cy", since=world.clock() - 20 * DAY)
    world.fan("gone", since=world.clock() - 50 * DAY, until=world.clock() - 20 * DAY)

    def names(**query: Any) -> set[str]:
        return {one["username"] for one in api.get("/subscribers", **query)["list"]}

    assert names() == names(type="all") == {"bo", "cy", "gone"}
    assert (names(type="active"), names(type="expired")) == ({"bo", "cy"}, {"gone"})
    assert names(query="BO") == {"bo"}
    assert len(api.get("/subscribers", limit=1)["list"]) == 1
    assert api.get("/subscribers", limit=1, offset=1)["nextOffset"] == 2


def test_at_most_twenty_subscribers_come_and_the_rest_by_the_next_offset(api: Api, world: World) -> None:
    names = set(world.crowd(45))
    seen, offset = [], 0
    for size in (20, 20, 5):
        page = api.get("/subscribers", limit=100, offset=offset)
        assert (len(page["list"]), page["hasMore"]) == (size, size == 20)
        seen += [one["username"] for one in page["list"]]
        offset = page.get("nextOffset")
    assert offset is None
    assert (len(seen), set(seen)) == (45, names)


def test_the_latest_are_new_ones_renewals_or_both(api: Api, world: World, clock: MovableClock) -> None:
    world.fan("bo", since=clock() - 20 * DAY)
    world.fan("cy", since=clock() - 2 * DAY)
    world.subscription("bo", "renew", expires_at=clock() + 60 * DAY, at=clock() - timedelta(hours=5))
    span = {"type": "latest", "startDate": offset_text(clock() - 3 * DAY), "endDate": offset_text(clock())}

    def names(**query: Any) -> list[str]:
        return [one["username"] for one in api.get("/subscribers", **span, **query)["list"]]

    assert names(latestType="new") == ["cy"]
    assert names(latestType="renewals") == ["bo"]
    assert names(latestType="total") == names() == ["bo", "cy"]


@pytest.mark.parametrize(
    "query",
    [
        "filter[total_spent]=5",
        'filter={"total_spent": 5}',
        "filter={'total_spent': '5'}",
        "filter.total_spent=5",
    ],
)
def test_a_filter_is_understood_in_the_spellings_that_clients_send(
    api: Api, world: World, query: str
) -> None:
    world.fan("rich", price_cents=900)
    world.fan("poor", price_cents=100)
    page = api.get(f"/subscribers?{query}")
    assert [one["username"] for one in page["list"]] == ["rich"]


@pytest.mark.parametrize(
    "garbled",
    ["[object Object]", "{'online': ", "{broken}", "{[1]: 2}", "{" * 400, "{'a': " * 99, "online", "", "{'tips': []}",
     '{"total_spent": "much"}', "{1: 2}"],
)  # fmt: skip
def test_a_garbled_filter_is_not_looked_at(api: Api, world: World, garbled: str) -> None:
    world.fan("bo")
    assert len(api.get("/subscribers", filter=garbled)["list"]) == 1


@pytest.mark.parametrize(
    ("online", "expected"), [("1", {"here"}), ("true", {"here"}), ("0", {"away", "never"})]
)
def test_online_means_seen_within_minutes(api: Api, world: World, online: str, expected: set[str]) -> None:
    ms = int(world.clock().timestamp() * 1000)
    world.fans("here", "away", "never")
    with world.write() as tx:
        for name, seen in (("here", ms - 60_000), ("away", ms - 3_600_000)):
            tx.connection.exec_driver_sql(f"UPDATE fans SET last_seen_at = {seen} WHERE username = '{name}'")
    page = api.get(f"/subscribers?filter[online]={online}")
    assert {one["username"] for one in page["list"]} == expected


# ---- accounts


def test_self_is_the_creator_of_the_connection(api: Api, world: World) -> None:
    world.fans("bo", "cy")
    told = api.get("/self")
    assert set(told) == {
        "id", "username", "name", "about", "isAuth", "isVerified", "avatar", "subscribersCount", "postsCount",
        "photosCount", "videosCount", "lists",
    }  # fmt: skip
    account = world.place().account
    assert (told["id"], told["username"], told["isAuth"]) == (account.creator_id, "ada", True)
    assert (told["subscribersCount"], told["lists"]) == (2, [])


def test_whoami_needs_no_connection_and_ignores_one(api: Api, world: World) -> None:
    told = api.get("/v2/account/whoami")
    assert set(told) == {"id", "name", "permissions"}
    assert "messages:write" in told["permissions"]
    del api.client.headers["x-connection-id"]
    assert api.get("/v2/account/whoami") == api.get("/v2/account") == told
    narrow = {"apiKey": world.key(permissions=["lists:read"])}
    assert api.call("GET", "/v2/account/whoami", headers=narrow).json()["permissions"] == ["lists:read"]


def test_connections_are_those_that_the_key_reaches(api: Api, world: World) -> None:
    world.account("eve")
    page = api.get("/v2/account/connections")
    assert [one["id"] for one in page["list"]] == ["conn_ada", "conn_eve"]
    assert set(page["list"][0]) == {
        "id", "status", "userData", "permissions", "expiredAt", "createdAt", "updatedAt", "clientReferenceId",
        "imported", "lastCheckedAt",
    }  # fmt: skip
    assert set(page["list"][0]["userData"]) == {"id", "name", "username", "avatar"}
    assert api.get("/v2/account/connections", status="expired")["list"] == []
    assert api.get("/v2/account/connections", imported="true")["list"] == []
    own = {"apiKey": world.key(accounts=[world.place("eve").account.key])}
    only = api.call("GET", "/v2/account/connections", headers=own).json()
    assert [one["id"] for one in only["list"]] == ["conn_eve"]
