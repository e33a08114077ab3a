"""What tests of copy-trading have in common: who is copied, who copies, and somebody to trade
with."""

from __future__ import annotations

from typing import Any

from presage.units import SECOND
from tests.api.asking import Answer
from tests.api.site.dealing import Table
from tests.api.site.world import Member, World

GATHERED = 2
"""Seconds for which fills of a resting order are gathered."""


class Scene:
    """Lea is copied, Cem copies, Bob trades with them. Nobody has been copied yet."""

    def __init__(self, world: World, **market: Any) -> None:
        world.set("streakBonuses", False)
        world.work()  # from now on trades are followed
        self.world = world
        self.table = Table(world, **market)
        self.lea, self.cem, self.bob = world.join(), world.join(), world.join()

    def ask(self, who: Member, whom: Member, **terms: Any) -> Answer:
        """To copy somebody; without terms enough for everything."""
        wanted = {"allocationCents": 50_000, "maxPerTradeCents": 20_000, **terms}
        return who.call("POST", "/api/copy-trader", {"traderId": whom.id, **wanted})

    def copy(self, who: Member | None = None, whom: Member | None = None, **terms: Any) -> Any:
        """Cem copies Lea, unless others are named."""
        answer = self.ask(who or self.cem, whom or self.lea, **terms)
        assert answer.status in (200, 201), answer.body
        return answer.json["relation"]

    def offer(self, price: int, quantity: int, who: Member | None = None) -> None:
        """Somebody sells YES."""
        self.table.rest(who or self.bob, "buy no", 100 - price, quantity)

    def bid(self, price: int, quantity: int, who: Member | None = None) -> None:
        """Somebody buys YES, and Bob sells no more."""
        if who is None:
            self.clear()
        self.table.rest(who or self.bob, "buy yes", price, quantity)

    def clear(self) -> None:
        """Bob has no orders."""
        self.bob.call("DELETE", "/api/limit-orders?all=1")

    def trade(self, who: Member, words: str, price: int, quantity: int) -> Any:
        return self.table.traded(who, words, price, quantity)

    def lead(self, price: int = 50, quantity: int = 10) -> Any:
        """Lea buys YES; as much is left for whoever copies her."""
        self.offer(price, 2 * quantity)
        done = self.trade(self.lea, "buy yes", price, quantity)
        self.world.work()
        return done

    def later(self, seconds: float) -> None:
        """Time passes, and the workers work."""
        self.world.work()
        self.world.now += round(seconds * SECOND)
        self.world.work()

    def held(self, who: Member | None = None, table: Table | None = None) -> int:
        """Contracts of YES (negative: NO)."""
        found = (table or self.table).position(who or self.cem)
        if found is None:
            return 0
        return int(found["quantity"]) * (1 if found["side"] == "YES" else -1)

    def relation(self, who: Member | None = None, status: str = "all") -> Any:
        """The newest."""
        found = (who or self.cem).get(f"/api/copy-trader?status={status}")["relations"]
        return found[0] if found else None

    def log(self, who: Member | None = None) -> Any:
        return (who or self.cem).get("/api/copy-trader?status=all&log=1")["log"]

    def reasons(self, who: Member | None = None) -> list[str | None]:
        """Why it was not copied (None: it was), the last first."""
        return [line["reason"] for line in self.log(who)]

    def told(self, kind: str, who: Member | None = None) -> list[Any]:
        """Notifications of a type."""
        return list((who or self.cem).get(f"/api/me/notifications?type={kind}")["notifications"])
