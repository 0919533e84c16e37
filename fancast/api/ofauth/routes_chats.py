"""Paths of chats and their messages."""

from fancast.api.http import Route
from fancast.api.ofauth import chats, content, messages

_TAGS = ("Messages",)
_WITHDRAW = "Within `cancelSeconds`; who bought the message keeps it."
_LOOKS = (
    "one call looks through 10,000 messages, the newest first; where there are more, `nextLastId` as `last_id` goes "
    "on."
)

ROUTES = (
    Route("GET", "/chats", chats.list_all, "messages:read", "List chats", tags=_TAGS, writes=chats.ChatPage,
          query=chats.QUERY),
    Route("GET", "/chats/search", chats.list_all, "messages:read", "Search chats", tags=_TAGS,
          writes=chats.ChatPage, query=chats.QUERY, documented=False),
    Route("GET", "/chats/{userId}/messages", messages.list_messages, "messages:read", "List chat messages",
          tags=_TAGS, writes=messages.MessagePage, query=messages.QUERY, description=f"With `query`, {_LOOKS}"),
    Route("POST", "/chats/{userId}/messages", messages.send, "messages:write", "Send chat message", tags=_TAGS,
          reads=content.MessageInput, writes=messages.MessageShape, sample={"text": "Hey! Thanks for subscribing"}),
    Route("DELETE", "/chats/{userId}/messages/{messageId}", messages.withdraw, "messages:write",
          "Delete chat message", tags=_TAGS, reads=messages.WithdrawalInput, writes=messages.Withdrawn,
          description=_WITHDRAW),
    Route("DELETE", "/messages/{messageId}", messages.withdraw, "messages:write", "Delete chat message",
          tags=_TAGS, reads=messages.WithdrawalInput, writes=messages.Withdrawn, documented=False,
          description=_WITHDRAW),
    Route("GET", "/chats/{userId}/media", messages.list_media, "messages:read", "List a chat's media", tags=_TAGS,
          writes=messages.MessagePage, query=messages.MEDIA_QUERY, description=f"Here {_LOOKS}"),
)  # fmt: skip
