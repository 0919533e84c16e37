"""Addresses of chats and their messages."""

from fancast.api.faces import FORM, Handler, Repeat
from fancast.api.http import QueryParam, Route
from fancast.api.onlyfansapi import chats, messages
from fancast.api.onlyfansapi.envelope import Envelope
from fancast.api.onlyfansapi.mass_messages import Success
from fancast.api.onlyfansapi.uploads import take_message

_CHATS, _MESSAGES = ("Chats",), ("Chat messages",)
_SEARCH = (
    "At most 100 ids. One call looks through 10,000 messages, the newest first: where there are more, or more than 100 "
    "are found, `_pagination.next_page` goes on, so a page may be empty and not the last."
)
_MEDIA = (
    "One call looks through 10,000 messages, the newest first: where there are more, `next_page` and `nextLastId` go "
    "on, and a page may be short and not the last."
)
_ONE = "/chats/{chat_id}/messages/{message_id}"


class ChatList(Envelope[list[chats.ChatItem]], frozen=True):
    """Chats, newest message first."""


class MessageList(Envelope[list[messages.MessageItem]], frozen=True):
    """A chat's messages."""


class MessageIds(Envelope[list[int]], frozen=True):
    """Newest first; the last page is the one without a next one."""


def _act(method: str, path: str, handler: Handler, summary: str, tags: tuple[str, ...] = _CHATS) -> Route:
    """An act without a body, that may be done again. Of a message: that may be gone by then."""
    repeat = Repeat.REFUSED if path.startswith(_ONE) else Repeat.HARMLESS
    return Route(
        method, path, handler, "messages:write", summary, writes=Envelope[Success], tags=tags, repeat=repeat
    )


ROUTES = (
    Route("GET", "/chats", chats.listing, "messages:read", "Chats", writes=ChatList, tags=_CHATS, query=chats.QUERY),
    _act("POST", "/chats/mark-as-read", chats.mark_all_as_read, "Mark every chat as read"),
    _act("DELETE", "/chats/{chat_id}", chats.delete, "Empty a chat for the creator; the fan keeps it"),
    _act("POST", "/chats/{chat_id}/mark-as-read", chats.mark_as_read, "Mark a chat as read"),
    _act("POST", "/chats/{chat_id}/mark-as-unread", chats.mark_as_unread, "Mark a chat as unread"),
    _act("POST", "/chats/{chat_id}/hide", chats.hide, "Hide a chat until the creator writes to the fan"),
    _act("POST", "/chats/{chat_id}/mute", chats.mute, "Mute a chat"),
    _act("DELETE", "/chats/{chat_id}/unmute", chats.unmute, "Mute a chat no more"),
    _act("POST", "/chats/{chat_id}/typing", chats.type_to, "Show the creator as typing for 4 seconds"),
    Route("GET", "/chats/{chat_id}/media", messages.list_media, "messages:read", "A chat's messages with media",
          writes=Envelope[messages.MediaPage], tags=_CHATS, query=messages.MEDIA_QUERY, description=_MEDIA),
    Route("GET", "/chats/{chat_id}/messages", messages.listing, "messages:read", "A chat's messages, newest first",
          writes=MessageList, tags=_MESSAGES, query=messages.QUERY),
    Route("POST", "/chats/{chat_id}/messages", messages.send, "messages:write", "Send a message to one fan",
          reads=messages.MessageBody, writes=Envelope[messages.MessageItem], tags=_MESSAGES, intake=take_message,
          only_forms=True, takes=FORM, sample={"text": "Thank you!"}, repeat=Repeat.HARMLESS,
          description="As JSON, or as a form whose mediaFiles may be files. With an Idempotency-Key, safe to repeat."),
    Route("GET", "/chats/{chat_id}/messages/search", messages.search, "messages:read",
          "Which messages of a chat contain a text", writes=MessageIds, tags=_MESSAGES,
          query=(QueryParam("query", str, "The text.", required=True),
                 QueryParam("first_id", int, "Look on below this message, itself left out.")),
          description=_SEARCH),
    Route("GET", _ONE, messages.get, "messages:read", "One message", writes=Envelope[messages.MessageItem],
          tags=_MESSAGES),
    _act("DELETE", _ONE, messages.withdraw, "Delete a message that is less than a day old", _MESSAGES),
    Route("POST", f"{_ONE}/like", messages.like, "messages:write", "Like a message",
          writes=Envelope[messages.Liked], tags=_MESSAGES),
    Route("DELETE", f"{_ONE}/unlike", messages.unlike, "messages:write", "Like a message no more",
          writes=Envelope[messages.Liked], tags=_MESSAGES),
    _act("POST", f"{_ONE}/pin", messages.pin, "Pin a message", _MESSAGES),
    _act("DELETE", f"{_ONE}/unpin", messages.unpin, "Pin a message no more", _MESSAGES),
)  # fmt: skip
