"""OFAuth's OpenAPI document: POST /v2/access/mass-messages stands there as the vendor's own document has it.

The table restates that page field by field. The vendor writes `nullable: true` and `exclusiveMinimum: true` into a
3.1 document, which are 3.0's words; ours says them in 3.1's: a type that may be null, and a bound.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from fancast.api import openapi
from fancast.api.http import App
from fancast.api.ofauth.face import FACE
from tests.contract.tiny import served
from tests.world import World, on_sqlite

pytestmark = on_sqlite

PATH = "/v2/access/mass-messages"
ABSENT = object()
#: A whole number above 0, or a text that is not empty.
REFERENCES = {"anyOf": [{"type": "integer", "above": 0}, {"type": "string", "minLength": 1}]}
IDS = {"type": "integer", "above": 0}

#: name: (type, may be null, bounds, items, default)
FIELDS: Mapping[str, tuple[str, bool, Mapping[str, Any], Any, Any]] = {
    "isForwardedMessage": ("boolean", True, {}, None, False),
    "text": ("string", False, {"maxLength": 10_000}, None, ""),
    "replyToMessageId": ("string", True, {"minLength": 1}, None, ABSENT),
    "mediaItems": ("array", False, {}, REFERENCES, []),
    "isLockedText": ("boolean", True, {}, None, False),
    "price": ("number", True, {"minimum": 0, "maximum": 200}, None, 0),
    "previewMediaCount": ("integer", True, {"minimum": 0}, None, 0),
    "userTags": ("array", False, {}, IDS, []),
    "isMarkdown": ("boolean", True, {}, None, True),
    "scheduledDate": ("string", True, {}, None, ABSENT),
    "userIds": ("array", False, {}, REFERENCES, ABSENT),
    "userLists": ("array", False, {}, REFERENCES, ABSENT),
    "subscribedAfterDate": ("string", True, {}, None, ABSENT),
    "excludeUserLists": ("array", False, {}, REFERENCES, ABSENT),
}
RELEASE_FORM_FIELDS = ("users", "partners", "guests")
#: The answer's fields; the first two are always there.
ANSWER = {
    "id": "number", "date": "string", "isReady": "boolean", "isDone": "boolean", "total": "number",
    "pending": "number", "canUnsend": "boolean", "unsendSeconds": "number", "hasError": "boolean",
    "isCanceled": "boolean", "isCouplePeopleMedia": "boolean",
}  # fmt: skip
STATUSES = {"200", "400", "401", "403", "429", "500", "502"}


@pytest.fixture
def document(world: World) -> Iterator[Any]:
    """The document as it is served, without a key."""
    app = App(store=world.store, clock=world.clock, faces=[FACE], pages=openapi.pages([FACE]))
    with served(app) as base_url:
        answer = httpx.get(f"{base_url}/openapi.json")
        assert answer.status_code == 200
        yield answer.json()


@pytest.fixture
def operation(document: Any) -> Any:
    return document["paths"][PATH]["post"]


def behind(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def field(schema: Any) -> tuple[str, bool, Mapping[str, Any], Any, Any]:
    """A field's schema in the words of the table."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    (kind,) = (each for each in types if each != "null")
    assert schema.get("nullable", False) is ("null" in types)
    bounds = {
        word: schema[word] for word in ("minimum", "maximum", "minLength", "maxLength") if word in schema
    }
    items = schema.get("items")
    return (
        kind,
        "null" in types,
        bounds,
        None if items is None else item(items),
        schema.get("default", ABSENT),
    )


def item(schema: Any) -> Any:
    if "anyOf" in schema:
        return {"anyOf": [item(each) for each in schema["anyOf"]]}
    known = {
        "type": schema["type"],
        "above": schema.get("exclusiveMinimum"),
        "minLength": schema.get("minLength"),
    }
    return {word: value for word, value in known.items() if value is not None}


def test_every_field_of_the_request_is_as_the_vendor_documents_it(document: Any, operation: Any) -> None:
    shape = behind(document, operation["requestBody"]["content"]["application/json"]["schema"])
    assert shape["type"] == "object"
    assert shape.get("required", []) == []
    assert set(shape["properties"]) == {*FIELDS, "releaseForms"}
    drawn = {name: field(schema) for name, schema in shape["properties"].items() if name != "releaseForms"}
    assert drawn == FIELDS
    assert all("description" in schema or "$ref" in schema for schema in shape["properties"].values())


def test_release_forms_are_three_lists_of_ids(document: Any, operation: Any) -> None:
    shape = behind(document, operation["requestBody"]["content"]["application/json"]["schema"])
    forms = behind(document, shape["properties"]["releaseForms"])
    assert (forms["type"], forms.get("required", [])) == ("object", [])
    drawn = {name: field(schema) for name, schema in forms["properties"].items()}
    assert drawn == dict.fromkeys(RELEASE_FORM_FIELDS, ("array", False, {}, IDS, []))


def test_every_field_of_the_answer_is_as_the_vendor_documents_it(document: Any, operation: Any) -> None:
    shape = behind(document, operation["responses"]["200"]["content"]["application/json"]["schema"])
    drawn = {name: schema.get("type") for name, schema in shape["properties"].items()}
    assert {name: drawn[name] for name in ANSWER} == ANSWER
    # The guide prints it, although the vendor's schema has it not.
    assert set(drawn) - set(ANSWER) == {"scheduledDate"}
    assert {"id", "date"} <= set(shape["required"])


def test_the_operation_names_its_statuses_its_permission_and_its_tag(operation: Any) -> None:
    assert set(operation["responses"]) >= STATUSES
    assert "`messages:write`" in operation["description"]
    assert (operation["summary"], operation["tags"]) == ("Create mass message", ["Messages"])


def test_key_and_connection_are_asked_for_in_the_vendors_headers(document: Any) -> None:
    schemes = document["components"]["securitySchemes"]
    assert {(each["type"], each["in"], each["name"]) for each in schemes.values()} == {
        ("apiKey", "header", "apiKey"), ("apiKey", "header", "x-connection-id"),
    }  # fmt: skip
    assert document["security"] == [{"ApiKey": [], "ConnectionId": []}]


def test_every_documented_path_of_this_dialect_stands_there(document: Any) -> None:
    expected = {
        f"/v2/access{path}"
        for path in (
            "/mass-messages", "/mass-messages/scheduled", "/mass-messages/{massMessageId}",
            "/analytics/mass-messages/sent", "/analytics/mass-messages/purchased", "/analytics/mass-messages/chart",
            "/analytics/mass-messages/{massMessageId}/buyers", "/earnings/transactions", "/earnings/chart",
            "/earnings/chargebacks", "/self/notifications", "/users/lists",
            "/users/lists/{listId}", "/users/lists/{listId}/users", "/users/lists/{listId}/users/{userId}",
            "/users/{userId}/lists", "/users/{userId}/user-lists/batch", "/subscribers", "/self",
            "/chats", "/chats/{userId}/messages", "/chats/{userId}/messages/{messageId}", "/chats/{userId}/media",
            "/users/list", "/users/search", "/users/blocked", "/users/restrict", "/users/{userId}",
            "/users/{userId}/restrict", "/subscribers/{userId}/note", "/subscribers/{userId}/custom-name",
            "/subscribers/{userId}/discount", "/self/notifications", "/analytics/mass-messages/chart",
            "/analytics/mass-messages/{massMessageId}/buyers", "/earnings/transactions", "/earnings/chart",
            "/earnings/chargebacks", "/uploads/init", "/uploads/{mediaUploadId}",
            "/uploads/{mediaUploadId}/parts/{partNumber}", "/uploads/complete", "/uploads/check", "/vault/media",
            "/vault/lists", "/vault/lists/{listId}", "/vault/lists/{listId}/media",
        )
    }  # fmt: skip
    account = (
        "/whoami", "/settings", "/connections", "/connections/import", "/connections/import/{connectionId}",
        "/connections/{connectionId}", "/connections/{connectionId}/invalidate",
        "/connections/{connectionId}/settings",
    )  # fmt: skip
    assert set(document["paths"]) == expected | {f"/v2/account{path}" for path in account}
