"""User lists in the OnlyFansAPI dialect."""

from collections.abc import Iterator

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server

LIST_KEYS = {
    "id", "type", "name", "usersCount", "postsCount", "order", "direction", "canUpdate", "canDelete",
    "canManageUsers", "canAddUsers", "canPinnedToFeed", "isPinnedToFeed", "canPinnedToChat", "isPinnedToChat",
    "sortList", "users",
}  # fmt: skip
CARD_KEYS = {"id", "name", "username", "isVerified", "view", "avatar", "avatarThumbs"}
SLUGS = ["fans", "recent", "following", "rebill_on", "rebill_off", "tagged", "friends", "muted"]


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as api:
        api.world.fans("bo", "cy", "di", "el")
        yield api


def test_built_in_lists_come_first_then_custom_ones(api: Api) -> None:
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


def test_lists_are_walked_by_offset_and_all_take_mass_messages(api: Api) -> None:
    for number in range(5):
        api.world.user_list(f"list {number}")
    first = api.ok("GET", "/user-lists?limit=10&view=queue")
    rest = api.ok("GET", "/user-lists?limit=10&offset=10&view=queue")
    assert [each["name"] for each in (*first, *rest)][8:] == [f"list {number}" for number in range(5)]


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
    assert body["onlyfans_response"]["body"]["errors"] == {"fans": [body["message"]]}


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
