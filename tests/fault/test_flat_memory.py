"""A large file passes through a server whose memory does not grow with it. `make bench` does the same with 1 GB."""

import sys
from pathlib import Path

import pytest

from bench.places import sqlite_place
from bench.uploads import moves

MEGABYTES = 64
#: What a few batches, a part of a multipart body and the allocator's habits take.
MOST_GROWTH_MB = 24

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


def test_64_mb_in_each_way_leave_memory_flat(tmp_path: Path):
    place = sqlite_place(tmp_path, "NORMAL")
    try:
        moved = list(moves(place, MEGABYTES))
    finally:
        place.store.close()
    assert [each.name for each in moved] == ["one PUT", "parts of 8 MB", "a form", "download"]
    grown = {each.name: round(each.after_mb - moved[0].before_mb) for each in moved}
    assert max(grown.values()) < MOST_GROWTH_MB, grown
