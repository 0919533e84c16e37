"""`fancast work`: a process of the fleet on PostgreSQL."""

from typing import Annotated

import structlog
from cyclopts import Parameter

from fancast import __version__, bootstrap
from fancast.bootstrap import CannotStart
from fancast.cli import logs
from fancast.config import load

log = structlog.get_logger()


def work(
    *,
    database_url: Annotated[
        str | None, Parameter(help="The PostgreSQL database; by default FANCAST_DATABASE_URL.")
    ] = None,
) -> None:
    """Do the sending beside any number of `fancast serve` and `fancast work` on the same database.

    Needs nothing but the database's URL to send, and the servers' bucket or folder to mind media. SIGTERM or Ctrl-C
    finishes the acts under way.
    """
    settings = load(database_url=database_url)
    logs.configure(settings)
    if settings.on_sqlite:
        raise CannotStart("SQLite has one process, `fancast serve`; a fleet needs FANCAST_DATABASE_URL.")
    with bootstrap.running(settings) as parts:
        bootstrap.work(parts, on_ready=lambda: log.info("work.started", version=__version__))
    log.info("work.stopped")
