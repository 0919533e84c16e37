"""Addresses of media on their way in and out."""

from fancast.api.faces import FORM, Route
from fancast.api.onlyfansapi import downloads, uploads, vault_lists
from fancast.api.onlyfansapi.envelope import Envelope

_TAGS = ("Media",)
_SAMPLE = {"file_url": "https://your-cdn.com/exclusive-content.mp4"}
_PENDING = ((202, uploads.UploadPending),)
_ASYNC = "With `async` the answer is 202 with a polling_url, at once."

ROUTES = (
    Route("POST", "/media/upload", uploads.upload, "vault:write", "Upload a file for one message", tags=_TAGS,
          reads=uploads.UploadBody, writes=uploads.Uploaded, intake=uploads.take_upload, takes=FORM, sample=_SAMPLE,
          also=_PENDING, description=f"A file, or the address of one. {_ASYNC}"),
    Route("GET", "/media/uploads/{prefixed_id}/status", uploads.status, "vault:read", "How an upload is doing",
          tags=_TAGS, writes=uploads.UploadStatus),
    Route("POST", "/media/vault", vault_lists.upload, "vault:write", "Upload a file into the vault",
          tags=_TAGS, reads=uploads.UploadBody, writes=Envelope[vault_lists.VaultMedia],
          intake=uploads.take_for_vault, takes=FORM, sample=_SAMPLE, also=_PENDING,
          description=f"A file, or the address of one. {_ASYNC}"),
    Route("GET", "/media/download/{cdn_url:path}", downloads.download, "vault:read", "Download a media file",
          tags=_TAGS, status=302, description="The address as this server prints it, percent-encoded or raw. The "
          "answer leads to the file; `Range` is honoured there."),
    Route("POST", "/media/scrape", downloads.scrape, "vault:write", "Not offered here", tags=_TAGS,
          documented=False),
)  # fmt: skip
