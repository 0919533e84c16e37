"""The order of chats, newest message first, by set algebra: found by cardinalities, never by sorting all fans.

A level is a mass message; within it, message ids rise with fan numbers, so its newest chats are its highest fan
numbers. Of every source (each level, and the direct messages) only as many chats are looked at as are wanted: a chat
that is not among a source's first `count` has `count` others before it. Levels are visited newest first, until enough
chats are newer than all that the next one holds.
"""

import heapq
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from fancast.core.chat_states import HIDDEN
from fancast.model import fan_sets as sets
from fancast.model.accounts import Account
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.ids import LARGEST_ID, AccountKey, FanNumber, QueueId
from fancast.model.steps import Level, Step
from fancast.store import chats, fan_sets, mass_messages, steps
from fancast.store.database import Tx
from fancast.store.steps import ToldLevel

#: So few chats are asked one by one for their newest direct message; of more, the newest are walked through.
_FEW = 2_000
_DIRECT_AT_ONCE = 200
_MOST_DIRECT_AT_ONCE = 5_000
_MOST_LEVELS_AT_ONCE = 8
#: Of a level's members so many times those looked for are read first; of millions, that is one chunk or two.
_REACH = 2


class Place(Struct, frozen=True):
    """A chat's place in the order: its newest message, and the mass message that this is a copy of."""

    number: FanNumber
    message_id: int
    mass_message_id: QueueId | None
    #: The step it came with, where the walk has met it.
    step: Step | None = None


def newest_first(tx: Tx, account: Account, wanted: FanSet | None, *, offset: int, limit: int) -> list[Place]:
    """`limit` chats after skipping `offset`, of all fans or of those wanted.

    Hidden ones and those without a message are left out.
    """
    walk = _Walk(tx, account, wanted, offset + limit)
    walk.walk()
    return walk.page(offset, limit)


def oldest_first(tx: Tx, account: Account, wanted: FanSet | None, *, offset: int, limit: int) -> list[Place]:
    """As `newest_first` from the other end. Visits every level: it takes its time."""
    walk = _Walk(tx, account, wanted, None)
    walk.walk()
    first = max(walk.found - offset - limit, 0)
    return walk.page(first, max(walk.found - offset - first, 0))[::-1]


@dataclass(frozen=True, slots=True)
class _Run:
    """Chats whose newest message is a copy of one mass message, with no other chat's newest message between."""

    level: Level
    fans: FanSet


class _Walk:
    """One walk down the levels.

    A level that nothing else comes between is a run: its fans stay a set, however many. Of other levels, and of
    direct messages, chats are found one by one; such a chat is final once all that is still to be visited is older.
    """

    def __init__(self, tx: Tx, account: Account, wanted: FanSet | None, count: int | None) -> None:
        self._tx, self._key, self._count = tx, account.key, count
        #: The hidden chats, once they are read: with the first level, mostly. From then on they are not wanted.
        self._hidden_known: FanSet | None = None
        self._wanted = wanted
        self._runs: list[_Run] = []
        #: The newest message of each chat found one by one, and the mass message it is a copy of.
        self._single: dict[int, tuple[int, QueueId | None]] = {}
        #: Those of them that are not final.
        self._open: set[int] = set()
        self._final = FanSet()

    def _hidden(self) -> FanSet:
        if self._hidden_known is None:
            return self._learn(fan_sets.load(self._tx, self._key, HIDDEN))
        return self._hidden_known

    def _learn(self, hidden: FanSet) -> FanSet:
        if self._hidden_known is None and self._wanted is not None:
            self._wanted = self._wanted - hidden
        self._hidden_known = hidden
        return hidden

    @property
    def found(self) -> int:
        """How many chats there are, once the walk is over."""
        return len(self._single) + sum(len(run.fans) for run in self._runs)

    def walk(self) -> None:
        if self._wanted is not None and not self._wanted:
            return
        before = LARGEST_ID
        for level, members, lower in self._levels():
            before = self._take_direct_of_few(before)
            before = self._take_direct(level.last_id, before)
            self._settle(level.last_id)
            if self._enough():
                return
            self._take(level, members(self._count) - self._final, lower)
            if self._enough():
                return
        self._take_direct(0, self._take_direct_of_few(before))

    def page(self, offset: int, limit: int) -> list[Place]:
        """Runs and the chats between them, in order: whole runs are passed over by their cardinality."""
        single = sorted(((id, number, queue) for number, (id, queue) in self._single.items()), reverse=True)
        places: list[Place] = []
        at, position = 0, 0
        for run in [*self._runs, None]:
            # The single ones that are newer than the run.
            upto = len(single) if run is None else at + _newer(single[at:], run.level.last_id)
            for id, number, queue in single[max(at, at + offset - position) : upto]:
                places.append(Place(FanNumber(number), id, queue))
            position, at = position + upto - at, upto
            if len(places) >= limit or run is None:
                break
            places += self._part(run, max(offset - position, 0), limit - len(places))
            position += len(run.fans)
        return places[:limit]

    def _part(self, run: _Run, offset: int, limit: int) -> list[Place]:
        end = len(run.fans) - offset
        numbers = sets.page(run.fans, max(end - limit, 0), min(limit, max(end, 0)))[::-1]
        ids = steps.message_ids(self._tx, self._key, run.level, numbers)
        step = run.level.newest if run.level.at_once else None
        return [Place(number, ids[number], run.level.newest.mass_message_id, step) for number in numbers]

    def _enough(self) -> bool:
        if self._count is not None and len(self._final) >= self._count:
            return True
        return self._wanted is not None and len(self._final) >= len(self._wanted)

    def _settle(self, bound: int) -> None:
        """What is newer than `bound` is final."""
        done = [number for number in self._open if self._single[number][0] > bound]
        self._open.difference_update(done)
        self._final.update(done)

    def _note(self, newest: Sequence[tuple[FanNumber, int]], queue_id: QueueId | None = None) -> None:
        for number, message_id in newest:
            known = self._single.get(number)
            if number not in self._final and (known is None or known[0] < message_id):
                self._single[number] = (message_id, queue_id)
                self._open.add(number)

    # ---- direct messages

    def _take_direct_of_few(self, before: int) -> int:
        """At the start, of few chats all. Where to go on below."""
        self._hidden()
        if before < LARGEST_ID or self._wanted is None or len(self._wanted) > _FEW:
            return before
        self._note(chats.newest_direct_of(self._tx, self._key, self._wanted))
        return 0

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
        if self._count is None or len(self._final) + len(self._open) < self._count:
            return 0
        missing = self._count - len(self._final)
        if missing <= 0:
            return LARGEST_ID
        return heapq.nlargest(missing, (self._single[number][0] for number in self._open))[-1]

    def _is_wanted(self, number: FanNumber) -> bool:
        hidden = self._hidden()
        return number not in hidden if self._wanted is None else number in self._wanted

    # ---- levels

    def _levels(self) -> Iterator[tuple[Level, "_Members", int]]:
        """All levels, newest first, each with its members and where the next one ends; read a few at a time."""
        before, at_once = LARGEST_ID, 1
        while True:
            some = steps.levels_told(self._tx, self._key, before=before, limit=at_once + 1)
            if not some:
                return
            read = some[:at_once]
            low = {told.level: self._low(told.level) for told in read}
            batch = _Batch(self._tx, self._key, read, low, self._hidden_known)
            self._learn(batch.hidden)
            for place, told in enumerate(read):
                lower = some[place + 1].level.last_id if place + 1 < len(some) else 0
                yield told.level, _Members(batch, told.level, self._wanted), lower
            before, at_once = read[-1].level.newest.first_id, min(at_once * 2, _MOST_LEVELS_AT_ONCE)

    def _low(self, level: Level) -> int:
        """The first number of a chunk from which on a level most often has as many members as are looked for."""
        if not self._count:
            return 0
        top, reach = level.newest.to_number, _REACH * self._count
        if self._wanted is None:
            low = top - reach
        else:
            upto = self._wanted.rank(top)
            low = self._wanted[upto - reach] if upto > reach else 0
        return sets.chunk_start(max(low, 0))

    def _take(self, level: Level, members: FanSet, lower: int) -> None:
        if level.at_once or self._is_quiet(level, lower):
            for number in [number for number in self._open if number in members]:
                self._open.discard(number)
                del self._single[number]
            self._runs.append(_Run(level, members))
            self._final |= members
            return
        top = members if self._count is None else _last(members, self._count)
        ids = steps.message_ids(self._tx, self._key, level, [FanNumber(number) for number in top])
        self._note(list(ids.items()), level.newest.mass_message_id)

    def _is_quiet(self, level: Level, lower: int) -> bool:
        """Whether nobody else's message came between the first and the last of a slow send."""
        if lower >= level.begins_id or any(
            self._single[number][0] > level.begins_id for number in self._open
        ):
            return False
        return not chats.newest_direct(
            self._tx, self._key, above=level.begins_id, before=level.last_id, limit=1
        )


class _Batch:
    """What is stored of a few levels from a fan number on, in one statement a kind; and the hidden chats."""

    def __init__(
        self,
        tx: Tx,
        account: AccountKey,
        read: Sequence[ToldLevel],
        low: Mapping[Level, int],
        hidden: FanSet | None,
    ) -> None:
        self.tx, self.account, self.low = tx, account, low
        self.unsent = {told.level.newest.mass_message_id for told in read if told.unsent}
        reach = {key: number for level, number in low.items() for key in _keys(level)}
        self.sets = fan_sets.load_above(tx, account, reach if hidden is not None else {HIDDEN: 0, **reach})
        self.hidden = self.sets[HIDDEN] if hidden is None else hidden
        cleared = [told.level.begins_id for told in read if told.cleared]
        self.cleared = chats.cleared_above(tx, account, min(cleared)) if cleared else {}


class _Members:
    """Whose newest message a level may hold: who has the copy, in a chat that the creator sees."""

    def __init__(self, batch: _Batch, level: Level, wanted: FanSet | None) -> None:
        self._batch, self._level, self._wanted = batch, level, wanted

    def __call__(self, count: int | None) -> FanSet:
        """At least the `count` newest of them; all when None."""
        batch, low, keys = self._batch, self._batch.low[self._level], _keys(self._level)
        newest = self._shown(batch.sets)
        if low == 0 or (count is not None and len(newest) >= count):
            return newest
        return newest | self._shown(fan_sets.between(batch.tx, batch.account, keys, 0, low - 1))

    def _shown(self, stored: Mapping[SetKey, FanSet]) -> FanSet:
        level, batch = self._level, self._batch
        to, withdrawn = _keys(level)
        id = level.newest.mass_message_id
        reached = sets.clamp(stored[to], 0, level.newest.to_number + 1)
        if id in batch.unsent:
            reached &= mass_messages.buyers(batch.tx, batch.account, id)
        reached -= stored[withdrawn]
        reached = reached - batch.hidden if self._wanted is None else reached & self._wanted
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


def _keys(level: Level) -> tuple[SetKey, SetKey]:
    """Whom the level has delivered to, and from whom it was taken back."""
    id = level.newest.mass_message_id
    return SetKey(SetKind.TO, id), SetKey(SetKind.WITHDRAWN, id)


def _last(fans: FanSet, count: int) -> FanSet:
    """The `count` highest numbers of a set."""
    return fans if count >= len(fans) else sets.clamp(fans, fans[len(fans) - count], fans.max() + 1)


def _newer(single: Sequence[tuple[int, int, QueueId | None]], message_id: int) -> int:
    """How many of these, the newest first, are newer than a message."""
    return bisect_left(single, -message_id, key=lambda one: -one[0])
