"""Finds the endpoint for a method and a path in time that depends on the path's length only.

A path of literal segments beats one with parameters, whatever the method. It never percent-decodes
more than once, never touches a file system, and treats any segment that could mean something else
downstream as unknown.
"""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote_to_bytes

E = TypeVar("E")

MAX_SEGMENT = 512
_NONE: frozenset[str] = frozenset()


class Match(NamedTuple, Generic[E]):
    """`endpoint` is None when the path is unknown (no `allowed`) or the method is (`allowed`)."""

    endpoint: E | None
    values: dict[str, str]
    allowed: frozenset[str]


class _Endpoint(NamedTuple, Generic[E]):
    endpoint: E
    names: tuple[str, ...]


class _Node(Generic[E]):
    __slots__ = ("by_method", "literal", "parameter")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[E]] = {}
        self.parameter: _Node[E] | None = None
        self.by_method: dict[str, _Endpoint[E]] = {}


class RouteTree(Generic[E]):
    """Paths such as `/portfolio/orders/{order_id}`, one endpoint for each method."""

    def __init__(self) -> None:
        self._root: _Node[E] = _Node()
        self._literal: dict[str, dict[str, Match[E]]] = {}
        """The paths without parameters: one step finds them, unless they are sent in escapes."""

    def add(self, method: str, path: str, endpoint: E) -> None:
        node = self._root
        names = []
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                names.append(segment[1:-1])
                if node.parameter is None:
                    node.parameter = _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        if method in node.by_method:
            raise ValueError(f"two operations answer {method} {path}")
        node.by_method[method] = _Endpoint(endpoint, tuple(names))
        if not names:
            self._literal.setdefault(path, {})[method] = Match(endpoint, {}, _NONE)

    def find(self, method: str, raw_path: str) -> Match[E]:
        """The endpoint for a path as received (percent-encoded, without its query)."""
        literal = self._literal.get(raw_path)
        if literal is not None:
            return literal.get(method) or Match(None, {}, frozenset(literal))
        segments = _decoded(raw_path)
        if segments is None:
            return Match(None, {}, _NONE)
        values: list[str] = []
        found = _straight(self._root, segments, method, values)
        if found is not None:
            return Match(found.endpoint, dict(zip(found.names, values, strict=True)), _NONE)
        values.clear()
        allowed: set[str] = set()
        found = _walk(self._root, segments, 0, method, values, allowed)
        if found is not None:
            return Match(found.endpoint, dict(zip(found.names, values, strict=True)), _NONE)
        return Match(None, {}, frozenset(allowed))


def _straight(
    node: _Node[E], segments: list[str], method: str, values: list[str]
) -> _Endpoint[E] | None:
    """What nearly every path leads to: a way on which no segment could also be a value."""
    for segment in segments:
        literal = node.literal.get(segment)
        if literal is not None:
            if node.parameter is not None:
                return None
            node = literal
        elif node.parameter is not None and _is_plain(segment):
            values.append(segment)
            node = node.parameter
        else:
            return None
    return node.by_method.get(method)


def _walk(
    node: _Node[E],
    segments: list[str],
    index: int,
    method: str,
    values: list[str],
    allowed: set[str],
) -> _Endpoint[E] | None:
    if index == len(segments):
        found = node.by_method.get(method)
        if found is None:
            allowed.update(node.by_method)
        return found
    segment = segments[index]
    literal = node.literal.get(segment)
    if literal is not None:
        found = _walk(literal, segments, index + 1, method, values, allowed)
        if found is not None or allowed:  # the path is known, as it stands; no value is called so
            return found
    if node.parameter is None or not _is_plain(segment):
        return None
    values.append(segment)
    found = _walk(node.parameter, segments, index + 1, method, values, allowed)
    if found is None:
        values.pop()
    return found


def _is_plain(segment: str) -> bool:
    """Whether a segment may be a value: one printable name, never a path of its own."""
    return (
        0 < len(segment) <= MAX_SEGMENT
        and segment.isprintable()
        and "/" not in segment
        and segment not in (".", "..")
    )


def _decoded(raw_path: str) -> list[str] | None:
    if not raw_path.isascii():
        return None
    segments = raw_path.split("/")[1:]
    if "%" not in raw_path:
        return segments
    try:
        return [unquote_to_bytes(segment).decode("utf-8") for segment in segments]
    except UnicodeDecodeError:
        return None
