"""The compose file, the Dockerfile and the units of docs/scaling.md name what is there; no engine runs them here."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from fancast import bootstrap
from fancast.cli.app import app
from fancast.config import PREFIX, load

HOUSE = Path(__file__).resolve().parents[2]
GUIDE = (HOUSE / "docs/scaling.md").read_text()
SHELLS = re.findall(r"^```\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
COMPOSE: dict[str, Any] = yaml.safe_load((HOUSE / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["serve", "setup", "work"]
#: A stop waits for requests in hand, then ten seconds for the acts under way.
LONGEST_STOP = bootstrap.STOP_SECONDS + 10


def commands(text: str) -> list[str]:
    """Every `fancast …` of the text, without what a shell makes of its line's end."""
    found = re.findall(r"(?:^| |/)fancast ((?:[a-z]+)(?: [^\n|;&<>#]*)?)", text, re.MULTILINE)
    return [line.strip() for line in found]


def check_command(line: str) -> None:
    _, bound, *_ = app.parse_args(shlex.split(line), exit_on_error=False, print_error=False)
    assert bound is not None


def check_settings(names: dict[str, str]) -> None:
    load({name: value for name, value in names.items() if name.startswith(PREFIX)})


def unit(name: str) -> str:
    found = re.search(
        rf"^`/etc/systemd/system/{re.escape(name)}`[^\n]*\n\n```\n(.*?)^```$", GUIDE, re.M | re.S
    )
    assert found is not None
    return found[1]


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_with_settings_that_there_are(name: str) -> None:
    service = SERVICES[name]
    (command,) = commands(service["command"])
    check_command(command)
    check_settings(service["environment"])


@pytest.mark.parametrize("name", OURS)
def test_a_service_reaches_the_database_as_it_is_made(name: str) -> None:
    made = SERVICES["db"]["environment"]
    url = f"postgresql://{made['POSTGRES_USER']}:{made['POSTGRES_PASSWORD']}@db/{made['POSTGRES_DB']}"
    assert SERVICES[name]["environment"]["FANCAST_DATABASE_URL"] == url


def test_services_mount_volumes_that_there_are_and_need_one_another() -> None:
    for service in SERVICES.values():
        assert {mount.split(":")[0] for mount in service["volumes"]} <= COMPOSE["volumes"].keys()
        assert set(service.get("depends_on", {})) <= SERVICES.keys()
        assert "build" in service or service["image"] in ("postgres:16", SERVICES["setup"]["image"])


def test_services_share_the_media() -> None:
    for name in OURS:
        assert SERVICES[name]["volumes"] == [f"media:{SERVICES[name]['environment']['FANCAST_MEDIA_DIR']}"]


def test_a_stop_is_given_the_time_that_it_may_take() -> None:
    for name in ("serve", "work"):
        assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > LONGEST_STOP
    waits = re.search(r"^TimeoutStopSec=(\d+)$", unit("fancast-serve.service"), re.MULTILINE)
    assert waits is not None
    assert int(waits[1]) > LONGEST_STOP


def test_the_image_takes_what_is_there_and_not_ignored() -> None:
    copied = re.findall(r"^COPY (.*) \S+$", (HOUSE / "Dockerfile").read_text(), re.MULTILINE)
    sources = [source for line in copied for source in line.split()]
    let_in = re.findall(r"^!(.*)$", (HOUSE / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(sources) == sorted(let_in)
    assert [source for source in sources if not (HOUSE / source).exists()] == []


def test_the_environment_file_holds_settings_that_there_are() -> None:
    (file,) = [text for text in SHELLS if text.startswith("FANCAST_")]
    check_settings(dict(line.split("=", 1) for line in file.splitlines()))


def test_the_guide_names_commands_and_services_that_there_are() -> None:
    for text in (*SHELLS, *re.findall(r"`([^`\n]+)`", GUIDE)):
        for command in commands(text):
            check_command(command)
    called = re.findall(r"docker compose (?:exec|run|cp)(?: --?[\w-]+)* (\w+)", GUIDE)
    assert set(called) <= SERVICES.keys()
    assert {"serve", "setup", "db"} <= set(called)
