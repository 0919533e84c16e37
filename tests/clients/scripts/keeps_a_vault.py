"""The vault: media in every order, lists made, filled, renamed, emptied, deleted; media by their address."""

from onlyfans_sdk import messages, models, vault, vault_lists
from scenario import VERSION, client, refused

name = f"Set of {VERSION}"


def media_id(c, url):
    """A message to one fan with media from this address; returns the media's id."""
    sent = messages.create_chats_chats_messages(c, "123", {"text": "look", "mediaItems": [url]})
    assert sent["isMediaReady"] is True, sent
    assert sent["media"][0]["files"]["full"]["url"].startswith("http"), sent
    return sent["media"][0]["id"]


with client() as c:
    page = vault.list_media(c, limit=3)
    models.V2AccessVaultMediaGetResponse.model_validate(page)
    assert len(page["list"]) == 3, page
    assert page["hasMore"] is True, page
    every = [item["id"] for item in vault.iter_media(c, page_size=3)]
    assert len(every) == len(set(every)), every
    assert {789, 790, 12345, 12346} <= set(every), every
    oldest = [
        item["id"] for item in vault.list_media(c, limit=40, sort_by="recent", sort_direction="asc")["list"]
    ]
    newest = [item["id"] for item in vault.list_media(c, limit=40, sort_by="recent")["list"]]
    assert oldest == newest[::-1], (oldest, newest)
    for order in ("most-liked", "highest-tips"):
        assert vault.list_media(c, sort_by=order)["list"], order
    assert all(item["type"] == "video" for item in vault.list_media(c, media_type="video")["list"])

    made = vault_lists.create_vault_vault_lists(c, {"name": name})
    models.V2AccessVaultListsPostResponse.model_validate(made)
    assert isinstance(made["id"], int), made
    filled = vault_lists.create_vault_vault_lists_media(c, made["id"], {"mediaIds": [789, 790, 789]})
    models.V2AccessVaultListsListIdMediaPostResponse.model_validate(filled)
    assert (filled["hasMedia"], filled["photosCount"]) == (True, 2), filled
    held = vault_lists.list_vault_vault_lists_media(c, made["id"])
    models.V2AccessVaultListsListIdMediaGetResponse.model_validate(held)
    assert {item["id"] for item in held["list"]} == {789, 790}, held
    assert {item["id"] for item in vault.list_media(c, list_id=float(made["id"]))["list"]} == {789, 790}

    lists = vault_lists.list_vault_vault_lists(c, query=name)
    models.V2AccessVaultListsGetResponse.model_validate(lists)
    assert [each["id"] for each in lists["list"]] == [made["id"]], lists
    types = [each["type"] for each in vault_lists.iter_vault_vault_lists(c, page_size=2)]
    assert types[:5] == ["messages", "posts", "stories", "streams", "media_stickers"], types

    changed = vault_lists.update_vault_vault_lists(
        c, made["id"], {"name": f"{name}, empty", "clearMedia": True}
    )
    models.V2AccessVaultListsListIdPatchResponse.model_validate(changed)
    assert (changed["name"], changed["hasMedia"]) == (f"{name}, empty", False), changed
    assert vault_lists.delete_vault_vault_lists(c, made["id"]) == {}
    assert refused(vault_lists.list_vault_vault_lists_media, c, made["id"]).status == 404

    # As the guides print it: no such host exists, the sandbox answers itself.
    fetched = media_id(c, "https://cdn.example/p.jpg")
    assert fetched in [item["id"] for item in vault.list_media(c)["list"]]
