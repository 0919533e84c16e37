"""The rest of what OFAuth's pages print: who bought a mass message, chats with their filters, media in a message.

As in `test_printed_calls`: method, path, headers and body as they stand there; only host, key and account are the
sandbox's. The pages: the mass-messaging guide (buyers), the messaging overview (chats), the reference of *Create
mass message* (forms of `mediaItems`).
"""

from typing import Any

import httpx
import pytest

from tests.clients.live import until, when_done

pytestmark = pytest.mark.clients

LONG_GONE_MP4 = "https://your-cdn.com/exclusive-content.mp4"


def test_get_message_buyers(ofauth, native) -> None:
    body = {"text": "Buy me", "mediaItems": [12348], "price": 14.99, "userIds": [123, 456, 789]}
    made = ofauth.post("/v2/access/mass-messages", json=body).json()
    assert when_done(native, made["id"])["sent"] > 0
    # Who owns the media by another test's purchase is skipped.
    copies = native.get(f"/v1/mass-messages/{made['id']}/recipients", params={"outcome": "sent"}).json()[
        "list"
    ]
    for copy in copies:
        paid = {"message_id": copy["message_id"], "payment_reference": f"buyers {copy['message_id']}"}
        assert native.post(f"/v1/fans/{copy['fan_id']}/purchases", json=paid).is_success
    page = f"/v2/access/analytics/mass-messages/{made['id']}/buyers?limit=20"
    buyers = ofauth.get(page).json()
    lines = [f"{buyer['username']} - ${buyer['amount']}" for buyer in buyers["list"]]
    assert len(lines) == len(copies)
    assert all(line.endswith(" - $14.99") for line in lines)
    [item] = [
        one
        for one in ofauth.get("/v2/access/analytics/mass-messages/sent?limit=10").json()["list"]
        if one["id"] == made["id"]
    ]
    assert (item["purchasedCount"], item["totalAmount"]) == (len(copies), round(14.99 * len(copies), 2))


@pytest.mark.parametrize("order", ["recent", "old"])
def test_list_chats(ofauth, native, order) -> None:
    everybody = ofauth.post("/v2/access/mass-messages", json={"text": "All of you", "userLists": [1]}).json()
    when_done(native, everybody["id"])
    ofauth.post("/v2/access/chats/123456/messages", json={"text": "Hey"})
    page = ofauth.get("/v2/access/chats", params={"limit": "10", "offset": "0", "order": order}).json()
    assert len(page["list"]) == 10
    for chat in page["list"]:
        assert chat["withUser"].keys() >= {"id", "name", "username"}  # "fan info"
        last = chat["lastMessage"]
        # What other tests left in this sandbox may be media alone, or a tip.
        assert last["text"] or last["mediaCount"] or last["isTip"]
    first = page["list"][0]
    assert (first["withUser"]["id"] == 123456) is (order == "recent")
    assert (first["lastMessage"]["text"] == "<p>Hey</p>") is (order == "recent")


@pytest.mark.parametrize("which", ["priority", "unread", "who_tipped"])
def test_filter_chats(ofauth, native, which) -> None:
    native.post("/v1/fans/456/messages", json={"text": "Are you there?"})
    tip = {"amount_cents": 500, "payment_reference": f"printed tip {which}"}
    assert native.post("/v1/fans/456/tips", json=tip).is_success
    chats = ofauth.get(f"/v2/access/chats?filter={which}").json()["list"]
    assert 456 in [chat["withUser"]["id"] for chat in chats]


def test_the_parameters_of_a_chats_list(ofauth) -> None:
    ofauth.post("/v2/access/chats/123/messages", json={"text": "Searched"})
    named = ofauth.get("/v2/access/chats?query=ann&limit=20").json()["list"]
    assert 123 in [chat["withUser"]["id"] for chat in named]
    ofauth.post("/v2/access/chats/456/messages", json={"text": "Among the top spenders"})
    listed = ofauth.get("/v2/access/chats?userListId=2&limit=20").json()["list"]
    assert 456 in [chat["withUser"]["id"] for chat in listed]
    for chat in listed:
        lists = ofauth.get(f"/v2/access/users/{chat['withUser']['id']}").json()["lists"]
        assert "2" in [one["id"] for one in lists]
    found = ofauth.get("/v2/access/chats/123/messages?limit=20&offset=0&query=searched").json()["list"]
    assert found
    assert all("searched" in message["text"].lower() for message in found)


def test_include_media_in_a_message(ofauth) -> None:
    body = {"text": "Check this out! \N{FIRE}", "mediaItems": [789, 790]}
    message = ofauth.post("/v2/access/chats/123456/messages", json=body).json()
    assert ([media["id"] for media in message["media"]], message["isFree"]) == ([789, 790], True)


def test_send_a_priced_message_and_unsend_it(ofauth) -> None:
    body = {
        "text": "Exclusive content just for you \N{KISS MARK}", "mediaItems": [789], "price": 9.99,
        "previewMediaCount": 1,
    }  # fmt: skip
    message = ofauth.post("/v2/access/chats/123456/messages", json=body).json()
    assert (message["isFree"], message["previews"]) == (False, [789])
    answer = ofauth.request("DELETE", f"/v2/access/messages/{message['id']}", json={"withUserId": 123456})
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    page = ofauth.get("/v2/access/chats/123456/messages?limit=20").json()
    assert message["id"] not in [one["id"] for one in page["list"]]


def test_the_options_of_a_message(ofauth) -> None:
    body = {
        "text": "All **options**", "mediaItems": ["12345"], "price": 5, "isLockedText": True, "previewMediaCount": 0,
        "isMarkdown": False, "userTags": [789], "releaseForms": {"users": [789]},
    }  # fmt: skip
    message = ofauth.post("/v2/access/chats/456/messages", json=body).json()
    assert (message["text"], message["lockedText"]) == ("<p>All **options**</p>", True)


# ---- the forms of mediaItems


def _uploaded(ofauth: httpx.Client) -> str:
    """An upload reference, by the calls that the pages name for it."""
    png = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
        b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
    )
    said = {"filename": "a.png", "size": len(png), "contentType": "image/png"}
    reference = ofauth.post("/v2/access/uploads/init", json=said).json()["mediaUploadId"]
    sent = ofauth.put(f"/v2/access/uploads/{reference}", content=png, headers={"Content-Type": "image/png"})
    assert sent.status_code == 200, sent.text
    return reference


def test_every_form_of_media_is_accepted(ofauth, native) -> None:
    reference = _uploaded(ofauth)
    forms: list[Any] = [12345, "12346", reference, LONG_GONE_MP4]
    body = {"text": "All forms", "mediaItems": forms, "userIds": [123]}
    answer = ofauth.post("/v2/access/mass-messages", json=body)
    assert answer.status_code == 200, answer.text
    whole = when_done(native, answer.json()["id"])
    assert (len(whole["media_ids"]), whole["sent"], whole["media_ids"][:2]) == (4, 1, [12345, 12346])
    again = ofauth.post("/v2/access/mass-messages", json={**body, "mediaItems": [reference]})
    assert (again.status_code, again.json()["code"]) == (400, "BAD_REQUEST")  # single use


def test_a_reference_that_a_refused_send_named_is_still_good(ofauth, native) -> None:
    reference = _uploaded(ofauth)
    body = {"text": "Refused", "mediaItems": [reference], "price": 1, "userIds": [123]}
    assert ofauth.post("/v2/access/mass-messages", json=body).status_code == 400
    made = ofauth.post("/v2/access/mass-messages", json={**body, "price": 0}).json()
    assert when_done(native, made["id"])["sent"] == 1
    seen = until(lambda: ofauth.get(f"/v2/access/mass-messages/{made['id']}").json()["media"], "its media")
    assert seen[0]["type"] == "photo"
