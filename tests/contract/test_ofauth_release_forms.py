"""Release forms are kept and given back, wherever a message is shown."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from tests.contract.ofauth import Api
from tests.serving import Server

FORMS = {"users": [11, 12], "partners": [13], "guests": []}


@pytest.fixture
def faces() -> list[Any]:
    return [OFAUTH, ONLYFANSAPI]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    key = server.world.key()
    headers = {"apiKey": key, "x-connection-id": "conn_ada", "authorization": f"Bearer {key}"}
    server.world.fan("bo")
    with server.client(headers=headers) as client:
        yield Api(server, client)


def test_a_mass_message_tells_its_release_forms_wherever_it_is_shown(api: Api):
    made = api.sent(releaseForms=FORMS)
    assert api.one(made)["releaseForms"] == FORMS
    assert api.chat("bo")[0]["releaseForms"] == FORMS
    told = api.get("/analytics/mass-messages/sent")["items"][0]["releaseForms"]
    assert [(one["id"], one["type"]) for one in told] == [(11, "user"), (12, "user"), (13, "partner")]
    assert all(set(one) == {"id", "name", "partnerSource", "type"} for one in told)
    theirs = api.client.get(f"/api/acct_ada/mass-messaging/{made['id']}").json()["data"]["queue"]
    assert [(one["id"], one["type"]) for one in theirs["releaseForms"]] == [
        (11, "rfTag"), (12, "rfTag"), (13, "rfPartner"),
    ]  # fmt: skip


def test_a_message_without_them_has_none(api: Api):
    made = api.sent()
    assert api.one(made)["releaseForms"] is None
    assert api.get("/analytics/mass-messages/sent")["items"][0]["releaseForms"] == []


def test_null_clears_them(api: Api):
    made = api.send(releaseForms=FORMS, scheduledDate="2026-03-05T10:00:00Z")
    api.ok("PUT", f"/mass-messages/{made['id']}", {"text": "Better"})
    assert api.one(made)["releaseForms"] == FORMS
    api.ok("PUT", f"/mass-messages/{made['id']}", {"releaseForms": None})
    assert api.one(made)["releaseForms"] is None
