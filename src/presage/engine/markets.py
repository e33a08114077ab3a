"""Series, events and markets: creating, opening, pausing, closing, by clock and by operator."""

from __future__ import annotations

from presage.domain.commands import (
    CloseMarket,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    OpenMarket,
    PauseMarket,
    ResumeMarket,
    SetEventFees,
    SetMarketTimes,
    SetPause,
    SetPriceStructure,
    SetSeriesFees,
)
from presage.domain.facts import (
    EventCreated,
    EventFeesSet,
    MarketCreated,
    MarketStatusChanged,
    MarketTimesSet,
    PauseSet,
    PriceStructureSet,
    SeriesCreated,
    SeriesFeesSet,
)
from presage.domain.fees import MAKER_RATES, RATE_ONE
from presage.domain.markets import MECNET, PRICE_STRUCTURES, UNDECIDED
from presage.domain.plan_facts import SwitchesWished
from presage.domain.rejects import Code, Refused
from presage.engine.decision import Decision
from presage.engine.lookup import find_event, find_market, find_series
from presage.engine.shards import require_shard
from presage.engine.state import Market, State
from presage.units import SECOND, Micros

MAX_MULTIPLIER = 100 * RATE_ONE
MAX_TIMER = 366 * 24 * 3600 * SECOND


def new_ticker(d: Decision, kind: str, ticker: str) -> None:
    """Series, events and markets have name spaces of their own, as on Kalshi."""
    if (kind, ticker) in d.state.tickers:
        raise Refused(Code.TICKER_EXISTS, f"{ticker} is taken")


def check_fees(fee_type: str, multiplier: int) -> None:
    if fee_type not in MAKER_RATES:
        raise Refused(Code.INVALID_VALUE, f"unknown fee type {fee_type}")
    if not 0 <= multiplier <= MAX_MULTIPLIER:
        raise Refused(Code.INVALID_VALUE, "fee multiplier must be between 0 and 100")


def create_series(d: Decision, c: CreateSeries) -> None:
    """A series with its fees and its shard."""
    new_ticker(d, "series", c.ticker)
    check_fees(c.fee_type, c.multiplier)
    require_shard(d, c.shard)
    number = len(d.state.series) + 1
    d.emit(SeriesCreated(number, c.ticker, c.fee_type, c.multiplier, c.shard))


def set_series_fees(d: Decision, c: SetSeriesFees) -> None:
    """Other fees for orders placed from now on."""
    series = find_series(d, c.series)
    check_fees(c.fee_type, c.multiplier)
    d.emit(SeriesFeesSet(series.id, c.fee_type, c.multiplier, d.new_id()))


def create_event(d: Decision, c: CreateEvent) -> None:
    """An event of a series, on one shard for ever; collateral return needs mutually exclusive
    outcomes."""
    series = find_series(d, c.series)
    new_ticker(d, "event", c.ticker)
    if c.netting not in ("", MECNET) or (c.netting and not c.exclusive):
        raise Refused(Code.INVALID_VALUE, "MECNET needs a mutually exclusive event")
    shard = series.shard if c.shard == -1 else c.shard
    require_shard(d, shard)
    number = len(d.state.events) + 1
    d.emit(EventCreated(number, series.id, c.ticker, c.exclusive, c.netting, shard))


def set_event_fees(d: Decision, c: SetEventFees) -> None:
    """Override the series' fees, or stop doing so."""
    event = find_event(d, c.event)
    if c.fee_type:
        check_fees(c.fee_type, c.multiplier)
    d.emit(EventFeesSet(event.id, c.fee_type, c.multiplier, d.new_id()))


def create_market(d: Decision, c: CreateMarket) -> None:
    """A market of an event; it opens at its time, or at once."""
    event = find_event(d, c.event)
    new_ticker(d, "market", c.ticker)
    if c.structure not in PRICE_STRUCTURES:
        raise Refused(Code.INVALID_VALUE, f"unknown price structure {c.structure}")
    if not c.open_at < c.close_at:
        raise Refused(Code.INVALID_TIMES, "close_time must be after open_time")
    if not 0 <= c.timer <= MAX_TIMER:
        raise Refused(Code.INVALID_TIMES, "settlement timer out of range")
    if event.exclusive and event.room == 0:
        raise Refused(Code.WRONG_STATUS, "the event is decided")
    if event.markets and event.markets[0].legs:
        raise Refused(Code.WRONG_STATUS, "a combo is alone in its event")
    number = len(d.state.markets) + 1
    d.emit(
        MarketCreated(
            number,
            event.id,
            c.ticker,
            c.open_at,
            c.close_at,
            c.structure,
            c.timer,
            c.can_close_early,
            c.fee_waiver_until,
            c.provisional,
            c.volatile,
        )
    )
    by_clock(d, d.state.markets[number])


def by_clock(d: Decision, market: Market) -> None:
    """What the time alone does to a market."""
    if market.status == "initialized" and d.at >= market.open_at:
        _set_status(d, market, "active")
    if market.status in ("active", "inactive") and d.at >= market.close_at:
        close(d, market, market.close_at)


def _set_status(d: Decision, market: Market, status: str) -> None:
    d.emit(MarketStatusChanged(market.id, status, market.close_at))


def close(d: Decision, market: Market, close_at: Micros) -> None:
    """End trading; the orders left are dead and cancelled as work."""
    d.emit(MarketStatusChanged(market.id, "closed", close_at))
    d.queue("market", market.id, "CloseCancel")
    if market.id in d.state.desk.on:
        d.queue("rfqs", market.id, "market_closed")


def set_market_times(d: Decision, c: SetMarketTimes) -> None:
    """Move opening or closing. An earlier close needs `can_close_early`; a later one reopens."""
    market = find_market(d, c.market)
    open_at, close_at = c.open_at or market.open_at, c.close_at or market.close_at
    if not open_at < close_at:
        raise Refused(Code.INVALID_TIMES, "close_time must be after open_time")
    if open_at != market.open_at and d.at >= min(market.open_at, market.close_at):
        raise Refused(Code.INVALID_TIMES, "the market's opening time has passed")
    if market.status not in UNDECIDED:
        raise Refused(Code.WRONG_STATUS, "the market is decided")
    if close_at < market.close_at and not market.can_close_early:
        raise Refused(Code.CANNOT_CLOSE_EARLY)
    # What the old times have brought about already happens first, Tick or no Tick.
    by_clock(d, market)
    d.emit(MarketTimesSet(market.id, open_at, close_at))
    if market.status == "closed" and d.at < close_at:
        _set_status(d, market, "active" if d.at >= open_at else "initialized")
    by_clock(d, market)


def set_price_structure(d: Decision, c: SetPriceStructure) -> None:
    """Another price grid; orders that rest stay."""
    market = find_market(d, c.market)
    if c.structure not in PRICE_STRUCTURES:
        raise Refused(Code.INVALID_VALUE, f"unknown price structure {c.structure}")
    d.emit(PriceStructureSet(market.id, c.structure))


def open_market(d: Decision, c: OpenMarket) -> None:
    """Do not wait for the opening time."""
    market = find_market(d, c.market)
    if market.status != "initialized":
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    if d.at >= market.close_at:
        raise Refused(Code.MARKET_CLOSED)
    d.emit(MarketTimesSet(market.id, min(d.at, market.open_at), market.close_at))
    _set_status(d, market, "active")


def pause_market(d: Decision, c: PauseMarket) -> None:
    """Nobody trades; orders may be cancelled."""
    market = find_market(d, c.market)
    if market.status != "active":
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    _set_status(d, market, "inactive")
    if c.cancel_orders:
        d.queue("market", market.id, "HaltCancel")


def resume_market(d: Decision, c: ResumeMarket) -> None:
    """Trade again, from an empty book."""
    market = find_market(d, c.market)
    if market.status != "inactive":
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    _set_status(d, market, "active")
    d.queue("market", market.id, "HaltCancel")


def close_market(d: Decision, c: CloseMarket) -> None:
    """Close before the time."""
    market = find_market(d, c.market)
    if market.status not in ("initialized", "active", "inactive"):
        raise Refused(Code.WRONG_STATUS, f"the market is {market.status}")
    if d.at < market.close_at and not market.can_close_early:
        raise Refused(Code.CANNOT_CLOSE_EARLY)
    close(d, market, min(d.at, market.close_at))


def set_pause(d: Decision, c: SetPause) -> None:
    """Switch the exchange or trading off or on. Orders rest through a pause unless they asked to be
    cancelled when one starts."""
    if d.state.wished is None:
        switch(d, c.exchange, c.trading)
    else:
        d.emit(SwitchesWished(c.exchange, c.trading))
        switch(d, *allowed(d.state))


def allowed(state: State) -> tuple[bool, bool]:
    """The switches as they were wished, less what planned pauses that are on hold off."""
    exchange, trading = state.wished or (state.exchange_active, state.trading_active)
    on = [pause for pause in state.planned_pauses.values() if pause.on]
    return exchange and not any(pause.exchange for pause in on), trading and not on


def switch(d: Decision, exchange: bool, trading: bool) -> None:
    """Set both switches, and cancel what wanted to be when a pause starts."""
    active = d.state.exchange_active and d.state.trading_active
    d.emit(PauseSet(exchange, trading))
    if active and not (exchange and trading):
        d.queue("halt", 0, "HaltCancel")
