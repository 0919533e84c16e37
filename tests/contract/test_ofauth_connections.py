"""OFAuth's connections: their life, their settings, and what an inactive one may still do."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth.face import FACE
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.model.mass_messages import State
from fancast.store import accounts
from tests.contract.ofauth import Api, refusal
from tests.serving import Server
from tests.world import World

BASE = "/v2/account/connections"
DEFAULTS = {
    "autoCacheVault", "autoCacheMessages", "autoCachePosts", "autoCacheStories", "minAccessCountVault",
    "minAccessCountMessages", "minAccessCountPosts", "minAccessCountStories", "cacheImages", "cacheVideos",
    "cacheAudio", "imageQualities", "videoQualities", "retentionDays", "accessExpiryDays", "presignedUrlTtlSeconds",
    "storageLimitBytes", "storageLimitPurgeStrategy",
}  # fmt: skip
SESSION = {"cookie": "auth_id=4242; sess=opaque", "userAgent": "Mozilla/5.0"}


@pytest.fixture
def faces() -> list[Any]:
    return [FACE, ONLYFANSAPI, NATIVE]


@pytest.fixture
def api(server: Server, world: World) -> Iterator[Api]:
    world.account("ada")
    headers = {"apiKey": world.key(), "x-connection-id": "conn_ada"}
    with server.client(headers=headers) as client:
        yield Api(server, client)


def kinds(world: World) -> list[str]:
    return [event.kind.value for event in world.events() if event.kind.value.startswith("connection")]


def test_an_import_makes_a_connection_that_works(api: Api, world: World) -> None:
    body = {**SESSION, "clientReferenceId": "u-77", "permissions": ["lists:read", "profile:read"]}
    made = api.ok("POST", f"{BASE}/import", body)
    assert (made["status"], made["imported"], made["clientReferenceId"]) == ("active", True, "u-77")
    assert (made["userData"]["id"], made["permissions"]) == ("4242", body["permissions"])
    assert [one["id"] for one in api.get(BASE, imported="true")["list"]] == [made["id"]]
    assert made["id"] not in [one["id"] for one in api.get(BASE, imported="false")["list"]]
    as_made = {"x-connection-id": made["id"]}
    assert api.call("GET", "/self", headers=as_made).json()["id"] == 4242
    refusal(api.call("POST", "/mass-messages", headers=as_made, json={"text": "x"}), 403, "FORBIDDEN")
    assert SESSION["cookie"] not in str([event.data for event in world.events()])


def test_connections_are_read_a_page_at_a_time(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = [api.ok("POST", f"{BASE}/import", SESSION)["id"] for _ in range(5)]
    for id in imported[::2]:
        api.ok("POST", f"{BASE}/{id}/invalidate", {})
    world.account("eve")
    own = {"apiKey": world.key(accounts=[world.account(name).key for name in ("eve", "ada")])}
    read: list[int] = []
    as_before = accounts.page

    def page_of(*told: Any, **asked: Any) -> Any:
        found = as_before(*told, **asked)
        read.append(len(found))
        return found

    monkeypatch.setattr(accounts, "page", page_of)

    def walked(limit: int, **how: Any) -> list[str]:
        found, offset = list[str](), 0
        while True:
            asked = {"limit": limit, "offset": offset, **how.get("params", {})}
            page = api.call("GET", BASE, headers=how.get("headers", {}), params=asked).json()
            assert read.pop() <= limit + 1
            found += [one["id"] for one in page["list"]]
            if not page["hasMore"]:
                return found
            offset = page["nextOffset"]

    for limit in (1, 2, 10):
        assert walked(limit) == ["conn_ada", *imported, "conn_eve"]
        assert walked(limit, params={"status": "expired"}) == imported[::2]
        assert walked(limit, params={"status": "active", "imported": "true"}) == imported[1::2]
        assert walked(limit, params={"imported": "false"}) == ["conn_ada", "conn_eve"]
        assert walked(limit, headers=own) == ["conn_ada", "conn_eve"]
    assert api.get(BASE, offset=7) == {"list": [], "hasMore": False}


def test_a_key_of_some_accounts_reaches_what_it_imports(api: Api, world: World) -> None:
    own = {"apiKey": world.key(accounts=[world.account("ada").key])}
    made = api.call("POST", f"{BASE}/import", headers=own, json=SESSION).json()
    listed = api.call("GET", BASE, headers=own).json()["list"]
    assert [one["id"] for one in listed] == ["conn_ada", made["id"]]


def test_an_invalidated_connection_acts_no_more_until_it_is_renewed(api: Api, world: World) -> None:
    made = api.ok("POST", f"{BASE}/import", SESSION)
    at = f"{BASE}/{made['id']}"
    assert api.ok("POST", f"{at}/invalidate") == {"success": True}
    assert api.ok("POST", f"{at}/invalidate", {}) == {"success": True}
    [told] = api.get(BASE, status="expired")["list"]
    assert told["expiredAt"] is not None
    answer = api.call("GET", "/self", headers={"x-connection-id": made["id"]})
    assert refusal(answer, 401, "SESSION_EXPIRED")["actionRequired"] == "refresh_session"
    other = {**SESSION, "cookie": "auth_id=1; sess=x"}
    api.refused("PATCH", f"{BASE}/import/{made['id']}", 400, "BAD_REQUEST", json=other)
    renewed = api.ok("PATCH", f"{BASE}/import/{made['id']}", SESSION)
    assert (renewed["status"], renewed["expiredAt"]) == ("active", None)
    assert api.call("GET", "/self", headers={"x-connection-id": made["id"]}).status_code == 200
    api.refused("PATCH", f"{BASE}/import/conn_ada", 400, "BAD_REQUEST", json=SESSION)


def test_no_face_acts_for_an_inactive_connection(api: Api, world: World) -> None:
    world.fan("bo")
    bearer = {"Authorization": f"Bearer {world.key()}"}
    assert api.client.get("/v1/fans?account=acct_ada", headers=bearer).status_code == 200
    api.ok("POST", f"{BASE}/conn_ada/invalidate")
    refusal(api.call("GET", "/self"), 401, "SESSION_EXPIRED")
    native = api.client.get("/v1/fans?account=acct_ada", headers=bearer)
    assert (native.status_code, native.json()["code"]) == (403, "account_not_active")
    theirs = api.client.get("/api/acct_ada/fans/all", headers=bearer)
    assert theirs.status_code == 401
    # Who runs the server still sees the account, and its settings.
    assert api.client.get("/v1/accounts/acct_ada", headers=bearer).status_code == 200
    assert kinds(world) == ["connection.expired"]


def test_a_removed_connection_is_gone_and_sends_no_more(api: Api, world: World) -> None:
    world.crowd(5)
    done = world.sent("earlier")
    waiting = [world.in_state(State.SCHEDULED), world.in_state(State.DRAFT), world.in_state(State.PAUSED)]
    assert api.ok("DELETE", f"{BASE}/conn_ada") == {"success": True}
    assert "conn_ada" not in [one["id"] for one in api.get(BASE)["list"]]
    refusal(api.call("GET", "/self"), 401, "SESSION_NOT_PROVIDED")
    refusal(api.call("DELETE", f"{BASE}/conn_ada"), 404, "RESOURCE_NOT_FOUND")
    assert [world.again(one).state for one in waiting] == [State.CANCELLED] * 3
    assert world.again(done).state is State.DONE
    assert world.ledger().wrong == []
    assert kinds(world) == ["connection.disconnected"]
    assert [event.number for event in world.events()] == list(range(1, len(world.events()) + 1))


def test_settings_are_kept_and_given_back(api: Api) -> None:
    at = f"{BASE}/conn_ada/settings"
    told = api.get(at)
    assert (told["connectionId"], told["vaultPlus"]["enabled"]) == ("conn_ada", False)
    assert set(told["vaultPlus"]["stats"]) == {
        "vaultPlusEnabled", "totalStorageBytes", "storageLimitBytes", "mediaCount", "storedCount",
        "storageUsagePercent",
    }  # fmt: skip
    changed = api.ok("PATCH", at, {"vaultPlus": {"enabled": True, "settings": {"cache": "all"}}})
    assert (changed["vaultPlus"]["enabled"], changed["vaultPlus"]["settingsOverrides"]) == (
        True,
        {"cache": "all"},
    )
    assert api.ok("PATCH", at, {"vaultPlus": {"enabled": None}}) == api.ok("PATCH", at, {})
    assert api.get(at)["vaultPlus"]["settingsOverrides"] == {"cache": "all"}


def test_changed_settings_are_told_as_pages_print_them_and_as_sdks_read_them(api: Api) -> None:
    for at in (f"{BASE}/conn_ada/settings", "/v2/account/settings"):
        changed = api.ok("PATCH", at, {"vaultPlus": {}})
        assert changed == {**api.get(at), "settings": api.get(at)}


def test_of_the_vault_add_on_nothing_is_switched_on_by_default(api: Api) -> None:
    told = api.get("/v2/account/settings")
    defaults = told["vaultPlus"].pop("defaultSettings")
    assert told == {"vaultPlus": {"autoEnableForNewConnections": False}}
    assert set(defaults) == DEFAULTS
    assert defaults.pop("storageLimitPurgeStrategy") == "block_new"
    assert not any(defaults.values())


def test_the_oldest_address_of_connections_is_the_same(api: Api) -> None:
    assert api.get("/v2/connections") == api.get(BASE)
    assert api.get("/v2/connections", status="expired")["list"] == []
    assert api.ok("DELETE", "/v2/connections/conn_ada") == {"success": True}
    assert api.get(BASE)["list"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "cookie"), ({"cookie": "x"}, "userAgent"), ({**SESSION, "cookie": 3}, "cookie"),
        ({**SESSION, "cookie": "x" * 30_000}, "cookie"), ({**SESSION, "permissions": ["fly"]}, "permissions"),
        ({**SESSION, "permissions": "lists:read"}, "permissions"),
        ({**SESSION, "clientReferenceId": "x" * 300}, "clientReferenceId"),
        ({**SESSION, "clientReferenceId": ""}, "clientReferenceId"),
    ],
)  # fmt: skip
def test_an_import_that_says_too_little_or_too_much_is_refused(api: Api, body: Any, field: str) -> None:
    before = len(api.get(BASE)["list"])
    told = api.refused("POST", f"{BASE}/import", 400, "BAD_REQUEST", json=body)
    assert told["details"]["field"] == field
    assert len(api.get(BASE)["list"]) == before


def test_a_foreign_connection_is_not_there(api: Api, world: World) -> None:
    own = {"apiKey": world.key(accounts=[world.account("eve").key])}
    for method, path in (
        ("DELETE", "conn_ada"), ("POST", "conn_ada/invalidate"), ("GET", "conn_ada/settings"),
        ("PATCH", "conn_ada/settings"), ("PATCH", "import/conn_ada"), ("DELETE", "acct_eve"),
    ):  # fmt: skip
        answer = api.call(method, f"{BASE}/{path}", headers=own, json=SESSION)
        refusal(answer, 404, "RESOURCE_NOT_FOUND")
