"""The recipients page: every fan of a frozen audience with an outcome, in order, page by page."""

from collections import Counter

import pytest

from fancast.core import audiences, recipients
from fancast.core.recipients import Outcome
from fancast.model.mass_messages import MassMessage
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


def reasons(world: World, made: MassMessage) -> Counter[tuple[str, str | None]]:
    with world.read() as tx:
        return Counter(
            (one.outcome, one.reason) for one in recipients.page(tx, world.account(), made.id, limit=100)
        )


@pytest.mark.parametrize(
    ("acts", "reason"),
    [(["cancel"], "cancelled"), (["unsend"], "unsent"), (["cancel", "unsend"], "cancelled")],
)
def test_a_cancelled_one_says_what_stopped_it(world: World, acts: list[str], reason: str):
    made = busy(world)
    assert reasons(world, made) == {("sent", None): 4, ("pending", None): 5, ("skipped", "owns_media"): 1}
    for act in acts:
        world.clock.forward(seconds=1)
        world.do(act, made)
    assert reasons(world, made) == {("sent", None): 4, ("cancelled", reason): 5, ("skipped", "owns_media"): 1}


def test_who_could_not_be_reached_at_the_freeze_is_told_by_the_preview_alone(world: World):
    world.fans("al", "bo", "cy")
    world.change_fan("bo", unreachable=True)
    world.change_fan("cy", blocked=True)
    with world.read() as tx:
        told, _ = audiences.preview(tx, world.account(), world.asked(lists=["fans"]), now=world.clock())
    assert {rule.name: rule.removed for rule in told.rules if rule.removed} == {
        "blocked": 1,
        "unreachable": 1,
    }
    assert world.recipients(world.sent()) == {"al": "sent"}


def test_before_the_freeze_there_are_none(world: World):
    world.fan("bo")
    assert world.recipients(world.send(at=NOON + DAY)) == {}
