"""Finding the market of a combination, and creating it with its texts.

One submission writes the texts and wishes for the market. The tickers follow from the legs, so
whoever comes second, even at the same moment, is refused and finds what the first one made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from presage.api.kalshi.owned import AnyCall, services_of
from presage.api.kalshi.rejects import reject_error
from presage.api.kalshi.services import Services
from presage.catalog.collections import Collection
from presage.catalog.events import EVENT_TEXTS, EventText
from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.domain.combo_commands import CreateCombo
from presage.domain.combos import ComboLeg, Legs, in_order, tickers
from presage.domain.rejects import Code, Reject
from presage.feeds.cards import LegCard, MarketCard
from presage.units import Micros

_RULE = "Pays the product of what the selected markets pay on the selected sides."


def find(services: Services, collection: Collection, legs: Sequence[LegCard]) -> MarketCard | None:
    """The market of a combination, if it was ever created."""
    return services.markets.by_ticker(_tickers(collection, _legs(collection, legs))[1])


async def create(call: AnyCall, collection: Collection, legs: Sequence[LegCard]) -> MarketCard:
    """The market of a combination, new if there was none. Raises: ApiError."""
    services = services_of(call)
    found = find(services, collection, legs)
    if found is not None:
        return found
    series = services.markets.series(collection.series_ticker)
    if series is None:
        raise reject_error(Reject(Code.SERIES_NOT_FOUND))
    await services.markets.texts.bring(services.reader, [leg.market for leg in legs])
    chosen = _legs(collection, legs)
    event_text, market_text = _texts(collection, chosen, services, call.at)
    command = CreateCombo(
        call.caller.member, series.id, collection.ticker, chosen, collection.timer
    )

    def rows(connection: Any) -> CreateCombo | Reject:
        if MARKET_TEXTS.find(connection, market_text.ticker) is not None:
            return Reject(Code.TICKER_EXISTS)
        EVENT_TEXTS.insert(connection, event_text)
        MARKET_TEXTS.insert(connection, market_text)
        return command

    result = await services.gateway.submit(None, rows)
    found = services.markets.by_ticker(market_text.ticker)
    if isinstance(result, Reject) and (result.code is not Code.TICKER_EXISTS or found is None):
        raise reject_error(result)
    assert found is not None, "a combo that was created is in the view"
    return found


def _legs(collection: Collection, legs: Sequence[LegCard]) -> Legs:
    return in_order([ComboLeg(leg.market.id, leg.side) for leg in legs], collection.is_ordered)


def _tickers(collection: Collection, legs: Legs) -> tuple[str, str]:
    return tickers(collection.series_ticker, collection.ticker, legs)


def _texts(
    collection: Collection, legs: Legs, services: Services, at: Micros
) -> tuple[EventText, MarketText]:
    """What the event and the market of a combo say: their legs, one after the other."""
    event_ticker, ticker = _tickers(collection, legs)
    cards = [services.markets.by_id(leg.market) for leg in legs]
    title = ",".join(f"{leg.side} {_name(card)}" for leg, card in zip(legs, cards, strict=True))
    strike = {
        "Associated Events": ",".join(card.event_ticker for card in cards),
        "Associated Markets": ",".join(card.ticker for card in cards),
        "Associated Market Sides": ",".join(leg.side for leg in legs),
    }
    market = MarketText(
        ticker=ticker,
        title=title,
        yes_sub_title=title,
        no_sub_title=title,
        rules_primary=collection.functional_description or _RULE,
        strike_type="custom",
        custom_strike=strike,
        updated_at=at,
    )
    return EventText(ticker=event_ticker, title=collection.title, updated_at=at), market


def _name(card: MarketCard) -> str:
    text = card.text
    said = "" if text is None else text.yes_sub_title or text.title
    return said or card.ticker
