"""One engine behind three faces: what one dialect makes, the other and the native API see and change."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from tests.clients.dialects import Dialect, OFAuth, OnlyFansAPI
from tests.clients.live import copies, mass_message, until, when_done

pytestmark = pytest.mark.clients

MASS_MESSAGES = "/v2/access/mass-messages"


@pytest.fixture
def mass_messaging(sandbox) -> str:
    return f"/api/{sandbox.account}/mass-messaging"


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat(timespec="seconds")


def made_by(client: httpx.Client, path: str, body: dict[str, Any], *, status: int = 200) -> int:
    answer = client.post(path, json=body)
    assert answer.status_code == status, answer.text
    made = answer.json()
    return made.get("data", made)["id"]


def test_a_send_of_one_dialect_is_seen_by_the_other_and_by_the_native_api(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    message_id = made_by(ofauth, MASS_MESSAGES, {"text": "From **one**", "userIds": [123, 456]})
    whole = when_done(native, message_id)
    assert (whole["total"], whole["sent"], whole["pending"]) == (2, 2, 0)
    queue = onlyfansapi.get(f"{mass_messaging}/{message_id}").json()["data"]["queue"]
    assert (queue["id"], queue["sentCount"], queue["isFree"]) == (message_id, 2, True)
    states = {item["id"]: item for item in onlyfansapi.get(mass_messaging).json()["data"]}
    assert (states[message_id]["total"], states[message_id]["isDone"]) == (2, True)

    message_id = made_by(onlyfansapi, mass_messaging, {"text": "From *another*", "userIds": [123]})
    assert when_done(native, message_id)["sent"] == 1
    seen = ofauth.get(f"{MASS_MESSAGES}/{message_id}").json()
    assert (seen["text"], seen["sentCount"]) == ("<p>From *another*</p>", 1)  # plain there, plain here
    assert copies(ofauth, 123, message_id) == ["<p>From *another*</p>"]


def test_a_scheduled_message_is_edited_across_the_dialects(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    body = {"text": "First", "userIds": [123], "scheduledDate": in_days(5)}
    message_id = made_by(ofauth, MASS_MESSAGES, body)
    edit = {"text": "Second", "scheduledDate": in_days(6)}
    assert onlyfansapi.put(f"{mass_messaging}/{message_id}", json=edit).status_code == 200
    assert ofauth.get(f"{MASS_MESSAGES}/{message_id}").json()["text"] == "<p>Second</p>"
    assert ofauth.put(f"{MASS_MESSAGES}/{message_id}", json={"text": "Third"}).status_code == 200
    answer = native.patch(f"/v1/mass-messages/{message_id}", json={"price_cents": 500, "media_ids": [789]})
    assert answer.status_code == 200, answer.text
    whole = mass_message(native, message_id)
    assert (whole["state"], whole["text"], whole["price_cents"]) == ("scheduled", "Third", 500)
    assert whole["audience"]["fan_ids"] == [123]
    queue = onlyfansapi.get(f"{mass_messaging}/{message_id}").json()["data"]["queue"]
    assert (queue["text"], queue["isFree"]) == ("Third", False)


def test_a_scheduled_message_of_one_dialect_is_cancelled_by_the_other(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    body = {"text": "Never", "userIds": [123], "scheduledDate": in_days(5)}
    message_id = made_by(onlyfansapi, mass_messaging, body)
    assert ofauth.delete(f"{MASS_MESSAGES}/{message_id}").json()["success"] is True
    assert message_id not in [item["id"] for item in onlyfansapi.get(mass_messaging).json()["data"]]
    answer = native.post(f"/v1/mass-messages/{message_id}/publish")
    assert answer.status_code in {404, 409}, answer.text
    assert copies(ofauth, 123, message_id) == []


def test_a_sent_message_of_one_dialect_is_unsent_by_the_other(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    message_id = made_by(ofauth, MASS_MESSAGES, {"text": "Oops", "userIds": [123, 456]})
    when_done(native, message_id)
    assert len(copies(ofauth, 123, message_id)) == 1
    gone = onlyfansapi.delete(f"{mass_messaging}/{message_id}").json()["data"]
    assert (gone["success"], gone["queue"]["isCanceled"]) == (True, True)
    assert mass_message(native, message_id)["state"] == "unsent"
    assert copies(ofauth, 123, message_id) == []


def test_a_draft_of_one_dialect_is_published_by_the_native_api(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    body = {"text": "Kept", "userIds": ["123"], "saveForLater": True}
    message_id = made_by(onlyfansapi, mass_messaging, body)
    assert mass_message(native, message_id)["state"] == "draft"
    published = native.post(f"/v1/mass-messages/{message_id}/publish")
    assert published.status_code == 200, published.text
    assert when_done(native, message_id)["sent"] == 1
    assert copies(ofauth, 123, message_id) == ["<p>Kept</p>"]


def test_a_native_send_is_paused_resumed_and_seen_by_both_dialects(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    """At one recipient a second it cannot be over before it is paused."""
    body = {"text": "Slowly", "format": "plain", "audience": {"user_lists": ["fans"]}, "pace": 1}
    message_id = made_by(native, "/v1/mass-messages", body, status=201)
    one = f"/v1/mass-messages/{message_id}"
    until(lambda: mass_message(native, message_id)["state"] == "sending", "the send under way")

    assert native.post(f"{one}/pause").json()["state"] == "paused"
    state = next(i for i in onlyfansapi.get(mass_messaging).json()["data"] if i["id"] == message_id)
    whole = mass_message(native, message_id)
    assert (state["isDone"], state["total"]) == (False, whole["total"])
    assert whole["total"] == whole["sent"] + whole["pending"] + whole["cancelled"] + whole["unknown"]
    assert ofauth.get(f"{MASS_MESSAGES}/{message_id}").json()["sentCount"] == whole["sent"]

    assert native.post(f"{one}/resume").json()["state"] == "sending"
    assert ofauth.delete(f"{MASS_MESSAGES}/{message_id}").json()["success"] is True
    whole = mass_message(native, message_id)
    assert whole["state"] in {"cancelled", "unsent"}
    assert whole["pending"] == 0
    assert whole["cancelled"] > 0
    wrong = native.post(f"{one}/resume")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_state")


def test_the_recipients_are_told_one_by_one_in_order(ofauth, native) -> None:
    message_id = made_by(ofauth, MASS_MESSAGES, {"text": "By name", "userIds": [789, 123, 456]})
    when_done(native, message_id)
    path, seen = f"/v1/mass-messages/{message_id}/recipients", []
    page = native.get(path, params={"limit": 2}).json()
    seen += page["list"]
    page = native.get(path, params={"limit": 2, "after": page["next"]}).json()
    seen += page["list"]
    assert page["next"] is None
    assert sorted(recipient["fan_id"] for recipient in seen) == [123, 456, 789]
    assert {recipient["outcome"] for recipient in seen} == {"sent"}
    for recipient in seen:
        chat = ofauth.get(f"/v2/access/chats/{recipient['fan_id']}/messages").json()["list"]
        assert recipient["message_id"] in [message["id"] for message in chat]


def test_a_list_of_one_dialect_is_a_target_of_the_other(ofauth, onlyfansapi, native, mass_messaging) -> None:
    made = ofauth.post("/v2/access/users/lists", json={"name": "Both doors"}).json()
    lists = mass_messaging.replace("mass-messaging", "user-lists")
    answer = onlyfansapi.post(f"{lists}/{made['id']}/users", json={"ids": [123, 456]})
    assert answer.status_code == 200, answer.text
    assert ofauth.get(f"/v2/access/users/lists/{made['id']}").json()["usersCount"] == 2
    message_id = made_by(onlyfansapi, mass_messaging, {"text": "Both", "userLists": [made["id"]]})
    assert when_done(native, message_id)["sent"] == 2


def test_a_selection_of_nobody_is_done_with_nobody(ofauth, native) -> None:
    made = ofauth.post("/v2/access/users/lists", json={"name": "Empty"}).json()
    message_id = made_by(ofauth, MASS_MESSAGES, {"text": "Anyone?", "userLists": [made["id"]]})
    whole = when_done(native, message_id)
    assert (whole["total"], whole["sent"]) == (0, 0)


def test_an_unknown_id_is_not_found_in_each_face_own_words(
    ofauth, onlyfansapi, native, mass_messaging
) -> None:
    answers = [
        (ofauth.get(f"{MASS_MESSAGES}/987654321"), "code", "RESOURCE_NOT_FOUND"),
        (onlyfansapi.get(f"{mass_messaging}/987654321"), "error", "ONLYFANS_COM_ERROR"),
        (native.get("/v1/mass-messages/987654321"), "status", 404),
    ]
    for answer, key, word in answers:
        assert (answer.status_code, answer.json()[key]) == (404, word)


# ---- one dialect acts, the other looks: both ways round


@pytest.fixture(params=["ofauth", "onlyfansapi"])
def pair(request: pytest.FixtureRequest, ofauth, onlyfansapi, sandbox) -> tuple[Dialect, Dialect]:
    """Who acts, and who looks."""
    both: list[Dialect] = [OFAuth(ofauth, sandbox), OnlyFansAPI(onlyfansapi, sandbox)]
    acting, looking = both if request.param == "ofauth" else both[::-1]
    return acting, looking


def bought(native: httpx.Client, message_id: int, fan: int, cents: int) -> None:
    """The fan buys their copy."""
    page = native.get(f"/v1/mass-messages/{message_id}/recipients", params={"limit": 1_000}).json()
    copy = next(each["message_id"] for each in page["list"] if each["fan_id"] == fan)
    body = {"message_id": copy, "amount_cents": cents, "payment_reference": f"one-engine-{copy}"}
    answer = native.post(f"/v1/fans/{fan}/purchases", json=body)
    assert answer.is_success, answer.text


def test_what_one_sends_the_other_reads(pair, native) -> None:
    acting, looking = pair
    message_id = acting.send("Read me", fans=[123, 456], price=5, media=[789, 790], previews=1)
    whole = when_done(native, message_id)
    assert acting.read(message_id) == looking.read(message_id)
    assert (looking.read(message_id).sent, looking.read(message_id).free) == (whole["sent"], False)
    assert looking.figures(message_id) == acting.figures(message_id)


def test_what_one_schedules_the_other_edits(pair, native) -> None:
    acting, looking = pair
    message_id = acting.send("Before", fans=[123], at=in_days(3))
    looking.edit(message_id, "After", fans=[123, 456], at=in_days(4))
    assert acting.read(message_id).html == looking.read(message_id).html == "<p>After</p>"
    whole = mass_message(native, message_id)
    assert (whole["state"], whole["audience"]["fan_ids"]) == ("scheduled", [123, 456])


def test_what_one_schedules_the_other_cancels(pair, native) -> None:
    acting, looking = pair
    message_id = acting.send("Never", fans=[123], at=in_days(3))
    looking.delete(message_id)
    assert mass_message(native, message_id)["state"] == "cancelled"
    assert not acting.knows(message_id)
    assert "<p>Never</p>" not in acting.chat(123) + looking.chat(123)


def test_what_one_sent_the_other_takes_back(pair, native) -> None:
    acting, looking = pair
    message_id = acting.send("Back again", fans=[123, 456])
    when_done(native, message_id)
    assert "<p>Back again</p>" in looking.chat(456)
    looking.delete(message_id)
    assert mass_message(native, message_id)["state"] == "unsent"
    assert "<p>Back again</p>" not in acting.chat(456) + looking.chat(456)


def test_a_draft_is_edited_by_the_dialect_that_makes_none_and_goes_out(
    ofauth, onlyfansapi, native, sandbox
) -> None:
    acting, looking = OnlyFansAPI(onlyfansapi, sandbox), OFAuth(ofauth, sandbox)
    message_id = acting.send("Draft", fans=[123], later=True)
    looking.edit(message_id, "Draft, better")
    assert native.post(f"/v1/mass-messages/{message_id}/publish").status_code == 200
    assert when_done(native, message_id)["sent"] == 1
    assert looking.chat(123)[0] == acting.chat(123)[0] == "<p>Draft, better</p>"


def test_a_list_that_one_fills_and_one_that_the_other_fills_make_an_audience(pair, native) -> None:
    acting, looking = pair
    ours, theirs = acting.make_list("Ours", [123, 456]), looking.make_list("Theirs", [456, 789])
    assert (looking.list_size(ours), acting.list_size(theirs)) == (2, 2)
    message_id = acting.send("To ours without theirs", lists=[ours], without=[theirs])
    assert when_done(native, message_id)["sent"] == 1
    assert "<p>To ours without theirs</p>" in looking.chat(123)
    assert "<p>To ours without theirs</p>" not in looking.chat(456)


def test_what_one_sold_both_analyse_alike(pair, native) -> None:
    acting, looking = pair
    since, until_ = in_days(-1), in_days(1)
    before = looking.revenue(since, until_)
    assert acting.revenue(since, until_) == before
    # Who bought these media once would get no second message with them.
    text, media = ("For sale", 12345) if isinstance(acting, OFAuth) else ("On offer", 12346)
    message_id, buyer = acting.send(text, fans=[123, 456], price=12.5, media=[media]), 456
    whole = when_done(native, message_id)
    assert f"<p>{text}</p>" in looking.chat(buyer)
    bought(native, message_id, buyer, whole["price_cents"])
    assert looking.buyers(message_id) == acting.buyers(message_id) == {buyer}
    figures = looking.figures(message_id)
    assert figures == acting.figures(message_id)
    assert (figures.purchased, figures.price) == (1, Decimal("12.50"))
    assert looking.revenue(since, until_) == acting.revenue(since, until_) == before + Decimal("12.50")
    looking.delete(message_id)
    assert f"<p>{text}</p>" in acting.chat(buyer)  # who bought it keeps it
    assert f"<p>{text}</p>" not in acting.chat(123)


def test_a_chat_message_of_one_is_in_the_chat_of_the_other(pair) -> None:
    acting, looking = pair
    acting.write(1011, "Just you")
    assert looking.chat(1011)[0] == acting.chat(1011)[0] == "<p>Just you</p>"
