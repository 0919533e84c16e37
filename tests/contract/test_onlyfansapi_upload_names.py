"""Uploads in OnlyFansAPI's dialect: what an upload may be for, and the names that refusals call one by."""

from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api.http import Face
from fancast.api.onlyfansapi.face import FACE
from tests.contract.onlyfansapi import Api, calling
from tests.serving import Server
from tests.workshops import photo


@pytest.fixture
def faces() -> list[Face]:
    return [FACE]


@pytest.fixture
def api(server: Server) -> Iterator[Api]:
    server.world.fan("bo")
    with calling(server) as api:
        yield api


def upload(api: Api, path: str = "/media/upload", **fields: str) -> Any:
    sample = photo()
    part = (sample.name, sample.content, sample.content_type)
    return api.call("POST", path, files={"file": part}, data=fields)


def test_an_upload_is_for_what_the_vendor_knows(api: Api) -> None:
    for known in ("default", "avatar", "header", ""):
        assert upload(api, type=known).status_code == 200
    for answer in (
        upload(api, type="bogus"),
        api.call("POST", "/media/upload", json={"file_url": "http://127.0.0.1:9/a.jpg", "type": "bogus"}),
    ):
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["type"]), answer.text
    # The vault's uploads know no such field.
    assert upload(api, "/media/vault", type="bogus").status_code == 200


def test_an_upload_that_was_used_is_refused_by_the_name_it_was_called(api: Api) -> None:
    name = upload(api).json()["prefixed_id"]
    taken = api.sent(mediaFiles=[name], userLists=["fans"])["mediaFiles"]
    said = f"Upload {name} was used already; name its vault media {taken[0]} instead."
    assert api.invalid("mediaFiles", {"text": "Hi", "mediaFiles": [name]}) == said


def test_an_upload_of_somebody_else_is_refused_by_the_name_it_was_called(api: Api) -> None:
    name = "ofapi_media_" + "0" * 32
    said = f"There is no upload {name}."
    assert api.invalid("mediaFiles", {"text": "Hi", "mediaFiles": [name]}) == said
