"""OFAuth's refusals: status, body in both of its shapes, a clear sentence, and nothing changed."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from fancast.model.api_keys import Scope
from tests.contract.ofauth import Api, refusal
from tests.serving import Server
from tests.world import World, on_sqlite

pytestmark = on_sqlite
LATER = "2026-03-05T12:00:00Z"
GOOD = {"text": "Hi", "userLists": ["fans"]}


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    headers = {"apiKey": server.world.key(), "x-connection-id": "conn_ada"}
    server.world.fan("bo")
    server.world.fan("mole", on="eve")
    server.world.media(901, 902)
    with server.client(headers=headers) as client:
        yield Api(server, client)


# ---- who comes in


@pytest.mark.parametrize("key", ["", "sk_sandbox_nobody", "Bearer x"])
def test_a_missing_or_wrong_key_is_401(api: Api, key: str) -> None:
    for path in ("/mass-messages", "/v2/account/whoami"):
        api.refused("GET", path, 401, "UNAUTHORIZED", headers={"apiKey": key})
    api.refused("POST", "/mass-messages", 401, "UNAUTHORIZED", headers={"apiKey": key}, json=GOOD)


def test_the_names_of_headers_may_be_in_any_case(api: Api) -> None:
    key = api.client.headers.pop("apiKey")
    answer = api.call("GET", "/self", headers={"APIKEY": key, "X-Connection-ID": "conn_ada"})
    assert answer.status_code == 200


@pytest.mark.parametrize("connection", ["", "conn_nobody", "conn_eve", "acct_ada"])
def test_a_missing_unknown_or_foreign_connection_is_401(api: Api, world: World, connection: str) -> None:
    own = world.key(accounts=[world.place().account.key])
    headers = {"apiKey": own, "x-connection-id": connection}
    told = api.refused("POST", "/mass-messages", 401, "SESSION_NOT_PROVIDED", headers=headers, json=GOOD)
    assert "actionRequired" not in told
    assert api.call("GET", "/v2/account/whoami", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("status", "code", "action"),
    [("expired", "SESSION_EXPIRED", "refresh_session"), ("awaiting_2fa", "SESSION_NOT_PROVIDED", None)],
)
def test_a_connection_that_is_not_active_is_401(
    api: Api, world: World, status: str, code: str, action: Any
) -> None:
    with world.write() as tx:
        tx.connection.exec_driver_sql(
            f"UPDATE accounts SET status = '{status}' WHERE connection_id = 'conn_ada'"
        )
    told = api.refused("POST", "/mass-messages", 401, code, json=GOOD)
    assert told.get("actionRequired") == action


@pytest.mark.parametrize(
    ("method", "path", "missing"),
    [
        ("POST", "/mass-messages", "messages:write"), ("GET", "/mass-messages", "messages:read"),
        ("GET", "/mass-messages/scheduled", "messages:read"), ("PUT", "/mass-messages/1", "messages:write"),
        ("DELETE", "/messages/queue/1", "messages:write"), ("GET", "/analytics/mass-messages/sent", "analytics:read"),
        ("GET", "/users/lists", "lists:read"), ("POST", "/users/lists", "lists:write"),
        ("DELETE", "/users/lists/1", "lists:write"), ("GET", "/subscribers", "subscribers:read"),
        ("GET", "/self", "profile:read"), ("GET", "/chats/bo/messages", "messages:read"),
        ("POST", "/chats/bo/messages", "messages:write"),
    ],
)  # fmt: skip
def test_each_route_needs_its_permission(
    api: Api, world: World, method: str, path: str, missing: str
) -> None:
    other = "vault:read"
    told = api.refused(method, path, 403, "FORBIDDEN", headers={"apiKey": world.key(permissions=[other])})
    assert missing in told["message"]


def test_the_scopes_of_a_key_open_access_and_account_apart(api: Api, world: World) -> None:
    access, account = world.key(scopes=[Scope.ACCESS]), world.key(scopes=[Scope.ACCOUNT])
    api.refused("GET", "/v2/account/whoami", 403, "FORBIDDEN", headers={"apiKey": access})
    api.refused("POST", "/mass-messages", 403, "FORBIDDEN", headers={"apiKey": account}, json=GOOD)
    assert api.call("GET", "/self", headers={"apiKey": access}).status_code == 200
    assert api.call("GET", "/v2/account/whoami", headers={"apiKey": account}).status_code == 200


def test_what_belongs_to_a_stranger_does_not_exist(api: Api, world: World) -> None:
    theirs = world.send("theirs", lists=["fans"], on="eve")
    for method in ("GET", "PUT", "DELETE"):
        api.refused(method, f"/mass-messages/{theirs.id}", 404, "RESOURCE_NOT_FOUND")
    api.refused_send({"text": "Hi", "userIds": ["mole"]}, field="userIds")
    api.refused("GET", "/chats/mole/messages", 404, "RESOURCE_NOT_FOUND")


# ---- what is asked


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "Hi"}, "userIds"),
        ({"text": "Hi", "userIds": [], "userLists": []}, "userIds"),
        ({"text": "Hi", "excludeUserLists": ["fans"]}, "userIds"),
        ({}, "userIds"),
        ({**GOOD, "text": ""}, "text"),
        ({**GOOD, "text": " \n"}, "text"),
        ({**GOOD, "text": "x" * 10_001}, "text"),
        ({**GOOD, "text": 5}, "text"),
        ({**GOOD, "price": 2.99, "mediaItems": [901]}, "price"),
        ({**GOOD, "price": 200.01, "mediaItems": [901]}, "price"),
        ({**GOOD, "price": -5, "mediaItems": [901]}, "price"),
        ({**GOOD, "price": 5.005, "mediaItems": [901]}, "price"),
        ({**GOOD, "price": "dear", "mediaItems": [901]}, "price"),
        ({**GOOD, "price": True, "mediaItems": [901]}, "price"),
        ({**GOOD, "price": 5}, "mediaItems"),
        ({**GOOD, "mediaItems": [901], "previewMediaCount": 2}, "previewMediaCount"),
        ({**GOOD, "previewMediaCount": 1}, "previewMediaCount"),
        ({**GOOD, "mediaItems": [901], "previewMediaCount": -1}, "previewMediaCount"),
        ({**GOOD, "mediaItems": [901], "previewMediaCount": 0.5}, "previewMediaCount"),
        ({**GOOD, "mediaItems": [999]}, "mediaItems"),
        ({**GOOD, "mediaItems": [0]}, "mediaItems"),
        ({**GOOD, "mediaItems": ["cat.jpg"]}, "mediaItems"),
        ({**GOOD, "mediaItems": "901"}, "mediaItems"),
        ({**GOOD, "mediaItems": [[901]]}, "mediaItems"),
        ({**GOOD, "mediaItems": [2**60]}, "mediaItems"),
        ({**GOOD, "scheduledDate": "2024-12-31T23:59:00Z"}, "scheduledDate"),
        ({**GOOD, "scheduledDate": "some day"}, "scheduledDate"),
        ({**GOOD, "scheduledDate": 1_900_000_000}, "scheduledDate"),
        ({**GOOD, "scheduledDate": ""}, "scheduledDate"),
        ({**GOOD, "subscribedAfterDate": "yesterday"}, "subscribedAfterDate"),
        ({**GOOD, "userIds": [987_654_321]}, "userIds"),
        ({**GOOD, "userIds": ["nobody"]}, "userIds"),
        ({**GOOD, "userIds": [0]}, "userIds"),
        ({**GOOD, "userIds": [-1]}, "userIds"),
        ({**GOOD, "userIds": [1.5]}, "userIds"),
        ({**GOOD, "userIds": [None]}, "userIds"),
        ({**GOOD, "userIds": [""]}, "userIds"),
        ({**GOOD, "userIds": {"a": 1}}, "userIds"),
        ({**GOOD, "userLists": [987_654_321]}, "userLists"),
        ({**GOOD, "userLists": ["no_such_slug"]}, "userLists"),
        ({**GOOD, "excludeUserLists": ["no_such_slug"]}, "excludeUserLists"),
        ({**GOOD, "isMarkdown": "yes"}, "isMarkdown"),
        ({**GOOD, "isLockedText": 1}, "isLockedText"),
        ({**GOOD, "isForwardedMessage": []}, "isForwardedMessage"),
        ({**GOOD, "replyToMessageId": "987654321"}, "replyToMessageId"),
        ({**GOOD, "replyToMessageId": ""}, "replyToMessageId"),
        ({**GOOD, "userTags": ["bo"]}, "userTags"),
        ({**GOOD, "releaseForms": []}, "releaseForms"),
        ({**GOOD, "releaseForms": {"users": ["x"]}}, "users"),
    ],
)  # fmt: skip
def test_a_send_that_cannot_be_is_400_and_says_where(api: Api, body: Any, field: str) -> None:
    api.refused_send(body, field=field)


@pytest.mark.parametrize(
    "item",
    [
        "upload:1c7e6f0a",
        "ofauth_upload_abc",
        "upload:00000000-0000-0000-0000-000000000000",
        "upload:" + "x" * 99,
    ],
)
def test_an_upload_that_nobody_made_is_refused_in_words(api: Api, item: str) -> None:
    message = api.refused_send({**GOOD, "mediaItems": [901, item]}, field="mediaItems")
    assert "There is no upload" in message


@pytest.mark.parametrize("item", ["upload:", "upload:" + "x" * 200, "ftp://cdn.example/p.jpg", "p.jpg"])
def test_what_names_no_media_at_all_is_refused_in_words(api: Api, item: str) -> None:
    message = api.refused_send({**GOOD, "mediaItems": [901, item]}, field="mediaItems")
    assert "neither a vault media id nor an upload reference nor an http(s) URL" in message


@pytest.mark.parametrize("raw", [b"{", b'{"text": }', b"\xff\xfe", b"[" * 5_000, b'{"text": "\\ud800"}'])
def test_malformed_json_is_400(api: Api, raw: bytes) -> None:
    api.refused(
        "POST",
        "/mass-messages",
        400,
        "BAD_REQUEST",
        content=raw,
        headers={"content-type": "application/json"},
    )


@pytest.mark.parametrize("raw", [b"[]", b'"text"', b"5", b"true"])
def test_a_body_that_is_no_object_is_400(api: Api, raw: bytes) -> None:
    api.refused("POST", "/mass-messages", 400, "BAD_REQUEST", content=raw)


def test_an_empty_body_with_a_json_type_is_no_body(api: Api) -> None:
    json = {"content-type": "application/json"}
    api.refused("POST", "/mass-messages", 400, "BAD_REQUEST", headers=json, content=b"")
    made = api.send(scheduledDate=LATER)
    answer = api.call("DELETE", f"/mass-messages/{made['id']}", headers=json, content=b"")
    assert answer.status_code == 200


def test_a_huge_body_is_413(api: Api) -> None:
    body = {**GOOD, "text": "x" * 3_000_000}
    api.refused("POST", "/mass-messages", 413, "PAYLOAD_TOO_LARGE", json=body)


def test_a_body_that_is_not_json_is_415(api: Api) -> None:
    api.refused("POST", "/mass-messages", 415, "UNSUPPORTED_MEDIA_TYPE", data={"text": "Hi"})


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "text/plain", ""])
def test_json_is_read_under_the_types_that_clients_send(api: Api, content_type: str) -> None:
    raw = b'{"text": "Hi", "userIds": ["bo"]}'
    answer = api.call("POST", "/mass-messages", content=raw, headers={"content-type": content_type})
    assert answer.status_code == 200, answer.text


def test_a_wrong_method_is_405_and_names_the_right_ones(api: Api) -> None:
    with api.unchanged():
        answer = api.call("PATCH", "/mass-messages/1")
    refusal(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD, PUT, DELETE"


@pytest.mark.parametrize("path", ["/v2/access/nothing", "/v2/access/proxy/users/me", "/v2/nothing", "/v2"])
def test_an_unknown_path_is_404(api: Api, path: str) -> None:
    api.refused("GET", path, 404, "ROUTE_NOT_FOUND")


def test_a_doubled_slash_in_front_is_one(api: Api) -> None:
    assert api.client.get(f"{api.client.base_url}//v2/access/self").status_code == 200


@pytest.mark.parametrize("id", ["0", "-1", "abc", "1e3", "9" * 30, "9" * 6_000, "%00", "987654321"])
def test_an_unknown_mass_message_is_404(api: Api, id: str) -> None:
    expected = (400, "BAD_REQUEST") if id == "%00" else (404, "RESOURCE_NOT_FOUND")
    for path in ("/mass-messages", "/messages/queue", "/mass-messages/scheduled"):
        api.refused("GET", f"{path}/{id}", *expected)


@pytest.mark.parametrize("fan", ["nobody", "987654321", "0", "9" * 6_000])
def test_an_unknown_chat_is_404(api: Api, fan: str) -> None:
    api.refused("GET", f"/chats/{fan}/messages", 404, "RESOURCE_NOT_FOUND")
    api.refused("POST", f"/chats/{fan}/messages", 404, "RESOURCE_NOT_FOUND", json={"text": "Hi"})


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/mass-messages", "type=all", "type"), ("/mass-messages", "limit=many", "limit"),
        ("/mass-messages", "offset=x", "offset"), ("/subscribers", "type=new", "type"),
        ("/subscribers", "type=latest&latestType=old", "latestType"),
        ("/subscribers", "type=latest&startDate=soon", "startDate"),
        ("/analytics/mass-messages/sent", "endDate=2026-13-01", "endDate"),
        ("/chats/bo/messages", "last_id=x", "last_id"), ("/chats/bo/messages", "first_id=-1", "first_id"),
        ("/v2/account/connections", "status=gone", "status"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_400(api: Api, path: str, query: str, field: str) -> None:
    told = api.refused("GET", f"{path}?{query}", 400, "BAD_REQUEST")
    assert told["details"] == {"field": field}


def test_a_twin_within_the_guard_time_is_409(api: Api, world: World) -> None:
    world.account(duplicate_guard_seconds=10)
    twin = {**GOOD, "scheduledDate": LATER}
    api.send(**twin)
    told = api.refused("POST", "/mass-messages", 409, "DUPLICATE_SEND", json=twin)
    assert "identical" in told["message"]


def test_an_idempotency_key_used_for_something_else_is_400(api: Api) -> None:
    how = {"headers": {"idempotency-key": "one"}}
    body = {**GOOD, "scheduledDate": LATER}
    first = api.call("POST", "/mass-messages", json=body, **how)
    again = api.call("POST", "/mass-messages", json=body, **how)
    assert first.json() == again.json()
    other = {**body, "text": "Ho"}
    api.refused("POST", "/mass-messages", 400, "IDEMPOTENCY_MISMATCH", json=other, **how)


def test_a_fan_whom_no_message_reaches_is_refused_a_direct_one(api: Api, world: World) -> None:
    world.change_fan("bo", blocked=True)
    api.refused("POST", "/chats/bo/messages", 400, "BAD_REQUEST", json={"text": "Hi"})


# ---- outside messaging


@pytest.mark.parametrize(
    "path",
    ["/posts", "/posts/5", "/analytics/posts/top", "/stories", "/streams/1/x", "/promotions/bundles",
     "/analytics/campaigns/top", "/subscriptions/count", "/self/release-forms",
     "/users/bo/posts", "/v2/link/x", "/v2/dynamic-rules/status", "/v2/vault-plus/a/b", "/v2/vault/cache/x"],
)  # fmt: skip
def test_what_lies_outside_messaging_is_an_empty_page_to_read(api: Api, path: str) -> None:
    page = api.get(path)
    assert (page["list"], page["items"], page["hasMore"]) == ([], [], False)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        api.refused(method, path, 404, "ROUTE_NOT_FOUND", json={})
