"""What requests and answers of the operator API have in common."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

MAX_REASON = 500

Reason = Annotated[str, Meta(pattern=r"\S", max_length=MAX_REASON)]
Name = Annotated[str, Meta(pattern=r"\S", max_length=100)]
Ticker = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9._-]{0,63}$")]
Text = Annotated[str, Meta(max_length=10_000)]
ShortText = Annotated[str, Meta(max_length=500)]
Word = Annotated[str, Meta(max_length=64)]
Dollars = Annotated[str, Meta(max_length=32)]


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every write says why."""

    reason: Reason


class Done(msgspec.Struct, kw_only=True):
    """`seq` is the journal entry (the last one there is, when only rows were written), `audit_id`
    the row of the log."""

    seq: int
    audit_id: int


class FieldError(msgspec.Struct):
    """Which field is wrong, and how."""

    field: str
    message: str


class ErrorBody(msgspec.Struct, omit_defaults=True):
    """`error` is a sentence, `code` a stable word."""

    error: str
    code: str
    details: list[FieldError] = []
    requestId: str = ""
