"""`fancast serve`: the embedded server."""

from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import Parameter

from fancast import __version__, bootstrap
from fancast.cli import logs
from fancast.config import load

log = structlog.get_logger()


def serve(
    *,
    host: Annotated[
        str | None, Parameter(help="Address to listen on; by default FANCAST_HOST or 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, Parameter(help="Port; 0 takes a free one. By default FANCAST_PORT or 8000.")
    ] = None,
    data_dir: Annotated[
        Path | None, Parameter(help="Folder of the data; by default FANCAST_DATA_DIR.")
    ] = None,
    database_url: Annotated[
        str | None, Parameter(help="The database; by default FANCAST_DATABASE_URL.")
    ] = None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; requests in hand are finished first.

    An empty database is set up. An older schema is refused: run `fancast database upgrade`.
    """
    settings = load(host=host, port=port, data_dir=data_dir, database_url=database_url)
    logs.configure(settings)

    def ready(base_url: str) -> None:
        log.info("serve.started", base_url=base_url, version=__version__, data_dir=str(settings.data_dir))

    with bootstrap.running(settings) as parts:
        bootstrap.serve(parts, on_ready=ready)
    log.info("serve.stopped")
