"""Each face's own OpenAPI document, as a live server serves it, turned against that server by schemathesis.

No 5xx, no answer that its document does not tell of, no call that hangs, nothing in the log that nobody handled;
and of that same server afterwards every counter is still true.
Bounded: `FANCAST_TEST_FUZZ_SECONDS` for each face, 15 without; `make fuzz` takes ten minutes for each.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from tests.clients.live import Sandbox, tail

pytestmark = pytest.mark.slow

SECONDS = int(os.environ.get("FANCAST_TEST_FUZZ_SECONDS", "15"))
#: A call that takes longer hangs.
REQUEST_SECONDS = 15
#: No 5xx, and every answer is one that the document tells of.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
#: What ends the very account that all the other calls are for.
ENDS = r"^/api/accounts/\{id\}$|^/v2/account/connections/"
#: Ids that the sandbox always has: fans, lists, media. Without them most calls would end at a 404.
KNOWN = ["1", "2", "123", "456", "123456", "789", "790", "12345", "fans", "fans,2", "20", "21", "22", "23"]
#: Parameters that must be right for a call to get anywhere, by face.
RIGHT = {"onlyfansapi": "path.account", "native": "query.account", "ofauth": "header.x-connection-id"}


DOCUMENTS = {
    face.name: face.document.path for face in (OFAUTH, ONLYFANSAPI, NATIVE) if face.document is not None
}


def headers(sandbox: Sandbox, face: str) -> Mapping[str, str]:
    return {
        "ofauth": sandbox.ofauth_headers,
        "onlyfansapi": sandbox.onlyfansapi_headers,
        "native": sandbox.native_headers,
    }[face]


def settings(sandbox: Sandbox, face: str, document: Mapping[str, object]) -> str:
    """schemathesis' own settings: known ids for most parameters of paths, and the account."""
    names = {
        (each["in"], each["name"])
        for methods in document["paths"].values()  # type: ignore[attr-defined]
        for said in methods.values()
        for each in said.get("parameters", ())
    }
    lines = ["[dictionaries]", f"known = {{ values = {json.dumps(KNOWN)} }}", "[parameters]"]
    right = sandbox.connection_id if face == "ofauth" else sandbox.account
    for place, name in sorted(names):
        whole = f"{place}.{name}"
        if whole == RIGHT[face]:
            lines.append(f"{json.dumps(whole)} = {json.dumps(right)}")
        elif place == "path":
            lines.append(f'{json.dumps(whole)} = {{ dictionary = "known", probability = 0.6 }}')
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("face", DOCUMENTS)
def test_no_call_that_a_document_allows_breaks_the_server(
    sandbox: Sandbox, tmp_path: Path, face: str
) -> None:
    url = sandbox.base_url + DOCUMENTS[face]
    config = tmp_path / "schemathesis.toml"
    config.write_text(settings(sandbox, face, httpx.get(url, timeout=30).json()))
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "--no-color",
        "run",
        url,
    ]
    command += ["--url", sandbox.base_url, "--checks", CHECKS, "--continue-on-failure"]
    command += ["--phases", "examples,coverage,fuzzing", "--max-time", str(SECONDS), "--warnings", "off"]
    command += ["--request-timeout", str(REQUEST_SECONDS), "--suppress-health-check", "all", "--no-shrink"]
    command += ["--exclude-path-regex", ENDS]
    command += ["--seed", "1"] if "CI" in os.environ else []
    for name, value in headers(sandbox, face).items():
        command += ["-H", f"{name}: {value}"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=3 * SECONDS + 60
    )
    assert ran.returncode == 0, f"{ran.stdout[-8_000:]}\n{ran.stderr[-2_000:]}"
    # Here and not in a test of its own: pytest-xdist might run that beside another sandbox, which nobody has fuzzed.
    assert_true_afterwards(sandbox)
    assert troubles(sandbox) == []


def assert_true_afterwards(sandbox: Sandbox) -> None:
    """Every counter is what the rows say, and the dialects still answer."""
    asked = {"headers": sandbox.native_headers, "params": {"account": sandbox.account}, "timeout": 60}
    answer = httpx.get(f"{sandbox.base_url}/v1/ledger", **asked)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    ledger = answer.json()
    assert ledger["difference"] == 0, ledger["wrong"]
    answer = httpx.get(f"{sandbox.base_url}/api/whoami", headers=sandbox.onlyfansapi_headers)
    assert answer.status_code == 200, tail(sandbox.log)


def troubles(sandbox: Sandbox) -> list[str]:
    """Lines of the log about what nobody handled: errors, and whatever no logger of ours wrote."""
    lines = sandbox.log.read_text(errors="replace").splitlines()
    assert lines, "the sandbox logs nothing"
    return [line for line in lines if level(line) not in ("debug", "info", "warning")]


def level(line: str) -> str | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said.get("level") if isinstance(said, dict) else None
