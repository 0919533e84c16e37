"""Users by name or id, and what the creator does to them."""

import msgspec

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.onlyfansapi.envelope import enveloped, next_page, paged
from fancast.api.onlyfansapi.fans import FanCard, cards
from fancast.api.onlyfansapi.params import OFFSET, limit
from fancast.api.onlyfansapi.values import account_of, demand_id, limit_of, offset_of
from fancast.core import fans
from fancast.model.fans import Fan
from fancast.model.ids import FanId
from fancast.model.problems import invalid, not_found
from fancast.store.database import Tx

MOST_AT_ONCE, MOST_BLOCKED = 10, 50
IDS = QueryParam("ids", str, "At most 10 ids, joined by commas. Unknown ones are left out.", required=True)
BLOCKED_QUERY = (limit(10, 1, MOST_BLOCKED), OFFSET)


class BlockedPage(msgspec.Struct, frozen=True, rename="camel"):
    list: list[FanCard]
    has_more: bool


def get(tx: Tx, call: Call) -> Answer:
    return _told(tx, call, fans.get(tx, account_of(call), call.params["username"]))


def list_some(tx: Tx, call: Call) -> Answer:
    """An object keyed by id."""
    account = account_of(call)
    asked = [demand_id("ids", word) for word in call.query.listed("ids")]
    if not 1 <= len(asked) <= MOST_AT_ONCE:
        raise invalid("ids", f"The ids field must have 1 to {MOST_AT_ONCE} items.")
    known = fans.numbers_of(tx, account, asked)
    numbers = [known[FanId(id)] for id in dict.fromkeys(asked) if id in known]
    return enveloped({str(card.id): card for card in cards(tx, call, fans.get_many(tx, account, numbers))})


def list_blocked(tx: Tx, call: Call) -> Answer:
    shown, offset = limit_of(call.query, high=MOST_BLOCKED), offset_of(call.query)
    found = fans.with_flag(tx, account_of(call), "blocked", offset=offset, limit=shown + 1)
    more = len(found) > shown
    page = BlockedPage(cards(tx, call, found[:shown]), more)
    return paged(page, next_page(call, limit=shown, offset=offset + shown) if more else None)


def block(tx: Tx, call: Call) -> Answer:
    return _flagged(tx, call, "blocked", True)


def unblock(tx: Tx, call: Call) -> Answer:
    return _flagged(tx, call, "blocked", False)


def restrict(tx: Tx, call: Call) -> Answer:
    return _flagged(tx, call, "restricted", True)


def lift_restriction(tx: Tx, call: Call) -> Answer:
    return _flagged(tx, call, "restricted", False)


def _flagged(tx: Tx, call: Call, flag: str, on: bool) -> Answer:
    asked = call.params["user_id"]
    if not (asked.isascii() and asked.isdigit()):
        raise not_found("fan", asked)
    return _told(tx, call, fans.flag(tx, account_of(call), asked, flag, on))


def _told(tx: Tx, call: Call, fan: Fan) -> Answer:
    return enveloped(cards(tx, call, [fan])[0])
