"""What stands round this dialect's data: `{"data", "_pagination", "_meta"}`, its headers, its next page.

Nothing is charged here: credits are constant and say so, as typed clients want integers. Calls are counted for live
keys; where they are not, the figures of the rate limit are constant and say so.
"""

from dataclasses import replace
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import UNSET, UnsetType, field

from fancast.api.http import Answer, Call
from fancast.model.idempotency_keys import KeptAnswer
from fancast.model.rate_limits import Left

T = TypeVar("T")

BALANCE = 1_000_000
LIMIT_MINUTE, LIMIT_DAY = 1_000, 50_000
_NOTICE = "This call was not counted; the figures are constant."


class Credits(msgspec.Struct, frozen=True):
    """Nothing is charged here."""

    used: int = 0
    balance: int = BALANCE
    note: str = "This server charges no credits"


class Cache(msgspec.Struct, frozen=True):
    is_cached: bool = False
    note: str = "Cache disabled for this endpoint"


class RateLimits(msgspec.Struct, frozen=True):
    limit_minute: int = LIMIT_MINUTE
    limit_day: int = LIMIT_DAY
    remaining_minute: int = LIMIT_MINUTE
    remaining_day: int = LIMIT_DAY
    notice: str = _NOTICE


class Meta(msgspec.Struct, frozen=True):
    """The vendor's bookkeeping."""

    credits: Credits = field(name="_credits", default=Credits())
    cache: Cache = field(name="_cache", default=Cache())
    rate_limits: RateLimits = field(name="_rate_limits", default=RateLimits())


class Pagination(msgspec.Struct, frozen=True):
    next_page: Annotated[
        str | None,
        msgspec.Meta(description="The whole URL of the next page with all filters; null on the last page."),
    ] = None
    notice: str | UnsetType = UNSET


class Envelope(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """An answer with data."""

    data: T
    pagination: Pagination | UnsetType = field(name="_pagination", default=UNSET)
    meta: Meta = field(name="_meta", default=Meta())


META = Meta()
HEADERS = {
    "X-OFAPI-Credits-Used": "0",
    "X-OFAPI-Credits-Balance": str(BALANCE),
    "X-OFAPI-Is-Cached": "false",
    "X-Rate-Limit-Limit-Minute": str(LIMIT_MINUTE),
    "X-Rate-Limit-Remaining-Minute": str(LIMIT_MINUTE),
}


def counted(body: object, left: Left) -> object:
    """The same answer with true figures of the caller's rate limit, where it tells any."""
    return msgspec.structs.replace(body, meta=meta_of(left)) if isinstance(body, Envelope) else body


def recounted(kept: KeptAnswer, left: Left) -> KeptAnswer:
    """A kept answer with today's figures of the rate limit where it tells any; all else byte for byte."""
    try:
        body = msgspec.json.decode(kept.body, type=dict[str, msgspec.Raw])
        meta = msgspec.json.decode(body["_meta"], type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, KeyError):
        # Bare answers, such as an upload's, tell none.
        return kept
    meta["_rate_limits"] = msgspec.Raw(msgspec.json.encode(_limits_of(left)))
    body["_meta"] = msgspec.Raw(msgspec.json.encode(meta))
    return replace(kept, body=msgspec.json.encode(body))


def meta_of(left: Left) -> Meta:
    """The bookkeeping of a caller whose calls are counted."""
    return Meta(rate_limits=_limits_of(left))


def _limits_of(left: Left) -> RateLimits:
    return RateLimits(
        limit_minute=left.limit.per_minute, remaining_minute=left.remaining, notice="There is no daily limit."
    )  # fmt: skip


def enveloped(data: object) -> Answer:
    """The usual success: `{"data": …, "_meta": …}`."""
    return Answer(Envelope(data=data))


def paged(data: object, next_page: str | None) -> Answer:
    """A page of a list, and where the next one is."""
    return Answer(Envelope(data=data, pagination=Pagination(next_page)))


def next_page(call: Call, **changed: object) -> str:
    """This call again with some parameters changed (None: left out), at the origin the caller came to."""
    kept = {name: call.query.all(name) for name in call.query.names() if name not in changed}
    new = {name: value for name, value in changed.items() if value is not None}
    return f"{call.origin}{call.path}?{urlencode(kept | new, doseq=True)}"
