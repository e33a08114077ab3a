"""What is known right now about a milestone or an event: scores, players, plays, charts."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.catalog.texts import Texts
from presage.units import Micros

Document = dict[str, Any]


class LiveData(msgspec.Struct, frozen=True, kw_only=True):
    """`players` joins the details when asked for; `periods` is the play by play, None: unknown."""

    milestone_id: str
    type: str
    details: Document = {}
    players: Document | None = None
    periods: list[Document] | None = None
    updated_at: Micros = 0


class EventLiveData(msgspec.Struct, frozen=True, kw_only=True):
    """A chart of an event; points in `details["timeseries"]` carry their time `t` in ms."""

    event_ticker: str
    type: str
    details: Document = {}
    is_historical: bool | None = None
    default_range: str | None = None
    range_options: tuple[str, ...] = ()
    updated_at: Micros = 0


LIVE_DATA: Final = Texts(
    "live_data",
    LiveData,
    times=frozenset({"updated_at"}),
    documents=frozenset({"details", "players", "periods"}),
    key="milestone_id",
)
EVENT_LIVE_DATA: Final = Texts(
    "event_live_data",
    EventLiveData,
    times=frozenset({"updated_at"}),
    documents=frozenset({"details", "is_historical", "range_options"}),
    key="event_ticker",
)
