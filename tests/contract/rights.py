"""Asking every route of a face: its path filled in, with the body that its document shows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from fancast.api.http import Route
from fancast.model.mass_messages import State
from tests.world import World

#: What an operation is asked with where its sample would do more than ask.
_NAME = re.compile(r"\{(\w+)(?::path)?\}")


@dataclass(frozen=True)
class Asking:
    """One account's things by the names that paths have for them, and a client."""

    client: httpx.Client
    things: Mapping[str, str]

    def ask(self, route: Route, **headers: str) -> httpx.Response:
        path = path_of(route, self.things)
        if route.takes != ("application/json",) and "application/json" not in route.takes:
            return self.client.request(route.method, path, content=b"bytes", headers=headers)
        body = route.sample if route.reads is not None else None
        sent: dict[str, Any] = {} if body is None else {"json": body}
        return self.client.request(route.method, path, headers=headers, **sent)


def things_of(world: World, on: str = "ada") -> dict[str, str]:
    """A fan, a list, a mass message and a message of an account, by every name that paths have for them."""
    fan = str(world.fan("ann", on=on).fan_id)
    listed = str(world.user_list("vip", "ann", on=on).ref)
    drafted = str(world.in_state(State.DRAFT, on=on).id)
    written = str(world.direct("ann", "Hello", on=on).id)
    names = {
        fan: ("userId", "user_id", "fan_id", "chat_id", "username"), listed: ("listId", "list_id"),
        drafted: ("massMessageId", "queue_id", "id"), written: ("messageId", "message_id"),
    }  # fmt: skip
    found = {name: thing for thing, all_names in names.items() for name in all_names}
    account = world.account(on)
    return found | {"account": account.acct_id, "connectionId": account.connection_id}


def path_of(route: Route, things: Mapping[str, str]) -> str:
    """A route's path with its names filled in."""
    return _NAME.sub(lambda found: things.get(found[1], "1"), route.path)


def holding(route: Route) -> Iterator[str]:
    """The names of things in a route's path that belong to an account."""
    for name in _NAME.findall(route.path):
        if name not in ("account", "rest", "cdn_url", "partNumber", "connectionId"):
            yield name


def label(route: Route) -> str:
    return f"{route.method} {route.path}"
