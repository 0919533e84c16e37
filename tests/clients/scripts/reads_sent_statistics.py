"""Statistics of sent messages come under `items` and `list` alike, newest first, within the dates asked."""

from onlyfans_sdk import messages
from scenario import VERSION, client, in_days, new_list, sent_statistics, sent_to

with client() as c:
    body = {"text": f"How **many** {VERSION}", "userLists": [new_list(c, 123, 456)]}
    made = messages.create_mass_messages(c, {**body, "mediaItems": [12345], "price": 9.5})
    sent_to(c, made, 2)

    page = sent_statistics(c, limit=5, start_date=in_days(-1), end_date=in_days(1))
    assert page["items"] == page["list"], page
    assert page["hasMore"] in {True, False}, page
    assert len(page["items"]) <= 5, page
    (item,) = [item for item in page["items"] if item["id"] == made["id"]]
    assert item["text"] == f"<p>How <strong>many</strong> {VERSION}</p>", item
    assert item["rawText"] == f"How **many** {VERSION}", item
    assert (item["sentCount"], item["viewedCount"], item["purchasedCount"]) == (2, 0, 0), item
    assert float(item["price"]) == 9.5, item
    assert isinstance(item["price"], str), item
    assert item["totalAmount"] == 0, item
    assert item["createdAt"], item
    assert item["releaseForms"] == [], item
    assert [media["id"] for media in item["media"]] == [12345], item

    ids = [item["id"] for item in sent_statistics(c, limit=100)["items"]]
    assert ids == sorted(ids, reverse=True), ids
    long_ago = sent_statistics(c, limit=5, start_date=in_days(-2000), end_date=in_days(-1990))
    assert long_ago["items"] == long_ago["list"] == [], long_ago
    assert long_ago["hasMore"] is False, long_ago
