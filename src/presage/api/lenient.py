"""A JSON door that forgives two spellings: choices in any case, and 10.0 where 10 is meant.

The strict door reads first, so what is spelled as documented costs nothing more. It never turns a
text into a number, or a fraction into anything.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Final, TypeVar

import msgspec
from msgspec import inspect as types

from presage.api.faults import BodyFault
from presage.api.json_door import JsonDoor, explain

B = TypeVar("B", bound=msgspec.Struct)

_EXACT: Final = 1 << 53
"""Up to here every whole number has a float of its own."""


class LenientDoor(JsonDoor[B]):
    """Reads bodies of one struct type. `decode` raises `BodyFault`, nothing else."""

    def __init__(self, struct: type[B]) -> None:
        super().__init__(struct)
        self._struct = struct
        self._type = types.type_info(struct)

    def decode(self, data: bytes) -> B:
        try:
            return super().decode(data)
        except BodyFault as fault:
            if not fault.struct:  # it is no JSON at all
                raise
            try:
                evened = _even(self._type, msgspec.json.decode(data))
            except msgspec.DecodeError:  # a number beyond all floats
                raise fault from None
        try:
            return msgspec.convert(evened, self._struct)
        except msgspec.ValidationError as error:
            raise explain(str(error), self._struct.__name__) from None


def _even(kind: types.Type, value: Any) -> Any:
    """The value in the spelling that `kind` wants, where that is clear."""
    match kind, value:
        case types.Metadata(), _:
            return _even(kind.type, value)
        case types.UnionType(), _:
            for one in kind.types:
                value = _even(one, value)
            return value
        case types.StructType(), dict():
            fields = {field.encode_name: field.type for field in kind.fields}
            return {
                name: _even(fields[name], one) if name in fields else one
                for name, one in value.items()
            }
        case ((types.ListType() | types.VarTupleType()), list()):
            return [_even(kind.item_type, one) for one in value]
        case types.DictType(), dict():
            return {name: _even(kind.value_type, one) for name, one in value.items()}
        case types.LiteralType(), str():
            return _spelled(list(kind.values), value)
        case types.EnumType(), str():
            members: list[Enum] = list(kind.cls)
            return _spelled([member.value for member in members], value)
        case types.IntType(), float() if value.is_integer() and abs(value) <= _EXACT:
            return int(value)
    return value


def _spelled(choices: list[Any], text: str) -> str:
    folded = text.casefold()
    found = (one for one in choices if isinstance(one, str) and one.casefold() == folded)
    return next(found, text)
