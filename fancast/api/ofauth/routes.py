"""All paths of this dialect, in one table. Aliases come from the vendor's older and newer pages."""

from dataclasses import replace

from fancast.api.http import QueryParam, Route, under
from fancast.api.ofauth import (
    analytics,
    mass_messages,
    outside,
    routes_chats,
    routes_money,
    routes_people,
    routes_uploads,
    routes_vault,
    user_lists,
)
from fancast.api.ofauth.values import LIMIT_20, LIMIT_100, OFFSET, SHAPE

_TYPE = QueryParam("type", str, "sent, unsent (taken back) or scheduled (not started); absent: all.")
_SENT_QUERY = (
    QueryParam("startDate", str, "Only what was sent at or after this."),
    QueryParam("endDate", str, "Only what was sent up to this; a bare day means all of it."),
    replace(LIMIT_100, default=20), OFFSET,
)  # fmt: skip
_SAMPLE = {"text": "Hey **everyone**!", "userLists": [1], "excludeUserLists": [4]}


def _mass_message(path: str, *, scheduled: bool = False, documented: bool = True) -> tuple[Route, ...]:
    """GET, PUT and DELETE of one mass message at a path."""
    m, tags = mass_messages, ("Messages",)
    get, put, delete = (
        (m.get_scheduled, m.put_scheduled, m.delete_scheduled) if scheduled else (m.get, m.put, m.delete)
    )
    return (
        Route("GET", path, get, "messages:read", "Get mass message", writes=m.QueueItem, tags=tags,
              documented=documented),
        Route("PUT", path, put, "messages:write", "Update mass message", reads=m.MassMessageInput,
              writes=m.MassMessageStatus, tags=tags, documented=documented, sample={"text": "Better words"},
              description="Until it starts. Absent fields keep their value, `[]` and null clear."),
        Route("DELETE", path, delete, "messages:write", "Delete mass message", writes=m.Deleted, tags=tags,
              documented=documented, description="Cancels what has not started, unsends what has."),
    )  # fmt: skip


def _mass_messages(path: str, *, documented: bool = True) -> Route:
    return Route(
        "POST", path, mass_messages.create, "messages:write", "Create mass message",
        reads=mass_messages.MassMessageInput, writes=mass_messages.MassMessageStatus, tags=("Messages",),
        documented=documented, sample=_SAMPLE,
        description="Create a mass message to send to multiple fans. At least one of userIds, userLists and "
        "subscribedAfterDate must name somebody: an empty selection is never everyone. The answer comes at once: "
        "`total` is -1 until the audience is frozen.",
    )  # fmt: skip


def _listing(path: str, *, documented: bool = True) -> Route:
    return Route(
        "GET", path, mass_messages.list_all, "messages:read", "List mass messages", tags=("Messages",),
        writes=mass_messages.QueuePage, query=(_TYPE, LIMIT_20, OFFSET), documented=documented,
    )  # fmt: skip


_MESSAGES = (
    _mass_messages("/mass-messages"),
    _listing("/mass-messages"),
    Route("GET", "/mass-messages/scheduled", mass_messages.list_scheduled, "messages:read",
          "List scheduled mass messages", tags=("Messages",), writes=mass_messages.QueuePage,
          query=(LIMIT_20, OFFSET)),
    *_mass_message("/mass-messages/{massMessageId}"),
    *_mass_message("/mass-messages/scheduled/{massMessageId}", scheduled=True, documented=False),
    _mass_messages("/messages/queue", documented=False),
    _listing("/messages/queue/stats", documented=False),
    *_mass_message("/messages/queue/{massMessageId}", documented=False),
)  # fmt: skip

_ANALYTICS = (
    Route("GET", "/analytics/mass-messages/sent", analytics.list_sent, "analytics:read",
          "Statistics of sent mass messages", tags=("Analytics",), writes=analytics.SentPage, query=_SENT_QUERY),
    Route("GET", "/analytics/mass-messages/purchased", analytics.list_purchased, "analytics:read",
          "Statistics of bought mass messages", tags=("Analytics",), writes=analytics.SentPage, query=_SENT_QUERY),
)  # fmt: skip

_LIST_NAME = QueryParam("query", str, "A part of the list's name.")
_LISTS = (
    Route("GET", "/users/lists", user_lists.list_all, "lists:read", "List user lists", tags=("Users",),
          writes=user_lists.UserListPage, query=(LIMIT_100, OFFSET, _LIST_NAME, SHAPE)),
    Route("POST", "/users/lists", user_lists.create, "lists:write", "Create user list", tags=("Users",),
          reads=user_lists.NameInput, writes=user_lists.UserListShape, sample={"name": "Regulars"}),
    Route("GET", "/users/lists/{listId}", user_lists.get, "lists:read", "Get user list", tags=("Users",),
          writes=user_lists.UserListShape),
    Route("PATCH", "/users/lists/{listId}", user_lists.rename, "lists:write", "Rename user list", tags=("Users",),
          reads=user_lists.NameInput, writes=user_lists.UserListShape, sample={"name": "Regulars"}),
    Route("DELETE", "/users/lists/{listId}", user_lists.delete, "lists:write", "Delete user list",
          tags=("Users",)),
    Route("GET", "/users/lists/{listId}/users", user_lists.list_users, "lists:read", "List a user list's users",
          tags=("Users",), writes=user_lists.UserPage, query=(LIMIT_100, OFFSET)),
    Route("POST", "/users/lists/{listId}/users/{userId}", user_lists.add_user, "lists:write",
          "Add user to list", tags=("Users",), writes=user_lists.UserAdded),
    Route("DELETE", "/users/lists/{listId}/users/{userId}", user_lists.remove_user, "lists:write",
          "Remove user from list", tags=("Users",), writes=user_lists.UserPage),
    Route("POST", "/users/{userId}/lists", user_lists.add_to_lists, "lists:write", "Add user to lists",
          tags=("Users",), reads=user_lists.ListIdsInput, writes=user_lists.ListsChanged,
          sample={"listIds": [1, 2]}),
    Route("POST", "/users/{userId}/user-lists/batch", user_lists.add_to_lists_in_batch, "lists:write",
          "Add user to lists, told one by one", tags=("Users",), reads=user_lists.ListIdsInput,
          writes=user_lists.BatchChanged, sample={"listIds": [1, 2]}),
)  # fmt: skip

ROUTES = (
    *under(
        "/v2/access",
        (
            *_MESSAGES,
            *routes_chats.ROUTES,
            *_ANALYTICS,
            *_LISTS,
            *routes_people.ROUTES,
            *routes_money.ROUTES,
            *routes_uploads.ROUTES,
            *routes_vault.ROUTES,
        ),
    ),
    *under("/v2/account", routes_people.ACCOUNT_ROUTES),
    *under("/v2", routes_people.OLDER_ACCOUNT_ROUTES),
    *outside.ROUTES,
)
