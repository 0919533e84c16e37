"""What the scenario scripts share: the sandbox, a client of whichever SDK version is on the path, waiting.

The three SDK versions name some calls differently, and one name means two things: `create_users_users_lists`
makes a list in 3.x and adds a fan to lists in 2.3.0. Those differences live here, so that a script reads
alike for all of them; everything else the scripts call on the SDK directly.
"""

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import count, product
from typing import Any, get_args
from urllib.request import Request, urlopen

from onlyfans_sdk import OFAuthClient, OFAuthError, analytics, messages, models, user_lists
from pydantic import TypeAdapter, ValidationError

SANDBOX: dict[str, str] = json.loads(os.environ["FANCAST_SANDBOX"])
VERSION = version("onlyfans-sdk")
PATIENCE_SECONDS = 30

_PARAMETERS = (
    "UserId",
    "ListId",
    "MassMessageId",
    "MessageId",
    "ConnectionId",
    "MediaUploadId",
    "PartNumber",
)
#: What no SDK has a model of, though another path's model could be taken for it.
_UNTYPED = {"/v2/access/mass-messages/scheduled"}

_numbers = count(1)


def client(**changes: Any) -> OFAuthClient:
    """A client of the sandbox's own account; `changes` replace what it is made of."""
    made_of = {
        "api_key": SANDBOX["api_key"],
        "base_url": SANDBOX["base_url"],
        "connection_id": SANDBOX["connection_id"],
        "timeout": 15,
    }
    return _Checked(**{**made_of, **changes})


class _Checked(OFAuthClient):
    """Looks at every answer of a call that succeeds: it fits the SDK's model of that call, found by its path."""

    def request(self, method: str, path: str, *arguments: Any, **named: Any) -> Any:
        answer = super().request(method, path, *arguments, **named)
        if model := _model_of(method, path):
            fits(model, answer)
        return answer


def _model_of(method: str, path: str) -> str | None:
    """`V2AccessUsersUserIdGetResponse` for `GET /v2/access/users/123`; what a path says itself comes first.

    Not by the calls' annotations: those of `user_lists.get_users_users_lists` and of the call that puts a fan on lists
    (`create_users_users_lists_2`; in 2.3.0 the one without the number) name another call's model, and in 2.3.0 so
    does that of `messages.get_mass_messages`.
    """
    if path in _UNTYPED:
        return None
    said = [part.replace("-", " ").title().replace(" ", "") for part in path.strip("/").split("/")]
    choices = [(part, *_PARAMETERS) if place > 1 else (part,) for place, part in enumerate(said)]
    names = (f"{''.join(parts)}{method.title()}Response" for parts in product(*choices))
    return next((name for name in names if hasattr(models, name)), None)


def in_days(days: float) -> str:
    """A time from now, as the guides write it."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_list(c: OFAuthClient, *fans: int) -> str:
    """A custom list of these fans, with a name of its own; returns its id."""
    made = create_user_list(c, {"name": f"scenario {VERSION} {os.getpid()} {next(_numbers)}"})
    for fan in fans:
        user_lists.create_users_lists_users(c, made["id"], str(fan))
    return made["id"]


def create_user_list(c: OFAuthClient, body: dict[str, Any]) -> dict[str, Any]:
    if VERSION.startswith("2."):
        return user_lists.create_users_users_lists_2(c, body)
    return user_lists.create_users_users_lists(c, body)


def add_to_lists(c: OFAuthClient, fan: str, body: dict[str, Any]) -> dict[str, Any]:
    if VERSION.startswith("2."):
        return user_lists.create_users_users_lists(c, fan, body)
    return user_lists.create_users_users_lists_2(c, fan, body)


def mass_messages(c: OFAuthClient, **query: Any) -> dict[str, Any]:
    """One page of mass messages; only 2.3.0 has a call for it."""
    if hasattr(messages, "list_mass_messages"):
        return messages.list_mass_messages(c, **query)
    return c.request("GET", "/v2/access/mass-messages", query=query)


def scheduled(c: OFAuthClient, **query: Any) -> dict[str, Any]:
    """One page of what has not started; only 3.1.0 has a call for it."""
    if VERSION.startswith("3.1"):
        from onlyfans_sdk import mass_messages as later

        return later.list_scheduleds(c, **query)
    return c.request("GET", "/v2/access/mass-messages/scheduled", query=query)


def sent_statistics(c: OFAuthClient, *, limit: int, **dates: str) -> dict[str, Any]:
    """Statistics of what was sent; 2.3.0 has no call for it."""
    if hasattr(analytics, "list_mass_messages_sents"):
        return analytics.list_mass_messages_sents(c, limit=limit, **dates)
    names = {"start_date": "startDate", "end_date": "endDate"}
    query = {"limit": limit, **{names[name]: date for name, date in dates.items()}}
    return c.request("GET", "/v2/access/analytics/mass-messages/sent", query=query)


def sent_to(c: OFAuthClient, made: dict[str, Any], recipients: int) -> dict[str, Any]:
    """The mass message once that many fans have it."""

    def look() -> dict[str, Any] | None:
        seen = messages.get_mass_messages(c, str(made["id"]))
        assert seen["sentCount"] <= recipients, seen
        return seen if seen["sentCount"] == recipients else None

    return until(look, f"mass message {made['id']} sent to {recipients}")


def copies(c: OFAuthClient, fan: int | str, made: dict[str, Any]) -> list[dict[str, Any]]:
    """The copies of a mass message in a fan's chat: one, or none."""
    page = messages.list_chats_chats_messages(c, str(fan), limit=10)
    return [message for message in page["list"] if message["queueId"] == made["id"]]


def pays(path: str, fan: int, body: dict[str, Any]) -> dict[str, Any]:
    """What the platform tells of a fan's purchase or tip: the native API's call."""
    url = f"{SANDBOX['base_url']}/v1/fans/{fan}/{path}?account={SANDBOX['connection_id']}"
    headers = {"Authorization": f"Bearer {SANDBOX['native_key']}", "Content-Type": "application/json"}
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=15) as answer:
        return json.load(answer)


def fits(model: str, answer: Any) -> None:
    """The answer has all that the SDK's model of it asks for. (That some may be null, its models have lost.)"""
    whole = getattr(models, model)
    root = whole.model_fields.get("root")
    wrong = [_wrong(kind, answer) for kind in ((whole,) if root is None else get_args(root.annotation))]
    assert not all(wrong), (model, wrong)


def _wrong(kind: Any, answer: Any) -> list[Any]:
    try:
        TypeAdapter(kind).validate_python(answer)
    except ValidationError as error:
        return [one for one in error.errors() if one["type"] == "missing" or one["input"] is not None]
    return []


def until(look: Callable[[], Any], what: str) -> Any:
    """Ask again until the answer is true; in the end, fail and say what never came."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s (last seen: {seen!r})"
        time.sleep(0.02)
    return seen


def refused(call: Callable[..., Any], *arguments: Any, **named: Any) -> OFAuthError:
    """The error a call ends in, which says more than its status: a code, and a message of the server's."""
    error = _error_of(call, *arguments, **named)
    assert error.code, vars(error)
    assert str(error) != f"HTTP {error.status}", vars(error)
    return error


def _error_of(call: Callable[..., Any], *arguments: Any, **named: Any) -> OFAuthError:
    try:
        answer = call(*arguments, **named)
    except OFAuthError as error:
        return error
    raise AssertionError(f"expected a refusal, got {answer!r}")
