"""OFAuth's mass messages: made, listed, read, merged, deleted, under all of their paths."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from fancast.core import mass_messages
from fancast.kit.times import offset_text
from fancast.model.ids import QueueId
from tests.contract.ofauth import STATUS_KEYS, Api
from tests.serving import Server, until
from tests.world import MovableClock, World

MESSAGE_KEYS = {"id", "text", "fromUser", "media", "previews"}
QUEUE_KEYS = MESSAGE_KEYS | {
    "date", "textCropped", "sentCount", "viewedCount", "canUnsend", "unsendSeconds", "isCanceled", "mediaTypes",
    "hasError", "price", "purchasedCount", "canSendMessageToBuyers", "scheduledDate", "userLists",
    "excludeUserLists", "subscribedAfterDate",
}  # fmt: skip
MEDIA_KEYS = {"id", "type", "convertedToVideo", "canView", "hasError", "createdAt", "isReady", "releaseForms"}
SENT_KEYS = {
    "id", "date", "text", "media", "previews", "releaseForms", "rawText", "isFree", "isMediaReady", "mediaCount",
    "isTip", "viewedCount", "sentCount", "isCanceled", "canUnsend", "unsendSeconds", "price", "purchasedCount",
    "canSendMessageToBuyers", "totalAmount", "createdAt", "responseType", "giphyId", "template", "isReportedByMe",
}  # fmt: skip
SOON = "2026-03-05T12:00:00Z"


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    headers = {"apiKey": server.world.key(), "x-connection-id": "conn_ada"}
    server.world.fans("bo", "cy", "di")
    server.world.media(901, 902, 903)
    with server.client(headers=headers) as client:
        yield Api(server, client)


def test_the_create_answer_comes_before_the_freeze(api: Api, world: World) -> None:
    made = api.send(text="**Hi**")
    assert set(made) == STATUS_KEYS
    assert made == {
        "id": made["id"], "date": offset_text(world.clock()), "scheduledDate": None, "isReady": True,
        "isDone": False, "total": -1, "pending": 0, "canUnsend": True, "unsendSeconds": 86_400, "hasError": False,
        "isCanceled": False, "isCouplePeopleMedia": False,
    }  # fmt: skip


def test_it_reaches_whom_it_names_and_nobody_else(api: Api, world: World) -> None:
    world.user_list("vip", "bo", "cy")
    world.user_list("tired", "cy")
    seen = api.sent(
        userLists=[api.list_id("vip")], userIds=["di"], excludeUserLists=[str(api.list_id("tired"))]
    )
    assert (seen["sentCount"], seen["total"], seen["pending"]) == (2, 2, 0)
    assert (world.inbox("bo"), world.inbox("cy"), world.inbox("di")) == (["Hi"], [], ["Hi"])
    assert seen["userLists"] == [api.list_id("vip")]
    assert seen["excludeUserLists"] == [api.list_id("tired")]
    assert seen["userIds"] == [api.fan_id("di")]


@pytest.mark.parametrize("spelling", [int, str, float])
def test_fans_may_be_named_in_numbers_and_in_texts_and_twice(api: Api, spelling: Any) -> None:
    seen = api.sent(userIds=[spelling(api.fan_id("bo")) if spelling is not float else "bo", "bo"])
    assert seen["sentCount"] == 1


def test_a_date_alone_means_all_current_subscribers_after_it(api: Api, world: World) -> None:
    world.fan("old", since=world.clock() - timedelta(days=20))
    world.fan("gone", since=world.clock() - timedelta(days=9), until=world.clock() - timedelta(days=1))
    seen = api.sent(subscribedAfterDate=offset_text(world.clock() - timedelta(days=10)))
    assert seen["sentCount"] == 3
    assert seen["subscribedAfterDate"] == offset_text(world.clock() - timedelta(days=10))


def test_an_audience_of_nobody_is_done_with_nobody(api: Api, world: World) -> None:
    world.user_list("empty")
    seen = api.sent(userLists=[api.list_id("empty")])
    assert (seen["total"], seen["sentCount"], seen["isDone"]) == (0, 0, True)


def test_the_whole_message_is_read_key_by_key(api: Api) -> None:
    seen = api.sent(
        text="a **b** <c>", mediaItems=["902", 901], price=14.99, previewMediaCount=1, isLockedText=True
    )
    assert QUEUE_KEYS <= set(seen)
    assert seen["text"] == "<p>a <strong>b</strong> &lt;c&gt;</p>"
    assert (seen["rawText"], seen["price"], seen["isFree"]) == ("a **b** <c>", "14.99", False)
    assert set(seen["fromUser"]) == {"id", "name", "_view"}
    assert [set(media) >= MEDIA_KEYS for media in seen["media"]] == [True, True]
    assert [media["id"] for media in seen["media"]] == [902, 901]
    assert (seen["previews"], seen["lockedText"], seen["mediaTypes"]) == ([902], True, {"photo": 2})


def test_a_free_plain_message_is_neither_priced_nor_rendered(api: Api) -> None:
    seen = api.sent(
        text="a **b**\nc", isMarkdown=False, price=None, previewMediaCount=None, isLockedText=None
    )
    assert (seen["text"], seen["price"], seen["isFree"]) == ("<p>a **b**<br>c</p>", "0", True)


def test_null_is_the_default_and_unknown_fields_are_not_looked_at(api: Api) -> None:
    nulls = ("isMarkdown", "isForwardedMessage", "replyToMessageId", "scheduledDate", "subscribedAfterDate",
             "mediaItems", "userTags", "releaseForms", "excludeUserLists", "userIds")  # fmt: skip
    seen = api.sent(text="*x*", userLists=["fans"], **dict.fromkeys(nulls), surprise={"a": [1]})
    assert seen["text"] == "<p><em>x</em></p>"
    assert seen["sentCount"] == 3


def test_what_only_this_dialect_knows_is_kept_and_given_back(api: Api, world: World) -> None:
    first = world.direct("bo", "first")
    seen = api.sent(
        replyToMessageId=str(first.id), isForwardedMessage=True, userTags=[api.fan_id("cy")],
        releaseForms={"users": [5], "guests": []},
    )  # fmt: skip
    assert seen["replyToMessageId"] == str(first.id)
    assert seen["isForwardedMessage"] is True
    assert seen["userTags"] == [api.fan_id("cy")]
    assert seen["releaseForms"] == {"users": [5], "partners": [], "guests": []}
    # The reply shows in the chat that holds the message it answers.
    assert api.chat("bo")[0]["replyToMessageId"] == str(first.id)
    assert api.chat("cy")[0]["replyToMessageId"] is None


# ---- lists


def test_one_that_failed_waits_among_the_scheduled_until_it_is_deleted(api: Api, world: World) -> None:
    lost = world.lost_media()
    failed = api.sent(mediaItems=[lost])
    later = api.send(mediaItems=[lost], scheduledDate=SOON)
    assert (failed["hasError"], failed["sentCount"], failed["isCanceled"]) == (True, 0, False)
    one = f"/mass-messages/scheduled/{failed['id']}"

    def listed(path: str = "/mass-messages", **where: str) -> list[int]:
        return [each["id"] for each in api.get(path, **where)["list"]]

    assert listed(type="scheduled") == listed("/mass-messages/scheduled") == [later["id"], failed["id"]]
    assert listed(type="sent") == listed(type="unsent") == []
    assert api.get(one)["hasError"] is True
    assert "failed" in api.refused("PUT", one, 400, "BAD_REQUEST", json={"text": "again"})["message"]
    gone = api.ok("DELETE", one)
    assert (gone["success"], gone["queue"]["isCanceled"], gone["queue"]["canUnsend"]) == (True, True, False)
    assert listed() == listed(type="scheduled") == [later["id"]]
    assert listed(type="unsent") == []
    api.refused("GET", one, 404, "RESOURCE_NOT_FOUND")
    api.refused("DELETE", f"/mass-messages/{failed['id']}", 404, "RESOURCE_NOT_FOUND")


def test_lists_tell_sent_unsent_and_scheduled_apart_newest_first(api: Api) -> None:
    done, later = api.sent(text="done"), api.send(text="later", scheduledDate=SOON)
    back, cancelled = api.sent(text="back"), api.send(text="cancelled", scheduledDate=SOON)
    api.ok("DELETE", f"/mass-messages/{back['id']}")
    api.ok("DELETE", f"/mass-messages/{cancelled['id']}")
    for path in ("/mass-messages", "/messages/queue/stats"):
        kinds = {
            kind: [one["id"] for one in api.get(path, type=kind)["list"]]
            for kind in ("sent", "unsent", "scheduled")
        }
        assert kinds == {"sent": [done["id"]], "unsent": [back["id"]], "scheduled": [later["id"]]}
        everything = api.get(path)
        assert [one["id"] for one in everything["list"]] == [back["id"], later["id"], done["id"]]
        assert everything["hasMore"] is False
        assert all(set(one) >= QUEUE_KEYS for one in everything["list"])
    assert [one["id"] for one in api.get("/mass-messages/scheduled")["list"]] == [later["id"]]


def test_one_cancelled_after_it_started_is_among_the_unsent(api: Api, world: World) -> None:
    world.account(pace=2)
    under_way = api.send()
    until(lambda: api.one(under_way)["total"] == 3, "it waits for its pace")
    world.clock.forward(seconds=1)
    until(lambda: api.one(under_way)["sentCount"] == 2, "a second's worth is sent")
    with world.write() as tx:
        mass_messages.cancel(tx, world.account(), QueueId(under_way["id"]), now=world.clock())
    for kind, ids in (("sent", []), ("unsent", [under_way["id"]]), ("scheduled", [])):
        assert [one["id"] for one in api.get("/mass-messages", type=kind)["list"]] == ids
    seen = api.one(under_way)
    assert (seen["isCanceled"], seen["isDone"], seen["sentCount"], seen["pending"]) == (True, True, 2, 0)


def test_one_cancelled_before_it_started_is_gone(api: Api, world: World) -> None:
    made = api.send(mediaItems=[world.coming_media()])
    waiting = f"/mass-messages/{made['id']}"
    assert [one["id"] for one in api.get("/mass-messages", type="scheduled")["list"]] == [made["id"]]
    gone = api.ok("DELETE", waiting)["queue"]
    assert (gone["isCanceled"], gone["isDone"], gone["canUnsend"]) == (True, True, False)
    for where in ({}, {"type": "sent"}, {"type": "unsent"}, {"type": "scheduled"}):
        assert api.get("/mass-messages", **where)["list"] == []
    api.refused("GET", waiting, 404, "RESOURCE_NOT_FOUND")


def test_pages_go_on_by_offset_and_limits_are_clamped(api: Api) -> None:
    ids = [api.send(text=f"{place}", scheduledDate=SOON)["id"] for place in range(23)][::-1]
    first = api.get("/mass-messages")
    assert ([one["id"] for one in first["list"]], first["hasMore"], first["nextOffset"]) == (
        ids[:10],
        True,
        10,
    )
    clamped = api.get("/mass-messages", limit=500)
    assert ([one["id"] for one in clamped["list"]], clamped["nextOffset"]) == (ids[:20], 20)
    last = api.get("/mass-messages/scheduled", limit=20, offset=20)
    assert ([one["id"] for one in last["list"]], last["hasMore"]) == (ids[20:], False)
    assert "nextOffset" not in last
    assert len(api.get("/mass-messages", limit=0)["list"]) == 1
    assert api.get("/mass-messages", offset=99_999_999_999_999_999) == {"list": [], "hasMore": False}


# ---- edits


def test_a_put_merges_absent_keys_keep_and_present_ones_replace(api: Api, world: World) -> None:
    made = api.send(text="one", mediaItems=[901, 902], price=5, previewMediaCount=1, scheduledDate=SOON,
                    userTags=[7], userIds=["bo"], excludeUserLists=["muted"])  # fmt: skip
    before = api.one(made)
    edited = api.ok(
        "PUT", f"/mass-messages/{made['id']}", {"text": "*two*", "scheduledDate": "2026-03-06T12:00:00Z"}
    )
    assert set(edited) == STATUS_KEYS
    assert edited["scheduledDate"] == "2026-03-06T12:00:00+00:00"
    changed = {key: value for key, value in api.one(made).items() if value != before[key]}
    assert changed == {
        "text": "<p><em>two</em></p>", "rawText": "*two*", "textCropped": "*two*",
        "date": edited["date"], "scheduledDate": edited["scheduledDate"],
    }  # fmt: skip


@pytest.mark.parametrize("nothing", [None, []])
def test_in_a_put_null_and_an_empty_array_clear(api: Api, nothing: Any) -> None:
    made = api.send(mediaItems=[901], previewMediaCount=1, price=3, scheduledDate=SOON, userIds=["bo"], userTags=[7],
                    excludeUserLists=["muted"], subscribedAfterDate="2026-01-01", replyToMessageId=None)  # fmt: skip
    body = {"mediaItems": nothing, "price": None, "userIds": nothing, "excludeUserLists": nothing,
            "userTags": nothing, "subscribedAfterDate": None, "userLists": ["fans"]}  # fmt: skip
    api.ok("PUT", f"/mass-messages/{made['id']}", body)
    seen = api.one(made)
    assert (seen["media"], seen["previews"], seen["price"]) == ([], [], "0")
    assert (seen["userLists"], seen["excludeUserLists"], seen["userTags"]) == (["fans"], [], [])
    assert seen["userIds"] == []
    assert seen["subscribedAfterDate"] is None


def test_a_put_with_a_null_date_sends_now(api: Api, world: World) -> None:
    made = api.send(scheduledDate=SOON, userIds=["bo"])
    assert api.ok("PUT", f"/mass-messages/{made['id']}", {"scheduledDate": None})["scheduledDate"] is None
    world.deliver()
    assert api.one(made)["sentCount"] == 1


def test_previews_follow_the_media_that_they_count(api: Api) -> None:
    made = api.send(mediaItems=[901, 902], previewMediaCount=1, scheduledDate=SOON)
    one = f"/mass-messages/{made['id']}"
    api.ok("PUT", one, {"mediaItems": [903, 901]})
    assert api.one(made)["previews"] == [903]
    api.ok("PUT", one, {"previewMediaCount": 2})
    assert api.one(made)["previews"] == [903, 901]
    told = api.refused("PUT", one, 400, "BAD_REQUEST", json={"mediaItems": [902]})
    assert told["details"] == {"field": "previewMediaCount"}


def test_an_edit_that_leaves_nobody_selected_is_refused(api: Api) -> None:
    made = api.send(scheduledDate=SOON, userIds=["bo"])
    told = api.refused("PUT", f"/mass-messages/{made['id']}", 400, "BAD_REQUEST", json={"userIds": []})
    assert told["details"] == {"field": "userIds"}


def test_what_was_sent_can_no_longer_be_edited(api: Api) -> None:
    seen = api.sent()
    api.refused("PUT", f"/mass-messages/{seen['id']}", 400, "BAD_REQUEST", json={"text": "late"})


# ---- deletes


def test_a_scheduled_one_is_cancelled_and_gone(api: Api, world: World) -> None:
    made = api.send(scheduledDate=SOON)
    gone = api.ok("DELETE", f"/mass-messages/{made['id']}")
    assert gone["success"] is True
    assert set(gone["queue"]) >= QUEUE_KEYS
    assert (gone["queue"]["isCanceled"], gone["queue"]["canUnsend"]) == (True, False)
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, f"/mass-messages/{made['id']}", 404, "RESOURCE_NOT_FOUND")
    world.clock.forward(days=10)
    world.deliver()
    assert world.inbox("bo") == []


def test_a_sent_one_is_unsent_within_its_window_and_stays_listed(api: Api, world: World) -> None:
    seen = api.sent()
    gone = api.ok("DELETE", f"/mass-messages/{seen['id']}")["queue"]
    assert (gone["isCanceled"], gone["canUnsend"], gone["unsendSeconds"]) == (True, False, 0)
    assert world.inbox("bo") == []
    assert api.one(seen)["isCanceled"] is True
    api.refused("DELETE", f"/mass-messages/{seen['id']}", 400, "BAD_REQUEST")


def test_one_in_mid_send_is_taken_back_and_what_was_to_come_never_goes_out(api: Api, world: World) -> None:
    world.account(pace=2)
    made = api.send()
    until(lambda: api.one(made)["total"] == 3, "it waits for its pace")
    world.clock.forward(seconds=1)
    until(lambda: api.one(made)["sentCount"] == 2, "a second's worth is sent")
    before = api.one(made)
    assert (before["total"], before["pending"], before["canUnsend"], before["isDone"]) == (3, 1, True, False)
    assert sorted(len(world.inbox(name)) for name in ("bo", "cy", "di")) == [0, 1, 1]
    gone = api.ok("DELETE", f"/mass-messages/{made['id']}")["queue"]
    assert (gone["total"], gone["sentCount"], gone["pending"], gone["isCanceled"]) == (3, 2, 0, True)
    world.clock.forward(seconds=5)
    world.deliver()
    assert [world.inbox(name) for name in ("bo", "cy", "di")] == [[], [], []]
    with world.read() as tx:
        seen = mass_messages.get(tx, world.account(), QueueId(made["id"]))
        withdrawn = mass_messages.withdrawn(tx, world.account(), seen)
    assert (seen.total, seen.sent, withdrawn, seen.cancelled, seen.pending) == (3, 2, 2, 1, 0)


def test_a_paused_one_past_its_window_is_stopped_and_what_was_delivered_stays(api: Api, world: World) -> None:
    world.account(pace=2)
    made = api.send()
    until(lambda: api.one(made)["total"] == 3, "it waits for its pace")
    world.clock.forward(seconds=1)
    until(lambda: api.one(made)["sentCount"] == 2, "a second's worth is sent")
    with world.write() as tx:
        mass_messages.pause(tx, world.account(), QueueId(made["id"]), now=world.clock())
    world.clock.forward(hours=25)
    gone = api.ok("DELETE", f"/mass-messages/{made['id']}")["queue"]
    assert (gone["total"], gone["sentCount"], gone["pending"], gone["isCanceled"]) == (3, 2, 0, True)
    assert (gone["canUnsend"], gone["unsendSeconds"]) == (False, 0)
    assert sorted(len(world.inbox(name)) for name in ("bo", "cy", "di")) == [0, 1, 1]
    api.refused("DELETE", f"/mass-messages/{made['id']}", 400, "BAD_REQUEST")


def test_after_its_window_it_stays_sent(api: Api, clock: MovableClock, world: World) -> None:
    seen = api.sent()
    clock.forward(hours=25)
    told = api.refused("DELETE", f"/mass-messages/{seen['id']}", 400, "BAD_REQUEST")
    assert "unsent" in told["message"]
    assert world.inbox("bo") == ["Hi"]


# ---- aliases


def test_the_queue_paths_are_the_same_mass_messages(api: Api) -> None:
    made = api.ok("POST", "/messages/queue", {"text": "Hi", "userIds": ["bo"], "scheduledDate": SOON})
    one = f"/messages/queue/{made['id']}"
    assert set(made) == STATUS_KEYS
    assert api.get(one) == api.one(made)
    assert set(api.ok("PUT", one, {"text": "Better"})) == STATUS_KEYS
    assert api.one(made)["rawText"] == "Better"
    assert api.ok("DELETE", one)["success"] is True
    api.refused("GET", one, 404, "RESOURCE_NOT_FOUND")


def test_the_scheduled_paths_know_only_what_has_not_started(api: Api) -> None:
    waiting, done = api.send(scheduledDate=SOON), api.sent()
    one = f"/mass-messages/scheduled/{waiting['id']}"
    assert api.get(one) == api.one(waiting)
    assert set(api.ok("PUT", one, {"text": "Better"})) == STATUS_KEYS
    assert api.ok("DELETE", one)["success"] is True
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, f"/mass-messages/scheduled/{done['id']}", 404, "RESOURCE_NOT_FOUND")


# ---- statistics


def test_statistics_come_under_items_and_list_alike(api: Api, clock: MovableClock) -> None:
    first = api.sent(text="**one**", mediaItems=[901, 902], previewMediaCount=1, price=9.5)
    clock.forward(seconds=60)
    second = api.sent(text="two")
    api.send(scheduledDate=SOON)
    page = api.get("/analytics/mass-messages/sent")
    assert set(page) == {"items", "list", "hasMore"}
    assert page["items"] == page["list"]
    assert [one["id"] for one in page["items"]] == [second["id"], first["id"]]
    item = page["items"][1]
    assert set(item) == SENT_KEYS
    assert (item["text"], item["rawText"]) == ("<p><strong>one</strong></p>", "**one**")
    assert (item["price"], item["sentCount"], item["purchasedCount"], item["totalAmount"]) == (
        "9.50",
        3,
        0,
        0,
    )
    assert [media["id"] for media in item["previews"]] == [901]
    assert api.get("/analytics/mass-messages/purchased") == {"items": [], "list": [], "hasMore": False}


def test_statistics_keep_to_their_dates(api: Api, clock: MovableClock) -> None:
    first = api.sent(text="one")
    clock.forward(days=2)
    second = api.sent(text="two")

    def ids(**query: Any) -> list[int]:
        return [one["id"] for one in api.get("/analytics/mass-messages/sent", **query)["items"]]

    assert ids(startDate="2026-03-03") == [second["id"]]
    assert ids(endDate="2026-03-02") == [first["id"]]
    assert ids(startDate="2026-03-02T12:00:00Z", endDate=second["date"]) == [second["id"], first["id"]]
    page = api.get("/analytics/mass-messages/sent", limit=1)
    assert (len(page["items"]), page["hasMore"], page["nextOffset"]) == (1, True, 1)


def test_every_page_counts_the_time_to_unsend_down(api: Api, clock: MovableClock) -> None:
    made = api.sent()

    def told() -> dict[str, tuple[bool, int]]:
        retry = {"x-stainless-retry-count": "1"}
        body = {"text": "Hi", "userLists": ["fans"]}
        pages = {
            "status": [api.call("POST", "/mass-messages", json=body, headers=retry).json()],
            "detail": [api.one(made)],
            "list": api.get("/mass-messages", type="sent")["list"],
            "stats": api.get("/messages/queue/stats", type="sent")["list"],
            "analytics": api.get("/analytics/mass-messages/sent")["items"],
        }
        assert {one["id"] for shown in pages.values() for one in shown} == {made["id"]}
        return {page: (one["canUnsend"], one["unsendSeconds"]) for page, (one,) in pages.items()}

    pages = ("status", "detail", "list", "stats", "analytics")
    assert told() == dict.fromkeys(pages, (True, 86_400))
    clock.forward(seconds=100)
    assert told() == dict.fromkeys(pages, (True, 86_300))
    clock.forward(seconds=86_299)
    assert (api.one(made)["canUnsend"], api.one(made)["unsendSeconds"]) == (True, 1)
    clock.forward(seconds=1)
    assert (api.one(made)["canUnsend"], api.one(made)["unsendSeconds"]) == (False, 0)
