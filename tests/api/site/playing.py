"""What tests of tournaments have in common: one to play in, and its players."""

from __future__ import annotations

import itertools
from typing import Any, Final

from presage.units import SECOND
from tests.api.admin.world import rfc3339
from tests.api.asking import Answer
from tests.api.site.dealing import Table
from tests.api.site.world import Member, World

HOUR: Final = 3_600 * SECOND
_COUNT: Final = itertools.count(1)


def moment(world: World, hours: float) -> str:
    """So many hours from now, as requests name it."""
    return rfc3339((world.now + int(hours * HOUR)) // SECOND)


class Contest:
    """A tournament that runs for a day from now, without a least number of trades."""

    def __init__(self, world: World, *players: Member, **rules: Any) -> None:
        self.world = world
        body = {
            "title": f"Cup {next(_COUNT)}",
            "startAt": moment(world, rules.pop("starts", 0)),
            "endAt": moment(world, rules.pop("ends", 24)),
            "bankrollCents": 100_000,
            "minTrades": 0,
            **rules,
        }
        self.slug = str(world.admin("POST", "/tournaments", **body)["tournament"]["slug"])
        for player in players:
            assert self.join(player).status == 201

    def join(self, who: Member, **body: Any) -> Answer:
        return who.call("POST", f"/api/tournaments/{self.slug}/join", body)

    def trade(
        self, table: Table, who: Member, words: str, price: float, quantity: float, **more: Any
    ) -> Answer:
        """A paper trade."""
        return table.trade(who, words, price, quantity, tournamentSlug=self.slug, **more)

    def traded(
        self, table: Table, who: Member, words: str, price: float, quantity: float, **more: Any
    ) -> Any:
        """One that must be accepted."""
        answer = self.trade(table, who, words, price, quantity, **more)
        assert answer.status == 201, answer.body
        return answer.json

    def page(self, who: Member | None = None) -> Any:
        """The tournament, with its leaderboard."""
        target = f"/api/tournaments/{self.slug}"
        answer = self.world.send("GET", target) if who is None else who.call("GET", target)
        assert answer.status == 200, answer.body
        return answer.json

    def ranks(self) -> list[tuple[int, str, int]]:
        """Rank, name and equity of everybody."""
        return [
            (line["rank"], line["user"]["username"], line["equityCents"])
            for line in self.page()["leaderboard"]
        ]

    def positions(self, who: Member, query: str = "") -> Any:
        return who.get(f"/api/positions?tournamentSlug={self.slug}{query}")

    def pot(self) -> int:
        """Micro-dollars in the pot."""
        id = self.page()["tournament"]["id"].removeprefix("trn_")
        text = f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}"
        gateway = self.world.running.services.gateway
        name = f"pot:tournament:{text}"
        return int(self.world.do(gateway.inspect(lambda e: e.state.ledger.get(name, 0))))
