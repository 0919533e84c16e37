"""Addresses about fans and users, and about the creator and the accounts of a key."""

from fancast.api.http import QueryParam, Route
from fancast.api.onlyfansapi import accounts, fan_facts, users
from fancast.api.onlyfansapi.envelope import Envelope
from fancast.api.onlyfansapi.fan_facts import CustomNameBody, History, LatestFans, Notes, NotesBody, TopFans
from fancast.api.onlyfansapi.fans import FanCard
from fancast.api.onlyfansapi.mass_messages import Success

_FANS, _USERS, _ACCOUNTS = ("Fans",), ("Users",), ("Accounts",)
_FAN = Envelope[FanCard]

ROUTES = (
    Route("GET", "/me", accounts.me, "profile:read", "The creator", writes=Envelope[accounts.Me], tags=_ACCOUNTS),
    Route("GET", "/me/model-start-date", accounts.start_date, "profile:read", "Since when the creator is here",
          writes=Envelope[accounts.StartDate], tags=_ACCOUNTS),
    Route("GET", "/me/top-percentage", accounts.top_percentage, "profile:read", "How the creator compares",
          writes=Envelope[accounts.TopPercentage], tags=_ACCOUNTS,
          description="A server of one's own knows no other creators: there is no figure."),
    Route("GET", "/fans/latest", fan_facts.latest, "subscribers:read", "Fans who came or renewed last",
          writes=Envelope[LatestFans], tags=_FANS, query=fan_facts.LATEST_QUERY),
    Route("GET", "/fans/top", fan_facts.top, "subscribers:read", "Fans who spent most", writes=Envelope[TopFans],
          tags=_FANS, query=fan_facts.TOP_QUERY),
    Route("GET", "/fans/{fan_id}/notes", fan_facts.get_notes, "subscribers:read", "The note on a fan",
          writes=Envelope[Notes], tags=_FANS),
    Route("PUT", "/fans/{fan_id}/notes", fan_facts.put_notes, "subscribers:write", "Write a note on a fan",
          reads=NotesBody, writes=_FAN, tags=_FANS, sample={"notes": "Likes cats"}),
    Route("DELETE", "/fans/{fan_id}/notes", fan_facts.delete_notes, "subscribers:write",
          "Take the note on a fan away", writes=_FAN, tags=_FANS),
    Route("PUT", "/fans/{fan_id}/custom-name", fan_facts.put_custom_name, "subscribers:write",
          "Name a fan as the creator likes", reads=CustomNameBody, writes=_FAN, tags=_FANS,
          sample={"custom_name": "Robbie"}),
    Route("GET", "/fans/{fan_id}/subscriptions-history", fan_facts.subscriptions_history, "subscribers:read",
          "What a fan subscribed for", writes=Envelope[History], tags=_FANS),
    Route("GET", "/users/list", users.list_some, "profile:read", "Users by id",
          writes=Envelope[dict[str, FanCard]], tags=_USERS, query=(users.IDS,)),
    Route("GET", "/users/blocked", users.list_blocked, "users:write", "Blocked users",
          writes=Envelope[users.BlockedPage], tags=_USERS, query=users.BLOCKED_QUERY),
    Route("GET", "/users/{username}", users.get, "profile:read", "A user by name or id", writes=_FAN, tags=_USERS),
    Route("POST", "/users/{user_id}/block", users.block, "users:write", "Block a user", writes=_FAN, tags=_USERS),
    Route("DELETE", "/users/{user_id}/block", users.unblock, "users:write", "Unblock a user", writes=_FAN,
          tags=_USERS),
    Route("POST", "/users/{user_id}/restrict", users.restrict, "users:write", "Restrict a user", writes=_FAN,
          tags=_USERS),
    Route("DELETE", "/users/{user_id}/restrict", users.lift_restriction, "users:write",
          "Lift a user's restriction", writes=_FAN, tags=_USERS),
)  # fmt: skip

TEAM_ROUTES = (
    Route("GET", "/api/accounts", accounts.listing, summary="Accounts that this key reaches",
          writes=list[accounts.AccountItem], tags=_ACCOUNTS,
          query=tuple(QueryParam(f"onlyfans_{name}", str, "Only this one.") for name in ("id", "username", "email"))),
    Route("DELETE", "/api/accounts/{id}", accounts.disconnect, summary="Disconnect an account",
          writes=Envelope[Success], tags=_ACCOUNTS,
          description="For good: nothing reaches the account any more, and what had not gone out is cancelled."),
    Route("GET", "/api/whoami", accounts.whoami, summary="The key that calls", writes=accounts.WhoAmI,
          tags=_ACCOUNTS),
)  # fmt: skip
