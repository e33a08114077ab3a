"""Where history begins."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request
from presage.wire.admin.listings import Moment


class SetHistoricalCutoff(Request, kw_only=True):
    """Cutoffs move forward only, to the present at most. `before` is all four that are not named.
    With `live_days` all follow every midnight UTC to so many days ago; 0: they stay where they
    are."""

    before: Moment | None = None
    market_settled_ts: Moment | None = None
    trades_created_ts: Moment | None = None
    orders_updated_ts: Moment | None = None
    market_positions_last_updated_ts: Moment | None = None
    live_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None


class HistoricalCutoff(msgspec.Struct, kw_only=True):
    """What settled, traded, ended or was archived before is historical; `live_days` 0: the cutoffs
    do not move by themselves."""

    market_settled_ts: str
    trades_created_ts: str
    orders_updated_ts: str
    market_positions_last_updated_ts: str
    live_days: int


class HistoricalCutoffDone(Done, kw_only=True):
    historical_cutoff: HistoricalCutoff
