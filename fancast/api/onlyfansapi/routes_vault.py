"""Addresses of the vault."""

from fancast.api.faces import Repeat
from fancast.api.http import Route
from fancast.api.onlyfansapi import vault_lists as v
from fancast.api.onlyfansapi.envelope import Envelope
from fancast.api.onlyfansapi.mass_messages import Success

_TAGS = ("Vault",)
_NAME, _IDS = {"name": "Summer set"}, {"mediaIds": [789, 790]}
_BY_ETAG = (
    "Its ETag is over what is stored; with `If-None-Match` of that one the answer is 304 and empty. Links end after 20 "
    "to 40 minutes: a 304 is given while those of the known answer are good for five minutes more, then the lists with "
    "new links and a new ETag. With `lightweight` there are no links, and the ETag stays."
)

ROUTES = (
    Route("GET", "/media/vault", v.list_media, "vault:read", "Media of the vault", tags=_TAGS,
          writes=Envelope[v.VaultMediaPage], query=v.MEDIA_QUERY),
    Route("DELETE", "/media/vault/delete-media", v.delete_media, "vault:write", "Take media out of the vault",
          tags=_TAGS, reads=v.MediaIdsBody, writes=Envelope[Success], sample=_IDS,
          description="All of them, or none; in the body, or as `mediaIds=1,2` in the query. Messages that carry "
          "them keep them."),
    Route("GET", "/media/vault/lists", v.list_all, "vault:read", "Vault lists", tags=_TAGS,
          writes=Envelope[v.VaultListsPage] | Envelope[v.LightPage], also=((304, None),), query=v.LISTS_QUERY,
          description=_BY_ETAG),
    Route("POST", "/media/vault/lists", v.create, "vault:write", "Make a vault list", tags=_TAGS, reads=v.NameBody,
          writes=Envelope[v.VaultListItem], sample=_NAME, repeat=Repeat.DOUBLED),
    Route("GET", "/media/vault/lists/{list_id}", v.get, "vault:read", "One vault list", tags=_TAGS,
          writes=Envelope[v.VaultListItem]),
    Route("PUT", "/media/vault/lists/{list_id}", v.rename, "vault:write", "Rename a vault list", tags=_TAGS,
          reads=v.NameBody, writes=Envelope[v.VaultListItem], sample=_NAME),
    Route("DELETE", "/media/vault/lists/{list_id}", v.delete, "vault:write", "Delete a vault list", tags=_TAGS,
          writes=Envelope[Success], description="Its media stay in the vault."),
    Route("POST", "/media/vault/lists/{list_id}/media", v.add_media, "vault:write", "Put media on a vault list",
          tags=_TAGS, reads=v.MediaIdsBody, writes=Envelope[v.VaultListItem], sample=_IDS),
    Route("DELETE", "/media/vault/lists/{list_id}/media", v.remove_media, "vault:write",
          "Take media off a vault list", tags=_TAGS, reads=v.MediaIdsBody, writes=Envelope[v.VaultListItem],
          sample=_IDS),
    Route("GET", "/media/vault/{media_id}", v.get_media, "vault:read", "One media item", tags=_TAGS,
          writes=Envelope[v.VaultMedia]),
)  # fmt: skip
