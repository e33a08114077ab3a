"""One call of every trading operation, and what came back: material for checks of shapes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from presage.domain.shard_commands import DeclareShard
from presage.units import DOLLAR_PRICE
from tests.api.kalshi.talk import BLOCKS, QUOTES, RFQS, accepted, answered, asked, block_trade
from tests.api.kalshi.world import TICKER, World, order_v1, order_v2

V1: Final = "/portfolio/orders"
V2: Final = "/portfolio/events/orders"
GROUPS: Final = "/portfolio/order_groups"
SUBACCOUNTS: Final = "/portfolio/subaccounts"
UUID: Final = "fe7f99a3-873e-4105-8f2b-3986816252d7"


class Heard(NamedTuple):
    """`path` as the published documents spell it, with its parameters' names."""

    method: str
    path: str
    status: int
    body: Any


class Talk:
    """Ann asks, and everything that comes back is kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heard: list[Heard] = []

    async def ask(self, method: str, path: str, body: Any = None, *, id: str = "") -> Any:
        """`path` may hold parameters, which `id` fills (more than one: parted by a space), and a
        query."""
        answer = await self.world.ask("ann", method, _filled(path, *id.split()), body)
        assert answer.status < 300, (method, path, answer)
        found = answer.json if answer.body else None
        self.heard.append(Heard(method, path.partition("?")[0], answer.status, found))
        return found


def _filled(path: str, *ids: str) -> str:
    for id_ in ids:
        before, brace, after = path.partition("{")
        path = before + id_ + after.partition("}")[2] if brace else path
    return path


async def conversation(world: World) -> list[Heard]:
    """What was answered to one call of everything."""
    talk = Talk(world)
    made = await talk.ask("POST", f"{GROUPS}/create", {"contracts_limit": 500})
    group = made["order_group_id"]
    await _orders(talk, group)
    await _groups(talk, group)
    await _communications(talk)
    await _money(talk)
    await _account(talk)
    return talk.heard


async def _orders(talk: Talk, group: str) -> None:
    await talk.world.post("bob", V1, order_v1("sell", "yes", 60, 9))
    await talk.ask("POST", V2, order_v2("bid", "0.60", "2.50", client_order_id="a"))
    resting = order_v1("buy", "yes", 20, 6, client_order_id="b", order_group_id=group)
    placed = await talk.ask("POST", V1, resting | {"expiration_ts": 1_890_000_000})
    one = placed["order"]["order_id"]
    two = (await talk.ask("POST", V2, order_v2("bid", "0.21", "6")))["order_id"]
    batch = [order_v1("buy", "yes", 10), order_v1("buy", "yes", 10, ticker="NONE")]
    made = await talk.ask("POST", f"{V1}/batched", {"orders": batch})
    three = made["orders"][0]["order"]["order_id"]
    made = await talk.ask("POST", f"{V2}/batched", {"orders": [order_v2("bid", "0.11")]})
    four = made["orders"][0]["order_id"]
    terms = {"ticker": TICKER, "side": "yes", "action": "buy", "yes_price": 22, "count": 5}
    await talk.ask("POST", f"{V1}/{{order_id}}/amend", terms, id=one)
    terms = {"ticker": TICKER, "side": "bid", "price": "0.23", "count": "5"}
    await talk.ask("POST", f"{V2}/{{order_id}}/amend", terms, id=two)
    await talk.ask("POST", f"{V1}/{{order_id}}/decrease", {"reduce_by": 1}, id=one)
    await talk.ask("POST", f"{V2}/{{order_id}}/decrease", {"reduce_to": "3"}, id=two)
    await talk.ask("GET", V1)
    await talk.ask("GET", f"{V1}/{{order_id}}", id=one)
    await talk.ask("GET", f"{V1}/{{order_id}}/queue_position", id=one)
    await talk.ask("GET", f"{V1}/queue_positions?market_tickers={TICKER}")
    await talk.ask("GET", f"{GROUPS}/{{order_group_id}}", id=group)
    await talk.ask("DELETE", f"{V1}/batched", {"ids": [three, "nonsense"]})
    gone = [{"order_id": four}, {"order_id": "nonsense"}]
    await talk.ask("DELETE", f"{V2}/batched", {"orders": gone})
    await talk.ask("DELETE", f"{V1}/{{order_id}}", id=one)
    await talk.ask("DELETE", f"{V2}/{{order_id}}", id=two)
    await talk.ask("DELETE", V2)


async def _groups(talk: Talk, group: str) -> None:
    path = f"{GROUPS}/{{order_group_id}}"
    await talk.ask("GET", GROUPS)
    await talk.ask("PUT", f"{path}/trigger", {}, id=group)
    await talk.ask("PUT", f"{path}/reset", {}, id=group)
    await talk.ask("PUT", f"{path}/limit", {"contracts_limit": 5}, id=group)
    await talk.ask("DELETE", path, id=group)


async def _communications(talk: Talk) -> None:
    await talk.ask("GET", "/communications/id")
    ask = {"market_ticker": TICKER, "contracts_fp": "2.50", "rest_remainder": False}
    rfq = (await talk.ask("POST", RFQS, ask))["id"]
    await asked(talk.world, "bob", target_cost_dollars="12.34", contracts=None)
    await talk.ask("GET", RFQS)
    await talk.ask("GET", f"{RFQS}/{{rfq_id}}", id=rfq)
    quote = await answered(talk.world, rfq)
    await talk.ask("GET", QUOTES)
    await talk.ask("GET", f"{QUOTES}/{{quote_id}}", id=quote)
    scoped = f"{RFQS}/{{rfq_id}}/quotes/{{quote_id}}"
    await talk.ask("GET", scoped, id=f"{rfq} {quote}")
    taken = {"accepted_side": "no"}
    await talk.ask("PUT", f"{scoped}/accept", taken, id=f"{rfq} {quote}")
    quote = await answered(talk.world, rfq)
    await talk.ask("PUT", f"{QUOTES}/{{quote_id}}/accept", taken, id=quote)
    await talk.ask("DELETE", f"{RFQS}/{{rfq_id}}", id=rfq)
    await _quoting(talk, scoped)
    block = await talk.ask("POST", BLOCKS, block_trade())
    path = f"{BLOCKS}/{{block_trade_proposal_id}}/accept"
    await talk.ask("POST", path, {}, id=block["block_trade_proposal_id"])
    await talk.ask("GET", BLOCKS)


async def _quoting(talk: Talk, scoped: str) -> None:
    """Ann as the maker, on both paths."""
    for confirm, delete in ((f"{QUOTES}/{{quote_id}}", f"{QUOTES}/{{quote_id}}"), (scoped, scoped)):
        await talk.world.add_markets(f"TALK-{len(confirm)}", f"TALK-{len(confirm)}-A")
        rfq = await asked(talk.world, "bob", market_ticker=f"TALK-{len(confirm)}-A")
        wish = {"rfq_id": rfq, "yes_bid": "0.4000", "no_bid": "0", "rest_remainder": True}
        for path, method, last in ((delete, "DELETE", ""), (confirm, "PUT", "/confirm")):
            quote = (await talk.ask("POST", QUOTES, wish))["id"]
            ids = f"{rfq} {quote}" if path is scoped else quote
            if last:
                await accepted(talk.world, quote, "yes", "bob")
            await talk.ask(method, path + last, id=ids)


async def _money(talk: Talk) -> None:
    await talk.ask("POST", SUBACCOUNTS, {})
    transfer = {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 5}
    await talk.ask("POST", f"{SUBACCOUNTS}/transfer", transfer | {"client_transfer_id": UUID})
    netting = {"subaccount_number": 1, "enabled": True}
    await talk.ask("PUT", f"{SUBACCOUNTS}/netting", netting)
    for path in ("balances", "netting", "transfers"):
        await talk.ask("GET", f"{SUBACCOUNTS}/{path}")
    for path in ("balance", "positions", "fills", "deposits", "withdrawals"):
        await talk.ask("GET", f"/portfolio/{path}")
    await talk.ask("GET", "/portfolio/summary/total_resting_order_value")
    await _shards(talk)
    await talk.world.settle(TICKER, DOLLAR_PRICE // 2)
    await talk.ask("GET", "/portfolio/settlements")


async def _shards(talk: Talk) -> None:
    await talk.world.run(DeclareShard(1))
    path = "/portfolio/intra_exchange_instance_transfer"
    wish = {"source": "event_contract", "destination": "event_contract", "amount": 12_345}
    made = await talk.ask("POST", path, wish | {"destination_exchange_shard": 1})
    await talk.ask("GET", f"{path}s")
    await talk.ask("GET", f"{path}s/{{transfer_id}}", id=made["transfer_id"])
    halves = [{"exchange_index": shard, "percent": 50} for shard in (0, 1)]
    await talk.ask("POST", "/portfolio/target_balance_allocation", {"allocations": halves})
    await talk.ask("GET", "/portfolio/target_balance_allocation")


async def _account(talk: Talk) -> None:
    made = await talk.ask("POST", "/api_keys/generate", {"name": "bot"})
    await talk.ask("GET", "/api_keys")
    await talk.ask("DELETE", "/api_keys/{api_key}", id=made["api_key_id"])
    for path in ("limits", "endpoint_costs", "api_usage_level/volume_progress"):
        await talk.ask("GET", f"/account/{path}")
    await talk.ask("POST", "/account/api_usage_level/upgrade")
