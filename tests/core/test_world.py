"""The builder itself: what a test may take for granted."""

import httpx

from tests.serving import Server
from tests.world import World, on_sqlite


def test_a_world_sends_to_its_subscribers_by_default(world: World):
    world.fans("bo", "cy")
    world.fan("di", subscribed=False)
    assert world.sent("hi").sent == 2
    assert (world.inbox("bo"), world.inbox("di")) == (["hi"], [])


@on_sqlite
def test_a_server_answers_and_delivers(server: Server, world: World):
    assert httpx.get(f"{server.base_url}/nowhere").status_code == 404
