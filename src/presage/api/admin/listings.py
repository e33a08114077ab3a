"""Listing what can be traded: series, events and markets with their texts, and fees."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from presage.api.admin.errors import invalid
from presage.api.admin.read import event_of, maybe_micros, micros, multiplier, series_of
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.catalog.series import SERIES_TEXTS, SeriesText
from presage.catalog.texts import Source, Texts
from presage.domain.commands import (
    Command,
    CreateEvent,
    CreateMarket,
    CreateSeries,
    SetEventFees,
    SetSeriesFees,
)
from presage.domain.facts import EventFeesSet, SeriesFeesSet
from presage.domain.plan_commands import PlanFees
from presage.domain.plan_facts import FeesPlanned
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import EventCard, SeriesCard
from presage.units import SECOND, Micros
from presage.wire.admin import listings as wire

T = TypeVar("T", bound=msgspec.Struct)

_MULTIPLIER_ONE: Final = 10_000
OF_ITS_SERIES: Final = -1


async def create_series(call: Call[None, wire.CreateSeries]) -> wire.Created:
    """List a series with its fees."""
    body = call.body
    text = SeriesText(
        ticker=body.ticker,
        title=body.title,
        category=body.category,
        categories=(body.category,) if body.category else (),
        tags=body.tags,
        frequency=body.frequency,
        contract_url=body.contract_url,
        contract_terms_url=body.contract_terms_url,
        settlement_sources=_sources(body.settlement_sources),
        additional_prohibitions=body.additional_prohibitions,
        product_metadata=body.product_metadata,
        updated_at=call.at,
    )
    fees = multiplier(call, body.fee_multiplier)
    command = CreateSeries(body.ticker, body.fee_type, fees, body.exchange_index)
    return await _create(call, "series.create", SERIES_TEXTS, text, body.ticker, command)


async def create_event(call: Call[None, wire.CreateEvent]) -> wire.Created:
    """List an event of a series."""
    body = call.body
    series = series_of(call, body.series_ticker)
    text = EventText(
        ticker=body.event_ticker,
        title=body.title,
        sub_title=body.sub_title,
        category=body.category,
        strike_at=maybe_micros(body.strike_date),
        strike_period=body.strike_period,
        settlement_sources=_sources(body.settlement_sources),
        product_metadata=body.product_metadata,
        image_url=body.image_url,
        featured_image_url=body.featured_image_url,
        updated_at=call.at,
    )
    command = CreateEvent(
        series.id,
        body.event_ticker,
        body.mutually_exclusive,
        body.collateral_return_type,
        shard=OF_ITS_SERIES if body.exchange_index is None else body.exchange_index,
    )
    return await _create(call, "event.create", EVENT_TEXTS, text, body.event_ticker, command)


async def create_market(call: Call[None, wire.CreateMarket]) -> wire.Created:
    """List a market of an event; it opens at its time, or at once."""
    body = call.body
    event = event_of(call, body.event_ticker)
    command = CreateMarket(
        event.id,
        body.ticker,
        open_at=call.at if body.open_time is None else micros(body.open_time),
        close_at=micros(body.close_time),
        structure=body.price_level_structure,
        timer=body.settlement_timer_seconds * SECOND,
        can_close_early=body.can_close_early,
        fee_waiver_until=maybe_micros(body.fee_waiver_expiration_time) or 0,
        provisional=body.is_provisional,
        volatile=body.is_high_volatility,
    )
    text = _market_text(call)
    return await _create(call, "market.create", MARKET_TEXTS, text, body.ticker, command)


def _market_text(call: Call[None, wire.CreateMarket]) -> MarketText:
    body = call.body
    return MarketText(
        ticker=body.ticker,
        title=body.title,
        subtitle=body.subtitle,
        yes_sub_title=body.yes_sub_title,
        no_sub_title=body.no_sub_title,
        rules_primary=body.rules_primary,
        rules_secondary=body.rules_secondary,
        early_close_condition=body.early_close_condition,
        strike_type=body.strike_type,
        floor_strike=body.floor_strike,
        cap_strike=body.cap_strike,
        functional_strike=body.functional_strike,
        custom_strike=body.custom_strike,
        expected_expiration_at=maybe_micros(body.expected_expiration_time),
        latest_expiration_at=maybe_micros(body.latest_expiration_time),
        occurrence_at=maybe_micros(body.occurrence_datetime),
        primary_participant_key=body.primary_participant_key,
        image_url=body.image_url,
        updated_at=call.at,
    )


async def _create(
    call: AnyCall, action: str, texts: Texts[T], text: T, ticker: str, command: Command
) -> wire.Created:
    def then(connection: Any, audit: int) -> Command | Reject:
        if texts.find(connection, ticker) is not None:
            return Reject(Code.TICKER_EXISTS, f"{ticker} is taken")
        texts.insert(connection, text)
        return msgspec.structs.replace(command, audit=audit)

    written = await write(call, action, ticker, then)
    return wire.Created(seq=written.seq, audit_id=written.audit_id, ticker=ticker)


def _sources(sources: tuple[wire.Source, ...]) -> tuple[Source, ...]:
    return tuple(Source(source.name, source.url) for source in sources)


async def get_series_fees(call: Call[None, None]) -> wire.Fees:
    """Show what orders in a series pay."""
    return _fees(series_of(call, call.path["ticker"]))


async def get_event_fees(call: Call[None, None]) -> wire.Fees:
    """Show an event's override of its series' fees."""
    return _fees(event_of(call, call.path["ticker"]))


async def set_series_fees(call: Call[None, wire.SetSeriesFees]) -> wire.FeesDone:
    """Charge orders placed from now on otherwise, or those from a later time on."""
    series, body = series_of(call, call.path["ticker"]), call.body
    fees = multiplier(call, body.fee_multiplier)
    command: Command = SetSeriesFees(series.id, body.fee_type, fees)
    if body.scheduled_ts is not None:
        command = PlanFees(series.id, 0, body.fee_type, fees, _later(call, body.scheduled_ts))
    return await _set_fees(call, "series.fees", series, command)


async def set_event_fees(call: Call[None, wire.SetEventFees]) -> wire.FeesDone:
    """Override the series' fees in one event, or stop doing so, now or later."""
    event, body = event_of(call, call.path["ticker"]), call.body
    fees = multiplier(call, body.fee_multiplier)
    command: Command = SetEventFees(event.id, body.fee_type, fees)
    if body.scheduled_ts is not None:
        command = PlanFees(0, event.id, body.fee_type, fees, _later(call, body.scheduled_ts))
    return await _set_fees(call, "event.fees", event, command)


async def _set_fees(
    call: AnyCall, action: str, card: SeriesCard | EventCard, command: Command
) -> wire.FeesDone:
    written = await write(
        call,
        action,
        card.ticker,
        lambda _, audit: msgspec.structs.replace(command, audit=audit),
    )
    changes = (SeriesFeesSet, EventFeesSet, FeesPlanned)
    fact = next(fact for fact in written.receipt.facts if isinstance(fact, changes))
    return wire.FeesDone(
        seq=written.seq,
        audit_id=written.audit_id,
        fees=_fees(card),
        change_id=services_of(call).ids.text(fact.change, Kind.MARKET),
    )


def _later(call: AnyCall, moment: datetime) -> Micros:
    due = micros(moment)
    if due <= call.at:
        raise invalid(call, "scheduled_ts", "must be in the future")
    return due


def _fees(card: SeriesCard | EventCard) -> wire.Fees:
    whole, part = divmod(card.multiplier, _MULTIPLIER_ONE)
    text = f"{whole}.{part:04d}".rstrip("0").rstrip(".")
    return wire.Fees(ticker=card.ticker, fee_type=card.fee_type, fee_multiplier=text)
