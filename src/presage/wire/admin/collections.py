"""What operators write about multivariate collections; names are those of Kalshi's answers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from presage.wire.admin.catalog import Name
from presage.wire.admin.common import Request, Text, Ticker, Word
from presage.wire.admin.listings import Moment, Seconds

MAX_EVENTS = 900
"""A submission writes only so many rows."""

MAX_LEGS = 50
"""As the rules have it."""

Size = Annotated[int, Meta(ge=0, le=MAX_LEGS)]


class AssociatedEvent(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A size that is null is not limited."""

    ticker: Ticker
    is_yes_only: bool = False
    size_min: Size | None = None
    size_max: Size | None = None
    active_quoters: Annotated[tuple[Word, ...], Meta(max_length=100)] = ()


class PutCollection(Request, kw_only=True):
    """`series_ticker` is where the combos are; it begins with KXMVE."""

    series_ticker: Ticker
    title: Name
    description: Text = ""
    functional_description: Text = ""
    open_date: Moment
    close_date: Moment
    associated_events: Annotated[tuple[AssociatedEvent, ...], Meta(max_length=MAX_EVENTS)] = ()
    is_ordered: bool = False
    size_min: Annotated[int, Meta(ge=1, le=MAX_LEGS)] = 2
    size_max: Annotated[int, Meta(ge=1, le=MAX_LEGS)] = MAX_LEGS
    settlement_timer_seconds: Seconds = 0
