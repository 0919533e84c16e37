"""Animated pictures from Giphy, for servers whose operator has a key there. Others say so.

The call to Giphy is made while no transaction is open, and never by more than two callers at once: a Giphy that
hangs holds up nobody else's reads.
"""

import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from fancast.api.http import Answer, Call
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.values import limit_of, offset_of, required
from fancast.api.outside import Outside
from fancast.model.problems import Kind, Problem, invalid
from fancast.store.database import Tx

TIMEOUT_SECONDS = 5
MOST_AT_ONCE = 50
HIGHEST_OFFSET = 4_999
LONGEST_QUERY = 50
_MOST_BYTES = 4 * 1024 * 1024
_MOST_CALLS = 2
Description = msgspec.Meta


class Original(msgspec.Struct, frozen=True):
    url: str
    width: Annotated[str, Description(description="Pixels, in a text.")]
    height: str
    mp4: str
    webp: str


class FixedHeight(msgspec.Struct, frozen=True):
    url: str
    width: str
    height: str


class Images(msgspec.Struct, frozen=True):
    original: Original
    fixed_height: FixedHeight


class Gif(msgspec.Struct, frozen=True, kw_only=True):
    """One animated picture. Its id goes into giphyId."""

    id: str
    type: str
    slug: str
    title: str
    url: str
    embed_url: str
    rating: str
    username: str
    images: Images


def no_key(_tx: Tx, _call: Call) -> Answer:
    raise Problem(
        Kind.CONFLICT,
        "no_giphy_key",
        "This server has no key for Giphy; its operator sets FANCAST_GIPHY_KEY.",
    )


class Giphy:
    """Asks Giphy with the operator's key. `url` is Giphy's, or what stands in for it."""

    def __init__(self, key: str, url: str) -> None:
        self._key, self._url = key, url.rstrip("/")
        self._turns = threading.BoundedSemaphore(_MOST_CALLS)

    def trending(self, _tx: Tx, call: Call) -> Answer:
        return self._later("trending", read_page(call))

    def search(self, _tx: Tx, call: Call) -> Answer:
        return self._later("search", {"q": read_query(call), **read_page(call)})

    def _later(self, what: str, asked: Mapping[str, object]) -> Answer:
        return Answer(Outside(lambda: enveloped(write_gifs(self._ask(what, asked)))))

    def _ask(self, what: str, asked: Mapping[str, object]) -> object:
        query = urllib.parse.urlencode({"api_key": self._key, **asked})
        if not self._turns.acquire(blocking=False):
            raise _unavailable("Giphy is being asked by others; try again in a moment.")
        try:
            with urllib.request.urlopen(
                f"{self._url}/v1/gifs/{what}?{query}", timeout=TIMEOUT_SECONDS
            ) as answer:
                return json.loads(answer.read(_MOST_BYTES))
        except urllib.error.HTTPError as error:
            raise _unavailable(f"Giphy refused the call of this server with status {error.code}.") from error
        except (OSError, ValueError) as error:
            # Without its text: an address with the key in it may be part of it.
            raise _unavailable("Giphy did not answer.") from error
        finally:
            self._turns.release()


Handler = Callable[[Tx, Call], Answer]


def read_page(call: Call) -> Mapping[str, object]:
    """Raises Problem(INVALID)."""
    limit, offset = limit_of(call.query, high=MOST_AT_ONCE), offset_of(call.query)
    if offset > HIGHEST_OFFSET:
        raise invalid("offset", f"offset must be at most {HIGHEST_OFFSET}.")
    return {"limit": limit, "offset": offset}


def read_query(call: Call) -> str:
    """Raises Problem(INVALID)."""
    said = (call.query.text("q", "query") or "").strip()
    if not said:
        raise required("q")
    return said[:LONGEST_QUERY]


def write_gifs(answer: object) -> list[Gif]:
    """What Giphy says, as far as it says it."""
    data = _object(answer).get("data")
    return [_gif(_object(each)) for each in (data if isinstance(data, list) else ())]


def _gif(said: Mapping[str, Any]) -> Gif:
    images = _object(said.get("images"))
    original, fixed = _object(images.get("original")), _object(images.get("fixed_height"))
    return Gif(
        id=_text(said, "id"), type=_text(said, "type"), slug=_text(said, "slug"), title=_text(said, "title"),
        url=_text(said, "url"), embed_url=_text(said, "embed_url"), rating=_text(said, "rating"),
        username=_text(said, "username"),
        images=Images(
            Original(*(_text(original, name) for name in ("url", "width", "height", "mp4", "webp"))),
            FixedHeight(*(_text(fixed, name) for name in ("url", "width", "height"))),
        ),
    )  # fmt: skip


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _unavailable(message: str) -> Problem:
    return Problem(Kind.UNAVAILABLE, "giphy_unavailable", message)
