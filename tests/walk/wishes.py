"""How each row of the endpoint table is asked for: one line a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import uuid4

from tests.api.admin.samples import MILLIS
from tests.compat.samples import PUBLIC_KEY
from tests.walk import later
from tests.walk.ground import BIDS, EVENT, MARKET, OLD, SERIES, Ground


class Wish(NamedTuple):
    """`names` fill the path's parameters in their order."""

    names: tuple[str, ...] = ()
    query: str = ""
    body: Any = None
    who: str = "one"


Ask = Callable[[Ground], Wish]


def plain(*names: str, query: str = "") -> Ask:
    """A question that needs nothing made for it."""
    return lambda ground: Wish(names, query)


def candles(*names: str, query: str = "") -> Ask:
    """A question about a span of time."""
    return lambda ground: Wish(names, query + ground.span)


def sends(body: Callable[[Ground], Any], *names: str) -> Ask:
    return lambda ground: Wish(names, body=body(ground))


def about(make: Callable[[Ground], str], body: Any = None, who: str = "one") -> Ask:
    """One path parameter, made for this call."""
    return lambda ground: Wish((make(ground),), body=body, who=who)


def after(make: Callable[[Ground], object], body: Any = None) -> Ask:
    """A question that makes sense when something has been made."""

    def ask(ground: Ground) -> Wish:
        make(ground)
        return Wish(body=body)

    return ask


def of_fcm(make: Callable[[Ground], str]) -> Ask:
    """What an FCM member asks about one of its subtraders."""
    return lambda ground: Wish(query=f"subtrader_id={make(ground)}", who="fcm")


def quote_of_one(ground: Ground) -> tuple[str, str]:
    """An RFQ of two's, and the open quote of one's on it."""
    rfq = ground.rfq("two")
    return rfq, ground.quoted(rfq, "one")


def quote_for_one(ground: Ground) -> tuple[str, str]:
    """An RFQ of one's, and an open quote on it."""
    rfq = ground.rfq()
    return rfq, ground.quoted(rfq)


def accepted_quote(ground: Ground) -> tuple[str, str]:
    """An RFQ of two's, and the quote of one's that it took."""
    rfq = ground.rfq("two")
    return rfq, ground.accepted(rfq)


def scoped(make: Callable[[Ground], tuple[str, str]], body: Any = None) -> Ask:
    """The RFQ's and the quote's id."""
    return lambda ground: Wish(make(ground), body=body)


def unscoped(make: Callable[[Ground], tuple[str, str]], body: Any = None) -> Ask:
    """The quote's id alone."""
    return lambda ground: Wish(make(ground)[1:], body=body)


TAKEN: Final = {"accepted_side": "yes"}
AMENDED_V1: Final = {"ticker": MARKET, "action": "buy", "side": "yes", "count": 3, "yes_price": 8}
AMENDED_V2: Final = {"ticker": MARKET, "side": "bid", "price": "0.0800", "count": "3.00"}
OPEN: Final = "status=open"
"""The client of 3.2.0 cannot read a market that is `finalized`, which is what was recorded."""
FORECAST: Final = "percentiles=2500&percentiles=5000&"
COMBO: Final = "/multivariate_event_collections/{collection_ticker}"
ORDERS: Final = "/portfolio/orders"
ORDERS_V2: Final = "/portfolio/events/orders"
GROUPS: Final = "/portfolio/order_groups"
QUOTES: Final = "/communications/quotes"
RFQS: Final = "/communications/rfqs"
BLOCKS: Final = "/communications/block-trade-proposals"

ACCOUNT: Final[dict[str, Ask]] = {
    "POST /account/api_usage_level/upgrade": plain(),
    "GET /account/api_usage_level/volume_progress": plain(),
    "GET /account/endpoint_costs": plain(),
    "GET /account/limits": plain(),
    "GET /account/limits/perps": plain(),
    "GET /api_keys": plain(),
    "POST /api_keys": sends(lambda ground: {"name": "own", "public_key": PUBLIC_KEY}),
    "POST /api_keys/generate": sends(lambda ground: {"name": "made"}),
    "DELETE /api_keys/{api_key}": about(Ground.key),
}

COMMUNICATIONS: Final[dict[str, Ask]] = {
    f"GET {BLOCKS}": plain(),
    f"POST {BLOCKS}": sends(Ground.block_trade_wish),
    f"POST {BLOCKS}/{{block_trade_proposal_id}}/accept": about(Ground.block_trade, {}),
    "GET /communications/id": plain(),
    f"GET {QUOTES}": plain(query="rfq_user_filter=self"),
    f"POST {QUOTES}": sends(lambda ground: BIDS | {"rfq_id": ground.rfq("two")}),
    f"DELETE {QUOTES}/{{quote_id}}": unscoped(quote_of_one),
    f"GET {QUOTES}/{{quote_id}}": unscoped(quote_of_one),
    f"PUT {QUOTES}/{{quote_id}}/accept": unscoped(quote_for_one, TAKEN),
    f"PUT {QUOTES}/{{quote_id}}/confirm": unscoped(accepted_quote),
    f"GET {RFQS}": plain(query="user_filter=self"),
    f"POST {RFQS}": sends(
        lambda ground: {"market_ticker": ground.market(), "contracts": 5, "rest_remainder": False}
    ),
    f"DELETE {RFQS}/{{rfq_id}}": about(Ground.rfq),
    f"GET {RFQS}/{{rfq_id}}": about(Ground.rfq),
    f"DELETE {RFQS}/{{rfq_id}}/quotes/{{quote_id}}": scoped(quote_of_one),
    f"GET {RFQS}/{{rfq_id}}/quotes/{{quote_id}}": scoped(quote_for_one),
    f"PUT {RFQS}/{{rfq_id}}/quotes/{{quote_id}}/accept": scoped(quote_for_one, TAKEN),
    f"PUT {RFQS}/{{rfq_id}}/quotes/{{quote_id}}/confirm": scoped(accepted_quote),
}

EVENTS: Final[dict[str, Ask]] = {
    "GET /events": plain(query=f"{OPEN}&with_nested_markets=true&with_milestones=true"),
    "GET /events/fee_changes": plain(),
    "GET /events/multivariate": after(later.combo),
    "GET /events/{event_ticker}": plain(EVENT),
    "GET /events/{event_ticker}/metadata": plain(EVENT),
    "GET /series/{series_ticker}/events/{ticker}/candlesticks": candles(SERIES, EVENT),
    "GET /series/{series_ticker}/events/{ticker}/forecast_percentile_history": candles(
        SERIES, EVENT, query=FORECAST
    ),
    "GET /series": plain(),
    "GET /series/{series_ticker}": plain(SERIES),
}

EXCHANGE: Final[dict[str, Ask]] = {
    "GET /exchange/announcements": plain(),
    "GET /exchange/schedule": plain(),
    "GET /exchange/status": plain(),
    "GET /exchange/user_data_timestamp": plain(),
    "GET /series/fee_changes": plain(),
    "GET /incentive_programs": plain(),
    "GET /search/filters_by_sport": plain(),
    "GET /search/tags_by_categories": plain(),
    "GET /milestones": plain(query="limit=10"),
    "GET /milestones/{milestone_id}": plain("game-1"),
    "GET /structured_targets": plain(),
    "GET /structured_targets/{structured_target_id}": plain("team-1"),
    "GET /live_data/batch": plain(query="milestone_ids=game-1&include_player_stats=true"),
    "GET /live_data/events/{event_ticker}": plain(EVENT),
    "GET /live_data/milestone/{milestone_id}": plain("game-1"),
    "GET /live_data/milestone/{milestone_id}/game_stats": plain("game-1"),
    "GET /live_data/weather/{city}": plain("miami", query=f"from={MILLIS - 120_000}&to={MILLIS}"),
    "GET /live_data/weather/{city}/calibrations": plain("miami"),
    "GET /live_data/{type}/milestone/{milestone_id}": plain("football_game", "game-1"),
}

FCM: Final[dict[str, Ask]] = {
    "GET /fcm/orders": of_fcm(later.traded),
    "GET /fcm/positions": of_fcm(later.traded),
    "GET /fcm/subtraders": lambda ground: Wish(who=later.capped(ground) and "fcm"),
    "POST /fcm/subtraders": lambda ground: Wish(body=later.subtrader_wish(), who=later.fcm(ground)),
    "DELETE /fcm/subtraders/event_contract_daily_cap": of_fcm(later.capped),
    "GET /fcm/subtraders/event_contract_daily_cap": of_fcm(later.capped),
    "PUT /fcm/subtraders/event_contract_daily_cap": lambda ground: Wish(
        body={"subtrader_id": later.subtrader(ground), "limit": "100.00"}, who="fcm"
    ),
}

HISTORICAL: Final[dict[str, Ask]] = {
    "GET /historical/cutoff": after(later.past),
    "GET /historical/fills": after(later.past),
    "GET /historical/markets": after(later.past),
    "GET /historical/markets/{ticker}": about(later.past),
    "GET /historical/markets/{ticker}/candlesticks": lambda ground: Wish(
        (OLD,), later.past_span(ground)
    ),
    "GET /historical/orders": after(later.past),
    "GET /historical/positions": after(later.past),
    "GET /historical/trades": after(later.past),
}

MARKETS: Final[dict[str, Ask]] = {
    "GET /markets": plain(query=f"{OPEN}&limit=50"),
    "GET /markets/candlesticks": candles(query=f"market_tickers={MARKET}&"),
    "GET /markets/orderbooks": plain(query=f"tickers={MARKET}&tickers=LADDER-2"),
    "GET /markets/trades": plain(),
    "GET /markets/{ticker}": plain(MARKET),
    "GET /markets/{ticker}/orderbook": plain(MARKET),
    "GET /series/{series_ticker}/markets/{ticker}/candlesticks": candles(SERIES, MARKET),
}

COMBOS: Final[dict[str, Ask]] = {
    "GET /multivariate_event_collections": after(later.collection),
    f"GET {COMBO}": about(later.collection),
    f"POST {COMBO}": about(later.collection, later.LEGS | {"with_market_payload": True}),
    f"GET {COMBO}/lookup": lambda ground: Wish((later.combo(ground),), "lookback_seconds=3600"),
    f"POST {COMBO}/lookup": about(later.combo, later.LEGS),
    f"PUT {COMBO}/lookup": about(later.combo, later.LEGS),
}

GROUPED: Final[dict[str, Ask]] = {
    f"GET {GROUPS}": plain(),
    f"POST {GROUPS}": sends(lambda ground: {"contracts_limit": 9}),
    f"POST {GROUPS}/create": sends(lambda ground: {"contracts_limit_fp": "9.00"}),
    f"DELETE {GROUPS}/{{order_group_id}}": about(Ground.group),
    f"GET {GROUPS}/{{order_group_id}}": about(Ground.group),
    f"PUT {GROUPS}/{{id}}": about(Ground.group, {"contracts_limit": 8}),
    f"PUT {GROUPS}/{{order_group_id}}/limit": about(Ground.group, {"contracts_limit": 8}),
    f"POST {GROUPS}/{{order_group_id}}/reset": about(Ground.group, {}),
    f"PUT {GROUPS}/{{order_group_id}}/reset": about(Ground.group, {}),
    f"PUT {GROUPS}/{{order_group_id}}/trigger": about(Ground.group, {}),
}

TRADING: Final[dict[str, Ask]] = {
    f"GET {ORDERS}": plain(query="limit=5"),
    f"POST {ORDERS}": sends(Ground.wish_v1),
    f"DELETE {ORDERS}/batched": sends(lambda ground: {"ids": [ground.order(), ground.order()]}),
    f"POST {ORDERS}/batched": sends(lambda ground: {"orders": [ground.wish_v1()]}),
    f"GET {ORDERS}/queue_positions": plain(query=f"market_tickers={MARKET}"),
    f"POST {ORDERS}/queue_positions": sends(lambda ground: {"market_tickers": [MARKET]}),
    f"DELETE {ORDERS}/{{order_id}}": about(Ground.order),
    f"GET {ORDERS}/{{order_id}}": about(Ground.order),
    f"POST {ORDERS}/{{order_id}}/amend": about(Ground.order, AMENDED_V1),
    f"POST {ORDERS}/{{order_id}}/decrease": about(Ground.order, {"reduce_by": 1}),
    f"GET {ORDERS}/{{order_id}}/queue_position": about(Ground.order),
    f"DELETE {ORDERS_V2}": lambda ground: Wish(who=ground.newcomer()),
    f"POST {ORDERS_V2}": sends(Ground.wish),
    f"DELETE {ORDERS_V2}/batched": sends(
        lambda ground: {"orders": [{"order_id": ground.order()}, {"order_id": ground.order()}]}
    ),
    f"POST {ORDERS_V2}/batched": sends(lambda ground: {"orders": [ground.wish()]}),
    f"DELETE {ORDERS_V2}/{{order_id}}": about(Ground.order),
    f"POST {ORDERS_V2}/{{order_id}}/amend": about(Ground.order, AMENDED_V2),
    f"POST {ORDERS_V2}/{{order_id}}/decrease": about(Ground.order, {"reduce_by": "1.00"}),
}

PORTFOLIO: Final[dict[str, Ask]] = {
    "GET /portfolio/balance": plain(),
    "GET /portfolio/deposits": plain(),
    "GET /portfolio/fills": plain(),
    "GET /portfolio/positions": plain(),
    "GET /portfolio/settlements": plain(),
    "GET /portfolio/summary/total_resting_order_value": plain(),
    "GET /portfolio/withdrawals": plain(),
    "POST /portfolio/intra_exchange_instance_transfer": after(later.shards, later.SHARDS),
    "GET /portfolio/intra_exchange_instance_transfers": after(later.shard_transfer),
    "GET /portfolio/intra_exchange_instance_transfers/{transfer_id}": about(later.shard_transfer),
    "GET /portfolio/target_balance_allocation": after(later.allocated),
    "POST /portfolio/target_balance_allocation": sends(later.allocation),
    "POST /portfolio/subaccounts": sends(lambda ground: {}),
    "GET /portfolio/subaccounts/balances": plain(),
    "GET /portfolio/subaccounts/netting": plain(),
    "PUT /portfolio/subaccounts/netting": sends(
        lambda ground: {"subaccount_number": 1, "enabled": True}
    ),
    "POST /portfolio/subaccounts/positions/transfer": sends(
        lambda ground: {
            "client_transfer_id": str(uuid4()),
            "from_subaccount": 0,
            "to_subaccount": 1,
            "market_ticker": MARKET,
            "side": "yes",
            "count": 1,
            "price": "0.5000",
        }
    ),
    "PUT /portfolio/subaccounts/settlement-advance-lock": sends(
        lambda ground: {"subaccount_number": 1}
    ),
    "DELETE /portfolio/subaccounts/settlement-advance-lock": sends(later.locked),
    "POST /portfolio/subaccounts/transfer": sends(Ground.transfer),
    "GET /portfolio/subaccounts/transfers": plain(),
}

WISHES: Final[dict[str, Ask]] = {
    **ACCOUNT,
    **COMMUNICATIONS,
    **EVENTS,
    **EXCHANGE,
    **FCM,
    **HISTORICAL,
    **MARKETS,
    **COMBOS,
    **GROUPED,
    **TRADING,
    **PORTFOLIO,
}
