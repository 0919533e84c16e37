"""The paths of uploads in this dialect."""

from fancast.api.faces import RAW_BODY, Route
from fancast.api.ofauth import uploads

_TAGS = ("Uploads",)
_AGAIN = "Takes no Idempotency-Key: its address says what it stands for, and the same bytes again are answered alike."
_SAMPLE = {"filename": "beach.jpg", "size": 123456, "contentType": "image/jpeg"}

ROUTES = (
    Route("POST", "/uploads/init", uploads.init, "vault:write", "Announce an upload", tags=_TAGS,
          reads=uploads.UploadInput, writes=uploads.UploadMade, sample=_SAMPLE,
          description="The answer tells how to send it, part by part; the headers `x-ofauth-upload-total-parts` and "
          "`x-ofauth-upload-part-size` say the same. A single PUT of the whole is taken whatever they say."),
    Route("POST", "/uploads/complete", uploads.complete, "vault:write", "Complete an upload of parts", tags=_TAGS,
          reads=uploads.CompleteInput, writes=uploads.UploadDone, intake=uploads.take_completion),
    Route("POST", "/uploads/check", uploads.check, "vault:write", "Look for a file in the vault", tags=_TAGS,
          reads=uploads.CheckInput, writes=uploads.Checked, writes_data=False),
    Route("PUT", "/uploads/{mediaUploadId}", uploads.put, "vault:write", "Upload a whole file", tags=_TAGS,
          writes=uploads.UploadDone, intake=uploads.take_whole, takes=RAW_BODY, writes_data=False,
          description=_AGAIN),
    Route("PUT", "/uploads/{mediaUploadId}/parts/{partNumber}", uploads.put_part, "vault:write",
          "Upload a part of a file", tags=_TAGS, writes=uploads.PartDone, intake=uploads.take_part, takes=RAW_BODY,
          writes_data=False, description=_AGAIN),
)  # fmt: skip
