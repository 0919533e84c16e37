"""How this face writes and reads: strict bodies, moments with `Z`, integer cents, opaque cursors."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta

from fancast.api.faces import Call
from fancast.api.query import QueryParam, read_id
from fancast.kit.times import in_range
from fancast.model.accounts import Account
from fancast.model.ids import LARGEST_ID, FanId, QueueId
from fancast.model.problems import invalid, not_found

LIMIT = 100
HIGHEST_LIMIT = 1_000
_CURSOR = re.compile(r"([a-z_]+):([0-9]{1,16})")
# msgspec says where with a path at the end, and what is unknown or missing between backquotes.
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_NAMED = re.compile(r"(?:unknown|missing required) field `(?P<name>[^`]*)`")

#: A moment as written: RFC 3339 in UTC, milliseconds, `Z`.
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
#: A moment as read: RFC 3339 with any offset.
SentMoment = Annotated[datetime, Meta(tz=True)]
Id = Annotated[int, Meta(ge=1, le=LARGEST_ID)]
Cents = Annotated[int, Meta(description="Integer cents.")]
Page = dict[str, object]

T = TypeVar("T")
B = TypeVar("B", bound=msgspec.Struct)


class Sent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A body as read. What is not named here is refused: our own clients should learn of a typo."""


class Told(msgspec.Struct, kw_only=True):
    """A body as written."""


class NoBody(Sent):
    """An action needs no body; `{}` is as good as none."""


# ---- reading


def read_body(call: Call, shape: type[B]) -> B:
    """The body as `shape`; no body counts as `{}`. Raises Problem(INVALID) with the field's path."""
    try:
        return msgspec.convert({} if call.body is None else call.body, shape)
    except msgspec.ValidationError as error:
        raise _wrong_shape(str(error)) from error


def _wrong_shape(said: str) -> Exception:
    place, named = _PLACE.search(said), _NAMED.search(said)
    path = (place["path"] if place else "").lstrip(".")
    message = _PLACE.sub("", said)
    if named is not None:
        path = f"{path}.{named['name']}" if path else named["name"]
        code = "unknown_field" if "unknown field" in said else "missing_field"
        return invalid(path, f"{message}.", code=code)
    return invalid(path or "body", f"{path or 'The body'}: {message}.")


def read_fields(sent: Sent) -> dict[str, object]:
    """What was sent of a change, by field, moments checked. Raises Problem(INVALID)."""
    fields = {name: getattr(sent, name) for name in sent.__struct_fields__}
    return {
        name: read_moment(name, value) if isinstance(value, datetime) else value
        for name, value in fields.items()
        if value is not UNSET
    }


def read_moment(field: str, sent: datetime | None) -> datetime | None:
    """A moment of a year we can count with. Raises Problem(INVALID)."""
    if sent is None:
        return None
    try:
        return in_range(sent)
    except ValueError as error:
        raise invalid(field, f"{field}: {error}.") from error


def account_of(call: Call) -> Account:
    """The account that the gate found: routes that need one never run without."""
    assert call.account is not None
    return call.account


def path_id(call: Call, name: str, noun: str) -> int:
    """A number in the path. Raises Problem(NOT_FOUND) for what cannot be one."""
    number = read_id(call.params[name])
    if number is None:
        raise not_found(noun, call.params[name])
    return number


def mass_message_id(call: Call) -> QueueId:
    return QueueId(path_id(call, "mass_message_id", "mass_message"))


def fan_id(call: Call) -> FanId:
    return FanId(path_id(call, "fan_id", "fan"))


# ---- pages


def page_query(*, highest: int = HIGHEST_LIMIT) -> tuple[QueryParam, ...]:
    """The query parameters of a page, for the document."""
    return (
        QueryParam("limit", int, "How many at most.", default=LIMIT, low=1, high=highest),
        QueryParam("after", str, "The `next` of the page before."),
    )


def read_limit(call: Call, *, highest: int = HIGHEST_LIMIT) -> int:
    return call.query.integer("limit", default=LIMIT, low=1, high=highest)


def read_after(call: Call, noun: str) -> int | None:
    """Where the page before ended; None for the first. Raises Problem(INVALID) for what we did not write."""
    cursor = call.query.text("after")
    if not cursor:
        return None
    try:
        plain = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        plain = ""
    found = _CURSOR.fullmatch(plain)
    if found is None or found[1] != noun:
        raise invalid("after", "after must be the `next` of a page of this same list.", code="invalid_cursor")
    return int(found[2])


def write_cursor(noun: str, position: int) -> str:
    return base64.urlsafe_b64encode(f"{noun}:{position}".encode()).decode().rstrip("=")


def write_page(
    noun: str, found: Sequence[T], limit: int, write: Callable[[T], object], position: Callable[[T], int]
) -> Page:
    """A page of `limit`, given one more than that where there is a rest."""
    shown = found[:limit]
    rest = len(found) > limit
    return {
        "list": [write(item) for item in shown],
        "next": write_cursor(noun, position(shown[-1])) if rest else None,
    }
