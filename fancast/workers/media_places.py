"""A worker minds media (fetches, looks at uploads, clears away) only where the servers of its fleet keep them."""

import threading

import structlog

from fancast.blobs.places import StorageTrouble
from fancast.core import media_places
from fancast.core.receiving import Workshop

log = structlog.get_logger()

#: Who finds no media of the servers' looks again so often.
_SECONDS = 5.0


def mark(workshop: Workshop) -> None:
    """As a server does at its start. One that cannot keep media serves what needs none."""
    try:
        media_places.mark(workshop)
    except StorageTrouble:
        log.warning("media.cannot_be_kept")


def await_servers(workshop: Workshop, over: threading.Event) -> bool:
    """Wait until a server's mark is found where this process keeps media; False when it is to end before."""
    told = False
    while not over.is_set():
        try:
            if media_places.is_servers(workshop):
                return True
        except Exception:
            log.exception("media.not_looked_for")
        if not told:
            hint = "It sends, and leaves media to others; see FANCAST_MEDIA_DIR and FANCAST_MEDIA_BUCKET."
            log.warning("media.not_the_servers", hint=hint)
        told = True
        over.wait(_SECONDS)
    return False
