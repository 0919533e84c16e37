"""Two acts in one chat at once on PostgreSQL: whoever comes second sees what the first one did."""

from collections.abc import Callable
from contextlib import ExitStack

from fancast.core import chats, message_marks, messages, withdrawals
from fancast.model.chats import Side
from fancast.model.mass_messages import Content
from fancast.store.database import Tx
from tests.core.test_races import meanwhile
from tests.world import World, on_postgresql

pytestmark = on_postgresql


def at_once(world: World, first: Callable[[Tx], object], second: Callable[[World], object]) -> None:
    """`second` begins while the transaction of `first` is open, waits for it, and ends after it."""
    # A world of its own: a world's transactions join one another.
    other = World(world.store, world.clock)
    other._places = world._places
    with ExitStack() as afterwards, world.store.write() as tx:
        first(tx)
        afterwards.enter_context(meanwhile(world, lambda: second(other)))


def test_who_writes_while_all_is_marked_read_stays_unread(world: World):
    world.fans("ann", "bo")
    world.writes("ann"), world.writes("bo")
    account = world.account()
    at_once(world, lambda tx: chats.mark_all_read(tx, account), lambda other: other.writes("ann"))
    assert {chat.fan.username: chat.unread_count for chat in world.chats()} == {"ann": 1, "bo": 0}


def test_two_readings_at_once_count_one_view(world: World):
    world.fans("ann")
    made = world.sent("all")
    ann, account, newest = world.fan_of("ann"), world.account(), world.chat("ann")[0].id
    at_once(
        world,
        lambda tx: message_marks.read_through(tx, account, ann, newest, now=world.clock()),
        lambda other: other.reads("ann"),
    )
    assert world.again(made).viewed == 1


def test_a_message_written_while_one_is_taken_back_is_the_newest(world: World):
    world.fans("ann")
    first = world.direct("ann", "first")
    ann, account = world.fan_of("ann"), world.account()
    at_once(
        world,
        lambda tx: withdrawals.withdraw(tx, account, ann, first.id, now=world.clock()),
        lambda other: other.direct("ann", "second"),
    )
    assert [chat.last_message.content.text for chat in world.chats()] == ["second"]


def test_a_fans_first_message_and_the_creators_meet_in_one_chat(world: World):
    world.fans("ann")
    ann, account = world.fan_of("ann"), world.account()
    at_once(
        world,
        lambda tx: messages.receive(tx, account, ann, Content("from ann"), now=world.clock()),
        lambda other: other.direct("ann", "to ann"),
    )
    assert [one.content.text for one in world.chat("ann", side=Side.FAN)] == ["to ann", "from ann"]
    assert [chat.unread_count for chat in world.chats()] == [1]


def test_a_hidden_chat_comes_back_with_a_message_and_a_copy_at_once(world: World):
    world.fans("ann", "bo")
    world.sent("before")
    ann, account = world.fan_of("ann"), world.account()
    for name in ("ann", "bo"):
        with world.write() as tx:
            chats.hide(tx, account, world.fan_of(name))
    at_once(
        world,
        lambda tx: messages.send(tx, account, ann, Content("to ann"), now=world.clock()),
        lambda other: other.sent("to all"),
    )
    assert [chat.fan.username for chat in world.chats()] == ["bo", "ann"]
    assert not any(chat.state.hidden for chat in world.chats())
