"""`fancast sandbox` and `fancast serve` as processes: what they print, keep, refuse, and how they end."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

Said = dict[str, Any]


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "fancast", *words]


@contextmanager
def sandbox(folder: Path | None, *options: str) -> Iterator[tuple[Said, "subprocess.Popen[bytes]"]]:
    """A sandbox process and what it said first."""
    kept = () if folder is None else ("--data-dir", str(folder))
    words = command("sandbox", "--json", "--port", "0", "--fans", "60", *kept, *options)
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline()), process
    finally:
        process.kill()
        process.communicate()


def native(said: Said) -> httpx.Client:
    return httpx.Client(
        base_url=said["base_url"], headers={"authorization": f"Bearer {said['native']['api_key']}"},
        params={"account": said["onlyfansapi"]["account"]}, timeout=30,
    )  # fmt: skip


def test_the_first_line_says_all_that_a_program_needs(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (said, process):
        assert said.keys() == {"base_url", "ofauth", "onlyfansapi", "native", "data_dir"}
        assert said["ofauth"]["connection_id"] == "conn_abc123"
        assert said["onlyfansapi"]["account"] == "acct_XXXXXXXXXXXXXXX"
        assert said["data_dir"] == str(tmp_path)
        keys = [said[face]["api_key"] for face in ("ofauth", "onlyfansapi", "native")]
        assert all(key.startswith("sk_sandbox_") for key in keys)
        assert stat.S_IMODE((tmp_path / "sandbox.json").stat().st_mode) == 0o600
        for path in ("/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
            assert httpx.get(said["base_url"] + path, timeout=30).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def test_started_again_it_keeps_world_keys_and_unfinished_work(tmp_path: Path) -> None:
    asked = {"text": "slowly", "audience": {"user_lists": ["fans"]}}
    with sandbox(tmp_path, "--rate", "1") as (before, process):
        with native(before) as client:
            made = client.post("/v1/mass-messages", json=asked).raise_for_status().json()
            fans = client.get("/v1/fans").json()["list"]
        process.kill()
        process.wait()
    with sandbox(tmp_path, "--rate", "100000") as (after, _):
        assert {**after, "base_url": ""} == {**before, "base_url": ""}
        with native(after) as client:
            assert client.get("/v1/fans").json()["list"] == fans
            while (seen := client.get(f"/v1/mass-messages/{made['id']}").json())["state"] != "done":
                assert seen["state"] in ("queued", "sending")
                # Every call is a line of log, and nobody reads them here: a full pipe would stop the server.
                time.sleep(0.1)
            assert seen["sent"] == seen["total"] > 10
            assert client.get("/v1/ledger").json()["difference"] == 0


def test_the_dialects_keys_do_not_reach_the_second_account(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (said, _):
        bearer = {"authorization": f"Bearer {said['onlyfansapi']['api_key']}"}
        reached = httpx.get(f"{said['base_url']}/api/acct_SOMEBODYELSE/me", headers=bearer, timeout=30)
        assert reached.status_code == 404
        with native(said) as client:
            assert len(client.get("/v1/accounts").json()["list"]) == 2


def test_fewer_fans_than_none_are_refused_and_leave_no_world(tmp_path: Path) -> None:
    ended = subprocess.run(
        command("sandbox", "--fans", "-5", "--data-dir", str(tmp_path)),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert b"--fans" in ended.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (_, process):
        second = subprocess.run(
            command("serve", "--port", "0", "--data-dir", str(tmp_path)), capture_output=True, check=False
        )
        assert second.returncode == 2
        assert f"Another process (pid {process.pid})".encode() in second.stderr
        assert second.stderr.count(b"\n") == 1


def test_a_world_without_a_folder_is_thrown_away() -> None:
    with sandbox(None) as (said, process):
        assert Path(said["data_dir"]).exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0
        assert not Path(said["data_dir"]).exists()


def test_a_stop_finishes_the_request_in_hand(tmp_path: Path) -> None:
    with sandbox(tmp_path) as (said, process):
        url = httpx.URL(said["base_url"])
        body = json.dumps({"text": "last words", "audience": {"user_lists": ["fans"]}}).encode()
        head = (
            f"POST /v1/mass-messages?account=conn_abc123 HTTP/1.1\r\nhost: {url.host}\r\n"
            f"authorization: Bearer {said['native']['api_key']}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection((url.host, url.port or 0), timeout=30) as connection:
            connection.sendall(head.encode() + body[:5])
            # Another answer proves that the first request has arrived.
            assert httpx.get(f"{said['base_url']}/healthz", timeout=30).status_code == 200
            process.send_signal(signal.SIGTERM)
            connection.sendall(body[5:])
            assert connection.recv(65_536).startswith(b"HTTP/1.1 201")
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("variable", ["FANCAST_PORT", "FANCAST_PROT"])
def test_a_bad_setting_stops_the_start_with_one_line(tmp_path: Path, variable: str) -> None:
    words = command("serve", "--data-dir", str(tmp_path))
    environment = {**os.environ, variable: "nonsense"}
    ended = subprocess.run(words, env=environment, capture_output=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"fancast: {variable}".encode())
    assert ended.stderr.count(b"\n") == 1
