"""What the native API refuses: the status, the code, the field, and that nothing changed."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.native.face import FACE
from fancast.model.api_keys import Scope
from tests.contract.native import Api, problem
from tests.serving import Server

ALL = {"user_lists": ["fans"]}
MASS_MESSAGES = "/mass-messages"


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    world = server.world
    world.crowd(3)
    world.media(790, 791)
    secret = world.key(accounts=[world.account().key])
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        yield Api(server, client)


def as_key(api: Api, **rights: Any) -> dict[str, str]:
    """The headers of a key with these rights."""
    return {"authorization": f"Bearer {api.world.key(**rights)}"}


# ---- who calls


# One server for the whole table: to start one takes longer than all its calls.
NO_KEYS: list[Any] = [
    ("", "key_missing"), ("Basic abc", "key_missing"),
    ("Bearer sk_live_0", "key_unknown"),
]  # fmt: skip


def test_a_missing_or_wrong_key_is_unauthenticated(api: Api):
    for said, code in NO_KEYS:
        for method, path in (("GET", "/accounts"), ("POST", MASS_MESSAGES), ("GET", "/ledger")):
            with api.unchanged():
                answer = api.call(method, path, headers={"authorization": said})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            problem(answer, code)


def test_a_key_of_several_accounts_must_say_which(api: Api):
    api.world.account("eve")
    headers = as_key(api)
    told = api.refused("GET", MASS_MESSAGES, 400, "account_required", headers=headers)
    assert told["field"] == "account"
    for public_id in ("acct_ada", "conn_ada"):
        answer = api.call("GET", MASS_MESSAGES, headers=headers, params={"account": public_id})
        assert answer.status_code == 200


def test_a_foreign_account_does_not_exist(api: Api):
    api.world.account("eve")
    for public_id in ("acct_eve", "conn_eve", "acct_nobody", "…"):
        body = {"text": "hi", "audience": ALL}
        api.refused("POST", MASS_MESSAGES, 404, "account_not_found", params={"account": public_id}, json=body)
        api.refused("GET", f"/accounts/{public_id}", 404, "account_not_found")
        api.refused("PATCH", f"/accounts/{public_id}", 404, "account_not_found", json={"pace": 5})
        api.refused("GET", "/ledger", 404, "account_not_found", params={"account": public_id})


def test_a_stranger_s_mass_message_and_fans_do_not_exist(api: Api):
    api.world.fan("zoe", id=5_005, on="eve")
    foreign = api.world.sent("hi", on="eve")
    for path in ("", "/recipients"):
        api.refused("GET", f"{MASS_MESSAGES}/{foreign.id + 10_000}{path}", 404, "mass_message_not_found")
    api.refused("GET", "/fans/5005", 404, "fan_not_found")
    told = api.refused(
        "POST", MASS_MESSAGES, 400, "unknown_fan", json={"text": "hi", "audience": {"fan_ids": [5005]}}
    )
    assert told["field"] == "audience.fan_ids"


def test_a_permission_that_the_key_lacks_is_named(api: Api):
    headers = as_key(api, permissions=["messages:read"], accounts=[api.world.account().key])
    assert api.call("GET", MASS_MESSAGES, headers=headers).status_code == 200
    told = api.refused(
        "POST",
        MASS_MESSAGES,
        403,
        "missing_permission",
        headers=headers,
        json={"text": "hi", "audience": ALL},
    )
    assert "messages:write" in told["detail"]
    api.refused("GET", "/fans", 403, "missing_permission", headers=headers)
    api.refused("GET", "/accounts/acct_ada", 403, "missing_permission", headers=headers)


def test_a_key_that_only_reads_cannot_write(api: Api):
    headers = as_key(api, scopes=[Scope.READ], accounts=[api.world.account().key])
    assert api.call("GET", MASS_MESSAGES, headers=headers).status_code == 200
    api.refused("POST", MASS_MESSAGES, 403, "missing_scope", headers=headers, json={"text": "hi"})


# ---- what a mass message cannot be


WRONG_MASS_MESSAGES: list[Any] = [
    ({}, "audience", "no_selector"),
    ({"text": "hi"}, "audience", "no_selector"),
    ({"text": "hi", "audience": {}}, "audience", "no_selector"),
    ({"text": "hi", "audience": {"exclude_user_lists": ["fans"]}}, "audience", "no_selector"),
    ({"audience": ALL}, "text", "empty_message"),
    ({"text": "  ", "audience": ALL}, "text", "empty_message"),
    ({"text": "x" * 10_001, "audience": ALL}, "text", "text_too_long"),
    ({"text": 5, "audience": ALL}, "text", "invalid"),
    ({"text": None, "audience": ALL}, "text", "invalid"),
    ({"text": "hi", "format": "html", "audience": ALL}, "format", "invalid"),
    ({"text": "hi", "price_cents": 299, "media_ids": [790], "audience": ALL}, "price_cents", "price_out_of_range"),
    ({"text": "hi", "price_cents": 20_001, "media_ids": [790], "audience": ALL}, "price_cents",
     "price_out_of_range"),
    ({"text": "hi", "price_cents": -300, "media_ids": [790], "audience": ALL}, "price_cents", "price_out_of_range"),
    ({"text": "hi", "price_cents": 4.5, "media_ids": [790], "audience": ALL}, "price_cents", "invalid"),
    ({"text": "hi", "price_cents": "500", "media_ids": [790], "audience": ALL}, "price_cents", "invalid"),
    ({"text": "hi", "price_cents": True, "media_ids": [790], "audience": ALL}, "price_cents", "invalid"),
    ({"text": "hi", "price_cents": 500, "audience": ALL}, "media_ids", "price_needs_media"),
    ({"text": "hi", "media_ids": [12], "audience": ALL}, "media_ids", "unknown_media"),
    ({"text": "hi", "media_ids": [-1], "audience": ALL}, "media_ids", "unknown_media"),
    ({"text": "hi", "media_ids": ["790"], "audience": ALL}, "media_ids[0]", "invalid"),
    ({"text": "hi", "media_ids": [790], "preview_media_ids": [791], "audience": ALL}, "preview_media_ids",
     "preview_not_in_media"),
    ({"text": "hi", "media_ids": [790] * 101, "audience": ALL}, "media_ids", "too_many_media"),
    ({"text": "hi", "scheduled_at": "2026-03-02T11:59:59Z", "audience": ALL}, "scheduled_at", "scheduled_in_past"),
    ({"text": "hi", "scheduled_at": "tomorrow", "audience": ALL}, "scheduled_at", "invalid"),
    ({"text": "hi", "scheduled_at": "2027-03-02T12:00:00", "audience": ALL}, "scheduled_at", "invalid"),
    ({"text": "hi", "scheduled_at": "0001-01-01T00:00:00+14:00", "audience": ALL}, "scheduled_at", "invalid"),
    ({"text": "hi", "scheduled_at": "9999-12-31T23:59:59-14:00", "audience": ALL}, "scheduled_at", "invalid"),
    ({"text": "hi", "scheduled_at": 1_800_000_000, "audience": ALL}, "scheduled_at", "invalid"),
    ({"text": "hi", "pace": 0, "audience": ALL}, "pace", "invalid"),
    ({"text": "hi", "pace": 2**62, "audience": ALL}, "pace", "invalid"),
    ({"text": "hi", "unsend_after_seconds": 0, "audience": ALL}, "unsend_after_seconds", "invalid"),
    ({"text": "hi", "audience": {"user_lists": [99_999]}}, "audience.user_lists", "unknown_list"),
    ({"text": "hi", "audience": {"user_lists": ["nope"]}}, "audience.user_lists", "unknown_list"),
    ({"text": "hi", "audience": {**ALL, "exclude_user_lists": [2**62]}}, "audience.exclude_user_lists",
     "unknown_list"),
    ({"text": "hi", "audience": {"fan_ids": [2**62]}}, "audience.fan_ids", "unknown_fan"),
    ({"text": "hi", "audience": {"fan_ids": [0]}}, "audience.fan_ids", "unknown_fan"),
    ({"text": "hi", "audience": {"fan_ids": ["f0"]}}, "audience.fan_ids[0]", "invalid"),
    ({"text": "hi", "audience": {"fan_ids": [1001] * 10_001}}, "audience.fan_ids", "too_many_fans"),
    ({"text": "hi", "audience": {"user_lists": ["fans"] * 1_001}}, "audience.user_lists", "too_many_lists"),
    ({"text": "hi", "audience": {"subscribed_within_days": 31}}, "audience.subscribed_within_days", "invalid"),
    ({"text": "hi", "audience": {"subscribed_within_days": 0}}, "audience.subscribed_within_days", "invalid"),
    ({"text": "hi", "audience": {"subscribed_after": "x"}}, "audience.subscribed_after", "invalid"),
    ({"text": "hi", "audience": {"userLists": ["fans"]}}, "audience.userLists", "unknown_field"),
    ({"text": "hi", "audience": "fans"}, "audience", "invalid"),
    ({"text": "hi", "audience": ALL, "price": 5}, "price", "unknown_field"),
    ([], "body", "invalid"),
    ("hi", "body", "invalid"),
    (5, "body", "invalid"),
]  # fmt: skip


def test_a_mass_message_that_cannot_be_is_refused_at_its_field(api: Api):
    for body, field, code in WRONG_MASS_MESSAGES:
        told = api.refused("POST", MASS_MESSAGES, 400, code, json=body)
        assert told["field"] == field, body


WRONG_EDITS: list[Any] = [
    ({"text": ""}, "text"),
    ({"price_cents": 100}, "price_cents"),
    ({"preview_media_ids": [790]}, "preview_media_ids"),
    ({"scheduled_at": "2026-03-02T11:00:00Z"}, "scheduled_at"),
    ({"pace": -1}, "pace"),
    ({"unsend_after_seconds": -5}, "unsend_after_seconds"),
    ({"unsend_after_seconds": 2**62}, "unsend_after_seconds"),
    ({"audience": {"user_lists": [404]}}, "audience.user_lists"),
    ({"audience": {"fan_ids": [404]}}, "audience.fan_ids"),
    ({"audience": {"subscribed_within_days": 99}}, "audience.subscribed_within_days"),
    ({"audience": None}, "audience"),
    ({"state": "done"}, "state"),
]  # fmt: skip


def test_an_edit_that_cannot_be_is_refused_at_its_field(api: Api):
    for body, field in WRONG_EDITS:
        made = api.send(scheduled_at="2026-03-03T12:00:00Z")
        with api.unchanged():
            answer = api.call("PATCH", f"{MASS_MESSAGES}/{made['id']}", json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["field"] == field


# ---- what is not there


def test_an_unknown_mass_message_is_not_found(api: Api):
    for id in ("999999", "0", "-1", "abc", "9007199254740992", "99999999999999999999", "1.5"):
        for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/cancel"), ("GET", "/recipients")):
            body = {"json": {}} if method != "GET" else {}
            api.refused(method, f"{MASS_MESSAGES}/{id}{path}", 404, "mass_message_not_found", **body)


def test_an_unknown_fan_is_not_found(api: Api):
    for id in ("999999", "0", "abc", "9007199254740992"):
        api.refused("GET", f"/fans/{id}", 404, "fan_not_found")
        api.refused("GET", f"/fans/{id}/messages", 404, "fan_not_found")
        body = {"action": "start", "expires_at": "2026-05-01T00:00:00Z"}
        api.refused("POST", f"/fans/{id}/subscriptions", 404, "fan_not_found", json=body)


def test_an_unknown_path_is_not_found(api: Api):
    api.refused("GET", "/campaigns", 404, "route_not_found")


# ---- HTTP


def test_a_wrong_method_names_the_right_ones(api: Api):
    answer = api.call("DELETE", MASS_MESSAGES)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"
    problem(answer, "method_not_allowed")


def test_malformed_json_is_refused(api: Api):
    headers = {"content-type": "application/json"}
    for content in (b"{", b'{"text": "hi"', b"text=hi", b"\xff\xfe", b'{"text":"\\ud800"}', b"nul"):
        api.refused("POST", MASS_MESSAGES, 400, "malformed_json", content=content, headers=headers)


def test_another_content_type_is_refused(api: Api):
    headers = {"content-type": "application/xml"}
    api.refused("POST", MASS_MESSAGES, 415, "unsupported_type", content=b"<a/>", headers=headers)


def test_a_huge_body_is_refused(api: Api):
    api.refused("POST", MASS_MESSAGES, 413, "too_large", json={"text": "x" * 3_000_000})


def test_an_empty_body_with_a_json_content_type_is_no_body(api: Api):
    headers = {"content-type": "application/json"}
    api.refused("POST", MASS_MESSAGES, 400, "no_selector", content=b"", headers=headers)
    made = api.send(draft=True)
    answer = api.call("POST", f"{MASS_MESSAGES}/{made['id']}/publish", content=b"", headers=headers)
    assert answer.status_code == 200


def test_an_action_takes_no_fields(api: Api):
    made = api.send(draft=True)
    told = api.refused(
        "POST", f"{MASS_MESSAGES}/{made['id']}/publish", 400, "unknown_field", json={"at": "now"}
    )
    assert told["field"] == "at"


def test_a_page_refuses_what_it_cannot_count_by(api: Api):
    for path in (MASS_MESSAGES, "/fans", "/fans/1001/messages", "/accounts"):
        for limit in ("0", "-1", "1001", "many"):
            assert api.refused("GET", path, 400, "invalid", params={"limit": limit})["field"] == "limit"
        for cursor in ("garbage", "%00", "AAAA", "ZmFuczo", "OjE", "bGVkZ2VyOjE", "é"):
            told = api.refused("GET", path, 400, "invalid_cursor", params={"after": cursor})
            assert told["field"] == "after"


def test_a_filter_that_there_is_not_is_refused(api: Api):
    made = api.send(draft=True)
    told = api.refused("GET", MASS_MESSAGES, 400, "invalid", params={"state": "sent"})
    assert told["field"] == "state"
    path = f"{MASS_MESSAGES}/{made['id']}/recipients"
    assert api.refused("GET", path, 400, "invalid", params={"outcome": "lost"})["field"] == "outcome"
    assert api.refused("GET", path, 400, "invalid", params={"limit": 10_001})["field"] == "limit"
