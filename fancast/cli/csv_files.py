"""CSV files, read a batch at a time: a progress bar, and every bad line told with its number and its reason."""

import csv
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from fancast.bootstrap import CannotStart
from fancast.model.problems import Problem, invalid

Line = tuple[int, list[str]]


class CsvFile:
    """A file being read: `header`, `batches()`, and how many of its rows were read and bad."""

    def __init__(self, file: TextIO, size: int | None, console: Console) -> None:
        self._file = file
        self._reader = csv.reader(file)
        self._console = console
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rows]:,} rows"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self.progress.add_task(Path(file.name).name, total=size, rows=0)
        self.header: list[str] = []
        self.rows = 0
        self.bad = 0

    def read_header(self, required: Collection[str], optional: Collection[str]) -> None:
        """Raises CannotStart unless the first line names all required and no unknown columns."""
        self.header = [cell.strip().lower() for cell in next(self._lines(), (1, []))[1]]
        missing = [name for name in required if name not in self.header]
        unknown = [name for name in self.header if name not in (*required, *optional)]
        if missing or unknown or len(set(self.header)) < len(self.header):
            wrong = f"no column {missing[0]}" if missing else f"the column {(unknown or ['twice'])[0]!r}"
            known = ", ".join([*required, *optional])
            raise CannotStart(
                f"The first line of {self._file.name} has {wrong}. It names columns once each, out of: {known}."
            )

    def batches(self, size: int) -> Iterator[list[Line]]:
        """Lines with their numbers, as many cells each as the header has."""
        batch: list[Line] = []
        for number, cells in self._lines():
            self.rows += 1
            if len(cells) != len(self.header):
                self.report(number, f"The line has {len(cells)} cells, the header {len(self.header)}.")
            else:
                batch.append((number, cells))
            if len(batch) == size:
                yield batch
                batch = []
                self._show()
        if batch:
            yield batch
        self._show()

    def report(self, number: int, reason: str) -> None:
        """Tell a bad line."""
        self.bad += 1
        self._console.print(f"line {number}: {reason}", markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def noting(self, number: int) -> Iterator[None]:
        """Tell a Problem that the block raises as this line's, and go on."""
        try:
            yield
        except Problem as problem:
            self.report(number, problem.message)

    def _lines(self) -> Iterator[Line]:
        while True:
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                self.rows += 1
                self.report(self._reader.line_num, f"The line is no CSV: {error}.")
                continue
            if not cells:
                continue
            try:
                _demand_text(cells)
            except Problem as problem:
                self.rows += 1
                self.report(self._reader.line_num, problem.message)
                continue
            yield self._reader.line_num, cells

    def _show(self) -> None:
        # The bytes behind the text: where the disk is, a buffer ahead of us. A pipe does not say.
        place = self._file.buffer.tell() if self._file.seekable() else None
        self.progress.update(self._task, completed=place, rows=self.rows)


def _demand_text(cells: list[str]) -> None:
    for cell in cells:
        if "\0" in cell:
            raise invalid("line", "The line has a NUL character.")
        if cell.isascii():
            continue
        try:
            cell.encode()
        except UnicodeEncodeError:
            raise invalid("line", "The line is not UTF-8.") from None


@contextmanager
def open_csv(path: Path, required: Collection[str], optional: Collection[str] = ()) -> Iterator[CsvFile]:
    """The file, its header read, its progress shown on a terminal. Raises CannotStart."""
    try:
        # Bytes that are no UTF-8 come through as marks, so that one bad line is no more than that.
        file = path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        size = path.stat().st_size if file.seekable() else None
        source = CsvFile(file, size, Console(stderr=True))
        source.read_header(required, optional)
        with source.progress:
            yield source
