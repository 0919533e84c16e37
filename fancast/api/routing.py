"""From a method and a path to a route. Literal parts beat parameters; a 405 names what the path allows."""

from collections.abc import Iterator, Mapping, Sequence

from fancast.api.faces import Route
from fancast.api.query import decode
from fancast.model.problems import Kind, Problem


class _Node:
    """One part of the paths that share everything before it."""

    __slots__ = ("any", "literal", "rest", "routes")

    def __init__(self) -> None:
        self.literal: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.rest: _Node | None = None
        # By method; the names of the path's parameters stand beside the route, since two may differ in them.
        self.routes: dict[str, tuple[Route, tuple[str, ...]]] = {}


class Router:
    """The routes of one face as a tree of path parts: a lookup costs the path's length, not the table's."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, parts: Sequence[str]) -> tuple[Route, Mapping[str, str]]:
        """The route and its parameters. Raises Problem(NOT_FOUND, METHOD_NOT_ALLOWED with fact `allow`)."""
        wanted = "GET" if method == "HEAD" else method
        allowed: dict[str, None] = {}
        for node, values in _matches(self._root, parts, 0, ()):
            if found := node.routes.get(wanted):
                route, names = found
                return route, dict(zip(names, values, strict=True)) if names else {}
            allowed |= dict.fromkeys(node.routes)
        if not allowed:
            raise Problem(Kind.NOT_FOUND, "route_not_found", f"There is nothing at /{'/'.join(parts)}.")
        allow = _allow(allowed)
        raise Problem(
            Kind.METHOD_NOT_ALLOWED,
            "method_not_allowed",
            f"{method} is not possible here; {allow} is.",
            allow=allow,
        )

    def _add(self, route: Route) -> None:
        node, names = self._root, []
        for part in route.path.strip("/").split("/"):
            if not part.startswith("{"):
                node = node.literal.setdefault(part, _Node())
                continue
            name, _, kind = part[1:-1].partition(":")
            names.append(name)
            if kind == "path":
                node.rest = node = node.rest or _Node()
            else:
                node.any = node = node.any or _Node()
        if route.method in node.routes:
            raise ValueError(f"two routes for {route.method} {route.path}")
        node.routes[route.method] = (route, tuple(names))


def split_path(raw: str) -> list[str]:
    """The parts of a path, percent-decoded one by one: an escaped slash does not divide.

    A doubled slash in front is one (a vendor's SDK sends `//v2/…`). Raises Problem(INVALID).
    """
    parts = raw.lstrip("/").split("/")
    return [decode(part) for part in parts] if "%" in raw else parts


def _matches(
    node: _Node, parts: Sequence[str], at: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    if at == len(parts):
        if node.routes:
            yield node, values
        return
    part = parts[at]
    if (literal := node.literal.get(part)) is not None:
        yield from _matches(literal, parts, at + 1, values)
    if node.any is not None and part:
        yield from _matches(node.any, parts, at + 1, (*values, part))
    if node.rest is not None:
        yield node.rest, (*values, "/".join(parts[at:]))


def _allow(methods: Mapping[str, None]) -> str:
    order = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    known = {*methods, "HEAD"} if "GET" in methods else set(methods)
    return ", ".join(sorted(known, key=order.index))
