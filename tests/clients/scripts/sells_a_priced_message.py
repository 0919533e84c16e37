"""A priced message carries vault media, shows its first items free, and tells its price as text."""

from onlyfans_sdk import messages, models
from scenario import VERSION, client, copies, new_list, sent_to

with client() as c:
    made = messages.create_mass_messages(
        c,
        {
            "text": f"Behind the curtain {VERSION}",
            "mediaItems": [12345, "12346"],
            "price": 14.99,
            "previewMediaCount": 1,
            "isLockedText": True,
            "userLists": [new_list(c, 123, 456)],
        },
    )
    models.V2AccessMassMessagesPostResponse.model_validate(made)
    whole = sent_to(c, made, 2)
    assert whole["price"] == "14.99", whole
    assert whole["isFree"] is False, whole
    assert whole["purchasedCount"] == 0, whole
    assert [media["id"] for media in whole["media"]] == [12345, 12346], whole
    assert whole["previews"] == [12345], whole

    (copy,) = copies(c, 123, made)
    assert copy["isFree"] is False, copy
    assert copy["lockedText"] is True, copy
    assert copy["mediaCount"] == 2, copy
    assert copy["previews"] == [12345], copy
    assert copy["text"] == f"<p>Behind the curtain {VERSION}</p>", copy
