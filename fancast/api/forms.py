"""Forms with files (multipart/form-data), read as they come: fields are kept, files become uploads on the way."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from fancast.api.faces import MULTIPART
from fancast.model.problems import Kind, Problem, invalid

#: Of all fields together; a mass message with 10,000 fan ids three times over takes 0.5 MB.
MOST_FIELD_BYTES = 2 * 1024 * 1024
MOST_PARTS = 2_000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form. Its bytes are read before the next part is asked for."""

    name: str
    #: None for a field, which is no file.
    filename: str | None
    content_type: str
    chunks: Iterator[bytes] = field(repr=False)


#: Takes a file in; what it returns stands in the file's place among the fields.
TakeFile = Callable[[Part], str]


class Body(Protocol):
    """Bytes on their way in (`incoming.Incoming`)."""

    @property
    def content_type(self) -> str: ...

    def __iter__(self) -> Iterator[bytes]: ...


def is_form(incoming: Body) -> bool:
    return incoming.content_type.partition(";")[0].strip().lower() == MULTIPART


def read_fields(incoming: Body, take_file: TakeFile) -> dict[str, object]:
    """The fields by name: a text, or a list where a name comes again or ends in `[]`.

    Raises Problem(INVALID, malformed_form), TOO_LARGE, and what `take_file` raises.
    """
    found: dict[str, list[str]] = {}
    lists: set[str] = set()
    left, parts = MOST_FIELD_BYTES, 0
    for part in _Reader(incoming).parts():
        parts += 1
        name = part.name.removesuffix("[]")
        if name != part.name:
            lists.add(name)
        value = _text(part, left) if part.filename is None else take_file(part)
        left -= len(value) + len(name)
        if left < 0 or parts > MOST_PARTS:
            raise _too_large()
        found.setdefault(name, []).append(value)
    return {name: values if name in lists or len(values) > 1 else values[0] for name, values in found.items()}


def _text(part: Part, most: int) -> str:
    raw = b""
    for chunk in part.chunks:
        raw += chunk
        if len(raw) > most:
            raise _too_large()
    try:
        value = raw.decode()
    except UnicodeDecodeError as error:
        raise _malformed(f"the field {part.name[:60]!r} is not UTF-8 text") from error
    if "\0" in value:
        raise _malformed(f"the field {part.name[:60]!r} carries a NUL character")
    return value


class _Reader:
    """Turns the parser's calls into parts, each a name and its bytes."""

    def __init__(self, incoming: Body) -> None:
        _, options = parse_options_header(incoming.content_type)
        boundary = options.get(b"boundary", b"")
        if not boundary:
            raise _malformed("its content type names no boundary")
        self._source = iter(incoming)
        self._events: deque[tuple[str, bytes]] = deque()
        self._over = False
        try:
            self._parser = MultipartParser(boundary, {
                "on_part_begin": lambda: self._note("begin"), "on_header_field": self._slice("name"),
                "on_header_value": self._slice("value"), "on_header_end": lambda: self._note("header"),
                "on_headers_finished": lambda: self._note("headers"), "on_part_data": self._slice("data"),
                "on_part_end": lambda: self._note("part"), "on_end": lambda: self._note("end"),
            })  # fmt: skip
        except FormParserError as error:
            raise _malformed(str(error)) from error

    def parts(self) -> Iterator[Part]:
        while (event := self._next())[0] != "end":
            if event[0] != "begin":
                continue
            head = self._head()
            said = head.get("content-disposition", b"")
            kind, options = parse_options_header(said)
            if kind != b"form-data" or b"name" not in options:
                raise _malformed("a part has no name")
            name, filename = _words(options[b"name"]), options.get(b"filename")
            chunks = self._data()
            yield Part(
                name, None if filename is None else _words(filename),
                head.get("content-type", b"").decode("latin-1"), chunks,
            )  # fmt: skip
            # What nobody wanted to read is passed over.
            for _ in chunks:
                pass

    def _head(self) -> Mapping[str, bytes]:
        headers: dict[str, bytes] = {}
        name = value = b""
        while (event := self._next())[0] != "headers":
            match event[0]:
                case "name":
                    name += event[1]
                case "value":
                    value += event[1]
                case "header":
                    headers[name.decode("latin-1").lower()] = value
                    name = value = b""
        return headers

    def _data(self) -> Iterator[bytes]:
        while (event := self._next())[0] != "part":
            yield event[1]

    def _next(self) -> tuple[str, bytes]:
        while not self._events:
            if self._over:
                raise _malformed("it ends in the middle")
            self._feed()
        return self._events.popleft()

    def _feed(self) -> None:
        batch = next(self._source, b"")
        try:
            if batch:
                self._parser.write(batch)
            else:
                self._over = True
                self._parser.finalize()
        except FormParserError as error:
            raise _malformed(str(error)) from error

    def _note(self, what: str) -> None:
        self._events.append((what, b""))

    def _slice(self, what: str) -> Callable[[bytes, int, int], None]:
        return lambda data, start, end: self._events.append((what, data[start:end]))


def _words(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def peeked(chunks: Iterator[bytes]) -> tuple[bool, Iterator[bytes]]:
    """Whether there is any byte at all, and all of them."""
    first = next(chunks, b"")
    return bool(first), chain([first], chunks)


def _malformed(why: str) -> Problem:
    return invalid("body", f"The body is not a form we can read: {why}.", code="malformed_form")


def _too_large() -> Problem:
    return Problem(
        Kind.TOO_LARGE, "too_large", f"The form's fields are larger than {MOST_FIELD_BYTES} bytes."
    )
