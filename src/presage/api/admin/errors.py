"""How the operator API says no: a sentence, a code, and the field where one was wrong.

It decides no refusal; it prints the door's faults and the rules' rejects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from presage.api import complaints
from presage.api.faults import ApiError, BodyFault, Fault, QueryFault
from presage.api.registry import Call, ErrorFamily
from presage.api.site.errors import Refusal
from presage.domain.rejects import Code, Reject
from presage.wire.admin.common import ErrorBody, FieldError

_CODES: Final[Mapping[int, str]] = {
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
    503: "exchange_unavailable",
}

STATUSES: Final[Mapping[Code, int]] = {
    Code.MEMBER_NOT_FOUND: 404,
    Code.ACCOUNT_NOT_FOUND: 404,
    Code.SERIES_NOT_FOUND: 404,
    Code.EVENT_NOT_FOUND: 404,
    Code.MARKET_NOT_FOUND: 404,
    Code.PLAN_NOT_FOUND: 404,
    Code.MEMBER_EXISTS: 409,
    Code.TICKER_EXISTS: 409,
    Code.SHARD_EXISTS: 409,
    Code.TRANSFER_EXISTS: 409,
    Code.INVALID_AMOUNT: 400,
    Code.INVALID_VALUE: 400,
    Code.INVALID_TIMES: 400,
    Code.INSUFFICIENT_BALANCE: 402,
}
"""The rest is the right request in the wrong state: 409."""


def render(fault: Fault, operation: str) -> ErrorBody:
    """The body of a fault."""
    code = _CODES.get(fault.status, fault.code)
    sentence, details = fault.details or fault.message, []
    match fault:
        case Refusal():
            code, sentence = fault.code, fault.message
            details = [FieldError(one.field, one.message) for one in fault.fields]
        case BodyFault() if fault.struct:
            message = complaints.wording(fault.details)
            details = [FieldError(complaints.field(fault), message)]
            sentence = f"{details[0].field}: {message}" if details[0].field else message
        case BodyFault():
            code = "bad_json"
        case QueryFault():
            code = "bad_cursor" if fault.tag == "cursor" else code
            sentence = f"{fault.field}: {fault.details}"
            details = [FieldError(fault.field, fault.details)]
        case _ if fault.code == "invalid_content_type":
            code, sentence = "bad_content_type", "the body must be application/json"
        case _ if fault.status == 401:
            sentence = f"{fault.message}: {fault.details}" if fault.details else fault.message
        case _:
            pass
    return ErrorBody(_sentence(sentence), code, details, fault.request_id)


def _sentence(text: str) -> str:
    """As it is printed; a bare code (`wrong_status`) becomes words."""
    return complaints.sentence(text if " " in text else text.replace("_", " "))


ERRORS: Final = ErrorFamily(
    render,
    dict.fromkeys((*_CODES, 402, 409), (ErrorBody,)),
)


def refusal(
    call: Call[Any, Any], status: int, code: str, sentence: str, field: str = ""
) -> ApiError:
    """A handler's own refusal, about one field of the request if it names one."""
    details = [FieldError(field, sentence.removeprefix(f"{field}: "))] if field else []
    return ApiError(status, ErrorBody(_sentence(sentence), code, details, call.request.id))


def invalid(call: Call[Any, Any], field: str, sentence: str) -> ApiError:
    """A field that cannot be."""
    return refusal(call, 400, "validation_failed", f"{field}: {sentence}", field)


def not_found(call: Call[Any, Any], what: str, name: str) -> ApiError:
    """Nothing is called so."""
    return refusal(call, 404, "not_found", f"there is no {what} {name[:80]}")


def rejected(call: Call[Any, Any], reject: Reject) -> ApiError:
    """A refusal by a rule, under the rule's own code."""
    status = STATUSES.get(reject.code, 409)
    return refusal(call, status, reject.code.value, reject.detail or reject.code.value)
