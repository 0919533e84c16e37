"""OnlyFansAPI's queue, counts, drafts with their settings, tags, release forms and Giphy."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE, asking_giphy
from tests.contract.onlyfansapi import META_KEYS, Api, calling
from tests.giphy import StandIn, standing_in
from tests.serving import Server, served
from tests.world import World

#: The world's noon is the 2nd of March 2026.
DAYS = {"publishDateStart": "2026-03-02", "publishDateEnd": "2026-03-05", "timezone": "UTC"}
ENTITY_KEYS = {
    "id", "queueId", "text", "rawText", "price", "isFree", "media", "previews", "mediaCount", "scheduledAt",
    "sentRulesType", "sentRulesExtra", "userLists",
}  # fmt: skip


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fan("bo", lists=["vip"])
        api.world.media(5512)
        yield api


# ---- the queue


def test_the_queue_shows_what_waits_for_its_hour(api: Api) -> None:
    later = api.send(text="Later", userLists=["fans"], scheduledDate="2026-03-05 23:59:59")
    soon = api.send(
        text="Soon", userLists=["fans", api.list_id("vip")], scheduledDate="2026-03-03", price=12.5,
        mediaFiles=[5512], previews=[0], lockedText=True, giphyId="g1", rfTag=[7],
    )  # fmt: skip
    api.send(text="Too late", scheduledDate="2026-03-06")
    api.send(text="Kept", saveForLater=True)
    data = api.get("/queue", **DAYS)["data"]
    assert [each["id"] for each in data["list"]] == [soon["id"], later["id"]]
    assert data["syncInProcess"] is False
    first = data["list"][0]
    assert (first["type"], first["publishDateTime"]) == ("chat", "2026-03-03T00:00:00+00:00")
    assert first["createdDateTime"] == "2026-03-02T12:00:00+00:00"
    entity = first["entity"]
    assert entity.keys() >= ENTITY_KEYS
    assert (entity["id"], entity["queueId"]) == (soon["id"], soon["id"])
    assert (entity["text"], entity["rawText"], entity["price"]) == ("<p>Soon</p>", "Soon", 12.5)
    assert (entity["giphyId"], entity["lockedText"], entity["isFree"]) == ("g1", True, False)
    assert entity["userLists"] == ["fans", str(api.list_id("vip"))]
    assert entity["releaseForms"] == [{"id": 7, "type": "rfTag"}]
    assert (entity["previews"], [media["id"] for media in entity["media"]]) == ([5512], [5512])


def test_the_queue_knows_messages_only_and_takes_a_limit(api: Api) -> None:
    for hour in (1, 2, 3):
        api.send(text="Soon", userLists=["fans"], scheduledDate=f"2026-03-03 0{hour}:00:00")
    assert len(api.get("/queue", **DAYS, limit=2)["data"]["list"]) == 2
    assert len(api.get("/queue", **DAYS, type="chat,post")["data"]["list"]) == 3
    assert api.get("/queue", **DAYS, type="post")["data"]["list"] == []


def test_counts_are_told_by_day_of_the_time_zone(api: Api) -> None:
    for moment in ("2026-03-03 01:00:00", "2026-03-03 02:00:00", "2026-03-04 01:00:00"):
        api.send(text="Soon", userLists=["fans"], scheduledDate=moment)
    data = api.get("/queue/counts", **DAYS)["data"]
    assert data == {"list": {"2026-03-03": {"chat": 2}, "2026-03-04": {"chat": 1}}, "syncInProcess": False}
    there = api.get("/queue/counts", **{**DAYS, "timezone": "America/New_York"})["data"]["list"]
    assert there == {"2026-03-02": {"chat": 2}, "2026-03-03": {"chat": 1}}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("publishDateStart", {"publishDateStart": ""}),
        ("publishDateStart", {"publishDateStart": "soon"}),
        ("publishDateStart", {"publishDateStart": "2026-03-01"}),
        ("publishDateStart", {"publishDateStart": "9999-12-31"}),
        ("publishDateEnd", {"publishDateEnd": "2026-03-01"}),
        ("publishDateEnd", {"publishDateEnd": ""}),
        ("timezone", {"timezone": ""}),
        ("timezone", {"timezone": "Moon/Tycho"}),
        ("timezone", {"timezone": "../../etc/passwd"}),
    ],
)
@pytest.mark.parametrize("path", ["/queue", "/queue/counts"])
def test_a_window_that_cannot_be_is_refused(api: Api, path: str, field: str, change: dict[str, str]) -> None:
    refusal = api.refused(422, "VALIDATION_ERROR", "GET", path, params={**DAYS, **change})
    assert list(refusal["errors"]) == [field]


@pytest.mark.parametrize("query", [{"type": "story"}, {"limit": 0}, {"limit": 101}])
def test_a_filter_that_cannot_be_is_refused(api: Api, query: dict[str, object]) -> None:
    api.refused(422, "VALIDATION_ERROR", "GET", "/queue", params={**DAYS, **query})


# ---- drafts


def test_drafts_are_listed_and_published(api: Api) -> None:
    drafts = [
        api.send(text=f"Draft {number}", userIds=[api.fan_id("bo")], saveForLater=True) for number in range(3)
    ]
    page = api.get("/saved-for-later/messages", limit=2, offset=0)["data"]
    assert [each["id"] for each in page["list"]] == [drafts[2]["id"], drafts[1]["id"]]
    assert (page["hasMore"], page["syncInProcess"]) == (True, False)
    first = page["list"][0]
    assert (first["publishDateTime"], first["entity"]["rawText"]) == (None, "Draft 2")
    assert first["entity"]["userIds"] == [str(api.fan_id("bo"))]
    rest = api.get("/saved-for-later/messages", limit=2, offset=2)["data"]
    assert ([each["id"] for each in rest["list"]], rest["hasMore"]) == ([drafts[0]["id"]], False)
    assert api.ok("PUT", f"/queue/{drafts[0]['id']}/publish") == {"success": True}
    assert api.done(drafts[0]["id"])["sentCount"] == 1
    assert len(api.get("/saved-for-later/messages")["data"]["list"]) == 2


def test_a_publish_that_the_client_repeats_by_itself_is_told_the_truth(api: Api) -> None:
    draft = api.send(text="Draft", userIds=[api.fan_id("bo")], saveForLater=True)
    path, again = f"/queue/{draft['id']}/publish", {"x-stainless-retry-count": "1"}
    assert api.ok("PUT", path) == {"success": True}
    assert api.done(draft["id"])["sentCount"] == 1
    assert api.call("PUT", path, headers=again).json()["data"] == {"success": True}
    # Without the mark nobody knows whether the caller heard of the first one.
    assert api.refused(400, "ONLYFANS_COM_ERROR", "PUT", path)["request_outcome"] == "unknown"
    api.ok("DELETE", f"/mass-messaging/{draft['id']}")
    assert api.call("PUT", path, headers=again).status_code == 400
    assert api.detail(draft["id"])["sentCount"] == 1


def test_drafts_by_the_clock_are_switched_on_and_off(api: Api) -> None:
    settings = "/saved-for-later/messages/settings"
    options = [6, 12, 24, 48]
    assert api.get(settings)["data"] == {"isEnabled": False, "currentCode": 24, "options": options}
    assert api.ok("PATCH", f"{settings}/enable-or-update-automatic-messaging", {"period": "12"}) == {
        "period": 12
    }
    assert api.get(settings)["data"] == {"isEnabled": True, "currentCode": 12, "options": options}
    assert api.ok("PATCH", f"{settings}/disable-automatic-messaging") == []
    assert api.get(settings)["data"] == {"isEnabled": False, "currentCode": 12, "options": options}


@pytest.mark.parametrize(
    "body", [{}, {"period": 7}, {"period": "soon"}, {"period": None}, {"period": 10**15}]
)
def test_a_period_that_is_not_offered_is_refused(api: Api, body: dict[str, object]) -> None:
    path = "/saved-for-later/messages/settings/enable-or-update-automatic-messaging"
    api.invalid("period", body, "PATCH", path)


# ---- tags, release forms


def test_tags_are_replaced_after_the_send(api: Api) -> None:
    sent = api.sent(userLists=["fans"], rfTag="1,2", rfPartner=["3"], rfGuest="[4]")
    assert sent["releaseForms"] == [
        {"id": "1", "type": "rfTag"}, {"id": "2", "type": "rfTag"}, {"id": "3", "type": "rfPartner"},
        {"id": 4, "type": "rfGuest"},
    ]  # fmt: skip
    path = f"/messages/{sent['id']}/attach-tags"
    assert api.ok("POST", path, {"rf_guest": [9]}) == {"success": True}
    assert api.detail(sent["id"])["releaseForms"] == [{"id": 9, "type": "rfGuest"}]
    assert api.ok("POST", path) == {"success": True}
    assert api.detail(sent["id"])["releaseForms"] == []


def test_tags_go_by_the_queue_id(api: Api) -> None:
    message = api.world.direct("bo", "hi")
    assert api.ok("POST", f"/messages/{message.queue_id}/attach-tags", {"rfTag": [1]}) == {"success": True}
    refusal = api.refused(400, "ONLYFANS_COM_ERROR", "POST", f"/messages/{message.id}/attach-tags", json={})
    assert "entity type" in refusal["message"]
    for unknown in ("987654", "abc", "9" * 30):
        api.refused(404, "ONLYFANS_COM_ERROR", "POST", f"/messages/{unknown}/attach-tags", json={})


def test_nobody_can_be_tagged_by_a_release_form_and_the_page_says_so(api: Api) -> None:
    page = api.get("/release-forms/taggable-users", filter="all", sort="date", sortDirection="desc")
    assert (page["data"], page["_pagination"]["next_page"]) == ({"items": []}, None)
    assert "keeps no release forms" in page["_pagination"]["notice"]
    for query in ({"filter": "some"}, {"sort": "age"}, {"sortDirection": "up"}, {"limit": 51}):
        api.refused(422, "VALIDATION_ERROR", "GET", "/release-forms/taggable-users", params=query)


def by_this_server(refusal: Any) -> None:
    """No network said anything."""
    assert "onlyfans_response" not in refusal
    assert "network" not in refusal["description"]


@pytest.mark.parametrize("link", ["create-invitation-link", "create-release-form"])
def test_a_link_to_a_release_form_is_refused_in_words(api: Api, link: str) -> None:
    path = f"/release-forms/{link}"
    refusal = api.refused(400, "RELEASE_FORMS_NOT_OFFERED", "POST", path, json={"name": "Ann"})
    assert "no release forms" in refusal["message"]
    by_this_server(refusal)
    api.invalid("name", {}, "POST", path)


# ---- what this server does not do, said in words


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_summary_by_a_language_model_is_refused_in_words(api: Api, method: str) -> None:
    path = f"/fans/{api.fan_id('bo')}/summary"
    refusal = api.refused(400, "SUMMARIES_NOT_OFFERED", method, path)
    assert "summaries" in refusal["message"]
    by_this_server(refusal)


def test_the_report_of_credits_says_that_nothing_is_charged(api: Api) -> None:
    query = {"from": "2026-03-01", "to": "2026-03-02", "group_by": "account", "include_today": "true"}
    data = api.get("/api/usage/credits", **query)["data"]
    assert (data["from"], data["group_by"]) == ("2026-03-01T00:00:00+00:00", "account")
    assert (data["total_credits"], data["items"]) == (0, [])
    for wrong in ({"from": "soon"}, {"from": "2026-03-02", "to": "2026-03-01"}, {"group_by": "moon"}):
        api.refused(422, "VALIDATION_ERROR", "GET", "/api/usage/credits", params=wrong)


def test_the_report_of_credits_is_of_an_account_that_the_key_reaches(api: Api) -> None:
    api.world.account("eve")
    assert api.get("/api/usage/credits", account_id="acct_ada")["data"]["total_credits"] == 0
    key = api.world.key(accounts=[api.world.account().key])
    headers = {"Authorization": f"Bearer {key}"}
    for other in ("acct_eve", "acct_nobody", "conn_ada"):
        answer = api.call("GET", "/api/usage/credits", params={"account_id": other}, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (404, "ACCOUNT_NOT_FOUND")


# ---- Giphy


@pytest.mark.parametrize("path", ["/giphy/trending", "/giphy/search?q=cat"])
def test_without_a_key_giphy_is_refused_in_words(api: Api, path: str) -> None:
    refusal = api.refused(400, "GIPHY_NOT_CONFIGURED", "GET", path)
    assert "FANCAST_GIPHY_KEY" in refusal["message"]
    by_this_server(refusal)


PICTURE = {
    "type": "gif", "id": "g1", "slug": "cat-g1", "title": "Cat", "url": "http://g/1", "embed_url": "http://g/e/1",
    "rating": "g", "username": "", "more": 1,
    "images": {
        "original": {"url": "http://g/o", "width": "480", "height": 270, "mp4": "http://g/m", "webp": "http://g/w"},
        "fixed_height": {"url": "http://g/f", "width": "356", "height": "200"},
    },
}  # fmt: skip


@pytest.fixture
def giphy() -> Iterator[StandIn]:
    with standing_in() as server:
        yield server


@pytest.fixture
def keyed(world: World, giphy: StandIn) -> Iterator[Api]:
    face = asking_giphy(FACE, "operators-key", giphy.url)
    with served(world, [face]) as server, calling(server) as api:
        yield api


def test_with_a_key_giphy_is_asked_and_its_pictures_are_passed_on(keyed: Api, giphy: StandIn) -> None:
    giphy.says = (200, {"data": [PICTURE], "pagination": {}, "meta": {}})
    answer = keyed.get("/giphy/search", q="black cat", limit=5, offset=2)
    assert set(answer["_meta"]) == META_KEYS
    (picture,) = answer["data"]
    assert picture.keys() == PICTURE.keys() - {"more"}
    assert (picture["id"], picture["images"]["original"]["height"]) == ("g1", "270")
    assert giphy.asked == ["/v1/gifs/search?api_key=operators-key&q=black+cat&limit=5&offset=2"]
    keyed.get("/giphy/trending")
    assert giphy.asked[-1] == "/v1/gifs/trending?api_key=operators-key&limit=10&offset=0"


@pytest.mark.parametrize("says", [(403, {}), (500, {}), (200, b"<html>"), (200, b"\xff")])
def test_a_giphy_that_does_not_answer_well_is_told_without_the_key(
    keyed: Api, giphy: StandIn, says: tuple[int, Any]
) -> None:
    giphy.says = says
    answer = keyed.call("GET", "/giphy/trending")
    assert (answer.status_code, answer.json()["error"]) == (503, "SERVICE_UNAVAILABLE")
    assert "Giphy" in answer.json()["message"]
    assert "operators-key" not in answer.text


@pytest.mark.parametrize("says", [[], {"data": 5}, {"data": [5, {}, {"images": []}]}, None])
def test_whatever_giphy_says_is_made_pictures(keyed: Api, giphy: StandIn, says: Any) -> None:
    giphy.says = (200, says)
    assert isinstance(keyed.get("/giphy/trending")["data"], list)


def test_a_search_needs_words_and_pages_have_bounds(keyed: Api) -> None:
    for path in (
        "/giphy/search",
        "/giphy/search?q=",
        "/giphy/trending?limit=51",
        "/giphy/trending?offset=5000",
    ):
        keyed.refused(422, "VALIDATION_ERROR", "GET", path)
