"""This dialect's values: how its bodies and parameters say lists, money, ids and times, read leniently.

Every list may come as an array, as `"a,b"` or as a JSON array in a text, numbers as texts, and every name in
camelCase or snake_case. null and, where it says nothing, an empty text count as not sent.
"""

import re
from datetime import datetime, timedelta

import msgspec

from fancast.api.http import Call, Query, read_id
from fancast.api.query import snake
from fancast.kit.money import cents_from_dollars, dollars_number
from fancast.kit.times import parse_time
from fancast.model.accounts import Account
from fancast.model.ids import LARGEST_OFFSET
from fancast.model.problems import Problem, invalid

#: One word of a list (a slug, an alias, a number as text) is no longer than this.
LONGEST_WORD = 255
_TRUE, _FALSE = frozenset(("true", "1", "yes", "on")), frozenset(("false", "0", "no", "off"))
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}(\.0+)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# An unescaped `+02:00` in a query arrives as ` 02:00`.
_LOST_PLUS = re.compile(r"(?<=\d) (?=\d{2}:\d{2}$)")


def account_of(call: Call) -> Account:
    """The account in the path, which the gate has found."""
    assert call.account is not None
    return call.account


def camel(name: str) -> str:
    """`skip_invalid` → `skipInvalid`."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


class Body:
    """The JSON object of a request. What it does not say is None; what it says wrongly is a Problem(INVALID)."""

    __slots__ = ("_fields",)

    def __init__(self, body: object) -> None:
        if body is not None and not isinstance(body, dict):
            raise invalid("body", "The body must be a JSON object.")
        self._fields: dict[str, object] = body or {}

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def get(self, name: str) -> object:
        spellings = (name, snake(name), camel(name))
        return next((found for each in spellings if (found := self._fields.get(each)) is not None), None)

    def _said(self, name: str) -> object:
        """As `get`, with an empty text as nothing."""
        found = self.get(name)
        return None if isinstance(found, str) and not found.strip() else found

    def text(self, name: str) -> str | None:
        found = self.get(name)
        if found is not None and not isinstance(found, str):
            raise invalid(name, f"The {name} field must be a string.")
        return found

    def demanded_text(self, name: str, longest: int) -> str:
        """A text that must be there and say something."""
        found = self.text(name)
        if found is None or not found.strip():
            raise required(name)
        if len(found) > longest:
            raise invalid(name, f"The {name} field must not be greater than {longest} characters.")
        return found

    def flag(self, name: str) -> bool | None:
        found = self._said(name)
        word = str(found).strip().lower() if isinstance(found, str | int) else ""
        if found is None or word in _TRUE or word in _FALSE:
            return None if found is None else word in _TRUE
        raise invalid(name, f"The {name} field must be true or false.")

    def integer(self, name: str) -> int | None:
        found = self._said(name)
        if found is None:
            return None
        if isinstance(found, bool) or not _WHOLE.fullmatch(str(found).strip()):
            raise invalid(name, f"The {name} field must be an integer.")
        return int(float(str(found)))

    def price_cents(self, name: str) -> int | None:
        """Dollars with at most two decimals."""
        found = self._said(name)
        if found is None:
            return None
        try:
            return cents_from_dollars(found)
        except ValueError as error:
            raise invalid(name, f"The {name} field must be a number of dollars: {error}.") from error

    def moment(self, name: str) -> datetime | None:
        """A date. An empty text is refused: taken for *now*, it could not be taken back."""
        found = self.get(name)
        return None if found is None else read_moment(name, found)

    def words(self, name: str) -> list[int | str] | None:
        """A list in any of its three spellings; each part a whole number or a text that is not empty."""
        found = self.get(name)
        return None if found is None else [_word(name, part) for part in _parts(name, found)]

    def ids(self, name: str) -> list[int] | None:
        """A list of public ids."""
        found = self.words(name)
        return None if found is None else [demand_id(name, word) for word in found]


def required(name: str) -> Problem:
    return invalid(name, f"The {name} field is required.", code="required")


def demand_id(name: str, value: object) -> int:
    """A public id, in a number or a text. Raises Problem(INVALID)."""
    found = read_id(value)
    if found is None:
        raise invalid(name, f"The {name} field must hold ids, not {str(value)[:60]!r}.")
    return found


def read_moment(name: str, value: object) -> datetime:
    """ISO 8601 with or without milliseconds, `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS`; UTC unless it says else."""
    try:
        return parse_time(_LOST_PLUS.sub("+", value.strip()) if isinstance(value, str) else "")
    except (ValueError, OverflowError) as error:
        raise invalid(name, f"The {name} field must be a valid date.") from error


def read_window(query: Query) -> tuple[datetime | None, datetime | None]:
    """`startDate` and `endDate`, both included: an end without a fraction means all of that second, or day.

    Lists print whole seconds, so that a caller who goes on from a printed date loses nothing.
    """
    start, end = _asked(query, "startDate"), _asked(query, "endDate")
    starts = read_moment("startDate", start) if start else None
    ends = read_moment("endDate", end) + _rest_of(end) if end else None
    if starts is not None and ends is not None and ends <= starts:
        raise invalid("endDate", "The endDate field must be a date after startDate.")
    return starts, ends


def cursor_text(moment: datetime) -> str:
    """A moment to the millisecond, for the `endDate` of a next page."""
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"


def limit_of(query: Query, *, default: int = 10, low: int = 1, high: int) -> int:
    return query.integer("limit", default=default, low=low, high=high)


def offset_of(query: Query) -> int:
    return query.integer("offset", default=0, low=0, high=LARGEST_OFFSET)


def price_number(cents: int) -> int | float:
    """Dollars as messages say them: whole amounts without a fraction."""
    return dollars_number(cents)


def _asked(query: Query, name: str) -> str:
    return (query.text(name) or "").strip()


def _rest_of(end: str) -> timedelta:
    if DAY.fullmatch(end):
        return timedelta(days=1, milliseconds=-1)
    return timedelta() if "." in end else timedelta(milliseconds=999)


def _parts(name: str, value: object) -> list[object]:
    if isinstance(value, list):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _not_a_list(name)
    if isinstance(value, int):
        return [value]
    if not value.lstrip().startswith("["):
        return [part for part in map(str.strip, value.split(",")) if part]
    try:
        return msgspec.json.decode(value, type=list[object])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise _not_a_list(name) from error


def _word(name: str, part: object) -> int | str:
    if isinstance(part, bool) or not isinstance(part, int | str):
        raise _not_a_list(name)
    if isinstance(part, int):
        return part
    word = part.strip()
    # A NUL can hide in a JSON array that came as a text; PostgreSQL stores none.
    if not 0 < len(word) <= LONGEST_WORD or "\0" in word:
        raise invalid(name, f"Each part of the {name} field must have 1 to {LONGEST_WORD} characters.")
    return word


def _not_a_list(name: str) -> Problem:
    return invalid(name, f"The {name} field must be an array of numbers and texts.")
