"""Mass messages in the OnlyFansAPI dialect: what is accepted, and every shape of success."""

from collections.abc import Iterator

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.model.ids import MediaId
from fancast.model.mass_messages import State
from fancast.model.media import Media, MediaType
from fancast.store import media
from tests.contract.onlyfansapi import QUEUE_STATE_KEYS, Api, calling
from tests.serving import Server
from tests.world import World

DETAIL_KEYS = {
    "id", "date", "text", "textCropped", "giphyId", "isFree", "sentCount", "viewedCount", "canUnsend",
    "unsendSeconds", "isCanceled", "mediaTypes", "hasError", "releaseForms",
    "price", "purchasedCount", "mediaFiles", "previews", "lockedText", "userLists", "excludedLists", "userIds",
    "subscribedWithinLastDays", "scheduledDate", "saveForLater", "isDone", "total", "pending",
}  # fmt: skip
LATER = "2026-03-05T10:00:00Z"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        yield api


# ---- sending


def test_a_send_is_answered_before_its_audience_is_frozen(api: Api) -> None:
    api.world.crowd(3)
    answer = api.call("POST", "/mass-messaging", json={"text": "Hello!", "userLists": ["fans"]})
    assert answer.status_code == 200
    assert set(answer.json()) == {"data", "_meta"}
    state = answer.json()["data"]
    assert set(state) == QUEUE_STATE_KEYS
    assert (state["isReady"], state["isDone"], state["total"], state["pending"]) == (True, False, -1, 0)
    assert (state["canUnsend"], state["unsendSeconds"]) == (True, 86_400)
    assert (state["hasError"], state["isCanceled"], state["isCouplePeopleMedia"]) == (False, False, False)
    assert state["date"] == "2026-03-02T12:00:00+00:00"
    assert api.done(state["id"])["sentCount"] == 3
    assert api.world.inbox("f0") == ["Hello!"]


def test_bookkeeping_and_headers_are_true_integers(api: Api) -> None:
    answer = api.call("GET", "/mass-messaging")
    meta = answer.json()["_meta"]
    assert meta["_credits"]["used"] == 0
    assert type(meta["_credits"]["balance"]) is int
    assert meta["_cache"] == {"is_cached": False, "note": "Cache disabled for this endpoint"}
    limits = {name: value for name, value in meta["_rate_limits"].items() if name != "notice"}
    assert set(limits) == {"limit_minute", "limit_day", "remaining_minute", "remaining_day"}
    assert {type(value) for value in limits.values()} == {int}
    assert answer.headers["x-ofapi-credits-balance"] == str(meta["_credits"]["balance"])
    assert answer.headers["x-ofapi-credits-used"] == "0"
    assert answer.headers["x-rate-limit-limit-minute"] == "1000"
    assert answer.headers["x-rate-limit-remaining-minute"] == "1000"


def test_lists_and_ids_are_united_and_the_excluded_get_nothing(api: Api) -> None:
    api.world.fans("bo", "cy", lists=["vip"])
    api.world.fans("di", "el", subscribed=False)
    api.world.user_list("out", "cy", "el")
    seen = api.sent(
        userLists=[str(api.list_id("vip"))],
        userIds=[str(api.fan_id("di")), str(api.fan_id("el")), str(api.fan_id("bo"))],
        excludedLists=[api.list_id("out")],
    )
    assert (seen["total"], seen["sentCount"]) == (2, 2)
    assert [name for name in ("bo", "cy", "di", "el") if api.world.inbox(name)] == ["bo", "di"]


@pytest.mark.parametrize("spelling", ["array", "comma string", "JSON string"])
def test_every_list_may_be_sent_in_three_spellings(api: Api, spelling: str) -> None:
    api.world.fans("bo", "cy", "di", lists=["vip"])
    api.world.user_list("out", "cy")
    api.world.media(5512, 5513)

    def spell(*parts: int | str) -> object:
        if spelling == "array":
            return list(parts)
        if spelling == "comma string":
            return ", ".join(map(str, parts))
        return "[" + ", ".join(f'"{part}"' if isinstance(part, str) else str(part) for part in parts) + "]"

    seen = api.sent(
        userLists=spell(api.list_id("vip")), userIds=spell(str(api.fan_id("bo")), api.fan_id("di")),
        excludedLists=spell(str(api.list_id("out")), "muted"), mediaFiles=spell(5512, "5513"), previews=spell("5513"),
        price="12.50", rfTag=spell("7", "8"),
    )  # fmt: skip
    assert seen["userLists"] == [api.list_id("vip")]
    assert seen["userIds"] == [api.fan_id("bo"), api.fan_id("di")]
    assert seen["excludedLists"] == [api.list_id("out"), "muted"]
    assert (seen["mediaFiles"], seen["previews"], seen["price"]) == ([5512, 5513], [5513], 12.5)
    assert seen["sentCount"] == 2


def test_names_may_be_snake_case_and_numbers_texts(api: Api) -> None:
    api.world.fan("bo", lists=["vip"])
    api.world.media(5512)
    seen = api.sent(
        user_lists=str(api.list_id("vip")), media_files=["5512"], price="3", locked_text="true",
        subscribed_within_last_days="30", unknown_field={"is": "ignored"},
    )  # fmt: skip
    assert (seen["price"], seen["lockedText"], seen["subscribedWithinLastDays"]) == (3, True, 30)
    assert seen["sentCount"] == 1


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/plain", None])
def test_a_json_body_may_come_with_any_plain_content_type(api: Api, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    answer = api.call("POST", "/mass-messaging", content=b'{"text": "Hello!"}', headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [{"text": "Hello!"}, {"text": "Hello!", "userLists": [], "userIds": ""}])
def test_a_send_that_names_nobody_reaches_nobody_and_is_done_at_once(api: Api, body: object) -> None:
    api.world.crowd(3)
    state = api.ok("POST", "/mass-messaging", body)
    assert (state["isDone"], state["total"], state["pending"]) == (True, 0, 0)
    assert state["id"] in [each["id"] for each in api.get("/mass-messaging")["data"]]
    assert api.detail(state["id"])["sentCount"] == 0
    assert api.world.inbox("f0") == []


def test_selectors_that_resolve_to_nobody_reach_nobody(api: Api) -> None:
    api.world.crowd(3)
    api.world.user_list("empty")
    seen = api.sent(userLists=[api.list_id("empty")])
    assert (seen["total"], seen["sentCount"]) == (0, 0)


def test_text_is_plain_and_escaped(api: Api) -> None:
    api.world.fan("bo")
    seen = api.sent(text="**no** <b>markdown</b>\nhere", userLists=["fans"])
    assert seen["text"] == "**no** <b>markdown</b>\nhere"
    (copy,) = api.world.chat("bo")
    assert copy.html == "<p>**no** &lt;b&gt;markdown&lt;/b&gt;<br>here</p>"


def test_previews_may_be_values_or_places_in_the_media(api: Api) -> None:
    api.world.fan("bo")
    api.world.media(1, 5512)
    seen = api.sent(userLists="fans", price=5, mediaFiles=[5512, 1], previews=[0, "1"])
    # 0 is a place; 1 is among the values, and a value goes before a place.
    assert seen["previews"] == [5512, 1]


def test_an_edit_keeps_what_it_leaves_out_and_clears_what_it_empties(api: Api) -> None:
    api.world.fan("bo", lists=["vip"])
    api.world.media(1, 5512)
    made = api.send(
        userLists=["fans"], excludedLists=["muted"], price=5, mediaFiles=[1, 5512], previews=[5512], giphyId="g",
        rfTag="7,8", lockedText=True, scheduledDate=LATER,
    )  # fmt: skip
    one = f"/mass-messaging/{made['id']}"
    api.ok("PUT", one, {"text": "Better", "excludedLists": ["fans"], "rfTag": [9], "saveForLater": True})
    kept = api.detail(made["id"])
    assert (kept["text"], kept["price"], kept["mediaFiles"], kept["previews"]) == (
        "Better",
        5,
        [1, 5512],
        [5512],
    )
    assert (kept["userLists"], kept["excludedLists"], kept["lockedText"]) == (["fans"], ["muted"], True)
    assert (kept["giphyId"], [tag["id"] for tag in kept["releaseForms"]]) == ("g", ["7", "8"])
    assert kept["saveForLater"] is False
    emptied = {
        "text": "Free",
        "price": 0,
        "mediaFiles": [],
        "lockedText": False,
        "userLists": [],
        "giphyId": "",
    }
    api.ok("PUT", one, {**emptied, "userIds": [api.fan_id("bo")]})
    free = api.detail(made["id"])
    assert (free["isFree"], free["mediaFiles"], free["previews"], free["giphyId"]) == (True, [], [], None)
    assert (free["userLists"], free["userIds"]) == ([], [api.fan_id("bo")])


def test_new_subscribers_alone_are_a_selection(api: Api, clock) -> None:
    clock.forward(days=-5)
    api.world.fan("old")
    clock.forward(days=5)
    api.world.fan("new")
    assert api.sent(subscribedWithinLastDays=1)["sentCount"] == 1
    assert api.world.inbox("new") == ["Hi"]


def test_fans_who_cannot_receive_are_left_out_and_expired_ones_are_not(api: Api) -> None:
    api.world.fan("expired", subscribed=False, lists=["vip"])
    api.world.fan("blocked", blocked=True, lists=["vip"])
    api.world.fan("restricted", restricted=True, lists=["vip"])
    assert api.sent(userLists=[api.list_id("vip")])["sentCount"] == 2
    assert api.world.inbox("blocked") == []


def test_a_marked_retry_of_an_accepted_send_gets_the_first_answer(api: Api) -> None:
    body = {"text": "Once", "userLists": ["fans"]}
    first = api.ok("POST", "/mass-messaging", body)
    again = api.call("POST", "/mass-messaging", json=body, headers={"x-stainless-retry-count": "1"})
    assert again.json()["data"]["id"] == first["id"]
    assert api.count() == 1


def test_an_idempotency_key_gives_the_first_answer_again(api: Api) -> None:
    headers = {"Idempotency-Key": "campaign-7"}
    first, again = (
        api.call("POST", "/mass-messaging", json={"text": "Hi"}, headers=headers) for _ in range(2)
    )
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert api.count() == 1


def test_an_idempotency_key_holds_for_every_api_key_of_the_team(api: Api) -> None:
    headers = {"Idempotency-Key": "campaign-7"}
    first = api.call("POST", "/mass-messaging", json={"text": "Hi"}, headers=headers)
    headers["Authorization"] = f"Bearer {api.world.key('another')}"
    again = api.call("POST", "/mass-messaging", json={"text": "Hi"}, headers=headers)
    assert (again.json(), api.count()) == (first.json(), 1)


# ---- looking


def test_one_mass_message_shows_what_it_is_and_what_was_asked_for(api: Api) -> None:
    api.world.fan("bo", lists=["vip"])
    api.world.media(5512)
    made = api.send(
        text="New set " * 40, price=12.5, mediaFiles=[5512], userLists=["fans", api.list_id("vip")],
        excludedLists=["muted"], giphyId="xT4", scheduledDate=LATER,
    )  # fmt: skip
    data = api.get(f"/mass-messaging/{made['id']}")["data"]
    assert (set(data), data["success"]) == ({"success", "queue"}, True)
    queue = data["queue"]
    assert set(queue) == DETAIL_KEYS
    assert (queue["giphyId"], queue["isFree"], queue["mediaTypes"], queue["releaseForms"]) == (
        "xT4", False, "photo", [],
    )  # fmt: skip
    assert queue["scheduledDate"] == queue["date"] == "2026-03-05T10:00:00+00:00"
    assert queue["userLists"] == ["fans", api.list_id("vip")]
    assert len(queue["textCropped"]) < len(queue["text"])


def test_the_list_shows_what_waits_and_what_was_sent_lately_newest_first(api: Api, clock) -> None:
    api.world.fan("bo")
    done = api.sent(userLists=["fans"])["id"]
    clock.forward(days=2)
    scheduled = api.send(userLists=["fans"], scheduledDate=LATER)["id"]
    api.send(userLists=["fans"], saveForLater=True)
    newer = api.sent(userLists=["fans"])["id"]
    unsent = api.sent(userLists=["fans"])["id"]
    api.ok("DELETE", f"/mass-messaging/{unsent}")
    listed = api.get("/mass-messaging")
    assert [state["id"] for state in listed["data"]] == [newer, scheduled]
    assert all(set(state) == QUEUE_STATE_KEYS for state in listed["data"])
    assert done not in listed["data"]


def test_one_that_failed_leaves_the_list_when_it_could_be_unsent_no_more(api: Api, clock) -> None:
    api.world.fan("bo")
    item = Media(
        MediaId(7), MediaType.PHOTO, "lost", None, None, None, None, False, clock(), failure="404 Not Found"
    )
    with api.world.write() as tx:
        media.add(tx, api.world.account().key, [item])
    failed = api.done(api.send(mediaFiles=[7], userLists=["fans"])["id"])
    scheduled = api.send(userLists=["fans"], scheduledDate=LATER)["id"]
    assert failed["hasError"]

    def listed() -> list[int]:
        return [state["id"] for state in api.get("/mass-messaging")["data"]]

    window = api.world.account().unsend_window_seconds
    clock.forward(seconds=window)
    assert listed() == [scheduled, failed["id"]]
    clock.forward(seconds=1)
    assert listed() == [scheduled]
    assert api.detail(failed["id"])["hasError"]


def test_the_list_can_be_walked_although_the_vendor_has_no_pages(api: Api) -> None:
    made = [api.send(scheduledDate=LATER)["id"] for _ in range(3)]
    first = api.get("/mass-messaging", limit=2)
    following = api.get(first["_pagination"]["next_page"])
    seen = [state["id"] for state in (*first["data"], *following["data"])]
    assert (seen, following["_pagination"]["next_page"]) == (made[::-1], None)


# ---- changing


def test_a_scheduled_message_waits_for_its_hour(api: Api) -> None:
    api.world.fan("bo")
    state = api.send(userLists=["fans"], scheduledDate="2026-03-05 10:00:00")
    assert (state["date"], state["isDone"], state["total"]) == ("2026-03-05T10:00:00+00:00", False, -1)
    assert api.world.inbox("bo") == []


def test_an_edit_keeps_what_it_does_not_name(api: Api) -> None:
    api.world.fan("bo", lists=["vip"])
    api.world.media(5512, 5513)
    made = api.send(
        userLists=["fans"], userIds=[api.fan_id("bo")], excludedLists=["muted"], price=5, mediaFiles=[5512, 5513],
        previews=[5513], lockedText=True, giphyId="g", scheduledDate=LATER,
    )  # fmt: skip
    before = api.detail(made["id"])
    state = api.ok("PUT", f"/mass-messaging/{made['id']}", {"text": "Better", "excludedLists": []})
    assert (set(state), state["id"]) == (QUEUE_STATE_KEYS, made["id"])
    assert api.detail(made["id"]) == before | {"text": "Better", "textCropped": "Better"}


def test_an_edit_clears_what_it_says_is_empty(api: Api) -> None:
    api.world.fan("bo", lists=["vip"])
    api.world.media(5512)
    made = api.send(
        userLists=["fans"], userIds=[api.fan_id("bo")], price=5, mediaFiles=[5512], scheduledDate=LATER
    )
    wanted = {"text": "Free", "price": 0, "mediaFiles": [], "userIds": [], "userLists": [api.list_id("vip")]}
    api.ok("PUT", f"/mass-messaging/{made['id']}", wanted | {"scheduledDate": "2026-03-06"})
    seen = api.detail(made["id"])
    assert (seen["price"], seen["isFree"], seen["mediaFiles"], seen["userIds"]) == (0, True, [], [])
    assert seen["userLists"] == [api.list_id("vip")]
    assert seen["date"] == "2026-03-06T00:00:00+00:00"


def test_a_draft_is_kept_until_it_is_published(api: Api) -> None:
    api.world.fan("bo")
    made = api.send(userLists=["fans"], saveForLater="1")
    assert api.detail(made["id"])["saveForLater"] is True
    assert api.ok("PUT", f"/queue/{made['id']}/publish") == {"success": True}
    assert api.done(made["id"])["sentCount"] == 1


@pytest.mark.parametrize("waits_for", ["its hour", "its media"])
def test_what_did_not_start_is_removed_and_gone(api: Api, waits_for: str) -> None:
    later = (
        {"scheduledDate": LATER} if waits_for == "its hour" else {"mediaFiles": [api.world.coming_media()]}
    )
    made = api.send(userLists=["fans"], **later)
    gone = api.ok("DELETE", f"/mass-messaging/{made['id']}")
    assert gone["success"] is True
    assert set(gone["queue"]) == DETAIL_KEYS
    assert (gone["queue"]["isCanceled"], gone["queue"]["canUnsend"], gone["queue"]["unsendSeconds"]) == (
        True,
        False,
        0,
    )
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", f"/mass-messaging/{made['id']}")
    assert api.get("/mass-messaging")["data"] == []


def test_a_sent_message_is_unsent_once_and_within_its_window(api: Api, clock) -> None:
    api.world.fan("bo")
    first, second = api.sent(userLists=["fans"])["id"], api.sent(userLists=["fans"])["id"]
    gone = api.ok("DELETE", f"/mass-messaging/{first}")["queue"]
    assert (gone["isCanceled"], gone["canUnsend"], gone["unsendSeconds"], gone["sentCount"]) == (
        True,
        False,
        0,
        1,
    )
    assert len(api.world.inbox("bo")) == 1
    api.refused(400, "ONLYFANS_COM_ERROR", "DELETE", f"/mass-messaging/{first}")
    clock.forward(days=1)
    assert api.detail(second)["canUnsend"] is False
    api.refused(400, "ONLYFANS_COM_ERROR", "DELETE", f"/mass-messaging/{second}")


def test_a_paused_one_past_its_window_is_stopped_by_a_delete(api: Api, clock) -> None:
    api.world.crowd(5)
    made = api.world.in_state(State.PAUSED, lists=["fans"])
    clock.forward(days=1)
    gone = api.ok("DELETE", f"/mass-messaging/{made.id}")["queue"]
    assert (gone["isCanceled"], gone["canUnsend"], gone["unsendSeconds"]) == (True, False, 0)
    seen = api.world.again(made)
    assert (seen.state, seen.sent, seen.cancelled) == (State.CANCELLED, made.sent, 5 - made.sent)
    api.refused(400, "ONLYFANS_COM_ERROR", "DELETE", f"/mass-messaging/{made.id}")


def test_unsending_amid_the_sending_stops_it(api: Api) -> None:
    api.world.crowd(5)
    made = api.world.in_state(State.SENDING, lists=["fans"])
    gone = api.ok("DELETE", f"/mass-messaging/{made.id}")["queue"]
    assert (gone["isCanceled"], gone["isDone"], gone["pending"]) == (True, True, 0)


@pytest.mark.parametrize("state", [State.SENDING, State.DONE, State.UNSENT])
def test_what_has_begun_is_not_edited(api: Api, state: State) -> None:
    api.world.crowd(3)
    made = api.world.in_state(state)
    refusal = api.refused(400, "ONLYFANS_COM_ERROR", "PUT", f"/mass-messaging/{made.id}", json={"text": "x"})
    assert refusal["onlyfans_response"]["status"] == 400
    assert refusal["onlyfans_response"]["body"]["error"] == {"code": 0, "message": refusal["message"]}


def test_a_copy_tells_whether_its_mass_message_can_be_taken_back(api: Api, world: World) -> None:
    world.fan("eve", id=777)
    sent = world.sent("for sale", price_cents=500, media=[907])
    world.clock.forward(seconds=100)
    world.buys("eve", sent)
    copy = api.get("/chats/777/messages")["data"][0]
    assert (copy["canUnsendQueue"], copy["unsendSecondsQueue"]) == (True, 86_300)
    assert copy["cancelSeconds"] == 0
    api.ok("DELETE", f"/mass-messaging/{sent.id}")
    kept = api.get("/chats/777/messages")["data"][0]
    assert (kept["canUnsendQueue"], kept["unsendSecondsQueue"]) == (False, 0)


def test_every_page_counts_the_time_to_unsend_down(api: Api, clock) -> None:
    api.world.fan("bo")
    body = {"text": "Hi", "userLists": ["fans"]}
    id = api.sent(**body)["id"]

    def told() -> dict[str, tuple[bool, int]]:
        retry = {"x-stainless-retry-count": "1"}
        pages = {
            "status": [api.call("POST", "/mass-messaging", json=body, headers=retry).json()["data"]],
            "detail": [api.detail(id)],
            "list": api.get("/mass-messaging")["data"],
            "engagement": api.get("/engagement/messages/mass-messages")["data"]["items"],
        }
        assert {one["id"] for shown in pages.values() for one in shown} == {id}
        return {page: (one["canUnsend"], one["unsendSeconds"]) for page, (one,) in pages.items()}

    pages = ("status", "detail", "list", "engagement")
    assert told() == dict.fromkeys(pages, (True, 86_400))
    clock.forward(seconds=100)
    assert told() == dict.fromkeys(pages, (True, 86_300))
    clock.forward(seconds=86_299)
    assert (api.detail(id)["canUnsend"], api.detail(id)["unsendSeconds"]) == (True, 1)
    clock.forward(seconds=1)
    assert (api.detail(id)["canUnsend"], api.detail(id)["unsendSeconds"]) == (False, 0)
