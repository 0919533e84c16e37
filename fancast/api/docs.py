"""The page at /docs: all faces, read from their OpenAPI documents. One file, no network, fine without script."""

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
from markupsafe import Markup

import fancast
from fancast.api import openapi
from fancast.api.faces import Answer, Face, Page, Raw, Request

#: Stands in the rendered page where the caller's own origin goes.
_ORIGIN = "http://origin.invalid"
_DEEPEST = 6
#: Defaults that go without saying.
_EMPTY: tuple[object, ...] = (None, "", [], {})
_BOUNDS = {
    "minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
    "minLength": "at least {} characters", "maxLength": "up to {} characters",
    "minItems": "at least {} items", "maxItems": "at most {} items",
    "default": "default {}", "const": "always {}", "format": "{}",
}  # fmt: skip
_SAMPLES = {
    "string": "text",
    "integer": 1,
    "number": 1,
    "boolean": True,
    "null": None,
    "array": [],
    "object": {},
}

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One field of a shape, or one parameter, as the page shows it."""

    name: str
    type: str
    required: bool = False
    description: str = ""
    notes: Sequence[str] = ()
    inner: Sequence["Row"] = ()


@dataclass(frozen=True)
class Operation:
    anchor: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Mapping[str, Sequence[Row]]
    body: Row | None
    status: str
    answer: Row | None
    refusals: Sequence[tuple[str, str]]
    curl: str


@dataclass(frozen=True)
class Chapter:
    """One face: its operations by tag, and the shape of its refusals."""

    name: str
    title: str
    description: str
    document: str
    count: int
    error: Row
    tags: Mapping[str, Sequence[Operation]] = field(default_factory=dict)


def page(faces: Sequence[Face]) -> Page:
    """The page. It is rendered once; only the origin in its examples is the caller's own."""
    rendered = _render([chapter(face) for face in faces if face.document is not None])

    def make(request: Request) -> Answer:
        text = rendered.replace(_ORIGIN, html.escape(request.origin))
        return Answer(Raw(text.encode(), "text/html; charset=utf-8"), headers={"cache-control": "no-cache"})

    return Page("/docs", make)


def chapter(face: Face) -> Chapter:
    """What the page tells of one face."""
    about = face.document
    assert about is not None
    document = openapi.document(face)
    schemas = document["components"]["schemas"]
    tags: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            operation = _operation(face, path, method, said, document)
            tags.setdefault(said["tags"][0], []).append(operation)
    responses = document["components"]["responses"].values()
    error = next((_schema_of(response) for response in responses), {})
    return Chapter(
        name=face.name, title=about.title, description=about.description, document=about.path, tags=tags,
        count=sum(len(operations) for operations in tags.values()), error=_row("", error or {}, schemas),
    )  # fmt: skip


def _render(chapters: Sequence[Chapter]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("fancast.api"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["prose"] = _prose
    return environment.get_template("docs.html").render(chapters=chapters, version=fancast.__version__)


def _operation(face: Face, path: str, method: str, said: Json, document: Json) -> Operation:
    about = face.document
    assert about is not None
    schemas = document["components"]["schemas"]
    parameters: dict[str, list[Row]] = {}
    for each in said.get("parameters", ()):
        row = _row(
            each["name"], each["schema"], schemas, said=each.get("description", ""), required=each["required"]
        )
        parameters.setdefault(each["in"], []).append(row)
    responses = dict(said["responses"])
    status, good = next(iter(responses.items()))
    body = _schema_of(said.get("requestBody", {}))
    answer = _schema_of(good)
    return Operation(
        anchor=f"{face.name}-{said['operationId']}", method=method.upper(), path=path, summary=said["summary"],
        description=said.get("description", ""), parameters=parameters,
        body=None if body is None else _row("", body, schemas), status=status,
        answer=None if answer is None else _row("", answer, schemas),
        refusals=[_refusal(code, document) for code in responses if code >= "400"],
        curl=_curl(path, method.upper(), said, document, about.samples),
    )  # fmt: skip


def _refusal(code: str, document: Json) -> tuple[str, str]:
    return code, document["components"]["responses"][f"Error{code}"]["description"]


def _schema_of(said: Json) -> Json | None:
    contents = list(said.get("content", {}).values())
    return contents[0]["schema"] if contents else None


# ---- from schemas to rows


def _row(
    name: str,
    schema: Json,
    schemas: Json,
    *,
    said: str = "",
    required: bool = False,
    above: tuple[str, ...] = (),
) -> Row:
    shape, plain = openapi.resolved(schema, schemas)
    facts = _facts(plain)
    own = "" if shape else facts.get("description", "")
    deep = shape in above or len(above) > _DEEPEST
    return Row(
        name=name, type=_type(schema, schemas), required=required, description=said or own,
        notes=[note.format(_short(facts[word])) for word, note in _BOUNDS.items() if facts.get(word) not in _EMPTY],
        inner=() if deep else tuple(_inner(schema, schemas, above)),
    )  # fmt: skip


def _facts(plain: Json) -> Json:
    """What is said of a value; of one that may be null, what is said of it otherwise."""
    others = [each for each in plain.get("anyOf", ()) if each.get("type") != "null"]
    return {**others[0], **plain} if len(others) == 1 else plain


def _inner(schema: Json, schemas: Json, above: tuple[str, ...]) -> Iterator[Row]:
    """The fields of the object that a schema is, holds or may be."""
    shape, plain = openapi.resolved(schema, schemas)
    if shape in above and shape:
        return
    above = (*above, shape) if shape else above
    needed = plain.get("required", ())
    for name, each in plain.get("properties", {}).items():
        yield _row(name, each, schemas, required=name in needed, above=above)
    for held in _held(plain):
        yield from _inner(held, schemas, above)


def _held(plain: Json) -> Sequence[Json]:
    held = [
        each for each in (plain.get("items"), plain.get("additionalProperties")) if isinstance(each, dict)
    ]
    return [*held, *plain.get("anyOf", ())]


def _type(schema: Json, schemas: Json) -> str:
    _, plain = openapi.resolved(schema, schemas)
    if "enum" in plain:
        return " | ".join(_short(value) for value in plain["enum"])
    if "anyOf" in plain:
        return " or ".join(dict.fromkeys(_type(each, schemas) for each in plain["anyOf"]))
    if plain.get("type") == "array":
        items = plain.get("items")
        return f"array of {_type(items, schemas)}" if isinstance(items, dict) and items else "array"
    kind = plain.get("type", "any")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _short(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


# ---- an example that can be pasted


def _curl(path: str, method: str, said: Json, document: Json, samples: Json) -> str:
    parameters = said.get("parameters", ())
    place = re.sub(r"\{(\w+)\}", lambda found: str(_example(found[1], parameters)), path)
    wanted = [
        each for each in parameters if each["in"] == "query" and (each["required"] or "example" in each)
    ]
    query = "&".join(f"{each['name']}={_example(each['name'], parameters)}" for each in wanted)
    url = f"{_ORIGIN}{place}{'?' if query else ''}{query}"
    lines = [f"curl {'' if method == 'GET' else f'-X {method} '}'{url}'"]
    lines += [f'-H "{header}"' for header in _credentials(said, document, samples)]
    lines += [f"-H '{each['name']}: {each['example']}'" for each in parameters
              if each["in"] == "header" and "example" in each]  # fmt: skip
    if content := said.get("requestBody", {}).get("content"):
        lines += _body_lines(content, document["components"]["schemas"])
    return " \\\n  ".join(lines)


def _body_lines(content: Json, schemas: Json) -> list[str]:
    """How to send the body; a file in place of one that is not JSON."""
    kind = "application/json" if "application/json" in content else next(iter(content))
    if kind == "multipart/form-data":
        return ["-F 'file=@photo.jpg'"]
    if kind != "application/json":
        return [f"-H 'Content-Type: {kind}'", "--data-binary '@photo.jpg'"]
    asked = content[kind]
    body = asked.get("example", _sample(asked["schema"], schemas))
    shown = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return [f"-H 'Content-Type: {kind}'", f"-d '{shown}'"]


def _credentials(said: Json, document: Json, samples: Json) -> Iterator[str]:
    for name in said.get("security", document["security"])[0]:
        scheme = document["components"]["securitySchemes"][name]
        if scheme["type"] == "http":
            yield "Authorization: Bearer $FANCAST_KEY"
        else:
            yield f"{scheme['name']}: {samples.get(scheme['name'], '$FANCAST_KEY')}"


def _example(name: str, parameters: Sequence[Json]) -> object:
    said = next((each for each in parameters if each["name"] == name), {})
    return said.get("example", said.get("schema", {}).get("default", 123))


def _sample(schema: Json, schemas: Json, depth: int = 0) -> object:
    """The least that the shape asks for: its required fields, each as simple as can be."""
    _, plain = openapi.resolved(schema, schemas)
    for word, take in _SAYS_ITSELF.items():
        if word in plain:
            return take(plain[word])
    if "anyOf" in plain:
        return _sample(plain["anyOf"][0], schemas, depth + 1)
    if "properties" in plain and depth < _DEEPEST:
        needed = plain.get("required", ())
        return {name: _sample(plain["properties"][name], schemas, depth + 1) for name in needed}
    kind = plain.get("type", "string")
    return _SAMPLES.get(kind if isinstance(kind, str) else kind[0])


_SAYS_ITSELF: Mapping[str, Callable[[Any], object]] = {
    "examples": lambda examples: examples[0], "default": lambda default: default, "const": lambda const: const,
    "enum": lambda values: values[0],
}  # fmt: skip


def _prose(text: str) -> Markup:
    """Paragraphs, `code` and **strong**; everything else is escaped."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", safe)
    return Markup("".join(f"<p>{part.strip()}</p>" for part in re.split(r"\n\s*\n", safe) if part.strip()))
