"""A vendor's own SDK, with its own retries, behind a network that loses answers: each send is made once.

`FANCAST_TEST_SENDS` says how many; a hundred take about a minute, most of it the SDK's own waits between its tries.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import onlyfansapi as sdk
import pytest

from fancast.core import fans, mass_messages, messages
from fancast.model.fans import Fan
from fancast.model.ids import FanId
from fancast.model.mass_messages import Listing, State
from tests.fault.fleet import PATIENCE_SECONDS, Fleet, until
from tests.fault.unreliable import FATES, Network

pytestmark = [pytest.mark.fault, pytest.mark.slow]

SENDS = int(os.environ.get("FANCAST_TEST_SENDS", "40"))
#: Clients mostly wait: for an answer that was lost, and before they try again.
CLIENTS = min(32, max(8, SENDS // 20))
FANS = 50
#: Shorter than a stall. A slow machine runs into it too: that is one more lost answer.
TIMEOUT_SECONDS = 0.5


@pytest.fixture
def fleet(new_fleet: Callable[..., Fleet]) -> Fleet:
    made = new_fleet(fans=FANS)
    made.serve()
    if made.scaled:
        made.work()
    return made


def test_each_mass_message_is_made_once_whatever_became_of_its_answers(fleet: Fleet) -> None:
    def send(client: sdk.OnlyFansAPI, text: str) -> int | None:
        lists = [str(fleet.list_id)]
        answer = client.mass_messaging.send(fleet.account.acct_id, text=text, user_lists=lists)
        return None if answer.data is None else answer.data.id

    _check(_storm(fleet, send), _made(fleet))
    until(
        lambda: len(_made(fleet, State.DONE)) == SENDS,
        "all are sent",
        fleet,
        seconds=PATIENCE_SECONDS + SENDS,
    )
    fleet.check_all_exactly_once([id for id, _ in _made(fleet)], FANS)


def test_each_chat_message_is_sent_once_whatever_became_of_its_answers(fleet: Fleet) -> None:
    fan = _fan(fleet)

    def send(client: sdk.OnlyFansAPI, text: str) -> int | None:
        answer = client.chats.messages.send(str(fan.fan_id), account=fleet.account.acct_id, text=text)
        return None if answer.data is None or answer.data.id is None else int(answer.data.id)

    told = _storm(fleet, send)
    with fleet.store.read() as tx:
        chat = messages.page(tx, fleet.account, fan, limit=10 * SENDS)
    _check(told, [(one.id, one.content.text) for one in chat])
    fleet.check_all_exactly_once([], FANS)


Send = Callable[[sdk.OnlyFansAPI, str], int | None]


def _storm(fleet: Fleet, send: Send) -> dict[str, int | None]:
    """Send each text through the network; what the SDK was told at last, None when it lost every answer."""
    network = Network(fleet.port, stall_seconds=3 * TIMEOUT_SECONDS)
    texts = [f"text {place}" for place in range(SENDS)]

    def one(text: str) -> int | None:
        try:
            return send(client, text)
        except (sdk.APIConnectionError, sdk.InternalServerError):
            return None

    try:
        with (
            sdk.OnlyFansAPI(
                api_key=fleet.secret, base_url=network.base_url, timeout=TIMEOUT_SECONDS
            ) as client,
            ThreadPoolExecutor(CLIENTS) as threads,
        ):
            told = dict(zip(texts, threads.map(one, texts), strict=True))
    finally:
        network.close()
    assert set(network.handed_on) == set(texts)
    assert set(network.fates) == set(FATES), network.fates
    assert network.late_after_retry
    assert sum(network.handed_on.values()) > SENDS
    return told


def _check(told: dict[str, int | None], made: Sequence[tuple[int, str]]) -> None:
    assert Counter(text for _, text in made) == Counter(told.keys())
    ids = {text: id for id, text in made}
    heard = {text: id for text, id in told.items() if id is not None}
    assert heard
    assert heard == {text: ids[text] for text in heard}, "who heard of a send heard of the one that was made"


def _made(fleet: Fleet, *states: State) -> list[tuple[int, str]]:
    with fleet.store.read() as tx:
        found = mass_messages.page(tx, fleet.account, Listing(states=states), limit=10 * SENDS)
    return [(one.id, one.content.text) for one in found]


def _fan(fleet: Fleet) -> Fan:
    with fleet.store.write() as tx:
        return fans.put(tx, fleet.account, FanId(7), {"username": "bo"}, now=datetime.now(UTC))[0]
