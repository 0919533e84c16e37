"""`fancast sandbox`: the embedded server on a seeded world that prints its keys."""

import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
from cyclopts import Parameter
from cyclopts.validators import Number

from fancast import bootstrap
from fancast.cli import logs, worlds
from fancast.cli.welcome import welcome
from fancast.config import load

FANS = 1_000
#: A developer's own server on this machine may hand out media.
_DEFAULTS = {
    "sqlite_synchronous": "NORMAL", "url_allowed_ranges": "127.0.0.0/8, ::1",
    # What the vendors' pages print as media URLs.
    "stand_in_hosts": "your-cdn.com, cdn.example, cdn.example.com",
}  # fmt: skip
log = structlog.get_logger()


def sandbox(
    *,
    fans: Annotated[int, Parameter(help="Fans of the first account.", validator=Number(gte=0))] = FANS,
    port: Annotated[
        int | None, Parameter(help="Port; 0 takes a free one. By default FANCAST_PORT or 8000.")
    ] = None,
    data_dir: Annotated[
        Path | None, Parameter(help="Folder that keeps the world; without one it is thrown away at the end.")
    ] = None,
    rate: Annotated[int | None, Parameter(help="Pace of every account, in recipients per second.")] = None,
    json_: Annotated[bool, Parameter(name="--json", help="Print one line of JSON once it answers.")] = False,
) -> None:
    """Serve a seeded world. Started again on the same folder it keeps world, keys and unfinished work.

    Commits do not wait for the disk (FANCAST_SQLITE_SYNCHRONOUS=NORMAL), nobody guards against duplicates, and media
    may come from URLs on this machine.
    """
    with _folder(data_dir) as folder:
        settings = load(defaults=_DEFAULTS, port=port, data_dir=folder)
        logs.configure(settings)
        with bootstrap.running(settings, set_up=True) as parts:
            secrets = worlds.settle(parts, fans)
            if rate is not None:
                worlds.set_pace(parts, rate)

            def ready(base_url: str) -> None:
                said = secrets.announcement(base_url, folder)
                print(json.dumps(said) if json_ else welcome(said, secrets.fans, kept=data_dir is not None))
                sys.stdout.flush()
                log.info("sandbox.started", base_url=base_url, fans=secrets.fans,
                         sqlite_synchronous=settings.sqlite_synchronous)  # fmt: skip

            bootstrap.serve(parts, on_ready=ready)
        log.info("sandbox.stopped")


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="fancast-sandbox-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
