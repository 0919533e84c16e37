"""Messages in chats: a fan's timeline merges direct messages with the mass messages that reached them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from fancast.core import fans as core_fans
from fancast.core import media, ownership, repeats
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.day_totals import DayKind
from fancast.model.events import EventKind
from fancast.model.fan_sets import SetKind
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID, FanNumber, MediaId, MessageId, QueueId
from fancast.model.mass_messages import Content, MassMessage, State, check_content
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem, not_found
from fancast.model.steps import Level, Step
from fancast.model.texts import to_html
from fancast.store import day_totals, events, fan_sets, heads
from fancast.store import mass_messages as store_mass_messages
from fancast.store import messages as store
from fancast.store import steps as store_steps
from fancast.store.database import Tx

#: Offsets have a ceiling: a walk further back goes by message id.
HIGHEST_OFFSET = 10_000
_LEVELS_AT_ONCE = 20
_SEARCHED_AT_ONCE = 200


def send(
    tx: Tx,
    account: Account,
    fan: Fan,
    content: Content,
    *,
    key: ApiKey | None = None,
    marked_retry: bool | None = None,
    fetched: Mapping[str, MediaId] | None = None,
    now: datetime,
) -> Message:
    """Send one message to one fan. Its media must be here: `fetched` says which came from the URLs it names.

    With a key and `marked_retry` it is safe to repeat, as `core.mass_messages.create` is.
    Raises Problem(INVALID), CONFLICT fan_cannot_receive or duplicate_send; then nothing is sent.
    """
    if key is None or marked_retry is None:
        return _send(tx, account, fan, content, key, fetched or {}, now)
    mark = repeats.fingerprint("message", fan.fan_id, media.as_said(tx, account, content))
    first = repeats.first_result(tx, account, key, mark, marked=marked_retry, now=now)
    if first is not None:
        return store.get_by_queue(tx, account.key, first)
    sent = _send(tx, account, fan, content, key, fetched or {}, now)
    repeats.remember(tx, account, key, mark, sent.queue_id, marked=marked_retry, now=now)
    return sent


def _send(
    tx: Tx, account: Account, fan: Fan, content: Content, key: ApiKey | None, fetched: Mapping[str, MediaId],
    now: datetime,
) -> Message:  # fmt: skip
    check_content(content)
    content = media.settle_now(tx, account, content, fetched=fetched, now=now)
    if not fan.receives:
        raise Problem(
            Kind.CONFLICT, "fan_cannot_receive", f"Messages cannot reach fan {fan.fan_id}.", field="fan_id"
        )
    head = heads.take(tx, account.key, ids=2, events=1, at=now)
    sent = Message(
        id=MessageId(head.first_id + 1), queue_id=QueueId(head.first_id), number=fan.number, content=content,
        html=to_html(content.text, content.format), from_fan=False, from_mass_message=False,
        created_at=head.at,
    )  # fmt: skip
    store.add(tx, account.key, sent, key_id=key.key_id if key else None)
    day_totals.add(tx, account.key, [DayKind.DIRECT_MESSAGE], head.at)
    fact = {"fan_id": fan.fan_id, "queue_id": sent.queue_id}
    events.add(tx, account.key, head.first_event, EventKind.MESSAGE_SENT, sent.id, fact, now=head.at)
    return sent


def page(
    tx: Tx, account: Account, fan: Fan, *, before: int | None = None, offset: int = 0, limit: int
) -> list[Message]:
    """The fan's chat, newest first, below a message id. Withdrawn copies are gone, unsent ones unless bought.

    Ask for one more than shown to learn of a rest.
    """
    reach = min(offset, HIGHEST_OFFSET) + limit
    below = LARGEST_ID if before is None else before
    direct = store.before(tx, account.key, fan.number, before=below, limit=reach)
    copies = _copies(tx, account, fan.number, before=below, limit=reach)
    merged = sorted([*direct, *copies], key=lambda message: message.id, reverse=True)
    return ownership.opened(tx, account.key, fan.number, merged[reach - limit : reach])


def search(
    tx: Tx, account: Account, fan: Fan, text: str, *, before: int | None = None, offset: int = 0, limit: int
) -> list[Message]:
    """As `page`, of the messages that contain a text. Looks through the newest ten thousand below `before`."""
    wanted, found = text.casefold(), list[Message]()
    for _ in range(HIGHEST_OFFSET // _SEARCHED_AT_ONCE):
        some = page(tx, account, fan, before=before, limit=_SEARCHED_AT_ONCE)
        found += [message for message in some if wanted in message.content.text.casefold()]
        if len(some) < _SEARCHED_AT_ONCE or len(found) >= offset + limit:
            break
        before = some[-1].id
    return found[offset : offset + limit]


def holder(tx: Tx, account: Account, message_id: int) -> FanNumber | None:
    """Whose chat holds a message; None when none does (any more)."""
    direct = store.get(tx, account.key, message_id)
    if direct is not None:
        return direct.number
    step = store_steps.of_message(tx, account.key, message_id)
    if step is None:
        return None
    number = step.number_of(message_id)
    return number if _visible(tx, account, number, [step]) else None


def get(tx: Tx, account: Account, fan: Fan, message_id: int) -> Message:
    """One message of this chat. Raises Problem(NOT_FOUND)."""
    direct = store.get(tx, account.key, message_id)
    if direct is not None and direct.number == fan.number:
        return ownership.opened(tx, account.key, fan.number, [direct])[0]
    step = store_steps.of_message(tx, account.key, message_id)
    if step is not None and step.number_of(message_id) == fan.number:
        found = _visible(tx, account, fan.number, [step])
        if found:
            return ownership.opened(tx, account.key, fan.number, found)[0]
    raise not_found("message", message_id)


def _copies(tx: Tx, account: Account, number: FanNumber, *, before: int, limit: int) -> list[Message]:
    """The fan's copies of mass messages, newest first: one small chunk is read for each mass message."""
    found = _visible(
        tx,
        account,
        number,
        _reaching(tx, account, store_steps.levels_across(tx, account.key, before), number),
    )
    cursor = before
    while len(found) < limit or found[limit - 1].id < cursor:
        levels = store_steps.levels(tx, account.key, before=cursor, limit=max(_LEVELS_AT_ONCE, limit))
        if not levels:
            break
        found += _visible(tx, account, number, _reaching(tx, account, levels, number))
        found = sorted((one for one in found if one.id < before), key=lambda one: one.id, reverse=True)
        cursor = levels[-1].newest.first_id
    return found[:limit]


def _reaching(tx: Tx, account: Account, levels: Sequence[Level], number: FanNumber) -> list[Step]:
    return store_steps.reaching(tx, account.key, levels, number)


def _visible(tx: Tx, account: Account, number: FanNumber, steps: Sequence[Step]) -> list[Message]:
    """The copies among these steps that the fan has: delivered, not withdrawn, not unsent or else bought."""
    ids = {step.mass_message_id for step in steps}
    reached = fan_sets.refs_among_holding(tx, account.key, SetKind.TO, ids, number)
    withdrawn = fan_sets.refs_among_holding(tx, account.key, SetKind.WITHDRAWN, reached, number)
    held = [QueueId(id) for id in reached - withdrawn]
    sent = store_mass_messages.get_many(tx, account.key, held)
    bought = store.bought_by(tx, account.key, number, held)
    free = fan_sets.refs_among_holding(tx, account.key, SetKind.UNLOCKED_FREE, held, number)
    return [
        _copy(
            sent[step.mass_message_id],
            step,
            number,
            step.mass_message_id in bought,
            step.mass_message_id in free,
        )
        for step in steps
        if step.mass_message_id in sent
        and (sent[step.mass_message_id].state is not State.UNSENT or step.mass_message_id in bought)
    ]


def _copy(sent: MassMessage, step: Step, number: FanNumber, bought: bool, free: bool) -> Message:
    return Message(
        id=step.message_id(number), queue_id=sent.id, number=number, content=sent.content, html=sent.html,
        from_fan=False, from_mass_message=True, created_at=step.sent_at, bought=bought, unlocked_free=free,
    )  # fmt: skip


def chat_with(tx: Tx, account: Account, ref: int | str) -> Fan:
    """The fan a chat is with, by id or username. Raises Problem(NOT_FOUND)."""
    return core_fans.get(tx, account, ref)
