"""The verbs: what an operator does to one market, each one command of the rules.

Whether a verb fits the market's status is the engine's decision. Settling with a result is three
acts in order (close, determine, settle); what could refuse the later ones is looked at first, so
that a refusal changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from presage.api.admin.errors import refusal, rejected
from presage.api.admin.read import market_of, maybe_micros, value
from presage.api.admin.writing import AnyCall, Written, act_of, attempt, services_of, submit
from presage.api.registry import Call
from presage.catalog.markets import MARKET_TEXTS
from presage.domain.commands import (
    AmendMarket,
    CloseMarket,
    Command,
    DetermineMarket,
    DisputeMarket,
    OpenMarket,
    PauseMarket,
    ResumeMarket,
    SetMarketTimes,
    SetPriceStructure,
    SettleMarket,
    VoidMarket,
)
from presage.domain.markets import DECIDED, UNDECIDED
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import MarketCard
from presage.site import disputes
from presage.units import DOLLAR_PRICE, Price, format_count, format_price
from presage.wire.admin import listings as wire
from presage.wire.kalshi.times import rfc3339

Maker = Callable[[int], Command]
"""The command, given the id of the audit row."""

_OUTCOMES: Final = frozenset({"determine", "amend"})
_ANEW: Final = frozenset({"amend", "void"})
"""Verbs that would end a dispute by the way."""
_MOST_OPEN: Final = 50


async def open_market(call: Call[None, wire.Act]) -> wire.MarketDone:
    """Open a market before its time."""
    card = market_of(call)
    return await _do(call, card, "open", lambda audit: OpenMarket(card.id, audit))


async def pause_market(call: Call[None, wire.PauseMarket]) -> wire.MarketDone:
    """Stop trading in a market."""
    card, now = market_of(call), call.body.cancel_orders
    return await _do(call, card, "pause", lambda audit: PauseMarket(card.id, now, audit))


async def resume_market(call: Call[None, wire.Act]) -> wire.MarketDone:
    """Trade again, from an empty book."""
    card = market_of(call)
    return await _do(call, card, "resume", lambda audit: ResumeMarket(card.id, audit))


async def close_market(call: Call[None, wire.Act]) -> wire.MarketDone:
    """Close a market before its time."""
    card = market_of(call)
    return await _do(call, card, "close", lambda audit: CloseMarket(card.id, audit))


async def determine_market(call: Call[None, wire.Determine]) -> wire.MarketDone:
    """Say the outcome of a closed market; the settlement timer starts."""
    card, worth = market_of(call), value(call, call.body.result)
    return await _do(call, card, "determine", lambda audit: DetermineMarket(card.id, worth, audit))


async def dispute_market(call: Call[None, wire.Act]) -> wire.MarketDone:
    """Hold the payout until the outcome is amended."""
    card = market_of(call)
    return await _do(call, card, "dispute", lambda audit: DisputeMarket(card.id, audit))


async def amend_market(call: Call[None, wire.Determine]) -> wire.MarketDone:
    """Say another outcome; the timer starts anew, and an open dispute ends."""
    card, worth = market_of(call), value(call, call.body.result)
    return await _do(call, card, "amend", lambda audit: AmendMarket(card.id, worth, audit))


async def settle_market(call: Call[None, wire.Settle]) -> wire.MarketDone:
    """Pay now; with a result, close and determine first where that is still to be done."""
    card, result = market_of(call), call.body.result
    worth = None if result is None else value(call, result)
    decided: Written | None = None
    if worth is not None and card.status in UNDECIDED:
        decided = await _decide(call, card, worth)
    elif worth is not None and card.value != worth:
        sentence = f"the market is {card.status} at {format_price(card.value)}: amend it first"
        raise refusal(call, 409, Code.WRONG_STATUS.value, sentence)
    elif worth is None and card.status in UNDECIDED:
        sentence = f"the market is {card.status}: give a result"
        raise refusal(call, 409, Code.WRONG_STATUS.value, sentence, "result")
    return await _pay(call, card, decided)


async def void_market(call: Call[None, wire.Void]) -> wire.MarketDone:
    """Undo all trading in a market, or with a value settle it at that."""
    card = market_of(call)
    if call.body.value is None:
        return await _do(call, card, "void", lambda audit: VoidMarket(card.id, audit))
    worth = value(call, call.body.value, "value")
    decided: Written | None = None
    if card.status in UNDECIDED:
        decided = await _decide(call, card, worth)
    elif card.status in DECIDED and (card.value != worth or card.status == "disputed"):
        decided = await _act(call, card, "amend", lambda audit: AmendMarket(card.id, worth, audit))
    return await _pay(call, card, decided)


async def set_market_times(call: Call[None, wire.SetTimes]) -> wire.MarketDone:
    """Move opening or closing."""
    card, body = market_of(call), call.body
    opens, closes = maybe_micros(body.open_time) or 0, maybe_micros(body.close_time) or 0
    return await _do(
        call, card, "times", lambda audit: SetMarketTimes(card.id, opens, closes, audit)
    )


async def set_price_structure(call: Call[None, wire.SetStructure]) -> wire.MarketDone:
    """Move a market to another price grid; orders that rest stay."""
    card, name = market_of(call), call.body.price_level_structure
    return await _do(call, card, "structure", lambda audit: SetPriceStructure(card.id, name, audit))


async def _do(call: AnyCall, card: MarketCard, verb: str, make: Maker) -> wire.MarketDone:
    return _done(card, await _act(call, card, verb, make))


async def _act(call: AnyCall, card: MarketCard, verb: str, make: Maker) -> Written:
    """One act on a market, with the words of its outcome where the call gives some."""
    words = getattr(call.body, "expiration_value", "") if verb in _OUTCOMES else ""

    def then(connection: Any, audit: int) -> Command:
        if verb in _ANEW:
            _check_undisputed(connection, call, card)
        text = MARKET_TEXTS.find(connection, card.ticker) if words else None
        if text is not None:
            changed = msgspec.structs.replace(text, expiration_value=words, updated_at=call.at)
            MARKET_TEXTS.replace(connection, changed)
        return make(audit)

    return await submit(call, act_of(call, f"market.{verb}", card.ticker), then)


def _check_undisputed(connection: Any, call: AnyCall, card: MarketCard) -> None:
    """Members who dispute are owed a decision. Raises: ApiError."""
    row = services_of(call).site.events.by_ticker(card.event_ticker)
    case = disputes.open_of(connection, row.id, _MOST_OPEN) if row is not None else []
    if any(card.id in one.markets for one in case):
        sentence = "members dispute the outcome: decide the dispute"
        raise refusal(call, 409, Code.WRONG_STATUS.value, sentence)


async def _decide(call: AnyCall, card: MarketCard, worth: Price) -> Written:
    """Close a market that is not closed, and determine it."""
    _check_decision(call, card, worth)
    if card.status != "closed":
        await _act(call, card, "close", lambda audit: CloseMarket(card.id, audit))
    return await _act(call, card, "determine", lambda audit: DetermineMarket(card.id, worth, audit))


def _check_decision(call: AnyCall, card: MarketCard, worth: Price) -> None:
    """What would refuse to close or to determine. Raises: ApiError, before anything is done."""
    if card.legs:
        sentence = "the outcome of a combo follows from its legs"
        raise rejected(call, Reject(Code.WRONG_STATUS, sentence))
    if card.status != "closed" and call.at < card.close_at and not card.can_close_early:
        raise rejected(call, Reject(Code.CANNOT_CLOSE_EARLY, "the market may not close early"))
    others = (other for other in card.event.markets if other is not card)
    decided = sum(other.value for other in others if other.status not in UNDECIDED)
    if card.event.exclusive and decided + worth > DOLLAR_PRICE:
        sentence = "the values of an exclusive event sum to at most one dollar"
        raise rejected(call, Reject(Code.VALUES_EXCEED_ONE, sentence))


async def _pay(call: AnyCall, card: MarketCard, decided: Written | None) -> wire.MarketDone:
    """Settle now and wait for the last payout. A market just `decided` whose timer has no length
    may have started to pay by itself."""
    act = act_of(call, "market.settle", card.ticker)
    result = await attempt(call, act, lambda _, audit: SettleMarket(card.id, audit))
    if isinstance(result, Written):
        return _done(card, result)
    if decided is None or result.code is not Code.WRONG_STATUS:
        raise rejected(call, result)
    gateway = services_of(call).gateway
    while await gateway.inspect(lambda engine: _is_paying(engine, card)):
        pass  # each look is answered after one more batch of payouts
    if card.status != "finalized":
        raise rejected(call, result)
    return _done(card, decided)


def _is_paying(engine: Any, card: MarketCard) -> bool:
    market = engine.state.markets[card.id]
    return bool(market.settling) and market.status != "finalized"


def _done(card: MarketCard, written: Written) -> wire.MarketDone:
    market = wire.Market(
        ticker=card.ticker,
        event_ticker=card.event_ticker,
        status=card.status,
        result=card.result,
        settlement_value="" if card.status in UNDECIDED else format_price(card.value),
        open_time=rfc3339(card.open_at),
        close_time=rfc3339(card.close_at),
        price_level_structure=card.structure,
        open_interest=format_count(card.open_interest),
    )
    return wire.MarketDone(seq=written.seq, audit_id=written.audit_id, market=market)
