"""What tests of trading on the site have in common: options to trade, and people who do."""

from __future__ import annotations

import itertools
from typing import Any, Final

from tests.api.asking import Answer
from tests.api.site.world import Member, World

_COUNT: Final = itertools.count(1)


class Table:
    """An option of its own, free of fees, and members who trade it."""

    def __init__(self, world: World, **market: Any) -> None:
        self.world = world
        self.ticker = f"TRADE-{next(_COUNT)}"
        fees = market.pop("fees", "0")
        world.admin("POST", "/series", ticker=f"{self.ticker}-S", title="Rain", fee_multiplier=fees)
        event = market.pop("event", {})
        world.admin(
            "POST",
            "/events",
            event_ticker=f"{self.ticker}-E",
            series_ticker=f"{self.ticker}-S",
            **{"title": f"Question {self.ticker}", **event},
        )
        world.add_market(self.ticker, f"{self.ticker}-E", **market)
        self.slug = f"question-{self.ticker.lower()}"

    def order(self, who: Member, words: str, price: float, quantity: float, **more: Any) -> Answer:
        """`buy yes` at a price: a limit order."""
        action, side = words.split()
        body = {
            "optionId": self.ticker,
            "side": side,
            "action": action,
            "quantity": quantity,
            "limitPriceCents": price,
            **more,
        }
        return who.call("POST", "/api/limit-orders", body)

    def rest(self, who: Member, words: str, price: float, quantity: float, **more: Any) -> Any:
        """A limit order that must be accepted."""
        answer = self.order(who, words, price, quantity, **more)
        assert answer.status == 201, answer.body
        return answer.json["order"]

    def trade(self, who: Member, words: str, price: float, quantity: float, **more: Any) -> Answer:
        """`buy yes` at a price: now or never."""
        headers = more.pop("headers", {})
        action, side = words.split()
        body = {
            "optionId": self.ticker,
            "side": side,
            "action": action,
            "quantity": quantity,
            "priceCents": price,
            **more,
        }
        return who.call("POST", "/api/trades", body, **headers)

    def traded(self, who: Member, words: str, price: float, quantity: float, **more: Any) -> Any:
        """A trade that must be accepted: the whole answer."""
        answer = self.trade(who, words, price, quantity, **more)
        assert answer.status == 201, answer.body
        return answer.json

    def position(self, who: Member) -> Any:
        """What somebody holds of this option; None."""
        found = who.get("/api/positions?status=all")["positions"]
        return next((one for one in found if one["marketTicker"] == self.ticker), None)
