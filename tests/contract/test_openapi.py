"""The documents and the page say what the routes do, and nothing else."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from fancast.api import docs, openapi
from fancast.api.faces import Face, Request
from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth import outside
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi import fan_summaries, release_forms
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.api.query import Query
from fancast.model.problems import Kind, Problem
from tests.contract.tiny import Switches, tiny_face
from tests.world import NOON


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document(tiny_face(Switches()))


def test_every_documented_route_is_an_operation(document: dict[str, Any]) -> None:
    said = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert said == {(route.method, route.path) for route in tiny_face(Switches()).routes if route.documented}


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [said["operationId"] for said in _operations(document)]
    assert len(names) == len(set(names))
    assert "make_list" in names


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = set(_references(document))
    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def test_parameters_are_told_with_their_bounds(document: dict[str, Any]) -> None:
    (limit, header) = document["paths"]["/tiny/things"]["get"]["parameters"]
    assert limit["schema"] == {"type": "integer", "default": 20, "minimum": 1, "maximum": 100}
    assert (header["name"], header["in"], header["example"]) == ("X-Tiny", "header", "yes")
    (thing, part, _) = document["paths"]["/tiny/things/{thing}/parts/{part}"]["get"]["parameters"]
    assert (thing["name"], thing["in"], thing["required"], thing["example"]) == ("thing", "path", True, 901)
    assert "example" not in part


def test_a_write_offers_an_idempotency_key_and_names_its_permission(document: dict[str, Any]) -> None:
    made = document["paths"]["/tiny/lists"]["post"]
    assert made["description"] == "Makes a list.\n\n**Permission Required:** `lists:write`"
    assert "Idempotency-Key" in [each["name"] for each in made["parameters"]]
    assert list(made["responses"]) == ["201", "400", "401", "413", "415"]
    read_only = document["paths"]["/tiny/things"]["post"]
    assert "Idempotency-Key" not in [each["name"] for each in read_only["parameters"]]


def test_shapes_are_drawn_as_they_go_over_the_wire(document: dict[str, Any]) -> None:
    thing = document["components"]["schemas"]["Thing"]
    assert list(thing["properties"]) == ["id", "colour", "sizeCm", "parts"]
    assert thing["required"] == ["id", "colour"]
    assert thing["properties"]["colour"] == {"enum": ["green", "red"]}


def test_the_document_says_how_a_caller_shows_its_key(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}


@pytest.mark.parametrize("face", [OFAUTH, ONLYFANSAPI, NATIVE], ids=lambda face: face.name)
def test_each_face_is_documented_and_shown(face: Face) -> None:
    told = openapi.document(face)
    paths = {route.path.replace(":path}", "}") for route in face.routes if route.documented}
    assert paths == set(told["paths"])
    names = [said["operationId"] for said in _operations(told)]
    assert len(names) == len(set(names))
    for reference in set(_references(told)):
        assert reference.rpartition("/")[2] in told["components"][reference.split("/")[2]]
    assert docs.chapter(face).count == len(names)


@pytest.mark.parametrize("face", [OFAUTH, ONLYFANSAPI, NATIVE], ids=lambda face: face.name)
def test_a_document_tells_of_every_status_that_its_face_refuses_with(face: Face) -> None:
    request = Request("POST", "/", {}, Query({}), {}, NOON, "req_1", "http://here", None)
    codes = ["none of its own", *getattr(sys.modules[face.refuse.__module__], "_CODES", {})]
    problems = [Problem(kind, code, "No.") for kind in Kind for code in codes]
    given = {face.refuse(problem, request).status for problem in problems}
    given.add(face.crash(request, None).status)
    told = openapi.document(face)
    of_bodies = {"408", "413", "415"}
    for said in _operations(told):
        expected = {str(status) for status in given} - (set() if "requestBody" in said else of_bodies)
        assert expected <= set(said["responses"]), said["operationId"]


def test_an_example_shows_the_key_and_the_other_headers() -> None:
    examples = {each.path: each.curl for tag in docs.chapter(OFAUTH).tags.values() for each in tag}
    assert '-H "apiKey: $FANCAST_KEY"' in examples["/v2/account/whoami"]
    assert "x-connection-id" not in examples["/v2/account/whoami"]
    assert '-H "x-connection-id: conn_abc123"' in examples["/v2/access/self"]


#: Writes by their method that take no Idempotency-Key, and why.
_NO_KEY = {
    ("POST", "/v2/access/uploads/check"): "changes nothing: it looks for a file",
    (
        "PUT",
        "/v2/access/uploads/{mediaUploadId}",
    ): "bytes at an address of their own: sent again, answered alike",
    ("PUT", "/v2/access/uploads/{mediaUploadId}/parts/{partNumber}"): "the same",
    ("POST", "/v1/audiences/preview"): "changes nothing: it counts",
}


#: What refuses whatever it is asked: there is nothing to repeat.
_REFUSING = (outside.nothing_here, release_forms.no_links, fan_summaries.no_provider)


@pytest.mark.parametrize("face", [OFAUTH, ONLYFANSAPI, NATIVE], ids=lambda face: face.name)
def test_every_write_takes_an_idempotency_key(face: Face) -> None:
    keyless = {
        (route.method, route.path)
        for route in face.routes
        if route.method != "GET" and not route.writes_in and route.handler not in _REFUSING
    }
    assert keyless == {each for each in _NO_KEY if each[1].startswith(face.prefixes)}


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [said for methods in document["paths"].values() for said in methods.values()]


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "$ref":
                yield each
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)
