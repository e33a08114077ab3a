"""How the site API says no: a sentence, a code from a closed list, and the field that was wrong.

`STATUSES` is that list. Handlers refuse with `refuse`, the door with faults, rules with rejects
(`rejects.py`); all of them end up as one `Problem`. It decides no refusal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from presage.api import complaints
from presage.api.faults import BodyFault, Fault, HeaderPairs, QueryFault
from presage.api.registry import ErrorFamily
from presage.wire.site.common import FieldError, Problem

STATUSES: Final[Mapping[str, int]] = {
    "validation_failed": 400,
    "bad_json": 400,
    "bad_content_type": 400,
    "bad_cursor": 400,
    "off_tick": 400,
    "url_not_allowed": 400,
    "not_an_image": 400,
    "unauthenticated": 401,
    "bad_credentials": 401,
    "key_revoked": 401,
    "insufficient_funds": 402,
    "forbidden": 403,
    "suspended": 403,
    "muted": 403,
    "scope_missing": 403,
    "feature_disabled": 403,
    "invite_required": 403,
    "email_unverified": 403,
    "blocked": 403,
    "copying_not_allowed": 403,
    "csrf": 403,
    "not_found": 404,
    "market_not_open": 409,
    "no_fill": 409,
    "not_enough_liquidity": 409,
    "insufficient_position": 409,
    "would_cross": 409,
    "order_not_open": 409,
    "would_trigger_now": 409,
    "position_closed": 409,
    "email_taken": 409,
    "username_taken": 409,
    "already_joined": 409,
    "challenge_taken": 409,
    "challenge_expired": 409,
    "own_challenge": 409,
    "dispute_window_closed": 409,
    "already_disputed": 409,
    "copy_cycle": 409,
    "limit_reached": 409,
    "duplicate_client_order_id": 409,
    "idempotency_mismatch": 409,
    "idempotency_in_progress": 409,
    "version_conflict": 409,
    "conflict": 409,
    "body_too_large": 413,
    "rate_limited": 429,
    "login_throttled": 429,
    "exchange_paused": 503,
    "provider_unavailable": 503,
}
"""Every code that a handler or the guard may give, and its status."""

_DOOR_CODES: Final[Mapping[int, str]] = {
    400: "validation_failed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "body_too_large",
    414: "address_too_long",
    415: "bad_content_type",
    429: "rate_limited",
    500: "internal",
    503: "exchange_paused",
}
_CHALLENGE: Final[HeaderPairs] = ((b"www-authenticate", b"Bearer"),)


class Refusal(Fault):
    """A refusal with a code of the site's list. `extra` holds further members of the answer."""

    def __init__(
        self, code: str, sentence: str, fields: list[FieldError], extra: dict[str, Any]
    ) -> None:
        status = STATUSES[code]
        super().__init__(status, code, sentence, headers=_CHALLENGE if status == 401 else ())
        self.fields = fields
        self.extra = extra


def refuse(code: str, sentence: str, field: str = "", **extra: Any) -> Refusal:
    """What a handler, or the rows it submits, raises to say no."""
    message = sentence.removeprefix(f"{field}: ")
    return Refusal(code, sentence, [FieldError(field=field, message=message)] * bool(field), extra)


def invalid(field: str, sentence: str) -> Refusal:
    """A field that cannot be."""
    return refuse("validation_failed", f"{field}: {sentence}", field)


def not_found() -> Refusal:
    """No such thing, or somebody else's: nobody can tell which."""
    return refuse("not_found", "There is no such thing.")


def try_again(code: str, sentence: str, seconds: int, **extra: Any) -> Refusal:
    """A refusal that says when to come back."""
    refusal = refuse(code, sentence, **extra)
    refusal.headers += ((b"retry-after", str(max(1, seconds)).encode()),)
    return refusal


def render(fault: Fault, operation: str) -> Problem:
    """The body of a fault."""
    if isinstance(fault, Refusal):
        return Problem(
            error=complaints.sentence(fault.message),
            code=fault.code,
            details=fault.fields,
            request_id=fault.request_id,
            **fault.extra,
        )
    code = _DOOR_CODES.get(fault.status, fault.code)
    sentence, details = fault.details or fault.message, []
    match fault:
        case BodyFault() if fault.struct:
            message = complaints.wording(fault.details)
            details = [FieldError(field=complaints.field(fault), message=message)]
            sentence = f"{details[0].field}: {message}" if details[0].field else message
        case BodyFault():
            code = "bad_json"
        case QueryFault():
            code = "bad_cursor" if fault.tag == "cursor" else code
            sentence = f"{fault.field}: {fault.details}"
            details = [FieldError(field=fault.field, message=fault.details)]
        case _ if fault.code == "invalid_content_type":
            code, sentence = "bad_content_type", "the body must be application/json"
        case _:
            pass
    return Problem(
        error=complaints.sentence(sentence), code=code, details=details, request_id=fault.request_id
    )


ERRORS: Final = ErrorFamily(
    render, dict.fromkeys(sorted({*_DOOR_CODES, *STATUSES.values()}), (Problem,))
)
