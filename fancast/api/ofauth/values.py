"""This dialect's values: how its bodies and parameters say numbers, money, times, references and pages.

null counts as not sent where the contract gives a default; unknown fields are not looked at.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from msgspec import Meta

from fancast.api.http import Answer, Call, Query, QueryParam, read_id
from fancast.kit.money import cents_from_dollars, dollars_number, dollars_text
from fancast.kit.times import offset_text, parse_time
from fancast.model.accounts import Account
from fancast.model.ids import LARGEST_OFFSET
from fancast.model.problems import invalid

#: One reference (a username, a slug, a number as text) is no longer than this.
LONGEST_WORD = 255
Id = Annotated[int, Meta(gt=0, description="OnlyFans user ID")]
T = TypeVar("T")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# An unescaped `+02:00` in a query arrives as ` 02:00`.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d{2}:\d{2}$)")


class Body:
    """The JSON object of a request. What it does not say is None; what it says wrongly is a Problem(INVALID)."""

    __slots__ = ("_fields",)

    def __init__(self, body: object) -> None:
        if body is not None and not isinstance(body, dict):
            raise invalid("body", "The body must be a JSON object.")
        self._fields: Mapping[str, object] = body or {}

    def __contains__(self, name: str) -> bool:
        """Whether the key is there at all, be it null."""
        return name in self._fields

    def everything(self) -> dict[str, object]:
        """The object as it was sent."""
        return dict(self._fields)

    def text(self, name: str) -> str | None:
        found = self._fields.get(name)
        if found is not None and not isinstance(found, str):
            raise invalid(name, f"{name} must be text.")
        return found

    def name(self, name: str) -> str:
        """A text that must be there and say something."""
        found = self.text(name)
        if found is None or not found.strip():
            raise invalid(name, f"{name} is needed.", code="required")
        return found

    def flag(self, name: str, default: bool = False) -> bool:
        found = self._fields.get(name)
        if found is not None and not isinstance(found, bool):
            raise invalid(name, f"{name} must be true or false.")
        return default if found is None else found

    def count(self, name: str) -> int:
        """A whole number from 0 on; 0 when it says nothing."""
        found = _whole(self._fields.get(name))
        if found is None:
            return 0
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise invalid(name, f"{name} must be a whole number from 0 on.")
        return found

    def price_cents(self, name: str) -> int:
        """Dollars with at most two decimals; 0 when it says nothing."""
        found = self._fields.get(name)
        if found is None:
            return 0
        try:
            return cents_from_dollars(found)
        except ValueError as error:
            raise invalid(name, f"{name} must be a number of dollars: {error}.") from error

    def moment(self, name: str) -> datetime | None:
        found = self._fields.get(name)
        return None if found is None else read_moment(name, found)

    def word(self, name: str) -> int | str | None:
        """One reference."""
        found = self._fields.get(name)
        return None if found is None else _word(name, found)

    def words(self, name: str, *, longest: int = LONGEST_WORD) -> list[int | str]:
        """References: whole numbers from 1 on, or texts that are not empty."""
        return [_word(name, item, longest) for item in self._items(name)]

    def ids(self, name: str) -> list[int]:
        return [read_reference(name, item) for item in self._items(name)]

    def part(self, name: str) -> "Body | None":
        """An object inside the body."""
        found = self._fields.get(name)
        if found is not None and not isinstance(found, dict):
            raise invalid(name, f"{name} must be an object.")
        return None if found is None else Body(found)

    def _items(self, name: str) -> Sequence[object]:
        found = self._fields.get(name)
        if found is not None and not isinstance(found, list):
            raise invalid(name, f"{name} must be an array.")
        return found or ()


def read_reference(name: str, item: object) -> int:
    """A public id, in a number or a text. Raises Problem(INVALID)."""
    found = read_id(_whole(item))
    if found is None:
        raise invalid(name, f"{name} must hold ids, not {str(item)[:60]!r}.")
    return found


def read_moment(name: str, value: object) -> datetime:
    """ISO 8601, or a bare day; UTC unless it says else. Raises Problem(INVALID)."""
    try:
        return parse_time(_LOST_PLUS.sub("+", value.strip()) if isinstance(value, str) else "")
    except (ValueError, OverflowError) as error:
        message = f"{name} must be a date in ISO 8601, such as 2031-05-06T07:08:09Z."
        raise invalid(name, message, code="bad_date") from error


def read_window(query: Query) -> tuple[datetime | None, datetime | None]:
    """`startDate` and `endDate`, both included; a bare day as an end means all of it."""
    start, end = ((query.text(name) or "").strip() for name in ("startDate", "endDate"))
    ends = read_moment("endDate", end) if end else None
    if ends is not None:
        ends += timedelta(days=1, milliseconds=-1) if _DAY.fullmatch(end) else timedelta(milliseconds=999)
    return (read_moment("startDate", start) if start else None), ends


def account_of(call: Call) -> Account:
    """The account of the connection; every Access route has one."""
    assert call.account is not None
    return call.account


# ---- pages


LIMIT_20 = QueryParam("limit", int, "How many; more than 20 is 20.", default=10, low=1, high=20)
LIMIT_100 = QueryParam("limit", int, "How many; more than 100 is 100.", default=10, low=1, high=100)
OFFSET = QueryParam("offset", int, "How many to leave out first.", default=0, low=0)
SHAPE = QueryParam("shape", str, "`array`: the bare array in place of the page.")


class Window:
    """Which part of a list is asked for: out-of-range limits are clamped, as this vendor's iterators need."""

    __slots__ = ("limit", "offset")

    def __init__(self, query: Query, *, most: int, default: int = 10) -> None:
        self.limit = query.integer("limit", default=default, low=1, high=most, clamp=True)
        self.offset = query.integer("offset", default=0, low=0, high=LARGEST_OFFSET, clamp=True)

    @property
    def one_more(self) -> int:
        """What to read, to learn of a rest."""
        return self.limit + 1

    def page(self, found: Sequence[T], write: Callable[[T], Any]) -> dict[str, Any]:
        """`{list, hasMore, nextOffset?}` of up to `limit` things; `hasMore` never with an empty list."""
        more = len(found) > self.limit
        page: dict[str, Any] = {"list": [write(each) for each in found[: self.limit]], "hasMore": more}
        if more:
            page["nextOffset"] = self.offset + self.limit
        return page


def shaped(call: Call, page: dict[str, Any]) -> Answer:
    """The page, or its bare array where the call or the account's `bare_lists` asks for it, as guides print."""
    asked = call.query.text("shape")
    bare = account_of(call).bare_lists if asked is None else asked == "array"
    return Answer(page["list"] if bare else page)


# ---- to the wire


def price_text(cents: int) -> str:
    """`"14.99"`, and `"0"` for free."""
    return dollars_text(cents) if cents else "0"


def money(cents: int) -> int | float:
    return dollars_number(cents)


def date_text(moment: datetime) -> str:
    return offset_text(moment)


def maybe_date(moment: datetime | None) -> str | None:
    return None if moment is None else offset_text(moment)


def _whole(value: object) -> object:
    """A float without a fraction is the whole number it says (some clients know no other)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _word(name: str, item: object, longest: int = LONGEST_WORD) -> int | str:
    item = _whole(item)
    if isinstance(item, int) and not isinstance(item, bool) and item > 0:
        return item
    if isinstance(item, str) and 0 < len(item.strip()) <= longest:
        return item.strip()
    raise invalid(name, f"{name} must hold whole numbers from 1 on or texts, not {str(item)[:60]!r}.")
