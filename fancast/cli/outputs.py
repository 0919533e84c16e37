"""Where a command's rows go: standard output, or a file that is there whole or not at all."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class CannotWrite(Exception):
    """Why the rows are nowhere to be read: one line for the operator."""

    def __init__(self, what: object, error: OSError) -> None:
        super().__init__(f"{what} cannot be written: {error.strerror or error}.")


@contextmanager
def spooled() -> Iterator[TextIO]:
    """An unnamed file to write first what is handed out later, so that no transaction waits for who reads it.

    Raises CannotWrite.
    """
    with (
        _told_of("A temporary file"),
        tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as file,
    ):
        yield file


def hand_out(spool: TextIO, path: Path | None) -> None:
    """Copy all of it into the file, or to standard output. Raises CannotWrite, BrokenPipeError as below."""
    spool.seek(0)
    with standard_output() if path is None else _whole_file(path) as file:
        shutil.copyfileobj(spool, file)


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Written out when the block ends. Raises CannotWrite, and BrokenPipeError when nobody reads on."""
    with _told_of("Standard output"):
        try:
            yield sys.stdout
            sys.stdout.flush()
        except OSError:
            _hush()
            raise


@contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """What stood there stays until the new one is whole. A pipe or a device is written as it is."""
    with _told_of(path):
        if path.exists() and not path.is_file():
            with path.open("w", newline="", encoding="utf-8") as file:
                yield file
            return
        # A link keeps standing, and what it leads to is replaced.
        target = path.resolve()
        part = target.with_name(f"{target.name}.part")
        try:
            with part.open("w", newline="", encoding="utf-8") as file:
                if target.exists():
                    # Who could not read the old one shall not read the new one.
                    shutil.copymode(target, part)
                yield file
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def _told_of(what: object) -> Iterator[None]:
    """Errors of writing as CannotWrite, but for a reader who went away."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotWrite(what, error) from error


def _hush() -> None:
    """Let Python's own last flush have nothing to complain of."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
