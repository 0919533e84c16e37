"""The native API's fans, subscriptions, chats, audiences, accounts and ledger."""

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
    secret = world.key(accounts=[world.account().key])
    with server.client(headers={"authorization": f"Bearer {secret}"}) as client:
        yield Api(server, client)


# ---- fans

NOTHING_SPENT = {"total_cents": 0, "subscriptions_cents": 0, "messages_cents": 0, "tips_cents": 0}


def test_a_fan_is_created_and_read_back(api: Api):
    made = api.put("/fans/77", 201, username="ann", name="Ann", avatar_url="https://example.com/a.png",
                   time_zone="Europe/Berlin", restricted=True)  # fmt: skip
    assert made == {
        "fan_id": 77, "username": "ann", "name": "Ann", "avatar_url": "https://example.com/a.png",
        "time_zone": "Europe/Berlin", "reachable": True, "blocked": False, "restricted": True, "deleted": False,
        "subscription": None, "spending": NOTHING_SPENT, "last_seen_at": None,
        "created_at": "2026-03-02T12:00:00.000Z",
    }  # fmt: skip
    assert api.get("/fans/77") == made


def test_a_fan_that_is_known_is_updated_and_keeps_the_rest(api: Api):
    api.put("/fans/77", 201, username="ann", name="Ann", time_zone="UTC")
    changed = api.put("/fans/77", name="Anna", reachable=False, time_zone=None)
    assert (changed["username"], changed["name"], changed["reachable"], changed["time_zone"]) == (
        "ann", "Anna", False, None,
    )  # fmt: skip
    assert api.put("/fans/77", reachable=True)["reachable"] is True


def test_a_fan_may_be_put_with_nothing_but_an_id(api: Api):
    made = api.put("/fans/77", 201)
    assert (made["username"], made["name"]) == ("u77", "u77")
    assert api.put("/fans/77") == made


def test_a_fan_who_cannot_be_reached_gets_nothing(api: Api):
    api.world.crowd(2)
    api.put("/fans/1001", reachable=False)
    assert api.done(api.send())["total"] == 1


def test_fans_come_in_order_of_arrival(api: Api):
    names = api.world.crowd(5)
    assert [fan["username"] for fan in api.walk("/fans", limit=2)] == names
    assert [fan["username"] for fan in api.walk("/fans", query="F3")] == ["f3"]


# One server for the whole table: to start one takes longer than all its calls.
WRONG_FANS: list[Any] = [
    ({"username": ""}, "username"), ({"name": "x" * 201}, "name"), ({"username": 5}, "username"),
    ({"time_zone": "Mars/Base"}, "time_zone"), ({"time_zone": "../etc"}, "time_zone"),
    ({"avatar_url": "x" * 2_001}, "avatar_url"), ({"blocked": "yes"}, "blocked"), ({"email": "a"}, "email"),
    ({"deleted": True}, "deleted"),
]  # fmt: skip


def test_a_fan_that_cannot_be_is_refused_at_its_field(api: Api):
    for body, field in WRONG_FANS:
        with api.unchanged():
            answer = api.call("PUT", "/fans/77", json=body)
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert api.call("GET", "/fans/77").status_code == 404


# ---- subscriptions


def subscribe(api: Api, **body: Any) -> Any:
    return api.post("/fans/77/subscriptions", body)


def test_a_subscription_starts_renews_and_ends(api: Api):
    api.put("/fans/77", 201, username="ann")
    started = subscribe(api, action="start", price_cents=999, expires_at="2026-04-01T12:00:00Z", renews=True)
    assert started == {
            "active": True, "subscribed_at": "2026-03-02T12:00:00.000Z", "renewed_at": None,
            "expires_at": "2026-04-01T12:00:00.000Z", "price_cents": 999, "renews": True,
        }  # fmt: skip
    api.world.clock.forward(days=10)
    renewed = subscribe(api, action="renew", expires_at="2026-05-01T12:00:00Z")
    assert renewed["subscribed_at"] == started["subscribed_at"]
    assert renewed["renewed_at"] == "2026-03-12T12:00:00.000Z"
    assert subscribe(api, action="cancel")["renews"] is False
    assert api.get("/fans/77")["subscription"]["active"] is True
    ended = subscribe(api, action="expire")
    assert (ended["active"], ended["expires_at"]) == (False, "2026-03-12T12:00:00.000Z")
    assert api.get("/fans/77")["spending"]["subscriptions_cents"] == 1998


def test_coming_back_after_a_gap_starts_anew(api: Api):
    api.put("/fans/77", 201, username="ann")
    subscribe(api, action="start", expires_at="2026-03-05T12:00:00Z")
    api.world.clock.forward(days=10)
    again = subscribe(api, action="renew", expires_at="2026-04-05T12:00:00Z")
    assert again["subscribed_at"] == "2026-03-12T12:00:00.000Z"


WRONG_SUBSCRIPTIONS: list[Any] = [
    ({}, 400, "missing_field", "action"),
    ({"action": "gift"}, 400, "invalid", "action"),
    ({"action": "start"}, 400, "invalid", "expires_at"),
    ({"action": "start", "expires_at": "2026-03-01T00:00:00Z"}, 400, "invalid", "expires_at"),
    ({"action": "start", "expires_at": "soon"}, 400, "invalid", "expires_at"),
    ({"action": "start", "expires_at": "2026-05-01T00:00:00Z", "price_cents": -1}, 400, "invalid", "price_cents"),
    ({"action": "start", "expires_at": "2026-05-01T00:00:00Z", "price_cents": 2**60}, 400, "invalid",
     "price_cents"),
    ({"action": "start", "expires_at": "2026-05-01T00:00:00Z", "at": "2026-04-01T00:00:00Z"}, 400, "invalid", "at"),
    ({"action": "renew", "expires_at": "2026-05-01T00:00:00Z"}, 409, "never_subscribed", None),
    ({"action": "cancel"}, 409, "not_subscribed", None),
    ({"action": "expire"}, 409, "not_subscribed", None),
]  # fmt: skip


def test_a_subscription_that_cannot_be_is_refused(api: Api):
    api.put("/fans/77", 201, username="ann")
    for body, status, code, field in WRONG_SUBSCRIPTIONS:
        told = api.refused("POST", "/fans/77/subscriptions", status, code, json=body)
        assert told.get("field") == field, body


# ---- the chat, as the fan may see it


def test_a_chat_shows_a_free_message_whole(api: Api):
    api.world.media(790, type="video")
    api.world.crowd(1)
    made = api.done(api.send(text="**hi**", format="markdown", media_ids=[790]))
    (seen,) = api.get("/fans/1001/messages")["list"]
    assert seen == {
            "id": seen["id"], "mass_message_id": made["id"], "sender": "creator", "text": "**hi**",
            "html": "<p><strong>hi</strong></p>", "price_cents": 0, "locked": False, "bought": False,
            "media": [{"media_id": 790, "type": "video", "preview": False}], "locked_media_count": 0,
            "tip_cents": 0, "read": False, "liked_by_fan": False, "liked_by_creator": False,
            "created_at": "2026-03-02T12:00:00.000Z",
        }  # fmt: skip


def test_a_chat_hides_what_a_price_locks(api: Api):
    api.world.media(790, 791, 792)
    api.world.crowd(1)
    priced = {"price_cents": 500, "media_ids": [790, 791, 792], "preview_media_ids": [791]}
    api.done(api.send(text="open words", **priced))
    api.done(api.send(text="hidden words", locked_text=True, **priced))
    hidden, shown = api.get("/fans/1001/messages")["list"]
    assert (shown["text"], shown["locked"], shown["locked_media_count"]) == ("open words", True, 2)
    assert shown["media"] == [{"media_id": 791, "type": "photo", "preview": True}]
    assert (hidden["text"], hidden["html"]) == (None, None)
    assert "hidden words" not in api.call("GET", "/fans/1001/messages").text


def test_a_chat_shows_all_to_who_owns_it_already(api: Api):
    api.world.account(owned_media="unlock_free")
    api.world.media(790)
    api.world.crowd(2)
    api.world.owns("f0", 790)
    api.done(api.send(text="words", price_cents=500, media_ids=[790], locked_text=True))
    (owner,) = api.get("/fans/1001/messages")["list"]
    (other,) = api.get("/fans/1002/messages")["list"]
    assert (owner["locked"], owner["bought"], owner["text"]) == (False, False, "words")
    assert (other["locked"], other["text"], other["media"]) == (True, None, [])


def test_a_chat_pages_by_cursor_newest_first(api: Api):
    api.world.fan("bo")
    for number in range(3):
        api.done(api.send(text=f"all {number}"))
        api.world.direct("bo", f"bo {number}")
    texts = [seen["text"] for seen in api.walk("/fans/1001/messages", limit=2)]
    assert texts == ["bo 2", "all 2", "bo 1", "all 1", "bo 0", "all 0"]
    direct = api.get("/fans/1001/messages", limit=1)["list"][0]
    assert direct["mass_message_id"] is None


# ---- audiences


def test_a_preview_counts_each_rule_in_order_and_adds_up(api: Api):
    api.world.crowd(6, lists=["vip"])
    api.world.user_list("out", "f0", "f1")
    api.world.change_fan("f2", unreachable=True)
    vip, out = api.world.user_list("vip").ref, api.world.user_list("out").ref
    with api.unchanged():
        told = api.post("/audiences/preview", {
                "user_lists": ["fans", vip], "fan_ids": [1001], "exclude_user_lists": [out], "sample": 2,
                "subscribed_after": "2026-01-01T00:00:00Z", "subscribed_within_days": None,
            })  # fmt: skip
    assert told == {
            "total": 3,
            "rules": [
                {"rule": "user_lists:fans", "added": 6, "removed": 0},
                {"rule": f"user_lists:{vip}", "added": 0, "removed": 0},
                {"rule": "fan_ids", "added": 0, "removed": 0},
                {"rule": "subscribed_after", "added": 0, "removed": 0},
                {"rule": f"exclude_user_lists:{out}", "added": 0, "removed": 2},
                {"rule": "unreachable", "added": 0, "removed": 1},
            ],
            "sample": [
                {"fan_id": 1004, "username": "f3", "name": "f3"}, {"fan_id": 1005, "username": "f4", "name": "f4"},
            ],
        }  # fmt: skip
    assert sum(rule["added"] - rule["removed"] for rule in told["rules"]) == told["total"]


def test_a_preview_counts_who_owns_the_media_and_equals_the_send(api: Api):
    api.world.media(790)
    api.world.crowd(4)
    api.world.owns("f1", 790)
    told = api.post("/audiences/preview", {"user_lists": ["fans"], "media_ids": [790]})
    assert told["total"] == 3
    assert told["rules"][-1] == {"rule": "owns_media", "added": 0, "removed": 1}
    assert told["sample"] == []
    assert api.done(api.send(price_cents=500, media_ids=[790]))["sent"] == 3


def test_a_preview_of_nothing_is_nobody(api: Api):
    api.world.crowd(3)
    assert api.post("/audiences/preview", {}) == {"total": 0, "rules": [], "sample": []}


WRONG_PREVIEWS: list[Any] = [
    ({"user_lists": ["nope"]}, "unknown_list", "user_lists"),
    ({"exclude_user_lists": [5]}, "unknown_list", "exclude_user_lists"),
    ({"fan_ids": [404]}, "unknown_fan", "fan_ids"),
    ({"media_ids": [404]}, "unknown_media", "media_ids"),
    ({"sample": 101}, "invalid", "sample"),
    ({"sample": -1}, "invalid", "sample"),
    ({"subscribed_within_days": 31}, "invalid", "subscribed_within_days"),
    ({"subscribed_after": "2026-13-01T00:00:00Z"}, "invalid", "subscribed_after"),
    ({"lists": []}, "unknown_field", "lists"),
]  # fmt: skip


def test_a_preview_that_cannot_be_is_refused(api: Api):
    for body, code, field in WRONG_PREVIEWS:
        told = api.refused("POST", "/audiences/preview", 400, code, json=body)
        assert told["field"] == field, body


# ---- accounts and the ledger

SETTINGS = {
        "pace": 40, "unsend_window_seconds": 60, "message_unsend_window_seconds": 61, "duplicate_guard_seconds": 5,
        "owned_media": "unlock_free", "fee_basis_points": 1500, "bare_lists": True, "time_zone": "America/New_York",
}  # fmt: skip


def test_a_key_sees_its_accounts_only(api: Api):
    api.world.account("eve")
    assert [one["acct_id"] for one in api.walk("/accounts")] == ["acct_ada"]
    headers = {"authorization": f"Bearer {api.world.key()}"}
    found = api.call("GET", "/accounts", headers=headers, params={"limit": 1}).json()
    assert [one["acct_id"] for one in found["list"]] == ["acct_ada"]
    rest = api.call("GET", "/accounts", headers=headers, params={"after": found["next"]}).json()
    assert [one["acct_id"] for one in rest["list"]] == ["acct_eve"]
    assert rest["next"] is None


def test_an_account_is_found_by_both_ids_and_told_whole(api: Api):
    seen = api.get("/accounts/acct_ada")
    assert seen == api.get("/accounts/conn_ada")
    identity = {
            "acct_id", "connection_id", "creator_id", "name", "username", "status", "created_at", "updated_at",
        }  # fmt: skip
    assert set(seen) == identity | set(SETTINGS)
    assert seen["pace"] is None


def test_settings_change_one_by_one_and_all_at_once(api: Api):
    for name, value in SETTINGS.items():
        assert api.patch("/accounts/conn_ada", **{name: value})[name] == value
    seen = api.get("/accounts/acct_ada")
    assert {name: seen[name] for name in SETTINGS} == SETTINGS
    assert api.patch("/accounts/acct_ada", pace=None)["pace"] is None


WRONG_SETTINGS: list[Any] = [
    ({"pace": 0}, "pace"), ({"pace": "fast"}, "pace"), ({"unsend_window_seconds": -1}, "unsend_window_seconds"),
    ({"unsend_window_seconds": 2**62}, "unsend_window_seconds"), ({"fee_basis_points": 10_001}, "fee_basis_points"),
    ({"owned_media": "sell_again"}, "owned_media"), ({"bare_lists": 1}, "bare_lists"),
    ({"time_zone": "Mars"}, "time_zone"), ({"time_zone": ""}, "time_zone"), ({"name": "x"}, "name"),
    ({"duplicate_guard_seconds": None}, "duplicate_guard_seconds"),
]  # fmt: skip


def test_a_setting_that_cannot_be_is_refused_and_changes_nothing(api: Api):
    for body, field in WRONG_SETTINGS:
        before = api.get("/accounts/acct_ada")
        answer = api.call("PATCH", "/accounts/acct_ada", json={"message_unsend_window_seconds": 7, **body})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
        assert api.get("/accounts/acct_ada") == before


def test_the_ledger_recomputes_all_accounts_of_the_key(api: Api):
    api.world.crowd(3)
    api.world.crowd(2, on="eve")
    api.world.subscription("f0", "renew", price_cents=500, expires_at=api.world.clock.now.replace(year=2027))
    api.done(api.send())
    api.world.sent(on="eve")
    whole = {"mass_messages": 1, "recipients": 3, "purchases": 0, "transactions": 1}
    assert api.get("/ledger") == {"difference": 0, "checked": whole, "wrong": []}
    headers = {"authorization": f"Bearer {api.world.key()}"}
    both = api.call("GET", "/ledger", headers=headers).json()
    assert both["checked"] == {"mass_messages": 2, "recipients": 5, "purchases": 0, "transactions": 1}
    one = api.call("GET", "/ledger", headers=headers, params={"account": "acct_eve"}).json()
    assert one["checked"]["recipients"] == 2
