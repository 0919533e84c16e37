"""Messages in chats: one to a fan or from one, and reading a chat as the creator or the fan sees it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from fancast.core import banned_words, chat_states, media, ownership, repeats, timelines
from fancast.core import fans as core_fans
from fancast.model.accounts import Account
from fancast.model.api_keys import ApiKey
from fancast.model.banned_words import RiskLevel
from fancast.model.chats import ChatState, Side
from fancast.model.day_totals import DayKind
from fancast.model.events import EventKind
from fancast.model.fans import Fan
from fancast.model.ids import LARGEST_ID, FanNumber, MediaId, MessageId, QueueId
from fancast.model.mass_messages import Content, check_content
from fancast.model.media import MediaType
from fancast.model.messages import Message
from fancast.model.problems import Kind, Problem, not_found
from fancast.model.texts import to_html
from fancast.store import chats, day_totals, events, fan_sets, fans, heads, message_marks, steps
from fancast.store import messages as store
from fancast.store.database import Tx

#: So many of a chat's messages are looked through for some by one call, so many at a time.
MOST_SEARCHED, _SEARCHED_AT_ONCE = 10_000, 200


@dataclass(frozen=True, slots=True)
class Sifted:
    """Those of a chat's messages that were looked for, newest first, as far as one call looks."""

    found: list[Message]
    #: Below this message nothing was looked at; None when all were, or when enough was found before.
    rest: int | None


def send(
    tx: Tx,
    account: Account,
    fan: Fan,
    content: Content,
    *,
    key: ApiKey | None = None,
    marked_retry: bool | None = None,
    fetched: Mapping[str, MediaId] | None = None,
    screening: RiskLevel | None = None,
    now: datetime,
) -> Message:
    """Send one message to one fan, who sees all of it at once if the media are theirs already. They must be here:
    `fetched` says which came from the URLs it names. `screening` says which banned words refuse its text.

    With a key and `marked_retry` it is safe to repeat, as `core.mass_messages.create` is.
    Raises Problem(INVALID), CONFLICT fan_cannot_receive or duplicate_send; then nothing is sent.
    """
    if key is None or marked_retry is None:
        return _opened(tx, account, _send(tx, account, fan, content, key, fetched or {}, screening, now))
    mark = repeats.fingerprint("message", fan.fan_id, media.as_said(tx, account, content))
    first = repeats.first_result(tx, account, key, mark, marked=marked_retry, now=now)
    if first is not None:
        return ownership.opened(tx, account.key, fan.number, [store.get_by_queue(tx, account.key, first)])[0]
    sent = _send(tx, account, fan, content, key, fetched or {}, screening, now)
    repeats.remember(tx, account, key, mark, sent.queue_id, marked=marked_retry, now=now)
    return _opened(tx, account, sent)


def _opened(tx: Tx, account: Account, sent: Message) -> Message:
    """What was sent just now, which nobody can have bought yet."""
    if sent.open:
        return sent
    owned = ownership.owns_all(tx, account.key, sent.number, sent.content.paid_media_ids)
    return replace(sent, unlocked_free=owned)


def _send(
    tx: Tx, account: Account, fan: Fan, content: Content, key: ApiKey | None, fetched: Mapping[str, MediaId],
    screening: RiskLevel | None, now: datetime,
) -> Message:  # fmt: skip
    check_content(content)
    if not fan.receives:
        raise Problem(
            Kind.CONFLICT, "fan_cannot_receive", f"Messages cannot reach fan {fan.fan_id}.", field="fan_id"
        )
    content = media.settle_now(tx, account, content, fetched=fetched, now=now)
    banned_words.screen(tx, content.text, screening)
    chat = chat_states.hold(tx, account.key, fan.number)
    fan_sets.change(tx, account.key, chat_states.comes_back(chat))
    sent = _write(tx, account, fan, content, key, from_fan=False, now=now)
    day_totals.add(tx, account.key, [DayKind.DIRECT_MESSAGE], sent.created_at)
    return sent


def receive(tx: Tx, account: Account, fan: Fan, content: Content, *, now: datetime) -> Message:
    """Take a message that a fan wrote. What messages carry already, only who may see it can send.

    It carries its media as the creator's do: deleted from the vault, they stay in it.
    Raises Problem(INVALID), FORBIDDEN locked, CONFLICT fan_cannot_write; then nothing is kept.
    """
    check_content(content)
    known = media.demand_held(tx, account, content.media_ids)
    for media_id in (id for id in content.media_ids if known[id].in_messages):
        # Else a fan could open what they never paid for by sending it.
        demand_open(tx, account, fan, media_id)
    if fan.blocked or fan.deleted:
        raise Problem(
            Kind.CONFLICT, "fan_cannot_write", f"Fan {fan.fan_id} is blocked or gone.", field="fan_id"
        )
    media.enter_messages(tx, account, known)
    fans.see(tx, account.key, fan.number, now)
    chat = chat_states.hold(tx, account.key, fan.number)
    fan_sets.change(tx, account.key, chat_states.becomes_unread(chat))
    return _write(tx, account, fan, content, None, from_fan=True, now=now)


def _write(
    tx: Tx, account: Account, fan: Fan, content: Content, key: ApiKey | None, *, from_fan: bool, now: datetime
) -> Message:
    """The message's row and event, in a chat that is held."""
    head = heads.take(tx, account.key, ids=2, events=1, at=now)
    written = Message(
        id=MessageId(head.first_id + 1), queue_id=QueueId(head.first_id), number=fan.number, content=content,
        html=to_html(content.text, content.format), from_fan=from_fan, from_mass_message=False,
        created_at=head.at,
    )  # fmt: skip
    store.add(tx, account.key, written, key_id=key.key_id if key else None)
    chat_states.wrote(tx, account.key, fan.number, written.id, from_fan=from_fan)
    kind = EventKind.MESSAGE_RECEIVED if from_fan else EventKind.MESSAGE_SENT
    fact = {"fan_id": fan.fan_id, "queue_id": written.queue_id}
    events.add(tx, account.key, head.first_event, kind, written.id, fact, now=head.at)
    return written


# ---- reading a chat


def page(
    tx: Tx, account: Account, fan: Fan, *, before: int | None = None, offset: int = 0, limit: int,
    side: Side = Side.CREATOR,
) -> list[Message]:  # fmt: skip
    """The fan's chat, newest first, below a message id. Withdrawn copies are gone, unsent ones unless bought.

    The creator does not see what lies below a deletion of the chat. Ask for one more than shown to learn of a rest.
    """
    state = chats.get(tx, account.key, fan.number)
    found = timelines.newest_first(
        tx, account, fan.number, before=before or LARGEST_ID, above=_floor(state, side), limit=offset + limit
    )
    return _told(tx, account, state, found[offset:])


def page_upward(
    tx: Tx, account: Account, fan: Fan, *, since: int = 0, limit: int, side: Side = Side.CREATOR
) -> list[Message]:
    """As `page`, oldest first, from a message id on, itself included."""
    state = chats.get(tx, account.key, fan.number)
    above = max(since - 1, _floor(state, side))
    return _told(
        tx, account, state, timelines.oldest_first(tx, account, fan.number, above=above, limit=limit)
    )


def search(
    tx: Tx, account: Account, fan: Fan, text: str, *, before: int | None = None, offset: int = 0, limit: int
) -> Sifted:
    """As `page`, of the messages that contain a text, whatever its case.

    Looks through `MOST_SEARCHED` of them, the newest below `before`; to look on, begin below `rest`.
    """
    wanted = text.casefold()

    def holding(some: Sequence[Message]) -> list[Message]:
        return [message for message in some if wanted in message.content.text.casefold()]

    return _sift(tx, account, fan, holding, before, offset, limit)


def with_media(
    tx: Tx, account: Account, fan: Fan, *, types: frozenset[MediaType] = frozenset(), opened: bool | None = None,
    before: int | None = None, offset: int = 0, limit: int,
) -> Sifted:  # fmt: skip
    """As `search`, of the messages that carry media: of these types if any are named, open to the fan or locked."""

    def carrying(some: Sequence[Message]) -> list[Message]:
        found = [message for message in some if message.content.media_ids]
        if types:
            known = media.get_many(tx, account, (id for message in found for id in message.content.media_ids))
            right = {id for id, item in known.items() if item.type in types}
            found = [message for message in found if not right.isdisjoint(message.content.media_ids)]
        if opened is None:
            return found
        told = ownership.opened(tx, account.key, fan.number, found)
        return [message for message in told if message.open is opened]

    return _sift(tx, account, fan, carrying, before, offset, limit)


def pinned(
    tx: Tx, account: Account, fan: Fan, *, upward: bool = False, before: int | None = None, since: int = 0,
    limit: int,
) -> list[Message]:  # fmt: skip
    """The pinned messages of a chat, newest first and below one; or upward, from one on."""
    ids = message_marks.pinned_ids(tx, account.key, fan.number)
    wanted = (
        [id for id in ids if id >= since][::-1]
        if upward
        else [id for id in ids if id < (before or LARGEST_ID)]
    )
    found = among(tx, account, fan, wanted[:limit])
    return [found[id] for id in wanted[:limit] if id in found]


def get(tx: Tx, account: Account, fan: Fan, message_id: int, *, side: Side = Side.CREATOR) -> Message:
    """One message of this chat. Raises Problem(NOT_FOUND)."""
    found = among(tx, account, fan, [message_id], side=side)
    if message_id not in found:
        raise not_found("message", message_id)
    return found[message_id]


def among(
    tx: Tx, account: Account, fan: Fan, ids: Sequence[int], *, side: Side = Side.CREATOR
) -> dict[int, Message]:
    """Those of these messages that are in the fan's chat, by id."""
    if not ids:
        return {}
    state = chats.get(tx, account.key, fan.number)
    found = [one for one in timelines.among(tx, account, fan.number, ids) if one.id > _floor(state, side)]
    return {message.id: message for message in _told(tx, account, state, found)}


def answered(tx: Tx, account: Account, fan: Fan, found: Sequence[Message]) -> dict[int, Message]:
    """The messages that these answer, by id: those that are in this same chat."""
    said = (message.content.extras.get("reply_to_message_id") for message in found)
    return among(tx, account, fan, list(dict.fromkeys(int(id) for id in said if id is not None)))


def demand_open(tx: Tx, account: Account, fan: Fan, media_id: MediaId, message_id: int | None = None) -> None:
    """A media item is the fan's, or open to them in a message of the chat (in `message_id`, if given).

    Raises Problem(NOT_FOUND) where there is no such message, FORBIDDEN locked.
    """
    if ownership.owns_all(tx, account.key, fan.number, [media_id]):
        return
    if message_id is not None:
        shown = _shows(get(tx, account, fan, message_id, side=Side.FAN), media_id)
    else:
        shown = _is_shown(tx, account, fan, media_id)
    if not shown:
        told = f"Media {media_id} is locked for fan {fan.fan_id} until a message that carries it is bought."
        raise Problem(Kind.FORBIDDEN, "locked", told)


def _is_shown(tx: Tx, account: Account, fan: Fan, media_id: MediaId) -> bool:
    return any(
        _shows(message, media_id)
        for some in timelines.carrying(tx, account, fan.number, media_id)
        for message in ownership.opened(tx, account.key, fan.number, some)
    )


def _shows(message: Message, media_id: MediaId) -> bool:
    content = message.content
    return media_id in (content.media_ids if message.open else content.preview_media_ids)


def holder(tx: Tx, account: Account, message_id: int) -> FanNumber | None:
    """Whose chat holds a message; None when none does (any more)."""
    direct = store.get(tx, account.key, message_id)
    if direct is not None:
        return direct.number
    step = steps.of_message(tx, account.key, message_id)
    if step is None:
        return None
    number = step.number_of(message_id)
    return number if timelines.visible(tx, account, number, [step]) else None


def chat_with(tx: Tx, account: Account, ref: int | str) -> Fan:
    """The fan a chat is with, by id or username. Raises Problem(NOT_FOUND)."""
    return core_fans.get(tx, account, ref)


def _sift(
    tx: Tx, account: Account, fan: Fan, pick: Callable[[Sequence[Message]], list[Message]], before: int | None,
    offset: int, limit: int,
) -> Sifted:  # fmt: skip
    """A page of what `pick` keeps of the newest `MOST_SEARCHED` messages below `before`."""
    state, found = chats.get(tx, account.key, fan.number), list[Message]()
    below, above, rest = before or LARGEST_ID, _floor(state, Side.CREATOR), None
    for _ in range(MOST_SEARCHED // _SEARCHED_AT_ONCE):
        some = timelines.newest_first(
            tx, account, fan.number, before=below, above=above, limit=_SEARCHED_AT_ONCE
        )
        found += pick(some)
        if len(some) < _SEARCHED_AT_ONCE or len(found) >= offset + limit:
            break
        below = some[-1].id
    else:
        rest = below
    return Sifted(_told(tx, account, state, found[offset : offset + limit]), rest)


def _floor(state: ChatState, side: Side) -> int:
    return state.cleared_through_id if side is Side.CREATOR else 0


def _told(tx: Tx, account: Account, state: ChatState, found: Sequence[Message]) -> list[Message]:
    """The same messages of one chat, with what became of each."""
    marks = message_marks.of(tx, account.key, found)
    bare = message_marks.Marks()
    return [
        replace(
            message,
            read=message.id <= (state.last_read_id if message.from_fan else state.fan_read_id),
            liked_by_creator=(mark := marks.get(message.id, bare)).liked_by_creator,
            liked_by_fan=mark.liked_by_fan,
            pinned=mark.pinned,
        )
        for message in ownership.opened(tx, account.key, state.number, found)
    ]
