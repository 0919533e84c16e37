"""Refusals in the OnlyFansAPI dialect: the right status and body, a clear message, and nothing changed."""

import json
from collections.abc import Iterator

import pytest

from fancast.api.http import MAX_BODY_BYTES, Face
from fancast.api.onlyfansapi.face import FACE
from fancast.model.api_keys import Scope
from fancast.store import accounts as store_accounts
from tests.contract.onlyfansapi import ACCOUNT, Api, calling
from tests.serving import Server

LATER = "2026-03-05T10:00:00Z"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fan("bo")
        api.world.media(5512)
        yield api


# ---- who calls


def test_a_wrong_or_missing_key_is_refused_in_one_sentence(api: Api) -> None:
    for header in [None, "Bearer sk_live_unknown", "Bearer", "Basic c2s6eA==", "sk_live_unknown"]:
        api.client.headers.pop("Authorization", None)
        with api.nothing_changes():
            headers = {} if header is None else {"Authorization": header}
            answer = api.call("POST", "/mass-messaging", json={"text": "Hi"}, headers=headers)
            read = api.call("GET", "/mass-messaging", headers=headers)
        assert (answer.status_code, read.status_code) == (401, 401)
        assert answer.json() == {**read.json(), "request_outcome": "not_sent"}
        assert list(read.json()) == ["error"]
        assert read.json()["error"].startswith("Unauthorized. ")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/mass-messaging"), ("PUT", "/queue/17/publish"), ("POST", "/chats/501/messages")],
)
def test_every_send_without_a_key_says_that_nothing_was_sent(api: Api, method: str, path: str) -> None:
    api.client.headers.pop("Authorization")
    assert api.call(method, path, json={"text": "Hi"}).json()["request_outcome"] == "not_sent"


def test_a_key_is_asked_for_before_the_account_and_before_the_body(api: Api) -> None:
    api.client.headers["Authorization"] = "Bearer sk_live_unknown"
    assert api.call("POST", "/api/acct_nobody/mass-messaging", content=b"{").status_code == 401


def test_an_unknown_or_foreign_account_does_not_exist(api: Api) -> None:
    api.world.account("eve")
    key = api.world.key(accounts=[api.world.account("ada").key])
    api.client.headers["Authorization"] = f"Bearer {key}"
    for account in ["acct_nobody", "conn_ada", "ada", "1001", "acct_eve"]:
        path = f"/api/{account}/mass-messaging"
        refusal = api.refused(404, "ACCOUNT_NOT_FOUND", "POST", path, json={"text": "Hi"})
        assert account in refusal["message"]
        assert refusal["request_outcome"] == "not_sent"
    assert [each["id"] for each in api.get("/api/accounts")] == ["acct_ada"]


def test_a_key_without_the_right_is_refused(api: Api) -> None:
    for scopes, method, path in [
        ((Scope.WRITE, Scope.DELETE), "GET", "/mass-messaging"),
        ((Scope.READ, Scope.DELETE), "POST", "/mass-messaging"),
        ((Scope.READ, Scope.DELETE), "PUT", "/mass-messaging/1"),
        ((Scope.READ, Scope.WRITE), "DELETE", "/mass-messaging/1"),
        ((Scope.READ, Scope.WRITE), "DELETE", "/user-lists/fans/users"),
        ((), "GET", "/api/whoami"),
    ]:
        api.client.headers["Authorization"] = f"Bearer {api.world.key(scopes=scopes)}"
        refusal = api.refused(403, "FORBIDDEN", method, path)
        assert "scope" in refusal["message"]


def test_a_key_without_the_permission_is_refused(api: Api) -> None:
    api.client.headers["Authorization"] = f"Bearer {api.world.key(permissions=('messages:read',))}"
    assert api.call("GET", "/mass-messaging").status_code == 200
    refusal = api.refused(403, "FORBIDDEN", "POST", "/mass-messaging", json={"text": "Hi"})
    assert "messages:write" in refusal["message"]
    api.refused(403, "FORBIDDEN", "GET", "/user-lists")


def test_an_account_that_lost_its_login_does_nothing(api: Api) -> None:
    with api.world.write() as tx:
        store_accounts.update(tx, api.world.account().key, {"status": "expired"}, now=api.world.clock())
    refusal = api.refused(401, "ONLYFANS_SESSION_EXPIRED", "POST", "/mass-messaging", json={"text": "Hi"})
    assert refusal["request_outcome"] == "not_sent"
    (ours,) = api.get("/api/accounts")
    assert (ours["is_authenticated"], ours["authentication_progress"]) == (False, "session_expired")


# ---- how the request stands


def test_malformed_json_is_refused(api: Api) -> None:
    for body in [b"{", b'{"text": "Hi"', b"text=Hi", b'{"text": NaN}', b'{"text": "\\ud800"}', b"\xff"]:
        refusal = api.refused(400, "MALFORMED_JSON", "POST", "/mass-messaging", content=body)
        assert refusal["request_outcome"] == "not_sent"


def test_a_body_that_is_no_object_is_refused(api: Api) -> None:
    for body in [[], ["text"], "text", 7, True]:
        api.invalid("body", body)


def test_a_huge_body_is_refused(api: Api) -> None:
    body = json.dumps({"text": "x" * MAX_BODY_BYTES})
    api.refused(413, "PAYLOAD_TOO_LARGE", "POST", "/mass-messaging", content=body)


def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    for content_type in ["application/x-www-form-urlencoded", "application/xml", "image/png"]:
        headers = {"content-type": content_type}
        api.refused(
            415, "UNSUPPORTED_MEDIA_TYPE", "POST", "/mass-messaging", content=b"text=Hi", headers=headers
        )


def test_a_wrong_method_is_refused_with_those_that_work(api: Api) -> None:
    for method, path, allow in [
        ("PATCH", "/mass-messaging", "GET, HEAD, POST"),
        ("POST", "/mass-messaging/17", "GET, HEAD, PUT, DELETE"),
        ("DELETE", "/api/whoami", "GET, HEAD"),
    ]:
        api.refused(405, "METHOD_NOT_ALLOWED", method, path, json={})
        assert api.call(method, path, json={}).headers["allow"] == allow


def test_an_address_that_nobody_knows_is_refused(api: Api) -> None:
    api.refused(404, "NOT_FOUND", "GET", "/nothing-here")
    api.refused(404, "NOT_FOUND", "GET", "/api")


def test_an_empty_body_with_a_json_type_is_no_body(api: Api) -> None:
    headers = {"content-type": "application/json"}
    refusal = api.refused(422, "VALIDATION_ERROR", "POST", "/mass-messaging", content=b"", headers=headers)
    assert list(refusal["errors"]) == ["text"]
    made = api.send(scheduledDate=LATER)
    gone = api.call("DELETE", f"/mass-messaging/{made['id']}", content=b"", headers=headers)
    assert gone.status_code == 200


# ---- what a send says


def test_text_is_required(api: Api) -> None:
    for text in [None, "", "  \n", 7, ["Hi"], {"a": 1}]:
        assert "text" in api.invalid("text", {"text": text, "userLists": ["fans"]})


def test_text_is_required_beside_media_too(api: Api) -> None:
    api.invalid("text", {"mediaFiles": [5512], "userLists": ["fans"]})


def test_over_long_text_is_refused(api: Api) -> None:
    assert "10000" in api.invalid("text", {"text": "x" * 10_001, "userLists": ["fans"]})
    api.send(text="x" * 10_000)


def test_a_price_outside_its_range_is_refused(api: Api) -> None:
    for price in [2.99, 200.01, -5, 1e9, "2", 4.999, "five", True, [5], "1e999"]:
        assert "price" in api.invalid("price", {"text": "Hi", "price": price, "mediaFiles": [5512]})


def test_a_price_within_its_range_is_taken(api: Api) -> None:
    for price in [0, 3, 200, "199.99", 0.0]:
        made = api.send(price=price, mediaFiles=[5512])
        assert api.detail(made["id"])["price"] == float(str(price))


def test_a_price_needs_media(api: Api) -> None:
    api.invalid("mediaFiles", {"text": "Hi", "price": 5, "userLists": ["fans"]})


def test_previews_outside_the_media_are_refused(api: Api) -> None:
    for previews in [[77], ["ofapi_media_9x"], [1], [-1], ["5512", 3], "77"]:
        api.invalid("previews", {"text": "Hi", "price": 5, "mediaFiles": [5512], "previews": previews})


def test_unknown_media_are_refused(api: Api) -> None:
    for media in [[77], [5512, 77], ["ofapi_media_9x"], ["abc"], [0], [-1], [1.5], [None], {"a": 1}, [[]]]:
        api.invalid("mediaFiles", {"text": "Hi", "mediaFiles": media, "userLists": ["fans"]})


def test_an_upload_that_nobody_made_is_named(api: Api) -> None:
    message = api.invalid("mediaFiles", {"text": "Hi", "mediaFiles": ["ofapi_media_9x"]})
    assert message == "There is no upload ofapi_media_9x."


def test_a_past_or_unreadable_date_is_refused(api: Api) -> None:
    for date in [
        "2026-03-02T12:00:00Z",
        "2026-03-02T11:59:59Z",
        "2020-01-01",
        "tomorrow",
        "",
        " ",
        "2026-13-45",
        1772452800,
        ["x"],
        "0000-00-00",
        "9999-12-31T23:59:59-23:59",
    ]:
        api.invalid("scheduledDate", {"text": "Hi", "userLists": ["fans"], "scheduledDate": date})


def test_new_subscribers_are_those_of_one_to_thirty_days(api: Api) -> None:
    for days in [0, 31, -1, "many", 2.5, True]:
        api.invalid("subscribedWithinLastDays", {"text": "Hi", "subscribedWithinLastDays": days})


def test_new_subscribers_are_for_sending_now(api: Api) -> None:
    for later in [{"scheduledDate": LATER}, {"saveForLater": True}]:
        api.invalid("subscribedWithinLastDays", {"text": "Hi", "subscribedWithinLastDays": 3, **later})


def test_an_unknown_list_is_refused_as_the_network_does(api: Api) -> None:
    for ref in ["nope", "987654321", 987654321, "top_spenders_list_id", 2**60]:
        for field in ["userLists", "excludedLists"]:
            body = {"text": "Hi", "userIds": [api.fan_id("bo")], field: [ref]}
            refusal = api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/mass-messaging", json=body)
            assert str(ref) in refusal["message"]
            assert refusal["onlyfans_response"] == {
                "status": 404, "body": {"error": {"code": 0, "message": refusal["message"]}},
            }  # fmt: skip
            assert refusal["request_outcome"] == "not_sent"


def test_a_foreign_list_is_unknown(api: Api) -> None:
    api.world.fan("other", lists=["vip"], on="eve")
    foreign = int(api.world.place("eve").lists["vip"]) + 7
    api.refused(
        404, "ONLYFANS_COM_ERROR", "POST", "/mass-messaging", json={"text": "Hi", "userLists": [foreign]}
    )


def test_unknown_user_ids_are_refused_by_field(api: Api) -> None:
    for ids in [
        [987654321],
        ["987654321"],
        "1001,987654321",
        ["bo"],
        [0],
        [2**60],
        [1.5],
        [True],
        [None],
        {"a": 1},
        "[1001",
        '["\\u0000"]',
    ]:
        api.invalid("userIds", {"text": "Hi", "userIds": ids, "userLists": ["fans"]})


def test_more_user_ids_than_one_call_may_name_are_refused(api: Api) -> None:
    assert "10000" in api.invalid("userIds", {"text": "Hi", "userIds": list(range(1, 10_002))})


def test_a_field_of_a_wrong_type_is_refused(api: Api) -> None:
    for field, value in [
        ("userLists", {"a": 1}),
        ("userLists", 1.5),
        ("userLists", [""]),
        ("userLists", ["x" * 300]),
        ("userLists", [True]),
        ("userLists", "[[1]]"),
        ("excludedLists", [None]),
        ("lockedText", "perhaps"),
        ("saveForLater", 7),
        ("giphyId", 5),
        ("giphyId", "x" * 300),
        ("rfTag", [{}]),
    ]:
        api.invalid(field, {"text": "Hi", field: value})


def test_a_send_that_should_be_screened_is_not_sent_unscreened(api: Api) -> None:
    assert "must be one of" in api.invalid("blockBannedWords", {"text": "Hi", "blockBannedWords": "soft"})


def test_of_several_faults_the_first_in_the_contracts_order_is_told(api: Api) -> None:
    faults: list[tuple[str, dict[str, object]]] = [
        ("userLists", {"userLists": {}}),
        ("text", {"text": ""}),
        ("price", {"price": 2}),
        ("mediaFiles", {"price": 5, "mediaFiles": []}),
        ("previews", {"mediaFiles": ["ofapi_media_9x"], "previews": [9]}),
        ("scheduledDate", {"scheduledDate": "2020-01-01"}),
        ("subscribedWithinLastDays", {"subscribedWithinLastDays": 40}),
        ("mediaFiles", {"mediaFiles": ["ofapi_media_9x"], "userIds": [987654321]}),
        ("userIds", {"userIds": [987654321]}),
        ("text", {"text": "So drunk", "blockBannedWords": "risky"}),
    ]
    for place, (field, fault) in enumerate(faults):
        body: dict[str, object] = {"text": "Hi"}
        for _, later in reversed(faults[place:]):
            body |= later
        api.invalid(field, body | fault)


def test_a_twin_is_refused_and_not_repeated_by_the_client(api: Api) -> None:
    api.world.account("ada", duplicate_guard_seconds=10)
    body = {"text": "Hi", "userLists": ["fans"]}
    made = api.ok("POST", "/mass-messaging", body)
    api.done(made["id"])
    refusal = api.refused(409, "DUPLICATE_SEND", "POST", "/mass-messaging", json=body)
    assert refusal["request_outcome"] == "not_sent"
    assert api.call("POST", "/mass-messaging", json=body).headers["x-should-retry"] == "false"


def test_a_bad_idempotency_key_is_refused(api: Api) -> None:
    for key in ["", "x" * 256, "caf\xe9"]:
        headers = {"Idempotency-Key": key.encode("latin-1")}
        answer = api.call("POST", "/mass-messaging", json={"text": "Hi"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (400, "IDEMPOTENCY_KEY_INVALID")
        assert api.count() == 0


def test_an_idempotency_key_used_for_something_else_is_refused(api: Api) -> None:
    headers = {"Idempotency-Key": "campaign-7"}
    api.call("POST", "/mass-messaging", json={"text": "Hi"}, headers=headers)
    answer = api.call("POST", "/mass-messaging", json={"text": "Ho"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (422, "IDEMPOTENCY_KEY_MISMATCH")
    assert api.count() == 1


# ---- what else can be asked


def test_an_unknown_mass_message_is_not_found(api: Api) -> None:
    for method in ["GET", "PUT", "DELETE"]:
        for queue_id in ["987654321", "0", "-1", "abc", "1.5", str(2**63), "99999999999999999999999"]:
            body = {"json": {"text": "Hi"}} if method == "PUT" else {}
            api.refused(404, "ONLYFANS_COM_ERROR", method, f"/mass-messaging/{queue_id}", **body)


def test_a_foreign_mass_message_is_not_found(api: Api) -> None:
    api.world.fan("other", on="eve")
    foreign = [api.world.send(on="eve", save_for_later=True) for _ in range(5)][-1]
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", f"/mass-messaging/{foreign.id}")


def test_an_edit_is_held_to_the_same_rules(api: Api) -> None:
    made = api.send(userLists=["fans"], price=5, mediaFiles=[5512], scheduledDate=LATER)
    path = f"/mass-messaging/{made['id']}"
    before = api.detail(made["id"])
    for field, body in [
        ("text", {}), ("text", {"text": "x" * 10_001}), ("price", {"text": "Hi", "price": 2}),
        ("mediaFiles", {"text": "Hi", "mediaFiles": []}),
        ("mediaFiles", {"text": "Hi", "mediaFiles": ["ofapi_media_9x"]}),
        ("previews", {"text": "Hi", "previews": [9]}), ("scheduledDate", {"text": "Hi", "scheduledDate": "2020-01-01"}),
        ("userIds", {"text": "Hi", "userIds": [987654321]}),
    ]:  # fmt: skip
        api.invalid(field, body, "PUT", path)
    api.refused(404, "ONLYFANS_COM_ERROR", "PUT", path, json={"text": "Hi", "userLists": ["nope"]})
    assert api.detail(made["id"]) == before


def test_a_wrong_parameter_is_refused_by_name(api: Api) -> None:
    for path, field in [
        ("/fans/all?limit=21", "limit"),
        ("/fans/all?limit=0", "limit"),
        ("/fans/all?offset=-1", "offset"),
        ("/fans/all?limit=many", "limit"),
        ("/fans/all?filter.online=1", "filter.online"),
        ("/fans/all?filter[tips]=many", "filter[tips]"),
        ("/fans/all?filter[total_spent]=-1", "filter[total_spent]"),
        ("/fans/all?filter[max_total_spent]=1&filter[online]=1", "filter[max_total_spent]"),
        ("/fans/all?type=some", "type"),
        ("/fans/active?type=some", "type"),
        ("/fans/expired?type=some", "type"),
        ("/fans/all?offset=1073741825", "offset"),
        ("/fans/all?after=there", "after"),
        ("/user-lists?limit=9", "limit"),
        ("/user-lists?limit=51", "limit"),
        ("/user-lists?view=grid", "view"),
        ("/user-lists/fans/users?limit=101", "limit"),
        ("/mass-messaging/overview?startDate=then", "startDate"),
        ("/mass-messaging/overview?startDate=2026-03-02&endDate=2026-03-01", "endDate"),
        ("/engagement/messages/mass-messages?end_date=2026-99-01", "endDate"),
    ]:
        refusal = api.refused(422, "VALIDATION_ERROR", "GET", path)
        assert list(refusal["errors"]) == [field]
        assert "request_outcome" not in refusal


def test_a_url_that_cannot_be_read_is_refused(api: Api) -> None:
    answer = api.client.get(f"{ACCOUNT}/fans/all?query=%ff")
    assert (answer.status_code, answer.json()["error"]) == (400, "MALFORMED_URL")
