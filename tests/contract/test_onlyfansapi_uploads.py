"""Uploads in OnlyFansAPI's dialect (contract §4.1, §4.2, §2.6): files, forms, single use, downloads."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from fancast.core import receiving
from fancast.core.receiving import Workshop
from tests.contract.onlyfansapi import ACCOUNT, META_KEYS, Api
from tests.serving import Server, until
from tests.workshops import Sample, audio, files_in, gif, photo, video

UPLOADED_KEYS = {
    "prefixed_id", "file_name", "processId", "host", "sourceUrl", "extra", "additional", "thumbs", "note", "data",
}  # fmt: skip


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    server.world.fans("bo", "cy")
    server.world.media(901, 902)
    headers = {"Authorization": f"Bearer {server.world.key()}"}
    with server.client(headers=headers) as client:
        yield Api(server, client)


def part(sample: Sample) -> tuple[str, bytes, str]:
    return sample.name, sample.content, sample.content_type


def upload(api: Api, sample: Sample, **fields: str) -> httpx.Response:
    return api.call("POST", "/media/upload", files={"file": part(sample)}, data=fields)


def uploaded(api: Api, sample: Sample) -> Any:
    answer = upload(api, sample)
    assert answer.status_code == 200, answer.text
    return answer.json()


def form_send(api: Api, files: Sequence[tuple[str, Any]], **fields: Any) -> httpx.Response:
    """A mass message as a form."""
    data = {"text": "Hi", "userLists": "fans", **fields}
    return api.call("POST", "/mass-messaging", files=list(files), data=data)


def refused(answer: httpx.Response, field: str) -> str:
    assert answer.status_code == 422, answer.text
    told = answer.json()
    assert (told["error"], set(told["errors"])) == ("VALIDATION_ERROR", {field}), told
    return told["message"]


def test_a_file_is_answered_bare_and_in_data_with_its_id(api: Api):
    sample = photo()
    told = uploaded(api, sample)
    assert set(told) == UPLOADED_KEYS
    assert told["prefixed_id"].startswith("ofapi_media_")
    assert told["file_name"] == sample.name
    assert told["data"] == {"id": told["prefixed_id"], **{key: told[key] for key in UPLOADED_KEYS - {"data"}}}
    with httpx.Client() as anybody:
        assert anybody.get(told["sourceUrl"]).content == sample.content
        assert anybody.get(told["thumbs"][0]["url"]).headers["content-type"] == "image/jpeg"


def test_an_upload_enters_the_vault_with_the_message_that_takes_it_and_is_used_once(api: Api):
    name = uploaded(api, photo())["data"]["id"]
    before = {each["id"] for each in api.get("/media/vault", limit=100)["data"]["list"]}
    made = api.sent(mediaFiles=[name, 901], previews=[name], price=5, userLists=["fans"])
    after = {each["id"] for each in api.get("/media/vault", limit=100)["data"]["list"]}
    assert before == {901, 902}
    [new] = after - before
    detail = api.detail(made["id"])
    assert detail["mediaFiles"] == [new, 901]
    assert detail["previews"] == [new]
    answer = api.call(
        "POST", "/mass-messaging", json={"text": "x", "mediaFiles": [name], "userLists": ["fans"]}
    )
    assert f"name its vault media {new}" in refused(answer, "mediaFiles")


def test_a_refused_send_leaves_the_upload_usable(api: Api):
    name = uploaded(api, photo())["prefixed_id"]
    for wrong in ({"price": 1}, {"previews": ["404"]}, {"userIds": [404]}, {"mediaFiles": [name, 404]}):
        body = {"text": "x", "mediaFiles": [name], "userLists": ["fans"], **wrong}
        assert api.call("POST", "/mass-messaging", json=body).status_code == 422
    assert api.sent(mediaFiles=name, userLists=["fans"])


def test_an_upload_in_the_background_is_polled_by_one_name_and_used_by_either(api: Api):
    answer = upload(api, video(), **{"async": "true"})
    assert answer.status_code == 202
    told = answer.json()
    assert set(told) == {"status", "prefixed_id", "polling_url"}
    assert told["status"] == "pending"

    def look() -> Any:
        found = api.call("GET", told["polling_url"]).json()
        assert found["prefixed_id"] == told["prefixed_id"]
        return found if found["status"] not in ("pending", "processing") else None

    found = until(look, "the upload is looked at")
    assert set(found) == {"status", "prefixed_id", "media", "credits_used"}
    assert found["status"] == "completed"
    assert set(found["media"]) == UPLOADED_KEYS
    assert found["media"]["prefixed_id"] != told["prefixed_id"]
    assert api.sent(mediaFiles=[told["prefixed_id"]], userLists=["fans"])
    again = api.call(
        "POST", "/mass-messaging", json={"text": "x", "mediaFiles": [found["media"]["prefixed_id"]]}
    )
    assert "used already" in refused(again, "mediaFiles")


def test_an_upload_in_the_background_that_is_no_use_says_why(api: Api, tmp_path: Path):
    told = upload(api, Sample("x.jpg", "image/jpeg", "", b"no image at all " * 9), **{"async": "1"}).json()

    def look() -> Any:
        found = api.call("GET", told["polling_url"]).json()
        return found if found["status"] == "failed" else None

    assert "of no kind that we know" in until(look, "the upload fails")["error"]
    assert files_in(tmp_path / "media") == []
    assert "failed" in refused(api.call("POST", "/mass-messaging", json={
        "text": "x", "mediaFiles": [told["prefixed_id"]], "userLists": ["fans"],
    }), "mediaFiles")  # fmt: skip


def test_an_upload_for_the_vault_is_a_media_item(api: Api):
    sample = video()
    answer = api.call("POST", "/media/vault", files={"file": part(sample)})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told["_meta"]) == META_KEYS
    media = told["data"]
    assert (media["type"], media["isReady"], media["duration"]) == ("video", True, 3)
    assert (media["files"]["full"]["width"], media["files"]["full"]["size"]) == (320, sample.size)
    assert api.get(f"/media/vault/{media['id']}")["data"]["id"] == media["id"]
    pending = api.call("POST", "/media/vault", files={"file": part(audio())}, data={"async": "true"})
    assert pending.status_code == 202

    def look() -> Any:
        found = api.call("GET", pending.json()["polling_url"]).json()
        return found if found["status"] == "completed" else None

    assert until(look, "it is looked at")["media"]["type"] == "audio"


NOTHING_TO_UPLOAD: dict[str, dict[str, Any]] = {
    "an empty body": {"json": {}},
    "a name without bytes": {"json": {"file": "file.jpg"}},
    "an empty form": {"files": {"type": (None, "default")}},
    "a field for a file": {"files": {"file": (None, "file.jpg")}},
    "a file of no bytes": {"files": {"file": ("a.jpg", b"", "image/jpeg")}},
    "a blank address": {"json": {"file_url": "  "}},
}


@pytest.mark.parametrize("what", NOTHING_TO_UPLOAD)
@pytest.mark.parametrize("path", ["/media/upload", "/media/vault"])
def test_without_file_and_address_there_is_nothing_to_upload(api: Api, path: str, what: str):
    assert "required" in refused(api.call("POST", path, **NOTHING_TO_UPLOAD[what]), "file")


def test_files_that_are_no_use_are_refused_in_words_and_leave_nothing(api: Api, tmp_path: Path):
    for content, word in ((b"<html>" * 50, "no kind"), (photo().content[:-500], "corrupt or cut off")):
        assert word in refused(upload(api, Sample("a.jpg", "image/jpeg", "", content)), "file")
    assert "declared" in refused(upload(api, Sample("a.mp4", "video/mp4", "", photo().content)), "file")
    assert files_in(tmp_path / "media") == []


@pytest.mark.parametrize(("body", "kind"), [
    (b"--x\r\n", "multipart/form-data; boundary=x"), (b"", "multipart/form-data; boundary=x"),
    (b"hello", "multipart/form-data; boundary=x"), (b"--x--\r\n", "multipart/form-data"),
    (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc', "multipart/form-data; boundary=x"),
    (b"--x\r\nContent-Type: a/b\r\n\r\nabc\r\n--x--\r\n", "multipart/form-data; boundary=x"),
    (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n', "multipart/form-data; boundary=x"),
])  # fmt: skip
@pytest.mark.parametrize("path", ["/media/upload", "/mass-messaging"])
def test_forms_that_cannot_be_read_are_refused_and_leave_nothing(
    api: Api, path: str, body: bytes, kind: str, tmp_path: Path
):
    answer = api.call("POST", path, content=body, headers={"content-type": kind})
    assert answer.status_code == 422, answer.text
    assert set(answer.json()["errors"]) <= {"body", "file"}
    assert files_in(tmp_path / "media") == []


def test_unknown_uploads_have_no_status_and_a_strangers_does_not_exist(api: Api):
    told = uploaded(api, photo())
    for name in ("ofapi_media_9x", "nonsense", "ofapi_media_" + "0" * 32):
        answer = api.call("GET", f"/media/uploads/{name}/status")
        assert (answer.status_code, answer.json()["error"]) == (404, "ONLYFANS_COM_ERROR")
    api.world.account("eve")
    path = f"/api/acct_eve/media/uploads/{told['prefixed_id']}/status"
    assert api.call("GET", path).status_code == 404


# ---- files in the send itself


def test_a_form_carries_files_and_ids_in_order(api: Api, tmp_path: Path):
    files = [
        ("mediaFiles[]", part(photo())), ("mediaFiles[]", (None, "901")), ("mediaFiles[]", part(gif())),
        ("previews[]", (None, "2")), ("price", (None, "7.50")), ("lockedText", (None, "1")),
    ]  # fmt: skip
    answer = form_send(api, files)
    assert answer.status_code == 200, answer.text
    detail = api.done(answer.json()["data"]["id"])
    first, second, third = detail["mediaFiles"]
    assert second == 901
    assert detail["previews"] == [third]
    assert (detail["price"], detail["lockedText"], detail["sentCount"]) == (7.5, True, 2)
    vault = {each["id"]: each["type"] for each in api.get("/media/vault", limit=100)["data"]["list"]}
    assert (vault[first], vault[third]) == ("photo", "gif")
    assert len(files_in(tmp_path / "media")) == 8


def test_a_refused_form_leaves_nothing(api: Api, workshop: Workshop, tmp_path: Path):
    before = api.count()
    for wrong in ({"price": "1"}, {"userIds": "404"}, {"text": ""}, {"previews": "7"}):
        assert form_send(api, [("mediaFiles", part(photo()))], **wrong).status_code == 422
    answer = form_send(
        api, [("mediaFiles", part(photo())), ("mediaFiles", ("a.jpg", b"junk" * 40, "image/jpeg"))]
    )
    assert "no kind" in refused(answer, "mediaFiles")
    refused(form_send(api, [("avatar", part(photo()))]), "avatar")
    receiving.tend(workshop)
    assert files_in(tmp_path / "media") == []
    assert api.count() == before


def test_a_form_sent_again_by_a_client_that_heard_nothing_sends_once(
    api: Api, workshop: Workshop, tmp_path: Path
):
    api.world.account(duplicate_guard_seconds=10)
    first = form_send(api, [("mediaFiles", part(photo()))]).json()["data"]["id"]
    again = api.call(
        "POST", "/mass-messaging", files=[("mediaFiles", part(photo()))], data={"text": "Hi", "userLists": "fans"},
        headers={"x-stainless-retry-count": "1"},
    )  # fmt: skip
    assert again.json()["data"]["id"] == first
    assert form_send(api, [("mediaFiles", part(photo()))]).status_code == 409
    assert form_send(api, [("mediaFiles", part(gif()))]).status_code == 200
    api.done(first)
    receiving.tend(workshop)
    assert len(files_in(tmp_path / "media")) == 8


def test_a_form_with_an_idempotency_key_is_done_once(api: Api, workshop: Workshop, tmp_path: Path):
    def send(sample: Sample) -> httpx.Response:
        return api.call(
            "POST", "/mass-messaging", files=[("mediaFiles", part(sample))],
            data={"text": "Hi", "userLists": "fans"}, headers={"Idempotency-Key": "one"},
        )  # fmt: skip

    first, second = send(photo()), send(photo())
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.json()["data"]["id"] == second.json()["data"]["id"]
    assert send(gif()).status_code == 422
    receiving.tend(workshop)
    assert len(files_in(tmp_path / "media")) == 4


def test_a_chat_message_takes_files_too(api: Api, tmp_path: Path):
    fan = api.fan_id("bo")
    path = f"/chats/{fan}/messages"
    answer = api.call("POST", path, files=[("mediaFiles[]", part(photo())), ("mediaFiles[]", (None, "901"))])
    assert answer.status_code == 200, answer.text
    first, second = (each["id"] for each in answer.json()["data"]["media"])
    assert (second, answer.json()["data"]["isMediaReady"]) == (901, True)
    name = uploaded(api, gif())["prefixed_id"]
    body = {"text": "x", "mediaFiles": [name, first]}
    assert len(api.ok("POST", path, body)["media"]) == 2
    assert "used already" in refused(api.call("POST", path, json=body), "mediaFiles")


def test_an_edit_takes_an_upload(api: Api):
    name = uploaded(api, photo())["prefixed_id"]
    made = api.send(scheduledDate="2031-05-06 07:08:09", userLists=["fans"])
    api.ok(
        "PUT",
        f"/mass-messaging/{made['id']}",
        {"text": "Hi", "mediaFiles": [name], "previews": [0], "price": 5},
    )
    detail = api.detail(made["id"])
    assert len(detail["mediaFiles"]) == 1
    assert detail["previews"] == detail["mediaFiles"]


# ---- downloads


def test_a_printed_address_leads_to_the_file(api: Api):
    sample = video()
    media = api.call("POST", "/media/vault", files={"file": part(sample)}).json()["data"]
    url = media["files"]["full"]["url"]
    from urllib.parse import quote

    for said in (quote(url, safe=""), quote(url, safe="&="), url, url.split("?")[0]):
        answer = api.call("GET", f"/media/download/{said}")
        assert answer.status_code == 302, answer.text
        with httpx.Client() as anybody:
            whole = anybody.get(answer.headers["location"])
            assert whole.content == sample.content
            some = anybody.get(answer.headers["location"], headers={"range": "bytes=5-9"})
            assert (some.status_code, some.content) == (206, sample.content[5:10])


def test_what_left_the_vault_is_downloaded_no_more_unless_a_message_carries_it(api: Api):
    sample = photo()
    gone, kept = (
        api.call("POST", "/media/vault", files={"file": part(sample)}).json()["data"] for _ in range(2)
    )
    api.sent(mediaFiles=[kept["id"]], userLists=["fans"])
    links = [media["files"][form]["url"] for media in (gone, kept) for form in ("full", "thumb")]

    def fetched(url: str) -> tuple[int, int]:
        """Of the download, and of the link that was printed before."""
        with httpx.Client() as anybody:
            return api.call("GET", f"/media/download/{url}").status_code, anybody.get(url).status_code

    assert [fetched(url) for url in links] == [(302, 200)] * 4
    api.ok("DELETE", "/media/vault/delete-media", {"mediaIds": [gone["id"], kept["id"]]})
    assert [fetched(url) for url in links] == [(404, 404)] * 2 + [(302, 200)] * 2


def test_other_addresses_and_strangers_files_are_not_downloaded(api: Api):
    media = api.call("POST", "/media/vault", files={"file": part(photo())}).json()["data"]
    ours = media["files"]["full"]["url"].split("?")[0]
    api.world.account("eve")
    for account, said in (
        (ACCOUNT, "https://cdn.example/x.jpg"), (ACCOUNT, "x"), (ACCOUNT, ours.replace("full", "large")),
        (ACCOUNT, ours.replace(str(media["id"]), "4")), ("/api/acct_eve", ours),
    ):  # fmt: skip
        answer = api.call("GET", f"{account}/media/download/{said}")
        assert (answer.status_code, answer.json()["error"]) == (404, "ONLYFANS_COM_ERROR"), said
    assert "scrapes" in refused(api.call("POST", "/media/scrape", json={"url": "https://x.example"}), "url")
