"""OnlyFansAPI's chats and chat messages: every verb, key by key."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.model.api_keys import Scope
from tests.contract.onlyfansapi import ACCOUNT, META_KEYS, Api, calling
from tests.serving import Server
from tests.world import World

CHAT_KEYS = {
    "fan", "lastMessage", "lastReadMessageId", "unreadMessagesCount", "hasUnreadTips", "hasPurchasedFeed",
    "isMutedNotifications", "countPinnedMessages", "canSendMessage", "canNotSendReason", "canGoToProfile",
}  # fmt: skip
MESSAGE_KEYS = {
    "id", "queueId", "responseType", "text", "giphyId", "lockedText", "isFree", "price", "isMediaReady", "mediaCount",
    "media", "previews", "isTip", "isReportedByMe", "isCouplePeopleMedia", "isMarkdownDisabled", "releaseForms",
    "fromUser", "isFromQueue", "canUnsendQueue", "unsendSecondsQueue", "isOpened", "isNew", "createdAt", "changedAt",
    "cancelSeconds", "isLiked", "canPurchase", "canPurchaseReason", "canReport", "canBePinned", "isPinned",
    "isSentByMe",
}  # fmt: skip


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    world = server.world
    world.fan("ann", id=501)
    world.fan("bo", id=502)
    world.media(901, 902)
    world.media(903, type="video")
    with calling(server) as api:
        yield api


def listed(api: Api, **where: Any) -> list[str]:
    return [chat["fan"]["username"] for chat in api.get("/chats", **where)["data"]]


def texts(api: Api, **where: Any) -> list[str]:
    return [one["text"] for one in api.get("/chats/501/messages", **where)["data"]]


def the_chat(api: Api) -> Any:
    return api.get("/chats")["data"][0]


# ---- the list


def test_a_chat_tells_its_fan_and_its_newest_message(api: Api, world: World):
    world.direct("ann", "hello")
    written = world.writes("ann", "hi\nyou")
    (chat,) = api.get("/chats")["data"]
    assert set(chat) == CHAT_KEYS
    assert set(chat["lastMessage"]) == MESSAGE_KEYS
    assert (chat["fan"]["id"], chat["lastMessage"]["id"]) == (501, written.id)
    assert chat["lastMessage"]["text"] == "<p>hi<br>you</p>"
    assert chat["lastMessage"]["fromUser"] == {"id": 501, "_view": "s"}
    assert (chat["unreadMessagesCount"], chat["lastReadMessageId"], chat["canNotSendReason"]) == (
        1,
        None,
        False,
    )
    named = api.get("/chats", skip_users="none")["data"][0]["lastMessage"]["fromUser"]
    assert named == {"id": 501, "_view": "s", "name": "ann", "username": "ann", "avatar": None}


def test_a_chat_s_fan_shows_the_lists_it_is_on(api: Api, world: World):
    world.fan("cy", lists=["vip", "cold"])
    world.direct("ann", "hello")
    world.direct("cy", "hello")
    shown = {chat["fan"]["username"]: chat["fan"]["listsStates"] for chat in api.get("/chats")["data"]}
    assert [state["name"] for state in shown["ann"]] == ["Fans", "Recent (last 24 hours)"]
    assert [state["name"] for state in shown["cy"]] == ["Fans", "Recent (last 24 hours)", "vip", "cold"]
    assert shown["cy"] == api.ok("GET", "/users/cy")["listsStates"]


def test_chats_are_walked_by_the_urls_of_their_next_pages(api: Api, world: World):
    names = world.crowd(7)
    api.sent(userLists="fans")
    seen, page = [], api.get("/chats", limit=4)
    for _ in range(5):
        seen += [chat["fan"]["username"] for chat in page["data"]]
        url = page["_pagination"]["next_page"]
        if url is None:
            break
        page = api.get(url)
    assert seen == [*reversed(names), "bo", "ann"]
    assert listed(api, order="old", limit=2) == ["ann", "bo"]


def test_chats_are_filtered(api: Api, world: World):
    api.sent(userLists="fans")
    written = world.writes("ann")
    world.fan("cy", price_cents=500)
    world.direct("cy", "hello")
    api.ok("POST", f"/chats/501/messages/{written.id}/pin")
    assert listed(api, filter="unread") == ["ann"]
    assert listed(api, filter="pinned") == ["ann"]
    assert listed(api, filter="priority") == ["cy", "ann"]
    assert listed(api, query="B") == ["bo"]


def test_chats_are_filtered_by_their_tips_and_whether_those_are_read(api: Api, world: World):
    world.fan("cy")
    api.sent(userLists="fans")
    assert (listed(api, filter="with_tips"), listed(api, filter="unread_with_tips")) == ([], [])
    world.tips("ann", 500)
    world.tips("bo", 700)
    world.writes("cy")
    assert listed(api, filter="with_tips") == listed(api, filter="unread_with_tips") == ["bo", "ann"]
    api.ok("POST", "/chats/502/mark-as-read")
    assert listed(api, filter="with_tips") == ["bo", "ann"]
    assert listed(api, filter="unread_with_tips") == ["ann"]
    told = {chat["fan"]["username"]: chat["hasUnreadTips"] for chat in api.get("/chats")["data"]}
    assert told == {"ann": True, "bo": False, "cy": False}


def test_what_a_list_cannot_do_is_refused(api: Api):
    for path, field in (
        ("/chats?filter=best", "filter"), ("/chats?order=new", "order"), ("/chats?limit=101", "limit"),
        ("/chats?offset=1073741825", "offset"), ("/chats/501/messages?order=up", "order"),
        ("/chats/501/messages?filter=liked", "filter"), ("/chats/501/messages?first_id=x", "first_id"),
        ("/chats/501/messages/search", "query"), ("/chats/501/media?type=books", "type"),
    ):  # fmt: skip
        refusal = api.refused(422, "VALIDATION_ERROR", "GET", path)
        assert list(refusal["errors"]) == [field], path
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", "/chats/777/messages")


# ---- what is done to a chat


def test_a_chat_is_read_and_unread(api: Api, world: World):
    written = world.writes("ann")
    assert api.ok("POST", "/chats/501/mark-as-read") == {"success": True}
    chat = the_chat(api)
    assert (chat["unreadMessagesCount"], chat["lastReadMessageId"]) == (0, written.id)
    assert chat["lastMessage"]["isNew"] is False
    api.ok("POST", "/chats/501/mark-as-unread")
    assert the_chat(api)["unreadMessagesCount"] == 1
    world.writes("bo")
    assert api.ok("POST", "/chats/mark-as-read") == {"success": True}
    assert [chat["unreadMessagesCount"] for chat in api.get("/chats")["data"]] == [0, 0]


def test_a_chat_is_muted_hidden_and_emptied(api: Api, world: World):
    world.direct("ann", "hello")
    assert api.ok("POST", "/chats/501/mute") == {"success": True}
    assert the_chat(api)["isMutedNotifications"] is True
    api.ok("DELETE", "/chats/501/unmute")
    assert the_chat(api)["isMutedNotifications"] is False
    api.ok("POST", "/chats/501/hide")
    assert listed(api) == []
    api.ok("POST", "/chats/501/messages", {"text": "back"})
    assert listed(api) == ["ann"]
    assert api.ok("DELETE", "/chats/501") == {"success": True}
    assert api.ok("DELETE", "/chats/501") == {"success": True}
    assert (listed(api), texts(api)) == ([], [])


def test_a_hidden_chat_returns_with_a_copy_of_a_mass_message(api: Api):
    for chat in (501, 502):
        api.ok("POST", f"/chats/{chat}/messages", {"text": "hello"})
        api.ok("POST", f"/chats/{chat}/hide")
    assert listed(api) == []
    api.sent(userIds=[501])
    assert listed(api) == ["ann"]
    hidden = {fan["username"]: fan["hideChat"] for fan in api.get("/fans/all")["data"]["list"]}
    assert hidden == {"ann": False, "bo": True}


def test_typing_is_answered(api: Api):
    assert api.ok("POST", "/chats/501/typing") == {"success": True}
    assert api.ok("POST", "/chats/501/typing") == {"success": True}


# ---- the messages


def test_messages_are_walked_down_and_up(api: Api, world: World):
    ids = [world.direct("ann", f"m{place}").id for place in range(5)]
    page = api.get("/chats/501/messages", limit=2)
    assert set(page) == {"data", "_pagination", "_meta"}
    seen: list[int] = []
    while True:
        seen += [one["id"] for one in page["data"]]
        if page["_pagination"]["next_page"] is None:
            break
        page = api.get(page["_pagination"]["next_page"])
    assert seen == ids[::-1]
    page, seen = api.get("/chats/501/messages", limit=2, order="asc"), []
    while True:
        seen += [one["id"] for one in page["data"]]
        if page["_pagination"]["next_page"] is None:
            break
        page = api.get(page["_pagination"]["next_page"])
    assert seen == ids


def test_cursors_leave_out_or_include_their_message(api: Api, world: World):
    ids = [world.direct("ann", f"m{place}").id for place in range(4)]

    def found(**where: Any) -> list[int]:
        return [one["id"] for one in api.get("/chats/501/messages", **where)["data"]]

    assert found(first_id=ids[2]) == found(id=ids[2]) == [ids[1], ids[0]]
    assert found(last_id=ids[1]) == [ids[1], ids[0]]
    assert found(order="asc", last_id=ids[2]) == [ids[2], ids[3]]
    assert found(order="asc", first_id=ids[2]) == [ids[3]]


def test_one_message_is_got_searched_and_missed(api: Api, world: World):
    first, second = world.direct("ann", "First words"), world.writes("ann", "second")
    one = api.ok("GET", f"/chats/501/messages/{first.id}")
    assert set(one) == MESSAGE_KEYS
    assert (one["isSentByMe"], one["cancelSeconds"]) == (True, 86_400)
    theirs = api.ok("GET", f"/chats/501/messages/{second.id}")
    assert (theirs["isSentByMe"], theirs["cancelSeconds"]) == (False, 0)
    assert api.ok("GET", "/chats/501/messages/search?query=WORDS") == [first.id]
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", f"/chats/502/messages/{first.id}")
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", "/chats/501/messages/none")


def test_messages_are_liked_and_pinned(api: Api, world: World):
    written = world.writes("ann")
    path = f"/chats/501/messages/{written.id}"
    assert api.ok("POST", f"{path}/like") == {"success": True, "isLiked": True}
    assert api.ok("GET", path)["isLiked"] is True
    assert api.ok("DELETE", f"{path}/unlike") == {"success": True, "isLiked": False}
    assert api.ok("GET", path)["isLiked"] is False
    assert api.ok("POST", f"{path}/pin") == {"success": True}
    assert (api.ok("GET", path)["isPinned"], the_chat(api)["countPinnedMessages"]) == (True, 1)
    world.direct("ann", "unpinned")
    assert [one["id"] for one in api.get("/chats/501/messages", filter="pinned")["data"]] == [written.id]
    assert api.ok("DELETE", f"{path}/unpin") == {"success": True}
    assert api.get("/chats/501/messages", filter="pinned")["data"] == []
    api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/chats/502/messages/77/like")


def test_unpinning_takes_the_right_to_delete(api: Api, world: World, server: Server):
    written = world.writes("ann")
    with calling(server, world.key("no deletes", scopes=[Scope.READ, Scope.WRITE])) as other:
        other.ok("POST", f"/chats/501/messages/{written.id}/pin")
        other.refused(403, "FORBIDDEN", "DELETE", f"/chats/501/messages/{written.id}/unpin")


def test_a_message_is_deleted_within_its_day(api: Api, world: World):
    api.sent(userLists="fans")
    (copy,) = api.get("/chats/501/messages")["data"]
    assert api.ok("DELETE", f"/chats/501/messages/{copy['id']}") == {"success": True}
    assert texts(api) == []
    late = world.direct("ann", "late")
    world.clock.forward(days=1)
    refusal = api.refused(400, "ONLYFANS_COM_ERROR", "DELETE", f"/chats/501/messages/{late.id}")
    assert "time" in refusal["message"]


def test_a_chats_media_are_its_messages_that_carry_some(api: Api, world: World):
    world.direct("ann", "words")
    photo = api.ok("POST", "/chats/501/messages", {"mediaFiles": [901]})
    video = api.ok("POST", "/chats/501/messages", {"mediaFiles": "903", "text": "film"})
    page = api.get("/chats/501/media", limit=1)
    assert [one["id"] for one in page["data"]["list"]] == [video["id"]]
    assert (page["data"]["hasMore"], page["data"]["nextLastId"]) == (True, video["id"])
    rest = api.get(page["_pagination"]["next_page"])["data"]
    assert ([one["id"] for one in rest["list"]], rest["hasMore"], rest["nextLastId"]) == (
        [photo["id"]],
        False,
        None,
    )
    assert [one["id"] for one in api.get("/chats/501/media", type="photos")["data"]["list"]] == [photo["id"]]


# ---- sending


def test_a_message_to_one_fan_has_every_field(api: Api, world: World):
    asked = world.writes("ann", "when?")
    sent = api.ok("POST", "/chats/501/messages", {
        "text": "now", "price": "12.50", "mediaFiles": "901,902", "previews": [1], "lockedText": True,
        "giphyId": "g1", "rfTag": "7,8", "replyToMessageId": asked.id,
    })  # fmt: skip
    assert set(sent) == MESSAGE_KEYS | {"replyToMessage"}
    assert (sent["price"], sent["isFree"], sent["previews"], sent["lockedText"]) == (12.5, False, [902], True)
    assert (sent["giphyId"], sent["canPurchase"], sent["canPurchaseReason"]) == ("g1", True, "")
    assert [form["type"] for form in sent["releaseForms"]] == ["rfTag", "rfTag"]
    assert (sent["replyToMessage"]["id"], sent["replyToMessage"]["text"]) == (asked.id, "<p>when?</p>")
    assert sent["queueId"] not in (0, sent["id"])
    assert sent["isOpened"] is False
    free = api.ok("POST", "/chats/501/messages", {"text": "free"})
    assert (free["canPurchase"], free["canPurchaseReason"], free["isFree"]) == (False, "free", True)
    listed_texts = texts(api)
    assert listed_texts == ["<p>free</p>", "<p>now</p>", "<p>when?</p>"]


def test_what_the_fan_owns_already_is_open_in_the_answer_of_its_send(api: Api, world: World):
    body = {"text": "now", "price": 5, "mediaFiles": [901]}
    locked = api.ok("POST", "/chats/501/messages", body)
    assert (locked["isOpened"], locked["canPurchase"]) == (False, True)
    world.owns("ann", 901)
    sent = api.ok("POST", "/chats/501/messages", {**body, "text": "again"})
    assert (sent["isOpened"], sent["canPurchase"]) == (True, False)
    assert sent["id"] == api.get("/chats/501/messages")["data"][0]["id"]
    assert api.get("/chats/501/messages")["data"][0]["isOpened"] is True


def test_what_cannot_be_sent_is_refused_and_not_sent(api: Api, world: World):
    path = "/chats/501/messages"
    for body, field in (
        ({}, "text"), ({"text": " "}, "text"), ({"text": "x" * 10_001}, "text"), ({"text": "x", "price": 2}, "price"),
        ({"text": "x", "price": 5}, "mediaFiles"), ({"text": "x", "mediaFiles": [77]}, "mediaFiles"),
        ({"text": "x", "mediaFiles": [901], "previews": [5]}, "previews"),
        ({"text": "x", "replyToMessageId": 77}, "replyToMessageId"),
        ({"text": "x", "blockBannedWords": "all"}, "blockBannedWords"),
    ):  # fmt: skip
        refusal = api.refused(422, "VALIDATION_ERROR", "POST", path, json=body)
        assert (list(refusal["errors"]), refusal["request_outcome"]) == ([field], "not_sent"), body
    world.change_fan("ann", blocked=True)
    refusal = api.refused(400, "ONLYFANS_COM_ERROR", "POST", path, json={"text": "x"})
    assert refusal["request_outcome"] == "not_sent"


def test_a_send_with_an_idempotency_key_is_done_once(api: Api):
    how: dict[str, Any] = {"json": {"text": "once"}, "headers": {"idempotency-key": "k-1"}}
    first = api.call("POST", "/chats/501/messages", **how)
    again = api.call("POST", "/chats/501/messages", **how)
    assert (first.status_code, again.content) == (200, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert again.json()["_meta"]["_credits"]["used"] == 0
    assert set(again.json()) == {"data", "_pagination", "_meta"}
    assert set(again.json()["_meta"]) == META_KEYS
    assert texts(api) == ["<p>once</p>"]
    api.refused(
        422,
        "IDEMPOTENCY_KEY_MISMATCH",
        "POST",
        "/chats/501/messages",
        json={"text": "x"},
        headers=how["headers"],
    )
    api.refused(422, "IDEMPOTENCY_KEY_MISMATCH", "POST", "/chats/502/messages", **how)
    api.refused(
        400, "IDEMPOTENCY_KEY_INVALID", "POST", "/chats/501/messages", json={"text": "x"},
        headers={"idempotency-key": "x" * 256},
    )  # fmt: skip


def test_a_chat_send_may_be_a_form(api: Api):
    fields = {
        "text": (None, "form"),
        "mediaFiles": (None, "901"),
        "price": (None, "5"),
        "lockedText": (None, "1"),
    }
    answer = api.client.post(f"{ACCOUNT}/chats/501/messages", files=fields)
    assert answer.status_code == 200, answer.text
    sent = answer.json()["data"]
    assert (sent["text"], sent["price"], sent["mediaCount"], sent["lockedText"]) == (
        "<p>form</p>",
        5,
        1,
        True,
    )
