"""Every call that the vendors' pages print, webhooks apart, walked as it stands there.

Restated in our own words from the pages (OFAuth: the mass-messaging guide, the messaging overview, the API
reference of *Create mass message*; OnlyFansAPI: *Send Mass Message*, the mass-messaging product page): method,
path, headers, body, ids as printed. Only what a reader must replace is replaced: host, key, account and the year
of a date to come. Where a page goes on to use the answer, so does the test; where a page prints an answer, its
keys are looked for.

Of OFAuth's pages buyers, the list of chats and its filters, DELETE /messages/{id} and media of a chat message are
walked in `test_printed_chats`. Left to a later issue: webhooks.
"""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.clients.live import Sandbox, copies, until, when_done

pytestmark = pytest.mark.clients

NEXT_YEAR = datetime.now(UTC).year + 1
#: The account as the pages print it, short and long: the sandbox answers to both.
ACCOUNTS = ("acct_XXXXXXXXXXXXXXX", "acct_XXXX")
STATE_KEYS = {
    "id", "date", "isReady", "isDone", "total", "pending", "canUnsend", "unsendSeconds", "hasError",
    "isCanceled", "isCouplePeopleMedia",
}  # fmt: skip


def created(answer: httpx.Response) -> dict[str, Any]:
    """The answer of a create call: 200, and the keys that both vendors print."""
    assert answer.status_code == 200, answer.text
    body = answer.json()
    state = body.get("data", body)
    assert state.keys() >= STATE_KEYS, STATE_KEYS - state.keys()
    assert isinstance(state["id"], int)
    return state


@pytest.fixture
def scheduled_id(ofauth: httpx.Client) -> int:
    """A mass message that still waits for its hour, to stand for the pages' MASS_MESSAGE_ID."""
    body = {"text": "Waiting", "userLists": [1], "scheduledDate": f"{NEXT_YEAR}-12-25T12:00:00Z"}
    return created(ofauth.post("/v2/access/mass-messages", json=body))["id"]


# --- OFAuth: the mass-messaging guide ----------------------------------------------------------------------


def test_send_to_specific_users(ofauth, native) -> None:
    body = {"text": "Hey everyone! New content dropping soon", "userIds": [123, 456, 789, 1011, 1213]}
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    assert when_done(native, result["id"])["sent"] == 5
    for fan in body["userIds"]:
        assert copies(ofauth, fan, result["id"]) == ["<p>Hey everyone! New content dropping soon</p>"]


def test_send_to_user_lists(ofauth, native) -> None:
    body = {"text": "Special message for my VIPs!", "userLists": [1, 2, 3]}
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    assert when_done(native, result["id"])["sent"] > 5


def test_get_available_lists(ofauth) -> None:
    lists = ofauth.get("/v2/access/users/lists", params={"shape": "array"}).json()
    lines = [f"{each['name']} (ID: {each['id']})" for each in lists]  # the page calls forEach on the answer
    assert "Active (ID: 1)" in lines
    as_an_object = ofauth.get("/v2/access/users/lists").json()
    assert as_an_object["list"] == lists


def test_bare_lists_can_be_switched_on_for_an_account(ofauth, native, sandbox) -> None:
    setting = f"/v1/accounts/{sandbox.account}"
    assert native.patch(setting, json={"bare_lists": True}).status_code == 200
    try:
        assert isinstance(ofauth.get("/v2/access/users/lists").json(), list)
    finally:
        assert native.patch(setting, json={"bare_lists": False}).status_code == 200
    assert isinstance(ofauth.get("/v2/access/users/lists").json(), dict)


def test_exclude_certain_users(ofauth, native) -> None:
    body = {"text": "Exclusive offer!", "userLists": [1, 2], "excludeUserLists": [3, 4]}
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    audience = {"user_lists": [1, 2], "exclude_user_lists": [3, 4]}
    preview = native.post("/v1/audiences/preview", json=audience).json()
    assert when_done(native, result["id"])["sent"] == preview["total"] > 0
    excluded = native.post("/v1/audiences/preview", json={"user_lists": [1, 2]}).json()["total"]
    assert preview["total"] < excluded


def test_target_new_subscribers(ofauth, native) -> None:
    body = {
        "text": "Welcome to my page! Here's a special gift for new subscribers",
        "userLists": [1],
        "subscribedAfterDate": "2024-01-01T00:00:00Z",
    }
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    assert when_done(native, result["id"])["sent"] > 0


def test_send_a_priced_mass_message(ofauth, native) -> None:
    body = {
        "text": "Exclusive content you don't want to miss!",
        "mediaItems": [12345, 12346],
        "price": 14.99,
        "previewMediaCount": 1,
        "userLists": [1],
    }
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    whole = when_done(native, result["id"])
    assert whole["price_cents"] == 1499
    assert whole["sent"] + sum(whole["skipped"].values()) == whole["total"] > 0
    item = ofauth.get(f"/v2/access/mass-messages/{result['id']}").json()
    assert [media["id"] for media in item["media"]] == [12345, 12346]
    assert (item["price"], item["previews"]) == ("14.99", [12345])


def test_schedule_for_later(ofauth, native) -> None:
    date = f"{NEXT_YEAR}-12-31T23:59:00Z"
    body = {"text": "Happy New Year!", "userLists": [1], "scheduledDate": date}
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    assert datetime.fromisoformat(result["scheduledDate"]) == datetime.fromisoformat(date)
    assert native.get(f"/v1/mass-messages/{result['id']}").json()["state"] == "scheduled"


def test_a_date_of_the_pages_own_year_is_in_the_past_and_refused(ofauth) -> None:
    body = {"text": "Happy New Year!", "userLists": [1], "scheduledDate": "2024-12-31T23:59:00Z"}
    answer = ofauth.post("/v2/access/mass-messages", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


def test_list_sent_mass_messages(ofauth, native) -> None:
    made = created(ofauth.post("/v2/access/mass-messages", json={"text": "Counted", "userIds": [123]}))
    when_done(native, made["id"])
    page = ofauth.get("/v2/access/analytics/mass-messages/sent?limit=10").json()
    assert page["hasMore"] in {True, False}
    printed = {"id", "text", "sentCount", "purchasedCount", "totalAmount", "createdAt"}
    assert all(item.keys() >= printed for item in page["list"])
    (item,) = [item for item in page["list"] if item["id"] == made["id"]]
    assert (item["sentCount"], item["purchasedCount"], item["totalAmount"]) == (1, 0, 0)


def test_update_a_scheduled_message(ofauth, scheduled_id) -> None:
    body = {"text": "Updated message content!", "scheduledDate": f"{NEXT_YEAR}-12-26T12:00:00Z"}
    created(ofauth.put(f"/v2/access/mass-messages/{scheduled_id}", json=body))
    seen = ofauth.get(f"/v2/access/mass-messages/{scheduled_id}").json()
    assert seen["text"] == "<p>Updated message content!</p>"
    assert datetime.fromisoformat(seen["scheduledDate"]) == datetime.fromisoformat(body["scheduledDate"])


def test_cancel_a_scheduled_message(ofauth, scheduled_id) -> None:
    answer = ofauth.delete(f"/v2/access/mass-messages/{scheduled_id}")
    assert answer.is_success
    assert answer.json()["success"] is True


@pytest.mark.parametrize("there_is_an_active_list", [True, False])
def test_the_complete_example(ofauth, native, there_is_an_active_list) -> None:
    """Lists, `.find` the one whose name contains "active", send to it, or else to all recent subscribers."""
    lists = ofauth.get("/v2/access/users/lists", params={"shape": "array", "limit": 100}).json()
    active = next(each for each in lists if "active" in each["name"].lower())
    body: dict[str, Any] = {
        "text": "**Special Offer!** \n\n Thanks for being an amazing subscriber! Here's 20% off my premium "
        "content this week only. \n\n Use code: VIP20"
    }
    # A key set to undefined is not sent at all.
    if there_is_an_active_list:
        body["userLists"] = [active["id"]]
    else:
        body["subscribedAfterDate"] = "2024-01-01T00:00:00Z"
    result = created(ofauth.post("/v2/access/mass-messages", json=body))
    assert when_done(native, result["id"])["sent"] > 0
    seen = ofauth.get(f"/v2/access/mass-messages/{result['id']}").json()
    assert seen["text"].startswith("<p><strong>Special Offer!</strong>")


# --- OFAuth: the messaging overview ------------------------------------------------------------------------


def test_send_a_message_to_a_fan_and_read_the_chat(ofauth) -> None:
    message = ofauth.post(
        "/v2/access/chats/123456/messages", json={"text": "Hey! Thanks for subscribing"}
    ).json()
    assert isinstance(message["id"], int)
    page = ofauth.get("/v2/access/chats/123456/messages?limit=20&offset=0").json()
    assert page["list"][0]["id"] == message["id"]
    assert page["list"][0]["text"] == "<p>Hey! Thanks for subscribing</p>"


@pytest.mark.parametrize(
    "audience",
    [{"userIds": [123, 456, 789]}, {"userLists": [1, 2, 3], "excludeUserLists": [4, 5]}],
    ids=["users", "lists"],
)
def test_create_a_queued_message(ofauth, native, audience) -> None:
    body = {"text": "New content dropping tomorrow!", **audience}
    made = created(ofauth.post("/v2/access/messages/queue", json=body))
    assert when_done(native, made["id"])["sent"] > 0


def test_schedule_list_update_and_delete_a_queued_message(ofauth) -> None:
    body = {
        "text": "Scheduled announcement!",
        "userLists": [1],
        "scheduledDate": f"{NEXT_YEAR}-12-25T12:00:00Z",
    }
    queue_message_id = created(ofauth.post("/v2/access/messages/queue", json=body))["id"]
    one = f"/v2/access/messages/queue/{queue_message_id}"
    assert ofauth.get(one).json()["id"] == queue_message_id
    for kind in ("sent", "unsent", "scheduled"):
        stats = ofauth.get(f"/v2/access/messages/queue/stats?type={kind}&limit=20&offset=0").json()
        found = queue_message_id in [item["id"] for item in stats["list"]]
        assert found is (kind == "scheduled")

    body = {"text": "Updated message content!", "userIds": [123, 456]}
    assert created(ofauth.put(one, json=body))["id"] == queue_message_id
    assert ofauth.get(one).json()["text"] == "<p>Updated message content!</p>"
    assert ofauth.delete(one).json()["success"] is True
    assert ofauth.get(one).status_code == 404


# --- OFAuth: the API reference -----------------------------------------------------------------------------


def test_every_property_of_the_reference_is_accepted_at_its_printed_default(ofauth, native) -> None:
    body = {
        "isForwardedMessage": False,
        "text": "Every property",
        "mediaItems": [],
        "isLockedText": False,
        "price": 0,
        "previewMediaCount": 0,
        "releaseForms": {"users": [], "partners": [], "guests": []},
        "userTags": [],
        "isMarkdown": True,
        "scheduledDate": None,
        "userIds": [123, "456"],
        "userLists": [],
        "subscribedAfterDate": None,
        "excludeUserLists": [],
    }
    made = created(ofauth.post("/v2/access/mass-messages", json=body))
    assert when_done(native, made["id"])["sent"] == 2
    nothing = {key: None for key in body if key not in {"text", "userIds"}}
    made = created(ofauth.post("/v2/access/mass-messages", json={**body, **nothing}))
    assert when_done(native, made["id"])["sent"] == 2


def test_the_reference_names_the_header_in_camel_case(sandbox: Sandbox) -> None:
    headers = {"apiKey": sandbox.ofauth_key, "x-connection-id": "conn_abc123"}
    body = {"text": "By the reference", "userIds": ["123"]}
    created(httpx.post(f"{sandbox.base_url}/v2/access/mass-messages", headers=headers, json=body))


# --- OnlyFansAPI: Send Mass Message ------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["application/json", "text/plain;charset=UTF-8", None])
def test_the_printed_samples_send_hello_to_nobody(sandbox: Sandbox, native, content_type) -> None:
    """cURL, Go, Python, Java and C# name the type; the JavaScript sample leaves it to the runtime.

    No sample carries the token that the page asks for, and the JavaScript one not even its method: those two
    are the reader's to fill in. None selects anybody.
    """
    headers = {"Authorization": f"Bearer {sandbox.onlyfansapi_key}"}
    if content_type:
        headers["Content-Type"] = content_type
    url = f"{sandbox.base_url}/api/acct_XXXXXXXXXXXXXXX/mass-messaging"
    answer = httpx.post(url, headers=headers, content=b'{\n    "text": "Hello!"\n  }')
    made = created(answer)
    assert when_done(native, made["id"])["total"] == 0
    assert_printed_meta(answer.json()["_meta"])


def test_the_printed_parameters_together(onlyfansapi, native) -> None:
    body = {
        "userLists": ["1"],
        "userIds": ["123"],
        "text": "With everything",
        "lockedText": True,
        "price": 5,
        "mediaFiles": ["12345", "12346"],
        "previews": ["12346"],
        "saveForLater": False,
    }
    made = created(onlyfansapi.post("/api/acct_XXXXXXXXXXXXXXX/mass-messaging", json=body))
    assert when_done(native, made["id"])["price_cents"] == 500
    later = {**body, "scheduledDate": f"{NEXT_YEAR}-01-01 01:01:01"}
    made = created(onlyfansapi.post("/api/acct_XXXXXXXXXXXXXXX/mass-messaging", json=later))
    assert made["isDone"] is False
    assert made["date"] == f"{NEXT_YEAR}-01-01T01:01:01+00:00"


def assert_printed_meta(meta: dict[str, Any]) -> None:
    """The page prints these keys beside every answer, the limits as whole numbers."""
    assert meta["_credits"].keys() >= {"used", "balance", "note"}
    assert meta["_cache"].keys() >= {"is_cached", "note"}
    limits = meta["_rate_limits"]
    for key in ("limit_minute", "limit_day", "remaining_minute", "remaining_day"):
        assert isinstance(limits[key], int)


# --- OnlyFansAPI: the product page -------------------------------------------------------------------------


@pytest.mark.parametrize("account", ACCOUNTS)
def test_the_campaign_example(onlyfansapi, native, account) -> None:
    """Both steps as printed: a file by its URL, then a priced mass message with what the answer calls data.id."""
    upload = {"file_url": "https://your-cdn.com/exclusive-content.mp4"}
    media = onlyfansapi.post(f"/api/{account}/media/upload", json=upload)
    assert media.status_code == 200, media.text
    body = {
        "text": "Exclusive content just for you \N{FIRE}",
        "price": 15.00,
        "mediaFiles": [media.json()["data"]["id"]],
        "userLists": ["top_spenders_list_id"],
    }
    campaign = onlyfansapi.post(f"/api/{account}/mass-messaging", json=body)
    created(campaign)
    queue_id = campaign.json()["data"]["id"]  # the page logs campaign.data.id
    whole = when_done(native, queue_id)
    assert (whole["sent"] > 0, whole["price_cents"], len(whole["media_ids"])) == (True, 1500, 1)


def test_the_listed_endpoints_answer(onlyfansapi, native) -> None:
    base = "/api/acct_XXXX"
    made = created(onlyfansapi.post(f"{base}/mass-messaging", json={"text": "Listed", "userIds": ["123"]}))
    when_done(native, made["id"])
    one = f"{base}/mass-messaging/{made['id']}"
    listed = onlyfansapi.get(f"{base}/mass-messaging").json()["data"]
    assert made["id"] in [item["id"] for item in listed]
    assert onlyfansapi.get(f"{base}/mass-messaging/overview").json()["data"]["items"]
    assert onlyfansapi.get(one).json()["data"]["queue"]["id"] == made["id"]
    assert onlyfansapi.get(f"{base}/engagement/messages/mass-messages").json()["data"]["items"]
    assert onlyfansapi.get(f"{base}/user-lists").json()["data"]

    waiting = {"text": "Waits", "userIds": ["123"], "scheduledDate": f"{NEXT_YEAR}-06-01T00:00:00Z"}
    later = created(onlyfansapi.post(f"{base}/mass-messaging", json=waiting))
    edit = onlyfansapi.put(f"{base}/mass-messaging/{later['id']}", json={"text": "Waits on"})
    assert created(edit)["id"] == later["id"]
    assert onlyfansapi.delete(one).json()["data"]["queue"]["isCanceled"] is True


def test_the_listed_statistics_answer_with_who_bought(onlyfansapi, native) -> None:
    """The page's last three endpoints: engagement, the message of the highest revenue, its buyers."""
    base = "/api/acct_XXXX"
    body = {"text": "The best", "price": 200, "mediaFiles": ["790"], "userIds": ["1213"]}
    made = created(onlyfansapi.post(f"{base}/mass-messaging", json=body))
    assert when_done(native, made["id"])["sent"] == 1
    copy = native.get(f"/v1/mass-messages/{made['id']}/recipients").json()["list"][0]["message_id"]
    paid = {"message_id": copy, "amount_cents": 20_000, "payment_reference": f"printed-{copy}"}
    assert native.post("/v1/fans/1213/purchases", json=paid).is_success
    items = onlyfansapi.get(f"{base}/engagement/messages/mass-messages").json()["data"]["items"]
    item = next(each for each in items if each["id"] == made["id"])
    assert (item["price"], item["purchasedCount"]) == ("200.00", 1)
    top = onlyfansapi.get(f"{base}/engagement/messages/top-message").json()["data"]["purchases"]
    assert (top["id"], top["totalRevenueGenerated"]) == (made["id"], "200.00")
    buyers = onlyfansapi.get(f"{base}/engagement/messages/{made['id']}/buyers").json()["data"]["list"]
    assert [each["id"] for each in buyers] == [1213]


def test_a_new_list_is_filled_and_targeted(onlyfansapi, native) -> None:
    base = "/api/acct_XXXX"
    made = onlyfansapi.post(f"{base}/user-lists", json={"name": "Top spenders of May"}).json()["data"]
    answer = onlyfansapi.post(f"{base}/user-lists/{made['id']}/users", json={"ids": [123, "456"]})
    assert answer.json()["data"] == {str(made["id"]): [123, 456]}
    body = {"text": "For you few", "userLists": [made["id"]]}
    sent = created(onlyfansapi.post(f"{base}/mass-messaging", json=body))

    def finished() -> bool:
        items = onlyfansapi.get(f"{base}/mass-messaging").json()["data"]
        return any(item["id"] == sent["id"] and item["isDone"] and item["total"] == 2 for item in items)

    assert until(finished, "the send to the new list")
