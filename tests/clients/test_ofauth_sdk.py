"""OFAuth's own Python SDK, three published versions, unmodified, on a live sandbox.

What is done with it stands in scripts/: one script a scenario, assertions inside.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.live import Sandbox

SCRIPTS = Path(__file__).resolve().parent / "scripts"
SCENARIOS = sorted(path.stem for path in SCRIPTS.glob("*.py") if path.stem not in {"scenario", "runner"})
VERSIONS = ("3.1.0", "3.0.0", "2.3.0")
#: Where scripts/install_sdks.py lays them.
SDKS = Path(sys.prefix) / "sdks"

pytestmark = pytest.mark.clients


@pytest.fixture(scope="session", params=VERSIONS)
def sdk(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator["subprocess.Popen[str]"]:
    """A process that sees one version of the SDK and runs scenarios by name."""
    folder = SDKS / request.param
    assert folder.is_dir(), f"no SDK in {folder}: run `make install` or scripts/install_sdks.py"
    facts = {
        "base_url": sandbox.base_url,
        "api_key": sandbox.ofauth_key,
        "connection_id": sandbox.connection_id,
        "native_key": sandbox.native_key,
    }
    environment = {**os.environ, "PYTHONPATH": str(folder), "FANCAST_SANDBOX": json.dumps(facts)}
    runner = [sys.executable, str(SCRIPTS / "runner.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(runner, env=environment, text=True, **pipes) as process:
        yield process
        process.stdin.close()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_published_sdk(sdk: "subprocess.Popen[str]", scenario: str) -> None:
    sdk.stdin.write(f"{scenario}\n")
    sdk.stdin.flush()
    answer = json.loads(sdk.stdout.readline() or '{"ok": false, "trace": "the SDK\'s process ended"}')
    assert answer["ok"], answer["trace"]


def test_each_version_is_the_one_its_name_says() -> None:
    for version in VERSIONS:
        (metadata,) = (SDKS / version).glob("onlyfans_sdk-*.dist-info")
        assert metadata.name == f"onlyfans_sdk-{version}.dist-info"
