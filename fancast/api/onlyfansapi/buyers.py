"""Who bought a message."""

import msgspec

from fancast.api.http import Answer, Call, Query, QueryParam, read_id
from fancast.api.onlyfansapi.envelope import next_page, paged
from fancast.api.onlyfansapi.fans import FanCard, cards
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.values import account_of, limit_of, offset_of
from fancast.core import engagement, purchases
from fancast.model.ids import FanId, QueueId
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

MOST_AT_ONCE = 100
QUERY = (
    limit(10, 1, MOST_AT_ONCE),
    OFFSET,
    QueryParam("marker", int, "The marker of the page before; then offset says nothing.", low=0),
    QueryParam("skip_users", str, "all or none. Users are always told."),
    QueryParam("skip_users_dups", bool, "0 or 1. Nobody buys one message twice.", default=True),
)


class BuyerPage(msgspec.Struct, frozen=True, rename="camel"):
    """The newest purchase first."""

    list: list[FanCard]
    has_more: bool
    #: 0 when there is no further page.
    marker: int


def listing(tx: Tx, call: Call) -> Answer:
    account, most = account_of(call), limit_of(call.query, high=MOST_AT_ONCE)
    queue_id, marker, offset = _queue_id(call), read_marker(call), offset_of(call.query)
    check_skips(call.query)
    engagement.demand(tx, account, queue_id)
    found = purchases.buyers(
        tx, account, queue_id, after=None if marker is None else FanId(marker), offset=0 if marker else offset,
        limit=most + 1,
    )  # fmt: skip
    shown, more = [fan for fan, _ in found[:most]], len(found) > most
    last = shown[-1].fan_id if more else 0
    following = next_page(call, limit=most, marker=last, offset=None) if more else None
    return paged(BuyerPage(cards(tx, call, shown), more, last), following)


def check_skips(query: Query) -> None:
    """Raises Problem(INVALID) for what `skip_users` and `skip_users_dups` cannot be; neither changes anything."""
    if (query.text("skip_users") or "").strip() not in ("", "all", "none"):
        raise invalid("skip_users", "The skip_users field must be all or none.")
    query.flag("skip_users_dups")


def read_marker(call: Call) -> int | None:
    """Where the page before ended; 0 and nothing are the beginning. Raises Problem(INVALID)."""
    sent = (call.query.text("marker") or "").strip()
    if not sent or sent == "0":
        return None
    marker = read_id(sent)
    if marker is None:
        raise invalid("marker", "The marker field must come from a page of this list.")
    return marker


def _queue_id(call: Call) -> QueueId:
    sent = call.params["message_id"]
    id = read_id(sent)
    if id is None:
        raise not_found("message", sent)
    return QueueId(id)
