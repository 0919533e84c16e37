"""What the OnlyFansAPI dialect tells about accounts, fans and sent mass messages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.kit.times import to_ms
from fancast.model.api_keys import Scope
from tests.contract.onlyfansapi import META_KEYS, Api, calling
from tests.serving import Server

FAN_KEYS = {
    "id", "name", "username", "displayName", "notice", "view", "avatar", "avatarThumbs", "isVerified", "isActive",
    "isRestricted", "isBlocked", "isPerformer", "canReceiveChatMessage", "hideChat", "lastSeen", "subscribePrice",
    "tipsEnabled", "tipsMin", "tipsMax", "subscribedBy", "subscribedOn", "subscribedOnExpiredNow",
    "subscribedOnDuration", "subscribedOnData", "listsStates", "promoOffers",
}  # fmt: skip
SUBSCRIBED_ON_KEYS = {
    "price", "regularPrice", "subscribePrice", "subscribeAt", "expiredAt", "renewedAt", "status", "isMuted",
    "duration", "tipsSumm", "subscribesSumm", "messagesSumm", "postsSumm", "streamsSumm", "totalSumm",
    "lastActivity", "hasActivePaidSubscriptions", "subscribes",
}  # fmt: skip
PERIOD_KEYS = {
    "id", "userId", "subscriberId", "date", "duration", "startDate", "expireDate", "cancelDate", "price",
    "regularPrice", "discount", "earningId", "action", "type", "offerStart", "offerEnd", "isCurrent",
}  # fmt: skip
STATS_KEYS = {
    "id", "date", "responseType", "text", "rawText", "giphyId", "isFree", "isMediaReady", "mediaCount", "media",
    "previews", "isTip", "isReportedByMe", "viewedCount", "sentCount", "isCanceled", "template", "canUnsend",
    "unsendSeconds",
}  # fmt: skip
PAID_KEYS = {"price", "purchasedCount", "canSendMessageToBuyers"}
MEDIA_KEYS = {
    "id", "type", "convertedToVideo", "canView", "hasError", "createdAt", "isReady", "files", "duration",
    "hasCustomPreview", "releaseForms", "videoSources",
}  # fmt: skip
STATISTICS = "/engagement/messages/mass-messages"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        yield api


def walk(api: Api, path: str, items: str, **params: Any) -> list[Any]:
    """Every item of every page, by the URLs of the next pages."""
    seen, page = [], api.get(path, **params)
    for _ in range(100):
        seen += page["data"][items]
        url = page["_pagination"]["next_page"]
        assert page["data"]["hasMore"] is (url is not None)
        if url is None:
            return seen
        assert url.startswith(f"{api.server.base_url}/api/acct_ada{path}?")
        page = api.get(url)
    raise AssertionError("the walk does not end")


# ---- who is who


def test_accounts_are_a_bare_array_of_those_the_key_reaches(api: Api) -> None:
    api.world.account("eve")
    listed = api.get("/api/accounts")
    assert [each["id"] for each in listed] == ["acct_ada", "acct_eve"]
    creator_id = api.world.account("ada").creator_id
    assert listed[0] == {
        "id": "acct_ada", "display_name": "Ada", "onlyfans_id": creator_id, "onlyfans_username": "ada",
        "onlyfans_email": None, "is_authenticated": True, "authentication_progress": "signed_in",
        "onlyfans_user_data": {"id": creator_id, "name": "Ada", "username": "ada"},
    }  # fmt: skip
    assert [each["id"] for each in api.get("/api/accounts", onlyfans_username="eve")] == ["acct_eve"]
    for nobody in ("none", "None", "null", "ada@example.test"):
        assert api.get("/api/accounts", onlyfans_email=nobody) == []
    assert len(api.get("/api/accounts", onlyfans_email="")) == 2
    assert [each["id"] for each in api.get("/api/accounts", onlyfans_id=str(creator_id))] == ["acct_ada"]
    assert api.get("/api/accounts", onlyfans_email="eve@example.test") == []


def test_whoami_is_bare_and_names_the_key(api: Api) -> None:
    answer = api.call("GET", "/api/whoami")
    assert set(answer.json()) == {"api_key", "team"}
    key = answer.json()["api_key"]
    assert set(key) == {"name", "last_used_at", "created_at"}
    assert (key["name"], key["created_at"]) == ("tests", "2026-03-02T12:00:00.000000Z")
    assert set(answer.json()["team"]) == {"name", "slug"}
    assert answer.headers["x-ofapi-credits-used"] == "0"


def test_a_key_that_only_reads_reads(api: Api) -> None:
    api.client.headers["Authorization"] = f"Bearer {api.world.key(scopes=(Scope.READ,))}"
    for path in ("/api/whoami", "/me", "/mass-messaging", "/user-lists", "/fans/all", STATISTICS):
        assert api.call("GET", path).status_code == 200
    assert api.call("HEAD", "/me").status_code == 200


def test_me_tells_the_bounds_of_a_price(api: Api) -> None:
    api.world.crowd(3)
    api.world.fan("gone", subscribed=False)
    me = api.ok("GET", "/me")
    assert (me["name"], me["username"], me["id"]) == ("Ada", "ada", api.world.account().creator_id)
    assert (me["messageMinPrice"], me["messageMaxPrice"], me["subscribersCount"]) == (3, 200, 3)
    assert me["canSendChatToAll"] is True


# ---- fans


def test_a_fan_shows_subscription_and_flags(api: Api) -> None:
    api.world.fan("bo", price_cents=999, renews=False)
    page = api.get("/fans/active")
    assert set(page) == {"data", "_pagination", "_meta"}
    assert set(page["_meta"]) == META_KEYS
    assert (set(page["data"]), page["data"]["hasMore"]) == ({"list", "hasMore"}, False)
    (fan,) = page["data"]["list"]
    assert set(fan) == FAN_KEYS
    assert (fan["id"], fan["username"], fan["displayName"], fan["notice"]) == (api.fan_id("bo"), "bo", "", "")
    assert (fan["subscribedOn"], fan["subscribedOnExpiredNow"], fan["canReceiveChatMessage"]) == (
        True,
        False,
        True,
    )
    data = fan["subscribedOnData"]
    assert set(data) == SUBSCRIBED_ON_KEYS
    assert (data["price"], data["subscribesSumm"], data["totalSumm"]) == (9.99, 9.99, 9.99)
    assert (data["subscribeAt"], data["expiredAt"]) == (
        "2026-03-02T12:00:00+00:00",
        "2026-04-01T12:00:00+00:00",
    )
    (period,) = data["subscribes"]
    assert set(period) == PERIOD_KEYS
    assert (period["isCurrent"], period["action"]) == (True, "subscribe")


def other(path: str) -> str:
    return "expired" if path.endswith("active") else "active"


def test_fans_are_told_apart_by_whether_they_are_subscribed(api: Api, clock) -> None:
    api.world.fan("early")
    clock.forward(days=31)
    api.world.fan("late")
    api.world.fan("never", subscribed=False)
    api.world.change_fan("late", blocked=True)

    def names(path: str, **params: Any) -> list[str]:
        return [fan["username"] for fan in walk(api, path, "list", **params)]

    assert names("/fans/all") == ["late", "early", "never"]
    assert names("/fans/active") == ["late"]
    assert names("/fans/expired") == ["early"]
    assert names("/fans/all", type="expired") == ["early"]
    assert names("/fans/all", query="EARL") == ["early"]
    of = {"/fans/active": ["late"], "/fans/expired": ["early"]}
    for path, those in of.items():
        told = {type: names(path, type=type) for type in ("all", "active", "expired")}
        assert told == {"all": those, "active": those, "expired": those} | {
            path.removeprefix("/fans/"): those, other(path): []
        }  # fmt: skip
    fan = walk(api, "/fans/active", "list")[0]
    assert (fan["isBlocked"], fan["canReceiveChatMessage"]) == (True, False)
    gone = walk(api, "/fans/expired", "list")[0]
    assert (gone["subscribedOn"], gone["subscribedOnExpiredNow"]) == (False, True)


def test_fans_are_filtered_by_what_they_spent_and_how_long_they_stay(api: Api, clock) -> None:
    api.world.fan("early", price_cents=500, until=clock() + timedelta(days=90))
    clock.forward(days=40)
    api.world.fan("late", price_cents=2_000, last_seen_at=to_ms(clock()))

    def names(**filters: Any) -> list[str]:
        wanted = {f"filter[{name}]": value for name, value in filters.items()}
        return [fan["username"] for fan in walk(api, "/fans/active", "list", limit=1, **wanted)]

    assert names(total_spent=5.01) == ["late"]
    assert names(total_spent="5", max_total_spent=20) == ["late", "early"]
    assert names(max_total_spent=19.99) == ["early"]
    assert names(duration=1) == ["early"]
    assert names(duration=0, tips=0) == ["late", "early"]
    assert names(tips=1) == []
    assert names(online=1) == ["late"]
    assert names(online=0) == ["early"]
    source = api.get("/fans/all", **{"filter[max_total_spent]": 5})["data"]["_source"]
    assert source == {"is_complete": True, "omitted_from_page": 0}


def test_all_fans_are_walked_once_newest_first(api: Api, clock) -> None:
    for day in range(4):
        api.world.fan(f"day {day}")
        clock.forward(days=1)
    api.world.fans("twin", "twin too", "twin three")
    api.world.fans("never", "never too", subscribed=False)
    seen = [fan["username"] for fan in walk(api, "/fans/all", "list", limit=2)]
    assert seen[:3] == ["twin three", "twin too", "twin"]
    assert seen[3:] == ["day 3", "day 2", "day 1", "day 0", "never too", "never"]
    assert api.get("/fans/all", limit=2, offset=4)["data"]["list"][0]["username"] == "day 2"


# ---- statistics


def test_a_sent_mass_message_shows_what_became_of_it(api: Api) -> None:
    api.world.fans("bo", "cy")
    api.world.media(5512)
    made = api.sent(
        text="New <set>", price=12.5, mediaFiles=[5512], previews=[0], userLists="fans", giphyId="g"
    )
    page = api.get(STATISTICS)
    assert set(page) == {"data", "_pagination", "_meta"}
    assert set(page["data"]) == {"items", "hasMore"}
    (item,) = page["data"]["items"]
    assert set(item) == STATS_KEYS | PAID_KEYS
    assert (item["id"], item["template"], item["responseType"]) == (made["id"], "group", "message")
    assert (item["text"], item["rawText"], item["giphyId"]) == ("<p>New &lt;set&gt;</p>", "New <set>", "g")
    assert (item["price"], item["purchasedCount"], item["isFree"]) == ("12.50", 0, False)
    assert (item["sentCount"], item["viewedCount"], item["previews"]) == (2, 0, [5512])
    assert [set(media) for media in item["media"]] == [MEDIA_KEYS]
    assert set(item["media"][0]["files"]) == {"full", "thumb", "preview", "squarePreview"}
    assert api.get("/mass-messaging/overview")["data"] == page["data"]


def test_a_free_one_has_no_price_and_an_unsent_one_is_cancelled(api: Api) -> None:
    api.world.fan("bo")
    made = api.sent(userLists="fans")
    api.ok("DELETE", f"/mass-messaging/{made['id']}")
    (item,) = api.get(STATISTICS)["data"]["items"]
    assert set(item) == STATS_KEYS
    assert (item["isCanceled"], item["canUnsend"], item["sentCount"]) == (True, False, 1)


def test_what_has_not_begun_has_no_statistics(api: Api) -> None:
    api.send(scheduledDate="2026-03-05")
    api.send(saveForLater=True)
    assert api.get(STATISTICS)["data"] == {"items": [], "hasMore": False}


def test_statistics_are_walked_once_newest_first_whatever_shares_a_moment(api: Api, clock) -> None:
    api.world.fan("bo")
    early = api.send(text="walk scheduled", userLists="fans", scheduledDate="2026-03-03")["id"]
    made = [api.sent(text=f"walk {number}", userLists="fans")["id"] for number in range(5)]
    api.sent(text="something else", userLists="fans")
    clock.forward(days=2, milliseconds=1)
    api.world.deliver()
    api.done(early)
    for path in (STATISTICS, "/mass-messaging/overview"):
        seen = [item["id"] for item in walk(api, path, "items", limit=2, query="WALK")]
        assert seen == [early, *reversed(made)]


def test_statistics_choose_by_the_moment_of_sending(api: Api, clock) -> None:
    api.world.fan("bo")
    clock.forward(milliseconds=700)
    noon = api.sent(userLists="fans")["id"]
    clock.forward(days=1)
    next_day = api.sent(userLists="fans")["id"]

    def ids(**window: str) -> list[int]:
        return [item["id"] for item in api.get(STATISTICS, **window)["data"]["items"]]

    assert ids() == [next_day, noon]
    assert ids(startDate="2026-03-03") == [next_day]
    assert ids(endDate="2026-03-02") == [noon]
    assert ids(start_date="2026-03-02 12:00:00", end_date="2026-03-02 12:00:00") == [noon]
    assert ids(startDate="2026-03-02T14:00:00+02:00", endDate="2026-03-02T12:00:01Z") == [noon]
    assert ids(endDate="2026-03-02 12:00:00.699") == []
    assert ids(offset="1") == [noon]
    url = f"{STATISTICS}?endDate=2026-03-02T14:00:00+02:00"
    assert [item["id"] for item in api.get(url)["data"]["items"]] == [noon]
