"""Mass messages in this dialect: send, schedule, save for later, list, look, edit, publish, take back.

Source: the vendor's "Send Mass Message" page and SDK `onlyfans` 0.2.0, read 2026-11; settled in our contract §3.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from fancast.api.http import Answer, Call, read_id
from fancast.api.onlyfansapi import built_in_lists
from fancast.api.onlyfansapi.content import (
    ReleaseForm,
    read_content,
    read_extras,
    read_screening,
    write_release_forms,
)
from fancast.api.onlyfansapi.envelope import enveloped, next_page, paged
from fancast.api.onlyfansapi.values import Body, account_of, offset_of, price_number
from fancast.api.retries import marked_retry
from fancast.core import audiences, mass_messages
from fancast.kit.times import offset_text
from fancast.model.accounts import Account
from fancast.model.audiences import WITHIN_DAYS, AskedAudience
from fancast.model.ids import FanId, QueueId
from fancast.model.mass_messages import KEEP, Draft, Edit, Format, Listing, MassMessage, State, check_draft
from fancast.model.problems import invalid, not_found
from fancast.model.texts import cropped
from fancast.model.user_lists import BuiltIn
from fancast.store.database import Tx

#: The vendor's list has no pages; this many show unless `limit` asks for fewer.
MOST_LISTED = 1_000

#: Of what only this vendor knows, what an edit may change.
_EDITED_EXTRAS = ("giphyId",)
#: What a publish that was carried out, but not heard of, has come to.
_GOING_OUT = frozenset({State.QUEUED, State.SENDING, State.DONE})

Words = list[int | str] | str
SCREENING = (
    "Refuse a text with banned words: `strict_ban` looks for all three tiers, `risky` for risky and replace_soften, "
    "`replace_soften` for that one. Nothing is looked for without it."
)
Description = msgspec.Meta


class MassMessageBody(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A mass message to send. Lists may be arrays, comma strings or JSON arrays in a string."""

    text: Annotated[str, Description(description="Plain text, at most 10,000 characters.")]
    user_lists: Annotated[Words, Description(description="Lists by id or slug, such as `fans`.")] = []
    user_ids: Annotated[Words, Description(description="Fans by id; everybody gets one copy.")] = []
    excluded_lists: Annotated[Words, Description(description="Members of these lists get nothing.")] = []
    subscribed_within_last_days: Annotated[
        Annotated[int, Description(ge=1, le=30)] | None,
        Description(
            description="Only fans whose unbroken subscription began within these UTC calendar days, today included. "
            "Not with scheduledDate or saveForLater."
        ),
    ] = None
    locked_text: Annotated[bool, Description(description="Hide the text, too, until it is bought.")] = False
    price: Annotated[
        float | str, Description(description="Dollars: 0, or from 3 to 200. Needs mediaFiles.")
    ] = 0
    media_files: Annotated[Words, Description(description="Vault media ids, or uploads' ids.")] = []
    previews: Annotated[
        Words,
        Description(
            description="Media that show before the purchase: ids among mediaFiles, or indexes into it."
        ),
    ] = []
    giphy_id: str | None = None
    rf_tag: Annotated[Words, Description(description="Tagged creators.")] = []
    rf_partner: Words = []
    rf_guest: Words = []
    scheduled_date: Annotated[
        str | None, Description(description="When to send, in UTC unless it says else.")
    ] = None
    save_for_later: Annotated[bool, Description(description="Keep it as a draft.")] = False
    block_banned_words: Annotated[
        Literal["strict_ban", "risky", "replace_soften"] | None, Description(description=SCREENING)
    ] = None


class MassMessageEdit(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """What shall change before it goes out; what is left out stays, the excluded lists always do."""

    text: str
    user_lists: Words = []
    user_ids: Words = []
    locked_text: bool = False
    price: float | str = 0
    media_files: Words = []
    previews: Words = []
    giphy_id: str | None = None
    scheduled_date: str | None = None
    block_banned_words: Annotated[
        Literal["strict_ban", "risky", "replace_soften"] | None, Description(description=SCREENING)
    ] = None


class QueueState(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """How far a mass message is."""

    id: int
    date: Annotated[
        str, Description(description="When it started, else when it will, else when it was made.")
    ]
    is_ready: bool
    is_done: Annotated[bool, Description(description="Nothing more goes out; true also when cancelled.")]
    total: Annotated[int, Description(description="Recipients; -1 until the audience is frozen.")]
    pending: Annotated[int, Description(description="Recipients still to come.")]
    can_unsend: bool
    unsend_seconds: int
    has_error: bool
    is_canceled: bool
    is_couple_people_media: bool = False


class QueueDetail(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """One mass message. From `price` on our own additions: what was asked for."""

    id: int
    date: str
    text: str
    text_cropped: str
    giphy_id: str | None
    is_free: bool
    sent_count: int
    viewed_count: int
    can_unsend: bool
    unsend_seconds: int
    is_canceled: bool
    media_types: str | None
    has_error: bool
    release_forms: list[ReleaseForm]
    price: float
    purchased_count: int
    media_files: list[int]
    previews: list[int]
    locked_text: bool
    user_lists: list[int | str]
    excluded_lists: list[int | str]
    user_ids: list[int]
    subscribed_within_last_days: int | None
    scheduled_date: str | None
    save_for_later: bool
    is_done: bool
    total: int
    pending: int


class QueueItem(msgspec.Struct, frozen=True):
    success: bool
    queue: QueueDetail


class Success(msgspec.Struct, frozen=True):
    success: bool = True


# ---- handlers


def send(tx: Tx, call: Call) -> Answer:
    draft = read_draft(Body(call.body), call.now, absent=built_in_lists.absent(account_of(call)))
    made = mass_messages.create(
        tx, account_of(call), draft, key=call.key, marked_retry=marked_retry(call), now=call.now
    )
    return enveloped(write_queue_state(made, account_of(call), call.now))


def listing(tx: Tx, call: Call) -> Answer:
    limit = call.query.integer("limit", default=MOST_LISTED, low=1, high=MOST_LISTED, clamp=True)
    offset = offset_of(call.query)
    found = mass_messages.page(
        tx, account_of(call), _unsent_or_recent(account_of(call), call.now), offset=offset, limit=limit + 1
    )
    rest = next_page(call, limit=limit, offset=offset + limit) if len(found) > limit else None
    return paged([write_queue_state(each, account_of(call), call.now) for each in found[:limit]], rest)


def get(tx: Tx, call: Call) -> Answer:
    found = mass_messages.get_shown(tx, account_of(call), queue_id(call))
    return enveloped(QueueItem(True, _detail(tx, call, found)))


def edit(tx: Tx, call: Call) -> Answer:
    seen = mass_messages.get_shown(tx, account_of(call), queue_id(call))
    absent = built_in_lists.absent(account_of(call))
    wanted = replace(read_edit(Body(call.body), seen), absent_lists=absent)
    changed = mass_messages.edit(tx, account_of(call), seen.id, wanted, now=call.now)
    return enveloped(write_queue_state(changed, account_of(call), call.now))


def delete(tx: Tx, call: Call) -> Answer:
    gone = mass_messages.remove(tx, account_of(call), queue_id(call), now=call.now)
    return enveloped(QueueItem(True, _detail(tx, call, gone)))


def publish(tx: Tx, call: Call) -> Answer:
    """Send it now. A client that repeats the call by itself is told that it goes out, as it was not told before."""
    seen = mass_messages.get_shown(tx, account_of(call), queue_id(call))
    if marked_retry(call) and seen.state in _GOING_OUT:
        return enveloped(Success())
    mass_messages.publish(tx, account_of(call), seen.id, now=call.now)
    return enveloped(Success())


# ---- from the wire


def read_draft(body: Body, now: datetime, *, absent: Collection[BuiltIn] = ()) -> Draft:
    """The draft in the order in which the contract wants refusals: types, text, price, media, previews, hour.

    Lists, those that are `absent` too, are looked for when media are found.
    """
    audience = AskedAudience(
        user_lists=tuple(body.words("userLists") or ()), fans=tuple(body.ids("userIds") or ()),
        exclude_user_lists=tuple(body.words("excludedLists") or ()),
        subscribed_within_days=body.integer("subscribedWithinLastDays"), absent_lists=absent,
    )  # fmt: skip
    save_for_later = body.flag("saveForLater") or False
    screening = read_screening(body)
    content = read_content(body)
    scheduled_at = body.moment("scheduledDate")
    draft = Draft(content, audience, scheduled_at, save_for_later, screening=screening)
    check_draft(draft, now)
    _check_within(audience.subscribed_within_days, later=save_for_later or scheduled_at is not None)
    return draft


def read_edit(body: Body, seen: MassMessage) -> Edit:
    """Only what the body names changes, so that `[]` and 0 clear and nothing else does.

    What comes of it must be what could be sent so; of its audience's days an edit can say nothing.
    """
    screening = read_screening(body)
    content = read_content(body, seen.content, extras=_EDITED_EXTRAS)
    named: dict[str, Any] = {"text": content.text, "format": Format.PLAIN, "screening": screening}
    if "price" in body:
        named["price_cents"] = content.price_cents
    if "mediaFiles" in body or "previews" in body:
        named |= {"media_ids": content.media_ids, "preview_media_ids": content.preview_media_ids}
        named["references"] = content.references
    if "lockedText" in body:
        named["locked_text"] = content.locked_text
    if "userLists" in body:
        named["user_lists"] = tuple(body.words("userLists") or ())
    if "userIds" in body:
        named["fans"] = tuple(body.ids("userIds") or ())
    named["extras"] = read_extras(body, _EDITED_EXTRAS) or KEEP
    named["scheduled_at"] = body.moment("scheduledDate") or KEEP
    if named["scheduled_at"] is not KEEP and seen.audience.subscribed_within_days is not None:
        raise invalid(
            "scheduledDate",
            "The scheduledDate field cannot be used with subscribedWithinLastDays, which this one was sent with.",
        )
    return Edit(**named)


def queue_id(call: Call) -> QueueId:
    """The mass message in the path. What cannot be an id is not found."""
    found = read_id(call.params["queue_id"])
    if found is None:
        raise not_found("mass_message", call.params["queue_id"])
    return QueueId(found)


def _check_within(days: int | None, *, later: bool) -> None:
    name = "subscribedWithinLastDays"
    if days is None:
        return
    if days not in WITHIN_DAYS:
        raise invalid(name, f"The {name} field must be between 1 and 30.")
    if later:
        raise invalid(name, f"The {name} field cannot be used with scheduledDate or saveForLater.")


def _unsent_or_recent(account: Account, now: datetime) -> Listing:
    shown = (State.SCHEDULED, State.QUEUED, State.SENDING, State.PAUSED, State.DONE, State.FAILED)
    return Listing(states=shown, over_since=now - timedelta(seconds=account.unsend_window_seconds))


# ---- to the wire


def write_queue_state(found: MassMessage, account: Account, now: datetime) -> QueueState:
    left = unsend_seconds(found, account, now)
    return QueueState(
        id=found.id, date=offset_text(found.at), is_ready=found.ready, is_done=found.finished, total=_total(found),
        pending=found.pending, can_unsend=left > 0, unsend_seconds=left,
        has_error=found.in_error, is_canceled=is_cancelled(found),
    )  # fmt: skip


def write_queue_detail(
    found: MassMessage, user_ids: Sequence[FanId], media_types: Sequence[str], account: Account, now: datetime
) -> QueueDetail:
    content, left = found.content, unsend_seconds(found, account, now)
    return QueueDetail(
        id=found.id, date=offset_text(found.at), text=content.text, text_cropped=cropped(content.text),
        giphy_id=content.extras.get("giphy_id") or None, is_free=content.price_cents == 0, sent_count=found.sent,
        viewed_count=found.viewed, can_unsend=left > 0, unsend_seconds=left, is_canceled=is_cancelled(found),
        media_types=",".join(dict.fromkeys(media_types)) or None, has_error=found.in_error,
        release_forms=write_release_forms(content), price=price_number(content.price_cents),
        purchased_count=found.purchased, media_files=list(content.media_ids), previews=list(content.preview_media_ids),
        locked_text=content.locked_text,
        user_lists=[audiences.describe_ref(ref) for ref in found.audience.user_lists],
        excluded_lists=[audiences.describe_ref(ref) for ref in found.audience.exclude_user_lists],
        user_ids=list(user_ids), subscribed_within_last_days=found.audience.subscribed_within_days,
        scheduled_date=None if found.scheduled_at is None else offset_text(found.scheduled_at),
        save_for_later=found.state is State.DRAFT, is_done=found.finished, total=_total(found), pending=found.pending,
    )  # fmt: skip


def unsend_seconds(found: MassMessage, account: Account, now: datetime) -> int:
    return found.unsend_seconds_left(account.unsend_window_seconds, now)


def is_cancelled(found: MassMessage) -> bool:
    return found.state in (State.CANCELLED, State.UNSENT)


def _detail(tx: Tx, call: Call, found: MassMessage) -> QueueDetail:
    user_ids = mass_messages.named_fans(tx, account_of(call), found.id) if found.audience.fans_count else []
    types = mass_messages.media_types(tx, account_of(call), found.content.media_ids)
    return write_queue_detail(found, user_ids, list(types.values()), account_of(call), call.now)


def _total(found: MassMessage) -> int:
    return -1 if found.recipients is None else found.recipients
