"""The vault with OnlyFansAPI's own Python SDK, unmodified, on a live sandbox.

`strict` is the SDK's private switch that refuses an answer whose types differ from its models. It is off for media:
the models take thumb and preview for texts, since the samples they were made of had none.
"""

from urllib.request import urlopen

import onlyfansapi as sdk
import pytest

from tests.clients.live import Sandbox

pytestmark = pytest.mark.clients


def test_media_are_listed_sorted_and_read(client: sdk.OnlyFansAPI, sandbox: Sandbox) -> None:
    page = client.media.vault.list(sandbox.account, limit=100).data
    ids = [item.id for item in page.list]
    assert {789, 790, 12345, 12346} <= set(ids)
    assert page.has_more is False
    turned = client.media.vault.list(sandbox.account, limit=100, field="recent", sort="asc").data
    assert [item.id for item in turned.list] == ids[::-1]
    videos = client.media.vault.list(sandbox.account, type="video", field="most-liked").data.list
    assert {item.type for item in videos} == {"video"}
    found = client.media.vault.retrieve(789, account=sandbox.account).data
    assert (found.id, found.is_ready, found.can_view) == (789, True, True)


def test_lists_are_made_filled_renamed_and_deleted(
    client: sdk.OnlyFansAPI, strict: sdk.OnlyFansAPI, sandbox: Sandbox
) -> None:
    lists = strict.media.vault.lists
    made = lists.create(sandbox.account, name="Set of the SDK").data
    assert (made.type, made.can_update, made.has_media) == ("custom", True, False)
    id = str(made.id)
    filled = lists.media.add(id, account=sandbox.account, media_ids=["789", "790"]).data
    assert (filled.photos_count, filled.has_media) == (2, True)
    assert [item.id for item in client.media.vault.list(sandbox.account, list=made.id).data.list] == [
        790,
        789,
    ]
    emptied = lists.media.remove(id, account=sandbox.account, media_ids=["789"]).data
    assert emptied.photos_count == 1
    assert lists.update(id, account=sandbox.account, name="Other name").data.name == "Other name"
    assert lists.retrieve(id, account=sandbox.account).data.name == "Other name"
    named = lists.list(sandbox.account, query="other").data
    assert [each.id for each in named.list] == [made.id]
    assert lists.delete(id, account=sandbox.account).data.success is True
    with pytest.raises(sdk.NotFoundError):
        lists.retrieve(id, account=sandbox.account)


def test_a_file_by_its_address_comes_into_the_vault_and_leaves_it(
    client: sdk.OnlyFansAPI, sandbox: Sandbox
) -> None:
    url = "https://your-cdn.com/exclusive-content.mp4"
    made = client.media.vault.upload(sandbox.account, file_url=url).data
    assert (made.type, made.is_ready) == ("video", True)
    with urlopen(made.files.full.url) as answer:
        assert len(answer.read()) == made.files.full.size
    assert client.media.vault.delete(sandbox.account, media_ids=[str(made.id)]).data.success is True
    with pytest.raises(sdk.NotFoundError):
        client.media.vault.retrieve(made.id, account=sandbox.account)
