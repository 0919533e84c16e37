"""`fancast demo`: two real mass messages through a vendor's own SDK, watched."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from fancast import bootstrap
from fancast.bootstrap import CannotStart
from fancast.cli import worlds
from fancast.cli.welcome import calls, keys
from fancast.config import Settings, load

WATCHED, PACE = 480, 80
CROWD = 100_000
#: Fans in the demo's world: a few more than the crowd, for those whom messages do not reach.
FANS = 103_000
FAN = 123
_START_SECONDS = 60

console = Console(highlight=False)


def demo(
    *,
    once: Annotated[bool, Parameter(help="End after the show instead of serving on.")] = False,
    port: Annotated[int, Parameter(help="Port of the sandbox; 0 takes a free one.")] = 0,
) -> None:
    """Start a sandbox and send two mass messages in it: a paced one to watch, and one to 100,000 fans.

    Both go out through the published SDK `onlyfans`, unmodified, with only its base URL changed.
    """
    _demand_sdk()
    with tempfile.TemporaryDirectory(prefix="fancast-demo-", ignore_cleanup_errors=True) as folder:
        lists = _make_world(Path(folder))
        with _sandbox(Path(folder), port) as said:
            _show(_Caller(said), lists)
            if once:
                return
            console.print(Rule("Go on with it"), Text(f"{keys(said)}\n\n{calls(said)}"), soft_wrap=True)
            console.print(f"\nEvery call of all three APIs: {said['base_url']}/docs\nServing until Ctrl-C.")
            _wait()
    console.print("Stopped; the demo's world is gone. Keep one with: fancast sandbox --data-dir <folder>")


def _wait() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print()


def _demand_sdk() -> None:
    try:
        import onlyfansapi  # noqa: F401
    except ImportError:
        raise CannotStart(
            "The demo sends through a vendor's published SDK. Install it with: pip install onlyfans==0.2.0"
        ) from None


# ---- the world, and the server on it


def _make_world(folder: Path) -> tuple[str, str]:
    """Seed it, with two lists: the watched audience, and the crowd. Their ids."""
    with bootstrap.running(_settings(folder)) as parts, _bar("Making up fans", FANS) as bar:
        worlds.settle(parts, FANS, progress=lambda count: bar.advance(bar.task_ids[0], count))
        return (
            worlds.add_list(parts, "Demo audience", WATCHED),
            worlds.add_list(parts, "A hundred thousand", CROWD),
        )


def _settings(folder: Path) -> Settings:
    return load(_environment(), defaults={"sqlite_synchronous": "NORMAL"}, data_dir=folder)


def _environment() -> dict[str, str]:
    # The demo's world is its own: whatever database and folder this machine's server uses are left alone.
    mine = ("FANCAST_DATABASE_URL", "FANCAST_DATABASE_URL_FILE", "FANCAST_DATA_DIR", "FANCAST_PORT")
    return {name: value for name, value in os.environ.items() if name not in mine}


@contextmanager
def _sandbox(folder: Path, port: int) -> Iterator[dict[str, Any]]:
    """`fancast sandbox` as a process of its own; yields what it says about itself."""
    command = [
        sys.executable,
        "-m",
        "fancast",
        "sandbox",
        "--json",
        "--port",
        str(port),
        "--data-dir",
        str(folder),
    ]
    log = folder / "sandbox.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=_environment())
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise CannotStart(f"The sandbox did not start: {log.read_text(errors='replace').strip()[-500:]}")
        yield json.loads(line)
    finally:
        process.terminate()
        process.wait()


class _Caller:
    """The vendor's SDK for what its dialect knows, and plain calls for the rest."""

    def __init__(self, said: dict[str, Any]) -> None:
        import httpx
        import onlyfansapi

        self.account: str = said["onlyfansapi"]["account"]
        self.sdk = onlyfansapi.OnlyFansAPI(api_key=said["onlyfansapi"]["api_key"], base_url=said["base_url"])
        self._ofauth = {
            "apikey": said["ofauth"]["api_key"],
            "x-connection-id": said["ofauth"]["connection_id"],
        }
        self._native = {"authorization": f"Bearer {said['native']['api_key']}"}
        self._http = httpx.Client(base_url=said["base_url"], timeout=30)

    def native(self, method: str, path: str, body: object = None) -> Any:
        answer = self._http.request(
            method, path, headers=self._native, params={"account": self.account}, json=body
        )
        return answer.raise_for_status().json()

    def chat(self, fan: int) -> list[dict[str, Any]]:
        """A fan's newest messages, newest first."""
        answer = self._http.get(f"/v2/access/chats/{fan}/messages", headers=self._ofauth)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["list"]
        return found


# ---- the show


def _show(caller: _Caller, lists: tuple[str, str]) -> None:
    import onlyfansapi

    watched, crowd = lists
    console.print(f"A server is up at {caller.sdk.base_url}; the published SDK [bold]onlyfans[/] "
                  f"{onlyfansapi.__version__} sends through it.\n")  # fmt: skip
    console.print(Rule(f"1  To {WATCHED} fans, {PACE} a second"))
    caller.native("PATCH", f"/v1/accounts/{caller.account}", {"pace": PACE})
    first = _send(caller, "Good evening! New photos are up.", watched)
    _watch(caller, first)
    caller.native("PATCH", f"/v1/accounts/{caller.account}", {"pace": None})
    console.print(Rule(f"2  To {CROWD:,} fans, as fast as it goes"))
    began = time.perf_counter()
    second = _send(caller, "Thank you all. You made this month.", crowd)
    accepted = (time.perf_counter() - began) * 1_000
    done = _until_done(caller, second)
    console.print(f"   accepted in [bold]{accepted:.0f} ms[/], all {done['sent']:,} delivered "
                  f"[bold green]{_milliseconds(done):,} ms[/] after it was made\n")  # fmt: skip
    _tell(caller, (first, second))


def _send(caller: _Caller, text: str, user_list: str) -> int:
    code = f'client.mass_messaging.send("{caller.account}",\n    text="{text}", user_lists=["{user_list}"])'
    console.print(Syntax(code, "python", background_color="default", padding=(0, 3)))
    sent = caller.sdk.mass_messaging.send(caller.account, text=text, user_lists=[user_list])
    assert sent.data is not None
    assert sent.data.id is not None
    return sent.data.id


def _watch(caller: _Caller, id: int) -> None:
    with _bar("   delivering", WATCHED) as bar:
        while True:
            seen = caller.native("GET", f"/v1/mass-messages/{id}")
            bar.update(bar.task_ids[0], completed=seen["sent"])
            if seen["state"] == "done":
                break
            time.sleep(0.1)
    console.print()


def _until_done(caller: _Caller, id: int) -> dict[str, Any]:
    while True:
        seen: dict[str, Any] = caller.native("GET", f"/v1/mass-messages/{id}")
        if seen["state"] == "done":
            return seen
        time.sleep(0.005)


def _tell(caller: _Caller, ids: tuple[int, ...]) -> None:
    console.print("[bold]What the server counts[/]")
    table = Table(box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("mass message", no_wrap=True)
    for column in ("total", "sent", "pending", "skipped", "took"):
        table.add_column(column, justify="right", no_wrap=True)
    for id in ids:
        seen = caller.native("GET", f"/v1/mass-messages/{id}")
        table.add_row(
            seen["text"], f"{seen['total']:,}", f"{seen['sent']:,}", f"{seen['pending']:,}",
            str(sum(seen["skipped"].values())), f"{_milliseconds(seen):,} ms",
        )  # fmt: skip
    console.print(table)
    book = caller.native("GET", "/v1/ledger")
    checked = book["checked"]
    console.print(
        f"Recomputed from sets and rows: {checked['recipients']:,} recipients, {checked['transactions']:,} "
        f"transactions, difference [bold]{book['difference']}[/].\n"
    )
    fan = caller.native("GET", f"/v1/fans/{FAN}")
    lines = [
        Text.assemble((message["createdAt"][11:19], "dim"), "  ", Text.from_markup(_plain(message["text"])))
        for message in reversed(caller.chat(FAN))
    ]
    console.print(Panel(Text("\n").join(lines), title=f"{fan['name']}'s chat (fan {FAN})", title_align="left",
                        expand=False, padding=(0, 2)))  # fmt: skip


def _plain(text: str) -> str:
    return text.removeprefix("<p>").removesuffix("</p>").replace("[", r"\[")


def _milliseconds(seen: dict[str, Any]) -> int:
    """From the moment it was made to its last recipient, by the server's clock."""
    made, finished = (datetime.fromisoformat(seen[name]) for name in ("created_at", "finished_at"))
    return round((finished - made).total_seconds() * 1_000)


@contextmanager
def _bar(what: str, total: int) -> Iterator[Progress]:
    with Progress(
        TextColumn(what), BarColumn(bar_width=50), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bar:
        bar.add_task(what, total=total)
        yield bar
