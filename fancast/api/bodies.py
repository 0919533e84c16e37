"""Bytes in: a body read under its limit, and JSON that holds nothing a handler would trip over."""

import asyncio
import re
from collections.abc import Mapping

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive

from fancast.model.problems import Kind, Problem, invalid

#: A body that has begun must be complete after this long; a stalled one would hold its connection for ever.
BODY_TIMEOUT_SECONDS = 60
#: Deeper JSON is refused: no shape of ours nests more than six levels, and what we keep we write again.
DEEPEST = 64
_LARGEST = 2**63 - 1
# What may hide a NUL or a number beyond 64 bits. Only a body that matches is walked through.
_SUSPICIOUS = re.compile(rb"\\u0000|[0-9]{19}|[eE]\+?[0-9]{2}")
_BOM = b"\xef\xbb\xbf"


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """The whole body. Raises Problem(TOO_LARGE) as soon as it passes `limit` bytes, said or counted.

    Raises ClientDisconnect when the caller leaves before the end.
    """
    declared = headers.get("content-length", "")
    if declared.isdigit() and (len(declared) > 18 or int(declared) > limit):
        raise too_large(limit)
    message = await receive()
    if not message.get("more_body", False):
        return _chunk(message, 0, limit)
    try:
        async with asyncio.timeout(BODY_TIMEOUT_SECONDS):
            return await _read_on(receive, message, limit)
    except TimeoutError as error:
        raise invalid("body", "The body did not arrive in time.", code="body_incomplete") from error


async def _read_on(receive: Receive, message: Message, limit: int) -> bytes:
    chunks = [_chunk(message, 0, limit)]
    size = len(chunks[0])
    while message.get("more_body", False):
        message = await receive()
        chunks.append(_chunk(message, size, limit))
        size += len(chunks[-1])
    return b"".join(chunks)


def _chunk(message: Message, size: int, limit: int) -> bytes:
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    chunk: bytes = message.get("body", b"")
    if size + len(chunk) > limit:
        raise too_large(limit)
    return chunk


def parse_json(raw: bytes, content_type: str) -> object:
    """The body as JSON, None for an empty one. JSON, text/plain and no content type at all are read alike.

    Raises Problem(UNSUPPORTED_TYPE) for other types, Problem(INVALID, "malformed_json") for what is not JSON,
    nests too deep, or carries NUL characters, halves of surrogate pairs or numbers beyond 64 bits.
    """
    if not raw or not raw.strip():
        return None
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in ("application/json", "text/plain", "") and not media_type.endswith("+json"):
        raise Problem(Kind.UNSUPPORTED_TYPE, "unsupported_type", f"The body must be JSON, not {media_type}.")
    try:
        body: object = msgspec.json.decode(raw.removeprefix(_BOM))
    except RecursionError as error:
        raise _malformed("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise _malformed("it is not UTF-8 text") from error
    except msgspec.MsgspecError as error:
        raise _malformed(str(error).removeprefix("JSON is malformed: ")) from error
    if _SUSPICIOUS.search(raw) or raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _walk(body)
    return body


def _walk(body: object) -> None:
    level: list[object] = [body]
    for _ in range(DEEPEST + 1):
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below += value.keys()
                below += value.values()
            elif isinstance(value, list):
                below += value
            else:
                _look(value)
        if not below:
            return
        level = below
    raise _malformed("it is nested too deeply")


def _look(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise _malformed("a text carries a NUL character")
    elif isinstance(value, int | float) and not -_LARGEST <= value <= _LARGEST:
        raise _malformed("number out of range")


def _malformed(why: str) -> Problem:
    return invalid("body", f"The body is not JSON we can read: {why}.", code="malformed_json")


def too_large(limit: int) -> Problem:
    return Problem(Kind.TOO_LARGE, "too_large", f"The body is larger than {limit} bytes.", limit=limit)
