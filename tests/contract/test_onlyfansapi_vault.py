"""OnlyFansAPI's vault, key by key: media, lists with their ETag, and what is refused."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server
from tests.workshops import photo

MEDIA_KEYS = {
    "id", "type", "convertedToVideo", "canView", "hasError", "createdAt", "isReady", "files", "duration",
    "hasCustomPreview", "videoSources", "releaseForms", "hasPosts", "counters", "listStates",
}  # fmt: skip
LIST_KEYS = {
    "id", "type", "name", "canUpdate", "canDelete", "hasMedia", "medias", "photosCount", "videosCount", "gifsCount",
    "audiosCount",
}  # fmt: skip
BUILT_IN = ["messages", "posts", "stories", "streams", "media_stickers"]
LISTS = "/media/vault/lists"


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    with calling(server) as found:
        yield found


@pytest.fixture
def anybody(server: Server) -> Iterator[httpx.Client]:
    """Without a key: a link is enough."""
    with server.client() as client:
        yield client


def ids(page: Any) -> list[int]:
    return [item["id"] for item in page["data"]["list"]]


def made(api: Api, name: str = "Summer", *media: int) -> Any:
    found = api.ok("POST", LISTS, {"name": name})
    return api.ok("POST", f"{LISTS}/{found['id']}/media", {"mediaIds": media}) if media else found


def test_a_media_item_of_the_vault_has_every_key(api: Api):
    api.world.media(7)
    listed = made(api, "Summer", 7)
    page = api.get("/media/vault")["data"]
    assert set(page) == {"list", "hasMore"}
    item = page["list"][0]
    assert set(item) == MEDIA_KEYS
    assert set(item["files"]) == {"full", "thumb", "preview", "squarePreview"}
    assert set(item["files"]["full"]) == {"url", "width", "height", "size", "sources"}
    assert item["counters"] == {"likesCount": 0, "tipsSumm": 0}
    assert item["listStates"] == [
        {"id": listed["id"], "type": "custom", "name": "Summer", "hasMedia": True, "canAddMedia": False}
    ]
    assert api.get("/media/vault/7")["data"] == item


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, [3, 2, 1]),
        ({"sort": "asc"}, [1, 2, 3]),
        ({"field": "most-liked"}, [1, 3, 2]),
        ({"field": "most-liked", "sort": "asc"}, [2, 3, 1]),
        ({"field": "highest-tips"}, [2, 3, 1]),
        ({"type": "photo"}, [3, 2, 1]),
        ({"type": "audio"}, []),
        ({"query": "2"}, [2]),
        ({"limit": 10, "offset": 2}, [1]),
    ],
)
def test_media_are_sorted_and_found(api: Api, asked: dict[str, Any], wanted: list[int]):
    for id in (1, 2, 3):
        api.world.media(id)
        api.world.clock.forward(seconds=1)
    api.world.media_counters({1: (9, 0), 2: (0, 900), 3: (4, 100)})
    assert ids(api.get("/media/vault", **asked)) == wanted
    api.world.media_counters({1: (0, 0), 2: (0, 0), 3: (0, 0)})


def test_media_leave_the_vault_and_messages_keep_them(api: Api):
    api.world.media(7, 8, 9)
    api.world.fan("bo")
    made(api, "Summer", 7)
    sent = api.sent(mediaFiles=[7], userLists=["fans"])
    assert api.ok("DELETE", "/media/vault/delete-media", {"mediaIds": [7]}) == {"success": True}
    assert api.call("DELETE", "/media/vault/delete-media?mediaIds=8,9").json()["data"] == {"success": True}
    assert ids(api.get("/media/vault")) == []
    assert api.get(LISTS)["data"]["all"]["photosCount"] == 0
    assert api.detail(sent["id"])["mediaFiles"] == [7]
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", "/media/vault/7")
    refused = {"text": "Hi", "mediaFiles": [7], "userLists": ["fans"]}
    api.refused(422, "VALIDATION_ERROR", "POST", "/mass-messaging", json=refused)


def test_a_deletion_of_other_media_under_the_same_key_is_another_call(api: Api):
    api.world.media(7, 8)
    path, key = "/media/vault/delete-media?mediaIds={}&mediaIds=", {"Idempotency-Key": "once"}
    first = api.call("DELETE", path.format(7), headers=key)
    api.refused(422, "IDEMPOTENCY_KEY_MISMATCH", "DELETE", path.format(8), headers=key)
    again = api.call("DELETE", path.format(7), headers=key)
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
    assert ids(api.get("/media/vault")) == [8]


def test_all_of_the_named_media_leave_the_vault_or_none(api: Api):
    api.world.media(7)
    path = "/media/vault/delete-media"
    api.refused(404, "ONLYFANS_COM_ERROR", "DELETE", path, json={"mediaIds": [7, 999]})
    for wanted in ([], ["x"], list(range(1, 102))):
        api.refused(422, "VALIDATION_ERROR", "DELETE", path, json={"mediaIds": wanted})
    assert ids(api.get("/media/vault")) == [7]


def test_a_scheduled_message_keeps_media_that_left_the_vault(api: Api):
    api.world.media(7)
    api.world.fan("bo")
    made = api.send(mediaFiles=[7], userLists=["fans"], scheduledDate="2026-03-03T12:00:00Z")
    api.ok("DELETE", "/media/vault/delete-media", {"mediaIds": [7]})
    api.ok("PUT", f"/mass-messaging/{made['id']}", {"text": "Better"})
    assert api.detail(made["id"])["mediaFiles"] == [7]


def test_lists_have_every_key_the_built_in_ones_first(api: Api):
    api.world.media(7)
    listed = made(api, "Summer", 7)
    page = api.get(LISTS)["data"]
    assert set(page) == {"list", "all", "canCreateVaultLists", "hasMore", "order", "sort"}
    assert [one["type"] for one in page["list"]] == [*BUILT_IN, "custom"]
    assert all(set(one) == LIST_KEYS for one in page["list"])
    assert page["list"][-1] == listed == api.get(f"{LISTS}/{listed['id']}")["data"]
    assert listed["medias"] == [{"type": "photo", "url": None}]
    assert set(page["all"]) == {"photosCount", "videosCount", "gifsCount", "audiosCount", "medias"}


def test_lightweight_lists_tell_names_and_counts(api: Api):
    api.world.media(7)
    listed = made(api, "Summer", 7)
    page = api.get(LISTS, lightweight="true")["data"]
    assert page["list"][-1] == {
        "id": listed["id"], "name": "Summer", "type": "custom", "canUpdate": True, "mediaCount": 1,
    }  # fmt: skip
    assert page["all"] == {"mediaCount": 1}


def test_who_has_the_same_lists_already_is_told_so_in_a_word(api: Api):
    api.world.media(7, 8)
    listed = made(api, "Summer", 7)
    first = api.call("GET", LISTS)
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = api.call("GET", LISTS, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["x-ofapi-credits-used"] == "0"
        assert "x-rate-limit-remaining-minute" in again.headers
    assert api.call("GET", LISTS, headers={"If-None-Match": '"other"'}).status_code == 200
    api.ok("POST", f"{LISTS}/{listed['id']}/media", {"mediaIds": [8]})
    changed = api.call("GET", LISTS, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    # Over the data alone: another view of it has another tag.
    assert api.call("GET", f"{LISTS}?lightweight=1").headers["etag"] != changed.headers["etag"]


def links_of(page: Any) -> list[str]:
    samples = [*page["all"]["medias"], *(sample for one in page["list"] for sample in one["medias"])]
    return [sample["url"] for sample in samples]


@pytest.mark.parametrize("minute", [0, 7, 19])
def test_who_has_the_same_lists_hears_so_only_while_their_links_are_good(
    api: Api, anybody: httpx.Client, minute: int
):  # fmt: skip
    sample = photo()
    picture = {"file": (sample.name, sample.content, sample.content_type)}
    media = api.call("POST", "/media/vault", files=picture).json()["data"]
    listed = made(api, "Summer", media["id"])
    api.world.clock.forward(seconds=60 * minute)
    first = api.call("GET", LISTS)
    links, etag = links_of(first.json()["data"]), first.headers["etag"]
    assert links
    assert all(links)
    # They were made in the 20 minutes from noon on, and end 40 minutes after it.
    while minute < 35:
        again = api.call("GET", LISTS, headers={"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag), minute
        assert {anybody.get(url).status_code for url in links} == {200}
        minute += 1
        api.world.clock.forward(seconds=60)
    # On the minute five of them are left; a second later fewer.
    assert api.call("GET", LISTS, headers={"If-None-Match": etag}).status_code == 304
    api.world.clock.forward(seconds=1)
    renewed = api.call("GET", LISTS, headers={"If-None-Match": etag})
    assert renewed.status_code == 200
    assert renewed.headers["etag"] != etag
    assert set(links_of(renewed.json()["data"])).isdisjoint(links)
    api.world.clock.forward(seconds=5 * 60)
    assert {anybody.get(url).status_code for url in links} == {403}
    assert {anybody.get(url).status_code for url in links_of(renewed.json()["data"])} == {200}
    known = {"If-None-Match": f"{etag}, {renewed.headers['etag']}"}
    assert api.call("GET", LISTS, headers=known).status_code == 304
    # A change is told at once, however young the links are.
    api.ok("PUT", f"{LISTS}/{listed['id']}", {"name": "Autumn"})
    assert api.call("GET", LISTS, headers=known).status_code == 200


def test_lists_without_links_keep_their_etag(api: Api):
    sample = photo()
    picture = {"file": (sample.name, sample.content, sample.content_type)}
    media = api.call("POST", "/media/vault", files=picture).json()["data"]
    light = f"{LISTS}?lightweight=1"
    empty = api.call("GET", light).headers["etag"]
    listed = made(api, "Summer", media["id"])
    etag = api.call("GET", light).headers["etag"]
    assert etag != empty
    api.world.clock.forward(days=3)
    assert api.call("GET", light, headers={"If-None-Match": etag}).status_code == 304
    api.ok("DELETE", f"{LISTS}/{listed['id']}/media", {"mediaIds": [media["id"]]})
    assert api.call("GET", light, headers={"If-None-Match": etag}).status_code == 200


def test_media_that_are_not_there_are_refused_by_the_name_of_their_field(api: Api):
    listed = made(api, "Summer")
    assert "999" in api.invalid("mediaIds", {"mediaIds": [999]}, path=f"{LISTS}/{listed['id']}/media")


def test_a_list_is_renamed_emptied_and_deleted(api: Api):
    api.world.media(7, 8)
    listed = made(api, "Summer", 7, 8)
    path = f"{LISTS}/{listed['id']}"
    assert api.ok("PUT", path, {"name": "x" * 255})["name"] == "x" * 255
    assert api.ok("DELETE", f"{path}/media", {"mediaIds": "7,8"})["hasMedia"] is False
    assert api.ok("DELETE", path) == {"success": True}
    api.refused(404, "ONLYFANS_COM_ERROR", "GET", path)
    assert len(ids(api.get("/media/vault"))) == 2


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("POST", LISTS, 422, {}),
        ("POST", LISTS, 422, {"name": ""}),
        ("POST", LISTS, 422, {"name": "x" * 256}),
        ("PUT", f"{LISTS}/1", 400, {"name": "Mine"}),
        ("PUT", f"{LISTS}/999999", 404, {"name": "Mine"}),
        ("DELETE", f"{LISTS}/2", 400, None),
        ("DELETE", f"{LISTS}/999999", 404, None),
        ("GET", f"{LISTS}/no", 404, None),
        ("POST", f"{LISTS}/1/media", 400, {"mediaIds": [7]}),
        ("POST", f"{LISTS}/999999/media", 404, {"mediaIds": [7]}),
        ("DELETE", f"{LISTS}/1/media", 400, {"mediaIds": [7]}),
        ("DELETE", f"{LISTS}/999999/media", 404, {"mediaIds": [7]}),
        ("POST", f"{LISTS}/1/media", 422, {}),
        ("GET", "/media/vault?list=999999", 404, None),
        ("GET", "/media/vault?list=x", 422, None),
        ("GET", "/media/vault?field=funny", 422, None),
        ("GET", "/media/vault?sort=up", 422, None),
        ("GET", "/media/vault?type=book", 422, None),
        ("GET", "/media/vault?limit=101", 422, None),
        ("GET", "/media/vault/999", 404, None),
        ("GET", "/media/vault/no", 404, None),
    ],
)
def test_what_cannot_be_is_refused(api: Api, method: str, path: str, status: int, body: Any):
    api.world.media(7)
    code = "VALIDATION_ERROR" if status == 422 else "ONLYFANS_COM_ERROR"
    api.refused(status, code, method, path, **({} if body is None else {"json": body}))
