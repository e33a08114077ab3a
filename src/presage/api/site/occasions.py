"""What messages to members' URLs say: occasions printed in the words of the site's own answers.

Prices are those of the side that an order named, amounts are rounded as everywhere on the site, ids
are those that the API takes. `sequence` is the journal entry, where order matters. It reads, and
decides nothing; who hears of it is not its business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.api.site import ids, rows_told
from presage.api.site.asking import side_price
from presage.api.site.money import contracts, owed_cents, owned_cents, price_cents
from presage.api.site.naming import name_events
from presage.api.site.options import Option, event_id, options_of
from presage.api.site.rows_told import place
from presage.api.site.strings import maybe_printed, printed
from presage.api.site.trade_shapes import average, order_id, position_id, source
from presage.domain.facts import MarketDetermined, PositionPaid
from presage.domain.ids import Id, MarketId, member_of
from presage.domain.resolution_facts import OutcomeCorrected
from presage.projections import orders
from presage.projections.orders import OrderRow
from presage.site import events, notifications, occasions
from presage.site.occasions import Occasion
from presage.site.outbox import Data

_RESULTS: Final = {"yes": "YES", "no": "NO", "scalar": "SCALAR", "void": "VOID"}


async def show(services: Services, some: Sequence[Occasion]) -> list[Data | None]:
    """What the message about each says; None: nobody is to hear of it."""
    found = await services.reader.run(partial(_orders, wanted={one.order for one in some}))
    markets = {row.market for row in found.values()}
    for one in some:
        markets.update(_markets(one))
    known = await options_of(services, (market for market in markets if market))
    return [await _one(services, one, found, known) for one in some]


async def _one(
    services: Services,
    one: Occasion,
    found: Mapping[Id, OrderRow],
    options: Mapping[MarketId, Option],
) -> Data | None:
    if one.order:
        row = found.get(one.order)
        return None if row is None else _about_order(services, one, row, options[row.market])
    if isinstance(one.fact, PositionPaid):
        return _settled(services, one, one.fact, options[one.fact.market])
    if one.became:
        return _about_event(one, options)
    if one.type == occasions.CLARIFIED:
        return await _clarified(services, one)
    if one.type == occasions.PROTECTION:
        data, option = one.data, options[one.data["market"]]
        member = member_of(data["account"])
        position = position_id(services.ids, data["market"], member)
        side = "YES" if data["sign"] > 0 else "NO"
        return place(option) | {"positionId": position, "side": side, "leg": data["leg"]}
    if one.type == notifications.CREATED:
        return one.data | {"id": ids.shown("ntf", one.data["id"])}
    if "type" in one.data:
        return _notified(one)
    return rows_told.printed(services, one.data, options)


def _orders(connection: Any, wanted: Iterable[Id]) -> dict[Id, OrderRow]:
    rows = (orders.find(connection, order) for order in wanted if order)
    return {row.id: row for row in rows if row is not None}


def _markets(one: Occasion) -> list[MarketId]:
    if isinstance(one.fact, PositionPaid):
        return [one.fact.market]
    if "market" in one.data:
        return [one.data["market"]]
    return [fact.market for fact in one.became]


def _about_order(services: Services, one: Occasion, row: OrderRow, option: Option) -> Data:
    cipher = services.ids
    told = place(option) | {
        "orderId": order_id(cipher, row.id),
        "clientOrderId": row.client_order_id or None,
        "side": "YES" if row.outcome == "yes" else "NO",
        "action": "BUY" if row.action == "buy" else "SELL",
        "source": source(row),
        "sequence": one.seq,
    }
    if one.fills:
        told |= _filled(one, row)
    if one.type == occasions.TRADE:
        return {"tradeId": ids.exchange_id(cipher, "trd", row.id, Kind.ORDER)} | told
    limit = price_cents(side_price(row.outcome, row.price))
    return told | {"limitPriceCents": limit, "orderQuantity": contracts(row.count)}


def _filled(one: Occasion, row: OrderRow) -> Data:
    """What of an order traded in this entry; `remainingQuantity` may trade later."""
    count = sum(fact.count for fact, _ in one.fills)
    gross = sum(side_price(row.outcome, fact.price) * fact.count for fact, _ in one.fills)
    taker = any(fact.taker is leg for fact, leg in one.fills)
    return {
        "quantity": contracts(count),
        "averagePriceCents": average(gross, count),
        "feeCents": owed_cents(sum(leg.fee for _, leg in one.fills)),
        "remainingQuantity": contracts(one.fills[-1][1].remaining),
        "liquidity": "TAKER" if taker else "MAKER",
    }


def _settled(services: Services, one: Occasion, fact: PositionPaid, option: Option) -> Data:
    member = member_of(fact.account)
    return place(option) | {
        "positionId": position_id(services.ids, fact.market, member),
        "side": "YES" if fact.position > 0 else "NO",
        "quantity": contracts(abs(fact.position)),
        "result": _RESULTS.get(fact.result, "VOID"),
        "payoutCents": owned_cents(fact.revenue),
        "realizedPnlCents": owned_cents(fact.realized),
        "sequence": one.seq,
    }


def _about_event(one: Occasion, options: Mapping[MarketId, Option]) -> Data | None:
    first = options[one.became[0].market]
    if first.event.card.collection:
        return None  # a combination is made by one member, not an event of the world
    concerned = []
    for fact in one.became:
        option = options[fact.market]
        told: Data = {
            "optionId": option.id,
            "optionLabel": option.label,
            "marketTicker": option.card.ticker,
        }
        if isinstance(fact, MarketDetermined | OutcomeCorrected):
            settles_at = fact.settle_at if isinstance(fact, MarketDetermined) else one.at
            told["result"] = _RESULTS[fact.result]
            if fact.result != "void":
                told["settlementPriceCents"] = price_cents(fact.value)
                told["settlesAt"] = maybe_printed(settles_at)
        concerned.append(told)
    return {
        "eventId": event_id(first.event.row),
        "eventSlug": first.event.row.slug,
        "eventTicker": first.event.card.ticker,
        "title": first.event.title,
        "options": concerned,
        "sequence": one.seq,
    }


async def _clarified(services: Services, one: Occasion) -> Data | None:
    await name_events(services)
    row = services.site.events.by_ticker(one.data["event"])
    read = partial(events.clarification, id=one.data["clarification"])
    said = await services.reader.run(read)
    if row is None or said is None:
        return None
    return {
        "eventId": event_id(row),
        "eventSlug": row.slug,
        "eventTicker": row.ticker,
        "text": said.text,
        "clarifiedAt": printed(said.at),
    }


def _notified(one: Occasion) -> Data:
    """What a notification tells: its own data, and its words."""
    told = one.data
    words = {"notification": told["type"], "title": told["title"].replace("{who}", told["who"])}
    who = {"username": told["who"]} if told["who"] else {}
    return {**told["data"], **who, **words, "body": told["body"], "url": told["url"]}
