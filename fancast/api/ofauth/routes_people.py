"""Paths about people: users, subscribers, the creator, and the connections of a key."""

from dataclasses import replace

from fancast.api.http import QueryParam, Route
from fancast.api.ofauth import accounts, connections, subscribers, users
from fancast.api.ofauth.values import LIMIT_20, LIMIT_100, OFFSET

_KEY_ALONE = ("ApiKey",)
_USERS, _SUBSCRIPTIONS, _SELF, _ACCOUNT = ("Users",), ("Subscriptions",), ("Self",), ("Account",)

_SUBSCRIBERS = Route(
    "GET", "/subscribers", subscribers.list_all, "subscribers:read", "List subscribers", tags=_SUBSCRIPTIONS,
    writes=subscribers.SubscriberPage, query=subscribers.QUERY,
)  # fmt: skip

ROUTES = (
    Route("GET", "/users/list", users.list_some, "profile:read", "List users by id", tags=_USERS,
          writes=users.ProfilesFound, query=(users.USER_IDS,)),
    Route("GET", "/users/search", users.search, "profile:read", "Search users", tags=_USERS,
          writes=list[users.UserProfile], query=(users.QUERY, replace(LIMIT_100, default=20), OFFSET)),
    Route("GET", "/users/blocked", users.list_blocked, "users:write", "List blocked users", tags=_USERS,
          writes=users.ProfilePage, query=(LIMIT_20, OFFSET)),
    Route("GET", "/users/restrict", users.list_restricted, "users:write", "List restricted users", tags=_USERS,
          writes=users.ProfilePage, query=(LIMIT_20, OFFSET)),
    Route("GET", "/users/{userId}", users.get, "profile:read", "Get user", tags=_USERS, writes=users.UserProfile),
    Route("POST", "/users/{userId}/restrict", users.restrict, "users:write", "Restrict user", tags=_USERS),
    Route("DELETE", "/users/{userId}/restrict", users.lift_restriction, "users:write", "Lift a user's restriction",
          tags=_USERS),
    _SUBSCRIBERS,
    # As the vendor's oldest pages print it.
    replace(_SUBSCRIBERS, path="/subscriptions/subscribers", documented=False),
    Route("PUT", "/subscribers/{userId}/note", subscribers.set_note, "subscribers:write", "Set a subscriber's note",
          tags=_SUBSCRIPTIONS, reads=subscribers.NoteInput, sample={"notice": "Likes cats"}),
    Route("PUT", "/subscribers/{userId}/custom-name", subscribers.set_custom_name, "subscribers:write",
          "Set a subscriber's custom name", tags=_SUBSCRIPTIONS, reads=subscribers.CustomNameInput,
          sample={"displayName": "Robbie"}),
    Route("PUT", "/subscribers/{userId}/discount", subscribers.set_discount, "subscribers:write",
          "Offer a subscriber a discount", tags=_SUBSCRIPTIONS, reads=subscribers.DiscountInput,
          sample={"discount": 20, "period": 3}),
    Route("GET", "/self", accounts.get_self, "profile:read", "Get self", tags=_SELF, writes=accounts.Self),
    Route("PATCH", "/self", accounts.change_self, "profile:write", "Update self", tags=_SELF,
          reads=accounts.SelfInput, writes=accounts.Self, sample={"about": "Hello!"}),
)  # fmt: skip

_CONNECTION = "/connections/{connectionId}"
ACCOUNT_ROUTES = (
    Route("GET", "/whoami", accounts.whoami, summary="Who am I", tags=_ACCOUNT, writes=accounts.Whoami,
          security=_KEY_ALONE),
    Route("GET", "", accounts.whoami, tags=_ACCOUNT, writes=accounts.Whoami, documented=False),
    Route("GET", "/connections", connections.list_all, summary="List connections", tags=_ACCOUNT,
          writes=connections.ConnectionPage, security=_KEY_ALONE,
          query=(QueryParam("status", str, "active, expired or awaiting_2fa."),
                 QueryParam("imported", bool, "Whether it was made by an import."), LIMIT_100, OFFSET)),
    Route("POST", "/connections/import", connections.create, summary="Import a connection", tags=_ACCOUNT,
          reads=connections.ImportInput, writes=connections.Connection, security=_KEY_ALONE,
          sample={"cookie": "auth_id=42; sess=opaque", "userAgent": "Mozilla/5.0", "clientReferenceId": "u-77"},
          description="How a connection, and with it an account, is made by API. `cookie` and `userAgent` are opaque "
          "and not kept; an `auth_id` in the cookie becomes the creator's id."),
    Route("PATCH", "/connections/import/{connectionId}", connections.renew, summary="Renew an imported connection",
          tags=_ACCOUNT, reads=connections.SessionInput, writes=connections.Connection, security=_KEY_ALONE,
          sample={"cookie": "sess=opaque", "userAgent": "Mozilla/5.0"}),
    Route("DELETE", _CONNECTION, connections.remove, summary="Remove a connection", tags=_ACCOUNT,
          writes=connections.Succeeded, security=_KEY_ALONE,
          description="For good: nothing reaches the account any more, and what had not gone out is cancelled."),
    Route("POST", f"{_CONNECTION}/invalidate", connections.expire, summary="Invalidate a connection",
          tags=_ACCOUNT, writes=connections.Succeeded, security=_KEY_ALONE),
    Route("GET", f"{_CONNECTION}/settings", connections.get_settings, summary="Get a connection's settings",
          tags=_ACCOUNT, writes=connections.ConnectionSettings, security=_KEY_ALONE),
    Route("PATCH", f"{_CONNECTION}/settings", connections.change_settings, tags=_ACCOUNT,
          summary="Change a connection's settings", reads=connections.SettingsInput,
          writes=connections.ConnectionSettingsChanged, security=_KEY_ALONE, sample={"vaultPlus": {"enabled": True}}),
    Route("GET", "/settings", connections.get_own_settings, summary="Get settings", tags=_ACCOUNT,
          writes=connections.OwnSettings, security=_KEY_ALONE),
    Route("PATCH", "/settings", connections.change_own_settings, summary="Change settings", tags=_ACCOUNT,
          writes=connections.OwnSettingsChanged, security=_KEY_ALONE, sample={},
          description="There is nothing to change: the vault add-on is another product. The answer says so."),
)  # fmt: skip
#: Connections at the address of the vendor's oldest pages.
OLDER_ACCOUNT_ROUTES = tuple(
    replace(route, documented=False) for route in ACCOUNT_ROUTES if route.path.startswith("/connections")
)
