"""Every address of this dialect: what runs there, what right it takes, what its document says."""

from fancast.api.faces import FORM, Repeat
from fancast.api.http import QueryParam, Route, under
from fancast.api.onlyfansapi import engagement, fans, mass_messages, user_lists
from fancast.api.onlyfansapi.envelope import Envelope
from fancast.api.onlyfansapi.mass_messages import (
    MassMessageBody,
    MassMessageEdit,
    QueueItem,
    QueueState,
    Success,
)
from fancast.api.onlyfansapi.params import OFFSET as _OFFSET
from fancast.api.onlyfansapi.params import limit as _limit
from fancast.api.onlyfansapi.routes_chats import ROUTES as _CHATS
from fancast.api.onlyfansapi.routes_media import ROUTES as _MEDIA
from fancast.api.onlyfansapi.routes_money import ROUTES as _MONEY
from fancast.api.onlyfansapi.routes_people import ROUTES as _PEOPLE
from fancast.api.onlyfansapi.routes_people import TEAM_ROUTES
from fancast.api.onlyfansapi.routes_queue import ROUTES as _WAITING
from fancast.api.onlyfansapi.routes_vault import ROUTES as _VAULT
from fancast.api.onlyfansapi.uploads import take_message
from fancast.api.onlyfansapi.user_lists import (
    MembersBody,
    MembersPage,
    Removed,
    UserListBody,
    UserListEdit,
    UserListItem,
)

_MESSAGES, _LISTS, _FANS, _STATISTICS = ("Mass messaging",), ("User lists",), ("Fans",), ("Engagement",)


class MassMessageList(Envelope[list[QueueState]], frozen=True):
    """Mass messages, newest first."""


class UserLists(Envelope[list[UserListItem]], frozen=True):
    """Built-in lists, then custom ones."""


class MembersAdded(Envelope[dict[str, list[int] | dict[str, str]]], frozen=True):
    """`{list id: [user ids]}`; with `skip_invalid` `{"added": [user ids], "failed": {user id: why}}`."""


_STATISTICS_QUERY = (
    QueryParam("startDate", str, "Sent at or after this: ISO 8601, a day, or a day and a time; UTC."),
    QueryParam("endDate", str, "Sent at or before this; whole seconds and days include all of themselves."),
    QueryParam("before", int, "With endDate: of what was sent at that very moment, only lower ids."),
    QueryParam("query", str, "Text to look for."),
    _limit(10, 1, engagement.MOST_AT_ONCE),
    _OFFSET,
)
_FANS_QUERY = (
    _limit(10, 1, fans.MOST_AT_ONCE),
    _OFFSET,
    QueryParam("after", str, "The place where the page before ended, as next_page tells it."),
    QueryParam("query", str, "Text to look for in names and usernames."),
    QueryParam(
        "type", str, "active, expired or all: of those whom the path names, only these.", default="all"
    ),
    QueryParam("filter[online]", bool, "Seen within five minutes, or not."),
    QueryParam("filter[duration]", int, "Subscribed for at least so many months of 30 days.", low=0),
    QueryParam("filter[tips]", float, "Tipped at least so many dollars."),
    QueryParam("filter[total_spent]", float, "Spent at least so many dollars."),
    QueryParam("filter[max_total_spent]", float, "Spent at most so many dollars; not with filter[online]."),
)

_MASS_MESSAGING = (
    Route("POST", "/mass-messaging", mass_messages.send, "messages:write", "Send, schedule or save a mass message",
          reads=MassMessageBody, writes=Envelope[QueueState], tags=_MESSAGES, intake=take_message, only_forms=True,
          takes=FORM, description="As JSON, or as a form whose mediaFiles may be files.", repeat=Repeat.HARMLESS),
    Route("GET", "/mass-messaging", mass_messages.listing, "messages:read", "Unsent and recently sent mass messages",
          writes=MassMessageList, tags=_MESSAGES,
          query=(_limit(mass_messages.MOST_LISTED, 1, mass_messages.MOST_LISTED), _OFFSET)),
    Route("GET", "/mass-messaging/overview", engagement.sent_mass_messages, "messages:read",
          "Statistics of sent mass messages", writes=Envelope[engagement.StatsPage], tags=_MESSAGES,
          query=_STATISTICS_QUERY, name="mass_messaging_overview"),
    Route("GET", "/mass-messaging/{queue_id}", mass_messages.get, "messages:read", "One mass message",
          writes=Envelope[QueueItem], tags=_MESSAGES),
    Route("PUT", "/mass-messaging/{queue_id}", mass_messages.edit, "messages:write",
          "Change a mass message before it goes out", reads=MassMessageEdit, writes=Envelope[QueueState],
          tags=_MESSAGES),
    Route("DELETE", "/mass-messaging/{queue_id}", mass_messages.delete, "messages:write",
          "Remove a mass message before it goes out, or take it back", writes=Envelope[QueueItem], tags=_MESSAGES),
    Route("PUT", "/queue/{queue_id}/publish", mass_messages.publish, "messages:write",
          "Send a scheduled or saved mass message now", writes=Envelope[Success], tags=_MESSAGES,
          repeat=Repeat.HARMLESS),
)  # fmt: skip

_USER_LISTS = (
    Route("GET", "/user-lists", user_lists.listing, "lists:read", "User lists", writes=UserLists,
          description="Built-in ones first; rebill_on and rebill_off only once a fan's subscription had a price.",
          tags=_LISTS, query=(_limit(10, 10, 50), _OFFSET,
                              QueryParam("view", str, "`queue`: only lists that mass messages can go to."))),
    Route("POST", "/user-lists", user_lists.create, "lists:write", "Make a user list", reads=UserListBody,
          writes=Envelope[UserListItem], tags=_LISTS, repeat=Repeat.DOUBLED),
    Route("GET", "/user-lists/{list_id}", user_lists.get, "lists:read", "One user list",
          writes=Envelope[UserListItem], tags=_LISTS),
    Route("PUT", "/user-lists/{list_id}", user_lists.rename, "lists:write", "Rename a user list",
          reads=UserListEdit, writes=Envelope[UserListItem], tags=_LISTS),
    Route("DELETE", "/user-lists/{list_id}", user_lists.delete, "lists:write", "Delete a user list",
          writes=Envelope[Success], tags=_LISTS),
    Route("GET", "/user-lists/{list_id}/users", user_lists.members, "lists:read", "Who is on a user list",
          writes=Envelope[MembersPage], tags=_LISTS, query=(_limit(10, 1, 100), _OFFSET)),
    Route("GET", "/user-lists/{list_id}/users/pinned", user_lists.pinned_members, "lists:read",
          "Who is pinned on a user list", writes=Envelope[MembersPage], tags=_LISTS,
          query=(_limit(10, 1, 100), _OFFSET)),
    Route("POST", "/user-lists/{list_id}/users", user_lists.add_members, "lists:write", "Put users on a list",
          reads=MembersBody, writes=MembersAdded, tags=_LISTS),
    Route("DELETE", "/user-lists/{list_id}/users", user_lists.clear, "lists:write", "Take everybody off a list",
          writes=Envelope[UserListItem], tags=_LISTS),
    Route("DELETE", "/user-lists/{list_id}/users/{user_id}", user_lists.remove_member, "lists:write",
          "Take one user off a list", writes=Envelope[Removed], tags=_LISTS),
    Route("POST", "/user-lists/{list_id}/users/{user_id}/pin", user_lists.pin_member, "lists:write",
          "Pin a user on a list", writes=Envelope[Success], tags=_LISTS),
)  # fmt: skip

_READS = (
    Route("GET", "/fans/all", fans.list_all, "subscribers:read", "All fans", writes=Envelope[fans.FanPage],
          tags=_FANS, query=_FANS_QUERY),
    Route("GET", "/fans/active", fans.list_active, "subscribers:read", "Fans who are subscribed",
          writes=Envelope[fans.FanPage], tags=_FANS, query=_FANS_QUERY),
    Route("GET", "/fans/expired", fans.list_expired, "subscribers:read", "Fans whose subscription is over",
          writes=Envelope[fans.FanPage], tags=_FANS, query=_FANS_QUERY),
    Route("GET", "/engagement/messages/mass-messages", engagement.sent_mass_messages, "analytics:read",
          "Statistics of sent mass messages", writes=Envelope[engagement.StatsPage], tags=_STATISTICS,
          query=_STATISTICS_QUERY),
)  # fmt: skip

#: All but Giphy's, which need the operator's key.
ROUTES = (
    *TEAM_ROUTES, *_WAITING,
    *under(
        "/api/{account}", (*_MASS_MESSAGING, *_USER_LISTS, *_READS, *_PEOPLE, *_MONEY, *_CHATS, *_MEDIA, *_VAULT)
    ),
)  # fmt: skip
