"""Statistics of mass messages: what was sent, and which of it was bought."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from fancast.api.http import Answer, Call
from fancast.api.ofauth.content import NamedOnForm, list_release_forms
from fancast.api.ofauth.media import MediaShape, Shown, media_shown, pick
from fancast.api.ofauth.values import Window, account_of, date_text, money, price_text, read_window
from fancast.core import mass_messages
from fancast.model.accounts import Account
from fancast.model.mass_messages import Listing, MassMessage, State
from fancast.store.database import Tx


class SentItem(Struct, frozen=True, rename="camel", kw_only=True):
    """A mass message that was sent, with its numbers. `text` is HTML, `rawText` as written."""

    id: int
    date: str
    created_at: str
    text: str
    raw_text: str
    media: list[MediaShape]
    previews: list[MediaShape]
    release_forms: list[NamedOnForm]
    response_type: str = "message"
    giphy_id: str | None
    template: str = "group"
    media_count: int
    is_media_ready: bool
    is_free: bool
    is_tip: bool = False
    is_reported_by_me: bool = False
    is_canceled: bool
    can_unsend: bool
    unsend_seconds: int
    price: str
    sent_count: int
    viewed_count: int
    purchased_count: int
    total_amount: Annotated[float, Meta(description="Gross dollars: the price times its purchases.")]
    can_send_message_to_buyers: bool


class SentPage(Struct, frozen=True, rename="camel", kw_only=True):
    """The same array under both names that this vendor's pages use."""

    items: list[SentItem]
    list: list[SentItem]
    has_more: bool


def list_sent(tx: Tx, call: Call) -> Answer:
    """What has started, by the moment it did, newest first; what was taken back says so by `isCanceled`."""
    account, window = account_of(call), Window(call.query, most=100, default=20)
    start, end = read_window(call.query)
    found = mass_messages.page_by_start(
        tx, account, start=start, end=end, offset=window.offset, limit=window.one_more
    )
    return _answer(tx, call, window, found)


def list_purchased(tx: Tx, call: Call) -> Answer:
    """As `list_sent`, of what was bought at least once."""
    account, window = account_of(call), Window(call.query, most=100, default=20)
    start, end = read_window(call.query)
    listing = Listing(started=True, start=start, end=end, bought=True)
    found = mass_messages.page(tx, account, listing, offset=window.offset, limit=window.one_more)
    return _answer(tx, call, window, found)


def _answer(tx: Tx, call: Call, window: Window, found: list[MassMessage]) -> Answer:
    account = account_of(call)
    shown = media_shown(tx, account, (one.content.media_ids for one in found), call.links)
    page = window.page(found, lambda one: write_sent(one, account, shown, call.now))
    return Answer({"items": page["list"], **page})


def write_sent(found: MassMessage, account: Account, shown: Shown, now: datetime) -> SentItem:
    content = found.content
    media = pick(shown, content.media_ids)
    left = found.unsend_seconds_left(account.unsend_window_seconds, now)
    return SentItem(
        id=found.id, date=date_text(found.at), created_at=date_text(found.at), text=found.html,
        raw_text=content.text, media=media, giphy_id=content.extras.get("giphy_id"),
        release_forms=list_release_forms(content), previews=pick(shown, content.preview_media_ids),
        media_count=len(content.media_ids), is_media_ready=all(item.is_ready for item in media),
        is_free=content.price_cents == 0, is_canceled=found.state in (State.CANCELLED, State.UNSENT),
        can_unsend=left > 0, unsend_seconds=left, price=price_text(content.price_cents), sent_count=found.sent,
        viewed_count=found.viewed, purchased_count=found.purchased, total_amount=money(found.revenue_cents),
        can_send_message_to_buyers=found.purchased > 0,
    )  # fmt: skip
