"""Every reader of every face: whatever comes in becomes ours, or a Problem in words; nothing else.

The readers are found, not listed: each function `read_*` of each face, called with whatever its parameters ask for.
A reader that asks for something new fails here until it is said below how a caller could fill it.
"""

import contextlib
import importlib
import inspect
import json
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from fancast.model.fans import Fan
from fancast.model.mass_messages import Content, MassMessage
from fancast.model.problems import Problem
from fancast.store.database import Tx
from tests import anything
from tests.unit.test_mass_messages import mass_message
from tests.world import DAY, NOON, World, on_sqlite

FACES = {ofauth: OFAUTH, onlyfansapi: ONLYFANSAPI, native: NATIVE}
Reader = Callable[..., object]
#: Not for what a caller sends: they take what the reader before them made.
OURS = {"native.values.read_fields"}


def readers() -> Iterator[tuple[str, Face, Reader]]:
    for package, face in FACES.items():
        handlers = {id(route.handler) for route in face.routes}
        for found in pkgutil.iter_modules(package.__path__):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            for name, reader in vars(module).items():
                where = f"{face.name}.{found.name}.{name}"
                if name.startswith("read_") and inspect.isfunction(reader) and where not in OURS:
                    if reader.__module__ == module.__name__ and id(reader) not in handlers:
                        yield where, face, reader


@cache
def fields(face: str) -> list[str]:
    """Every field of every body that the face documents, in both spellings."""
    schemas = openapi.document(_face(face))["components"]["schemas"].values()
    names = {name for schema in schemas for name in schema.get("properties", ())}
    return sorted(names | {onlyfansapi_values.snake(name) for name in names})


@cache
def parameters(face: str) -> list[str]:
    return sorted({each.name for route in _face(face).routes for each in route.query})


def _face(name: str) -> Face:
    return next(face for face in FACES.values() if face.name == name)


# ---- what a caller may fill a reader's parameters with


def body_of(wire: object) -> object:
    """As the pipeline hands a body on, or a Problem."""
    return parse_json(json.dumps(wire).encode("utf-8", "surrogatepass"), "application/json")


def call_of(wire: object, query: Mapping[str, Sequence[str]], params: Mapping[str, str]) -> Call:
    return Call(
        method="POST", path="/", params=params, query=Query(query), headers={}, body=body_of(wire), key=None,
        account=None, now=NOON, request_id="req_1", origin="http://host", route=None,
        links=Links("http://host", b"secret", NOON),
    )  # type: ignore[arg-type]  # fmt: skip


class AnyParams(dict[str, str]):
    """Path parameters: whichever is asked for, with one value."""

    def __init__(self, value: str) -> None:
        self._value = value

    def __missing__(self, _name: str) -> str:
        return self._value


Filler = Callable[[st.DataObject], Any]


def filler(kind: Any, name: str, face: Face) -> Filler | None:
    """How to fill a parameter of this kind; None where nobody said how."""
    wire, queries = anything.objects(fields(face.name)), anything.queries(parameters(face.name))
    calls = st.tuples(wire, queries, anything.WORDS)
    known: dict[Any, Filler] = {
        Call: lambda data: call_of(*(drawn := data.draw(calls))[:2], AnyParams(drawn[2])),
        Query: lambda data: Query(data.draw(queries)),
        object: lambda data: data.draw(anything.JSON),
        str: lambda data: data.draw(anything.WORDS),
        str | None: lambda data: data.draw(st.none() | anything.WORDS),
        datetime: lambda _: NOON,
        datetime | None: lambda data: data.draw(st.none() | st.datetimes(timezones=st.timezones())),
        Content | None: lambda data: data.draw(st.sampled_from([None, Content("before", media_ids=(5,))])),  # type: ignore[arg-type]
        MassMessage: lambda _: mass_message(scheduled_at=NOON + DAY),
        Sequence[str]: lambda data: data.draw(st.lists(st.sampled_from(fields(face.name)), max_size=3)),
    }
    for body in (ofauth_values.Body, onlyfansapi_values.Body):
        if kind is body:
            return lambda data: body(body_of(data.draw(wire)))
    if inspect.isclass(kind) and issubclass(kind, native_values.Sent):
        return lambda data: native_values.read_body(call_of(data.draw(wire), {}, {}), kind)
    if str(kind).startswith("type["):
        shapes = [each for each in _shapes(native_values.Sent) if each.__module__.startswith("fancast")]
        return lambda data: data.draw(st.sampled_from(shapes))
    if "ListId" in str(kind):
        return lambda data: read_id(data.draw(anything.JSON))
    return known.get(kind)


def _shapes(kind: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    return [kind, *(below for each in kind.__subclasses__() for below in _shapes(each))]


def fillers(face: Face, reader: Reader) -> list[tuple[inspect.Parameter, Filler | None]]:
    """For each parameter that a caller fills, how; in the reader's own order."""
    hints = get_type_hints(reader)
    return [
        (each, filler(hints[each.name], each.name, face))
        for each in inspect.signature(reader).parameters.values()
        if each.default is inspect.Parameter.empty or hints[each.name] == Content | None
    ]


ALL = {where: (face, reader) for where, face, reader in readers()}
FILLERS = {where: fillers(face, reader) for where, (face, reader) in ALL.items()}


@on_sqlite
@pytest.mark.parametrize("where", ALL)
@settings(max_examples=anything.EXAMPLES)
@given(data=st.data())
def test_whatever_comes_becomes_ours_or_a_problem(world: World, where: str, data: st.DataObject) -> None:
    _, reader = ALL[where]
    account = world.account()
    fan = world.fan_of("bo") if "bo" in world.place().fans else world.fan("bo")
    with world.read() as tx, contextlib.suppress(Problem):
        real = {Tx: tx, Account: account, Fan: fan}
        arguments: list[Any] = []
        named: dict[str, Any] = {}
        for parameter, fill in FILLERS[where]:
            kind = get_type_hints(reader)[parameter.name]
            assert fill is not None or kind in real, f"say above how a caller fills {parameter}"
            value = real[kind] if fill is None else fill(data)
            value = replace(value, account=account) if isinstance(value, Call) else value
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                named[parameter.name] = value
            else:
                arguments.append(value)
        reader(*arguments, **named)


def test_readers_are_found_in_every_face() -> None:
    found = {where.partition(".")[0] for where in ALL}
    assert found == {"ofauth", "onlyfansapi", "native"}
    assert len(ALL) > 25
