"""The order of chats, newest message first, by set algebra: found by cardinalities, never by sorting all fans.

A level is a mass message; within it, message ids rise with fan numbers, so its newest chats are its highest fan
numbers. Of every source (each level, and the direct messages) only as many chats are looked at as are wanted: a chat
that is not among a source's first `count` has `count` others before it. Levels are visited newest first, until enough
chats are newer than all that the next one holds.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fancast.core.chat_states import HIDDEN
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.ids import LARGEST_ID, AccountKey, FanNumber, QueueId
from fancast.model.steps import Level
from fancast.store import chats, fan_sets, mass_messages, steps
from fancast.store.database import Tx

#: So few chats are asked one by one for their newest direct message; of more, the newest are walked through.
_FEW = 2_000
_DIRECT_AT_ONCE = 200
_MOST_DIRECT_AT_ONCE = 5_000
_MOST_LEVELS_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A chat's place in the order: its newest message, and the mass message that this is a copy of."""

    number: FanNumber
    message_id: int
    mass_message_id: QueueId | None


def newest_first(tx: Tx, account: Account, wanted: FanSet | None, count: int) -> list[Place]:
    """The first `count` chats, of all fans or of those wanted. Hidden ones and those without a message are left out."""
    return heapq.nlargest(count, _Walk(tx, account, wanted, count).places(), key=_message_id)


def oldest_first(tx: Tx, account: Account, wanted: FanSet | None, count: int) -> list[Place]:
    """As `newest_first` from the other end. Visits every chat: it takes its time."""
    return heapq.nsmallest(count, _Walk(tx, account, wanted, None).places(), key=_message_id)


class _Walk:
    """One walk down the levels. Every chat found has a newest message so far; it is final once all that is still
    to be visited is older."""

    def __init__(self, tx: Tx, account: Account, wanted: FanSet | None, count: int | None) -> None:
        self._tx, self._key, self._count = tx, account.key, count
        self._hidden = fan_sets.load(tx, account.key, HIDDEN)
        self._wanted = None if wanted is None else wanted - self._hidden
        self._found: dict[int, tuple[int, QueueId | None]] = {}
        self._final = FanSet()
        #: Those found that are not final.
        self._open: set[int] = set()

    def places(self) -> Iterator[Place]:
        """Everything found, in no order: the first `count` chats are among it."""
        self._walk()
        for number, (message_id, queue_id) in self._found.items():
            yield Place(FanNumber(number), message_id, queue_id)

    def _walk(self) -> None:
        before = LARGEST_ID
        if self._wanted is not None and len(self._wanted) <= _FEW:
            self._note(chats.newest_direct_of(self._tx, self._key, self._wanted))
            before = 0
        for level, members in self._levels():
            before = self._take_direct(level.last_id, before)
            self._settle(level.last_id)
            if self._enough():
                return
            self._take(level, members() - self._final)
        self._take_direct(0, before)

    def _enough(self) -> bool:
        if self._count is not None and len(self._final) >= self._count:
            return True
        return self._wanted is not None and len(self._final) >= len(self._wanted)

    def _settle(self, bound: int) -> None:
        """What is newer than `bound` is final."""
        done = [number for number in self._open if self._found[number][0] > bound]
        self._open.difference_update(done)
        self._final.update(done)

    def _note(self, newest: Sequence[tuple[FanNumber, int]], queue_id: QueueId | None = None) -> None:
        for number, message_id in newest:
            known = self._found.get(number)
            if known is None or known[0] < message_id:
                self._found[number] = (message_id, queue_id)
                if number not in self._final:
                    self._open.add(number)

    # ---- direct messages

    def _take_direct(self, bound: int, before: int) -> int:
        """Chats whose newest direct message lies between the two; as far as they can matter. Where to go on below."""
        above = max(bound, self._last_that_counts())
        taken, at_once, cursor = 0, max(_DIRECT_AT_ONCE, min(self._count or 0, _MOST_DIRECT_AT_ONCE)), before
        while cursor > above + 1 and (self._count is None or taken < self._count):
            some = chats.newest_direct(self._tx, self._key, above=above, before=cursor, limit=at_once)
            mine = [found for found in some if self._is_wanted(found[0])]
            self._note(mine)
            taken += len(mine)
            if len(some) < at_once:
                break
            cursor, at_once = some[-1][1], min(at_once * 2, _MOST_DIRECT_AT_ONCE)
        return min(before, bound + 1)

    def _last_that_counts(self) -> int:
        """The message id below which nothing can be among the first `count`."""
        if self._count is None or len(self._found) < self._count:
            return 0
        return heapq.nlargest(self._count, (id for id, _ in self._found.values()))[-1]

    def _is_wanted(self, number: FanNumber) -> bool:
        return number not in self._hidden if self._wanted is None else number in self._wanted

    # ---- levels

    def _levels(self) -> Iterator[tuple[Level, "_Members"]]:
        """All levels, newest first, each with its members; read a few at a time."""
        before, at_once = LARGEST_ID, 1
        while some := steps.levels(self._tx, self._key, before=before, limit=at_once):
            batch = _Batch(self._tx, account=self._key, levels=some)
            for level in some:
                yield level, _Members(batch, level, self._wanted, self._hidden)
            before, at_once = some[-1].newest.first_id, min(at_once * 2, _MOST_LEVELS_AT_ONCE)

    def _take(self, level: Level, members: FanSet) -> None:
        top = members if self._count is None else _last(members, self._count)
        ids = steps.message_ids(self._tx, self._key, level, [FanNumber(number) for number in top])
        self._note(list(ids.items()), level.newest.mass_message_id)


class _Batch:
    """What is stored of a few levels, in one statement a kind."""

    def __init__(self, tx: Tx, *, account: AccountKey, levels: Sequence[Level]) -> None:
        self.tx, self.account = tx, account
        ids = [level.newest.mass_message_id for level in levels]
        keys = [SetKey(kind, id) for id in ids for kind in (SetKind.TO, SetKind.WITHDRAWN)]
        self.sets = fan_sets.load_many(tx, account, keys)
        self.unsent = mass_messages.unsent_among(tx, account, ids)
        self.cleared = chats.cleared_above(tx, account, min(level.begins_id for level in levels))


class _Members:
    """Whose newest message a level may hold: who has the copy, in a chat that the creator sees."""

    def __init__(self, batch: _Batch, level: Level, wanted: FanSet | None, hidden: FanSet) -> None:
        self._batch, self._level, self._wanted, self._hidden = batch, level, wanted, hidden

    def __call__(self) -> FanSet:
        level, batch = self._level, self._batch
        id = level.newest.mass_message_id
        reached = sets.clamp(batch.sets[SetKey(SetKind.TO, id)], 0, level.newest.to_number + 1)
        if id in batch.unsent:
            reached &= mass_messages.buyers(batch.tx, batch.account, id)
        reached -= batch.sets[SetKey(SetKind.WITHDRAWN, id)]
        reached = reached - self._hidden if self._wanted is None else reached & self._wanted
        return reached - self._cleared(reached) if batch.cleared else reached

    def _cleared(self, reached: FanSet) -> FanSet:
        """Those whose chat the creator deleted after this copy came."""
        level, through = self._level, self._batch.cleared
        gone = FanSet(number for number, id in through.items() if id >= level.last_id)
        partly = (
            FanSet(number for number, id in through.items() if level.begins_id <= id < level.last_id)
            & reached
        )
        ids = steps.message_ids(
            self._batch.tx, self._batch.account, level, [FanNumber(number) for number in partly]
        )
        return gone | FanSet(number for number, id in ids.items() if id <= through[number])


def _last(fans: FanSet, count: int) -> FanSet:
    """The `count` highest numbers of a set."""
    return fans if count >= len(fans) else sets.clamp(fans, fans[len(fans) - count], fans.max() + 1)


def _message_id(place: Place) -> int:
    return place.message_id
