"""URLs as media, with a real server elsewhere: fetched within bounds, under a lease, and never from inside."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from fancast.core import fetches, vault_lists
from fancast.core.receiving import Workshop
from fancast.kit.addresses import LOOPBACK, Bounds
from fancast.model.ids import MediaId
from fancast.model.mass_messages import State
from fancast.model.media import Media
from fancast.model.uploads import Upload, UploadState
from fancast.store import media as store_media
from fancast.store import uploads as store_uploads
from fancast.workers.fetching import Fetcher, FetchLimits
from fancast.workers.reach import CannotReach, Reach, look_up
from fancast.workers.reaching import chunks, opened
from fancast.workers.standing_in import for_hosts
from tests import elsewhere
from tests.core.test_arrivals import send
from tests.elsewhere import PHOTO, Elsewhere
from tests.serving import until
from tests.world import World, on_sqlite

#: As the sandbox has it: this machine may be asked.
HERE = Reach(Bounds(LOOPBACK), connect_seconds=2, silence_seconds=0.3)

PATIENT = Reach(Bounds(LOOPBACK), silence_seconds=30)


@pytest.fixture
def place() -> Iterator[Elsewhere]:
    with elsewhere.running() as found:
        yield found


@contextmanager
def fetching(workshop: Workshop, count: int = 1, **limits: Any) -> Iterator[list[Fetcher]]:
    """So many processes' fetchers at work."""
    made = [Fetcher(workshop, FetchLimits(**{"reach": HERE, **limits})) for _ in range(count)]
    with ExitStack() as stack:
        for each in made:
            each.start()
            stack.callback(each.stop)
        yield made


def expect(world: World, url: str) -> MediaId:
    with world.write() as tx:
        return fetches.expect(tx, world.account(), url, now=world.clock())


def media_of(world: World, id: MediaId) -> Media:
    with world.read() as tx:
        return store_media.get_many(tx, world.account().key, [id])[id]


def upload_of(world: World, id: MediaId) -> Upload:
    with world.read() as tx:
        return store_uploads.of_media(tx, world.account().key, [id])[0]


def fetched(world: World, id: MediaId) -> Media:
    def look() -> Media | None:
        # What waits for another try is tried when its moment comes.
        world.clock.forward(seconds=0.05)
        found = media_of(world, id)
        return found if found.ready or found.failure else None

    return until(look, f"media {id} is fetched, or given up")


def why_not(world: World, url: str, workshop: Workshop, **limits: Any) -> str:
    """The reason for which an address is given up."""
    id = expect(world, url)
    with fetching(workshop, **limits):
        found = fetched(world, id)
    assert not found.ready
    assert upload_of(world, id).state is UploadState.FAILED
    with world.read() as tx:
        assert vault_lists.everything(tx, world.account())[0] == {}
    assert found.failure is not None
    return found.failure


# ---- what is fetched


def test_a_photo_comes_into_the_vault_with_its_size_and_smaller_forms(
    world: World, workshop: Workshop, place: Elsewhere
):
    id = expect(world, place.url("/photo.jpg?token=secret"))
    with fetching(workshop):
        found = fetched(world, id)
    assert (found.width, found.height, found.size_bytes) == (320, 240, len(PHOTO))
    assert (found.ready, found.in_vault, found.name) == (True, True, "photo.jpg")
    assert found.renditions
    assert b"".join(workshop.blobs.read(found.blob or "")) == PHOTO
    assert place.asked["photo"] == 1


def test_its_bytes_are_believed_and_not_what_it_is_called(world: World, workshop: Workshop, place: Elsewhere):
    id = expect(world, place.url("/mislabelled.mp4"))
    with fetching(workshop):
        assert fetched(world, id).content_type == "image/jpeg"


def test_redirects_are_followed(world: World, workshop: Workshop, place: Elsewhere):
    id = expect(world, place.url("/to?url=/to%3Furl%3D/photo.jpg"))
    with fetching(workshop):
        assert fetched(world, id).ready


def test_what_may_pass_is_tried_again(world: World, workshop: Workshop, place: Elsewhere):
    id = expect(world, place.url("/flaky.jpg"))
    with fetching(workshop):
        assert fetched(world, id).ready
    assert place.asked["flaky"] == 3


def test_a_mass_message_goes_out_once_its_media_are_fetched(
    world: World, workshop: Workshop, place: Elsewhere
):
    world.crowd(2)
    made = send(world, place.url("/photo.jpg"), place.url("/gated.jpg"))
    with fetching(workshop, reach=PATIENT):
        until(lambda: media_of(world, made.content.media_ids[0]).ready, "the first is here")
        world.deliver()
        assert world.again(made).state is State.QUEUED
        place.gate.set()
        until(lambda: world.again(made).ready, "all media are here")
    world.deliver()
    assert world.again(made).sent == 2


def test_a_mass_message_fails_with_the_reason_when_its_media_cannot_be_fetched(
    world: World, workshop: Workshop, place: Elsewhere
):
    world.crowd(2)
    made = send(world, place.url("/gone.jpg"))
    with fetching(workshop):
        until(lambda: world.again(made).in_error, "it is known")
    world.deliver()
    seen = world.again(made)
    assert (seen.state, seen.sent) == (State.FAILED, 0)
    assert "gone.jpg" in (seen.trouble or "")
    assert "404 Not Found" in (seen.trouble or "")


# ---- what is given up, and why


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/missing.jpg", "404 Not Found"),
        ("/empty.jpg", "without a single byte"),
        ("/packed.jpg", "compressed"),
        ("/circle", "redirects more than 5 times"),
        ("/nowhere", "without saying where"),
        ("/announced.jpg", "more than 1000000 bytes"),
        ("/huge.jpg", "more than 1000000 bytes"),
        ("/garbage", "cannot be understood"),
        ("/truncated.jpg", "broke off in the middle"),
        ("/silent.jpg", "did not answer in time"),
        ("/to?url=ftp://127.0.0.1/a.jpg", "only http and https"),
        ("/to?url=http://user:word@127.0.0.1/a.jpg", "a name or password"),
        ("/to?url=http://127.0.0.1:x/", "no URL"),
    ],
)
@on_sqlite
def test_what_cannot_be_fetched_is_given_up_with_the_reason(
    world: World, workshop: Workshop, place: Elsewhere, path: str, why: str
):
    assert why in why_not(world, place.url(path), workshop, file_bytes=1_000_000)


@pytest.mark.parametrize("path", ["/lying.jpg", "/cut.jpg"])
@on_sqlite
def test_what_is_no_media_leaves_nothing_behind(
    world: World, workshop: Workshop, place: Elsewhere, path: str
):
    id = expect(world, place.url(path))
    with fetching(workshop):
        found = fetched(world, id)
    assert (found.ready, found.in_vault, found.blob) == (False, False, None)
    assert found.failure
    assert upload_of(world, id).state is UploadState.FAILED


@on_sqlite
def test_what_drips_for_ever_is_given_up(world: World, workshop: Workshop, place: Elsewhere):
    assert "not here within 1 seconds" in why_not(world, place.url("/drip.jpg"), workshop, seconds=1.0)


@on_sqlite
def test_where_nobody_listens_is_given_up(world: World, workshop: Workshop, place: Elsewhere):
    closed = place.url("/photo.jpg").replace(str(place.port), "1")
    assert "Nothing can be reached there" in why_not(world, closed, workshop)


# ---- never inside


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0",
     "169.254.169.254", "10.0.0.1"],
)  # fmt: skip
@on_sqlite
def test_an_address_inside_is_never_asked(world: World, workshop: Workshop, place: Elsewhere, host: str):
    reach = Reach(Bounds(), connect_seconds=1)
    why = why_not(world, place.url("/photo.jpg", host), workshop, reach=reach)
    assert any(said in why for said in ("inside this network", "not known", "no URL"))
    assert not place.asked


@on_sqlite
def test_a_redirect_inside_is_not_followed(world: World, workshop: Workshop, place: Elsewhere):
    for inside in (
        "http://10.0.0.1/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:10.0.0.1]/",
    ):
        assert "inside this network" in why_not(world, place.url(f"/to?url={inside}"), workshop)


def ask(url: str, reach: Reach) -> bytes:
    async def read() -> bytes:
        async with opened(url, reach) as answer:
            return b"".join([chunk async for chunk in chunks(answer)])

    return asyncio.run(read())


def test_a_name_that_also_leads_inside_is_refused(place: Elsewhere):
    async def look(host: str) -> Sequence[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(CannotReach, match="inside this network"):
        ask("http://elsewhere.example/photo.jpg", Reach(Bounds(), look))


def test_a_name_is_resolved_once_so_that_its_second_answer_is_never_taken(place: Elsewhere):
    """Rebinding: the first answer passes the check, the second one would lead inside."""
    answers = [["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]]
    looked: list[str] = []

    async def look(host: str) -> Sequence[str]:
        looked.append(host)
        return answers[len(looked) - 1]

    assert ask(place.url("/photo.jpg", "elsewhere.example"), Reach(Bounds(LOOPBACK), look)) == PHOTO
    assert looked == ["elsewhere.example"]


def test_a_name_that_moves_inside_between_two_requests_is_refused_at_the_second(place: Elsewhere):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def look(host: str) -> Sequence[str]:
        return next(answers)

    url = place.url("/to?url=http://elsewhere.example/photo.jpg", "elsewhere.example")
    with pytest.raises(CannotReach, match="inside this network"):
        ask(url, Reach(Bounds(LOOPBACK), look))


def test_only_the_ports_of_the_web_are_asked(place: Elsewhere):
    async def look(host: str) -> Sequence[str]:
        return ["93.184.216.34"]

    for port in (22, 25, 6379):
        with pytest.raises(CannotReach, match=f"port {port}"):
            ask(f"http://elsewhere.example:{port}/", Reach(Bounds(), look))


def test_a_name_that_nobody_knows_may_be_known_later():
    async def look(host: str) -> Sequence[str]:
        raise OSError("unknown")

    with pytest.raises(CannotReach) as refused:
        ask("http://nobody.example/", Reach(Bounds(), look))
    assert refused.value.passing


def test_a_host_of_this_machine_is_looked_up():
    assert "127.0.0.1" in asyncio.run(look_up("localhost"))


# ---- leases


def test_two_processes_never_fetch_the_same(world: World, workshop: Workshop, place: Elsewhere):
    ids = [expect(world, place.url(f"/photo.jpg?{place_}")) for place_ in range(6)]
    with fetching(workshop, count=3):
        assert all(fetched(world, id).ready for id in ids)
    assert place.asked["photo"] == len(ids)


def test_another_goes_on_when_the_one_that_fetched_is_dead(
    world: World, workshop: Workshop, place: Elsewhere
):
    id = expect(world, place.url("/photo.jpg"))
    account, upload = world.account().key, upload_of(world, id)
    with world.write() as tx:
        assert fetches.take(tx, account, upload.upload_id, "dead", now=world.clock())
        assert fetches.take(tx, account, upload.upload_id, "other", now=world.clock()) is None
    with fetching(workshop):
        elsewhere.wait_a_little()
        assert not place.asked
        world.clock.forward(seconds=fetches.LEASE.total_seconds())
        assert fetched(world, id).ready
    with world.write() as tx:
        assert not fetches.renew(tx, account, upload.upload_id, "dead", now=world.clock())
        assert not fetches.stumble(
            tx, account, upload.upload_id, "dead", "late", passing=False, now=world.clock()
        )
    assert media_of(world, id).ready


def test_one_that_stops_lets_go_at_once(world: World, workshop: Workshop, place: Elsewhere):
    id = expect(world, place.url("/gated.jpg"))
    with fetching(workshop, reach=PATIENT):
        until(lambda: place.asked["gated"], "it is asked for")
    let_go = upload_of(world, id)
    assert (let_go.state, let_go.holder, let_go.attempts) == (UploadState.FETCHING, None, 0)
    place.gate.set()
    with fetching(workshop):
        assert fetched(world, id).ready


@on_sqlite
def test_a_clock_that_was_set_back_does_not_hold_up_a_fetch(
    world: World, workshop: Workshop, place: Elsewhere
):
    id = expect(world, place.url("/photo.jpg"))
    with world.write() as tx:
        fetches.take(tx, world.account().key, upload_of(world, id).upload_id, "dead", now=world.clock())
    world.clock.forward(days=-1)
    with fetching(workshop):
        assert fetched(world, id).ready


@on_sqlite
def test_slow_addresses_of_one_account_hold_up_no_other(world: World, workshop: Workshop, place: Elsewhere):
    for number in range(12):
        expect(world, place.url(f"/gated.jpg?{number}"))
    world.account("eve")
    with world.write() as tx:
        theirs = fetches.expect(tx, world.account("eve"), place.url("/photo.jpg"), now=world.clock())
    with fetching(workshop, reach=PATIENT):

        def look() -> bool:
            with world.read() as tx:
                return store_media.get_many(tx, world.account("eve").key, [theirs])[theirs].ready

        until(look, "eve's photo is here")
        assert place.asked["gated"] <= 3


@on_sqlite
@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("exclusive-content.mp4", "video"),
        ("p.jpg", "photo"),
        ("a%20b.GIF", "gif"),
        ("x.mp3", "audio"),
        ("", "photo"),
    ],
)
def test_a_sandbox_answers_itself_for_what_the_vendors_pages_print(
    world: World, workshop: Workshop, name: str, type: str
):
    id = expect(world, f"https://your-cdn.com/{name}?x=1")
    # Nothing may be reached: a request would be refused.
    with fetching(workshop, reach=Reach(lookup=unreachable), stand_in=for_hosts("your-cdn.com, cdn.example")):
        found = fetched(world, id)
    assert (found.ready, found.type.value) == (True, type)


async def unreachable(host: str) -> Sequence[str]:
    raise AssertionError(f"{host} was looked up")
