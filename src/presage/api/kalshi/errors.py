"""How a refusal looks on Kalshi's API: four body shapes, and which refusal prints which.

Unreadable bodies are flat, unreadable queries a bare message, rate limits a bare string, and all
else is nested. It decides no refusal; it only prints them, the way recorded replies do. What a
trading rule's reject prints stands in `rejects.py`.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from presage.api.faults import ApiError, BodyFault, Fault, QueryFault
from presage.api.registry import ErrorFamily


class ErrorBody(msgspec.Struct, omit_defaults=True):
    code: str
    message: str
    details: str = ""
    service: str = ""


class NestedError(msgspec.Struct):
    """Business rules, authentication, unknown objects."""

    error: ErrorBody


class FlatError(msgspec.Struct, omit_defaults=True):
    """A request that could not be read."""

    code: str
    message: str
    details: str = ""


class QueryError(msgspec.Struct):
    """A query parameter that could not be read."""

    msg: str


class TooManyRequests(msgspec.Struct):
    """The one error that is a string."""

    error: Literal["too many requests"] = "too many requests"


_FLAT_STATUSES: Final = frozenset({400, 408, 413, 414, 415})
_JSON_NAMES: Final = {"int": "number", "float": "number", "str": "string"}
_GO_NAMES: Final = {"str": "string"}


def render(fault: Fault, operation: str) -> msgspec.Struct:
    """The body of a fault. `operation` is the id, or "" before a route was found."""
    if isinstance(fault, QueryFault):
        return QueryError(_query_message(fault, operation))
    if fault.status == 429:
        return TooManyRequests()
    if fault.status in _FLAT_STATUSES:
        details = _body_details(fault) if isinstance(fault, BodyFault) else fault.details
        return FlatError(fault.code, fault.message, details)
    return NestedError(ErrorBody(fault.code, fault.message, fault.details))


def _query_message(fault: QueryFault, operation: str) -> str:
    if not fault.tag:
        return f"Invalid format for parameter {fault.field}: {fault.details}"
    key = f"{operation}Params.{_camel(fault.field)}"
    return f"Parameter validation failed for {operation}: {_validation(key, fault.tag)}"


def _body_details(fault: BodyFault) -> str:
    """The wording of the server that Kalshi's clients know, for what it has a wording for."""
    if fault.got:
        got = _JSON_NAMES.get(fault.got, fault.got)
        expected = _GO_NAMES.get(fault.expected, fault.expected)
        if not fault.field:
            return f"json: cannot unmarshal {got} into Go value of type {fault.struct}"
        place = f"{fault.struct}.{fault.field}"
        return f"json: cannot unmarshal {got} into Go struct field {place} of type {expected}"
    if fault.tag:
        path = ".".join(map(_camel, fault.field.split(".")))
        return _validation(f"{fault.struct}.{path}", fault.tag)
    return fault.details


def _validation(key: str, tag: str) -> str:
    field = key.rpartition(".")[2]
    return f"Key: '{key}' Error:Field validation for '{field}' failed on the '{tag}' tag"


def _camel(name: str) -> str:
    """`event_ticker` -> `EventTicker`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


_REFUSED = (NestedError,)
_UNREADABLE = (FlatError,)

ERRORS: Final = ErrorFamily(
    render,
    {
        400: (NestedError, FlatError, QueryError),
        401: _REFUSED,
        403: _REFUSED,
        404: _REFUSED,
        405: _REFUSED,
        408: _UNREADABLE,
        409: _REFUSED,
        413: _UNREADABLE,
        414: _UNREADABLE,
        415: _UNREADABLE,
        429: (TooManyRequests,),
        500: _REFUSED,
        503: _REFUSED,
    },
)


def not_found(service: str = "exchange") -> ApiError:
    """An object that does not exist, or is somebody else's: nobody can tell which."""
    return ApiError(404, NestedError(ErrorBody("not_found", "not found", service=service)))
