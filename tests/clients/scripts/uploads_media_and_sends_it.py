"""The SDK's own helper uploads a photo at once and a long sound in parts; a message takes each once."""

import io
import wave

from onlyfans_sdk import messages
from PIL import Image
from scenario import SANDBOX, client, new_list, refused, sent_to


def photo() -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "JPEG")
    return out.getvalue()


def sound(seconds: int) -> bytes:
    """88,200 bytes a second."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(b"\0\0" * 44_100 * seconds)
    return out.getvalue()


with client(timeout=60) as c:
    one = c.upload_media(SANDBOX["connection_id"], "a.jpg", photo(), "image/jpeg")
    assert (one["media"]["type"], one["media"]["isReady"]) == ("photo", True), one
    assert one["mediaId"] == one["media"]["id"], one

    told = []
    long = sound(110)
    many = c.upload_media(
        SANDBOX["connection_id"],
        "b.wav",
        long,
        "audio/wav",
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert len(told) >= 2, told
    assert (many["media"]["type"], many["media"]["duration"]) == ("audio", 110), many

    body = {
        "text": "Fresh",
        "mediaItems": [one["mediaUploadId"], many["mediaUploadId"]],
        "price": 5,
        "previewMediaCount": 1,
        "userLists": [new_list(c, 123)],
    }
    whole = sent_to(c, messages.create_mass_messages(c, body), 1)
    assert [media["id"] for media in whole["media"]] == [one["mediaId"], many["mediaId"]], whole
    error = refused(messages.create_mass_messages, c, body)
    assert error.status == 400, vars(error)
    assert "used already" in str(error), vars(error)

    empty = refused(c.request, "PUT", f"/v2/access/uploads/{one['mediaUploadId'][:-4]}0000")
    assert empty.status == 404, vars(empty)
