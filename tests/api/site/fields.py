"""Reads the site's specification for the fields that a reply has, and compares replies with it.

The specification writes objects as `{id, name?, part:{a, b}}` or as examples in JSON; both are read
by one small parser. What it does not spell out cannot be compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from tests.reference import SHARED

Fields = dict[str, "Field"]
_NAME = re.compile(r'"?(?P<name>[A-Za-z]\w*)"?(?P<maybe>\??)')
_EITHER = re.compile(r"[a-z]\w*(\|[a-z]\w*)+$")
_OPEN, _CLOSE = "{[(", "}])"


class Field(NamedTuple):
    """`parts` are the fields of the object, or of each object of the list, that it holds."""

    needed: bool
    parts: Fields | None


@cache
def _text() -> str:
    return (SHARED / "kalsshi" / "SPEC.md").read_text()


def after(words: str, *path: str) -> Fields:
    """The object that the specification writes next behind these words; a part of it."""
    start = _text().index("{", _text().index(words) + len(words))
    found = _read(_text()[start + 1 : _end(_text(), start)])
    for name in path:
        parts = found[name].parts
        assert parts is not None, (words, name)
        found = parts
    return found


def named(words: str, end: str) -> Fields:
    """The names in backquotes from these words up to others."""
    start = _text().index(words) + len(words)
    some = _text()[start : _text().index(end, start)]
    found = {}
    for name, rest in re.findall(r"`([a-z][A-Za-z]+)(:[^`]*)?`", some):
        parts = _read(rest[rest.index("{") + 1 : rest.index("}")]) if "{" in rest else None
        found[name] = Field(True, parts)
    return found


def _end(text: str, start: int) -> int:
    """Where the bracket that opens at `start` closes."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        quoted ^= text[at] == '"'
        if not quoted:
            depth += (text[at] in _OPEN) - (text[at] in _CLOSE)
            if not depth:
                return at
    raise AssertionError(text[start : start + 80])


def _read(text: str) -> Fields:
    found: Fields = {}
    for member in _members(text):
        if _EITHER.match(member):
            found |= dict.fromkeys(member.split("|"), Field(False, None))
        elif match := _NAME.match(member):
            inner = member.find("{")
            value = member[inner + 1 : _end(member, inner)] if inner >= 0 else ""
            found[match["name"]] = Field(not match["maybe"], _read(value) if value else None)
    return found


def _members(text: str) -> Iterator[str]:
    """What stands between the commas that are in no bracket and no quotes."""
    depth, quoted, start = 0, False, 0
    for at, letter in enumerate(text):
        quoted ^= letter == '"'
        if not quoted:
            depth += (letter in _OPEN) - (letter in _CLOSE)
            if letter == "," and not depth:
                yield text[start:at].strip()
                start = at + 1
    yield text[start:].strip()


def at(reply: Any, path: str) -> list[Any]:
    """The objects that a path such as `orders[].fills[]` leads to."""
    found = [reply]
    for step in path.split(".") if path else ():
        found = [one[step.removesuffix("[]")] for one in found]
        if step.endswith("[]"):
            found = [part for many in found for part in many]
    return [one for one in found if one is not None]


class Seen(NamedTuple):
    """`added` is what the specification does not name, `unseen` what has fields that could not be
    looked at."""

    missing: set[str]
    added: set[str]
    unseen: set[str]


def compare(values: list[Any], fields: Fields, where: str = "") -> Seen:
    """Objects of one kind with what they should have."""
    if not values:
        return Seen(set(), set(), {where})
    there = [key for value in values for key in value]
    seen = Seen(
        {
            f"{where}.{name}"
            for name, field in fields.items()
            if field.needed and there.count(name) < len(values)
        },
        {f"{where}.{key}" for key in there if key not in fields},
        set(),
    )
    for name, field in fields.items():
        if field.parts:
            some = [value[name] for value in values if value.get(name) is not None]
            inner = [one for it in some for one in (it if isinstance(it, list) else [it])]
            part = compare(inner, field.parts, f"{where}.{name}")
            for whole, more in zip(seen, part, strict=True):
                whole |= more
    return seen
