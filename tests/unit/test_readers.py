"""Every reader of every face: whatever comes in becomes ours, or a Problem in words; nothing else.

The readers are found, not listed: each function `read_*` of each face, each way in which a dialect's `Body` reads a
field, each body that the native face takes. They are called with whatever their parameters ask for; a reader that asks
for something new fails here until it is said below how a caller could fill it. What is drawn is mostly what the
documents allow, with a few fields spoilt, so that it gets past the first look: another test demands that.
"""

import collections.abc
import contextlib
import importlib
import inspect
import json
import operator
import pkgutil
import re
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import EnumType
from functools import cache
from types import CodeType, NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from fancast.api import native, ofauth, onlyfansapi, openapi
from fancast.api.bodies import parse_json
from fancast.api.faces import Call, Face
from fancast.api.http import Query, read_id
from fancast.api.links import Links
from fancast.api.native import values as native_values
from fancast.api.native.face import FACE as NATIVE
from fancast.api.ofauth import values as ofauth_values
from fancast.api.ofauth.face import FACE as OFAUTH
from fancast.api.onlyfansapi import values as onlyfansapi_values
from fancast.api.onlyfansapi.face import FACE as ONLYFANSAPI
from fancast.model.accounts import Account
from fancast.model.fans import Fan, FanStatus
from fancast.model.mass_messages import Content, MassMessage
from fancast.model.problems import Problem
from fancast.store.database import Tx
from tests import anything
from tests.unit.test_mass_messages import mass_message
from tests.world import DAY, NOON, World, on_sqlite

FACES = {ofauth: OFAUTH, onlyfansapi: ONLYFANSAPI, native: NATIVE}
BODIES = {"ofauth": ofauth_values.Body, "onlyfansapi": onlyfansapi_values.Body}
Function = Callable[..., Any]
#: Not for what a caller sends: they take what the reader before them made.
OURS = {"native.values.read_fields"}
_WORD = re.compile(r"[A-Za-z_-]{2,40}")
#: What a `Body` is asked for.
_FIELD = "field"
_NOUN = "fan"
#: What means something in some query.
_SAID = [native_values.write_cursor(_NOUN, 5), "1", "5", "2026-03-05", "2026-03-06", "UTC", "true", "Hi"]


@dataclass(frozen=True, eq=False)
class Reader:
    """One way in, and what it says to make of it."""

    name: str
    face: Face
    function: Function

    @property
    def hints(self) -> dict[str, Any]:
        return get_type_hints(self.function)


def readers() -> Iterator[Reader]:
    """Every function `read_*` of every face that is not a route's handler."""
    for package, face in FACES.items():
        handlers = {id(route.handler) for route in face.routes}
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for name, function in vars(module).items():
                where = f"{found.name.removeprefix('fancast.api.')}.{name}"
                if name.startswith("read_") and inspect.isfunction(function) and where not in OURS:
                    if function.__module__ == module.__name__ and id(function) not in handlers:
                        yield Reader(where, face, function)
    for name, body in BODIES.items():
        yield from _readers_of(body, _face(name))
    for shape in _shapes(native_values.Sent):
        yield Reader(f"native body {shape.__name__}", NATIVE, _taking(shape))


def _readers_of(body: type, face: Face) -> Iterator[Reader]:
    """Each way in which a body reads a field."""
    for name, function in vars(body).items():
        if inspect.isfunction(function) and not name.startswith("_") and name != "get":
            yield Reader(f"{face.name} body {name}", face, function)


def _taking(shape: type[msgspec.Struct]) -> Function:
    def take(sent: native_values.Sent) -> native_values.Sent:
        return sent

    take.__annotations__ = {"sent": shape, "return": shape}
    return take


def _shapes(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    below = [shape for each in kind.__subclasses__() for shape in (each, *_shapes(each))]
    return [each for each in below if each.__module__.startswith("fancast")]


def _face(name: str) -> Face:
    return next(face for face in FACES.values() if face.name == name)


# ---- what a reader looks at, and what its face's document says of it


@cache
def documented(face: str) -> Mapping[str, st.SearchStrategy[Any]]:
    """Each field of each body that the face takes, with what the document allows there."""
    document = openapi.document(_face(face))
    schemas = document["components"]["schemas"]
    allowed: dict[str, list[st.SearchStrategy[Any]]] = {}
    waiting = [
        content["schema"]
        for methods in document["paths"].values()
        for said in methods.values()
        for kind, content in said.get("requestBody", {}).get("content", {}).items()
        if kind == "application/json"
    ]
    for schema in waiting:
        for shape in schema.get("anyOf", [schema]):
            for name, said in openapi.resolved(shape, schemas)[1].get("properties", {}).items():
                allowed.setdefault(name, []).append(shaped(said, schemas))
    return {name: st.one_of(each) for name, each in allowed.items()}


def shaped(said: Mapping[str, Any], schemas: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What a JSON schema allows, with a liking for what means something here."""
    if "$ref" in said:
        said = schemas[said["$ref"].rpartition("/")[2]]
    if "anyOf" in said:
        return st.one_of([shaped(each, schemas) for each in said["anyOf"]])
    if "enum" in said:
        return st.sampled_from(said["enum"])
    match said.get("type"):
        case "string" if said.get("format") == "date-time":
            return st.sampled_from(
                ["2026-03-05T10:00:00Z", "2027-01-01T00:00:00.5+02:00", "2026-03-01T00:00:00Z"]
            )
        case "string":
            return st.sampled_from(["Hi", "fans", "1001", "2026-03-05", "2027-01-01T00:00:00Z", "x" * 40])
        case "integer" | "number":
            whole = [each for each in (0, 1, 5, 30, 1001, 5512) if each >= said.get("minimum", each)]
            whole = [each for each in whole if each <= said.get("maximum", each)]
            return st.sampled_from(whole or [said["minimum"]])
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            return st.lists(
                shaped(said.get("items", {}), schemas), min_size=said.get("minItems", 0), max_size=3
            )
        case "object":
            inside = {name: shaped(each, schemas) for name, each in said.get("properties", {}).items()}
            demanded = {name: inside.pop(name) for name in said.get("required", ()) if name in inside}
            return st.builds(operator.or_, st.fixed_dictionaries(demanded), _some_of(inside))
    return anything.JSON


@st.composite
def _some_of(draw: st.DrawFn, inside: Mapping[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(sorted(inside)), max_size=4, unique=True)) if inside else []
    return {name: draw(inside[name]) for name in names}


@cache
def words(function: Function) -> list[str]:
    """What a reader's code says, and what it calls in its face: the names of fields it looks at, the words it knows."""
    said = {text for one in _called(function) for text in (*_texts(one.__code__), *_known(one))}
    return sorted(text for text in said if _WORD.fullmatch(text))


def _called(function: Function) -> Iterator[Function]:
    seen, waiting = set(), [function]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield one
            named = (one.__globals__.get(name) for name in one.__code__.co_names)
            waiting += [
                each
                for each in named
                if inspect.isfunction(each) and each.__module__.startswith("fancast.api")
            ]


def _known(function: Function) -> Iterator[str]:
    """The words of the enums and tables that a function names."""
    for name in function.__code__.co_names:
        table = function.__globals__.get(name)
        if isinstance(table, Mapping | EnumType | tuple | frozenset):
            yield from (each for each in table if isinstance(each, str))


def _texts(code: CodeType) -> Iterator[str]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _texts(each)
        yield from (said for said in (each if isinstance(each, tuple) else (each,)) if isinstance(said, str))


@cache
def bodies(reader: Reader) -> st.SearchStrategy[Any]:
    """Objects with the fields that a reader looks at, mostly as documented; now and then something else altogether."""
    known, said = documented(reader.face.name), words(reader.function)
    near = {name: known.get(name, anything.LIKELY) for name in said}
    right = sorted(set(said) & set(known))
    if reader.face is ONLYFANSAPI:
        # Either spelling is read there.
        near |= {onlyfansapi_values.snake(name): each for name, each in near.items()}
    return _near(near, right or sorted(near)) | anything.objects(sorted(known))


@st.composite
def _near(draw: st.DrawFn, near: Mapping[str, st.SearchStrategy[Any]], names: list[str]) -> dict[str, Any]:
    """A few fields, one in six of them anything; now and then one that only the code knows."""
    if not near:
        return {}
    chosen = st.lists(st.sampled_from(names), max_size=5, unique=True)
    drawn = [*draw(chosen), *(draw(st.sampled_from([*near])) for _ in range(draw(_SELDOM)))]
    return {name: draw(anything.JSON if draw(_SELDOM) else near[name]) for name in drawn}


#: One in six.
_SELDOM = st.sampled_from([0, 0, 0, 0, 0, 1])


@cache
def sent(shape: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """What a native body allows, and that with something spoilt."""
    (said,), schemas = msgspec.json.schema_components([shape], ref_template="#/components/schemas/{name}")
    names = [each.encode_name for each in msgspec.structs.fields(shape)]
    right = shaped(said, schemas)
    if not names:
        return right | anything.JSON
    wrong = st.dictionaries(st.sampled_from(names), anything.JSON, max_size=2)
    return right | st.builds(lambda body, spoilt: {**body, **spoilt}, right, wrong) | anything.objects(names)


@cache
def queries(reader: Reader) -> st.SearchStrategy[dict[str, list[str]]]:
    every = {each.name for route in reader.face.routes for each in route.query}
    names = sorted({*words(reader.function)} & every) or [_FIELD]
    said = st.sampled_from([*_SAID, *words(reader.function)])
    near = st.dictionaries(
        st.sampled_from(names), st.lists(said | anything.WORDS, min_size=1, max_size=1), max_size=4
    )
    return (
        near
        | st.fixed_dictionaries({name: st.tuples(said).map(list) for name in names[:4]})
        # Seldom right by chance where several must be: a window of days, with its time zone.
        | st.fixed_dictionaries({name: st.tuples(st.sampled_from(_SAID)).map(list) for name in names[:4]})
        | anything.queries(sorted(every))
    )


# ---- what a caller may fill a reader's parameters with


def body_of(wire: object) -> object:
    """As the pipeline hands a body on, or a Problem."""
    return parse_json(json.dumps(wire).encode("utf-8", "surrogatepass"), "application/json")


class AnyParams(dict[str, str]):
    """Path parameters: whichever is asked for, with one value."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __missing__(self, _name: str) -> str:
        return self._value


def call_of(wire: object, query: Mapping[str, Sequence[str]], place: str, account: Account) -> Call:
    return Call(
        method="POST", path="/", params=AnyParams(place), query=Query(query), headers={}, body=body_of(wire), key=None,
        account=account, now=NOON, request_id="req_1", origin="http://host", route=None,
        links=Links("http://host", b"secret", NOON),
    )  # type: ignore[arg-type]  # fmt: skip


Real = Mapping[Any, Any]


@dataclass(frozen=True)
class Filler:
    """What is drawn, and what becomes of it: ours, or a Problem before the reader is asked."""

    drawn: st.SearchStrategy[Any]
    made: Callable[[Any, Real], Any] = lambda drawn, _: drawn


def filler(kind: Any, reader: Reader) -> Filler | None:
    """How to fill a parameter of this kind; None where nobody said how."""
    known: dict[Any, Filler] = {
        Query: Filler(queries(reader), lambda drawn, _: Query(drawn)),
        object: Filler(anything.JSON),
        str: Filler(anything.WORDS | st.sampled_from([_FIELD, _NOUN])),
        str | None: Filler(st.none() | anything.WORDS | st.sampled_from(words(reader.function) or [""])),
        int: Filler(st.sampled_from([1, 10, 255])),
        FanStatus: Filler(st.sampled_from(FanStatus)),
        bool: Filler(st.booleans()),
        datetime: Filler(st.just(NOON)),
        datetime | None: Filler(st.none() | st.datetimes(timezones=st.timezones())),
        Content | None: Filler(st.sampled_from([None, Content("before", media_ids=(5,))])),  # type: ignore[arg-type]
        MassMessage: Filler(st.just(mass_message(scheduled_at=NOON + DAY))),
        Sequence[str]: Filler(st.lists(st.sampled_from(sorted(documented(reader.face.name))), max_size=3)),
        **{
            real: Filler(st.none(), lambda _, real_ones, real=real: real_ones[real])
            for real in (Tx, Account, Fan)
        },
    }
    if kind is Call:
        body = st.one_of([sent(each) for each in _read_in(reader)] or [bodies(reader)])
        parts = st.tuples(body, queries(reader), anything.WORDS)
        return Filler(parts, lambda drawn, real: call_of(*drawn, real[Account]))
    if kind in BODIES.values():
        return Filler(bodies(reader), lambda drawn, _: kind(body_of(drawn)))
    if inspect.isclass(kind) and issubclass(kind, native_values.Sent):
        return Filler(
            sent(kind),
            lambda drawn, real: native_values.read_body(call_of(drawn, {}, "1", real[Account]), kind),
        )
    if str(kind).startswith("type["):
        return Filler(st.sampled_from(_shapes(native_values.Sent)))
    if "ListId" in str(kind):
        return Filler(anything.JSON, lambda drawn, _: read_id(drawn))
    return known.get(kind)


def _read_in(reader: Reader) -> list[type[msgspec.Struct]]:
    """The native bodies that a reader names."""
    named = (reader.function.__globals__.get(name) for name in reader.function.__code__.co_names)
    return [each for each in named if inspect.isclass(each) and issubclass(each, native_values.Sent)]


@cache
def fillers(reader: Reader) -> list[tuple[inspect.Parameter, Filler | None]]:
    """For each parameter that a caller fills, how; in the reader's own order."""
    found = []
    for each in inspect.signature(reader.function).parameters.values():
        if each.name == "self":
            found.append((each, _body_of_one_field(reader)))
        elif reader.function.__qualname__.startswith("Body.") and each.name == "name":
            found.append((each, Filler(st.just(_FIELD))))
        elif each.default is inspect.Parameter.empty or reader.hints[each.name] == Content | None:
            found.append((each, filler(reader.hints[each.name], reader)))
    return found


def _body_of_one_field(reader: Reader) -> Filler:
    documented_there = st.one_of(list(documented(reader.face.name).values()))
    drawn = st.fixed_dictionaries({}, optional={_FIELD: documented_there | anything.JSON}) | anything.JSON
    return Filler(drawn, lambda body, _: BODIES[reader.face.name](body_of(body)))


ALL = {reader.name: reader for reader in readers()}


def read(reader: Reader, drawn: Sequence[Any], real: Real) -> Any:
    """What the reader makes of what was drawn for its parameters. Raises Problem."""
    arguments: list[Any] = []
    named: dict[str, Any] = {}
    for (parameter, fill), value in zip(fillers(reader), drawn, strict=True):
        assert fill is not None
        made = fill.made(value, real)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named[parameter.name] = made
        else:
            arguments.append(made)
    return reader.function(*arguments, **named)


def drawn_for(reader: Reader) -> st.SearchStrategy[tuple[Any, ...]]:
    missing = [str(parameter) for parameter, fill in fillers(reader) if fill is None]
    assert not missing, f"say above how a caller fills {missing}"
    return st.tuples(*(fill.drawn for _, fill in fillers(reader) if fill is not None))


# ---- what is ours


def is_ours(value: object, hint: Any) -> bool:
    """Whether a value is what a type says, all the way down."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint in (Any, object, typing.Never):
        return hint is not typing.Never
    if hasattr(hint, "__supertype__"):
        return is_ours(value, hint.__supertype__)
    if hint in (None, NoneType):
        return value is None
    if origin is typing.Annotated:
        return is_ours(value, inner[0])
    if origin is typing.Literal:
        return value in inner
    if origin in (typing.Union, UnionType):
        return any(is_ours(value, each) for each in inner)
    if isinstance(hint, typing.TypeVar):
        return True
    if origin is tuple and inner[-1] is not Ellipsis:
        return isinstance(value, tuple) and len(value) == len(inner) and all(map(is_ours, value, inner))
    if origin in (dict, collections.abc.Mapping):
        return isinstance(value, Mapping) and all(
            is_ours(name, inner[0]) and is_ours(each, inner[1]) for name, each in value.items()
        )
    if origin is not None:
        return isinstance(value, origin) and all(is_ours(each, inner[0]) for each in value)  # type: ignore[attr-defined]
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is int):
        return False
    if is_dataclass(hint):
        said = get_type_hints(type(value))
        return all(is_ours(getattr(value, each.name), said[each.name]) for each in fields(value))  # type: ignore[arg-type]
    return True


@on_sqlite
@pytest.mark.parametrize("name", ALL)
@settings(max_examples=anything.EXAMPLES)
@given(data=st.data())
def test_whatever_comes_becomes_ours_or_a_problem(world: World, name: str, data: st.DataObject) -> None:
    reader = ALL[name]
    drawn = data.draw(drawn_for(reader))
    with reading(world) as real:
        try:
            found = read(reader, drawn, real)
        except Problem:
            return
    assert is_ours(found, reader.hints["return"]), (found, reader.hints["return"])


@on_sqlite
@pytest.mark.parametrize("name", ALL)
def test_what_is_drawn_gets_through_each_reader(world: World, name: str) -> None:
    """Else the test above would only ever see it refuse."""
    reader = ALL[name]
    looked = settings(max_examples=2_000, derandomize=True, database=None, phases=[Phase.generate])
    with reading(world) as real:

        def gets_through(drawn: tuple[Any, ...]) -> bool:
            try:
                found = read(reader, drawn, real)
            except Problem:
                return False
            return found not in (None, "", [], (), {})

        try:
            find(drawn_for(reader), gets_through, settings=looked)
        except NoSuchExample:
            pytest.fail(f"nothing that is drawn for {name} becomes anything")


def test_readers_are_found_in_every_face() -> None:
    found = {reader.face.name for reader in ALL.values() if reader.name.startswith(reader.face.name + ".")}
    assert found == {"ofauth", "onlyfansapi", "native"}
    assert len(ALL) > 90


@contextlib.contextmanager
def reading(world: World) -> Iterator[Real]:
    """A transaction, and what there is for a reader that asks for it."""
    account = world.account()
    fan = world.fan_of("bo") if "bo" in world.place().fans else world.fan("bo")
    with world.read() as tx:
        yield {Tx: tx, Account: account, Fan: fan}
