"""What tests of outcomes do again and again: events whose options were traded and have closed."""

from __future__ import annotations

import itertools
import time
from typing import Any

from presage.domain.commands import Tick
from presage.units import SECOND
from tests.api.admin.world import DAY, rfc3339
from tests.api.asking import Answer
from tests.api.site.trading import trade
from tests.api.site.world import Member, World

_COUNT = itertools.count(1)
REASON = "The official figures say otherwise."


class Case:
    """A published event whose options are closed; `yes` and `no` have traded each of them."""

    def __init__(
        self, world: World, *labels: str, exclusive: bool = False, closed: bool = True, **event: Any
    ) -> None:
        self.world = world
        title = f"Case number {next(_COUNT)}"
        wanted = {"title": title, "category": "Courts", "mutuallyExclusive": exclusive, **event}
        options = [{"label": label} for label in labels or ("Yes",)]
        closes = rfc3339(world.now // SECOND + 10 * DAY)
        made = world.admin("POST", "/events", options=options, closeAt=closes, **wanted)["event"]
        self.slug = str(made["slug"])
        shown = world.admin("POST", f"/events/{self.slug}/publish")["event"]
        self.ids = [str(one["id"]) for one in shown["options"]]
        self.tickers = [str(one["marketTicker"]) for one in shown["options"]]
        self.yes, self.no = world.join(), world.join()
        self.start = {who.username: cents(who)[0] for who in (self.yes, self.no)}
        for ticker in self.tickers:
            trade(self.yes, self.no, ticker, 4_000, 10)
        if closed:
            world.admin("POST", f"/events/{self.slug}/close")

    def event(self) -> Any:
        """The event's page."""
        return self.world.send("GET", f"/api/events/{self.slug}").json["event"]

    def act(self, verb: str, **body: Any) -> Any:
        """A verb of the operator that must succeed."""
        self.world.now += SECOND
        return self.world.admin("POST", f"/events/{self.slug}/{verb}", **body)

    def resolve(self, *results: str, **body: Any) -> Any:
        """Each option's result in turn; it must succeed."""
        said = [
            {"optionId": id, "result": result}
            for id, result in zip(self.ids, results, strict=False)
        ]
        return self.act("resolve", outcomes=said, **body)

    def dispute(self, who: Member, reason: str = REASON, **body: Any) -> Answer:
        self.world.now += SECOND
        wanted = {"reason": reason, **body}
        return who.call("POST", f"/api/events/{self.slug}/dispute", wanted)

    def disputed(self, who: Member, **body: Any) -> str:
        """The id of a dispute that must be taken."""
        answer = self.dispute(who, **body)
        assert answer.status == 201, answer.body
        return str(answer.json["dispute"]["id"])

    def wait(self, hours: float) -> None:
        """The clock goes on, and what is due is done."""
        self.world.now += round(hours * 3_600) * SECOND
        tick(self.world)


def tick(world: World) -> None:
    """Whatever time has brought about is done."""
    world.do(world.running.services.gateway.submit(Tick(), wait_for_work=True))


def decide(world: World, who: Member, dispute: str, decision: str, **body: Any) -> Answer:
    """By an administrator at a browser."""
    world.now += SECOND
    wanted = {"reason": "a test", "decision": decision, **body}
    return who.click("POST", f"/api/admin/disputes/{dispute}/decide", wanted)


def cents(who: Member) -> tuple[int, int]:
    """What is available, and the bonds that are set aside."""
    summary = who.get("/api/positions")["summary"]
    return summary["availableCents"], summary["reserved"]["bondsCents"]


def stamp(at: int) -> str:
    """A moment in whole seconds as it is printed."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at // SECOND)) + ".000Z"
