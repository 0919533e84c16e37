"""What all servers of a fleet share and nobody else may know."""

from datetime import datetime
from secrets import token_hex

from fancast.store import secrets as store
from fancast.store.database import Tx

#: Signs links to stored files.
LINKS = "links"
#: Says of a folder or bucket that this database's servers keep media there.
MEDIA = "media"


def get_or_make(tx: Tx, name: str, *, now: datetime) -> bytes:
    """The secret of this name; made by whichever server asks first."""
    found = store.get(tx, name)
    if found is None:
        store.add(tx, name, token_hex(32), now=now)
        found = store.get(tx, name)
    assert found is not None
    return bytes.fromhex(found)
