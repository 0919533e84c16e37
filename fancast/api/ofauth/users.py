"""Users: in a few words, as lists and pages show them, and each as a profile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call, QueryParam
from fancast.api.ofauth.values import Window, account_of, date_text, maybe_date, read_reference
from fancast.core import fan_pages, fans, user_lists
from fancast.model.accounts import Account
from fancast.model.fans import Fan, Subscription
from fancast.model.ids import FanId, ListId
from fancast.model.problems import invalid
from fancast.store.database import Tx

MOST_AT_ONCE = 10
USER_IDS = QueryParam(
    "userIds", str, "At most 10 ids, in one comma list or repeated. Unknown ones are left out."
)
QUERY = QueryParam("query", str, "A part of the name, the username or the custom name.")


class AvatarThumbs(Struct, frozen=True):
    c50: str
    c144: str


class UserRef(Struct, frozen=True, rename="camel", kw_only=True):
    """A user."""

    id: int
    username: str
    name: str
    is_verified: bool = False
    avatar: str | None
    avatar_thumbs: Annotated[AvatarThumbs | None, Meta(description="Both sizes show the whole avatar.")]


class ListOfUser(Struct, frozen=True):
    id: str
    type: str
    name: str


class UserProfile(UserRef, frozen=True, rename="camel", kw_only=True):
    """A user, with what the creator knows of them."""

    lists: Annotated[list[ListOfUser], Meta(description="The custom lists the user is on.")]
    display_name: Annotated[str, Meta(description="The creator's own name for this user.")]
    notice: Annotated[str, Meta(description="The creator's note.")]
    about: str = ""
    join_date: str
    last_seen: str | None
    subscribed_by: Annotated[bool, Meta(description="Whether the creator subscribes to the user.")] = False
    subscribed_on: Annotated[bool, Meta(description="Whether the user subscribes to the creator now.")]
    subscribed_on_expired_now: bool
    subscribed_on_duration: str | UnsetType = UNSET
    is_restricted: bool
    can_restrict: bool
    is_blocked: bool
    is_performer: bool = False
    can_receive_chat_message: Annotated[bool, Meta(description="False: no message ever reaches this user.")]
    can_chat: bool


class ProfilesFound(Struct, frozen=True):
    users: list[UserProfile]


class ProfilePage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[UserProfile]
    has_more: bool
    next_offset: int | UnsetType = UNSET


# ---- handlers


def list_some(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    asked = read_user_ids(call)
    known = fans.numbers_of(tx, account, asked)
    numbers = [known[FanId(id)] for id in dict.fromkeys(asked) if id in known]
    found = fans.get_many(tx, account, numbers)
    return Answer(ProfilesFound(users=_profiles(tx, account, found, call.now)))


def search(tx: Tx, call: Call) -> Answer:
    """A bare array, as the vendor answers."""
    account, window = account_of(call), Window(call.query, most=100, default=20)
    found = fan_pages.page(
        tx, account, query=call.query.text("query") or "", offset=window.offset,
        limit=min(window.limit, window.one_more), now=call.now,
    )  # fmt: skip
    return Answer(_profiles(tx, account, found, call.now))


def get(tx: Tx, call: Call) -> Answer:
    account = account_of(call)
    [profile] = _profiles(tx, account, [fans.get(tx, account, call.params["userId"])], call.now)
    return Answer(profile)


def list_blocked(tx: Tx, call: Call) -> Answer:
    return _flagged(tx, call, "blocked")


def list_restricted(tx: Tx, call: Call) -> Answer:
    return _flagged(tx, call, "restricted")


def restrict(tx: Tx, call: Call) -> Answer:
    fans.flag(tx, account_of(call), call.params["userId"], "restricted", True)
    return Answer({})


def lift_restriction(tx: Tx, call: Call) -> Answer:
    fans.flag(tx, account_of(call), call.params["userId"], "restricted", False)
    return Answer({})


def _flagged(tx: Tx, call: Call, flag: str) -> Answer:
    account, window = account_of(call), Window(call.query, most=20)
    found = fans.with_flag(tx, account, flag, offset=window.offset, limit=window.one_more)
    profiles = _profiles(tx, account, found, call.now)
    return Answer(window.page(profiles, lambda profile: profile))


# ---- from the wire


def read_user_ids(call: Call) -> list[int]:
    """`userIds`, which must be there. Raises Problem(INVALID)."""
    asked = [read_reference("userIds", word) for word in call.query.listed("userIds")]
    if not 1 <= len(asked) <= MOST_AT_ONCE:
        raise invalid("userIds", f"userIds takes 1 to {MOST_AT_ONCE} ids.")
    return asked


# ---- to the wire


def write_user(fan: Fan) -> UserRef:
    return UserRef(
        id=fan.fan_id,
        username=fan.username,
        name=fan.name,
        avatar=fan.avatar_url,
        avatar_thumbs=write_thumbs(fan),
    )


def write_thumbs(fan: Fan) -> AvatarThumbs | None:
    return None if fan.avatar_url is None else AvatarThumbs(c50=fan.avatar_url, c144=fan.avatar_url)


def write_profile(fan: Fan, lists: Sequence[tuple[ListId, str]], now: datetime) -> UserProfile:
    active, subscription = fan.subscribed(now), fan.subscription
    return UserProfile(
        id=fan.fan_id, username=fan.username, name=fan.name, avatar=fan.avatar_url,
        avatar_thumbs=write_thumbs(fan), lists=[ListOfUser(str(ref), "custom", name) for ref, name in lists],
        display_name=fan.custom_name or "", notice=fan.notice or "", join_date=date_text(fan.created_at),
        last_seen=maybe_date(fan.last_seen_at), subscribed_on=active,
        subscribed_on_expired_now=subscription is not None and not active,
        subscribed_on_duration=UNSET if subscription is None else _lasted(subscription, now),
        is_restricted=fan.restricted, can_restrict=not fan.restricted, is_blocked=fan.blocked,
        can_receive_chat_message=fan.receives, can_chat=fan.receives,
    )  # fmt: skip


def _profiles(tx: Tx, account: Account, found: Sequence[Fan], now: datetime) -> list[UserProfile]:
    lists = user_lists.lists_of(tx, account, [fan.number for fan in found])
    return [write_profile(fan, lists[fan.number], now) for fan in found]


def _lasted(subscription: Subscription, now: datetime) -> str:
    days = max((min(now, subscription.expires_at) - subscription.subscribed_at).days, 0)
    return f"{days} day" + ("" if days == 1 else "s")
