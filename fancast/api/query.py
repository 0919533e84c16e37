"""What stands behind the question mark: read leniently, refused clearly."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import overload
from urllib.parse import unquote_plus

from fancast.model.ids import LARGEST_ID
from fancast.model.problems import invalid

#: A percent sign that does not begin an escape.
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_LONG_WHOLE = re.compile(r"[+-]?[0-9]+")
_TRUE = frozenset(("true", "1", "yes", "on"))
_FALSE = frozenset(("false", "0", "no", "off"))
_MOST_PARAMETERS = 2_000
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """`startDate` → `start_date`."""
    return _HUMP.sub("_", name).lower()


class Query:
    """The query parameters of one call. Repeated keys are kept; bracketed names stay as they were sent."""

    __slots__ = ("_name", "_values")

    def __init__(
        self, values: Mapping[str, Sequence[str]] | None = None, name: Callable[[str], str] = str
    ) -> None:
        """`name` says what a parameter is kept by, so that several spellings may be one."""
        self._values: Mapping[str, Sequence[str]] = values or {}
        self._name = name

    @classmethod
    def parse(cls, raw: str, name: Callable[[str], str] = str) -> "Query":
        """Read a query string. Raises Problem(INVALID) for escapes that are no UTF-8 text, or carry NUL."""
        if not raw:
            return NO_QUERY
        values: dict[str, list[str]] = {}
        for pair in raw.split("&", _MOST_PARAMETERS):
            if pair:
                sent, _, value = pair.partition("=")
                values.setdefault(name(decode(sent, plus=True)), []).append(decode(value, plus=True))
        return cls(values, name)

    def __contains__(self, name: object) -> bool:
        return self._name(str(name)) in self._values

    def names(self) -> Sequence[str]:
        return list(self._values)

    def text(self, *names: str, default: str | None = None) -> str | None:
        """The value of the first of `names` that was sent; of a repeated one the last. May be empty."""
        for name in map(self._name, names):
            if name in self._values:
                return self._values[name][-1]
        return default

    def all(self, name: str) -> Sequence[str]:
        """Every value of `name`, in the order sent."""
        return self._values.get(self._name(name), ())

    def listed(self, *names: str) -> Sequence[str]:
        """A list in any of its spellings: repeated, `name[]`, or joined by commas. Blanks are dropped."""
        spelled = dict.fromkeys(self._name(each) for name in names for each in (name, f"{name}[]"))
        sent = (value for each in spelled for value in self.all(each))
        return [part for value in sent for part in map(str.strip, value.split(",")) if part]

    @overload
    def integer(
        self, *names: str, default: int, low: int | None = ..., high: int | None = ..., clamp: bool = ...
    ) -> int: ...
    @overload
    def integer(
        self,
        *names: str,
        default: None = ...,
        low: int | None = ...,
        high: int | None = ...,
        clamp: bool = ...,
    ) -> int | None: ...
    def integer(
        self,
        *names: str,
        default: int | None = None,
        low: int | None = None,
        high: int | None = None,
        clamp: bool = False,
    ) -> int | None:
        """A whole number in low..high; outside it is clamped or refused. Empty counts as not sent.

        Raises Problem(INVALID), with the first of `names` as its field.
        """
        sent = self.text(*names)
        if not sent or not sent.strip():
            return default
        number = _whole(sent.strip(), names[0])
        if low is not None and number < low:
            return low if clamp else _out_of_range(names[0], low, high)
        if high is not None and number > high:
            return high if clamp else _out_of_range(names[0], low, high)
        return number

    def flag(self, *names: str) -> bool | None:
        """True, False, or None when not sent. Raises Problem(INVALID) for what is neither."""
        sent = self.text(*names)
        if not sent or not sent.strip():
            return None
        word = sent.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise invalid(names[0], f"{names[0]} must be true or false.")


NO_QUERY = Query()


@dataclass(frozen=True, slots=True)
class QueryParam:
    """One query parameter, as the OpenAPI document tells it. `type` is anything msgspec can draw."""

    name: str
    type: object = str
    description: str = ""
    required: bool = False
    default: object = None
    low: int | None = None
    high: int | None = None


def decode(text: str, *, plus: bool = False) -> str:
    """Undo percent-encoding. Raises Problem(INVALID) for half an escape, bytes that are no UTF-8, and NUL."""
    if "%" not in text:
        return text.replace("+", " ") if plus else text
    if BAD_ESCAPE.search(text):
        raise invalid("url", "The URL has a % that begins no escape.", code="malformed_url")
    try:
        plain = unquote_plus(text if plus else text.replace("+", "%2B"), errors="strict")
    except UnicodeDecodeError as error:
        raise invalid("url", "The URL has escapes that are not UTF-8 text.", code="malformed_url") from error
    if "\0" in plain:
        raise invalid("url", "The URL carries a NUL character.", code="malformed_url")
    return plain


def read_id(value: object) -> int | None:
    """A public number, sent as a number or as text: 1..2^53-1. None for everything else."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value <= LARGEST_ID else None


def _whole(sent: str, name: str) -> int:
    if _WHOLE.fullmatch(sent):
        return int(sent)
    if _LONG_WHOLE.fullmatch(sent):
        return -(10**18) if sent.startswith("-") else 10**18
    raise invalid(name, f"{name} must be a whole number.")


def _out_of_range(name: str, low: int | None, high: int | None) -> int:
    if low is None:
        raise invalid(name, f"{name} must be at most {high}.")
    if high is None:
        raise invalid(name, f"{name} must be at least {low}.")
    raise invalid(name, f"{name} must be between {low} and {high}.")
