"""What requests and answers of the site API have in common: errors, pages, bodies of two kinds."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Limit = Annotated[int, Meta(ge=1, le=200)]
CursorText = Annotated[str, Meta(max_length=1_024)]


class Shape(msgspec.Struct, rename="camel", kw_only=True):
    """An answer, or a body whose unknown keys are ignored."""


class Strict(Shape, forbid_unknown_fields=True):
    """The body of a route that moves money: a misspelt key is an error."""


class Empty(Shape):
    """A body without keys of its own."""


class Page(Shape):
    """One page of a list; `cursor` is the `nextCursor` of the page before."""

    limit: Limit = 50
    cursor: CursorText | None = None


class FieldError(Shape):
    """Which field is wrong, and how."""

    field: str
    message: str


class Problem(Shape, omit_defaults=True):
    """Every refusal. `error` is a sentence, `code` a stable word; the rest stands there only with
    the codes that have something to add."""

    error: str
    code: str
    details: list[FieldError] = []
    request_id: str = ""
    required_cents: int | None = None
    available_cents: int | None = None
    shortfall_cents: int | None = None
    feature: str | None = None
    totp_required: bool | None = None
    order_id: str | None = None
    status: str | None = None
    best_price_cents: float | None = None
    available_quantity: float | None = None
    held_quantity: float | None = None
    reserved_quantity: float | None = None
    mark_prob_bps: int | None = None
    best_bid_prob_bps: int | None = None
