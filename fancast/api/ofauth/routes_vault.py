"""Paths of the vault."""

from fancast.api.http import Route
from fancast.api.ofauth import vault_lists as v

_TAGS = ("Vault",)
_NAME = {"name": "Summer set"}

ROUTES = (
    Route("GET", "/vault/media", v.list_media, "vault:read", "List vault media", tags=_TAGS,
          writes=v.VaultMediaPage, query=(*v.MEDIA_QUERY, v.LIST_ID)),
    Route("GET", "/vault/lists", v.list_all, "vault:read", "List vault lists", tags=_TAGS, writes=v.VaultListPage,
          query=v.LISTS_QUERY),
    Route("POST", "/vault/lists", v.create, "vault:write", "Create vault list", tags=_TAGS, reads=v.VaultListInput,
          writes=v.VaultListShape, sample=_NAME),
    Route("PATCH", "/vault/lists/{listId}", v.rename, "vault:write", "Rename vault list", tags=_TAGS,
          reads=v.VaultListEdit, writes=v.VaultListShape, sample=_NAME),
    Route("DELETE", "/vault/lists/{listId}", v.delete, "vault:write", "Delete vault list", tags=_TAGS,
          description="Its media stay in the vault."),
    Route("GET", "/vault/lists/{listId}/media", v.list_media_of_list, "vault:read", "List a vault list's media",
          tags=_TAGS, writes=v.VaultMediaPage, query=v.MEDIA_QUERY),
    Route("POST", "/vault/lists/{listId}/media", v.add_media, "vault:write", "Add media to vault list", tags=_TAGS,
          reads=v.MediaIdsInput, writes=v.VaultListShape, sample={"mediaIds": [789, 790]}),
)  # fmt: skip
