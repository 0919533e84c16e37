"""User lists in the OnlyFansAPI dialect."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.core import imports
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

DAY = timedelta(days=1)
LIST_KEYS = {
    "id", "type", "name", "usersCount", "postsCount", "order", "direction", "canUpdate", "canDelete",
    "canManageUsers", "canAddUsers", "canPinnedToFeed", "isPinnedToFeed", "canPinnedToChat", "isPinnedToChat",
    "sortList", "users",
}  # fmt: skip
CARD_KEYS = {"id", "name", "username", "isVerified", "view", "avatar", "avatarThumbs"}
REBILLS = ["rebill_on", "rebill_off"]
SLUGS = ["fans", "recent", "following", "rebill_on", "rebill_off", "tagged", "friends", "muted"]


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fans("bo", "cy", "di", "el")
        yield api


def sells_subscriptions(api: Api) -> None:
    api.world.subscription("bo", "renew", price_cents=999, expires_at=api.world.clock() + 60 * DAY)


def test_built_in_lists_come_first_then_custom_ones(api: Api) -> None:
    sells_subscriptions(api)
    api.world.user_list("vip", "bo", "cy", "di", "el")
    listed = api.ok("GET", "/user-lists")
    assert all(set(each) == LIST_KEYS for each in listed)
    assert [each["id"] for each in listed] == [*SLUGS, api.list_id("vip")]
    fans, vip = listed[0], listed[-1]
    assert (fans["type"], fans["usersCount"], fans["canDelete"], fans["canAddUsers"]) == (
        "fans",
        4,
        False,
        False,
    )
    assert (vip["type"], vip["usersCount"], vip["canDelete"], vip["canAddUsers"]) == ("custom", 4, True, True)
    assert [user["username"] for user in vip["users"]] == ["bo", "cy", "di"]
    assert all(set(user) == CARD_KEYS for user in vip["users"])
    assert {each["id"]: each["canAddUsers"] for each in listed}["muted"] is True
    assert [(each["canPinnedToChat"], each["canPinnedToFeed"]) for each in listed] == [
        *[(True, False)] * len(SLUGS), (True, True)
    ]  # fmt: skip


def test_without_paid_renewals_there_are_no_lists_of_who_renews(api: Api) -> None:
    assert [each["id"] for each in api.ok("GET", "/user-lists")] == [
        one for one in SLUGS if one not in REBILLS
    ]
    ids = {"json": {"ids": [api.fan_id("bo")]}}
    for slug in REBILLS:
        for path in (f"/user-lists/{slug}", f"/user-lists/{slug}/users", f"/user-lists/{slug}/users/pinned"):
            api.refused(404, "ONLYFANS_COM_ERROR", "GET", path)
        refusal = api.refused(400, "ONLYFANS_COM_ERROR", "POST", f"/user-lists/{slug}/users", **ids)
        assert refusal["onlyfans_response"]["body"]["errors"] == {slug: [f"There is no user list {slug}."]}
        for field in ("userLists", "excludedLists"):
            asked = {"text": "Hi", "userLists": ["fans"], field: [slug]}
            api.refused(404, "ONLYFANS_COM_ERROR", "POST", "/mass-messaging", json=asked)
        draft = api.send(userLists=["fans"], saveForLater=True)["id"]
        wanted = {"text": "Hi", "userLists": f"fans,{slug}"}
        api.refused(404, "ONLYFANS_COM_ERROR", "PUT", f"/mass-messaging/{draft}", json=wanted)


def test_the_first_priced_subscription_brings_the_lists_of_who_renews_for_good(api: Api) -> None:
    sells_subscriptions(api)
    api.world.subscription("cy", "cancel")

    def shown() -> list[list[str]]:
        pages = [api.get(f"/user-lists/{slug}/users")["data"]["list"] for slug in REBILLS]
        return [[fan["username"] for fan in page] for page in pages]

    assert shown() == [["bo", "di", "el"], ["cy"]]
    assert api.sent(userLists=["rebill_on"])["total"] == 3
    assert api.sent(userLists=["fans"], excludedLists=["rebill_on"])["total"] == 1
    draft = api.send(userLists=["fans"], saveForLater=True)["id"]
    api.ok("PUT", f"/mass-messaging/{draft}", {"text": "Hi", "userLists": ["rebill_off"]})
    # Who once sold a subscription is no free account, also when that one has ended.
    api.world.subscription("bo", "expire")
    assert [each["id"] for each in api.ok("GET", "/user-lists")] == SLUGS
    assert shown() == [["di", "el"], ["cy"]]


def test_an_import_of_priced_subscriptions_brings_the_lists_of_who_renews(api: Api) -> None:
    header = ("fan_id", "subscribed_at", "expires_at", "price_cents")
    for price, brings in (("0", []), ("999", REBILLS)):
        fan_id, values = imports.read_fan(header, ("77", "2026-01-01", "2027-01-01", price))
        with api.world.write() as tx:
            imports.put_fans(tx, api.world.account(), {fan_id: values}, now=api.world.clock())
        assert [each["id"] for each in api.ok("GET", "/user-lists") if each["id"] in REBILLS] == brings


@pytest.mark.parametrize("sells", [False, True])
def test_lists_are_walked_by_offset_and_all_take_mass_messages(api: Api, sells: bool) -> None:
    if sells:
        sells_subscriptions(api)
    for number in range(15):
        api.world.user_list(f"list {number}")
    built_in = [slug for slug in SLUGS if sells or slug not in REBILLS]
    wanted = [*built_in, *(str(api.list_id(f"list {number}")) for number in range(15))]
    for offset in range(len(wanted) + 1):
        found = api.ok("GET", f"/user-lists?limit=10&offset={offset}&view=queue")
        assert [str(each["id"]) for each in found] == wanted[offset : offset + 10]


def test_a_list_is_made_renamed_and_deleted(api: Api) -> None:
    made = api.ok("POST", "/user-lists", {"name": "VIP"})
    assert (set(made), made["type"], made["users"], made["usersCount"]) == (LIST_KEYS, "custom", [], 0)
    path = f"/user-lists/{made['id']}"
    renamed = api.ok("PUT", path, {"name": "Gold", "isPinnedToFeed": True})
    assert (renamed["name"], renamed["isPinnedToFeed"]) == ("Gold", True)
    assert api.ok("GET", path) == renamed
    assert api.ok("DELETE", path) == {"success": True}
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {"name": "x"}} if method == "PUT" else {}
        api.refused(404, "ONLYFANS_COM_ERROR", method, path, **body)


def test_a_list_name_has_one_to_sixty_four_characters(api: Api) -> None:
    for name in [None, "", "  ", "x" * 65, 7, ["VIP"]]:
        api.invalid("name", {"name": name}, path="/user-lists")
    assert api.ok("POST", "/user-lists", {"name": "x" * 64})["name"] == "x" * 64


def test_a_built_in_list_is_not_changed(api: Api) -> None:
    api.refused(400, "ONLYFANS_COM_ERROR", "PUT", "/user-lists/fans", json={"name": "Mine"})
    api.refused(400, "ONLYFANS_COM_ERROR", "DELETE", "/user-lists/recent")
    api.refused(400, "ONLYFANS_COM_ERROR", "DELETE", "/user-lists/tagged/users")
    body = api.refused(
        400, "ONLYFANS_COM_ERROR", "POST", "/user-lists/fans/users", json={"ids": [api.fan_id("bo")]}
    )
    assert body["onlyfans_response"]["body"]["errors"] == {"fans": ["SYSTEM_LIST"]}
    assert "built-in list fans" in body["message"]


def test_members_are_walked_by_the_next_offset(api: Api) -> None:
    api.world.user_list("vip", "bo", "cy", "di")
    path = f"/user-lists/{api.list_id('vip')}/users"
    first = api.get(path, limit=2)["data"]
    assert (set(first), first["hasMore"], first["nextOffset"]) == ({"list", "hasMore", "nextOffset"}, True, 2)
    rest = api.get(path, limit=2, offset=first["nextOffset"])["data"]
    assert [fan["username"] for fan in (*first["list"], *rest["list"])] == ["bo", "cy", "di"]
    assert (rest["hasMore"], rest["nextOffset"]) == (False, 3)
    assert [fan["username"] for fan in api.get("/user-lists/fans/users")["data"]["list"]] == [
        "bo",
        "cy",
        "di",
        "el",
    ]


def test_fans_are_added_all_together(api: Api) -> None:
    api.world.user_list("vip", "el")
    ids = [api.fan_id("bo"), api.fan_id("cy")]
    path = f"/user-lists/{api.list_id('vip')}/users"
    assert api.ok("POST", path, {"ids": [str(id) for id in ids] * 2}) == {str(api.list_id("vip")): ids}
    assert api.ok("POST", "/user-lists/muted/users", {"ids": f"{ids[0]},{ids[1]}"}) == {"muted": ids}


def test_one_fan_who_cannot_be_added_refuses_the_whole_batch(api: Api) -> None:
    api.world.user_list("vip", "el")
    list_id, el = str(api.list_id("vip")), str(api.fan_id("el"))
    path = f"/user-lists/{list_id}/users"
    refusal = api.refused(
        400, "ONLYFANS_COM_ERROR", "POST", path, json={"ids": [api.fan_id("bo"), el, "987654321"]}
    )
    assert refusal["onlyfans_response"]["status"] == 400
    errors = refusal["onlyfans_response"]["body"]["errors"]
    assert errors == {
        list_id: {el: [f"User {el} is already on vip."], "987654321": ["There is no fan 987654321."]}
    }
    assert api.ok("GET", f"/user-lists/{list_id}")["usersCount"] == 1


def test_with_skip_invalid_the_others_are_added(api: Api) -> None:
    api.world.user_list("vip", "el")
    bo, el = api.fan_id("bo"), str(api.fan_id("el"))
    path = f"/user-lists/{api.list_id('vip')}/users"
    answer = api.ok("POST", path, {"ids": [bo, el, "987654321"], "skip_invalid": True})
    assert (set(answer), answer["added"], set(answer["failed"])) == (
        {"added", "failed"},
        [bo],
        {el, "987654321"},
    )
    again = api.ok("POST", path, {"ids": [bo], "skipInvalid": "true"})
    assert again == {"added": [], "failed": {str(bo): f"User {bo} is already on vip."}}
    api.refused(
        400, "ONLYFANS_COM_ERROR", "POST", "/user-lists/fans/users", json={"ids": [bo], "skip_invalid": 1}
    )


def test_nobody_is_added_to_a_list_that_is_not_there(api: Api) -> None:
    for skip in (False, True):
        body = {"ids": [api.fan_id("bo")], "skip_invalid": skip}
        refusal = api.refused(400, "ONLYFANS_COM_ERROR", "POST", "/user-lists/987654321/users", json=body)
        said = refusal["onlyfans_response"]["body"]["errors"]
        assert said == {"987654321": ["There is no user list 987654321."]}


def test_wrong_ids_are_refused_by_field(api: Api) -> None:
    api.world.user_list("vip")
    path = f"/user-lists/{api.list_id('vip')}/users"
    for ids in [None, [], "", ["bo"], [0], {"a": 1}, list(range(1, 10_002))]:
        api.invalid("ids", {"ids": ids}, path=path)


def test_one_fan_is_taken_off_a_list(api: Api) -> None:
    api.world.user_list("vip", "bo", "cy")
    list_id = api.list_id("vip")
    removed = api.ok("DELETE", f"/user-lists/{list_id}/users/{api.fan_id('bo')}")
    assert set(removed["list"]) == LIST_KEYS
    assert removed["list"]["usersCount"] == 1
    assert removed["userState"] == {
        "id": list_id, "type": "custom", "name": "vip", "hasUser": False, "canAddUser": True,
        "cannotAddUserReason": None,
    }  # fmt: skip
    api.refused(404, "ONLYFANS_COM_ERROR", "DELETE", f"/user-lists/{list_id}/users/987654321")
    api.refused(404, "ONLYFANS_COM_ERROR", "DELETE", f"/user-lists/{list_id}/users/bo")


def test_a_list_is_cleared(api: Api) -> None:
    api.world.user_list("vip", "bo", "cy")
    cleared = api.ok("DELETE", f"/user-lists/{api.list_id('vip')}/users")
    assert (set(cleared), cleared["usersCount"], cleared["users"]) == (LIST_KEYS, 0, [])


def test_members_can_be_pinned_and_are_unpinned_when_they_leave(api: Api) -> None:
    api.world.user_list("vip", "bo", "cy")
    path, bo = f"/user-lists/{api.list_id('vip')}/users", api.fan_id("bo")

    def pinned() -> list[str]:
        return [fan["username"] for fan in api.get(f"{path}/pinned")["data"]["list"]]

    assert pinned() == []
    assert api.ok("POST", f"{path}/{bo}/pin") == {"success": True}
    assert pinned() == ["bo"]
    api.ok("DELETE", f"{path}/{bo}")
    assert pinned() == []
    api.invalid("user_id", {}, path=f"{path}/{bo}/pin")
    api.refused(400, "ONLYFANS_COM_ERROR", "POST", f"/user-lists/fans/users/{bo}/pin")
    assert api.get("/user-lists/fans/users/pinned")["data"] == {"list": [], "hasMore": False, "nextOffset": 0}
