"""Uploads with OnlyFansAPI's own Python SDK, unmodified, on a live sandbox."""

import io
from urllib.request import urlopen

import onlyfansapi as sdk
import pytest

from tests.clients.live import Sandbox, until
from tests.workshops import gif, photo, video

pytestmark = pytest.mark.clients


def test_an_upload_is_sent_once(client: sdk.OnlyFansAPI, sandbox: Sandbox) -> None:
    sample = photo()
    made = client.media.upload(
        sandbox.account, file=(sample.name, io.BytesIO(sample.content), sample.content_type)
    )
    assert made.prefixed_id.startswith("ofapi_media_")
    assert made.file_name == sample.name
    with urlopen(made.source_url) as answer:
        assert answer.read() == sample.content
    body = {"text": "Fresh", "media_files": [made.prefixed_id], "price": 5, "user_ids": ["123"]}
    assert client.mass_messaging.send(sandbox.account, **body).data.id
    with pytest.raises(sdk.UnprocessableEntityError) as refused:
        client.mass_messaging.send(sandbox.account, **body)
    assert "used already" in refused.value.body["errors"]["mediaFiles"][0]


def test_an_upload_in_the_background_is_polled(client: sdk.OnlyFansAPI, sandbox: Sandbox) -> None:
    sample = video()
    pending = client.media.upload(
        sandbox.account, file=(sample.name, sample.content, sample.content_type), async_=True
    )
    name = pending.prefixed_id

    def look() -> object:
        found = client.media.uploads.get_status(name, account=sandbox.account)
        return found if found.status == "completed" else None

    found = until(look, "the upload is completed")
    assert found.media.prefixed_id != name
    assert client.mass_messaging.send(sandbox.account, text="x", media_files=[name], user_ids=["123"]).data.id


def test_an_upload_into_the_vault_can_be_downloaded(client: sdk.OnlyFansAPI, sandbox: Sandbox) -> None:
    sample = gif()
    made = client.media.vault.upload(
        sandbox.account, file=(sample.name, sample.content, sample.content_type)
    ).data
    assert made.files.full.size == sample.size
    # The typed call throws the bytes away; it followed the redirect to them all the same.
    whole = client.media.with_raw_response.download(made.files.full.url, account=sandbox.account)
    assert whole.http_response.content == sample.content


def test_neither_file_nor_address_is_refused(client: sdk.OnlyFansAPI, sandbox: Sandbox) -> None:
    with pytest.raises(sdk.UnprocessableEntityError) as refused:
        client.media.upload(sandbox.account, type="default")
    assert list(refused.value.body["errors"]) == ["file"]
