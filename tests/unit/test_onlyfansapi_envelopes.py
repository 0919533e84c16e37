"""What stands round OnlyFansAPI's answers: data and bookkeeping everywhere, but for the few that answer bare."""

from typing import Any

import pytest

from fancast.api import openapi
from fancast.api.onlyfansapi.face import FACE

DOCUMENT = openapi.document(FACE)
#: The vendor answers these without an envelope; the banned words in its framework's own pages.
BARE = {
    "GET /api/accounts", "GET /api/whoami", "GET /api/banned-words", "POST /api/{account}/media/upload",
    "GET /api/{account}/media/uploads/{prefixed_id}/status", "GET /api/{account}/statistics/total-transactions",
}  # fmt: skip


def answers() -> list[tuple[str, dict[str, Any]]]:
    """Every operation that answers with JSON, and the shapes of what it answers."""
    found = []
    for path, methods in DOCUMENT["paths"].items():
        for method, said in methods.items():
            content = said["responses"].get("200", {}).get("content", {}).get("application/json")
            if content is not None:
                found.append((f"{method.upper()} {path}", content["schema"]))
    return found


@pytest.mark.parametrize(
    ("operation", "schema"), answers(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_data_comes_with_its_bookkeeping(operation: str, schema: dict[str, Any]) -> None:
    for shape in schema.get("anyOf", [schema]):
        properties = openapi.resolved(shape, DOCUMENT["components"]["schemas"])[1].get("properties", {})
        assert ({"data", "_meta"} <= properties.keys()) is (operation not in BARE)


def test_the_bare_ones_are_there() -> None:
    assert {operation for operation, _ in answers()} >= BARE
