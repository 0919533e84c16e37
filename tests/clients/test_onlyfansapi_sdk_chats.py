"""Chats through OnlyFansAPI's own Python SDK, unmodified, on a live sandbox."""

import httpx
import onlyfansapi as sdk
import pytest

pytestmark = pytest.mark.clients
FAN = "456"


def test_a_conversation_by_the_sdk(client: sdk.OnlyFansAPI, account: str, native: httpx.Client) -> None:
    chats, messages = client.chats, client.chats.messages
    sent = messages.send(FAN, account=account, text="Hello there", idempotency_key="sdk-chat-1").data
    again = messages.send(FAN, account=account, text="Hello there", idempotency_key="sdk-chat-1").data
    assert again.id == sent.id
    asked = native.post(f"/v1/fans/{FAN}/messages", json={"text": "What else?"}).json()

    newest = chats.list(account, limit="1").data[0]
    assert (newest.fan.id, newest.last_message.id, newest.unread_messages_count) == (int(FAN), asked["id"], 1)
    assert chats.mark_as_read(FAN, account=account).data.success
    assert chats.list(account, limit="1").data[0].unread_messages_count == 0
    assert chats.mark_as_unread(FAN, account=account).data.success
    assert chats.mark_all_as_read.all(account).data.success

    answer = messages.send(
        FAN, account=account, text="This", price=6.97, media_files=[790, "789"], previews=[0],
        reply_to_message_id=asked["id"],
    ).data  # fmt: skip
    assert (answer.is_free, answer.can_purchase, answer.previews) == (False, True, [790])
    listed = messages.list(FAN, account=account, limit="2").data
    assert [message.id for message in listed] == [answer.id, asked["id"]]
    upward = messages.list(FAN, account=account, order="asc", last_id=str(asked["id"])).data
    assert [message.id for message in upward] == [asked["id"], answer.id]
    one = messages.retrieve(str(answer.id), account=account, chat_id=FAN).data
    assert one.is_sent_by_me
    assert messages.search(FAN, account=account, query="what ELSE").data == [asked["id"]]
    assert chats.list_media(FAN, account=account, limit="1").data.list[0].id == answer.id


def test_verbs_on_one_message_and_one_chat(client: sdk.OnlyFansAPI, account: str) -> None:
    chats, messages = client.chats, client.chats.messages
    sent = messages.send(FAN, account=account, text="For verbs").data
    where = {"account": account, "chat_id": FAN}
    assert messages.like(str(sent.id), **where).data.is_liked is True
    assert messages.unlike(str(sent.id), **where).data.is_liked is False
    assert messages.pin(str(sent.id), **where).data.success
    pinned = messages.list(FAN, account=account, filter="pinned").data
    assert [message.id for message in pinned] == [sent.id]
    assert messages.unpin(str(sent.id), **where).data.success
    assert chats.mute(FAN, account=account).data.success
    assert chats.unmute(FAN, account=account).data.success
    assert chats.start_typing(FAN, account=account).data.success
    assert messages.delete(str(sent.id), **where).data.success
    with pytest.raises(sdk.NotFoundError):
        messages.retrieve(str(sent.id), **where)
    assert chats.hide(FAN, account=account).data.success
    assert int(FAN) not in [chat.fan.id for chat in chats.list(account, limit="100").data]
    messages.send(FAN, account=account, text="Back again")
    assert chats.list(account, limit="1").data[0].fan.id == int(FAN)
    assert chats.delete(FAN, account=account).data.success
    assert messages.list(FAN, account=account).data == []
