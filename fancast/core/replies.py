"""Replies: which of the answered messages are in the same chat as the answer. A mass message answers in one chat."""

from collections.abc import Sequence

from fancast.model.accounts import Account
from fancast.model.fan_sets import SetKind
from fancast.model.messages import Message
from fancast.store import fan_sets, mass_messages, messages, steps
from fancast.store.database import Tx


def answered(tx: Tx, account: Account, found: Sequence[Message]) -> set[int]:
    """The ids of those of these messages whose answered message their own chat still holds."""
    asked = {one.id: id for one in found if (id := _answers(one)) is not None}
    if not asked:
        return set()
    holders: dict[int, int] = {
        one.id: one.number for one in messages.get_many(tx, account.key, set(asked.values()))
    }
    holders |= _copies(tx, account, [id for id in asked.values() if id not in holders])
    return {one.id for one in found if one.id in asked and holders.get(asked[one.id]) == one.number}


def _answers(message: Message) -> int | None:
    said = message.content.extras.get("reply_to_message_id")
    return None if said is None else int(said)


def _copies(tx: Tx, account: Account, ids: Sequence[int]) -> dict[int, int]:
    """Whose chat holds each of these copies: delivered, not taken back from one chat or from all but its buyers."""
    spanning = steps.of_messages(tx, account.key, ids)
    if not spanning:
        return {}
    owners = {id: step.number_of(id) for id, step in spanning.items()}
    queue_ids = {step.mass_message_id for step in spanning.values()}
    reached, withdrawn = (
        fan_sets.pairs_holding(tx, account.key, kind, queue_ids, owners.values())
        for kind in (SetKind.TO, SetKind.WITHDRAWN)
    )
    unsent = mass_messages.unsent_among(tx, account.key, queue_ids)
    bought = messages.bought_pairs(tx, account.key, unsent, owners.values())
    there = {(queue, number) for queue, number in reached - withdrawn if queue not in unsent} | bought
    return {id: number for id, number in owners.items() if (spanning[id].mass_message_id, number) in there}
