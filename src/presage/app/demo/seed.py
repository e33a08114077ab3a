"""Puts the demo content on an exchange, once: what is there already is left alone.

Everything goes through the gateway, a text and a command in one submission each, as if an operator
had typed it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from presage.app.demo.content import CONTENT, market_ticker
from presage.app.demo.shapes import Event, Outcome, Series, micros, moment, written
from presage.catalog import house
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.house import HOUSE_LINES, HouseLine
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.catalog.series import SERIES_TEXTS, SeriesText
from presage.catalog.texts import Texts
from presage.domain.commands import Command, CreateEvent, CreateMarket, CreateSeries
from presage.domain.ids import EventId, SeriesId
from presage.domain.rejects import Reject
from presage.engine.engine import Engine
from presage.gateway import Gateway
from presage.units import SECOND, Micros
from presage.workers.market_maker import Line

_HOUR: Micros = 3_600 * SECOND


class Present(msgspec.Struct, frozen=True):
    """What the exchange has already, by ticker."""

    series: dict[str, SeriesId]
    events: dict[str, EventId]
    markets: frozenset[str]


async def seed(
    gateway: Gateway, clock: Callable[[], Micros], content: Sequence[Series] = CONTENT
) -> int:
    """Create what is missing, dated from now. Returns how many things were created.

    Raises: what `Gateway.submit` raises.
    """
    at = clock()
    events = [(series, event) for series in content for event in series.events]
    present = await gateway.inspect(_present)
    created = await _all(
        _create_series(gateway, series, at)
        for series in content
        if series.ticker not in present.series
    )
    present = await gateway.inspect(_present)
    created += await _all(
        _create_event(gateway, present.series[series.ticker], series, event, at)
        for series, event in events
        if event.ticker not in present.events
    )
    present = await gateway.inspect(_present)
    created += await _all(
        _create_market(gateway, present.events[event.ticker], event, outcome, at)
        for _, event in events
        for outcome in event.outcomes
        if market_ticker(event, outcome) not in present.markets
    )
    return created


def _present(engine: Engine) -> Present:
    state = engine.state
    return Present(
        {series.ticker: series.id for series in state.series.values()},
        {event.ticker: event.id for event in state.events.values()},
        frozenset(market.ticker for market in state.markets.values()),
    )


async def _all(submissions: Iterable[Coroutine[Any, Any, None]]) -> int:
    """Submit together, in order."""
    return len(await asyncio.gather(*submissions))


async def _submit(
    gateway: Gateway, texts: Texts[Any], text: msgspec.Struct, command: Command
) -> None:
    def write(connection: Connection) -> Command | Reject | None:
        texts.insert(connection, text)
        return None

    answer = await gateway.submit(command, write)
    assert not isinstance(answer, Reject), f"demo content was refused: {command} {answer}"


def _create_series(gateway: Gateway, series: Series, at: Micros) -> Coroutine[Any, Any, None]:
    text = SeriesText(
        ticker=series.ticker,
        title=series.title,
        category=series.category,
        categories=(series.category,),
        tags=series.tags,
        frequency=series.frequency,
        settlement_sources=series.sources,
        updated_at=at,
    )
    return _submit(gateway, SERIES_TEXTS, text, CreateSeries(series.ticker, series.fee_type))


def _create_event(
    gateway: Gateway, series_id: SeriesId, series: Series, event: Event, at: Micros
) -> Coroutine[Any, Any, None]:
    closes = event.closes(moment(at))
    text = EventText(
        ticker=event.ticker,
        title=written(event.title, "", closes),
        sub_title=written(event.sub_title, "", closes),
        category=series.category,
        strike_at=micros(closes),
        settlement_sources=series.sources,
        product_metadata={"slug": event.slug},
        updated_at=at,
    )
    command = CreateEvent(series_id, event.ticker, event.exclusive, event.netting)
    return _submit(gateway, EVENT_TEXTS, text, command)


def _create_market(
    gateway: Gateway, event_id: EventId, event: Event, outcome: Outcome, at: Micros
) -> Coroutine[Any, Any, None]:
    start = moment(at)
    closes = event.closes(start)
    command = CreateMarket(
        event_id,
        market_ticker(event, outcome),
        open_at=micros(event.opens(start)) if event.opens else at,
        close_at=micros(closes),
        structure=event.structure,
        timer=event.timer_hours * _HOUR,
        can_close_early=bool(event.early),
    )
    text = _market_text(event, outcome, closes, at)
    return _submit(gateway, MARKET_TEXTS, text, command)


def _market_text(event: Event, outcome: Outcome, closes: datetime, at: Micros) -> MarketText:
    label = written(outcome.label, "", closes)
    expires = micros(closes) + _HOUR
    return MarketText(
        ticker=market_ticker(event, outcome),
        title=written(event.question, label, closes),
        subtitle=label,
        yes_sub_title=label,
        no_sub_title=label,
        rules_primary=written(event.rules, label, closes),
        rules_secondary=written(event.notes, label, closes),
        early_close_condition=event.early or None,
        strike_type=event.strike_type,
        floor_strike=outcome.floor,
        cap_strike=outcome.cap,
        expected_expiration_at=expires,
        latest_expiration_at=expires + 7 * 24 * _HOUR,
        updated_at=at,
    )


async def seed_house(gateway: Gateway, clock: Callable[[], Micros], lines: Sequence[Line]) -> None:
    """Have the house quote what no operator has said anything about yet."""
    at = clock()

    def write(connection: Connection) -> None:
        known = {row.ticker for row in house.every(connection)}
        for line in lines:
            if line.ticker not in known:
                row = HouseLine(
                    ticker=line.ticker,
                    fair=line.fair,
                    size=line.size,
                    ask_limit=line.ask_limit,
                    updated_at=at,
                )
                HOUSE_LINES.insert(connection, row)

    await gateway.submit(None, write)
