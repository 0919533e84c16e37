"""Who fetches media is killed in the middle: the lease lapses, another begins anew, and the send goes out once."""

from collections.abc import Callable, Iterator

import httpx
import pytest

from fancast.core import vault_lists
from tests import elsewhere
from tests.elsewhere import Elsewhere
from tests.fault.fleet import Fleet, until

pytestmark = [pytest.mark.fault, pytest.mark.slow]
FANS = 1_000


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Elsewhere]:
    monkeypatch.setenv("FANCAST_URL_ALLOWED_RANGES", "127.0.0.0/8")
    with elsewhere.running() as found:
        yield found


@pytest.mark.parametrize("new_fleet", ["sqlite", "postgresql"], indirect=True)
def test_another_fetches_what_the_killed_one_had_begun(
    new_fleet: Callable[..., Fleet], place: Elsewhere
) -> None:
    fleet = new_fleet(fans=FANS)
    serving = fleet.serve()
    fetching = fleet.work() if fleet.scaled else serving
    id = send(fleet, place.url("/gated.jpg"))
    until(lambda: place.asked["gated"], "it is fetched", fleet)
    assert fleet.progress(id).awaits_media
    fleet.kill(fetching)
    place.gate.set()
    if fleet.scaled:
        fleet.work()
    else:
        fleet.serve()
    fleet.await_state(id, "done")
    fleet.check_exactly_once(id, FANS)
    assert place.asked["gated"] == 2
    with fleet.store.read() as tx:
        _, newest = vault_lists.everything(tx, fleet.account)
    assert [item.size_bytes for item in newest] == [len(elsewhere.PHOTO)]


@pytest.mark.parametrize("new_fleet", ["postgresql"], indirect=True)
def test_a_worker_that_knows_only_the_database_sends_and_leaves_media_to_others(
    new_fleet: Callable[..., Fleet], place: Elsewhere
) -> None:
    fleet = new_fleet(fans=FANS)
    place.gate.set()
    fleet.serve()
    fleet.work(data="elsewhere")
    with_media = send(fleet, place.url("/gated.jpg"))
    fleet.await_state(fleet.send(), "done")
    assert "media.not_the_servers" in fleet.logs()
    assert fleet.progress(with_media).awaits_media
    assert not place.asked["gated"]
    fleet.work()
    fleet.await_state(with_media, "done")
    fleet.check_exactly_once(with_media, FANS)


def send(fleet: Fleet, url: str) -> int:
    """A mass message with media by URL, in the dialect that takes them."""
    answer = httpx.post(
        f"http://127.0.0.1:{fleet.port}/v2/access/mass-messages",
        headers={"apiKey": fleet.secret, "x-connection-id": fleet.account.connection_id},
        json={"text": "look", "userLists": [fleet.list_id], "mediaItems": [url]},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["id"])
