"""Who bought a mass message."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from fancast.api.http import Answer, Call, QueryParam, read_id
from fancast.api.ofauth.earnings import read_marker
from fancast.api.ofauth.users import UserRef, write_user
from fancast.api.ofauth.values import LIMIT_20, OFFSET, Window, account_of, date_text, money
from fancast.core import mass_messages, purchases
from fancast.model.fans import Fan
from fancast.model.ids import FanId, QueueId
from fancast.model.problems import not_found
from fancast.model.purchases import Purchase
from fancast.store.database import Tx

QUERY = (
    LIMIT_20,
    OFFSET,
    QueryParam("marker", int, "The marker of the page before; then offset says nothing.", low=0),
)


class Buyer(UserRef, frozen=True, rename="camel", kw_only=True):
    """A user who bought it."""

    amount: Annotated[float, Meta(description="What was paid, in dollars.")]
    purchased_at: str


class BuyerPage(Struct, frozen=True, rename="camel", kw_only=True):
    """The newest purchase first. Both markers are the same: this vendor's clients read one or the other."""

    list: list[Buyer]
    has_more: bool
    next_offset: int | UnsetType = UNSET
    next_marker: int | None
    marker: int | None


def list_buyers(tx: Tx, call: Call) -> Answer:
    account, window, marker = account_of(call), Window(call.query, most=20), read_marker(call.query)
    found = purchases.buyers(
        tx, account, _queue_id(tx, call), after=None if marker is None else FanId(marker),
        offset=0 if marker else window.offset, limit=window.limit + 1 if marker else window.one_more,
    )  # fmt: skip
    shown, more = found[: window.limit], len(found) > window.limit
    last = shown[-1][0].fan_id if more else None
    following = window.offset + window.limit if more and marker is None else UNSET
    return Answer(BuyerPage(
        list=[write_buyer(*each) for each in shown], has_more=more, next_offset=following, next_marker=last,
        marker=last,
    ))  # fmt: skip


def _queue_id(tx: Tx, call: Call) -> QueueId:
    sent = call.params["massMessageId"]
    id = read_id(sent)
    if id is None:
        raise not_found("mass_message", sent)
    return mass_messages.get_shown(tx, account_of(call), QueueId(id)).id


def write_buyer(fan: Fan, bought: Purchase) -> Buyer:
    return Buyer(
        **structs.asdict(write_user(fan)), amount=money(bought.amount_cents),
        purchased_at=date_text(bought.purchased_at),
    )  # fmt: skip
