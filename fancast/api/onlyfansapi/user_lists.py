"""User lists in this dialect: the built-in ones by slug, custom ones by id, and who is on them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from fancast.api.http import Answer, Call, read_id
from fancast.api.onlyfansapi import built_in_lists
from fancast.api.onlyfansapi.envelope import enveloped
from fancast.api.onlyfansapi.fans import SYSTEM_LIST, FanCard, UserCard, cards, write_card
from fancast.api.onlyfansapi.mass_messages import Success, Words
from fancast.api.onlyfansapi.values import Body, account_of, limit_of, offset_of, required
from fancast.core import fans, user_lists
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.model.user_lists import BuiltIn, ListRef, UserList
from fancast.store.database import Tx

LONGEST_NAME = 64
MOST_IDS = 10_000
Description = msgspec.Meta


class UserListBody(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A list's name."""

    name: Annotated[str, Description(description="1 to 64 characters.")]


class UserListEdit(UserListBody, rename="camel", omit_defaults=True, kw_only=True):
    """A list's new name, and whether it is pinned."""

    is_pinned_to_feed: bool | None = None


class MembersBody(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Fans to put on a list."""

    ids: Annotated[Words, Description(description="Ids of fans, at most 10,000.")]
    skip_invalid: Annotated[
        bool, Description(description="Put on those who can be; false: all of them, or nobody.")
    ] = False


class UserListItem(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A user list. `id` is a number, or the slug of a built-in list."""

    id: int | str
    type: Annotated[str, Description(description="`custom`, or the slug.")]
    name: str
    users_count: int
    posts_count: int = 0
    order: str = "default"
    direction: str = "asc"
    can_update: bool
    can_delete: bool
    can_manage_users: bool
    can_add_users: bool
    can_pinned_to_feed: bool
    is_pinned_to_feed: bool
    can_pinned_to_chat: bool
    is_pinned_to_chat: bool
    sort_list: list[Any] = []
    users: Annotated[list[UserCard], Description(description="The first three members.")]


class MembersPage(msgspec.Struct, rename="camel", frozen=True):
    list: list[FanCard]
    has_more: bool
    next_offset: int


class UserState(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """How one fan stands to one list."""

    id: int | str
    type: str
    name: str
    has_user: bool
    can_add_user: bool
    cannot_add_user_reason: str | None


class Removed(msgspec.Struct, rename="camel", frozen=True):
    list: UserListItem
    user_state: UserState


class Added(msgspec.Struct, frozen=True):
    """With `skip_invalid`: who is on the list now, and why the others are not."""

    added: list[int]
    failed: dict[str, str]


# ---- lists


def listing(tx: Tx, call: Call) -> Answer:
    """Every list can receive a mass message, so that `view=queue` shows them all."""
    _check_view(call)
    limit = limit_of(call.query, low=10, high=50)
    return enveloped(_all_shown(tx, call, _page(tx, call, offset_of(call.query), limit)))


def _page(tx: Tx, call: Call, offset: int, limit: int) -> list[UserList]:
    """A page of the lists that are not absent; those stand at the absent ones' places among the built-in ones."""
    absent = built_in_lists.absent(account_of(call))
    places = [place for place, ref in enumerate(BuiltIn) if ref not in absent]
    start = places[offset] if offset < len(places) else offset + len(absent)
    found = user_lists.page(tx, account_of(call), offset=start, limit=limit + len(absent), now=call.now)
    return [each for each in found if each.ref not in absent][:limit]


def create(tx: Tx, call: Call) -> Answer:
    name = Body(call.body).demanded_text("name", LONGEST_NAME)
    return enveloped(_shown(tx, call, user_lists.create(tx, account_of(call), name, now=call.now)))


def get(tx: Tx, call: Call) -> Answer:
    return enveloped(_shown(tx, call, user_lists.get(tx, account_of(call), _ref(tx, call), now=call.now)))


def rename(tx: Tx, call: Call) -> Answer:
    body = Body(call.body)
    name, pinned = body.demanded_text("name", LONGEST_NAME), body.flag("isPinnedToFeed")
    renamed = user_lists.rename(
        tx, account_of(call), _ref(tx, call), name, pinned_to_feed=pinned, now=call.now
    )
    return enveloped(_shown(tx, call, renamed))


def delete(tx: Tx, call: Call) -> Answer:
    user_lists.delete(tx, account_of(call), _ref(tx, call))
    return enveloped(Success())


# ---- members


def members(tx: Tx, call: Call) -> Answer:
    ref, limit, offset = _ref(tx, call), limit_of(call.query, high=100), offset_of(call.query)
    found = user_lists.page_of_members(
        tx, account_of(call), ref, offset=offset, limit=limit + 1, now=call.now
    )
    return _members_page(tx, call, found, offset, limit)


def pinned_members(tx: Tx, call: Call) -> Answer:
    ref, limit, offset = _ref(tx, call), limit_of(call.query, high=100), offset_of(call.query)
    found = user_lists.page_of_pinned(tx, account_of(call), ref, offset=offset, limit=limit + 1)
    return _members_page(tx, call, found, offset, limit)


def add_members(tx: Tx, call: Call) -> Answer:
    """All of them or nobody; with skip_invalid those who can be."""
    body, ref = Body(call.body), _ref_for_adding(tx, call)
    wanted, skip = _wanted_ids(body), body.flag("skip_invalid") or False
    listed = user_lists.get(tx, account_of(call), ref, now=call.now)
    known = fans.numbers_of(tx, account_of(call), wanted)
    numbers = {int(fan_id): number for fan_id, number in known.items()}
    new = set(user_lists.add(tx, account_of(call), ref, list(numbers.values())))
    failed = {str(id): _why_not(id, numbers, new, listed) for id in wanted if numbers.get(id) not in new}
    if failed and not skip:
        raise _not_added(listed, failed)
    added = [id for id in wanted if str(id) not in failed]
    return enveloped(Added(added, failed) if skip else {str(_list_id(ref)): added})


def clear(tx: Tx, call: Call) -> Answer:
    return enveloped(_shown(tx, call, user_lists.clear(tx, account_of(call), _ref(tx, call), now=call.now)))


def remove_member(tx: Tx, call: Call) -> Answer:
    ref, fan = _ref(tx, call), _fan(tx, call)
    user_lists.remove(tx, account_of(call), ref, [fan.number])
    left = user_lists.get(tx, account_of(call), ref, now=call.now)
    return enveloped(Removed(_shown(tx, call, left), _state(left, has_user=False)))


def pin_member(tx: Tx, call: Call) -> Answer:
    user_lists.pin(tx, account_of(call), _ref(tx, call), _fan(tx, call).number)
    return enveloped(Success())


# ---- from the wire


def _ref(tx: Tx, call: Call) -> ListRef:
    asked = call.params["list_id"]
    if asked in built_in_lists.absent(account_of(call)):
        raise not_found("user_list", asked)
    return user_lists.find_ref(tx, account_of(call), asked)


def _ref_for_adding(tx: Tx, call: Call) -> ListRef:
    """Here the network answers 400 for a list that is not there, too, with its reason under the list's id."""
    asked = call.params["list_id"]
    found = user_lists.find_refs(tx, account_of(call), [asked])
    if asked not in found or asked in built_in_lists.absent(account_of(call)):
        message = f"There is no user list {asked}."
        raise Problem(Kind.CONFLICT, "list_not_addable", message, errors={asked: [message]})
    if isinstance(found[asked], BuiltIn) and found[asked] not in user_lists.ADDABLE:
        message = f"Nobody can be added to the built-in list {asked}."
        raise Problem(Kind.CONFLICT, "list_not_addable", message, errors={asked: [SYSTEM_LIST]})
    return found[asked]


def _fan(tx: Tx, call: Call) -> Fan:
    found = read_id(call.params["user_id"])
    if found is None:
        raise not_found("fan", call.params["user_id"])
    return fans.get(tx, account_of(call), found)


def _wanted_ids(body: Body) -> list[int]:
    wanted = body.ids("ids")
    if not wanted:
        raise required("ids")
    if len(wanted) > MOST_IDS:
        raise invalid("ids", f"The ids field must not have more than {MOST_IDS} items.")
    return list(dict.fromkeys(wanted))


def _check_view(call: Call) -> None:
    if call.query.text("view") not in (None, "", "queue"):
        raise invalid("view", "The view field must be queue.")


def _why_not(id: int, numbers: Mapping[int, FanNumber], new: set[FanNumber], listed: UserList) -> str:
    if id not in numbers:
        return f"There is no fan {id}."
    return f"User {id} is already on {listed.name}."


def _not_added(listed: UserList, failed: Mapping[str, str]) -> Problem:
    """The network's refusal of a whole batch, with its reason for each fan."""
    errors: dict[str, Any] = {str(_list_id(listed.ref)): {id: [why] for id, why in failed.items()}}
    message = f"{len(failed)} of the users cannot be added to {listed.name}; nobody was."
    return Problem(Kind.CONFLICT, "users_not_added", message, errors=errors)


# ---- to the wire


def write_user_list(found: UserList, first_members: Sequence[Fan]) -> UserListItem:
    addable = found.custom or found.ref in user_lists.ADDABLE
    return UserListItem(
        id=_list_id(found.ref), type=_type(found), name=found.name, users_count=found.fans_count,
        can_update=found.custom, can_delete=found.custom, can_manage_users=addable, can_add_users=addable,
        can_pinned_to_feed=found.custom, is_pinned_to_feed=found.pinned_to_feed, can_pinned_to_chat=True,
        is_pinned_to_chat=found.pinned_to_chat, users=[write_card(fan) for fan in first_members],
    )  # fmt: skip


def _shown(tx: Tx, call: Call, found: UserList) -> UserListItem:
    return _all_shown(tx, call, [found])[0]


def _all_shown(tx: Tx, call: Call, found: Sequence[UserList]) -> list[UserListItem]:
    """Lists with their first members, who are read for all of them at once."""
    numbers = list(dict.fromkeys(number for one in found for number in one.first))
    members = {fan.number: fan for fan in fans.get_many(tx, account_of(call), numbers)}
    return [
        write_user_list(one, [members[number] for number in one.first if number in members]) for one in found
    ]


def _members_page(tx: Tx, call: Call, found: Sequence[FanNumber], offset: int, limit: int) -> Answer:
    shown = fans.get_many(tx, account_of(call), found[:limit])
    return enveloped(MembersPage(cards(tx, call, shown), len(found) > limit, offset + len(shown)))


def _state(found: UserList, *, has_user: bool) -> UserState:
    return UserState(
        id=_list_id(found.ref), type=_type(found), name=found.name, has_user=has_user, can_add_user=not has_user,
        cannot_add_user_reason="ALREADY_EXISTS" if has_user else None,
    )  # fmt: skip


def _list_id(ref: ListRef) -> int | str:
    return ref.value if isinstance(ref, BuiltIn) else ref


def _type(found: UserList) -> str:
    return found.ref.value if isinstance(found.ref, BuiltIn) else "custom"
