"""User lists: custom ones and the built-in, computed ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from fancast.core import subscriptions
from fancast.core.subscriptions import RENEWING, SUBSCRIBED
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID, AccountKey, FanNumber, ListId
from fancast.model.problems import Kind, Problem, invalid, not_found
from fancast.model.user_lists import BUILT_IN_NAMES, RECENT_HOURS, SHOWN, BuiltIn, ListRef, UserList
from fancast.store import fan_sets, fans, heads, user_lists
from fancast.store.database import Tx

LONGEST_NAME = 100
#: Built-in lists that are not computed but kept, and the set that keeps them.
_KEPT = {
    BuiltIn.FOLLOWING: SetKey(SetKind.FOLLOWING),
    BuiltIn.TAGGED: SetKey(SetKind.TAGGED),
    BuiltIn.FRIENDS: SetKey(SetKind.FRIENDS),
    BuiltIn.MUTED: SetKey(SetKind.MUTED),
}
#: The one built-in list that callers may add to.
ADDABLE = frozenset({BuiltIn.MUTED})


# ---- references


def find_refs(
    tx: Tx, account: Account, asked: Iterable[int | str], *, hold: bool = False
) -> dict[int | str, ListRef]:
    """What callers' words for lists mean: ids, numeric texts, slugs and aliases. Unknown ones are missing.

    With `hold` none of them is deleted until the transaction ends.
    """
    wanted = list(dict.fromkeys(asked))
    numbers = {word: _as_id(word) for word in wanted}
    words = [word for word in wanted if isinstance(word, str) and numbers[word] is None]
    aliases = user_lists.by_alias(tx, account.key, [word for word in words if word not in _SLUGS])
    ids = [*aliases.values(), *(number for number in numbers.values() if number is not None)]
    known = user_lists.known(tx, account.key, ids, hold=hold)
    found: dict[int | str, ListRef] = {}
    for word in wanted:
        number = numbers[word]
        if number is not None and number in known:
            found[word] = ListId(number)
        elif isinstance(word, str) and word in _SLUGS:
            found[word] = BuiltIn(word)
        elif isinstance(word, str) and aliases.get(word) in known:
            found[word] = aliases[word]
    return found


def find_ref(tx: Tx, account: Account, word: int | str) -> ListRef:
    """One list by any of its names. Raises Problem(NOT_FOUND)."""
    found = find_refs(tx, account, [word])
    if word not in found:
        raise not_found("user_list", word)
    return found[word]


_SLUGS = frozenset(BuiltIn)


def _as_id(word: int | str) -> int | None:
    if isinstance(word, str):
        word = word.strip()
        return int(word) if word.isascii() and word.isdigit() and len(word) <= 16 else None
    return word if 0 < word <= LARGEST_ID else None


# ---- members, as sets


def keys_behind(refs: Iterable[ListRef]) -> list[SetKey]:
    """The stored sets that these lists are computed from."""
    keys: list[SetKey] = []
    for ref in refs:
        if not isinstance(ref, BuiltIn):
            keys.append(user_lists.members_key(ref))
        elif ref in _KEPT:
            keys.append(_KEPT[ref])
        else:
            keys += [SUBSCRIBED, RENEWING]
    return keys


def deleted_keys(refs: Iterable[ListRef]) -> dict[ListRef, SetKey]:
    """Of each custom list the stored set of those whom it held when it was deleted, if it was."""
    return {ref: user_lists.deleted_key(ref) for ref in refs if not isinstance(ref, BuiltIn)}


def is_stored(ref: ListRef) -> bool:
    """Whether a list's members are a stored set, as they stand."""
    return not isinstance(ref, BuiltIn) or ref in _KEPT


def members(
    tx: Tx, account: AccountKey, ref: ListRef, stored: Mapping[SetKey, FanSet], current: Callable[[], FanSet], *,
    now: datetime,
) -> FanSet:  # fmt: skip
    """A list's members at `now`, given its stored sets and the current subscribers."""
    if not isinstance(ref, BuiltIn):
        return stored[user_lists.members_key(ref)]
    match ref:
        case BuiltIn.FANS:
            return current()
        case BuiltIn.RECENT:
            since = now - timedelta(hours=RECENT_HOURS)
            return fans.subscribed_since(tx, account, since, strictly=True) & current()
        case BuiltIn.REBILL_ON:
            return current() & stored[RENEWING]
        case BuiltIn.REBILL_OFF:
            return current() - stored[RENEWING]
    return stored[_KEPT[ref]]


def members_of(tx: Tx, account: Account, ref: ListRef, *, now: datetime) -> FanSet:
    """All members of one list."""
    stored = fan_sets.load_many(tx, account.key, [*keys_behind([ref]), SUBSCRIBED])
    return members(
        tx, account.key, ref, stored,
        lambda: subscriptions.current(tx, account.key, stored[SUBSCRIBED], now=now), now=now,
    )  # fmt: skip


def page_of_members(
    tx: Tx, account: Account, ref: ListRef, *, offset: int, limit: int, now: datetime
) -> list[FanNumber]:
    """Members in order of arrival. Ask for one more than shown to learn of a rest."""
    if not isinstance(ref, BuiltIn):
        return fan_sets.page(tx, account.key, user_lists.members_key(ref), offset=offset, limit=limit)
    return sets.page(members_of(tx, account, ref, now=now), offset, limit)


def lists_of(
    tx: Tx, account: Account, numbers: Iterable[FanNumber]
) -> dict[FanNumber, list[tuple[ListId, str]]]:
    """The custom lists each of these fans is on, with their names."""
    held = user_lists.holding(tx, account.key, numbers)
    return {number: _with_names(those) for number, those in held.items()}


def all_lists_of(
    tx: Tx, account: Account, found: Sequence[Fan], *, now: datetime
) -> dict[FanNumber, list[tuple[ListRef, str]]]:
    """The lists each of these fans is on at `now`, with their names: built-in ones, then custom ones.

    No more statements than `lists_of` takes: on which computed list a fan is, the fan's row says.
    """
    kept = {key.kind: ref for ref, key in _KEPT.items()}
    held = user_lists.holding(tx, account.key, [fan.number for fan in found], [SetKind.LIST, *kept])
    on: dict[FanNumber, list[tuple[ListRef, str]]] = {}
    for fan in found:
        those = held[fan.number]
        built_in = {kept[key.kind] for key, _ in those if key.kind in kept} | _computed(fan, now)
        on[fan.number] = [(ref, BUILT_IN_NAMES[ref]) for ref in BuiltIn if ref in built_in]
        on[fan.number] += _with_names(those)
    return on


def _with_names(held: Iterable[tuple[SetKey, str | None]]) -> list[tuple[ListId, str]]:
    return [(ListId(key.ref), name) for key, name in held if key.kind is SetKind.LIST and name is not None]


def _computed(fan: Fan, now: datetime) -> set[BuiltIn]:
    """The lists that `members` computes, for one fan."""
    last = fan.subscription
    if last is None or not last.runs_at(now):
        return set()
    recent = last.subscribed_at > now - timedelta(hours=RECENT_HOURS)
    renewing = BuiltIn.REBILL_ON if last.renews else BuiltIn.REBILL_OFF
    return {BuiltIn.FANS, renewing, *([BuiltIn.RECENT] if recent else ())}


# ---- reading


def get(tx: Tx, account: Account, ref: ListRef, *, now: datetime) -> UserList:
    """Raises Problem(NOT_FOUND)."""
    if isinstance(ref, BuiltIn):
        return _built_in_lists(tx, account, [ref], now)[0]
    found = user_lists.get(tx, account.key, ref)
    if found is None:
        raise not_found("user_list", ref)
    return found


def page(
    tx: Tx, account: Account, *, query: str = "", offset: int = 0, limit: int, now: datetime
) -> list[UserList]:
    """Built-in lists first, then custom ones in order of making."""
    built_in = [ref for ref in BuiltIn if query.lower() in BUILT_IN_NAMES[ref].lower()]
    shown = _built_in_lists(tx, account, built_in[offset : offset + limit], now)
    rest = limit - len(shown)
    if rest > 0:
        skip = max(0, offset - len(built_in))
        shown += user_lists.page(tx, account.key, query=query, offset=skip, limit=rest)
    return shown


def _built_in_lists(tx: Tx, account: Account, refs: Sequence[BuiltIn], now: datetime) -> list[UserList]:
    """All from sets that are read once."""
    if not refs:
        return []
    stored = fan_sets.load_many(tx, account.key, [*keys_behind(refs), SUBSCRIBED])

    @cache
    def current() -> FanSet:
        return subscriptions.current(tx, account.key, stored[SUBSCRIBED], now=now)

    found = []
    for ref in refs:
        fans_on_it = members(tx, account.key, ref, stored, current, now=now)
        first = tuple(sets.page(fans_on_it, 0, SHOWN))
        found.append(UserList(ref, BUILT_IN_NAMES[ref], len(fans_on_it), first=first))
    return found


# ---- changing


def create(tx: Tx, account: Account, name: str, *, now: datetime) -> UserList:
    """A new, empty custom list. Raises Problem(INVALID)."""
    name = _checked_name(name)
    head = heads.take(tx, account.key, ids=1)
    user_lists.create(tx, account.key, ListId(head.first_id), name, now=now)
    return get(tx, account, ListId(head.first_id), now=now)


def rename(
    tx: Tx, account: Account, ref: ListRef, name: str, *, pinned_to_feed: bool | None = None, now: datetime
) -> UserList:
    """Raises NOT_FOUND, INVALID, and CONFLICT for a built-in list."""
    values: dict[str, object] = {"name": _checked_name(name)}
    if pinned_to_feed is not None:
        values["pinned_to_feed"] = pinned_to_feed
    list_id = _custom(ref, "renamed")
    if not user_lists.update(tx, account.key, list_id, values):
        raise not_found("user_list", ref)
    return get(tx, account, list_id, now=now)


def delete(tx: Tx, account: Account, ref: ListRef) -> None:
    """A mass message that waits and is for this list will find it empty. One that leaves it out still leaves out
    whom it held: nobody gets what they were kept from because a list was tidied away. Raises NOT_FOUND, CONFLICT.
    """
    if not user_lists.delete(tx, account.key, _custom(ref, "deleted")):
        raise not_found("user_list", ref)


def clear(tx: Tx, account: Account, ref: ListRef, *, now: datetime) -> UserList:
    """Take everybody off a list."""
    key = _addable_key(tx, account, ref)
    _take_off(tx, account, ref, key, fan_sets.load(tx, account.key, key))
    return get(tx, account, ref, now=now)


def add(tx: Tx, account: Account, ref: ListRef, numbers: Sequence[FanNumber]) -> list[FanNumber]:
    """Put fans on a list. Returns those who were not on it before. Raises NOT_FOUND, CONFLICT."""
    key = _addable_key(tx, account, ref)
    already = fan_sets.load(tx, account.key, key) & FanSet(numbers)
    fan_sets.change(tx, account.key, {key: (FanSet(numbers), FanSet())})
    return [number for number in dict.fromkeys(numbers) if number not in already]


def remove(tx: Tx, account: Account, ref: ListRef, numbers: Sequence[FanNumber]) -> None:
    """Take fans off a list; those who are not on it do not matter."""
    _take_off(tx, account, ref, _addable_key(tx, account, ref), FanSet(numbers))


def pin(tx: Tx, account: Account, ref: ListRef, number: FanNumber) -> None:
    """Keep a member at hand. Raises NOT_FOUND, INVALID for who is not on it, CONFLICT for a built-in list."""
    list_id = _custom(ref, "given pins")
    _addable_key(tx, account, ref)
    if not fan_sets.holds(tx, account.key, user_lists.members_key(list_id), number):
        raise invalid("fan_id", "Only a member of the list can be pinned.", code="not_a_member")
    fan_sets.change(tx, account.key, {user_lists.pinned_key(list_id): (FanSet([number]), FanSet())})


def page_of_pinned(tx: Tx, account: Account, ref: ListRef, *, offset: int, limit: int) -> list[FanNumber]:
    """Pinned members in order of arrival; a built-in list has none. Ask for one more than shown."""
    if isinstance(ref, BuiltIn):
        return []
    return fan_sets.page(tx, account.key, user_lists.pinned_key(ref), offset=offset, limit=limit)


def holds(tx: Tx, account: Account, ref: ListRef, number: FanNumber, *, now: datetime) -> bool:
    if isinstance(ref, BuiltIn):
        return number in members_of(tx, account, ref, now=now)
    return fan_sets.holds(tx, account.key, user_lists.members_key(ref), number)


def _take_off(tx: Tx, account: Account, ref: ListRef, key: SetKey, gone: FanSet) -> None:
    changes = {key: (FanSet(), gone)}
    if not isinstance(ref, BuiltIn):
        pinned = user_lists.pinned_key(ref)
        changes[pinned] = (FanSet(), fan_sets.load(tx, account.key, pinned) & gone)
    fan_sets.change(tx, account.key, changes)


def _addable_key(tx: Tx, account: Account, ref: ListRef) -> SetKey:
    if isinstance(ref, BuiltIn):
        if ref not in ADDABLE:
            raise _built_in(ref, "changed")
        return _KEPT[ref]
    # The row's own lock, so that a list deleted meanwhile does not leave a set behind.
    if not user_lists.update(tx, account.key, ref, {"list_id": ref}):
        raise not_found("user_list", ref)
    return user_lists.members_key(ref)


def _custom(ref: ListRef, verb: str) -> ListId:
    if isinstance(ref, BuiltIn):
        raise _built_in(ref, verb)
    return ref


def _built_in(ref: BuiltIn, verb: str) -> Problem:
    return Problem(
        Kind.CONFLICT, "built_in_list", f"The built-in list {ref} cannot be {verb}.", list=ref.value
    )


def _checked_name(name: str) -> str:
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise invalid("name", f"A list's name has 1 to {LONGEST_NAME} characters.")
    return name.strip()
