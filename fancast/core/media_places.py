"""Whether this process keeps media where the servers of its fleet do.

A worker needs nothing but the database's URL to send. Media that it fetched into a folder of its own nobody could
read: so servers leave a mark where they keep theirs, and a worker minds media only where it finds that mark.
"""

from fancast.blobs.places import StorageTrouble
from fancast.core import secrets
from fancast.core.receiving import Workshop

_MARK = "servers"


def mark(workshop: Workshop) -> None:
    """Say here that this is where the servers keep media. Raises StorageTrouble."""
    if not is_servers(workshop):
        workshop.blobs.put(_MARK, [_sign(workshop)])


def is_servers(workshop: Workshop) -> bool:
    """Whether a server of this database left its mark here."""
    try:
        return b"".join(workshop.blobs.read(_MARK)) == _sign(workshop)
    except StorageTrouble:
        return False


def _sign(workshop: Workshop) -> bytes:
    with workshop.store.write() as tx:
        return secrets.get_or_make(tx, secrets.MEDIA, now=workshop.clock()).hex().encode()
