"""Mass messages wait for their media: they start when those are here, and fail with the reason when they never are."""

from dataclasses import replace

import pytest

from fancast.core import fetches, mass_messages
from fancast.core.media import Unfetched
from fancast.model.audiences import AskedAudience
from fancast.model.events import EventKind
from fancast.model.ids import MediaId
from fancast.model.mass_messages import Content, Draft, MassMessage, State
from fancast.model.media import placeholder
from fancast.model.problems import Problem
from fancast.store import media as store_media
from tests.world import World

URL = "https://cdn.example/new-set.jpg"


def send(world: World, *urls: str, at=None, save_for_later: bool = False, **content) -> MassMessage:
    """A mass message to all subscribers, whose media come from these addresses."""
    named = tuple(placeholder(place) for place in range(len(urls)))
    draft = Draft(
        Content("look", media_ids=named, references=urls, **content),
        AskedAudience(user_lists=("fans",)), at, save_for_later,
    )  # fmt: skip
    with world.write() as tx:
        return mass_messages.create(tx, world.account(), draft, now=world.clock())


def arrive(world: World, media_id: MediaId, *, failure: str | None = None) -> None:
    with world.write() as tx:
        account = world.account().key
        item = store_media.get_many(tx, account, [media_id])[media_id]
        store_media.change(tx, account, replace(item, ready=failure is None, failure=failure))
    with world.write() as tx:
        fetches.settled(tx, account, media_id, now=world.clock())


def test_it_starts_when_its_media_are_here(world: World):
    world.crowd(3)
    made = send(world, URL)
    assert (made.state, made.awaits_media, made.ready) == (State.QUEUED, True, False)
    world.deliver()
    assert world.again(made).state is State.QUEUED
    assert world.inbox("f0") == []
    arrive(world, made.content.media_ids[0])
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.sent, seen.ready) == (State.DONE, 3, True)
    assert world.inbox("f0") == ["look"]


def test_it_waits_for_the_last_of_its_media(world: World):
    world.crowd(1)
    made = send(world, URL, URL + "?second")
    for media_id in made.content.media_ids:
        world.deliver()
        assert world.again(made).state is State.QUEUED
        arrive(world, media_id)
    world.deliver()
    assert world.again(made).state is State.DONE


def test_the_same_address_twice_in_one_message_is_one_media_item(world: World):
    assert len(send(world, URL, URL).content.media_ids) == 1


def test_it_fails_with_the_reason_when_its_media_never_come(world: World):
    world.crowd(2)
    made = send(world, URL)
    arrive(world, made.content.media_ids[0], failure="The address answered 404 Not Found.")
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.sent, seen.total, seen.in_error) == (State.FAILED, 0, None, True)
    assert seen.trouble is not None
    assert "404" in seen.trouble
    assert [event.data for event in world.events() if event.kind is EventKind.MASS_MESSAGE_FAILED] == [
        {"reason": seen.trouble}
    ]


def test_it_goes_on_by_itself_though_nobody_said_that_its_media_are_here(world: World):
    world.crowd(1)
    made = send(world, URL)
    world.deliver()
    with world.write() as tx:
        account, media_id = world.account().key, made.content.media_ids[0]
        item = store_media.get_many(tx, account, [media_id])[media_id]
        store_media.change(tx, account, replace(item, ready=True))
    world.clock.forward(seconds=6)
    world.deliver()
    assert world.again(made).state is State.DONE


def test_a_scheduled_one_with_lost_media_says_so_and_can_be_mended_before_its_hour(world: World):
    world.crowd(1)
    hour = world.clock.forward(seconds=1)
    made = send(world, URL, at=hour.replace(hour=hour.hour + 2))
    arrive(world, made.content.media_ids[0], failure="The address answered 404 Not Found.")
    seen = world.again(made)
    assert (seen.state, seen.in_error, seen.ready) == (State.SCHEDULED, True, False)
    mended = world.edit(seen, media_ids=world.media(7))
    assert (mended.in_error, mended.ready, mended.trouble) == (False, True, None)
    world.clock.forward(hours=3)
    world.deliver()
    assert world.again(made).state is State.DONE


def test_a_scheduled_one_whose_media_are_late_starts_when_they_come(world: World):
    world.crowd(1)
    hour = world.clock.forward(seconds=1)
    made = send(world, URL, at=hour.replace(hour=hour.hour + 1))
    world.clock.forward(hours=1, seconds=5)
    world.deliver()
    assert world.again(made).state is State.SCHEDULED
    world.clock.forward(seconds=55)
    arrive(world, made.content.media_ids[0])
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.late_by_ms) == (State.DONE, 60_000)


def test_one_that_waits_can_be_cancelled(world: World):
    world.crowd(1)
    made = send(world, URL)
    world.do("cancel", made)
    arrive(world, made.content.media_ids[0])
    world.deliver()
    assert world.again(made).state is State.CANCELLED
    assert world.inbox("f0") == []


def test_an_edit_of_the_text_keeps_what_it_waits_for(world: World):
    world.crowd(1)
    made = send(world, URL)
    edited = world.edit(made, text="better")
    assert edited.awaits_media
    world.deliver()
    assert world.again(made).state is State.QUEUED
    arrive(world, made.content.media_ids[0])
    world.deliver()
    assert world.inbox("f0") == ["better"]


def test_a_message_to_one_fan_does_not_go_out_without_its_media(world: World):
    world.fan("bo")
    coming = send(world, URL, save_for_later=True).content.media_ids
    with pytest.raises(Problem) as refused:
        world.direct("bo", "look", media_ids=coming)
    assert refused.value.code == "unknown_media"
    with pytest.raises(Unfetched) as missing:
        world.direct("bo", "look", media_ids=(placeholder(0),), references=(URL,))
    assert missing.value.urls == (URL,)
    assert world.inbox("bo") == []


def test_the_same_media_twice_in_one_message_is_there_once(world: World):
    world.fan("bo")
    world.media(7, 8)
    made = world.send(media=[7, 8, 7], previews=[8, 8], price_cents=500)
    assert (made.content.media_ids, made.content.preview_media_ids) == ((7, 8), (8,))
    assert world.direct("bo", "hi", media_ids=(MediaId(7), MediaId(7))).content.media_ids == (7,)
    assert world.edit(world.in_state(State.DRAFT), media_ids=(MediaId(7),) * 3).content.media_ids == (7,)


@pytest.mark.parametrize(
    "url", ["http://user:secret@cdn.example/a.jpg", "ftp://cdn.example/a.jpg", "http://"]
)
def test_an_address_that_cannot_be_fetched_is_refused_and_nothing_is_made(world: World, url: str):
    with pytest.raises(Problem) as refused:
        send(world, url)
    assert refused.value.code == "bad_media_url"
    assert world.events() == []
