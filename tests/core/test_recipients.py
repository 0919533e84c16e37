"""The recipients page: every fan of a frozen audience with an outcome, in order, page by page."""

from collections import Counter

import pytest

from fancast.core import recipients
from fancast.core.recipients import Outcome
from tests.world import DAY, NOON, World


def busy(world: World):
    """Ten fans: four sent, one skipped at the freeze, one skipped later, the rest pending."""
    world.crowd(10)
    world.media(1)
    world.owns("f1", 1)
    made = world.send(price_cents=500, media=[1], pace=4)
    world.deliver()
    world.clock.forward(seconds=1)
    world.deliver()
    world.change_fan("f6", blocked=True)
    return made


def test_every_recipient_has_an_outcome_and_they_are_the_counters(world: World):
    made = busy(world)
    seen = world.again(made)
    assert Counter(world.recipients(made).values()) == {"sent": 4, "pending": 5, "skipped: owns_media": 1}
    assert (seen.sent, seen.pending, seen.skipped) == (4, 5, 1)
    world.clock.forward(seconds=1)
    world.deliver()
    assert world.recipients(made)["f6"] == "skipped: blocked"
    world.do("cancel", made) if not world.again(made).finished else None
    counted = Counter(outcome.split(":")[0] for outcome in world.recipients(made).values())
    seen = world.again(made)
    assert counted == Counter(sent=seen.sent, skipped=seen.skipped, cancelled=seen.cancelled) - Counter()


@pytest.mark.parametrize("outcome", Outcome)
def test_one_outcome_can_be_asked_for(world: World, outcome: Outcome):
    made = busy(world)
    expected = {name: told for name, told in world.recipients(made).items() if told.split(":")[0] == outcome}
    assert world.recipients(made, outcome=outcome) == expected


def test_pages_follow_one_another_by_fan_number(world: World):
    made = busy(world)
    walked, after = [], -1
    while True:
        with world.read() as tx:
            page = recipients.page(tx, world.account(), made.id, after=after, limit=3)
        if not page:
            break
        walked += page
        after = page[-1].number
    assert [one.number for one in walked] == sorted(one.number for one in walked)
    assert len(walked) == 10


def test_a_sent_one_names_its_message_as_the_chat_does(world: World):
    made = busy(world)
    with world.read() as tx:
        page = recipients.page(tx, world.account(), made.id, limit=100)
    for one in page:
        name = world.place().name_of(one.number)
        chat = world.chat(name)
        assert one.message_id == (chat[0].id if chat else None)
        assert one.sent_at == (chat[0].created_at if chat else None)
        assert one.fan_id == world.place().fans[name]


def test_before_the_freeze_there_are_none(world: World):
    world.fan("bo")
    assert world.recipients(world.send(at=NOON + DAY)) == {}
