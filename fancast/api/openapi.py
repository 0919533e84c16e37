"""OpenAPI 3.1, from the same route tables that answer: what is not routed is not documented, and the reverse."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from fancast.api.faces import RAW_BODY, Answer, Face, FaceDocument, Page, Raw, Request, Route
from fancast.api.query import QueryParam

#: What a client may send with any write; handled by the pipeline, the same in every face.
IDEMPOTENCY_KEY = QueryParam(
    "Idempotency-Key",
    str,
    "Any text of 1 to 255 printable ASCII characters. The same call under the same key within 24 hours is done "
    "once and answered again with `Idempotent-Replayed: true`.",
)
#: Refusals of a body: of no use where there is none.
_OF_BODIES = frozenset((408, 413, 415))
_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")

Json = dict[str, Any]


def document(face: Face) -> Json:
    """The OpenAPI document of a face that has a FaceDocument."""
    about = face.document
    assert about is not None, face.name
    routes = [route for route in face.routes if route.documented]
    draw, schemas = _shapes(routes, about)
    names = _operation_ids(routes)
    paths: dict[str, Json] = {}
    for route, name in zip(routes, names, strict=True):
        operation = _operation(route, name, about, draw)
        paths.setdefault(_PARAMETER.sub(r"{\1}", route.path), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": about.title, "version": about.version, "description": about.description},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(tag for route in routes for tag in tags_of(route))],
        "security": [{scheme: [] for scheme in about.security}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": _error_responses(about, draw),
            "securitySchemes": {name: dict(scheme) for name, scheme in about.security.items()},
        },
    }


def pages(faces: Sequence[Face]) -> tuple[Page, ...]:
    """Each face's document at its path, written once."""
    return tuple(
        Page(face.document.path, _says(msgspec.json.encode(document(face)), "application/json"))
        for face in faces
        if face.document is not None
    )


def tags_of(route: Route) -> tuple[str, ...]:
    """The route's tags; by default its handler's noun."""
    return route.tags or (_noun(route).replace("_", " ").capitalize(),)


def _says(content: bytes, content_type: str) -> Callable[[Request], Answer]:
    answer = Answer(Raw(content, content_type))
    return lambda _request: answer


def _shapes(routes: Sequence[Route], about: FaceDocument) -> tuple[Callable[[object], Json], Json]:
    """A function from a type to its schema, and the components its answers refer to."""
    types: list[object] = [about.error]
    for route in routes:
        types += [shape for shape in (route.reads, route.writes) if shape is not None]
        types += [shape for _, shape in route.also if shape is not None]
        types += [each.type for each in route.query]
    types += [each.type for each in (*about.headers, IDEMPOTENCY_KEY)]
    parts = [part for each in types for part in _alternatives(each)]
    drawn, components = msgspec.json.schema_components(parts, schema_hook=_anything, ref_template=_REFERENCE)
    # Types need not be hashable, and equal ones have equal schemas: found again by their identity.
    by_identity = {id(part): schema for part, schema in zip(parts, drawn, strict=True)}

    def draw(shape: object) -> Json:
        schemas = [by_identity[id(part)] for part in _alternatives(shape)]
        return dict(schemas[0]) if len(schemas) == 1 else {"anyOf": schemas}

    return draw, dict(components)


def _anything(kind: type) -> Json:
    if kind is object:
        # msgspec takes an empty schema for none.
        return {"description": "Anything."}
    raise NotImplementedError(f"a wire shape of {kind}")


def _alternatives(shape: object) -> tuple[object, ...]:
    """The members of a union: msgspec reads no union of two objects, but a document may offer either."""
    return get_args(shape) if get_origin(shape) in (Union, UnionType) else (shape,)


def _operation(route: Route, name: str, about: FaceDocument, draw: Callable[[object], Json]) -> Json:
    operation: Json = {"operationId": name, "tags": list(tags_of(route)), "summary": route.summary}
    if description := _description(route):
        operation["description"] = description
    if parameters := list(_parameters(route, about, draw)):
        operation["parameters"] = parameters
    if route.reads is not None:
        content = _content(draw(route.reads), route.sample)["application/json"]
        operation["requestBody"] = {"content": dict.fromkeys(route.takes, content), "required": True}
    elif route.takes == RAW_BODY:
        file = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"content": {RAW_BODY[0]: file}, "required": True}
    if route.security is not None:
        operation["security"] = [{scheme: [] for scheme in route.security}]
    operation["responses"] = _responses(route, about, draw)
    return operation


def _description(route: Route) -> str:
    needed = f"**Permission Required:** `{route.permission}`" if route.permission else ""
    return "\n\n".join(part for part in (route.description, needed) if part)


def _parameters(route: Route, about: FaceDocument, draw: Callable[[object], Json]) -> Sequence[Json]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    found += [_parameter(each, "query", draw) for each in route.query]
    found += [_parameter(each, "header", draw) for each in about.headers]
    if route.writes_in:
        found.append(_parameter(IDEMPOTENCY_KEY, "header", draw))
    for each in found:
        if each["name"] in about.samples:
            each["example"] = about.samples[each["name"]]
    return found


def _parameter(each: QueryParam, place: str, draw: Callable[[object], Json]) -> Json:
    bounds = {"default": each.default, "minimum": each.low, "maximum": each.high}
    schema = draw(each.type) | {word: value for word, value in bounds.items() if value is not None}
    told: Json = {"name": each.name, "in": place, "required": each.required, "schema": schema}
    return told | ({"description": each.description} if each.description else {})


def _responses(route: Route, about: FaceDocument, draw: Callable[[object], Json]) -> Json:
    responses: Json = {}
    for status, shape in ((route.status, route.writes), *route.also):
        good: Json = {"description": "Done." if shape is None else "The answer."}
        responses[str(status)] = good if shape is None else good | {"content": _content(draw(shape), None)}
    for status in about.errors:
        if status not in _OF_BODIES or route.reads is not None or route.intake is not None:
            responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    return responses


def _error_responses(about: FaceDocument, draw: Callable[[object], Json]) -> Json:
    content = {about.error_content_type: {"schema": draw(about.error)}}
    return {
        f"Error{status}": {"description": meaning, "content": content}
        for status, meaning in about.errors.items()
    }


def _content(schema: Json, sample: object | None) -> Json:
    return {"application/json": {"schema": schema} | ({} if sample is None else {"example": sample})}


def _operation_ids(routes: Sequence[Route]) -> Sequence[str]:
    """`noun_verb`, numbered where one handler serves several paths."""
    seen: Counter[str] = Counter()
    names = []
    for route in routes:
        name = route.name or f"{_noun(route)}_{_handler_name(route)}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return names


def _noun(route: Route) -> str:
    return str(getattr(route.handler, "__module__", "")).rpartition(".")[2]


def _handler_name(route: Route) -> str:
    name: str = getattr(route.handler, "__name__", type(route.handler).__name__)
    return name.strip("_").lower()


def resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """A schema behind its reference, with the name it goes by ("" without one)."""
    reference = schema.get("$ref")
    if reference is None:
        return "", schema
    name = str(reference).rpartition("/")[2]
    return name, schemas[name]
