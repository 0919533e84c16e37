"""Audiences: who a message is for. One function for preview, count and freeze; it reads as the rule reads.

    base = members(lists) ∪ named fans, or all current subscribers when a date filter stands alone
    ∩ date filter − excluded lists − blocked − deleted − unreachable

Exclusions win over named fans. An empty selection is never everyone. Expired and restricted fans do receive
when a list or an id names them.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cached_property

from fancast.core import media, subscriptions, user_lists
from fancast.core.subscriptions import SUBSCRIBED
from fancast.model import audiences as model
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account, OwnedMedia
from fancast.model.audiences import AskedAudience, Audience, Resolved, Rule
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID, MediaId
from fancast.model.problems import invalid
from fancast.model.user_lists import BuiltIn, ListRef
from fancast.store import fan_sets, fans
from fancast.store.database import Tx

BLOCKED, DELETED = SetKey(SetKind.BLOCKED), SetKey(SetKind.DELETED)
UNREACHABLE = SetKey(SetKind.UNREACHABLE)
#: Fans whom no list and no id brings in, by the rule's name.
NEVER = {"blocked": BLOCKED, "deleted": DELETED, "unreachable": UNREACHABLE}


def settle(
    tx: Tx, account: Account, asked: AskedAudience, *, to_keep: bool = False
) -> tuple[Audience, FanSet]:
    """Turn a caller's words into an audience that is known to exist, and its named fans.

    What is to be kept holds the lists that it leaves out until it is: who deletes one of them then knows of it.
    Raises Problem(INVALID): unknown_list, unknown_fan, or more than can be asked at once.
    """
    model.check(asked)
    named, absent = _named(tx, account, asked.fans), asked.absent_lists
    audience = Audience(
        user_lists=_refs(tx, account, "user_lists", asked.user_lists, absent), fans_count=len(named),
        exclude_user_lists=_refs(
            tx, account, "exclude_user_lists", asked.exclude_user_lists, absent, hold=to_keep
        ),
        subscribed_after=asked.subscribed_after, subscribed_within_days=asked.subscribed_within_days,
    )  # fmt: skip
    return audience, named


def resolve(
    tx: Tx, account: Account, audience: Audience, named: FanSet | SetKey, paid_media: Sequence[MediaId] = (), *,
    now: datetime,
) -> Resolved:  # fmt: skip
    """Who gets it if it went out at `now`, and what each rule did. Reads one snapshot."""
    known = _Known(tx, account, audience, named, paid_media, now)
    tally = _Tally()
    for ref in audience.user_lists:
        tally.add(f"user_lists:{ref}", known.members(ref))
    if known.named:
        tally.add("fan_ids", known.named)
    if audience.dated and not audience.user_lists and not known.named:
        tally.add("current_subscribers", known.current)
    if audience.subscribed_after is not None:
        since = fans.subscribed_since(tx, account.key, audience.subscribed_after, strictly=True)
        tally.keep("subscribed_after", since)
    if audience.subscribed_within_days is not None:
        first_day = model.start_of_days(now, audience.subscribed_within_days)
        tally.keep(
            "subscribed_within_days", fans.subscribed_since(tx, account.key, first_day, strictly=False)
        )
    for ref in audience.exclude_user_lists:
        tally.remove(f"exclude_user_lists:{ref}", known.left_out_with(ref))
    for rule, key in NEVER.items():
        tally.remove(rule, known.stored[key], always_named=False)
    return _apply_owned_media(account, tally, known.owners)


def preview(
    tx: Tx, account: Account, asked: AskedAudience, media_ids: Sequence[MediaId] = (), *, sample: int = 0,
    now: datetime,
) -> tuple[Resolved, list[Fan]]:  # fmt: skip
    """What a send at `now` would reach, and its first fans. Nothing is stored.

    Raises as `settle`, and Problem(INVALID, unknown_media).
    """
    media.demand(tx, account, media_ids)
    audience, named = settle(tx, account, asked)
    resolved = resolve(tx, account, audience, named, media_ids, now=now)
    return resolved, fans.get_many(tx, account.key, sets.page(resolved.to, 0, sample))


def read_as_one(audience: Audience, paid_media: int) -> bool:
    """Whether `resolve` reads all it needs in a single statement: stored sets alone, not too many."""
    refs = (*audience.user_lists, *audience.exclude_user_lists)
    stored = not audience.dated and all(user_lists.is_stored(ref) for ref in refs)
    sets_read = len(NEVER) + 1 + len(refs) + len(audience.exclude_user_lists) + paid_media
    return stored and sets_read <= fan_sets.MOST_AT_ONCE


def named_key(mass_message_id: int) -> SetKey:
    """The stored set of a mass message's named fans."""
    return SetKey(SetKind.NAMED, mass_message_id)


class _Known:
    """All stored sets that an audience needs, read in one statement, and the current subscribers, at need."""

    def __init__(
        self, tx: Tx, account: Account, audience: Audience, named: FanSet | SetKey, paid_media: Sequence[MediaId],
        now: datetime,
    ) -> None:  # fmt: skip
        self._tx, self._account, self._now = tx, account, now
        keys = [
            *NEVER.values(),
            *user_lists.keys_behind((*audience.user_lists, *audience.exclude_user_lists)),
        ]
        self._deleted = user_lists.deleted_keys(audience.exclude_user_lists)
        keys += self._deleted.values()
        if audience.dated:
            keys.append(SUBSCRIBED)
        owner_keys = [SetKey(SetKind.OWNERS, media) for media in dict.fromkeys(paid_media)]
        if isinstance(named, SetKey):
            keys.append(named)
        self.stored: Mapping[SetKey, FanSet] = fan_sets.load_many(tx, account.key, [*keys, *owner_keys])
        self.named = self.stored[named] if isinstance(named, SetKey) else named
        #: Fans who own every one of the paid media.
        self.owners = (
            FanSet.intersection(*(self.stored[key] for key in owner_keys)) if owner_keys else FanSet()
        )

    @cached_property
    def current(self) -> FanSet:
        return subscriptions.current(self._tx, self._account.key, self.stored[SUBSCRIBED], now=self._now)

    def members(self, ref: ListRef) -> FanSet:
        return user_lists.members(
            self._tx, self._account.key, ref, self.stored, lambda: self.current, now=self._now
        )

    def left_out_with(self, ref: ListRef) -> FanSet:
        """A list's members; of one that was deleted, those whom it held last."""
        deleted = self._deleted.get(ref)
        members = self.members(ref)
        return members if deleted is None else members | self.stored[deleted]


class _Tally:
    """An audience under way, and what each rule did to it."""

    def __init__(self) -> None:
        self.fans = FanSet()
        self.rules: list[Rule] = []

    def add(self, name: str, fans: FanSet) -> None:
        self._become(name, self.fans | fans)

    def keep(self, name: str, fans: FanSet) -> None:
        self._become(name, self.fans & fans)

    def remove(self, name: str, fans: FanSet, *, always_named: bool = True) -> None:
        """A rule that nobody asked for is named only where it removes somebody."""
        if always_named or fans.intersect(self.fans):
            self._become(name, self.fans - fans)

    def _become(self, name: str, after: FanSet) -> None:
        grown = len(after) - len(self.fans)
        self.rules.append(Rule(name, added=max(0, grown), removed=max(0, -grown)))
        self.fans = after


def _apply_owned_media(account: Account, tally: _Tally, owners: FanSet) -> Resolved:
    owning = tally.fans & owners
    if not owning:
        return Resolved(to=tally.fans, rules=tuple(tally.rules))
    if account.owned_media is OwnedMedia.UNLOCK_FREE:
        return Resolved(to=tally.fans, unlocked_free=owning, rules=tuple(tally.rules))
    tally.remove("owns_media", owning)
    return Resolved(to=tally.fans, skipped={"owns_media": owning}, rules=tuple(tally.rules))


def _refs(
    tx: Tx, account: Account, field: str, asked: Sequence[int | str], absent: Collection[BuiltIn], *,
    hold: bool = False,
) -> tuple[ListRef, ...]:  # fmt: skip
    found = user_lists.find_refs(tx, account, asked, hold=hold)
    for word in asked:
        if word not in found or found[word] in absent:
            raise invalid(field, f"There is no user list {word}.", code="unknown_list", unknown=word)
    return tuple(dict.fromkeys(found[word] for word in asked))


def _named(tx: Tx, account: Account, asked: Sequence[int | str]) -> FanSet:
    """The numbers of fans named by id, numeric text or username."""
    texts = [word.strip() for word in asked if isinstance(word, str)]
    usernames = [text for text in texts if not (text.isascii() and text.isdigit())]
    ids = [word for word in asked if not isinstance(word, str) and 0 < word <= LARGEST_ID]
    ids += [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 16]
    by_id = fans.numbers_of(tx, account.key, ids)
    by_name = fans.numbers_by_username(tx, account.key, usernames)
    known_ids, known_names = {str(fan_id) for fan_id in by_id}, set(by_name)
    for word in asked:
        text = str(word).strip()
        if text not in known_names and text.lstrip("0") not in known_ids:
            raise invalid("fan_ids", f"There is no fan {word}.", code="unknown_fan", unknown=word)
    return FanSet([*by_id.values(), *by_name.values()])


def describe_ref(ref: ListRef) -> int | str:
    """A list reference as the wire shows it: an id or a slug."""
    return ref.value if isinstance(ref, BuiltIn) else ref
