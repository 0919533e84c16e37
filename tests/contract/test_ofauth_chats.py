"""OFAuth's list of chats, one message taken back, a chat's media."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from fancast.core import chats, message_marks
from tests.contract.ofauth import Api
from tests.serving import Server
from tests.world import World

CHAT_KEYS = {
    "withUser", "lastMessage", "canNotSendReason", "canSendMessage", "canGoToProfile", "unreadMessagesCount",
    "hasUnreadTips", "isMutedNotifications", "hasPurchasedFeed", "countPinnedMessages",
}  # fmt: skip


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    headers = {"apiKey": server.world.key(), "x-connection-id": "conn_ada"}
    server.world.media(901, 902)
    server.world.media(903, type="video")
    with server.client(headers=headers) as client:
        yield Api(server, client)


def listed(api: Api, **where: Any) -> list[str]:
    return [chat["withUser"]["username"] for chat in api.get("/chats", **where)["list"]]


def test_a_chat_tells_its_fan_and_its_newest_message(api: Api, world: World) -> None:
    world.fan("ann", id=501, avatar_url="https://cdn.example/a.jpg")
    world.direct("ann", "hello")
    written = world.writes("ann", "hi you")
    (chat,) = api.get("/chats")["list"]
    assert set(chat) == CHAT_KEYS
    assert chat["withUser"] == {
        "id": 501, "_view": "b", "name": "ann", "username": "ann", "avatar": "https://cdn.example/a.jpg",
        "avatarThumbs": {"c50": "https://cdn.example/a.jpg", "c144": "https://cdn.example/a.jpg"},
    }  # fmt: skip
    last = chat["lastMessage"]
    assert (last["id"], last["text"], last["fromUser"]["id"]) == (written.id, "<p>hi you</p>", 501)
    assert (last["isNew"], chat["unreadMessagesCount"]) == (True, 1)
    assert (chat["canNotSendReason"], chat["canSendMessage"]) == (False, True)
    with world.write() as tx:
        chats.mark_read(tx, world.account(), world.fan_of("ann"))
        chats.mute(tx, world.account(), world.fan_of("ann"), muted=True)
    (chat,) = api.get("/chats")["list"]
    assert (chat["unreadMessagesCount"], chat["lastReadMessageId"]) == (0, written.id)
    assert (chat["lastMessage"]["isNew"], chat["isMutedNotifications"]) == (False, True)


def test_chats_are_paged_newest_first_or_oldest_first(api: Api, world: World) -> None:
    names = world.crowd(25)
    api.sent(text="all")
    world.direct("f3", "hello")
    page = api.get("/chats", limit=50)
    assert [chat["withUser"]["username"] for chat in page["list"]] == ["f3", *reversed(names[6:25])]
    assert (page["hasMore"], page["nextOffset"]) == (True, 20)
    assert listed(api, offset=20, limit=20) == ["f5", "f4", "f2", "f1", "f0"]
    assert listed(api, order="old", limit=2) == ["f0", "f1"]
    assert api.get("/chats/search", query="f1", shape="array")[0]["withUser"]["username"] == "f19"


def test_chats_are_filtered(api: Api, world: World) -> None:
    world.fans("ann", "bo", "cy")
    world.fan("di", price_cents=499)
    api.sent(text="all")
    world.writes("bo")
    ref = world.user_list("vips", "ann", "cy").ref
    assert listed(api, filter="unread") == ["bo"]
    assert listed(api, filter="priority") == ["di"]
    assert listed(api, filter="who_tipped") == []
    assert listed(api, userListId=ref) == ["cy", "ann"]
    assert listed(api, query="AN") == ["ann"]
    assert listed(api, query="AN", userListId="fans") == ["ann"]


def test_a_chat_tells_of_tips_purchases_and_pinned_messages_there_are_and_there_are_not(
    api: Api, world: World
) -> None:
    world.fans("ann", "bo")
    sold = world.direct("ann", "look", price_cents=500, media_ids=[901])
    world.direct("bo", "hello")

    def told() -> dict[str, tuple[bool, bool, int]]:
        keys = ("hasUnreadTips", "hasPurchasedFeed", "countPinnedMessages")
        return {
            one["withUser"]["username"]: tuple(one[key] for key in keys) for one in api.get("/chats")["list"]
        }

    assert told() == {"ann": (False, False, 0), "bo": (False, False, 0)}
    world.buys("ann", sold)
    world.tips("ann", 500)
    with world.write() as tx:
        message_marks.pin(tx, world.account(), world.fan_of("ann"), sold.id, now=world.clock())
    assert told() == {"ann": (True, True, 1), "bo": (False, False, 0)}
    tip, copy = api.chat("ann")
    assert [(one["isTip"], one["isPinned"]) for one in (tip, copy)] == [(True, False), (False, True)]
    with world.write() as tx:
        chats.mark_read(tx, world.account(), world.fan_of("ann"))
        message_marks.unpin(tx, world.account(), world.fan_of("ann"), sold.id)
    assert told() == {"ann": (False, True, 0), "bo": (False, False, 0)}


def test_a_chat_with_a_pinned_message_has_priority(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    world.direct("bo", "hello")
    pinned = world.direct("ann", "hello")
    assert listed(api, filter="priority") == []
    with world.write() as tx:
        message_marks.pin(tx, world.account(), world.fan_of("ann"), pinned.id, now=world.clock())
    assert listed(api, filter="priority") == ["ann"]
    with world.write() as tx:
        message_marks.unpin(tx, world.account(), world.fan_of("ann"), pinned.id)
    assert listed(api, filter="priority") == []


def test_a_wrong_filter_order_or_list_is_refused(api: Api) -> None:
    for path, field in (("/chats?filter=best", "filter"), ("/chats?order=new", "order")):
        told = api.refused("GET", path, 400, "BAD_REQUEST")
        assert told["details"] == {"field": field}
    api.refused("GET", "/chats?userListId=77", 404, "RESOURCE_NOT_FOUND")


def test_who_cannot_be_reached_is_said_in_the_list(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    world.direct("ann", "hello")
    world.change_fan("ann", blocked=True)
    (chat,) = api.get("/chats")["list"]
    assert (chat["canSendMessage"], chat["canNotSendReason"]) == (False, "Messages cannot reach this fan.")


def test_one_message_is_taken_back_by_path_or_by_body(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    api.sent(text="all")
    (copy,) = api.chat("ann")
    assert api.ok("DELETE", f"/chats/ann/messages/{copy['id']}") == {"success": True}
    assert (api.chat("ann"), len(api.chat("bo"))) == ([], 1)
    sent = api.ok("POST", "/chats/bo/messages", {"text": "oops"})
    path = f"/messages/{sent['id']}"
    told = api.refused("DELETE", path, 400, "BAD_REQUEST")
    assert told["details"] == {"field": "withUserId"}
    assert api.ok("DELETE", path, {"withUserId": str(api.fan_id("bo"))}) == {"success": True}
    api.refused("DELETE", path, 404, "RESOURCE_NOT_FOUND", json={"withUserId": "bo"})


@pytest.mark.parametrize("spelling", ["number", "text", "username"])
def test_the_older_path_takes_the_user_of_its_body_in_every_spelling(
    api: Api, world: World, spelling: str
) -> None:
    world.fans("ann", "bo")
    api.sent(text="all")
    (copy,) = api.chat("ann")
    ann = api.fan_id("ann")
    said = {"number": ann, "text": str(ann), "username": "ann"}[spelling]
    assert api.ok("DELETE", f"/messages/{copy['id']}", {"withUserId": said}) == {"success": True}
    assert (api.chat("ann"), len(api.chat("bo"))) == ([], 1)


def test_the_user_of_the_path_wins_over_another_in_the_body(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    api.sent(text="all")
    (anns,), (bos,) = api.chat("ann"), api.chat("bo")
    other = {"withUserId": api.fan_id("bo")}
    assert api.ok("DELETE", f"/chats/ann/messages/{anns['id']}", other) == {"success": True}
    assert (api.chat("ann"), len(api.chat("bo"))) == ([], 1)
    api.refused("DELETE", f"/chats/ann/messages/{bos['id']}", 404, "RESOURCE_NOT_FOUND", json=other)
    for same in ({"withUserId": "bo"}, {"withUserId": None}, {}):
        sent = api.ok("POST", "/chats/bo/messages", {"text": "oops"})
        assert api.ok("DELETE", f"/chats/bo/messages/{sent['id']}", same) == {"success": True}
    assert len(api.chat("bo")) == 1


def test_a_message_of_another_chat_than_the_body_says_is_not_taken_back(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    api.sent(text="all")
    written = api.ok("POST", "/chats/ann/messages", {"text": "only ann"})
    (copy,) = [one for one in api.chat("ann") if one["id"] != written["id"]]
    for id in (written["id"], copy["id"]):
        path, bo = f"/messages/{id}", {"withUserId": api.fan_id("bo")}
        api.refused("DELETE", path, 404, "RESOURCE_NOT_FOUND", json=bo)
        api.refused("DELETE", path, 404, "RESOURCE_NOT_FOUND", json={"withUserId": "nobody"})
        for missing in (None, ""):
            api.refused("DELETE", path, 400, "BAD_REQUEST", json={"withUserId": missing})
    assert len(api.chat("ann")) == 2


def test_what_cannot_be_taken_back_is_refused_in_words(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    theirs, mine = world.writes("ann"), world.direct("ann", "mine")
    told = api.refused("DELETE", f"/chats/ann/messages/{theirs.id}", 400, "BAD_REQUEST")
    assert "own messages" in told["message"]
    api.refused("DELETE", f"/chats/bo/messages/{mine.id}", 404, "RESOURCE_NOT_FOUND")
    api.refused("DELETE", "/chats/ann/messages/soon", 404, "RESOURCE_NOT_FOUND")
    world.clock.forward(days=1)
    told = api.refused("DELETE", f"/chats/ann/messages/{mine.id}", 400, "BAD_REQUEST")
    assert "time" in told["message"]
    assert api.chat("ann")[0]["cancelSeconds"] == 0


def test_a_chats_media_are_its_messages_that_carry_some(api: Api, world: World) -> None:
    world.fan("ann")
    world.direct("ann", "words only")
    photo = api.ok("POST", "/chats/ann/messages", {"text": "photo", "mediaItems": [901]})
    video = api.ok("POST", "/chats/ann/messages", {"text": "film", "mediaItems": [903], "price": 5})
    ids = [one["id"] for one in api.get("/chats/ann/media")["list"]]
    assert ids == [video["id"], photo["id"]]
    for where, wanted in (
        ({"type": "photos"}, [photo]), ({"type": "videos"}, [video]), ({"type": "audios"}, []),
        ({"opened": "1"}, [photo]), ({"opened": "false"}, [video]), ({"last_id": video["id"]}, [photo]),
    ):  # fmt: skip
        assert [one["id"] for one in api.get("/chats/ann/media", **where)["list"]] == [
            one["id"] for one in wanted
        ]
    page = api.get("/chats/ann/media", limit=1)
    assert (page["hasMore"], page["nextOffset"], page["nextLastId"]) == (True, 1, str(video["id"]))
    told = api.refused("GET", "/chats/ann/media?type=books", 400, "BAD_REQUEST")
    assert told["details"] == {"field": "type"}


def test_what_the_fan_owns_already_is_open_in_the_answer_of_its_send_and_of_a_retry(
    api: Api, world: World
) -> None:
    world.fans("ann", "bo")
    world.owns("ann", 901)
    body = {"text": "look", "mediaItems": [901], "price": 5}
    for marks in ({"x-stainless-retry-count": "0"}, {"x-stainless-retry-count": "1"}):
        sent = api.call("POST", "/chats/ann/messages", json=body, headers=marks).json()
        assert sent["isOpened"] is True
        assert [sent] == api.chat("ann")
    assert api.ok("POST", "/chats/bo/messages", body)["isOpened"] is False
    assert api.ok("POST", "/chats/ann/messages", {**body, "mediaItems": [901, 902]})["isOpened"] is False


def test_users_that_are_wished_for_or_not_are_named_all_the_same(api: Api, world: World) -> None:
    world.fan("ann")
    world.direct("ann", "look", media_ids=[901])
    for path, wish in (("messages", {"include_users": "true"}), ("media", {"skip_users": "all"})):
        plain = api.get(f"/chats/ann/{path}")
        assert api.get(f"/chats/ann/{path}", **wish) == plain
        assert plain["list"][0]["fromUser"].keys() >= {"id", "name", "_view"}


def test_a_reply_shows_in_the_chat_that_holds_what_it_answers(api: Api, world: World) -> None:
    world.fans("ann", "bo")
    asked = world.writes("ann", "when?")
    api.sent(text="now", replyToMessageId=str(asked.id))
    assert [chat["lastMessage"]["replyToMessageId"] for chat in api.get("/chats")["list"]] == [
        None, str(asked.id),
    ]  # fmt: skip
    (copy,) = api.chat("bo")
    answer = api.ok("POST", "/chats/bo/messages", {"text": "see above", "replyToMessageId": str(copy["id"])})
    assert answer["replyToMessageId"] == str(copy["id"])
    api.ok("DELETE", f"/chats/bo/messages/{copy['id']}")
    assert api.chat("bo")[0]["replyToMessageId"] is None


def test_a_copy_tells_whether_its_mass_message_can_be_taken_back(api: Api, world: World) -> None:
    world.fan("eve", id=777)
    sent = world.sent("for sale", price_cents=500, media=[907])
    world.clock.forward(seconds=100)
    world.buys("eve", sent)
    path = f"/chats/{world.fan_of('eve').fan_id}/messages"
    copy = api.get(path)["list"][0]
    assert (copy["canUnsendQueue"], copy["unsendSecondsQueue"]) == (True, 86_300)
    assert copy["cancelSeconds"] == 0
    api.ok("DELETE", f"/mass-messages/{sent.id}")
    kept = api.get(path)["list"][0]
    assert (kept["canUnsendQueue"], kept["unsendSecondsQueue"]) == (False, 0)
