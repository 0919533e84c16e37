"""A fan's timeline: direct messages merged with the copies of the mass messages that reached them.

A copy has no row. Mass messages are visited by their newest step, newest first; for each, one search finds the step
that spans the fan, and one small chunk says whether the audience holds them.
"""

from collections.abc import Iterator, Sequence

from fancast.model.accounts import Account
from fancast.model.fan_sets import SetKind
from fancast.model.ids import LARGEST_ID, FanNumber, MediaId
from fancast.model.messages import Copied, Message
from fancast.model.steps import Level, Step
from fancast.store import copies as store
from fancast.store import fan_sets, messages, steps
from fancast.store.database import Tx

#: A fan is in about every second audience; with some more, one look is mostly enough.
_LEVELS_FOR_ONE, _AND_SOME = 2, 10
#: So few copies that were taken back do not ask for a second look.
_SOME_TAKEN_BACK = 5
_MOST_LEVELS_AT_ONCE = 500
_KINDS = (SetKind.TO, SetKind.WITHDRAWN, SetKind.UNLOCKED_FREE)


def newest_first(
    tx: Tx, account: Account, number: FanNumber, *, before: int = LARGEST_ID, above: int = 0, limit: int
) -> list[Message]:
    """The fan's messages between two ids, both left out. Withdrawn ones are gone, unsent ones unless bought."""
    direct = messages.before(tx, account.key, number, before=before, above=above, limit=limit)
    copied = copies(tx, account, number, before=before, above=above, limit=limit)
    return sorted([*direct, *copied], key=_id, reverse=True)[:limit]


def oldest_first(tx: Tx, account: Account, number: FanNumber, *, above: int = 0, limit: int) -> list[Message]:
    """As `newest_first`, the other way round."""
    direct = messages.after(tx, account.key, number, above=above, limit=limit)
    copied = _copies_above(tx, account, number, above, limit)
    return sorted([*direct, *copied], key=_id)[:limit]


def among(tx: Tx, account: Account, number: FanNumber, ids: Sequence[int]) -> list[Message]:
    """Those of these messages that are in the fan's chat."""
    direct = [one for one in messages.get_many(tx, account.key, ids) if one.number == number]
    known = {one.id for one in direct}
    held = steps.of_messages(tx, account.key, [id for id in ids if id not in known])
    mine = {step.first_id: step for id, step in held.items() if step.number_of(id) == number}
    return [*direct, *visible(tx, account, number, list(mine.values()))]


def carrying(
    tx: Tx, account: Account, number: FanNumber, media_id: MediaId, *, at_once: int = 100
) -> Iterator[list[Message]]:
    """All of the fan's messages that carry a media item, some at a time, the direct ones first.

    The database looks at what each direct message of the fan's and each mass message carries; chunks and steps are
    read for those alone that carry it.
    """
    before = LARGEST_ID
    while True:
        direct = messages.carrying(tx, account.key, number, media_id, before=before, limit=at_once)
        yield [one for one in direct if media_id in one.content.media_ids]
        if len(direct) < at_once:
            break
        before = direct[-1].id
    before = LARGEST_ID
    while True:
        spanning = steps.carrying(tx, account.key, number, media_id, before=before, limit=at_once)
        yield [one for one in visible(tx, account, number, spanning) if media_id in one.content.media_ids]
        if len(spanning) < at_once:
            break
        before = spanning[-1].mass_message_id


def visible(
    tx: Tx, account: Account, number: FanNumber, spanning: Sequence[Step], most: int | None = None
) -> list[Message]:
    """The copies among these steps that the fan has: delivered, not withdrawn, not unsent or else bought.

    With `most` the first of them; what the others say is not read.
    """
    ids = {step.mass_message_id for step in spanning}
    if not ids:
        return []
    found = fan_sets.refs_by_kind(tx, account.key, _KINDS, ids, number)
    free, held = found[SetKind.UNLOCKED_FREE], found[SetKind.TO] - found[SetKind.WITHDRAWN]
    reached = [step for step in spanning if step.mass_message_id in held]
    start, at_once = 0, most + _SOME_TAKEN_BACK if most else len(reached)
    shown: list[Message] = []
    while start < len(reached) and (most is None or len(shown) < most):
        some = reached[start : start + at_once]
        sent = store.for_fan(tx, account.key, number, [step.mass_message_id for step in some])
        shown += [
            copy_of(*one, step, number, step.mass_message_id in free)
            for step in some
            if (one := sent.get(step.mass_message_id)) is not None
        ]
        # Of an account that takes back all it sends, ever more at a time are looked at in vain.
        start, at_once = start + len(some), 2 * at_once
    return shown


def copy_of(sent: Copied, bought: bool, step: Step, number: FanNumber, free: bool) -> Message:
    return Message(
        id=step.message_id(number), queue_id=sent.id, number=number, content=sent.content, html=sent.html,
        from_fan=False, from_mass_message=True, created_at=step.sent_at, bought=bought, unlocked_free=free,
        sent=sent,
    )  # fmt: skip


def copies(
    tx: Tx, account: Account, number: FanNumber, *, before: int, above: int, limit: int
) -> list[Message]:
    """As `newest_first`, of mass messages alone."""
    spanning = steps.reaching_across(tx, account.key, number, before) if before < LARGEST_ID else []
    found: list[Message] = []
    at_once, cursor, is_last = _levels_for(limit), before, False
    while True:
        wanted = [step for step in spanning if above < step.message_id(number) < before]
        wanted.sort(key=lambda step: step.message_id(number), reverse=True)
        found = sorted([*found, *visible(tx, account, number, wanted, limit)], key=_id, reverse=True)
        # What is still to be looked at lies below the cursor.
        if is_last or cursor <= above or (len(found) >= limit and found[limit - 1].id >= cursor):
            break
        spanning, looked_at, cursor = steps.reaching_below(
            tx, account.key, number, before=cursor, limit=at_once
        )
        is_last, at_once = looked_at < at_once, min(2 * at_once, _MOST_LEVELS_AT_ONCE)
    return found[:limit]


def _copies_above(tx: Tx, account: Account, number: FanNumber, above: int, limit: int) -> list[Message]:
    found: list[Message] = []
    at_once, offset = _levels_for(limit), 0
    levels: list[Level] = []
    while True:
        levels = steps.levels_upward(tx, account.key, after=above, offset=offset, limit=at_once)
        if not levels or (len(found) >= limit and found[limit - 1].id < levels[0].begins_id):
            break
        spanning = steps.reaching(tx, account.key, levels, number)
        wanted = [step for step in spanning if step.message_id(number) > above]
        wanted.sort(key=lambda step: step.message_id(number))
        found = sorted([*found, *visible(tx, account, number, wanted, limit)], key=_id)
        if len(levels) < at_once:
            break
        offset, at_once = offset + len(levels), min(2 * at_once, _MOST_LEVELS_AT_ONCE)
    return found[:limit]


def _levels_for(limit: int) -> int:
    return min(_LEVELS_FOR_ONE * limit + _AND_SOME, _MOST_LEVELS_AT_ONCE)


def _id(message: Message) -> int:
    return message.id
