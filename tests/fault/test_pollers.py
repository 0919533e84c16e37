"""Whoever polls chats by the highest message id seen misses nothing, while paced sends and direct messages mix."""

import threading
from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from fancast.core import messages
from fancast.model.fans import Fan
from fancast.model.mass_messages import Content, State
from fancast.model.messages import Message
from tests.serving import dispatching, until
from tests.world import MovableClock, World

pytestmark = pytest.mark.fault

FANS = 12
SENDS = 12
WRITERS = 3
#: Each writer's rounds of one message to every fan.
ROUNDS = 6
#: Recipients a second: every send takes many steps.
PACE = 40
#: As many as a chat page of the strictest dialect shows.
PAGE = 10


class SystemClock(MovableClock):
    """A clock that runs, where a test's own must."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def clock() -> MovableClock:
    return SystemClock()


class Poller:
    """Reads every chat again and again, and keeps what is new above the highest id it has seen there."""

    def __init__(self, world: World, fans: list[Fan]) -> None:
        self.world, self._fans = world, fans
        self.seen: defaultdict[str, list[Message]] = defaultdict(list)
        self.polls_with_news = 0
        self._over = threading.Event()
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Poller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            last = False
            while not last:
                # Once more after the end: it may have been in the middle of its round.
                last = self._over.is_set()
                for fan in self._fans:
                    self._poll(fan)
        except BaseException as failure:
            self.failure = failure

    def _poll(self, fan: Fan) -> None:
        seen = self.seen[fan.username]
        highest, new, before = seen[-1].id if seen else 0, list[Message](), None
        while True:
            with self.world.store.read() as tx:
                account = self.world.place().account
                shown = messages.page(tx, account, fan, before=before, limit=PAGE)
            new += [one for one in shown if one.id > highest]
            if len(shown) < PAGE or shown[-1].id <= highest:
                break
            before = shown[-1].id
        seen += reversed(new)
        self.polls_with_news += bool(new)


def test_a_poller_misses_nothing_while_sends_and_direct_messages_mix(world: World) -> None:
    names = world.crowd(FANS)
    fans = [world.fan_of(name) for name in names]
    with Poller(world, fans) as poller, dispatching(world):
        made = [world.send(f"to all {place}", pace=PACE) for place in range(SENDS)]
        writers = [threading.Thread(target=_write, args=(world, fans, which)) for which in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        until(lambda: all(world.again(one).state is State.DONE for one in made), "all are sent")
    assert poller.failure is None, poller.failure
    assert poller.polls_with_news > FANS, "it read while there was writing"
    expected = sorted(
        [f"to all {place}" for place in range(SENDS)]
        + [f"{which}: {turn}" for which in range(WRITERS) for turn in range(ROUNDS)]
    )
    for name in names:
        seen = poller.seen[name]
        assert sorted(one.content.text for one in seen) == expected, name
        assert [one.id for one in seen] == [one.id for one in reversed(world.chat(name, limit=1_000))]
        assert all(one.created_at <= later.created_at for one, later in pairwise(seen)), (
            "ids are in time order"
        )


def _write(world: World, fans: list[Fan], which: int) -> None:
    """Direct messages whose moment is read before their turn comes, as a face does when a request comes in."""
    account = world.place().account
    for turn in range(ROUNDS):
        for fan in fans:
            now = world.clock()
            with world.store.write() as tx:
                messages.send(tx, account, fan, Content(f"{which}: {turn}"), now=now)
