"""A builder for tests: `world.fan("bo", lists=["vip"])`, `world.send("hi", lists=["vip"])`, `world.inbox("bo")`.

Everything is valid by default, so that a test states only what it is about. Accounts, fans and lists go by the
names that a test gives them; every method takes `on="eve"` to act for another account than "ada".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from fancast.core import (
    accounts,
    api_keys,
    audiences,
    chats,
    fans,
    ledger,
    mass_messages,
    message_marks,
    messages,
    purchases,
    recipients,
    sending,
    subscriptions,
    tips,
    user_lists,
    withdrawals,
)
from fancast.core.ledger import Ledger
from fancast.core.recipients import Outcome
from fancast.model.accounts import Account
from fancast.model.audiences import AskedAudience, Resolved
from fancast.model.chats import Chat, Side
from fancast.model.events import Event
from fancast.model.fan_sets import FanSet, SetKey, SetKind
from fancast.model.fans import Fan, SubscriptionAction
from fancast.model.ids import AccountKey, FanId, FanNumber, MediaId
from fancast.model.mass_messages import Content, Draft, Edit, Format, MassMessage, State
from fancast.model.media import Media, MediaType, placeholder
from fancast.model.messages import Message
from fancast.model.purchases import Sale, Tip
from fancast.model.user_lists import BuiltIn, ListRef, UserList
from fancast.store import accounts as store_accounts
from fancast.store import events, fan_sets, tables
from fancast.store import media as store_media
from fancast.store.database import Store, Tx
from fancast.store.tables import media
from fancast.workers import drive

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST_FAN_ID = 1_001
#: A chain of acts that is longer never ends.
_MOST_TURNS = 10_000


@contextmanager
def in_the_way(store: Store, account: AccountKey) -> Iterator[None]:
    """An event of the account's next number: whatever is to be an event there raises, until this ends."""
    t, heads = tables.events, tables.account_heads
    number = sa.select(heads.c.next_event).where(heads.c.account_id == account)
    with store.write() as tx:
        row = {"account_id": account, "event_no": tx.value(number), "kind": "in the way", "ref": 1}
        tx.run(sa.insert(t), row | {"data": {}, "created_at": 0})
    try:
        yield
    finally:
        with store.write() as tx:
            tx.run(sa.delete(t).where(t.c.account_id == account, t.c.kind == "in the way"))


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> datetime:
        """`clock.forward(seconds=5)`; returns the new time."""
        self.now += timedelta(**duration)
        return self.now


@dataclass(slots=True)
class Place:
    """What a test has named in one account."""

    account: Account
    fans: dict[str, FanId] = field(default_factory=dict)
    numbers: dict[str, FanNumber] = field(default_factory=dict)
    lists: dict[str, ListRef] = field(default_factory=dict)
    media: set[MediaId] = field(default_factory=set)

    def name_of(self, number: int) -> str:
        return next(name for name, known in self.numbers.items() if known == number)

    def names_of(self, numbers: Iterable[int]) -> set[str]:
        known = {number: name for name, number in self.numbers.items()}
        return {known[number] for number in numbers}


class World:
    """Accounts with fans, lists and media in one Store, told by one clock."""

    def __init__(self, store: Store, clock: MovableClock) -> None:
        self.store = store
        self.clock = clock
        self._places: dict[str, Place] = {}
        self._tx: Tx | None = None
        self._tipped = 0

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A transaction; those inside it join it."""
        if self._tx is not None:
            yield self._tx
            return
        with self.store.write() as tx:
            self._tx = tx
            try:
                yield tx
            finally:
                self._tx = None

    @contextmanager
    def read(self) -> Iterator[Tx]:
        if self._tx is not None:
            yield self._tx
            return
        with self.store.read() as tx:
            yield tx

    # ---- accounts

    def place(self, on: str = "ada") -> Place:
        if on not in self._places:
            self.account(on)
        return self._places[on]

    def account(self, name: str = "ada", **settings: Any) -> Account:
        """The account of that name, made at its first mention. Settings: those of `core.accounts.change`."""
        if name in self._places and not settings:
            return self._places[name].account
        with self.write() as tx:
            if name not in self._places:
                made = accounts.create(
                    tx,
                    name.title(),
                    name,
                    acct_id=f"acct_{name}",
                    connection_id=f"conn_{name}",
                    now=self.clock(),
                )
                self._places[name] = Place(made)
                settings = {"duplicate_guard_seconds": 0, **settings}
            place = self._places[name]
            if settings:
                place.account = accounts.change(tx, place.account, settings, now=self.clock())
        return place.account

    def key(self, name: str = "tests", **rights: Any) -> str:
        """The secret of a new API key that may do everything, or what `core.api_keys.create` is told."""
        with self.write() as tx:
            return api_keys.create(tx, name, now=self.clock(), **rights)[1]

    # ---- fans, lists, media

    def fan(
        self, name: str, *, id: int | None = None, lists: Sequence[str] = (), subscribed: bool = True,
        since: datetime | None = None, until: datetime | None = None, renews: bool = True, price_cents: int = 0,
        on: str = "ada", **values: Any,
    ) -> Fan:  # fmt: skip
        """A fan, subscribed for 30 days from now unless told otherwise; `values` as `core.fans.put` takes them."""
        place = self.place(on)
        fan_id = FanId(id or FIRST_FAN_ID + len(place.fans))
        with self.write() as tx:
            made, _ = fans.put(tx, place.account, fan_id, {"username": name, **values}, now=self.clock())
            place.fans[name], place.numbers[name] = fan_id, made.number
            if subscribed:
                began = since or self.clock()
                made = self.subscription(
                    name, "start", expires_at=until or began + 30 * DAY, renews=renews, price_cents=price_cents,
                    at=began, on=on,
                )  # fmt: skip
            for wanted in lists:
                self.user_list(wanted, name, on=on)
        return made

    def fans(self, *names: str, on: str = "ada", **how: Any) -> list[Fan]:
        """Several fans, all alike, in one transaction."""
        with self.write():
            return [self.fan(name, on=on, **how) for name in names]

    def crowd(self, count: int, *, on: str = "ada", **how: Any) -> list[str]:
        """`count` fans named f0, f1 …; returns their names."""
        names = [f"f{place}" for place in range(count)]
        self.fans(*names, on=on, **how)
        return names

    def subscription(self, name: str, action: str, *, on: str = "ada", **how: Any) -> Fan:
        """`how` as `core.subscriptions.change` takes it."""
        place = self.place(on)
        with self.write() as tx:
            return subscriptions.change(
                tx, place.account, place.fans[name], SubscriptionAction(action), now=self.clock(), **how
            )

    def change_fan(self, name: str, *, on: str = "ada", **values: Any) -> Fan:
        """`world.change_fan("bo", blocked=True)`."""
        place = self.place(on)
        with self.write() as tx:
            return fans.put(tx, place.account, place.fans[name], values, now=self.clock())[0]

    def fan_of(self, name: str, *, on: str = "ada") -> Fan:
        place = self.place(on)
        with self.read() as tx:
            return fans.get(tx, place.account, place.fans[name])

    def user_list(self, name: str, *members: str, on: str = "ada") -> UserList:
        """The list of that name (a slug is the built-in one), made at its first mention, with these members."""
        place = self.place(on)
        with self.write() as tx:
            if name not in place.lists:
                made = (
                    None
                    if name in set(BuiltIn)
                    else user_lists.create(tx, place.account, name, now=self.clock())
                )
                place.lists[name] = BuiltIn(name) if made is None else made.ref
            ref = place.lists[name]
            numbers = [place.numbers[member] for member in members]
            if isinstance(ref, BuiltIn) and members:
                # The platform's own lists: no caller can add to them, so no verb does.
                key = SetKey(SetKind[ref.value.upper()])
                fan_sets.change(tx, place.account.key, {key: (FanSet(numbers), FanSet())})
            elif members:
                user_lists.add(tx, place.account, ref, numbers)
            return user_lists.get(tx, place.account, ref, now=self.clock())

    def media(self, *ids: int, type: str = "photo", on: str = "ada") -> tuple[MediaId, ...]:
        """Vault media with these ids."""
        place = self.place(on)
        wanted = tuple(MediaId(id) for id in ids)
        new = [
            Media(id, MediaType(type), f"{id}", 800, 600, None, 1_000, True, self.clock())
            for id in wanted
            if id not in place.media
        ]
        with self.write() as tx:
            store_media.add(tx, place.account.key, new)
        place.media |= set(wanted)
        return wanted

    def lost_media(self, *, on: str = "ada") -> MediaId:
        """Media that were to come from elsewhere and never will."""
        return self.coming_media(on=on, failure="404 Not Found")

    def coming_media(self, *, on: str = "ada", failure: str | None = None) -> MediaId:
        """Media that are still on their way."""
        place = self.place(on)
        coming = MediaId(990_000 + len(place.media))
        item = Media(
            coming, MediaType.PHOTO, f"{coming}", None, None, None, None, False, self.clock(), failure=failure
        )  # fmt: skip
        with self.write() as tx:
            store_media.add(tx, place.account.key, [item])
        place.media.add(coming)
        return coming

    def media_counters(self, wanted: Mapping[int, tuple[int, int]], *, on: str = "ada") -> None:
        """Likes and cents of tips by media id, as if fans had given them."""
        with self.write() as tx:
            for id, (likes, cents) in wanted.items():
                same = (media.c.account_id == self.place(on).account.key, media.c.media_id == id)
                tx.run(sa.update(media).where(*same).values(likes=likes, tips_cents=cents))

    def owns(self, name: str, *media: int, on: str = "ada") -> None:
        """The fan bought these media elsewhere."""
        place = self.place(on)
        one = FanSet([place.numbers[name]])
        with self.write() as tx:
            changes = {SetKey(SetKind.OWNERS, id): (one, FanSet()) for id in media}
            fan_sets.change(tx, place.account.key, changes)

    # ---- mass messages

    def asked(
        self, *, lists: Sequence[str] = (), fans: Sequence[str] = (), without: Sequence[str] = (),
        after: datetime | None = None, within_days: int | None = None, on: str = "ada",
    ) -> AskedAudience:  # fmt: skip
        """An audience by our names for lists and fans."""
        refs = {name: self.user_list(name, on=on).ref for name in (*lists, *without)}
        return AskedAudience(
            user_lists=tuple(refs[name] for name in lists), exclude_user_lists=tuple(refs[name] for name in without),
            fans=tuple(self.place(on).fans[name] for name in fans), subscribed_after=after,
            subscribed_within_days=within_days,
        )  # fmt: skip

    def draft(
        self, text: str = "hello", *, price_cents: int = 0, media: Sequence[int] = (), previews: Sequence[int] = (),
        format: Format = Format.PLAIN, locked_text: bool = False, at: datetime | None = None,
        save_for_later: bool = False, unsend_after_seconds: int | None = None, pace: int | None = None,
        urls: Sequence[str] = (), on: str = "ada", **audience: Any,
    ) -> Draft:  # fmt: skip
        """What `send` sends: to all current subscribers when no audience is named. Media by URL come last."""
        content = Content(
            text, format, price_cents,
            (*self.media(*media, on=on), *(placeholder(place) for place in range(len(urls)))),
            tuple(MediaId(id) for id in previews), locked_text, references=tuple(urls),
        )  # fmt: skip
        asked = self.asked(**(audience or {"lists": ["fans"]}), on=on)
        return Draft(content, asked, at, save_for_later, unsend_after_seconds, pace)

    def send(self, text: str = "hello", *, on: str = "ada", **how: Any) -> MassMessage:
        """Accept a mass message; `deliver` makes it go out. `how` as `draft` and `asked` take it."""
        with self.write() as tx:
            draft = self.draft(text, on=on, **how)
            return mass_messages.create(tx, self.place(on).account, draft, now=self.clock())

    def sent(self, text: str = "hello", *, on: str = "ada", **how: Any) -> MassMessage:
        """`send`, and everything due delivered."""
        made = self.send(text, on=on, **how)
        self.deliver()
        return self.again(made, on=on)

    def deliver(self) -> None:
        """Do all that is due at the clock's time, for every account."""
        for _ in range(_MOST_TURNS):
            with self.store.read() as tx:
                due = sending.accounts_due(tx, now=self.clock())
            if not due:
                return
            with self.store.alone() as tx:
                sending.take_up(tx, due)
            list(drive.drive(self.store, due, self.clock))
        raise AssertionError("there is always more to do")

    def act(self, *, on: str = "ada") -> bool:
        """One act of one account: freeze, a step, or a taking back. Whether there was anything to do."""
        key = self.place(on).account.key
        with self.store.read() as tx:
            due = sending.look(tx, [key], now=self.clock())
        list(drive.drive(self.store, [key], self.clock, seconds=0))
        return bool(due)

    def again(self, seen: MassMessage, *, on: str = "ada") -> MassMessage:
        """The mass message as it is now."""
        with self.read() as tx:
            return mass_messages.get(tx, self.place(on).account, seen.id)

    def do(self, verb: str, seen: MassMessage, *, on: str = "ada") -> MassMessage:
        """`world.do("pause", sent)`: publish, pause, resume, cancel, unsend or remove."""
        with self.write() as tx:
            return getattr(mass_messages, verb)(tx, self.place(on).account, seen.id, now=self.clock())

    def edit(self, seen: MassMessage, *, on: str = "ada", **wanted: Any) -> MassMessage:
        """`world.edit(draft, text="better")`; `wanted` as `Edit` takes it."""
        with self.write() as tx:
            return mass_messages.edit(tx, self.place(on).account, seen.id, Edit(**wanted), now=self.clock())

    def in_state(self, state: State, *, on: str = "ada", **how: Any) -> MassMessage:
        """A mass message to all subscribers, brought into this state by our own verbs."""
        early = {"at": self.clock() + DAY} if state is State.SCHEDULED else {}
        paced = {"pace": 1} if state in (State.SENDING, State.PAUSED) else {}
        lost = {"media": [self.lost_media(on=on)]} if state is State.FAILED else {}
        made = self.send(save_for_later=state is State.DRAFT, on=on, **early, **paced, **lost, **how)
        if state in (State.SENDING, State.PAUSED, State.DONE, State.UNSENT, State.FAILED):
            self.deliver()
        verbs = {State.PAUSED: "pause", State.UNSENT: "unsend", State.CANCELLED: "cancel"}
        if state in verbs:
            self.do(verbs[state], made, on=on)
        seen = self.again(made, on=on)
        assert seen.state is state, f"cannot bring a mass message into {state}: it is {seen.state}"
        return seen

    # ---- what fans pay for

    def copy(self, name: str, seen: MassMessage, *, on: str = "ada") -> Message:
        """The fan's copy of a mass message."""
        return next(message for message in self.chat(name, on=on) if message.queue_id == seen.id)

    def buys(
        self, name: str, what: MassMessage | Message, reference: str | None = None, *,
        amount_cents: int | None = None, on: str = "ada",
    ) -> Sale:  # fmt: skip
        """The fan buys a copy or a direct message, under a payment of its own."""
        place = self.place(on)
        id = what.id if isinstance(what, Message) else self.copy(name, what, on=on).id
        with self.write() as tx:
            return purchases.buy(
                tx, place.account, place.fans[name], id, reference or f"{name} buys {id}", amount_cents=amount_cents,
                now=self.clock(),
            )  # fmt: skip

    def tips(
        self, name: str, amount_cents: int, text: str = "", reference: str | None = None, *,
        what: MassMessage | Message | None = None, on: str = "ada",
    ) -> Tip:  # fmt: skip
        """The fan tips, for a copy or a direct message if told so."""
        place = self.place(on)
        self._tipped += 1
        id = (
            None
            if what is None
            else what.id
            if isinstance(what, Message)
            else self.copy(name, what, on=on).id
        )
        with self.write() as tx:
            return tips.give(
                tx, place.account, place.fans[name], amount_cents, reference or f"tip {self._tipped}",
                message_id=id, text=text, now=self.clock(),
            )  # fmt: skip

    def likes(
        self, name: str, what: MassMessage | Message, *, liked: bool = True, on: str = "ada"
    ) -> Message:
        """The fan likes a copy or a direct message, or no more."""
        message = what if isinstance(what, Message) else self.copy(name, what, on=on)
        with self.write() as tx:
            return message_marks.fan_likes(
                tx,
                self.place(on).account,
                self.fan_of(name, on=on),
                message.id,
                liked=liked,
                now=self.clock(),
            )

    def media_told(self, *ids: int, on: str = "ada") -> list[tuple[int, int]]:
        """The likes and cents of tips that these media say."""
        with self.read() as tx:
            found = store_media.get_many(tx, self.place(on).account.key, [MediaId(id) for id in ids])
        return [(found[MediaId(id)].likes, found[MediaId(id)].tips_cents) for id in ids]

    # ---- looking

    def resolved(self, *, media: Sequence[int] = (), on: str = "ada", **audience: Any) -> Resolved:
        """The preview of an audience."""
        with self.write() as tx:
            asked = self.asked(**audience, on=on)
            return audiences.preview(
                tx, self.place(on).account, asked, self.media(*media, on=on), now=self.clock()
            )[0]

    def preview(self, *, on: str = "ada", **audience: Any) -> set[str]:
        """The names of those whom a send would reach."""
        return self.place(on).names_of(self.resolved(on=on, **audience).to)

    def direct(self, name: str, text: str, *, on: str = "ada", **content: Any) -> Message:
        """One message to one fan."""
        with self.write() as tx:
            fan = fans.get(tx, self.place(on).account, self.place(on).fans[name])
            return messages.send(tx, self.place(on).account, fan, Content(text, **content), now=self.clock())

    def writes(self, name: str, text: str = "hey", *, on: str = "ada", **content: Any) -> Message:
        """The fan writes to the creator."""
        with self.write() as tx:
            content_of = Content(text, **content)
            return messages.receive(
                tx, self.place(on).account, self.fan_of(name, on=on), content_of, now=self.clock()
            )

    def reads(self, name: str, *, on: str = "ada") -> int:
        """The fan reads all there is; how many mass messages they see for the first time."""
        newest = self.chat(name, on=on, side=Side.FAN)[0].id
        with self.write() as tx:
            account, fan = self.place(on).account, self.fan_of(name, on=on)
            return message_marks.read_through(tx, account, fan, newest, now=self.clock())

    def withdraws(self, message: Message, name: str, *, on: str = "ada") -> Message:
        """The creator takes one message back from one chat."""
        with self.write() as tx:
            account, fan = self.place(on).account, self.fan_of(name, on=on)
            return withdrawals.withdraw(tx, account, fan, message.id, now=self.clock())

    def chats(self, *, limit: int = 100, on: str = "ada", **where: Any) -> list[Chat]:
        """The creator's list of chats; `where` as `core.chats.page` takes it."""
        with self.read() as tx:
            return chats.page(tx, self.place(on).account, limit=limit, now=self.clock(), **where)

    def chat(self, name: str, *, limit: int = 100, on: str = "ada", **where: Any) -> list[Message]:
        """A fan's chat, newest first."""
        with self.read() as tx:
            fan = fans.get(tx, self.place(on).account, self.place(on).fans[name])
            return messages.page(tx, self.place(on).account, fan, limit=limit, **where)

    def inbox(self, name: str, *, on: str = "ada") -> list[str]:
        """The texts in a fan's chat, oldest first."""
        return [message.content.text for message in reversed(self.chat(name, on=on))]

    def recipients(self, seen: MassMessage, *, on: str = "ada", **where: Any) -> dict[str, str]:
        """Every recipient's outcome by name; a skipped one's is `skipped: reason`."""
        place = self.place(on)
        with self.read() as tx:
            found = recipients.page(tx, place.account, seen.id, limit=1_000_000, **where)
        return {
            place.name_of(one.number): (
                f"{one.outcome}: {one.reason}" if one.outcome is Outcome.SKIPPED else one.outcome.value
            )
            for one in found
        }

    def events(self, *, on: str = "ada") -> list[Event]:
        with self.read() as tx:
            return events.after(tx, self.place(on).account.key, 0, 100_000)

    def ledger(self, *, on: str = "ada") -> Ledger:
        """The check of the account as it is now."""
        with self.read() as tx:
            return ledger.check(tx, store_accounts.get(tx, self.place(on).account.key))
