"""Reads a query string into a struct, by the struct's own types and bounds.

One rule each: integers are ASCII decimal within 64 bits; booleans are true, false, 1 or 0;
`list[...]` fields are repeated parameters and `tuple[..., ...]` fields one comma-separated value;
any other parameter given twice is refused; unknown parameters are ignored; an empty text or choice
is the same as none. It never looks at the path, the body or the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, Generic, TypeVar
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import inspect as types

from presage.api.faults import QueryFault

Q = TypeVar("Q", bound=msgspec.Struct)

MAX_PAIRS: Final = 2_100
MAX_TEXT: Final = 8_192
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_INT64: Final = range(-(1 << 63), 1 << 63)
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}

# Reads one text; the name is only for the complaint.
_Read = Callable[[str, str], Any]


class _Parameter(msgspec.Struct, frozen=True):
    """How one parameter becomes one field's value."""

    field: str
    read: _Read
    required: bool
    repeated: bool = False
    commas: bool = False
    blank_is_none: bool = False
    max_items: int | None = None
    min_items: int | None = None


class QueryBinder(Generic[Q]):
    """Binds query strings to one struct type. `bind` raises `QueryFault`, nothing else. With
    `any_case` a choice may be spelled in capitals or not."""

    def __init__(self, struct: type[Q], *, any_case: bool = False) -> None:
        info = types.type_info(struct)
        assert isinstance(info, types.StructType)
        self._struct = struct
        self._parameters = {field.encode_name: _compile(field, any_case) for field in info.fields}
        self._required = [name for name, one in self._parameters.items() if one.required]

    def bind(self, query_string: bytes) -> Q:
        if not (query_string or self._required):
            return self._struct()
        found: dict[str, list[str]] = {}
        if query_string:
            for name, value in _pairs(query_string):
                if name in self._parameters:
                    found.setdefault(name, []).append(value)
        values: dict[str, Any] = {}
        for name, texts in found.items():
            parameter = self._parameters[name]
            if parameter.blank_is_none and texts == [""]:
                continue
            values[parameter.field] = _read(name, parameter, texts)
        for name in self._required:
            if self._parameters[name].field not in values:
                raise QueryFault(name, "is required", "required")
        return self._struct(**values)


def _pairs(query_string: bytes) -> list[tuple[str, str]]:
    parts = query_string.split(b"&")
    if len(parts) > MAX_PAIRS:
        raise QueryFault("query", f"more than {MAX_PAIRS} parameters")
    pairs = []
    for part in parts:
        name, _, value = part.partition(b"=")
        pairs.append((_text(name), _text(value)))
    return pairs


def _text(raw: bytes) -> str:
    try:
        if b"%" in raw or b"+" in raw:
            raw = unquote_to_bytes(raw.replace(b"+", b" "))
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise QueryFault("query", "not UTF-8") from None
    if "\0" in text or len(text) > MAX_TEXT:
        raise QueryFault("query", f"a value holds NUL or more than {MAX_TEXT} characters")
    return text


def _read(name: str, parameter: _Parameter, texts: list[str]) -> Any:
    if not (parameter.repeated or parameter.commas):
        if len(texts) > 1:
            raise QueryFault(name, "given more than once")
        return parameter.read(name, texts[0])
    if parameter.commas:
        if len(texts) > 1:
            raise QueryFault(name, "given more than once")
        texts = texts[0].split(",") if texts[0] else []
    if parameter.max_items is not None and len(texts) > parameter.max_items:
        raise QueryFault(name, f"more than {parameter.max_items} values", "max")
    if parameter.min_items is not None and len(texts) < parameter.min_items:
        raise QueryFault(name, f"fewer than {parameter.min_items} values", "min")
    items = [parameter.read(name, text) for text in texts]
    return tuple(items) if parameter.commas else items


def _compile(field: types.Field, any_case: bool) -> _Parameter:
    kind = _bare(field.type)
    if isinstance(kind, (types.ListType, types.VarTupleType)):
        return _Parameter(
            field=field.name,
            read=_reader(_bare(kind.item_type), any_case),
            required=field.required,
            repeated=isinstance(kind, types.ListType),
            commas=isinstance(kind, types.VarTupleType),
            max_items=kind.max_length,
            min_items=kind.min_length,
        )
    # A number or a truth value cannot be blank; a text or a choice that is blank was not given.
    blank_is_none = not isinstance(kind, (types.IntType, types.BoolType))
    return _Parameter(
        field.name, _reader(kind, any_case), field.required, blank_is_none=blank_is_none
    )


def _bare(kind: types.Type) -> types.Type:
    """A type without its metadata and without "or none"."""
    if isinstance(kind, types.Metadata):
        return _bare(kind.type)
    if isinstance(kind, types.UnionType):
        rest = [one for one in kind.types if not isinstance(one, types.NoneType)]
        if len(rest) == 1:
            return _bare(rest[0])
    return kind


def _reader(kind: types.Type, any_case: bool) -> _Read:
    match kind:
        case types.IntType():
            return _integer_reader(kind)
        case types.BoolType():
            return _read_boolean
        case types.StrType():
            return _string_reader(kind)
        case types.LiteralType():
            return _choice_reader({str(value): value for value in kind.values}, any_case)
        case types.EnumType():
            members: list[Enum] = list(kind.cls)
            return _choice_reader({str(member.value): member for member in members}, any_case)
    raise TypeError(f"a query parameter cannot be {kind}")


def _integer_reader(kind: types.IntType) -> _Read:
    bounds = ((kind.ge, "gte"), (kind.le, "lte"), (kind.gt, "gt"), (kind.lt, "lt"))

    def read(name: str, text: str) -> int:
        value = int(text) if _INTEGER.fullmatch(text) else None
        if value is None or value not in _INT64:
            raise QueryFault(name, f"{_quoted(text)} is not an integer of 64 bits")
        for bound, tag in bounds:
            if bound is not None and not _holds(value, tag, int(bound)):
                raise QueryFault(name, f"{value} breaks the bound {tag} {int(bound)}", tag)
        return value

    return read


def _holds(value: int, tag: str, bound: int) -> bool:
    match tag:
        case "gte":
            return value >= bound
        case "lte":
            return value <= bound
        case "gt":
            return value > bound
    return value < bound


def _read_boolean(name: str, text: str) -> bool:
    value = _BOOLEANS.get(text)
    if value is None:
        raise QueryFault(name, f"{_quoted(text)} is not true or false")
    return value


def _string_reader(kind: types.StrType) -> _Read:
    pattern = re.compile(kind.pattern) if kind.pattern is not None else None

    def read(name: str, text: str) -> str:
        if kind.max_length is not None and len(text) > kind.max_length:
            raise QueryFault(name, f"longer than {kind.max_length} characters", "max")
        if kind.min_length is not None and len(text) < kind.min_length:
            raise QueryFault(name, f"shorter than {kind.min_length} characters", "min")
        if pattern is not None and pattern.search(text) is None:
            raise QueryFault(name, f"{_quoted(text)} does not match {kind.pattern}")
        return text

    return read


def _choice_reader(choices: dict[str, Any], any_case: bool) -> _Read:
    spelled = {name.upper(): value for name, value in choices.items()} if any_case else choices

    def read(name: str, text: str) -> Any:
        word = text.upper() if any_case else text
        if word not in spelled:
            raise QueryFault(name, f"{_quoted(text)} is none of {', '.join(choices)}", "oneof")
        return spelled[word]

    return read


def _quoted(text: str) -> str:
    return '"' + text[:64] + '"'
