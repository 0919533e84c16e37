"""A fan's chat: direct messages and copies of mass messages, in one order that is the order of time."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fancast.core import messages, timelines
from fancast.model.ids import AccountKey, FanNumber, QueueId
from fancast.model.messages import Copied, Message
from fancast.model.problems import Kind, Problem
from fancast.store.database import Tx
from tests.world import World

ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("mass"), st.sampled_from([None, 3, 7])),
        st.tuples(st.just("direct"), st.integers(0, 9)),
        st.tuples(st.just("forward"), st.sampled_from([0.3, 1.0])),
        st.tuples(st.just("list"), st.none()),
    ),
    min_size=4,
    max_size=14,
)


class Poller:
    """A client that keeps the highest id it saw and asks for what is above, as pollers do."""

    def __init__(self, world: World, name: str, on: str) -> None:
        self.world, self.name, self.on = world, name, on
        self.highest, self.seen = 0, list[Message]()

    def poll(self) -> None:
        new = [one for one in self.world.chat(self.name, on=self.on) if one.id > self.highest]
        self.seen += reversed(new)
        self.highest = max((one.id for one in new), default=self.highest)


@settings(max_examples=8)
@given(acts=ACTS)
def test_a_poller_that_keeps_the_highest_id_misses_nothing(world: World, acts: list[tuple[str, Any]]):
    on = f"acc{len(world._places)}"
    fans = world.crowd(10, on=on)
    pollers = [Poller(world, name, on) for name in ("f0", "f9")]
    for place, (act, how) in enumerate(acts):
        if act == "mass":
            world.send(f"mass {place}", pace=how, on=on)
        elif act == "direct":
            world.direct(fans[how], f"direct {place}", on=on)
        elif act == "list":
            world.user_list(f"list {place}", on=on)
        else:
            world.clock.forward(seconds=how)
        world.deliver()
        for poller in pollers:
            poller.poll()
    # The slowest pace is 3 a second, for ten fans.
    for _ in range(5):
        world.clock.forward(seconds=1.1)
        world.deliver()
        for poller in pollers:
            poller.poll()
    masses = sum(act == "mass" for act, _ in acts)
    for poller in pollers:
        chat = world.chat(poller.name, on=on)[::-1]
        assert [one.id for one in poller.seen] == [one.id for one in chat]
        assert [one.created_at for one in chat] == sorted(one.created_at for one in chat)
        directs = sum(act == "direct" and fans[how] == poller.name for act, how in acts)
        assert len(chat) == masses + directs


def test_ids_are_never_shared_by_messages_queue_items_and_mass_messages(world: World):
    world.crowd(5)
    made = [world.send("a", pace=2), world.send("b")]
    directs = [world.direct(f"f{place}", "x") for place in range(5)]
    for _ in range(5):
        world.deliver()
        world.clock.forward(seconds=1)
    ids = [one.id for one in made] + [id for one in directs for id in (one.id, one.queue_id)]
    ids += [one.id for place in range(5) for one in world.chat(f"f{place}") if one.from_mass_message]
    assert len(ids) == len(set(ids)) == 2 + 10 + 10


@settings(max_examples=10)
@given(limit=st.integers(1, 7), offset=st.integers(0, 12))
def test_pages_cut_the_same_chat_wherever_they_begin(world: World, limit: int, offset: int):
    if "bo" not in world.place().fans:
        world.fans("al", "bo")
        for place in range(6):
            world.direct("bo", f"direct {place}")
            world.sent(f"mass {place}")
    whole = world.chat("bo")
    assert len(whole) == 12
    assert world.chat("bo", limit=limit, offset=offset) == whole[offset : offset + limit]
    walked: list[Message] = []
    while page := world.chat("bo", limit=limit, before=walked[-1].id if walked else None):
        walked += page
    assert walked == whole


def test_a_copy_is_found_by_its_id_in_its_own_chat_only(world: World):
    world.fans("al", "bo")
    world.sent("hi")
    copy, direct = world.chat("bo")[0], world.direct("bo", "x")
    with world.read() as tx:
        for wanted in (copy, direct):
            fan = world.fan_of("bo")
            assert messages.get(tx, world.account(), fan, wanted.id) == wanted
            with pytest.raises(Problem) as refused:
                messages.get(tx, world.account(), world.fan_of("al"), wanted.id)
            assert refused.value.kind is Kind.NOT_FOUND


def test_a_direct_message_goes_to_no_one_who_cannot_receive(world: World):
    world.fan("bo", blocked=True)
    with pytest.raises(Problem) as refused:
        world.direct("bo", "hi")
    assert refused.value.code == "fan_cannot_receive"
    world.change_fan("bo", blocked=False)
    assert world.direct("bo", "**hi**").html == "<p>**hi**</p>"


def test_an_unsent_copy_leaves_the_chat_and_other_messages_stay(world: World):
    world.fan("bo")
    world.direct("bo", "one")
    made = world.sent("two")
    world.direct("bo", "three")
    world.do("unsend", made)
    assert world.inbox("bo") == ["one", "three"]


def test_a_page_reaches_below_copies_that_were_taken_back(world: World):
    world.fans("ann")
    for number in range(9):
        made = world.sent(f"m{number}")
        if number in (3, 4, 5, 7, 8):
            world.do("unsend", made)
    assert [one.content.text for one in world.chat("ann", limit=2)] == ["m6", "m2"]
    assert [one.content.text for one in world.chat("ann", limit=4)] == ["m6", "m2", "m1", "m0"]


def test_every_copy_carries_the_html_of_its_mass_message(world: World):
    from fancast.model.mass_messages import Format

    world.fan("bo")
    world.sent("a **b** <i>", format=Format.MARKDOWN)
    assert world.chat("bo")[0].html == "<p>a <strong>b</strong> &lt;i&gt;</p>"


def test_many_that_were_unsent_are_looked_at_together(world: World, monkeypatch: pytest.MonkeyPatch):
    """Of an account whose mass messages all take themselves back, a chat's newest message costs few statements."""
    world.fan("bo")
    first = world.direct("bo", "first")
    for turn in range(40):
        world.do("unsend", world.sent(f"m{turn}"))
    looks: list[int] = []
    plain = timelines.store.for_fan

    def counted(
        tx: Tx, account: AccountKey, number: FanNumber, ids: Sequence[QueueId]
    ) -> dict[QueueId, tuple[Copied, bool]]:
        looks.append(len(ids))
        return plain(tx, account, number, ids)

    monkeypatch.setattr(timelines.store, "for_fan", counted)
    assert world.chat("bo", limit=1) == [first]
    assert sum(looks) == 40
    assert len(looks) <= 15
