"""Tips for messages, and likes of them: what their media count, told once, whatever happens beside."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest
import sqlalchemy as sa

from fancast.core import message_marks, messages, tips
from fancast.model.events import EventKind
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Content
from fancast.model.messages import Message
from fancast.model.problems import Problem
from fancast.store import fans, media
from fancast.store.tables import metadata
from tests.core.test_purchase_races import at_once
from tests.core.test_races import meanwhile
from tests.world import World, on_postgresql

ROUNDS = 8


def test_each_media_item_of_a_message_counts_the_tips_for_it(world: World):
    world.fans("ann", "bo")
    made = world.sent("look", media=[7, 8])
    direct = world.direct("ann", "you", media_ids=world.media(8, 9))
    world.tips("ann", 500, what=made)
    world.tips("bo", 700, what=made)
    world.tips("ann", 1_000, what=direct)
    world.tips("ann", 300)
    assert world.media_told(7, 8, 9) == [(0, 1_200), (0, 2_200), (0, 1_000)]
    assert world.fan_of("ann").spending.tips_cents == 1_800


def test_a_tip_keeps_what_it_was_for(world: World):
    world.fan("ann")
    made = world.sent("look", media=[7])
    copy = world.copy("ann", made)
    tip = world.tips("ann", 500, "nice", what=made)
    assert (tip.for_message_id, tip.for_queue_id) == (copy.id, made.id)
    told = next(event for event in world.events() if event.kind is EventKind.TIP_RECEIVED)
    assert (told.data["for_message_id"], told.data["for_queue_id"]) == (copy.id, made.id)
    assert told.data["message_id"] == tip.message_id == world.chat("ann")[0].id
    assert world.tips("ann", 500).for_message_id is None


def test_the_same_payment_is_one_tip_for_one_message(world: World):
    world.fans("ann", "bo")
    made = world.sent("look", media=[7])
    direct = world.direct("ann", "you", media_ids=world.media(8))
    copy = world.copy("ann", made)
    first = world.tips("ann", 500, reference="payment 1", what=made)
    world.do("unsend", made)
    # Also now that its message is gone.
    assert world.tips("ann", 500, reference="payment 1", what=copy) == first
    for what in (direct, None):
        with pytest.raises(Problem) as caught:
            world.tips("ann", 500, reference="payment 1", what=what)
        assert caught.value.code == "payment_reference_used"
    assert world.media_told(7, 8) == [(0, 500), (0, 0)]


Act = Callable[[World, str, Message], object]
ACTS: dict[str, Act] = {
    "tips": lambda world, name, what: world.tips(name, 500, what=what),
    "likes": lambda world, name, what: world.likes(name, what),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_fan_can_do_it_for_what_they_see_alone(world: World, act: Act):
    world.fans("ann", "bo")
    unsent, withdrawn = world.sent("gone", media=[7]), world.direct("ann", "gone too")
    kept = world.sent("kept", price_cents=500, media=[8])
    other, own = world.direct("bo", "bo's", media_ids=world.media(9)), world.writes("ann")
    copies = {made.id: world.copy("ann", made) for made in (unsent, kept)}
    world.buys("ann", kept)
    world.do("unsend", unsent)
    world.do("unsend", kept)
    world.withdraws(withdrawn, "ann")
    before = len(world.events())
    for message in (copies[unsent.id], withdrawn, other):
        with pytest.raises(Problem) as caught:
            act(world, "ann", message)
        assert caught.value.code == "message_not_found"
    with pytest.raises(Problem) as caught:
        act(world, "ann", own)
    assert caught.value.code == "own_message"
    assert len(world.events()) == before
    act(world, "ann", copies[kept.id])


def test_a_message_that_its_fan_likes_is_shown_as_liked(world: World):
    world.fan("ann")
    message = world.direct("ann", "look", media_ids=world.media(7))
    assert world.likes("ann", message).liked_by_fan
    assert world.chat("ann")[0].liked
    assert not world.chat("ann")[0].liked_by_creator


def test_a_like_is_told_when_it_changes_something(world: World):
    world.fan("ann")
    message = world.direct("ann", "look")
    for liked in (False, True, True, False, False, True):
        world.likes("ann", message, liked=liked)
    told = [event for event in world.events() if "liked" in event.kind]
    kinds = ["message.liked", "message.unliked", "message.liked_again"]
    assert [event.kind.value for event in told] == kinds
    fact = {"message_id": message.id, "queue_id": message.queue_id}
    assert {event.ref for event in told} == {world.place().fans["ann"]}
    assert all(event.data == fact for event in told)


@pytest.mark.parametrize(
    ("table", "column"),
    [("tips", "for_queue_id"), ("tips", "for_message_id"), ("message_marks", "liked_by_fan")],
)
def test_the_ledger_finds_media_that_count_what_nobody_gave(world: World, table: str, column: str):
    world.fan("ann")
    made = world.sent("look", media=[7])
    world.tips("ann", 500, what=made)
    world.likes("ann", made)
    assert world.ledger().difference == 0
    t = metadata.tables[table]
    with world.store.write() as tx:
        honest = tx.value(sa.select(t.c[column]))
        tx.run(sa.update(t).values({column: False if honest is True else None}))
    assert world.ledger().difference > 0
    with world.store.write() as tx:
        tx.run(sa.update(t).values({column: honest}))


# ---- at the same moment


def tipping(world: World, name: str, message: Message, reference: str) -> Callable[[], object]:
    place = world.place()

    def tip() -> object:
        with world.store.write() as tx:
            return tips.give(
                tx, place.account, place.fans[name], 500, reference, message_id=message.id, now=world.clock()
            )

    return tip


def liking(world: World, name: str, message: Message) -> Callable[[], object]:
    fan = world.fan_of(name)

    def like() -> object:
        with world.store.write() as tx:
            return message_marks.fan_likes(
                tx, world.account(), fan, message.id, liked=True, now=world.clock()
            )

    return like


def sending_to(world: World, name: str, *media: int) -> Callable[[], object]:
    fan = world.fan_of(name)

    def send() -> object:
        with world.store.write() as tx:
            content = Content("again", media_ids=tuple(MediaId(id) for id in media))
            return messages.send(tx, world.account(), fan, content, now=world.clock())

    return send


def test_tips_and_likes_of_the_same_media_at_once_all_count(world: World):
    names = world.crowd(4)
    media = list(range(700, 712))
    one, other = world.sent("one", media=media), world.sent("other", media=media[::-1])
    for turn in range(ROUNDS):
        acts = [
            tipping(world, name, world.copy(name, made), f"{turn} {name} {made.id}")
            for name in names for made in (one, other)
        ]  # fmt: skip
        acts += [liking(world, name, world.copy(name, made)) for name in names for made in (one, other)]
        told = at_once(*acts)
        assert [item for item in told if isinstance(item, str)] == []
    assert world.media_told(*media) == [(8, ROUNDS * 8 * 500)] * len(media)


def test_one_tip_told_several_times_at_once_counts_once(world: World):
    world.fan("ann")
    copy = world.copy("ann", world.sent("look", media=[7, 8]))
    for turn in range(ROUNDS):
        told = at_once(*[tipping(world, "ann", copy, f"{turn}")] * 4)
        assert len({one.transaction.id for one in told}) == 1  # type: ignore[attr-defined]
    assert world.media_told(7, 8) == [(0, ROUNDS * 500)] * 2


def test_what_a_fan_does_at_once_in_one_chat_meets_no_deadlock(world: World):
    world.fan("ann")
    made = world.sent("look", media=[7, 8])
    copy = world.copy("ann", made)

    def reading() -> None:
        with world.store.write() as tx:
            message_marks.read_through(tx, world.account(), world.fan_of("ann"), copy.id, now=world.clock())

    for turn in range(ROUNDS):
        told = at_once(
            tipping(world, "ann", copy, f"{turn}"), liking(world, "ann", copy), reading,
            sending_to(world, "ann", 8, 7),
        )  # fmt: skip
        assert [item for item in told if isinstance(item, str)] == []
    assert world.media_told(7, 8) == [(1, ROUNDS * 500)] * 2


@on_postgresql
def test_a_like_waits_for_the_tip_that_holds_its_media(world: World):
    world.fans("ann", "bo")
    made = world.sent("look", media=[7, 8])
    place, copy, like = world.place(), world.copy("ann", made), liking(world, "bo", world.copy("bo", made))
    with ExitStack() as afterwards:
        with world.store.write() as tx:
            tips.give(tx, place.account, place.fans["ann"], 500, "1", message_id=copy.id, now=world.clock())
            afterwards.enter_context(meanwhile(world, like))
    assert world.media_told(7, 8) == [(1, 500)] * 2


@on_postgresql
@pytest.mark.parametrize("kind", ACTS)
def test_media_are_held_before_the_fan(world: World, kind: str):
    world.fan("ann")
    copy = world.copy("ann", world.sent("look", media=[7, 8]))
    act = tipping(world, "ann", copy, "1") if kind == "tips" else liking(world, "ann", copy)
    place = world.place()
    with ExitStack() as afterwards:
        with world.store.write() as tx:
            media.hold(tx, place.account.key, [MediaId(7)])
            afterwards.enter_context(meanwhile(world, act))
            # Who waits for media holds nothing that others need: a sender goes on to the fan and the chat.
            with world.store.write() as other:
                other.run(sa.text("SET LOCAL lock_timeout = '2s'"))
                assert fans.lock(other, place.account.key, place.fans["ann"]) is not None
    assert sum(world.media_told(7)[0]) > 0
