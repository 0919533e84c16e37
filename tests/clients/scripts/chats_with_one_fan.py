"""A message to one fan is in that fan's chat at once, newest first, whether named by id or by username."""

from onlyfans_sdk import messages, user_lists
from scenario import VERSION, client, new_list

with client() as c:
    (fan,) = user_lists.list_users_lists_users(c, new_list(c, 123456))["list"]
    first = messages.create_chats_chats_messages(c, "123456", {"text": f"*One* of {VERSION}"})
    second = messages.create_chats_chats_messages(
        c, fan["username"], {"text": "2 < 3 **plainly**", "isMarkdown": False}
    )
    assert first["text"] == f"<p><em>One</em> of {VERSION}</p>", first
    assert second["text"] == "<p>2 &lt; 3 **plainly**</p>", second
    assert second["id"] > first["id"], (first, second)
    for sent in (first, second):
        assert (sent["media"], sent["previews"], sent["isFree"]) == ([], [], True), sent
        assert isinstance(sent["queueId"], int), sent
        assert {"id", "name", "_view"} <= sent["fromUser"].keys(), sent
        assert sent["cancelSeconds"] > 0, sent

    page = messages.list_chats_chats_messages(c, "123456", limit=2)
    assert [message["id"] for message in page["list"]] == [second["id"], first["id"]], page
    newest = messages.list_chats_chats_messages(c, fan["username"], limit=1)
    assert [message["id"] for message in newest["list"]] == [second["id"]], newest
    walked = [message["id"] for message in messages.iter_chats_chats_messages(c, "123456", page_size=1)]
    assert walked == sorted(set(walked), reverse=True), walked
    assert walked[:2] == [second["id"], first["id"]], walked
