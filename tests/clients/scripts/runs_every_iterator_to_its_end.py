"""Every iterator that the SDK has, found by its name, ends by itself and gives nothing twice."""

import importlib
import inspect
import json
import pkgutil
import urllib.request
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import onlyfans_sdk
from onlyfans_sdk import messages, vault_lists
from scenario import SANDBOX, VERSION, client, copies, in_days, new_list, until

#: Nothing here is longer: an iterator that goes on beyond never ends.
CEILING = 20_000
#: More than one page of any size.
BUYERS = 25
#: What is iterated over must give something, to be seen to end; the rest lies outside of messaging.
EMPTY = {
    "iter_campaigns_tops", "iter_chargebacks", "iter_earnings_chargebacks", "iter_release_forms",
    "iter_subscriptions", "iter_tagged_friend_users", "iter_tracking_links",
}  # fmt: skip


def iterators() -> Iterator[Callable[..., Iterator[Any]]]:
    for module in pkgutil.iter_modules(onlyfans_sdk.__path__):
        loaded = importlib.import_module(f"onlyfans_sdk.{module.name}")
        for name, found in sorted(vars(loaded).items()):
            if name.startswith("iter_") and found.__module__ == loaded.__name__:
                yield found


def needed(function: Callable[..., Any]) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [each.name for each in parameters if each.default is each.empty and each.name != "client"]


def identity(item: dict[str, Any]) -> object:
    """By what one thing is told from another of the same list."""
    return item["withUser"]["id"] if "withUser" in item else item["id"]


def native(path: str, body: dict[str, Any]) -> None:
    """What the platform tells this server: the SDK has no words for it."""
    request = urllib.request.Request(
        f"{SANDBOX['base_url']}/v1/{path}?account={SANDBOX['connection_id']}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {SANDBOX['native_key']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status < 300, answer.status


def sold(c: Any) -> tuple[dict[str, Any], list[int]]:
    """A mass message that more fans bought than go on a page."""
    # Fans of each version's own: who owns the media already is left out.
    first = 3 * BUYERS * ["3.1.0", "3.0.0", "2.3.0"].index(VERSION)
    active = onlyfans_sdk.subscribers.iter_subscribers(c, type="active", page_size=50)
    users = list(islice(active, first, first + 3 * BUYERS))
    fans = [user["id"] for user in users if user["capabilities"]["canReceiveMessages"]][:BUYERS]
    body = {"text": "Look", "price": 5, "mediaItems": [12349, 12350], "userIds": fans}
    made = messages.create_mass_messages(c, body)
    seen = until(lambda: _done(c, made), "the priced message went out")
    for fan in fans:
        for copy in copies(c, fan, made):
            reference = f"sdk {made['id']} {fan}"
            native(f"fans/{fan}/purchases", {"message_id": copy["id"], "payment_reference": reference})
    assert seen["sentCount"] > 0
    return made, fans


def _done(c: Any, made: dict[str, Any]) -> dict[str, Any] | None:
    seen = messages.get_mass_messages(c, str(made["id"]))
    return seen if seen["sentCount"] else None


with client() as c:
    made, fans = sold(c)
    chatting = fans[0]
    for number in range(45):
        messages.create_chats_chats_messages(
            c, str(chatting), {"text": f"Number {number}", "mediaItems": [789]}
        )
    messages.create_mass_messages(c, {"text": "Later", "userIds": [chatting], "scheduledDate": in_days(30)})
    listed = new_list(c, *fans)
    kept = vault_lists.create_vault_vault_lists(c, {"name": f"Iterated {made['id']}"})["id"]
    vault_lists.create_vault_vault_lists_media(c, str(kept), {"mediaIds": [789, 790, 12345]})
    given = {
        "user_id": str(chatting), "mass_message_id": str(made["id"]),
        "user_lists": listed, "vault_lists": str(kept),
    }  # fmt: skip

    for iterate in iterators():
        module = iterate.__module__.rpartition(".")[2]
        known = {name: given[module if name == "list_id" else name] for name in needed(iterate)}
        for page in ({}, {"page_size": 7}):
            met = [identity(item) for item in islice(iterate(c, **known, **page), CEILING)]
            assert len(met) < CEILING, f"{iterate.__name__} never ends"
            assert len(met) == len(set(met)), f"{iterate.__name__} repeats"
            assert bool(met) is (iterate.__name__ not in EMPTY), (iterate.__name__, len(met))
    assert len(list(messages.iter_chats_chats_messages(c, str(chatting)))) >= 45
