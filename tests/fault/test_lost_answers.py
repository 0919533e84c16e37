"""A vendor's own SDK, with its own retries, behind a network that loses answers: each send is made once."""

import os
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import onlyfansapi as sdk
import pytest

from fancast.core import mass_messages
from fancast.model.mass_messages import Listing, State
from tests.fault.fleet import Fleet, until
from tests.fault.unreliable import FATES, Network

pytestmark = [pytest.mark.fault, pytest.mark.slow]

SENDS = int(os.environ.get("FANCAST_TEST_SENDS", "40"))
CLIENTS = 8
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


def test_each_send_is_made_once_whatever_became_of_its_answers(fleet: Fleet) -> None:
    network = Network(fleet.port, stall_seconds=3 * TIMEOUT_SECONDS)
    texts = [f"text {place}" for place in range(SENDS)]
    try:
        with _client(fleet, network) as client, ThreadPoolExecutor(CLIENTS) as threads:
            told = list(threads.map(lambda text: _send(client, fleet, text), texts))
    finally:
        network.close()
    assert set(network.handed_on) == set(texts)
    assert set(network.fates) == set(FATES), network.fates
    assert network.late_after_retry
    assert sum(network.handed_on.values()) > SENDS
    made = _made(fleet)
    assert Counter(text for _, text in made) == Counter(texts)
    ids = {text: id for id, text in made}
    heard = {text: id for text, id in zip(texts, told, strict=True) if id is not None}
    assert heard
    assert heard == {text: ids[text] for text in heard}, "who heard of a send heard of the one that was made"
    _all_delivered_once(fleet)


def _client(fleet: Fleet, network: Network) -> sdk.OnlyFansAPI:
    return sdk.OnlyFansAPI(api_key=fleet.secret, base_url=network.base_url, timeout=TIMEOUT_SECONDS)


def _send(client: sdk.OnlyFansAPI, fleet: Fleet, text: str) -> int | None:
    """What the SDK was told at last; None when it lost every answer."""
    try:
        answer = client.mass_messaging.send(fleet.account.acct_id, text=text, user_lists=[str(fleet.list_id)])
    except (sdk.APIConnectionError, sdk.InternalServerError):
        return None
    assert answer.data is not None
    assert answer.data.id is not None
    return answer.data.id


def _made(fleet: Fleet) -> list[tuple[int, str]]:
    with fleet.store.read() as tx:
        found = mass_messages.page(tx, fleet.account, Listing(), limit=10 * SENDS)
    return [(one.id, one.content.text) for one in found]


def _all_delivered_once(fleet: Fleet) -> None:
    def done() -> bool:
        with fleet.store.read() as tx:
            listing = Listing(states=(State.DONE,))
            return len(mass_messages.page(tx, fleet.account, listing, limit=10 * SENDS)) == SENDS

    until(done, "all are sent", fleet)
    for id, _ in _made(fleet):
        fleet.check_exactly_once(id, FANS)
