"""The verbs of an upload one by one: announced, and completed too early; a file that is there already is found."""

import hashlib
import io

from onlyfans_sdk import upload
from PIL import Image
from scenario import SANDBOX, VERSION, client, fits, refused


def photo() -> bytes:
    """Other bytes for each version: what one put in the vault is none of the next one's."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (len(VERSION), int(VERSION[0]), int(VERSION[2]))).save(out, "PNG")
    return out.getvalue()


with client() as c:
    bytes_ = photo()
    said = {"filename": "a.png", "filesize": len(bytes_), "mimeType": "image/png"}
    said |= {"size": len(bytes_), "contentType": "image/png"}
    announced = upload.init_uploads(c, said)
    fits("V2AccessUploadsInitPostResponse", announced)
    id = announced["mediaUploadId"]
    early = refused(upload.complete_uploads, c, {"mediaUploadId": id})
    assert early.status in (400, 409), vars(early)

    missing = upload.create_uploads_uploads_check(
        c, {"etag": hashlib.md5(bytes_).hexdigest(), "size": len(bytes_)}
    )
    assert missing["exists"] is False, missing
    c.upload_media(SANDBOX["connection_id"], "a.png", bytes_, "image/png")
    found = upload.create_uploads_uploads_check(
        c, {"etag": hashlib.md5(bytes_).hexdigest(), "size": len(bytes_)}
    )
    fits("V2AccessUploadsCheckPostResponse", found)
    assert found["exists"] is True, found
