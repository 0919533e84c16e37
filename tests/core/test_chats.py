"""The list of chats, and what the creator does to one."""

import random
from datetime import timedelta

import pytest

from fancast.core import chat_order, chats, message_marks, messages, purchases, tips
from fancast.model import fan_sets
from fancast.model.chats import Chat, ChatFilter, ChatOrder, ChatState
from fancast.model.problems import Problem
from fancast.store import chats as store
from tests.world import NOON, World


def names(world: World, **where: object) -> list[str]:
    """The names of the chats in the list's order."""
    return [chat.fan.username for chat in world.chats(**where)]


def chat_of(world: World, name: str) -> Chat:
    return next(chat for chat in world.chats() if chat.fan.username == name)


def does(world: World, verb: str, name: str, **how: object) -> object:
    with world.write() as tx:
        return getattr(chats, verb)(tx, world.account(), world.fan_of(name), **how)


def test_chats_stand_by_their_newest_message(world: World):
    world.fans("ann", "bo", "cy", "di")
    world.direct("ann", "first")
    world.sent("to two", fans=["bo", "cy"])
    world.writes("ann")
    assert names(world) == ["ann", "cy", "bo"]
    assert [chat.last_message.content.text for chat in world.chats()] == ["hey", "to two", "to two"]
    assert names(world, order=ChatOrder.OLD) == ["bo", "cy", "ann"]


@pytest.mark.parametrize("seed", range(6))
def test_any_mixture_of_messages_gives_the_order_of_the_chats_themselves(world: World, seed: int):
    check_any_mixture(world, seed)


@pytest.mark.parametrize("seed", range(6, 10))
def test_any_mixture_in_chunks_of_two_fans_gives_the_same_order(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
):
    """As with millions of fans, of whose chunks only the last ones are read."""
    monkeypatch.setattr(fan_sets, "CHUNK_BITS", 1)
    monkeypatch.setattr(fan_sets, "CHUNK_SIZE", 2)
    monkeypatch.setattr(chat_order, "_REACH", 1)
    check_any_mixture(world, seed)


def check_any_mixture(world: World, seed: int) -> None:
    chance = random.Random(seed)
    everyone = world.crowd(12)
    sent = []
    for turn in range(25):
        some = chance.sample(everyone, chance.randint(1, 6))
        match chance.choice(
            ["send", "paced", "direct", "write", "unsend", "withdraw", "delete", "hide", "step"]
        ):
            case "send":
                sent.append(world.send(f"m{turn}", fans=some))
                world.deliver()
            case "paced":
                sent.append(world.send(f"p{turn}", fans=some, pace=chance.choice([1, 4])))
                world.deliver()
            case "direct":
                world.direct(some[0], f"d{turn}")
            case "write":
                world.writes(some[0], f"w{turn}")
            case "unsend" if sent and world.again(sent[-1]).state.value in ("done", "sending"):
                world.do("unsend", sent.pop())
            case "withdraw":
                mine = [one for one in world.chat(some[0]) if not one.from_fan]
                if mine:
                    world.withdraws(chance.choice(mine), some[0])
            case "delete":
                if world.chat(some[0]):
                    does(world, "delete", some[0])
            case "hide":
                does(world, "hide", some[0])
            case _:
                world.clock.forward(milliseconds=500)
                world.deliver()
        expected = in_order(world, everyone)
        assert names(world) == expected
        assert names(world, limit=3, offset=2) == expected[2:5]
        assert names(world, limit=2) == expected[:2]
    assert names(world, order=ChatOrder.OLD, limit=4) == in_order(world, everyone)[::-1][:4]
    vips = chance.sample(everyone, 5)
    ref = world.user_list("vips", *vips).ref
    listed = [name for name in in_order(world, everyone) if name in vips]
    assert names(world, user_list=ref, limit=3) == listed[:3]
    assert names(world, user_list=ref, limit=2) == listed[:2]


def in_order(world: World, everyone: list[str]) -> list[str]:
    """By looking into every chat."""
    newest = {name: chat[0].id for name in everyone if (chat := world.chat(name, limit=1))}
    hidden = {name for name in everyone if state(world, name).hidden}
    return sorted(newest.keys() - hidden, key=lambda name: newest[name], reverse=True)


def state(world: World, name: str) -> ChatState:
    with world.read() as tx:
        return store.get(tx, world.account().key, world.place().numbers[name])


def test_what_a_fan_writes_is_unread_until_the_chat_is_read(world: World):
    world.fans("ann", "bo")
    world.writes("ann"), world.writes("ann", "again")
    world.direct("bo", "hello")
    assert (chat_of(world, "ann").unread_count, chat_of(world, "bo").unread_count) == (2, 0)
    assert names(world, filter=ChatFilter.UNREAD) == ["ann"]
    does(world, "mark_read", "ann")
    assert chat_of(world, "ann").unread_count == 0
    assert chat_of(world, "ann").last_read_id == world.chat("ann")[0].id
    assert names(world, filter=ChatFilter.UNREAD) == []
    assert [message.read for message in world.chat("ann")] == [True, True]


def test_a_chat_marked_unread_counts_the_fans_newest_message(world: World):
    world.fans("ann", "bo")
    world.writes("ann"), world.writes("ann")
    does(world, "mark_read", "ann")
    does(world, "mark_unread", "ann")
    assert chat_of(world, "ann").unread_count == 1
    assert [message.read for message in world.chat("ann")] == [False, True]
    world.direct("bo", "hello")
    does(world, "mark_unread", "bo")
    assert chat_of(world, "bo").unread_count == 1
    with world.write() as tx:
        assert chats.mark_all_read(tx, world.account()) == 2
    assert names(world, filter=ChatFilter.UNREAD) == []


def test_a_hidden_chat_returns_when_the_creator_writes(world: World):
    world.fans("ann", "bo")
    world.sent("all")
    does(world, "hide", "ann")
    world.writes("ann")
    assert names(world) == ["bo"]
    world.direct("ann", "hello")
    assert names(world) == ["ann", "bo"]


def test_a_hidden_chat_returns_with_a_copy_and_others_stay_away(world: World):
    world.fans("ann", "bo", "cy")
    world.sent("all")
    for name in ("ann", "bo", "cy"):
        does(world, "hide", name)
    assert names(world) == []
    world.sent("to ann", fans=["ann"])
    assert names(world) == ["ann"]
    assert not state(world, "ann").hidden
    assert state(world, "bo").hidden


def test_a_hidden_chat_returns_with_the_step_that_reaches_it(world: World):
    world.fans("ann", "bo", "cy", "di")
    world.sent("all")
    made = world.send("slowly", fans=["bo", "cy", "di"], pace=1)
    assert world.act()
    for name in ("ann", "bo", "cy", "di"):
        does(world, "hide", name)
    world.change_fan("cy", blocked=True)
    assert names(world) == []
    world.clock.forward(seconds=1)
    assert world.act()
    assert names(world) == ["bo"]
    while world.again(made).pending:
        world.clock.forward(seconds=1)
        world.deliver()
    assert world.again(made).sent == 2
    assert names(world) == ["di", "bo"]
    assert {name for name in ("ann", "bo", "cy", "di") if state(world, name).hidden} == {"ann", "cy"}


def test_a_deleted_chat_is_empty_for_the_creator_and_begins_anew(world: World):
    world.fans("ann", "bo")
    world.sent("all")
    world.writes("ann")
    does(world, "delete", "ann")
    assert names(world) == ["bo"]
    assert world.inbox("ann") == []
    assert does(world, "delete", "ann") is False
    world.sent("more")
    assert names(world) == ["bo", "ann"]
    assert world.inbox("ann") == ["more"]


def test_a_mass_message_is_viewed_once_by_each_fan(world: World):
    world.fans("ann", "bo", "cy")
    first, second = world.sent("one"), world.sent("two")
    assert world.reads("ann") == 2
    assert world.reads("ann") == 0
    assert world.reads("bo") == 2
    third = world.sent("three")
    assert world.reads("bo") == 1
    assert [world.again(one).viewed for one in (first, second, third)] == [2, 2, 1]
    assert [message.read for message in world.chat("bo")] == [True] * 3
    assert [message.read for message in world.chat("ann")] == [False, True, True]


def test_nobody_reads_what_is_not_there_yet(world: World):
    world.fans("ann")
    world.sent("one")
    far = world.chat("ann")[0].id + 1_000
    with world.write() as tx, pytest.raises(Problem, match=f"no message {far}"):
        message_marks.read_through(tx, world.account(), world.fan_of("ann"), far, now=NOON)


def test_an_unsent_message_is_viewed_by_nobody(world: World):
    world.fans("ann")
    gone = world.sent("one")
    world.direct("ann", "stays")
    world.do("unsend", gone)
    assert world.reads("ann") == 0
    assert world.again(gone).viewed == 0


def test_one_copy_is_taken_back_from_one_chat(world: World):
    world.fans("ann", "bo")
    sent = world.sent("all")
    world.withdraws(world.chat("ann")[0], "ann")
    assert (world.inbox("ann"), world.inbox("bo")) == ([], ["all"])
    assert names(world) == ["bo"]
    assert world.again(sent).sent == 2
    with pytest.raises(Problem, match="There is no message"):
        world.withdraws(world.chat("bo")[0], "ann")


def test_a_direct_message_is_taken_back_and_the_chat_falls_to_its_place(world: World):
    world.fans("ann", "bo")
    world.direct("ann", "one")
    world.direct("bo", "two")
    last = world.direct("ann", "three")
    assert names(world) == ["ann", "bo"]
    world.withdraws(last, "ann")
    assert names(world) == ["bo", "ann"]
    assert chat_of(world, "ann").last_message.content.text == "one"


def test_taking_back_has_a_window_and_is_for_own_messages_only(world: World):
    world.fans("ann")
    mine, theirs = world.direct("ann", "mine"), world.writes("ann")
    with pytest.raises(Problem, match="creator's own"):
        world.withdraws(theirs, "ann")
    world.clock.forward(seconds=world.account().message_unsend_window_seconds)
    with pytest.raises(Problem, match="time in which it could be taken back is over"):
        world.withdraws(mine, "ann")


def test_pinned_messages_are_listed_and_counted_while_they_are_there(world: World):
    world.fans("ann", "bo")
    sent = world.sent("all")
    kept = world.direct("ann", "kept")
    with world.write() as tx:
        ann = world.fan_of("ann")
        for message in messages.page(tx, world.account(), ann, limit=10):
            message_marks.pin(tx, world.account(), ann, message.id, now=NOON)
    assert chat_of(world, "ann").pinned_count == 2
    assert names(world, filter=ChatFilter.PINNED) == ["ann"]
    assert names(world, filter=ChatFilter.PRIORITY) == ["ann"]
    world.do("unsend", sent)
    assert chat_of(world, "ann").pinned_count == 1
    with world.write() as tx:
        assert [one.id for one in messages.pinned(tx, world.account(), ann, limit=10)] == [kept.id]
        message_marks.unpin(tx, world.account(), ann, kept.id)
    assert names(world, filter=ChatFilter.PINNED) == []


def test_a_sign_of_typing_is_told_once_in_its_time(world: World):
    world.fans("ann")

    def typing() -> bool:
        with world.write() as tx:
            return chats.fan_types(tx, world.account(), world.fan_of("ann"), now=world.clock())

    assert [typing(), typing()] == [True, False]
    world.clock.now += timedelta(seconds=5)
    assert typing()
    assert [event.kind.value for event in world.events()].count("fan.typing") == 2


def test_chats_are_found_by_name_and_by_list(world: World):
    world.fans("ann", "joanna", "bo")
    world.sent("all")
    ref = world.user_list("vips", "bo", "ann").ref
    assert names(world, query="ANN") == ["joanna", "ann"]
    assert names(world, user_list=ref) == ["bo", "ann"]
    assert names(world, user_list=ref, query="ann") == ["ann"]


def test_a_chat_reads_the_other_way_round_from_any_message(world: World):
    world.fans("ann", "bo")
    for place in range(3):
        world.sent(f"m{place}")
        world.direct("ann", f"d{place}")
    ann, every = world.fan_of("ann"), world.chat("ann")[::-1]
    with world.read() as tx:
        assert [one.id for one in messages.page_upward(tx, world.account(), ann, limit=10)] == [
            one.id for one in every
        ]
        part = messages.page_upward(tx, world.account(), ann, since=every[2].id, limit=2)
    assert [one.content.text for one in part] == ["m1", "d1"]


def test_who_bought_a_message_keeps_it_and_their_chat_its_place(world: World):
    world.fans("ann", "bo")
    made = world.sent("for sale", price_cents=500, media=[901])
    copy = world.chat("ann")[0]
    with world.write() as tx:
        purchases.buy(tx, world.account(), world.fan_of("ann").fan_id, copy.id, "p-1", now=world.clock())
    chat = chat_of(world, "ann")
    assert (chat.last_message.bought, chat.last_message.open, chat.has_purchases) == (True, True, True)
    assert (chat_of(world, "bo").last_message.open, chat_of(world, "bo").has_purchases) == (False, False)
    with pytest.raises(Problem, match="bought this message, and keeps it"):
        world.withdraws(copy, "ann")
    world.do("unsend", made)
    assert names(world) == ["ann"]
    assert world.inbox("ann") == ["for sale"]


def test_an_unread_tip_is_told_until_it_is_read(world: World):
    world.fans("ann", "bo")
    world.writes("bo")
    with world.write() as tx:
        tips.give(
            tx, world.account(), world.fan_of("ann").fan_id, 500, "t-1", text="for you", now=world.clock()
        )
    assert (chat_of(world, "ann").has_unread_tips, chat_of(world, "bo").has_unread_tips) == (True, False)
    assert names(world, filter=ChatFilter.UNREAD_WITH_TIPS) == ["ann"]
    assert names(world, filter=ChatFilter.WHO_TIPPED) == ["ann"]
    does(world, "mark_read", "ann")
    assert names(world, filter=ChatFilter.UNREAD_WITH_TIPS) == []
    assert chat_of(world, "ann").has_unread_tips is False


@pytest.mark.parametrize("everybody", [True, False])
def test_a_page_of_no_chats_is_empty(world: World, everybody: bool):
    world.fan("bo")
    wanted = None if everybody else fan_sets.FanSet([world.place().numbers["bo"]])

    def nobody() -> list[chat_order.Place]:
        with world.read() as tx:
            return chat_order.newest_first(tx, world.account(), wanted, offset=0, limit=0)

    assert nobody() == []
    world.writes("bo", "hi")
    assert nobody() == []
