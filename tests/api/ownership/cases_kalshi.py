"""Kalshi's trade API: what belongs to one member, and what is everybody's."""

from __future__ import annotations

import itertools
from typing import Any, Final
from uuid import uuid4

from presage.units import SECOND
from tests.api.admin.samples import CHART, CITY, GAME, LIVE, TEAM
from tests.api.admin.world import rfc3339
from tests.api.ownership.matrix import Case, Ids, owned, public
from tests.api.ownership.parties import Party
from tests.api.site.world import World

API: Final = "/trade-api/v2"
TICKER: Final = "MATRIX"
EVENT: Final = f"{TICKER}-E"
SERIES: Final = f"{TICKER}-S"

_COUNT = itertools.count(1)


def ask(world: World, party: Party, method: str, path: str, body: Any = None) -> Any:
    """A request that must succeed; its answer."""
    answer = world.call(method, API + path, body, party.signer)
    assert answer.status < 300, answer.body
    return answer.json if answer.body else None


def ticker(world: World, party: Party) -> str:
    if world.running.services.markets.by_ticker(TICKER) is None:
        world.list_market(TICKER)
    return TICKER


def event(world: World, party: Party) -> str:
    ticker(world, party)
    return EVENT


def series(world: World, party: Party) -> str:
    ticker(world, party)
    return SERIES


def event_in_series(world: World, party: Party) -> Ids:
    return series(world, party), EVENT


def market_in_series(world: World, party: Party) -> Ids:
    return series(world, party), TICKER


def order(world: World, party: Party) -> str:
    return world.order(party.signer, ticker(world, party), "bid", "0.0100", "2.00")


def group(world: World, party: Party) -> str:
    ticker(world, party)
    for old in ask(world, party, "GET", "/portfolio/order_groups").get("order_groups") or ():
        ask(world, party, "DELETE", f"/portfolio/order_groups/{old['id']}")
    made = ask(world, party, "POST", "/portfolio/order_groups/create", {"contracts_limit": 5})
    return str(made["order_group_id"])


def key(world: World, party: Party) -> str:
    made = world.admin("POST", f"/members/{party.number}/keys", name="of the matrix")
    for old in ask(world, party, "GET", "/api_keys")["api_keys"]:
        if old["name"] == "of the matrix" and old["api_key_id"] != made["key"]["id"]:
            ask(world, party, "DELETE", f"/api_keys/{old['api_key_id']}")
    return str(made["key"]["id"])


def new_market(world: World) -> str:
    """A member has one open RFQ a market: each gets a market of its own."""
    if world.running.services.markets.by_ticker(TICKER) is None:
        world.list_market(TICKER)
    return world.add_market(f"{TICKER}-{next(_COUNT)}", EVENT)


def rfq(world: World, party: Party) -> str:
    wanted = {"market_ticker": new_market(world), "contracts": 10, "rest_remainder": False}
    return str(ask(world, party, "POST", "/communications/rfqs", wanted)["id"])


def quote(world: World, party: Party) -> str:
    """A quote of the party on an RFQ of a third."""
    asked = rfq_of_one(world)
    wanted = {"rfq_id": asked, "yes_bid": "0.40", "no_bid": "0.55", "rest_remainder": False}
    return str(ask(world, party, "POST", "/communications/quotes", wanted)["id"])


def rfq_of_one(world: World) -> str:
    wanted = {"market_ticker": new_market(world), "contracts": 10, "rest_remainder": False}
    made = world.call("POST", f"{API}/communications/rfqs", wanted, world.one)
    assert made.status == 201, made.body
    return str(made.json["id"])


def quoted(world: World, party: Party) -> Ids:
    """An RFQ of the party with a quote of a third on it."""
    asked = rfq(world, party)
    wanted = {"rfq_id": asked, "yes_bid": "0.40", "no_bid": "0.55", "rest_remainder": False}
    made = world.call("POST", f"{API}/communications/quotes", wanted, world.one)
    assert made.status == 201, made.body
    return asked, str(made.json["id"])


def answer_of_third(world: World, party: Party) -> str:
    return quoted(world, party)[1]


def accepted(world: World, party: Party) -> Ids:
    """A quote of the party that the third who asked has accepted."""
    made = quote(world, party)
    shown = ask(world, party, "GET", f"/communications/quotes/{made}")["quote"]
    path = f"{API}/communications/quotes/{made}/accept"
    assert world.call("PUT", path, {"accepted_side": "yes"}, world.one).status == 204
    return str(shown["rfq_id"]), made


def accepted_quote(world: World, party: Party) -> str:
    return accepted(world, party)[1]


def own_quote_on_rfq(world: World, party: Party) -> Ids:
    made = quote(world, party)
    shown = ask(world, party, "GET", f"/communications/quotes/{made}")["quote"]
    return str(shown["rfq_id"]), made


def proposal(world: World, party: Party) -> str:
    """A block trade between the party and a third, proposed by the third."""
    third = world.running.services.site.people.find(2)
    person = world.running.services.site.people.find(party.number)
    assert third is not None
    assert person is not None
    wanted = {
        "buyer_user_id": person.id,
        "seller_user_id": third.id,
        "market_ticker": ticker(world, party),
        "price_centi_cents": 4_500,
        "centicount": 100,
        "maker_side": "yes",
        "expiration_ts": rfc3339(world.now // SECOND + 3_600),
    }
    made = world.call("POST", f"{API}/communications/block-trade-proposals", wanted, world.one)
    assert made.status == 201, made.body
    return str(made.json["block_trade_proposal_id"])


def milestone(world: World, party: Party) -> str:
    event(world, party)
    game = GAME | {"related_event_tickers": [EVENT], "primary_event_tickers": [EVENT]}
    world.admin("PUT", "/milestones/matrix-game", **game)
    world.admin("PUT", "/live_data/milestone/matrix-game", **LIVE)
    return "matrix-game"


def typed_milestone(world: World, party: Party) -> Ids:
    return str(LIVE["type"]), milestone(world, party)


def target(world: World, party: Party) -> str:
    world.admin("PUT", "/structured_targets/matrix-team", **TEAM)
    return "matrix-team"


def charted_event(world: World, party: Party) -> str:
    world.admin("PUT", f"/live_data/events/{event(world, party)}", **CHART)
    return EVENT


def city(world: World, party: Party) -> str:
    world.admin("PUT", "/weather/matrixville", **CITY)
    return "matrixville"


def transfer(world: World, party: Party) -> str:
    """Money that the party moved to another shard."""
    if len(world.admin("GET", "/shards")["shards"]) == 1:
        world.admin("POST", "/shards", exchange_index=1, description="another")
    wanted = {
        "source": "event_contract",
        "destination": "event_contract",
        "amount": 100,
        "destination_exchange_shard": 1,
    }
    made = ask(world, party, "POST", "/portfolio/intra_exchange_instance_transfer", wanted)
    return str(made["transfer_id"])


DAY: Final = 86_400
START: Final = 1_780_000_000
SPAN: Final = f"start_ts={START - DAY}&end_ts={START + DAY}&period_interval=60"
YES: Final = {"accepted_side": "yes"}


def amended_v1(ids: Ids) -> dict[str, Any]:
    """A better price; the new client id is another each time."""
    return {
        "ticker": TICKER,
        "side": "yes",
        "action": "buy",
        "client_order_id": "",
        "updated_client_order_id": f"v1-{uuid4()}",
        "yes_price": 2,
        "count": 2,
    }


def amended_v2(ids: Ids) -> dict[str, Any]:
    return {
        "ticker": TICKER,
        "side": "bid",
        "updated_client_order_id": f"v2-{uuid4()}",
        "price": "0.0200",
        "count": "2.00",
    }


CASES: Final[dict[str, Case]] = {
    "GetSeries": public(series),
    "GetEvent": public(event),
    "GetEventMetadata": public(event),
    "GetMarket": public(ticker),
    "GetMarketOrderbook": public(ticker),
    "GetOrder": owned(order),
    "GetOrderQueuePosition": owned(order),
    "CancelOrder": owned(order),
    "CancelOrderV2": owned(order),
    "DecreaseOrder": owned(order, body={"reduce_by": 1}),
    "DecreaseOrderV2": owned(order, body={"reduce_by": "1.00"}),
    "GetOrderGroup": owned(group),
    "UpdateOrderGroupLimit": owned(group, body={"contracts_limit": 7}),
    "UpdateOrderGroupOld": owned(group, body={"contracts_limit": 7}),
    "ResetOrderGroup": owned(group),
    "ResetOrderGroupOld": owned(group),
    "TriggerOrderGroup": owned(group),
    "DeleteOrderGroup": owned(group),
    "DeleteApiKey": owned(key),
    "DeleteRFQ": owned(rfq),
    "DeleteQuote": owned(quote),
    "GetQuote": owned(quote),
    "AmendOrder": owned(order, body=amended_v1),
    "AmendOrderV2": owned(order, body=amended_v2),
    "GetMarketCandlesticks": public(market_in_series, query=SPAN, free=(0,)),
    "GetMarketCandlesticksByEvent": public(event_in_series, query=SPAN, free=(0,)),
    "GetEventForecastPercentilesHistory": public(
        event_in_series, query=f"percentiles=5000&{SPAN}", free=(0,)
    ),
    "GetRFQ": public(rfq),
    "AcceptQuote": owned(answer_of_third, body=YES),
    "ConfirmQuote": owned(accepted_quote),
    "GetRFQQuote": owned(own_quote_on_rfq),
    "DeleteRFQQuote": owned(own_quote_on_rfq),
    "AcceptRFQQuote": owned(quoted, body=YES),
    "ConfirmRFQQuote": owned(accepted),
    "AcceptBlockTradeProposal": owned(proposal),
    "GetMilestone": public(milestone),
    "GetStructuredTarget": public(target),
    "GetLiveDataByMilestone": public(milestone),
    "GetGameStats": public(milestone),
    "GetLiveData": public(typed_milestone, free=(0,)),
    "GetEventLiveData": public(charted_event),
    "GetWeatherIndex": public(city),
    "GetIntraExchangeInstanceTransfer": owned(transfer),
    "GetWeatherIndexCalibrations": public(city),
}
