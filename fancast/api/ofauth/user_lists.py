"""User lists: read, make, rename, delete, and who is on them."""

from collections.abc import Callable, Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from fancast.api.http import Answer, Call
from fancast.api.ofauth.users import UserRef, write_user
from fancast.api.ofauth.values import Body, Window, account_of, shaped
from fancast.core import fans, user_lists
from fancast.core.audiences import describe_ref
from fancast.model.fans import Fan
from fancast.model.ids import FanNumber
from fancast.model.problems import Kind, Problem, invalid
from fancast.model.user_lists import ListRef, UserList
from fancast.store.database import Tx

MOST_LISTS_AT_ONCE = 5


class SortOrder(Struct, frozen=True):
    order: str
    direction: str


class UserListShape(Struct, frozen=True, rename="camel", kw_only=True):
    """A user list. `id` is text: a number for a custom list, a slug for a built-in one."""

    id: str
    type: Annotated[str, Meta(description="`custom`, or the slug of a built-in list.")]
    name: str
    users_count: int
    posts_count: int = 0
    users: Annotated[list[UserRef], Meta(description="The first three members.")]
    sort_list: list[SortOrder] = []
    order: str = "date"
    direction: str = "asc"
    can_update: bool
    can_delete: bool
    can_manage_users: bool
    can_add_users: bool
    can_pinned_to_feed: bool
    is_pinned_to_feed: bool
    can_pinned_to_chat: bool
    is_pinned_to_chat: bool


class UserListPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[UserListShape]
    has_more: bool
    next_offset: int | UnsetType = UNSET
    order: str = "date"
    sort: str = "asc"


class NameInput(Struct, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=100)]


class UserPage(Struct, frozen=True, rename="camel", kw_only=True):
    list: list[UserRef]
    has_more: bool
    next_offset: int | UnsetType = UNSET


class UserState(Struct, frozen=True, rename="camel", kw_only=True):
    """How a user stands to a list."""

    id: str
    type: str
    name: str
    has_user: bool
    can_add_user: bool
    cannot_add_user_reason: str | None


class UserAdded(Struct, frozen=True, rename="camel", kw_only=True):
    list: UserListShape
    user_state: UserState


class ListIdsInput(Struct, frozen=True, rename="camel", kw_only=True):
    list_ids: Annotated[list[int | str], Meta(min_length=1, max_length=5)]


class ListSucceeded(Struct, frozen=True, rename="camel", kw_only=True):
    list_id: int | str
    success: bool = True


class ListFailed(Struct, frozen=True, rename="camel", kw_only=True):
    list_id: int | str
    error: str


class ListsChanged(Struct, frozen=True, rename="camel", kw_only=True):
    success: list[ListSucceeded]
    errors: list[ListFailed] | UnsetType = UNSET


class BatchResult(Struct, frozen=True, rename="camel", kw_only=True):
    list_id: int | str
    success: bool
    error: str | None


class BatchChanged(Struct, frozen=True, rename="camel", kw_only=True):
    success: bool
    results: list[BatchResult]


# ---- handlers


def list_all(tx: Tx, call: Call) -> Answer:
    window, query = Window(call.query, most=100), (call.query.text("query") or "").strip()
    found = user_lists.page(
        tx, account_of(call), query=query, offset=window.offset, limit=window.one_more, now=call.now
    )
    write = _writer(tx, call, found)
    return shaped(call, window.page(found, write) | {"order": "date", "sort": "asc"})


def create(tx: Tx, call: Call) -> Answer:
    made = user_lists.create(tx, account_of(call), Body(call.body).name("name"), now=call.now)
    return _told(tx, call, made)


def get(tx: Tx, call: Call) -> Answer:
    return _told(tx, call, user_lists.get(tx, account_of(call), _ref(tx, call), now=call.now))


def rename(tx: Tx, call: Call) -> Answer:
    name = Body(call.body).name("name")
    renamed = user_lists.rename(tx, account_of(call), _ref(tx, call), name, now=call.now)
    return _told(tx, call, renamed)


def delete(tx: Tx, call: Call) -> Answer:
    user_lists.delete(tx, account_of(call), _ref(tx, call))
    return Answer({})


def list_users(tx: Tx, call: Call) -> Answer:
    return _users(tx, call, _ref(tx, call))


def add_user(tx: Tx, call: Call) -> Answer:
    account, ref = account_of(call), _ref(tx, call)
    user_lists.add(tx, account, ref, [_number(tx, call)])
    found = user_lists.get(tx, account, ref, now=call.now)
    changed = _writer(tx, call, [found])(found)
    state = UserState(
        id=changed.id, type=changed.type, name=changed.name, has_user=True, can_add_user=changed.can_add_users,
        cannot_add_user_reason=None,
    )  # fmt: skip
    return Answer(UserAdded(list=changed, user_state=state))


def remove_user(tx: Tx, call: Call) -> Answer:
    """The rest of the list, its first page."""
    ref = _ref(tx, call)
    user_lists.remove(tx, account_of(call), ref, [_number(tx, call)])
    return _users(tx, call, ref)


def add_to_lists(tx: Tx, call: Call) -> Answer:
    done = _add_to_lists(tx, call)
    errors = [ListFailed(list_id=said, error=why) for said, why in done if why is not None]
    good = [ListSucceeded(list_id=said) for said, why in done if why is None]
    return Answer(ListsChanged(success=good, errors=errors or UNSET))


def add_to_lists_in_batch(tx: Tx, call: Call) -> Answer:
    done = _add_to_lists(tx, call)
    results = [BatchResult(list_id=said, success=why is None, error=why) for said, why in done]
    return Answer(BatchChanged(success=all(one.success for one in results), results=results))


def _add_to_lists(tx: Tx, call: Call) -> list[tuple[int | str, str | None]]:
    """Each list as it was named, and why the user could not be put on it."""
    account, number = account_of(call), _number(tx, call)
    asked = Body(call.body).words("listIds")
    if not 1 <= len(asked) <= MOST_LISTS_AT_ONCE:
        raise invalid("listIds", f"listIds takes 1 to {MOST_LISTS_AT_ONCE} lists.")
    done: list[tuple[int | str, str | None]] = []
    for said in asked:
        try:
            user_lists.add(tx, account, user_lists.find_ref(tx, account, said), [number])
            done.append((said, None))
        except Problem as problem:
            if problem.kind not in (Kind.NOT_FOUND, Kind.CONFLICT):
                raise
            done.append((said, problem.message))
    return done


def _users(tx: Tx, call: Call, ref: ListRef) -> Answer:
    account, window = account_of(call), Window(call.query, most=100)
    numbers = user_lists.page_of_members(
        tx, account, ref, offset=window.offset, limit=window.one_more, now=call.now
    )
    return Answer(window.page(fans.get_many(tx, account, numbers), write_user))


def _ref(tx: Tx, call: Call) -> ListRef:
    # A client that counts in floats puts `12.0` into the path.
    return user_lists.find_ref(tx, account_of(call), call.params["listId"].removesuffix(".0"))


def _number(tx: Tx, call: Call) -> FanNumber:
    return fans.get(tx, account_of(call), call.params["userId"]).number


# ---- to the wire


def _told(tx: Tx, call: Call, found: UserList) -> Answer:
    return Answer(_writer(tx, call, [found])(found))


def _writer(tx: Tx, call: Call, found: Sequence[UserList]) -> Callable[[UserList], UserListShape]:
    """Writes lists with their first members, who are read for all of them at once."""
    numbers = list(dict.fromkeys(number for one in found for number in one.first))
    members = {fan.number: fan for fan in fans.get_many(tx, account_of(call), numbers)}
    return lambda one: write_list(one, [members[number] for number in one.first if number in members])


def write_list(found: UserList, first: Sequence[Fan]) -> UserListShape:
    ref, custom = str(describe_ref(found.ref)), found.custom
    addable = custom or found.ref in user_lists.ADDABLE
    return UserListShape(
        id=ref, type="custom" if custom else ref, name=found.name, users_count=found.fans_count, can_update=custom,
        users=[write_user(fan) for fan in first],
        can_delete=custom, can_manage_users=addable, can_add_users=addable, can_pinned_to_feed=custom,
        is_pinned_to_feed=found.pinned_to_feed, can_pinned_to_chat=custom, is_pinned_to_chat=found.pinned_to_chat,
    )  # fmt: skip
