"""`fancast demo --once`: the whole show, as `make demo` runs it."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_demo_sends_to_the_watched_and_to_the_crowd_and_tells_the_truth() -> None:
    words = [sys.executable, "-m", "fancast", "demo", "--once"]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "480/480" in ended.stdout
    assert "all 100,000 delivered" in ended.stdout
    assert "100,480 recipients" in ended.stdout
    assert "difference 0" in ended.stdout
    chat = ended.stdout.rpartition("Ann's chat")[2]
    assert chat.index("New photos") < chat.index("Thank you all")
