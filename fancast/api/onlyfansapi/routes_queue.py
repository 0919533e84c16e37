"""Addresses of what waits and of what goes with a message: queue, drafts, tags, banned words, Giphy."""

from collections.abc import Sequence

from fancast.api.faces import Repeat
from fancast.api.http import QueryParam, Route, under
from fancast.api.onlyfansapi import (
    banned_words,
    fan_summaries,
    giphy,
    queue,
    release_forms,
    saved_for_later,
    usage,
    welcome_messages,
)
from fancast.api.onlyfansapi.envelope import Envelope
from fancast.api.onlyfansapi.giphy import Gif, Giphy, Handler
from fancast.api.onlyfansapi.mass_messages import Success
from fancast.api.onlyfansapi.params import OFFSET, limit

_QUEUE, _SAVED, _FORMS, _GIPHY = ("Queue",), ("Saved for later",), ("Release forms",), ("Giphy",)
_WELCOME = ("Welcome message",)


class NothingLeft(Envelope[list[object]], frozen=True):
    """Done; there is nothing to tell."""


class Gifs(Envelope[list[Gif]], frozen=True):
    """Animated pictures."""


_WAITING = (
    Route("GET", "/queue", queue.listing, "messages:read", "What waits for its hour",
          writes=Envelope[queue.QueuePage], tags=_QUEUE,
          query=(*queue.WINDOW_QUERY, limit(20, 1, queue.MOST_AT_ONCE),
                 QueryParam("type", str, "`chat`, `post` or both; this server has no posts."))),
    Route("GET", "/queue/counts", queue.counts, "messages:read", "How much waits, by day",
          writes=Envelope[queue.QueueCounts], tags=_QUEUE, query=queue.WINDOW_QUERY),
    Route("GET", "/saved-for-later/messages", saved_for_later.listing, "messages:read", "Drafts, newest first",
          writes=Envelope[saved_for_later.SavedPage], tags=_SAVED,
          query=(limit(10, 1, saved_for_later.MOST_AT_ONCE), OFFSET)),
    Route("GET", "/saved-for-later/messages/settings", saved_for_later.settings, "messages:read",
          "Whether drafts go out by themselves", writes=Envelope[saved_for_later.SenderSettings], tags=_SAVED),
    Route("PATCH", "/saved-for-later/messages/settings/enable-or-update-automatic-messaging",
          saved_for_later.switch_on, "messages:write", "Send the oldest draft every so many hours",
          reads=saved_for_later.PeriodBody, writes=Envelope[saved_for_later.Period], tags=_SAVED,
          sample={"period": 24}, repeat=Repeat.HARMLESS),
    Route("PATCH", "/saved-for-later/messages/settings/disable-automatic-messaging", saved_for_later.switch_off,
          "messages:write", "Send no drafts by themselves", writes=NothingLeft, tags=_SAVED, repeat=Repeat.HARMLESS),
    Route("POST", "/messages/{queue_id}/attach-tags", release_forms.attach, "messages:write",
          "Replace the release-form tags of a sent message", reads=release_forms.TagsBody,
          writes=Envelope[Success], tags=_FORMS),
    Route("GET", "/release-forms/taggable-users", release_forms.taggable_users, "messages:read",
          "Who can be tagged: nobody, this server keeps no release forms",
          writes=Envelope[release_forms.TaggableUsers], tags=_FORMS,
          query=(limit(10, 1, release_forms.MOST_AT_ONCE), OFFSET,
                 QueryParam("filter", str, "all or pending."), QueryParam("sort", str, "date or name."),
                 QueryParam("sortDirection", str, "desc or asc."), QueryParam("name", str, "Text in names."))),
    *(Route("POST", f"/release-forms/{link}", release_forms.no_links, "messages:write",
            "Refused: this server keeps no release forms", reads=release_forms.LinkBody, tags=_FORMS,
            writes_data=False, name=f"release_forms_{link.replace('-', '_')}")
      for link in ("create-invitation-link", "create-release-form")),
    *(Route(method, "/fans/{fan_id}/summary", fan_summaries.no_provider, permission,
            "Refused: this server writes no summaries", tags=("Fans",), writes_data=False,
            name=f"fan_summary_{method.lower()}")
      for method, permission in (("GET", "subscribers:read"), ("POST", "subscribers:write"))),
    Route("GET", "/settings/welcome-message", welcome_messages.get, "messages:read",
          "What new subscribers get by themselves", writes=Envelope[welcome_messages.WelcomeItem], tags=_WELCOME),
    Route("POST", "/settings/welcome-message", welcome_messages.put, "messages:write",
          "Let this be the welcome message", reads=welcome_messages.WelcomeBody,
          writes=Envelope[welcome_messages.WelcomeItem], tags=_WELCOME, sample={"text": "Welcome!"}),
    Route("PATCH", "/settings/welcome-message", welcome_messages.switch, "messages:write",
          "Greet from now on, or no more", reads=welcome_messages.EnabledBody, writes=Envelope[Success],
          tags=_WELCOME, repeat=Repeat.HARMLESS),
)  # fmt: skip

_TEAM = (
    Route("GET", "/api/usage/credits", usage.credits_used, summary="What calls have cost: nothing",
          writes=Envelope[usage.Usage], tags=("Accounts",), query=usage.QUERY),
    Route("GET", "/api/banned-words", banned_words.listing, summary="Words that blockBannedWords looks for",
          writes=banned_words.BannedWordPage, tags=("Mass messaging",),
          query=(QueryParam("category", str, "Only this category."),
                 QueryParam("risk_level", str, "strict_ban, risky or replace_soften."),
                 QueryParam("search", str, "Part of the word, or of the word it is a form of."),
                 QueryParam("per_page", int, "How many to show.", default=50, low=1, high=100),
                 QueryParam("page", int, "Which page, from 1.", default=1, low=1))),
)  # fmt: skip


def with_giphy(routes: Sequence[Route], asked: Giphy | None) -> tuple[Route, ...]:
    """The routes with those of Giphy, which refuse where nobody set a key."""
    trending, search = (giphy.no_key, giphy.no_key) if asked is None else (asked.trending, asked.search)
    return (*routes, *under("/api/{account}", _giphy(trending, search)))


def _giphy(trending: Handler, search: Handler) -> tuple[Route, ...]:
    page = (limit(10, 1, giphy.MOST_AT_ONCE), OFFSET)
    needed = "Needs the operator's key for Giphy."
    return (
        Route("GET", "/giphy/trending", trending, "messages:read", "Pictures that many send", writes=Gifs,
              tags=_GIPHY, query=page, description=needed, name="giphy_trending"),
        Route("GET", "/giphy/search", search, "messages:read", "Pictures by words", writes=Gifs, tags=_GIPHY,
              query=(QueryParam("q", str, "What to look for.", required=True), *page), description=needed,
              name="giphy_search"),
    )  # fmt: skip


ROUTES = (*_TEAM, *under("/api/{account}", _WAITING))
