"""One call of every trading operation, and what came back: material for checks of shapes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from presage.units import DOLLAR_PRICE
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
        """`path` may hold one parameter, which `id` fills, and a query."""
        answer = await self.world.ask("ann", method, _filled(path, id), body)
        assert answer.status < 300, (method, path, answer)
        found = answer.json if answer.body else None
        self.heard.append(Heard(method, path.partition("?")[0], answer.status, found))
        return found


def _filled(path: str, id: str) -> str:
    before, brace, after = path.partition("{")
    return before + id + after.partition("}")[2] if brace else path


async def conversation(world: World) -> list[Heard]:
    """What was answered to one call of everything."""
    talk = Talk(world)
    made = await talk.ask("POST", f"{GROUPS}/create", {"contracts_limit": 500})
    group = made["order_group_id"]
    await _orders(talk, group)
    await _groups(talk, group)
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
    await talk.world.settle(TICKER, DOLLAR_PRICE // 2)
    await talk.ask("GET", "/portfolio/settlements")


async def _account(talk: Talk) -> None:
    made = await talk.ask("POST", "/api_keys/generate", {"name": "bot"})
    await talk.ask("GET", "/api_keys")
    await talk.ask("DELETE", "/api_keys/{api_key}", id=made["api_key_id"])
    for path in ("limits", "endpoint_costs", "api_usage_level/volume_progress"):
        await talk.ask("GET", f"/account/{path}")
    await talk.ask("POST", "/account/api_usage_level/upgrade")
