"""Uploads in OFAuth's dialect (contract §6.1, §3.1), and the links to what became of them."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from fancast.api.http import Face
from fancast.api.links import WINDOW_SECONDS
from fancast.api.ofauth.face import FACE
from fancast.core.receiving import Workshop
from fancast.model.uploads import LIFE, UploadLimits
from tests.contract.ofauth import Api, refusal
from tests.serving import Server, served, until
from tests.workshops import Sample, audio, files_in, gif, photo, video, workshop_on
from tests.world import World


@pytest.fixture
def workshop(world: World, tmp_path: Path) -> Iterator[Workshop]:
    """Uploads in parts of 1,000 bytes."""
    limits = UploadLimits(file_bytes=2_000_000, part_bytes=1_000)
    with workshop_on(world.store, world.clock, tmp_path / "media", limits=limits) as made:
        yield made


@pytest.fixture
def faces() -> Sequence[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    server.world.fan("bo")
    server.world.fan("cy")
    secret = server.world.key()
    headers = {"apiKey": secret, "x-connection-id": server.world.place().account.connection_id}
    with server.client(headers=headers) as client:
        yield Api(server, client)


def init(api: Api, sample: Sample, **said: Any) -> httpx.Response:
    body = {"filename": sample.name, "size": sample.size, "contentType": sample.content_type, **said}
    answer = api.call("POST", "/uploads/init", json=body)
    assert answer.status_code == 200, answer.text
    return answer


def put(api: Api, name: str, sample: Sample) -> httpx.Response:
    headers = {"content-type": sample.content_type}
    return api.call("PUT", f"/uploads/{name}", content=sample.content, headers=headers)


def bytes_of(sample: Sample, part: Any) -> bytes:
    start, end = part["byteRange"]["start"], part["byteRange"]["end"]
    return sample.content[start : end + 1]


def uploaded(api: Api, sample: Sample) -> Any:
    answer = put(api, init(api, sample).json()["mediaUploadId"], sample)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_file_is_announced_in_both_spellings_and_sent_whole(api: Api):
    sample = photo()
    told = init(api, sample)
    parts = -(-sample.size // 1_000)
    assert told.headers["x-ofauth-upload-total-parts"] == str(parts)
    assert told.headers["x-ofauth-upload-part-size"] == "1000"
    theirs = {"filename": "a.jpg", "filesize": sample.size, "mimeType": "image/jpeg", "vaultUpload": None}
    name = api.ok("POST", "/uploads/init", theirs)["mediaUploadId"]
    assert name.startswith("upload:")
    done = put(api, name, sample).json()
    assert set(done) == {"mediaUploadId", "mediaId", "media"}
    assert (done["mediaUploadId"], done["mediaId"]) == (name, done["media"]["id"])
    media = done["media"]
    assert (media["type"], media["isReady"], media["hasError"]) == ("photo", True, False)
    assert (media["files"]["full"]["width"], media["files"]["full"]["height"]) == (640, 480)
    assert put(api, name, sample).json()["mediaId"] == done["mediaId"]


def test_parts_are_put_together_and_completing_again_says_the_same(api: Api):
    sample = photo()
    name = init(api, sample).json()["mediaUploadId"]
    pieces = [sample.content[start : start + 1_000] for start in range(0, sample.size, 1_000)]
    early = refusal(api.call("POST", "/uploads/complete", json={"mediaUploadId": name}), 400, "BAD_REQUEST")
    assert early["details"] == {"field": "mediaUploadId"}
    for number, piece in enumerate(pieces, start=1):
        told = api.call("PUT", f"/uploads/{name.replace(':', '%3A')}/parts/{number}", content=piece)
        etag = hashlib.md5(piece).hexdigest()
        assert told.json() == {"mediaUploadId": name, "partNumber": number, "etag": etag}
    first, second = (api.ok("POST", "/uploads/complete", {"mediaUploadId": name}) for _ in range(2))
    assert first["mediaId"] == second["mediaId"] == first["media"]["id"]
    whole = api.client.get(first["media"]["files"]["full"]["url"], headers={"apiKey": ""})
    assert whole.content == sample.content


def in_parts(api: Api, sample: Sample) -> str:
    """An upload whose parts are all here."""
    name: str = (told := init(api, sample).json())["mediaUploadId"]
    for part in told["parts"]:
        where = part["uploadUrl"].partition("/v2/access")[2]
        answers = [api.call("PUT", where, content=bytes_of(sample, part)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
    return name


def test_a_completion_under_a_key_is_done_once_and_for_one_upload(api: Api):
    first, other = in_parts(api, photo()), in_parts(api, photo(800, 600))

    def complete(name: str, key: str) -> httpx.Response:
        headers = {"Idempotency-Key": key}
        return api.call("POST", "/uploads/complete", json={"mediaUploadId": name}, headers=headers)

    done, again = (complete(first, "one") for _ in range(2))
    assert (done.status_code, again.content) == (200, done.content)
    assert "idempotent-replayed" not in done.headers
    assert again.headers["idempotent-replayed"] == "true"
    refusal(complete(other, "one"), 400, "IDEMPOTENCY_MISMATCH")
    part = photo(800, 600).content[:1_000]
    assert api.call("PUT", f"/uploads/{other}/parts/1", content=part).status_code == 200, "it is still open"
    assert complete(other, "two").json()["mediaId"] != done.json()["mediaId"]


def test_a_file_sent_again_to_the_same_address_is_answered_alike(api: Api):
    sample = photo()
    name = init(api, sample).json()["mediaUploadId"]
    first, again = put(api, name, sample), put(api, name, sample)
    assert (first.status_code, again.json()) == (200, first.json())


def test_an_announcement_says_where_each_part_goes(api: Api):
    sample = photo()
    told = init(api, sample)
    plan = told.json()
    assert set(plan) == {
        "mediaUploadId", "uploadType", "totalParts", "partSize", "expiresAt", "parts", "completeUrl",
    }  # fmt: skip
    assert plan["uploadType"] == "multipart"
    assert str(plan["totalParts"]) == told.headers["x-ofauth-upload-total-parts"]
    assert str(plan["partSize"]) == told.headers["x-ofauth-upload-part-size"]
    assert datetime.fromisoformat(plan["expiresAt"]) == api.world.clock() + LIFE
    assert [part["partNumber"] for part in plan["parts"]] == list(range(1, plan["totalParts"] + 1))
    assert "/uploads/upload%3A" in plan["parts"][0]["uploadUrl"]
    pieces = [bytes_of(sample, part) for part in plan["parts"]]
    assert b"".join(pieces) == sample.content
    for part, piece in zip(plan["parts"], pieces, strict=True):
        assert api.client.put(part["uploadUrl"], content=piece).json()["partNumber"] == part["partNumber"]
    done = api.client.post(plan["completeUrl"], json={"mediaUploadId": plan["mediaUploadId"]})
    assert done.json()["media"]["type"] == "photo"


def test_a_small_file_goes_at_once_and_may_be_completed_all_the_same(api: Api):
    sample = gif()
    plan = init(api, sample).json()
    assert (plan["uploadType"], plan["totalParts"]) == ("single", 1)
    [part] = plan["parts"]
    assert bytes_of(sample, part) == sample.content
    done = api.client.put(part["uploadUrl"], content=sample.content).json()
    again = api.client.post(plan["completeUrl"], json={"mediaUploadId": plan["mediaUploadId"]}).json()
    assert again["mediaId"] == done["mediaId"]


def test_a_file_is_found_by_its_md5(api: Api):
    sample = photo()
    done = uploaded(api, sample)
    etag = hashlib.md5(sample.content).hexdigest()
    for said in (etag, f'"{etag}"', etag.upper()):
        found = api.ok("POST", "/uploads/check", {"etag": said, "size": sample.size})
        assert (found["exists"], found["media"]["id"]) == (True, done["mediaId"])
    assert api.ok("POST", "/uploads/check", {"etag": etag, "size": 1}) == {"exists": False}


def test_an_upload_is_sent_once_and_its_vault_id_again(api: Api):
    name = uploaded(api, photo())["mediaUploadId"]
    made = api.sent(mediaItems=[name], price=5)
    [media] = api.one(made)["media"]
    assert media["type"] == "photo"
    message = api.refused_send({"text": "x", "userLists": ["fans"], "mediaItems": [name]}, field="mediaItems")
    assert f"name its vault media {media['id']}" in message
    assert [each["id"] for each in api.one(api.sent(mediaItems=[media["id"]]))["media"]] == [media["id"]]


def test_order_previews_and_the_older_prefix_are_kept(api: Api):
    api.world.media(901)
    one, two = uploaded(api, photo()), uploaded(api, gif())
    older = two["mediaUploadId"].replace("upload:", "ofauth_upload_")
    made = api.sent(mediaItems=[older, 901, one["mediaUploadId"]], price=5, previewMediaCount=2)
    found = api.one(made)
    assert [each["id"] for each in found["media"]] == [two["mediaId"], 901, one["mediaId"]]
    assert found["previews"] == [two["mediaId"], 901]


def test_a_refused_send_leaves_the_upload_usable(api: Api):
    name = uploaded(api, photo())["mediaUploadId"]
    for wrong in (
        {"price": 1},
        {"userLists": ["nobody"]},
        {"mediaItems": [name, 404]},
        {"previewMediaCount": 2},
    ):
        body = {"text": "x", "userLists": ["fans"], "mediaItems": [name], **wrong}
        answer = api.call("POST", "/mass-messages", json=body)
        assert answer.status_code == 400, answer.text
    assert api.sent(mediaItems=[name])


def test_one_of_two_sends_at_once_gets_the_upload(api: Api):
    name = uploaded(api, photo())["mediaUploadId"]

    def send(number: int) -> int:
        body = {"text": f"{number}", "userLists": ["fans"], "mediaItems": [name]}
        return api.call("POST", "/mass-messages", json=body).status_code

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(send, range(6))) == [200, 400, 400, 400, 400, 400]


def test_an_edit_takes_an_upload_too(api: Api):
    done = uploaded(api, photo())
    made = api.send(scheduledDate="2031-05-06T07:08:09Z")
    api.ok(
        "PUT", f"/mass-messages/{made['id']}", {"mediaItems": [done["mediaUploadId"]], "previewMediaCount": 1}
    )
    found = api.one(made)
    assert ([each["id"] for each in found["media"]], found["previews"]) == (
        [done["mediaId"]],
        [done["mediaId"]],
    )


def test_a_chat_message_takes_an_upload(api: Api):
    done, fan = uploaded(api, photo()), api.fan_id("bo")
    sent = api.ok("POST", f"/chats/{fan}/messages", {"text": "x", "mediaItems": [done["mediaUploadId"]]})
    assert [each["id"] for each in sent["media"]] == [done["mediaId"]]


BAD_BODIES = [
    {}, {"filename": "", "size": 1, "contentType": "image/jpeg"}, {"filename": "a", "contentType": "image/jpeg"},
    {"filename": "a", "size": 0, "contentType": "image/jpeg"}, {"filename": "a", "size": -5, "contentType": "x/y"},
    {"filename": "a", "size": "many", "contentType": "image/jpeg"}, {"filename": "a", "size": 1},
    {"filename": "a", "size": 1, "contentType": ""}, {"filename": 7, "size": 1, "contentType": "image/jpeg"},
    {"filename": "a" * 300, "size": 1, "contentType": "image/jpeg"},
    {"filename": "a", "size": 1, "contentType": "image/jpeg", "vaultUpload": 3},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES)
def test_what_cannot_be_announced_is_refused(api: Api, body: Any):
    api.refused("POST", "/uploads/init", 400, "BAD_REQUEST", json=body)


def test_too_large_a_file_is_refused_before_it_comes(api: Api):
    body = {"filename": "a.mp4", "size": 2_000_001, "contentType": "video/mp4"}
    api.refused("POST", "/uploads/init", 413, "PAYLOAD_TOO_LARGE", json=body)


def test_bodies_that_are_empty_too_long_or_too_short_are_refused_and_leave_nothing(api: Api, tmp_path: Path):
    sample = photo()
    name = init(api, sample).json()["mediaUploadId"]
    for content, status in ((b"", 400), (sample.content[:-1], 400), (sample.content + b"x", 413)):
        answer = api.call("PUT", f"/uploads/{name}", content=content)
        refusal(answer, status, "BAD_REQUEST" if status == 400 else "PAYLOAD_TOO_LARGE")
    for part in ("0", "99", "x", "-1"):
        refusal(api.call("PUT", f"/uploads/{name}/parts/{part}", content=b"x"), 400, "BAD_REQUEST")
    assert files_in(tmp_path / "media") == []


def test_unknown_uploads_are_not_found_and_cannot_be_sent(api: Api):
    for name in ("upload:1c7e6f0a-9d55-4d6c-8b1c-0e6a3c1f2d90", "nonsense", "upload:"):
        api.refused("PUT", f"/uploads/{name}", 404, "RESOURCE_NOT_FOUND", content=b"x")
        api.refused("PUT", f"/uploads/{name}/parts/1", 404, "RESOURCE_NOT_FOUND", content=b"x")
        api.refused("POST", "/uploads/complete", 404, "RESOURCE_NOT_FOUND", json={"mediaUploadId": name})
    for name in ("upload:1c7e6f0a-9d55-4d6c-8b1c-0e6a3c1f2d90", "ofauth_upload_abc", "upload:x"):
        message = api.refused_send(
            {"text": "x", "userLists": ["fans"], "mediaItems": [name]}, field="mediaItems"
        )
        assert "no upload" in message
    for word in ("nonsense", "ftp://x/y", "upload:"):
        api.refused_send({"text": "x", "userLists": ["fans"], "mediaItems": [word]}, field="mediaItems")


def test_a_strangers_upload_does_not_exist(api: Api):
    api.world.account("eve")
    name = init(api, photo()).json()["mediaUploadId"]
    eve = {"apiKey": api.world.key(), "x-connection-id": api.world.place("eve").account.connection_id}
    answer = api.call("PUT", f"/uploads/{name}", content=photo().content, headers=eve)
    refusal(answer, 404, "RESOURCE_NOT_FOUND")
    answer = api.call("PUT", f"/uploads/{name}", content=photo().content, headers={"apiKey": "sk_live_wrong"})
    refusal(answer, 401, "UNAUTHORIZED")


@pytest.mark.parametrize("make", [photo, audio])
def test_a_file_that_is_not_what_it_says_is_refused_in_words(api: Api, tmp_path: Path, make: Any):
    lie = Sample("x.mp4", "video/mp4", "", make().content)
    told = refusal(put(api, init(api, lie).json()["mediaUploadId"], lie), 400, "BAD_REQUEST")
    assert "declared as video/mp4" in told["message"]
    assert files_in(tmp_path / "media") == []


# ---- links


def test_links_give_the_whole_a_part_or_nothing_new(api: Api):
    sample = video()
    media = uploaded(api, sample)["media"]
    url = media["files"]["full"]["url"]
    with httpx.Client() as anybody:
        whole = anybody.get(url)
        assert (whole.status_code, whole.content) == (200, sample.content)
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["accept-ranges"] == "bytes"
        assert whole.headers["x-content-type-options"] == "nosniff"
        size = sample.size
        for said, start, end in (
            ("bytes=0-0", 0, 1), ("bytes=100-", 100, size), ("bytes=-50", size - 50, size),
            ("bytes=10-99999999", 10, size),
        ):  # fmt: skip
            part = anybody.get(url, headers={"range": said})
            assert (part.status_code, part.content) == (206, sample.content[start:end]), said
            assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        beyond = anybody.get(url, headers={"range": f"bytes={size}-"})
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
        for said in ("bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,5-6"):
            assert anybody.get(url, headers={"range": said}).status_code == 200
        known = anybody.get(url, headers={"if-none-match": whole.headers["etag"]})
        assert (known.status_code, known.content) == (304, b"")
        stale = anybody.get(url, headers={"range": "bytes=0-9", "if-range": '"other"'})
        assert stale.status_code == 200
        head = anybody.head(url)
        assert (head.headers["content-length"], head.content) == (str(size), b"")
        thumb = anybody.get(media["files"]["thumb"]["url"])
        assert (thumb.headers["content-type"], thumb.content[:2]) == ("image/jpeg", b"\xff\xd8")


def test_links_are_for_one_file_and_a_while(api: Api):
    media = uploaded(api, photo())["media"]
    url, thumb = media["files"]["full"]["url"], media["files"]["thumb"]["url"]
    with httpx.Client() as anybody:
        swapped = url.split("?")[0] + "?" + thumb.split("?")[1]
        cut = url.split("?")[0]
        later = url.replace("expires=", "expires=9")
        for wrong in (swapped, cut, later, url[:-1] + ("0" if url[-1] != "0" else "1")):
            told = anybody.get(wrong)
            assert (told.status_code, told.json()["error"]) == (403, "link_expired"), wrong
        api.world.clock.forward(seconds=WINDOW_SECONDS)
        assert anybody.get(url).status_code == 200
        api.world.clock.forward(seconds=WINDOW_SECONDS)
        assert anybody.get(url).status_code == 403


def test_links_stay_the_same_for_a_while(api: Api):
    done = uploaded(api, photo())
    etag = {"etag": hashlib.md5(photo().content).hexdigest(), "size": photo().size}
    first, second = (api.ok("POST", "/uploads/check", etag)["media"]["files"] for _ in range(2))
    assert first == second == done["media"]["files"]


def test_an_upload_that_breaks_off_leaves_nothing(api: Api, tmp_path: Path):
    sample = photo(2_000, 2_000)
    name = init(api, sample).json()["mediaUploadId"]

    def breaking() -> Iterator[bytes]:
        yield sample.content[:5_000]
        raise RuntimeError("the caller fell")

    with pytest.raises(RuntimeError):
        api.call("PUT", f"/uploads/{name}", content=breaking())
    until(lambda: files_in(tmp_path / "media") == [] or None, "nothing is left")
    assert put(api, name, sample).status_code == 200


def test_a_server_without_storage_says_so(world: World):
    with served(world, [FACE]) as bare:
        headers = {"apiKey": world.key(), "x-connection-id": world.place().account.connection_id}
        with httpx.Client(base_url=bare.base_url, headers=headers) as client:
            body = {"filename": "a.jpg", "size": 5, "contentType": "image/jpeg"}
            name = client.post("/v2/access/uploads/init", json=body).json()["mediaUploadId"]
            answer = client.put(f"/v2/access/uploads/{name}", content=b"12345")
            assert answer.status_code == 503
