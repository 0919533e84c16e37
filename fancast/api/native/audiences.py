"""Audiences: who a mass message is for, and the preview that counts them rule by rule."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from fancast.api.faces import Answer, Call
from fancast.api.native.values import (
    Moment,
    Sent,
    SentMoment,
    Told,
    account_of,
    read_body,
    read_fields,
    read_moment,
)
from fancast.core import audiences
from fancast.kit.times import maybe_zulu
from fancast.model.audiences import AskedAudience, Audience, Resolved
from fancast.model.fans import Fan
from fancast.model.ids import FanId, MediaId
from fancast.model.mass_messages import MOST_MEDIA
from fancast.store.database import Tx

MOST_SAMPLED = 100
#: A custom list by id; a built-in one by slug (`fans`, `recent`, `rebill_on` …); or a list's alias.
ListName = int | str


class SentAudience(Sent):
    """Who: lists and fans united, narrowed by dates, without the excluded. Exclusions win over named fans."""

    user_lists: Annotated[
        tuple[ListName, ...], Meta(description="Custom lists by id, built-in ones by slug.")
    ] = ()
    fan_ids: Annotated[tuple[int, ...], Meta(description="Fans by id, at most 10,000.")] = ()
    exclude_user_lists: Annotated[
        tuple[ListName, ...], Meta(description="Whoever is on one of these gets nothing.")
    ] = ()
    subscribed_after: Annotated[
        SentMoment | None, Meta(description="Only whose current unbroken subscription began after this.")
    ] = None
    subscribed_within_days: Annotated[
        int | None,
        Meta(description="Only who subscribed in the last days (1 to 30), in UTC, today included."),
    ] = None


class SentAudienceChange(Sent):
    """What shall change about an audience; what is not sent stays."""

    user_lists: tuple[ListName, ...] | UnsetType = UNSET
    fan_ids: tuple[int, ...] | UnsetType = UNSET
    exclude_user_lists: tuple[ListName, ...] | UnsetType = UNSET
    subscribed_after: SentMoment | UnsetType | None = UNSET
    subscribed_within_days: int | UnsetType | None = UNSET


class SentPreview(SentAudience):
    """An audience, and the media of a priced message: who owns all of them may be left out."""

    media_ids: Annotated[
        tuple[int, ...], Meta(max_length=MOST_MEDIA, description="Of a priced message: what its price opens.")
    ] = ()
    sample: Annotated[int, Meta(ge=0, le=MOST_SAMPLED, description="How many fans to show.")] = 0


class ToldAudience(Told):
    """An audience, as asked for."""

    user_lists: list[ListName]
    fan_ids: Annotated[
        list[int] | None, Meta(description="Null in lists of mass messages, where fan_count stands for it.")
    ]
    fan_count: Annotated[int, Meta(description="How many fans are named one by one.")]
    exclude_user_lists: list[ListName]
    subscribed_after: Moment | None
    subscribed_within_days: int | None


class ToldRule(Told):
    """What one rule did, in fans, at its place in the order."""

    rule: str
    added: int
    removed: int


class ToldSample(Told):
    fan_id: int
    username: str
    name: str


class ToldPreview(Told):
    """Whom a send would reach now. The rules' sums give `total`."""

    total: int
    rules: list[ToldRule]
    sample: list[ToldSample]


def read_audience(sent: SentAudience) -> AskedAudience:
    return AskedAudience(
        user_lists=sent.user_lists, fans=sent.fan_ids,
        exclude_user_lists=sent.exclude_user_lists,
        subscribed_after=read_moment("subscribed_after", sent.subscribed_after),
        subscribed_within_days=sent.subscribed_within_days,
    )  # fmt: skip


def read_audience_change(sent: SentAudienceChange) -> dict[str, object]:
    """The audience's part of an edit, in our words; what was not sent is missing."""
    changed = read_fields(sent)
    if "fan_ids" in changed:
        changed["fans"] = changed.pop("fan_ids")
    return changed


def write_audience(audience: Audience, fan_ids: list[FanId] | None) -> ToldAudience:
    return ToldAudience(
        user_lists=[audiences.describe_ref(ref) for ref in audience.user_lists],
        fan_ids=list(fan_ids) if fan_ids is not None else None if audience.fans_count else [],
        fan_count=audience.fans_count,
        exclude_user_lists=[audiences.describe_ref(ref) for ref in audience.exclude_user_lists],
        subscribed_after=maybe_zulu(audience.subscribed_after),
        subscribed_within_days=audience.subscribed_within_days,
    )  # fmt: skip


def write_preview(resolved: Resolved, sample: list[Fan]) -> ToldPreview:
    return ToldPreview(
        total=len(resolved.to),
        rules=[ToldRule(rule=rule.name, added=rule.added, removed=rule.removed) for rule in resolved.rules],
        sample=[ToldSample(fan_id=fan.fan_id, username=fan.username, name=fan.name) for fan in sample],
    )


def preview(tx: Tx, call: Call) -> Answer:
    sent = read_body(call, SentPreview)
    media = [MediaId(media) for media in sent.media_ids]
    found = audiences.preview(
        tx, account_of(call), read_audience(sent), media, sample=sent.sample, now=call.now
    )
    return Answer(write_preview(*found))
