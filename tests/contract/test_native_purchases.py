"""The native API's purchases and tips: what the platform tells that fans paid for."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE
from tests.contract.native import Api
from tests.serving import Server


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    world = server.world
    world.fan("ann", id=501)
    world.fan("bo", id=502)
    world.media(790)
    secret = world.key(accounts=[world.account().key])
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        yield Api(server, client)


def priced(api: Api, **more: Any) -> tuple[Any, int]:
    """A priced mass message, and the id of ann's copy."""
    made = api.done(api.send(price_cents=1_250, media_ids=[790], **more))
    return made, api.get("/fans/501/messages")["list"][0]["id"]


def test_a_purchase_unlocks_the_fans_copy(api: Api):
    made, message = priced(api, locked_text=True)
    locked = api.get("/fans/501/messages")["list"][0]
    assert (locked["locked"], locked["text"], locked["media"]) == (True, None, [])
    told = api.post("/fans/501/purchases", {"message_id": message, "payment_reference": "pay_1"}, 201)
    assert told == {
        "transaction_id": told["transaction_id"], "fan_id": 501, "message_id": message, "payment_reference": "pay_1",
        "gross_cents": 1_250, "fee_cents": 250, "net_cents": 1_000, "mass_message_id": made["id"],
        "purchased_at": "2026-03-02T12:00:00.000Z",
    }  # fmt: skip
    opened = api.get("/fans/501/messages")["list"][0]
    assert (opened["locked"], opened["bought"], opened["text"]) == (False, True, "hello")
    assert [item["media_id"] for item in opened["media"]] == [790]
    seen = api.get(f"/mass-messages/{made['id']}")
    assert (seen["purchased"], seen["revenue_cents"]) == (1, 1_250)
    assert api.get("/fans/501")["spending"]["messages_cents"] == 1_250


def test_a_payment_that_is_told_again_gets_the_same_answer(api: Api):
    _, message = priced(api)
    body = {"message_id": message, "payment_reference": "pay_1", "amount_cents": 1_250}
    first = api.post("/fans/501/purchases", body, 201)
    with api.unchanged():
        assert api.post("/fans/501/purchases", body, 201) == first
    tip = {"amount_cents": 500, "payment_reference": "pay_2", "text": "thanks"}
    given = api.post("/fans/501/tips", tip, 201)
    with api.unchanged():
        assert api.post("/fans/501/tips", tip, 201) == given


def test_a_tip_stands_in_the_chat_and_in_what_was_spent(api: Api):
    told = api.post(
        "/fans/501/tips", {"amount_cents": 500, "payment_reference": "pay_1", "text": "thanks"}, 201
    )
    assert told == {
        "transaction_id": told["transaction_id"], "fan_id": 501, "message_id": told["message_id"],
        "payment_reference": "pay_1", "gross_cents": 500, "fee_cents": 100, "net_cents": 400, "text": "thanks",
        "for_message_id": None, "tipped_at": "2026-03-02T12:00:00.000Z",
    }  # fmt: skip
    said = api.get("/fans/501/messages")["list"][0]
    assert (said["id"], said["sender"], said["text"]) == (told["message_id"], "fan", "thanks")
    assert api.get("/fans/501")["spending"]["tips_cents"] == 500


def test_a_tip_for_a_message_is_counted_by_its_media(api: Api):
    _, message = priced(api, locked_text=True)
    body = {"amount_cents": 500, "payment_reference": "pay_1", "message_id": message}
    told = api.post("/fans/501/tips", body, 201)
    assert told["for_message_id"] == message != told["message_id"]
    assert api.world.media_told(790) == [(0, 500)]
    with api.unchanged():
        assert api.post("/fans/501/tips", body, 201) == told
    wrong = {**body, "payment_reference": "pay_2"}
    own = {**wrong, "message_id": told["message_id"]}
    assert api.refused("POST", "/fans/501/tips", 409, "own_message", json=own)["field"] == "message_id"
    api.refused("POST", "/fans/502/tips", 404, "message_not_found", json=wrong)
    api.refused("POST", "/fans/501/tips", 404, "message_not_found", json={**wrong, "message_id": 1})
    api.refused("POST", "/fans/9/tips", 404, "fan_not_found", json=wrong)
    another = {**body, "message_id": api.world.direct("ann", "free").id}
    api.refused("POST", "/fans/501/tips", 409, "payment_reference_used", json=another)
    assert api.world.media_told(790) == [(0, 500)]


def test_what_cannot_be_bought_is_refused_in_words(api: Api):
    _, message = priced(api)
    free = api.world.direct("ann", "free").id
    world = api.world
    unsent, gone = priced(api)
    world.do("unsend", world.again(world.sent("x")))
    api.post(f"/mass-messages/{unsent['id']}/unsend")

    def buy(status: int, code: str, fan: int = 501, **body: Any) -> Any:
        sent = {"message_id": message, "payment_reference": "pay_9", **body}
        return api.refused("POST", f"/fans/{fan}/purchases", status, code, json=sent)

    buy(404, "fan_not_found", fan=9)
    buy(404, "message_not_found", fan=502)
    buy(404, "message_not_found", message_id=1)
    buy(409, "not_for_sale", message_id=free)
    buy(409, "message_unsent", message_id=gone)
    assert buy(400, "amount_differs", amount_cents=1)["field"] == "amount_cents"
    assert buy(400, "invalid", payment_reference="")["field"] == "payment_reference"
    assert buy(400, "invalid", message_id="1")["field"] == "message_id"
    assert buy(400, "unknown_field", price=1)["field"] == "price"
    api.post("/fans/501/purchases", {"message_id": message, "payment_reference": "pay_1"}, 201)
    buy(409, "already_bought")
    used = buy(409, "payment_reference_used", payment_reference="pay_1", amount_cents=1)
    assert used["field"] == "payment_reference"
    wrong = {"amount_cents": 500, "payment_reference": "pay_1"}
    api.refused("POST", "/fans/501/tips", 409, "payment_reference_used", json=wrong)
    api.refused("POST", "/fans/501/tips", 400, "invalid", json={**wrong, "amount_cents": 1})
    api.refused("POST", "/fans/9/tips", 404, "fan_not_found", json={**wrong, "payment_reference": "pay_7"})


def test_a_key_that_only_reads_takes_no_money(api: Api):
    from fancast.model.api_keys import Scope

    headers = {"authorization": f"Bearer {api.world.key(scopes=[Scope.READ])}"}
    for path in ("purchases", "tips"):
        api.refused(
            "POST", f"/fans/501/{path}?account=acct_ada", 403, "missing_scope", json={}, headers=headers
        )
