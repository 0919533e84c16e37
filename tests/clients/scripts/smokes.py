"""What the vendor's first users run: a mass message made, read, listed and deleted, and two files uploaded.

As printed, but for the files: bytes that are no picture are refused here.
"""

import io

from onlyfans_sdk import analytics, messages
from PIL import Image
from scenario import SANDBOX, client, new_list, refused, scheduled


def picture(kind: str, side: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(out, kind)
    return out.getvalue()


with client(timeout=10) as c:
    body = {
        "text": "**smoke**",
        "userLists": [new_list(c, 123), "fans"],
        "scheduledDate": "2031-05-06T07:08:09Z",
    }
    made = messages.create_mass_messages(c, body)
    mid = str(made["id"])
    assert messages.get_mass_messages(c, mid)["id"] == made["id"]
    page = scheduled(c, limit=5)
    assert isinstance(page["list"], list), page
    assert page["hasMore"] in (True, False), page
    if hasattr(analytics, "list_mass_messages_sents"):
        assert "items" in analytics.list_mass_messages_sents(c, limit=5)
    assert messages.delete_mass_messages(c, mid)["success"] is True
    assert refused(messages.get_mass_messages, c, mid).status == 404
    connection = SANDBOX["connection_id"]
    one = c.upload_media(connection, "a.jpg", picture("JPEG", 8), "image/jpeg")
    many = c.upload_media(
        connection, "b.png", picture("PNG", 900), "image/png", on_progress=lambda done, total: None
    )
    assert one["media"]["id"], one
    assert many["mediaUploadId"], many
