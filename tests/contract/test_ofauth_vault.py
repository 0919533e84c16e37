"""OFAuth's vault, key by key: media with their sorts, lists, and what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.ofauth.face import FACE
from tests.contract.ofauth import Api
from tests.serving import Server

MEDIA_KEYS = {
    "id", "type", "convertedToVideo", "canView", "hasError", "createdAt", "isReady", "releaseForms", "hasCustomPreview",
    "counters", "lists", "hasPosts",
}  # fmt: skip
LIST_KEYS = {
    "id", "type", "name", "hasMedia", "canUpdate", "canDelete", "medias", "photosCount", "videosCount", "gifsCount",
    "audiosCount",
}  # fmt: skip
BUILT_IN = ["messages", "posts", "stories", "streams", "media_stickers"]


@pytest.fixture
def faces() -> list[Any]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    headers = {"apiKey": server.world.key(), "x-connection-id": server.world.account().connection_id}
    with server.client(headers=headers) as client:
        yield Api(server, client)


def ids(page: Any) -> list[int]:
    return [item["id"] for item in page["list"]]


def made(api: Api, name: str = "Summer", *media: int) -> Any:
    found = api.ok("POST", "/vault/lists", {"name": name})
    return api.ok("POST", f"/vault/lists/{found['id']}/media", {"mediaIds": media}) if media else found


def test_a_media_item_of_the_vault_has_every_key(api: Api):
    api.world.media(7, type="video")
    page = api.get("/vault/media")
    assert set(page) == {"list", "hasMore"}
    item = page["list"][0]
    assert set(item) == MEDIA_KEYS | {"videoSources"}
    assert (item["id"], item["type"], item["canView"], item["isReady"]) == (7, "video", True, True)
    assert item["counters"] == {"likesCount": 0, "tipsSumm": 0}
    assert item["lists"] == []


def test_media_are_told_which_lists_they_are_on(api: Api):
    api.world.media(7, 8)
    listed = made(api, "Summer", 7)
    api.world.fan("bo")
    api.send(mediaItems=[7])
    told = {item["id"]: item["lists"] for item in api.get("/vault/media")["list"]}
    assert told[8] == []
    assert told[7] == [
        {"id": 1, "type": "messages", "name": "Messages"},
        {"id": listed["id"], "type": "custom", "name": "Summer"},
    ]


def test_media_come_newest_first_in_pages_that_end(api: Api):
    for id in range(1, 6):
        api.world.media(id)
        api.world.clock.forward(seconds=1)
    first = api.get("/vault/media", limit=2)
    assert (ids(first), first["hasMore"], first["nextOffset"]) == ([5, 4], True, 2)
    assert ids(api.get("/vault/media", limit=2, offset=2)) == [3, 2]
    last = api.get("/vault/media", limit=2, offset=4)
    assert (ids(last), last["hasMore"]) == ([1], False)
    assert len(api.get("/vault/media", limit=400)["list"]) == 5


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"sort": "recent"}, [3, 2, 1]),
        ({"sort": "oldest"}, [1, 2, 3]),
        ({"sort": "most_liked"}, [1, 3, 2]),
        ({"sort": "highest_tips"}, [2, 3, 1]),
        ({"sortBy": "most-liked"}, [1, 3, 2]),
        ({"sortBy": "most-liked", "sortDirection": "asc"}, [2, 3, 1]),
        ({"sortBy": "recent", "sortDirection": "asc"}, [1, 2, 3]),
        ({"sortBy": "highest-tips", "sortDirection": "desc"}, [2, 3, 1]),
    ],
)
def test_both_generations_words_sort(api: Api, asked: dict[str, str], wanted: list[int]):
    for id in (1, 2, 3):
        api.world.media(id)
        api.world.clock.forward(seconds=1)
    api.world.media_counters({1: (9, 0), 2: (0, 900), 3: (4, 100)})
    assert ids(api.get("/vault/media", **asked)) == wanted
    api.world.media_counters({1: (0, 0), 2: (0, 0), 3: (0, 0)})


def test_media_are_found_by_type_name_and_list(api: Api):
    api.world.media(71)
    api.world.media(72, type="video")
    listed = made(api, "Clips", 72)
    assert ids(api.get("/vault/media", type="video")) == [72]
    assert ids(api.get("/vault/media", mediaType="photos")) == [71]
    assert ids(api.get("/vault/media", query="71")) == [71]
    assert ids(api.get("/vault/media", listId=listed["id"])) == [72]
    assert ids(api.get(f"/vault/lists/{listed['id']}/media")) == [72]
    # A client that counts in floats.
    assert ids(api.get(f"/vault/lists/{float(listed['id'])}/media", type="video")) == [72]
    assert ids(api.get(f"/vault/lists/{listed['id']}/media", type="photo")) == []


def test_lists_have_every_key_the_built_in_ones_first(api: Api):
    api.world.media(7)
    listed = made(api, "Summer", 7)
    page = api.get("/vault/lists")
    assert set(page) == {"list", "all", "hasMore", "canCreateVaultLists", "order", "sort"}
    assert [one["type"] for one in page["list"]] == [*BUILT_IN, "custom"]
    assert all(set(one) == LIST_KEYS for one in page["list"])
    assert all(not one["canUpdate"] and not one["canDelete"] for one in page["list"][:5])
    assert page["list"][-1] == listed
    assert (listed["hasMedia"], listed["photosCount"], listed["medias"]) == (True, 1, [{"type": "photo"}])
    assert page["all"] == {
        "photosCount": 1, "videosCount": 0, "gifsCount": 0, "audiosCount": 0, "medias": [{"type": "photo"}],
    }  # fmt: skip


def test_lists_come_in_pages_and_are_found_by_name(api: Api):
    for place in range(4):
        made(api, f"Set {place}")
    seen: list[str] = []
    offset, more = 0, True
    while more:
        page = api.get("/vault/lists", limit=2, offset=offset)
        seen += [one["name"] for one in page["list"]]
        offset, more = page.get("nextOffset", 0), page["hasMore"]
    assert seen[5:] == ["Set 3", "Set 2", "Set 1", "Set 0"]
    assert [one["name"] for one in api.get("/vault/lists", query="SET 2")["list"]] == ["Set 2"]


def test_a_list_is_renamed_cleared_and_deleted_and_its_media_stay(api: Api):
    api.world.media(7, 8)
    listed = made(api, "Summer", 7, 8)
    path = f"/vault/lists/{listed['id']}"
    renamed = api.ok("PATCH", path, {"name": "Winter"})
    assert (renamed["name"], renamed["photosCount"]) == ("Winter", 2)
    cleared = api.ok("PATCH", path, {"name": "Winter", "clearMedia": True})
    assert (cleared["hasMedia"], cleared["medias"]) == (False, [])
    assert api.ok("DELETE", path) == {}
    assert len(api.get("/vault/media")["list"]) == 2
    api.refused("GET", f"{path}/media", 404, "RESOURCE_NOT_FOUND")


def test_media_are_put_on_a_list_once_all_of_them_or_none(api: Api):
    api.world.media(7, 8)
    listed = made(api, "Summer", 7)
    path = f"/vault/lists/{listed['id']}/media"
    api.refused("POST", path, 400, "BAD_REQUEST", json={"mediaIds": [8, 999]})
    assert ids(api.get(path)) == [7]
    assert api.ok("POST", path, {"mediaIds": [7, 8, 8]})["photosCount"] == 2


def test_media_of_a_message_are_on_the_built_in_list(api: Api):
    api.world.media(7, 8)
    api.world.fan("bo")
    api.send(mediaItems=[7])
    assert ids(api.get("/vault/lists/1/media")) == [7]
    assert ids(api.get("/vault/media", listId=1)) == [7]
    assert api.get("/vault/lists", query="messages")["list"][0]["photosCount"] == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("POST", "/vault/lists", 400, {}),
        ("POST", "/vault/lists", 400, {"name": " "}),
        ("POST", "/vault/lists", 400, {"name": "x" * 101}),
        ("POST", "/vault/lists", 400, {"name": 5}),
        ("PATCH", "/vault/lists/1", 400, {"name": "Mine"}),
        ("PATCH", "/vault/lists/999999", 404, {"name": "Mine"}),
        ("DELETE", "/vault/lists/2", 400, None),
        ("DELETE", "/vault/lists/999999", 404, None),
        ("DELETE", "/vault/lists/no", 404, None),
        ("POST", "/vault/lists/1/media", 400, {"mediaIds": [7]}),
        ("POST", "/vault/lists/999999/media", 404, {"mediaIds": [7]}),
        ("GET", "/vault/lists/999999/media", 404, None),
        ("GET", "/vault/media?listId=999999", 404, None),
        ("GET", "/vault/media?sort=funny", 400, None),
        ("GET", "/vault/media?sortBy=recent&sortDirection=up", 400, None),
        ("GET", "/vault/media?type=book", 400, None),
    ],
)
def test_what_cannot_be_is_refused(api: Api, method: str, path: str, status: int, body: Any):
    api.world.media(7)
    code = {400: "BAD_REQUEST", 404: "RESOURCE_NOT_FOUND"}[status]
    api.refused(method, path, status, code, **({} if body is None else {"json": body}))


@pytest.mark.parametrize("wanted", [[], list(range(1, 102)), ["x"], [0], None])
def test_a_list_takes_1_to_100_media_at_once(api: Api, wanted: Any):
    listed = made(api)
    api.refused("POST", f"/vault/lists/{listed['id']}/media", 400, "BAD_REQUEST", json={"mediaIds": wanted})


def test_another_account_sees_nothing_of_it(api: Api):
    api.world.media(7)
    listed = made(api, "Summer", 7)
    api.world.account("eve")
    headers = {"x-connection-id": "conn_eve"}
    told = api.call("GET", "/vault/media", headers=headers).json()
    assert told["list"] == []
    path = f"/vault/lists/{listed['id']}"
    assert api.call("DELETE", path, headers=headers).status_code == 404
    assert api.call("POST", f"{path}/media", json={"mediaIds": [7]}, headers=headers).status_code == 404
