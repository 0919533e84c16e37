"""Whatever a stranger may send: JSON and query strings, at random and with a liking for what is nearly right."""

import os
from typing import Any

from hypothesis import strategies as st

#: Of each rule, so many examples; `make fuzz` asks for more.
EXAMPLES = int(os.environ.get("FANCAST_TEST_EXAMPLES", "25"))

LIKELY = st.sampled_from(
    ["", "Hi", "fans", "fans,muted", "[1001]", "[", '["\\u0000"]', "1001", "5512", "12.5", "true", "2026-03-05",
     "ofapi_media_x", "1e400", "-0", "+1", "٣", "2026-03-05T10:00:00+99:00", "0001-01-01T00:00:00+14:00", "risky",
     "http://h/x.jpg", "null", "NaN", 0, 1, -1, 3, 1001, 5512, 2**53, 2**63 - 1, 12.5, 1e300, True, None]
)  # fmt: skip
#: Of their own: among so many others none came up in 2,000 draws.
DATES = st.sampled_from(
    ["2026-03-05", "2026-03-05T10:00:00Z", "2031-12-31 23:59:59", "2026-03-05T10:00:00 02:00"]
)
SCALAR: st.SearchStrategy[Any] = (
    LIKELY
    | DATES
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**62), 2**62)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WORDS = LIKELY.map(str) | DATES | st.text(max_size=20)


def objects(fields: list[str]) -> st.SearchStrategy[Any]:
    """JSON objects with some of these fields, each anything; now and then something else altogether."""
    named = st.dictionaries(st.sampled_from(fields), JSON, max_size=6) if fields else st.just({})
    return named | JSON


def queries(names: list[str]) -> st.SearchStrategy[dict[str, list[str]]]:
    """Query parameters by name, some of them repeated."""
    if not names:
        return st.just({})
    return st.dictionaries(st.sampled_from(names), st.lists(WORDS, min_size=1, max_size=2), max_size=5)
