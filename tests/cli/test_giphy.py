"""Giphy as an operator sets it up: a process with settings in its environment, and a stand-in that it asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.clients.live import Sandbox, SandboxProcess
from tests.giphy import StandIn, standing_in

KEY = "operators-own-key"


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """At the address that the operator's settings say."""
    with standing_in() as server:
        monkeypatch.setenv("FANCAST_GIPHY_URL", f"{server.url}/")
        yield server


@contextmanager
def started(folder: Path) -> Iterator[tuple[httpx.Client, Sandbox]]:
    process = SandboxProcess(folder, fans=20)
    try:
        said = process.ready()
        url = f"{said.base_url}/api/{said.account}/giphy"
        with httpx.Client(base_url=url, headers=said.onlyfansapi_headers, timeout=30) as client:
            yield client, said
    finally:
        process.stop()


@pytest.mark.parametrize("way", ["variable", "file"])
def test_with_the_operators_key_giphy_is_asked(
    tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "variable":
        monkeypatch.setenv("FANCAST_GIPHY_KEY", KEY)
    else:
        (tmp_path / "key").write_text(f"{KEY}\n")
        monkeypatch.setenv("FANCAST_GIPHY_KEY_FILE", str(tmp_path / "key"))
    with started(tmp_path) as (client, said):
        found = client.get("/search", params={"q": "black cat"})
        assert found.status_code == 200, found.text
        assert [(each["id"], each["title"]) for each in found.json()["data"]] == [("g1", "Cat")]
        assert client.get("/trending").status_code == 200
        assert KEY not in found.text
        assert KEY not in said.log.read_text()
    search, trending = (urlsplit(path) for path in stand_in.asked)
    assert (search.path, trending.path) == ("/v1/gifs/search", "/v1/gifs/trending")
    assert parse_qs(search.query) == {"api_key": [KEY], "q": ["black cat"], "limit": ["10"], "offset": ["0"]}
    assert parse_qs(trending.query)["api_key"] == [KEY]


def test_without_a_key_nobody_is_asked_and_the_operator_is_told_which_setting(
    tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FANCAST_GIPHY_KEY", raising=False)
    with started(tmp_path) as (client, _):
        for path in ("/trending", "/search?q=cat"):
            refused = client.get(path)
            assert (refused.status_code, refused.json()["error"]) == (400, "GIPHY_NOT_CONFIGURED")
            assert "FANCAST_GIPHY_KEY" in refused.json()["message"]
    assert stand_in.asked == []


def test_a_giphy_that_is_not_there_is_told_without_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FANCAST_GIPHY_KEY", KEY)
    # Nobody listens at a port that was given and closed.
    with StandIn() as gone:
        nobody = gone.server_port
    monkeypatch.setenv("FANCAST_GIPHY_URL", f"http://127.0.0.1:{nobody}")
    with started(tmp_path) as (client, said):
        refused = client.get("/trending")
        assert (refused.status_code, refused.json()["error"]) == (503, "SERVICE_UNAVAILABLE")
        assert KEY not in refused.text + said.log.read_text()
