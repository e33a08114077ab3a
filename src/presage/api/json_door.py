"""The one place where a JSON request body becomes a struct.

It decides what counts as a readable body: strict UTF-8, at most 32 levels, no key twice, integers
within 64 bits, no NUL and no half of a surrogate pair in any text. It knows nothing of any API's
error shape. Bodies written the way programs write them (an object of plain members, or of lists of
such objects, without escapes) are proved sound by printing them again; only the others pay for a
full second look.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Annotated, Any, Final, Generic, NoReturn, TypeVar

import msgspec
from msgspec import Meta

from presage.api.faults import BodyFault, wrong_content_type

B = TypeVar("B", bound=msgspec.Struct)

MAX_DEPTH: Final = 32
_INT64_MIN: Final = -(1 << 63)
_INT64_MAX: Final = (1 << 63) - 1

_Integer = Annotated[int, Meta(ge=_INT64_MIN, le=_INT64_MAX)]
_Flat = dict[str, str | _Integer | bool | None]
_Plain = dict[str, str | _Integer | bool | list[str | _Integer | bool | _Flat | None] | None]
"""What an ordinary body is. Floats are not in it: they have many spellings."""
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_plain = msgspec.json.Decoder(_Plain).decode
_print = msgspec.json.Encoder().encode
_BRACKETS = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}


class JsonDoor(Generic[B]):
    """Reads bodies of one struct type. `decode` raises `BodyFault`, nothing else."""

    def __init__(self, struct: type[B]) -> None:
        self._name = struct.__name__
        self._decoder = msgspec.json.Decoder(struct)

    def decode(self, data: bytes) -> B:
        if not _is_plain(data):
            _look_closely(data)
        try:
            return self._decoder.decode(data)
        except msgspec.ValidationError as error:
            raise explain(str(error), self._name) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BodyFault(f"invalid JSON: {error}") from None


def check_content_type(value: str) -> None:
    """Refuse whatever is not `application/json`, in UTF-8 if a charset is named."""
    if value == "application/json":
        return
    media_type, _, parameters = value.lower().partition(";")
    charset = parameters.strip().removeprefix("charset=").strip('"')
    if media_type.strip() != "application/json" or charset not in ("", "utf-8"):
        raise wrong_content_type()


def _is_plain(data: bytes) -> bool:
    """Whether a body is proved sound at little cost; False proves nothing.

    A key that stands twice is printed once and -0 without its sign; nothing but spaces between the
    members may get lost.
    """
    if b"\\" in data or not data.isascii():
        return False
    try:
        again = _print(_plain(data))
    except msgspec.DecodeError:
        return False
    return again == data or again.translate(None, b" ") == data.translate(None, b" ")


def _look_closely(data: bytes) -> None:
    if not data:
        raise BodyFault("the request body is empty")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BodyFault(f"invalid JSON: not UTF-8 (byte {error.start})") from None
    _check_depth(text)
    if "\\" in text:
        _check_escapes(text)
    try:
        _GENERIC.decode(text)
    except json.JSONDecodeError as error:
        raise BodyFault(f"invalid JSON: {error.msg} (character {error.pos})") from None


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    outside = _STRING.sub("", text)
    steps = (_BRACKETS[ord(mark)] for mark in re.findall(r"[][{}]", outside))
    if max(accumulate(steps), default=0) > MAX_DEPTH:
        raise BodyFault(f"invalid JSON: more than {MAX_DEPTH} levels")


def _check_escapes(text: str) -> None:
    for escape in _ESCAPE.findall(text):
        if len(escape) != 6:
            continue
        code = int(escape[2:], 16)
        if code == 0:
            raise BodyFault("invalid JSON: a text holds a NUL character")
        if 0xD800 <= code <= 0xDFFF:
            raise BodyFault("invalid JSON: a text holds half of a surrogate pair")


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) == len(pairs):
        return
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise BodyFault(f"invalid JSON: the key {json.dumps(key[:64])} stands twice")
        seen.add(key)


def _check_integer(digits: str) -> None:
    # The length first: turning thousands of digits into an int is slow by design of the language.
    if digits == "-0" or len(digits) > 20 or not _INT64_MIN <= int(digits) <= _INT64_MAX:
        raise BodyFault(f"invalid JSON: the integer {digits[:24]} is out of range")


def _refuse_constant(name: str) -> NoReturn:
    raise BodyFault(f"invalid JSON: {name} is not a number")


_GENERIC = json.JSONDecoder(
    object_pairs_hook=_distinct,
    parse_int=_check_integer,
    parse_float=lambda digits: None,
    parse_constant=_refuse_constant,
)

_PLACE = r"(?: - at `\$([^`]*)`)?"
_MISMATCH = re.compile(r"Expected `([^`]+)`, got `([^`]+)`" + _PLACE, re.DOTALL)
_MISSING = re.compile(r"Object missing required field `([^`]+)`" + _PLACE)
_CHOICE = re.compile(r"Invalid enum value .*?" + _PLACE + "$", re.DOTALL)
_BOUND = re.compile(r"Expected `\w+` (>=|<=|>|<) (-?\d+)" + _PLACE)
_LENGTH = re.compile(r"Expected `\w+` of length (>=|<=) (\d+)" + _PLACE)
_BOUND_TAGS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}
_LENGTH_TAGS = {">=": "min", "<=": "max"}


def explain(text: str, struct: str) -> BodyFault:
    """A decoder's complaint as a fault that names field, types and the broken rule."""
    plain = text.replace("`$.", "`").replace("`$", "`")
    if found := _MISMATCH.match(text):
        expected, got, place = found.groups()
        # "str | null" is a string that may be left out; the caller meant the string.
        expected = expected.split(" | ")[0]
        return BodyFault(plain, struct=struct, field=_dotted(place), expected=expected, got=got)
    if found := _MISSING.match(text):
        name, place = found.groups()
        field = _dotted(place)
        return BodyFault(
            plain, struct=struct, field=f"{field}.{name}" if field else name, tag="required"
        )
    if found := _CHOICE.match(text):
        return BodyFault(plain, struct=struct, field=_dotted(found[1]), tag="oneof")
    if found := _BOUND.match(text):
        return BodyFault(plain, struct=struct, field=_dotted(found[3]), tag=_BOUND_TAGS[found[1]])
    if found := _LENGTH.match(text):
        return BodyFault(plain, struct=struct, field=_dotted(found[3]), tag=_LENGTH_TAGS[found[1]])
    return BodyFault(plain, struct=struct)


def _dotted(place: str | None) -> str:
    """`.orders[0].count` -> `orders.count`."""
    return re.sub(r"\[[^]]*\]", "", place or "").removeprefix(".")
