"""Two processes race on every claim, many times: exactly one wins, and nothing is doubled.

`FANCAST_TEST_RACES` says how many heats of each.
"""

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from fancast.core import accounts, api_keys, fans, fetches, mass_messages, messages, user_lists
from fancast.model.api_keys import Environment
from fancast.model.audiences import AskedAudience
from fancast.model.events import EventKind
from fancast.model.fan_sets import FanSet
from fancast.model.ids import FanId, MediaId
from fancast.model.mass_messages import Content, Draft, Listing, MassMessage, State
from fancast.model.media import Media, MediaType
from fancast.store import events, fan_sets, jobs, steps
from fancast.store import media as store_media
from fancast.store.database import Store
from fancast.store.jobs import apply_schema
from fancast.store.user_lists import members_key
from tests.conftest import check_ledgers
from tests.fault import racing
from tests.fault.racing import Race, Refused
from tests.world import on_postgresql

pytestmark = [pytest.mark.fault, pytest.mark.slow]
HEATS = int(os.environ.get("FANCAST_TEST_RACES", "12"))
FANS = 200
names = count()


class Track:
    """An account with a list of fans, and two processes on its database."""

    def __init__(self, store: Store, race: Race) -> None:
        self.store, self.race = store, race
        now = racing.now()
        with store.write() as tx:
            made = accounts.create(tx, "Ada", "ada", now=now)
            self.account = accounts.change(tx, made, {"duplicate_guard_seconds": 0}, now=now)
            listed = user_lists.create(tx, self.account, "all", now=now).ref
            assert not isinstance(listed, str)
            self.list_id = listed
            fan_sets.create(tx, self.account.key, members_key(listed), FanSet(range(FANS)))

    def send(self, **how: Any) -> MassMessage:
        draft = Draft(Content("hello"), AskedAudience(user_lists=(self.list_id,)), **how)
        with self.store.write() as tx:
            return mass_messages.create(tx, self.account, draft, now=racing.now())

    def fan(self) -> FanId:
        """A fan who came before the race."""
        fan_id = FanId(1_000 + next(names))
        with self.store.write() as tx:
            fans.put(tx, self.account, fan_id, {"username": f"u{fan_id}"}, now=racing.now())
        return fan_id

    def again(self, made: MassMessage) -> MassMessage:
        with self.store.read() as tx:
            return mass_messages.get(tx, self.account, made.id)

    def told(self, kind: EventKind) -> list[int]:
        with self.store.read() as tx:
            return [one.ref for one in events.after(tx, self.account.key, 0, 1_000_000) if one.kind is kind]


@pytest.fixture(scope="module")
def race() -> Iterator[Race]:
    """Started once: a process takes a second or two to import everything."""
    with racing.race() as started:
        yield started


@pytest.fixture
def track(store: Store, race: Race) -> Track:
    race.url = store.url
    return Track(store, race)


@pytest.mark.parametrize("pace", [None, 10_000], ids=["whole", "paced"])
def test_two_processes_that_drive_one_account_reach_every_fan_once(track: Track, pace: int | None) -> None:
    for _ in range(HEATS if pace is None else max(1, HEATS // 4)):
        made = track.send(pace=pace)
        track.race.both(racing.drive, track.account, made.id)
        done = track.again(made)
        assert (done.state, done.sent, done.trouble) == (State.DONE, FANS, None)
        with track.store.read() as tx:
            found = steps.of(tx, track.account.key, made.id)
        reached = [number for step in found for number in range(step.from_number, step.to_number + 1)]
        assert reached == list(range(FANS))
        assert track.told(EventKind.MASS_MESSAGE_STARTED).count(made.id) == 1
        check_ledgers(track.store)


@pytest.mark.parametrize("verbs", [("publish", "publish"), ("cancel", "cancel"), ("cancel", "publish")])
def test_two_verbs_at_one_draft_leave_what_one_after_the_other_leaves(
    track: Track, verbs: tuple[str, str]
) -> None:
    for _ in range(HEATS):
        made = track.send(save_for_later=True)
        said = track.race.both(racing.verb, track.account, made.id, list(verbs))
        worked = [one for one in said if not isinstance(one, Refused)]
        assert {one.code for one in said if isinstance(one, Refused)} <= {"wrong_state", "changed_meanwhile"}
        # A cancel may follow a publish; nothing may follow a cancel, and nothing is done twice.
        assert len(worked) == 1 or (verbs == ("cancel", "publish") and len(worked) == 2)
        seen = track.again(made)
        assert seen.revision == 1 + len(worked)
        assert seen.state in (
            (State.CANCELLED,) if "cancel" in worked or "cancelled" in worked else (State.QUEUED,)
        )


@pytest.mark.parametrize("verb", ["pause", "cancel", "unsend"])
def test_a_verb_beside_a_process_that_sends_wins_or_comes_too_late(track: Track, verb: str) -> None:
    """Either way every number is true."""
    for _ in range(HEATS):
        made = track.send(pace=4 * FANS)
        given = (track.account, made.id)
        # Its one step is due 0.25 s after its start.
        moment = random.uniform(0.2, 0.3)
        _, said = track.race.heat(
            (racing.drive_while_it_sends, given), (racing.verb_after, (*given, verb, moment))
        )
        seen = track.again(made)
        assert seen.total == FANS == seen.sent + seen.pending + seen.cancelled
        assert (seen.state is State.DONE) == isinstance(said, Refused), (seen, said)
        check_ledgers(track.store)
        if seen.state is State.PAUSED:
            racing.verb(track.store, 0, track.account, made.id, ["cancel"])


def test_a_tick_is_won_once(track: Track) -> None:
    start = racing.now()
    for heat in range(HEATS):
        # By turns a row that is not there yet and one that is due.
        name = f"race {heat // 2}"
        said = track.race.both(racing.tick, name, start + timedelta(seconds=2 * heat))
        assert sorted(said) == [False, True]


def test_an_idempotency_key_makes_one_mass_message(track: Track) -> None:
    for _ in range(HEATS):
        said = track.race.both(racing.send_with_key, track.account, track.list_id, f"key {next(names)}")
        assert len(set(said)) == 1
    _expect_sends(track, HEATS)


@pytest.mark.parametrize("marked", [(True, True), (True, False), (False, True)])
def test_a_retry_and_its_original_at_once_make_one_mass_message(
    track: Track, marked: tuple[bool, bool]
) -> None:
    with track.store.write() as tx:
        _, secret = api_keys.create(
            tx, "race", environment=Environment.SANDBOX, accounts=[track.account.key], now=racing.now()
        )
    for _ in range(HEATS):
        text = f"text {next(names)}"
        lanes = [(racing.send_again, (track.account, track.list_id, secret, text, mark)) for mark in marked]
        said = track.race.heat(*lanes)
        assert len(set(said)) == 1, said
    _expect_sends(track, HEATS)


def _expect_sends(track: Track, many: int) -> None:
    with track.store.read() as tx:
        assert len(mass_messages.page(tx, track.account, Listing(), limit=10 * many)) == many


def test_a_bucket_of_calls_is_shared_to_the_last(track: Track) -> None:
    for _ in range(HEATS):
        said = track.race.both(racing.take_call, f"bucket {next(names)}", 10, racing.now())
        assert sum(said) == 10


@pytest.mark.parametrize("same", [True, False], ids=["one payment", "two payments"])
def test_a_message_is_sold_once(track: Track, same: bool) -> None:
    for heat in range(HEATS):
        fan_id, message_id = _for_sale(track, heat)
        references = ["one", "one"] if same else ["one", "two"]
        given = (track.account, fan_id, message_id, [f"{message_id} {word}" for word in references])
        said = track.race.both(racing.buy, *given)
        if same:
            assert said[0] == said[1], "the same payment gets the same answer"
        else:
            assert [one for one in said if isinstance(one, Refused)] == [Refused("already_bought")]
    check_ledgers(track.store)


def _for_sale(track: Track, media_id: int) -> tuple[FanId, int]:
    """A priced message in a fan's chat."""
    now, fan_id = racing.now(), track.fan()
    media = Media(
        MediaId(media_id + 1), MediaType.PHOTO, "m", 8, 8, None, 1_000, True, now,
    )  # fmt: skip
    content = Content("buy me", price_cents=500, media_ids=(media.media_id,))
    with track.store.write() as tx:
        store_media.add(tx, track.account.key, [media])
        fan = fans.get(tx, track.account, fan_id)
        return fan_id, messages.send(tx, track.account, fan, content, now=now).id


def test_a_fan_is_met_once_and_subscribes_once(track: Track) -> None:
    for _ in range(HEATS):
        fan_id = 1_000 + next(names)
        assert sorted(track.race.both(racing.meet, track.account, fan_id)) == [False, True]
        said = track.race.both(racing.subscribe, track.account, fan_id)
        assert [one for one in said if one is not True] == [Refused("already_subscribed")]
    check_ledgers(track.store)


def test_a_lease_is_held_by_one(track: Track) -> None:
    for heat in range(HEATS):
        with track.store.write() as tx:
            url = f"https://media.example/{heat}.jpg"
            made = fetches.begin(tx, track.account, url, for_vault=True, now=racing.now())
        assert sorted(track.race.both(racing.hold_fetch, track.account, made.upload_id)) == [False, True]


@on_postgresql
def test_a_job_is_fetched_once(track: Track) -> None:
    with track.store.engine.begin() as connection:
        apply_schema(connection)
    for _ in range(max(2, HEATS // 4)):
        with track.store.write() as tx:
            jobs.defer_drive(tx, [track.account.key])
        said = track.race.both(racing.fetch_job)
        assert sorted(one is None for one in said) == [False, True]
