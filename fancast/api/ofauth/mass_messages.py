"""Mass messages in this dialect: create, list, read, merge-edit and delete, under all of their paths."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, read_id
from fancast.api.ofauth.content import (
    FromUser,
    MessageInput,
    Reference,
    nullable,
    read_content,
    read_edit,
    write_creator,
    write_extras,
)
from fancast.api.ofauth.media import MediaShape, Shown, count_types, media_shown, pick
from fancast.api.ofauth.values import (
    Body,
    Window,
    account_of,
    date_text,
    maybe_date,
    price_text,
)
from fancast.api.retries import marked_retry
from fancast.core import audiences, mass_messages
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience
from fancast.model.ids import FanId, QueueId
from fancast.model.mass_messages import Draft, Edit, Listing, MassMessage, State
from fancast.model.problems import invalid, not_found
from fancast.model.texts import cropped
from fancast.store.database import Tx

_TYPES = {"sent": "sent", "unsent": "recalled", "scheduled": "waiting"}
_WAITING = (State.DRAFT, State.SCHEDULED, State.QUEUED, State.FAILED)
_CANCELLED = (State.CANCELLED, State.UNSENT)


class MassMessageInput(MessageInput, frozen=True, rename="camel", kw_only=True):
    """A mass message for (userIds + members of userLists) - members of excludeUserLists, then the date filter."""

    scheduled_date: Annotated[
        Any,
        nullable("string"),
        Meta(description="When to send, ISO 8601; null or absent is now."),
    ] = UNSET
    user_ids: Annotated[list[Reference] | UnsetType, Meta(description="Users: ids or usernames.")] = UNSET
    user_lists: Annotated[
        list[Reference] | UnsetType, Meta(description="User lists: ids, or slugs of built-in ones.")
    ] = UNSET
    subscribed_after_date: Annotated[
        Any, nullable("string"),
        Meta(description="Only those whose current unbroken subscription began after this; alone, of all current "
                         "subscribers."),
    ] = UNSET  # fmt: skip
    exclude_user_lists: Annotated[
        list[Reference] | UnsetType, Meta(description="User lists whose members are left out.")
    ] = UNSET


class MassMessageStatus(Struct, frozen=True, rename="camel", kw_only=True):
    """Where a mass message stands. `total` is -1 until its audience is frozen, shortly before the first copy."""

    id: float
    date: str
    scheduled_date: Annotated[str | None, Meta(description="Its hour; null: at once.")]
    is_ready: bool
    is_done: bool
    total: float
    pending: float
    can_unsend: bool
    unsend_seconds: Annotated[float, Meta(description="How long it can still be unsent.")]
    has_error: bool
    is_canceled: bool
    is_couple_people_media: bool = False


class QueueItem(Struct, frozen=True, rename="camel", kw_only=True):
    """A mass message with its numbers. `text` is HTML, `rawText` as written."""

    id: int
    queue_id: int
    text: str
    raw_text: str
    text_cropped: str
    from_user: FromUser
    media: list[MediaShape]
    previews: list[int]
    media_count: int
    media_types: dict[str, int]
    is_media_ready: bool
    locked_text: bool
    is_free: bool
    is_tip: bool = False
    is_from_queue: bool = True
    is_markdown_disabled: bool
    price: str
    date: str
    created_at: str
    scheduled_date: str | None
    sent_count: int
    viewed_count: int
    purchased_count: int
    total: int
    pending: int
    is_done: bool
    can_unsend: bool
    unsend_seconds: int
    is_canceled: bool
    has_error: bool
    can_send_message_to_buyers: bool
    user_lists: list[int | str]
    exclude_user_lists: list[int | str]
    subscribed_after_date: str | None
    is_forwarded_message: bool
    reply_to_message_id: str | None
    user_tags: list[int]
    release_forms: dict[str, list[int | str]] | None
    user_ids: Annotated[
        list[int] | UnsetType, Meta(description="Only when one mass message is read, not in lists.")
    ] = UNSET


class QueuePage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[QueueItem]
    has_more: bool
    next_offset: int | UnsetType = UNSET


class Deleted(Struct, frozen=True, kw_only=True):
    """One that did not start or failed is cancelled and gone; a sent one is unsent, and stays with who bought it."""

    success: bool
    queue: QueueItem


# ---- handlers


def create(tx: Tx, call: Call) -> Answer:
    account, body = account_of(call), Body(call.body)
    draft = Draft(
        content=read_content(tx, account, body), audience=read_audience(body),
        scheduled_at=body.moment("scheduledDate"),
    )  # fmt: skip
    made = mass_messages.create(
        tx, account, draft, key=call.key, marked_retry=marked_retry(call), must_select=True, now=call.now
    )
    return Answer(write_status(made, account, call.now))


def list_all(tx: Tx, call: Call) -> Answer:
    return _list(tx, call, read_listing(call.query.text("type")))


def list_scheduled(tx: Tx, call: Call) -> Answer:
    return _list(tx, call, Listing(which="waiting"))


def get(tx: Tx, call: Call) -> Answer:
    return Answer(_read_one(tx, call, _find(tx, call)))


def get_scheduled(tx: Tx, call: Call) -> Answer:
    return Answer(_read_one(tx, call, _find_waiting(tx, call)))


def put(tx: Tx, call: Call) -> Answer:
    return _edit(tx, call, _find(tx, call))


def put_scheduled(tx: Tx, call: Call) -> Answer:
    return _edit(tx, call, _find_waiting(tx, call))


def delete(tx: Tx, call: Call) -> Answer:
    return _delete(tx, call, _find(tx, call))


def delete_scheduled(tx: Tx, call: Call) -> Answer:
    return _delete(tx, call, _find_waiting(tx, call))


def _list(tx: Tx, call: Call, listing: Listing) -> Answer:
    account, window = account_of(call), Window(call.query, most=20)
    found = mass_messages.page(tx, account, listing, offset=window.offset, limit=window.one_more)
    shown = media_shown(tx, account, (one.content.media_ids for one in found), call.links)
    return Answer(window.page(found, lambda one: write_queue_item(one, account, shown, call.now)))


def _read_one(tx: Tx, call: Call, found: MassMessage) -> QueueItem:
    account = account_of(call)
    shown = media_shown(tx, account, [found.content.media_ids], call.links)
    named = mass_messages.named_fans(tx, account, found.id) if found.audience.fans_count else []
    return write_queue_item(found, account, shown, call.now, named)


def _edit(tx: Tx, call: Call, seen: MassMessage) -> Answer:
    account, body = account_of(call), Body(call.body)
    wanted = Edit(**read_edit(tx, account, body, seen), **read_edited_audience(body))
    if "scheduledDate" in body:
        wanted = replace(wanted, scheduled_at=body.moment("scheduledDate"))
    edited = mass_messages.edit(tx, account, seen.id, wanted, must_select=True, now=call.now)
    return Answer(write_status(edited, account, call.now))


def _delete(tx: Tx, call: Call, seen: MassMessage) -> Answer:
    account = account_of(call)
    gone = mass_messages.remove(tx, account, seen.id, now=call.now)
    shown = media_shown(tx, account, [gone.content.media_ids], call.links)
    return Answer(Deleted(success=True, queue=write_queue_item(gone, account, shown, call.now)))


def _find(tx: Tx, call: Call) -> MassMessage:
    said = call.params["massMessageId"]
    found = read_id(said)
    if found is None:
        raise not_found("mass_message", said)
    return mass_messages.get_shown(tx, account_of(call), QueueId(found))


def _find_waiting(tx: Tx, call: Call) -> MassMessage:
    found = _find(tx, call)
    if found.state not in _WAITING:
        raise not_found("scheduled_mass_message", found.id)
    return found


# ---- from the wire


def read_audience(body: Body) -> AskedAudience:
    return AskedAudience(
        user_lists=tuple(body.words("userLists")), fans=tuple(body.words("userIds")),
        exclude_user_lists=tuple(body.words("excludeUserLists")),
        subscribed_after=body.moment("subscribedAfterDate"),
    )  # fmt: skip


def read_edited_audience(body: Body) -> dict[str, Any]:
    """The audience's part of an `Edit`."""
    names = {"userLists": "user_lists", "userIds": "fans", "excludeUserLists": "exclude_user_lists"}
    wanted: dict[str, Any] = {ours: tuple(body.words(name)) for name, ours in names.items() if name in body}
    if "subscribedAfterDate" in body:
        wanted["subscribed_after"] = body.moment("subscribedAfterDate")
    return wanted


def read_listing(asked: str | None) -> Listing:
    if not asked:
        return Listing(which="shown")
    if asked not in _TYPES:
        raise invalid("type", "type must be sent, unsent or scheduled.")
    return Listing(which=_TYPES[asked])  # type: ignore[arg-type]


# ---- to the wire


def write_status(found: MassMessage, account: Account, now: datetime) -> MassMessageStatus:
    left = found.unsend_seconds_left(account.unsend_window_seconds, now)
    return MassMessageStatus(
        id=found.id, date=date_text(found.at), scheduled_date=maybe_date(found.scheduled_at), is_ready=found.ready,
        is_done=found.finished, total=write_total(found), pending=found.pending, can_unsend=left > 0,
        unsend_seconds=left, has_error=found.in_error, is_canceled=found.state in _CANCELLED,
    )  # fmt: skip


def write_total(found: MassMessage) -> int:
    return -1 if found.recipients is None else found.recipients


def write_queue_item(
    found: MassMessage, account: Account, shown: Shown, now: datetime, named: Sequence[FanId] | None = None
) -> QueueItem:
    content, audience = found.content, found.audience
    media = pick(shown, content.media_ids)
    left = found.unsend_seconds_left(account.unsend_window_seconds, now)
    return QueueItem(
        id=found.id, queue_id=found.id, text=found.html, raw_text=content.text, text_cropped=cropped(content.text),
        from_user=write_creator(account), media=media, previews=list(content.preview_media_ids),
        media_count=len(content.media_ids), media_types=count_types(media),
        is_media_ready=all(item.is_ready for item in media), locked_text=content.locked_text,
        is_free=content.price_cents == 0, is_markdown_disabled=content.format.value == "plain",
        price=price_text(content.price_cents), date=date_text(found.at), created_at=date_text(found.created_at),
        scheduled_date=maybe_date(found.scheduled_at), sent_count=found.sent, viewed_count=found.viewed,
        purchased_count=found.purchased, total=write_total(found), pending=found.pending, is_done=found.finished,
        can_unsend=left > 0, unsend_seconds=left, is_canceled=found.state in _CANCELLED,
        has_error=found.in_error, can_send_message_to_buyers=found.purchased > 0,
        user_lists=[audiences.describe_ref(ref) for ref in audience.user_lists],
        exclude_user_lists=[audiences.describe_ref(ref) for ref in audience.exclude_user_lists],
        subscribed_after_date=maybe_date(audience.subscribed_after),
        user_ids=UNSET if named is None else list(named), **write_extras(content),
    )  # fmt: skip
