"""Chats newest first, each of a walk once; one message taken back; a chat's media."""

from itertools import islice

from onlyfans_sdk import messages
from scenario import VERSION, client

with client() as c:
    sent = messages.create_chats_chats_messages(
        c, "789", {"text": f"photo of {VERSION}", "mediaItems": [790]}
    )
    page = messages.list_chats(c, limit=5)
    newest = page["list"][0]
    assert (newest["withUser"]["id"], newest["lastMessage"]["id"]) == (789, sent["id"]), newest
    assert {"_view", "name", "username"} <= newest["withUser"].keys(), newest
    walked = [chat["withUser"]["id"] for chat in islice(messages.iter_chats(c, page_size=3), 9)]
    assert len(set(walked)) == len(walked), walked
    assert walked[0] == 789, walked
    found = messages.list_chats(c, query=newest["withUser"]["username"])["list"]
    assert 789 in [chat["withUser"]["id"] for chat in found], found

    media = messages.list_chats_chats_media(c, "789", limit=1, type="photos")
    assert [one["id"] for one in media["list"]] == [sent["id"]], media
    gone = messages.delete_chats_chats_messages(c, "789", str(sent["id"]), {"withUserId": 789})
    assert gone["success"] is True, gone
    after = messages.list_chats_chats_messages(c, "789", limit=1)["list"]
    assert sent["id"] not in [one["id"] for one in after], after
