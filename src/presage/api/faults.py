"""What the door itself refuses, before any handler runs, in words no public API has chosen yet.

A fault says what was wrong; each API's error family decides how that looks on the wire. Refusals
by a trading rule are not faults: a handler answers those with `ApiError` and a finished body.
"""

from __future__ import annotations

import msgspec

HeaderPairs = tuple[tuple[bytes, bytes], ...]


class ApiError(Exception):
    """A finished refusal: HTTP status and the struct to print as its body."""

    def __init__(self, status: int, body: msgspec.Struct, headers: HeaderPairs = ()) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


class Fault(Exception):
    """A refusal by the door: HTTP status, a stable code, and text for a person."""

    def __init__(
        self, status: int, code: str, message: str, details: str = "", headers: HeaderPairs = ()
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.headers = headers
        self.request_id = ""
        """Which request it answers; the dispatcher fills it in."""


class BodyFault(Fault):
    """An unreadable or ill-typed JSON body.

    `details` is a plain sentence. `struct` and `field` (a dotted path, "" for the whole body) say
    where. When the JSON type was wrong `expected` and `got` hold the type names; when the value
    broke a rule `tag` names the rule (required, oneof, gte, lte, gt, lt, min, max).
    """

    def __init__(
        self,
        details: str,
        *,
        struct: str = "",
        field: str = "",
        expected: str = "",
        got: str = "",
        tag: str = "",
    ) -> None:
        super().__init__(400, "bad_request", "bad request", details)
        self.struct = struct
        self.field = field
        self.expected = expected
        self.got = got
        self.tag = tag


class QueryFault(Fault):
    """A query parameter that cannot be read (`tag` empty) or breaks the rule `tag`."""

    def __init__(self, field: str, details: str, tag: str = "") -> None:
        super().__init__(400, "invalid_parameters", "invalid parameters", details)
        self.field = field
        self.tag = tag


def unknown_route() -> Fault:
    return Fault(404, "not_found", "not found")


def wrong_method(allowed: str) -> Fault:
    headers = ((b"allow", allowed.encode("ascii")),)
    return Fault(405, "method_not_allowed", "method not allowed", f"allowed: {allowed}", headers)


def body_too_slow() -> Fault:
    return Fault(408, "request_timeout", "request timeout", "the body did not arrive in time")


def body_too_large(limit: int) -> Fault:
    details = f"the body is larger than {limit} bytes"
    return Fault(413, "request_too_large", "request too large", details)


def address_too_long(limit: int) -> Fault:
    details = f"path and query are longer than {limit} bytes"
    return Fault(414, "uri_too_long", "uri too long", details)


def wrong_content_type() -> Fault:
    return Fault(400, "invalid_content_type", "invalid_content_type")


def encoded_body() -> Fault:
    details = "compressed request bodies are not accepted"
    return Fault(415, "unsupported_content_encoding", "unsupported content encoding", details)


def missing_header(name: str) -> Fault:
    return Fault(401, f"{name}_is_missing_from_headers", f"{name} is missing from headers")


def expired_timestamp() -> Fault:
    return Fault(401, "header_timestamp_expired", "header timestamp expired")


def not_authenticated(details: str) -> Fault:
    return Fault(401, "authentication_error", "authentication_error", details)


def missing_scope(scope: str) -> Fault:
    return Fault(403, "insufficient_scope", f"this API key lacks the scope {scope}")


def missing_role() -> Fault:
    return Fault(403, "operator_required", "this operation is for operators only")


def locked_key() -> Fault:
    message = "this API key is restricted to one subaccount and may not use this endpoint"
    return Fault(403, "subaccount_restricted_key", message)


def too_many_requests() -> Fault:
    return Fault(429, "too_many_requests", "too many requests")


def internal_error() -> Fault:
    return Fault(500, "internal_error", "internal error")


def unavailable() -> Fault:
    return Fault(503, "service_unavailable", "service unavailable")
