"""An exchange on which everything that can be listed has happened at least once.

`Ground` is what the rows of the walk stand on: an operator's world, two members who have traded,
and short words for making one more of something that a row uses up.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from presage.units import SECOND
from tests.api.admin.samples import (
    CHART,
    CITY,
    GAME,
    LIVE,
    NOW,
    POINTS,
    PROGRAM,
    SPORT,
    TEAM,
    ladder,
)
from tests.api.admin.world import DAY, Person, World, rfc3339
from tests.api.asking import Answer

TRADE: Final = "/trade-api/v2"
EVENT: Final = "LADDER-E"
SERIES: Final = "LADDER-S"
MARKET: Final = "LADDER-1"
OLD: Final = "PAST-1"
BIDS: Final = {"yes_bid": "0.4000", "no_bid": "0.5500", "rest_remainder": False}


class Ground:
    """`one` is who asks, unless a wish says otherwise."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory)
        self.people = {"one": self.world.one, "two": self.world.two}
        self._numbers = 0
        self._made: set[str] = set()
        self._past()
        self.cutoff = rfc3339(self.seconds)
        self.world.now += SECOND
        self._catalog()
        self._trading()
        self._settled()
        self._money()
        self._calendar()
        self.user_ids = [self._user_id(one) for one in ("one", "two")]
        self.quote = self.quoted(self.rfq())
        self.block_trade()
        self.group()
        self.world.now += 60 * SECOND

    def close(self) -> None:
        self.world.close()

    # Asking

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Answer:
        """Whatever the trading API answers."""
        return self.world.call(method, TRADE + path, body, self.people[who])

    def done(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """As `ask`, and it must be done."""
        answer = self.ask(who, method, path, body)
        assert answer.status < 300, (method, path, answer)
        return answer.json if answer.body else None

    # One more of something

    def once(self, what: str) -> bool:
        """Whether this is asked for the first time."""
        first = what not in self._made
        self._made.add(what)
        return first

    def market(self, **more: Any) -> str:
        """An open market of nobody."""
        self._numbers += 1
        ticker = f"WALK-{self._numbers}"
        self.world.admin("POST", "/events", event_ticker=f"{ticker}-E", series_ticker=SERIES)
        return self.world.add_market(ticker, f"{ticker}-E", **more)

    def wish(self, ticker: str = MARKET, **more: Any) -> dict[str, Any]:
        """A second-generation order that rests."""
        return {
            "ticker": ticker,
            "side": "bid",
            "count": "2.00",
            "price": "0.0900",
            "client_order_id": str(uuid4()),
            "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        } | more

    def wish_v1(self, **more: Any) -> dict[str, Any]:
        """A first-generation order that rests."""
        wish = {"ticker": MARKET, "action": "buy", "side": "yes", "count": 2, "yes_price": 9}
        return wish | {"client_order_id": str(uuid4())} | more

    def order(self, who: str = "one", **more: Any) -> str:
        """A resting order's id."""
        made = self.done(who, "POST", "/portfolio/events/orders", self.wish(**more))
        return str(made["order_id"])

    def group(self) -> str:
        """An order group with an order in it."""
        limit = {"contracts_limit": 9}
        made = self.done("one", "POST", "/portfolio/order_groups/create", limit)
        group = str(made["order_group_id"])
        self.order(order_group_id=group)
        return group

    def rfq(self, who: str = "one") -> str:
        """An open RFQ in a market of its own."""
        size = {"contracts": 5, "rest_remainder": False, "market_ticker": self.market()}
        return str(self.done(who, "POST", "/communications/rfqs", size)["id"])

    def quoted(self, rfq: str, who: str = "two") -> str:
        """An open quote on an RFQ."""
        wish = BIDS | {"rfq_id": rfq}
        return str(self.done(who, "POST", "/communications/quotes", wish)["id"])

    def accepted(self, rfq: str, maker: str = "one", requester: str = "two") -> str:
        """A quote of `maker` that waits for its confirmation."""
        quote = self.quoted(rfq, maker)
        path = f"/communications/rfqs/{rfq}/quotes/{quote}/accept"
        self.done(requester, "PUT", path, {"accepted_side": "yes"})
        return quote

    def block_trade_wish(self) -> dict[str, Any]:
        return {
            "buyer_user_id": self.user_ids[0],
            "seller_user_id": self.user_ids[1],
            "market_ticker": MARKET,
            "price_centi_cents": 4_500,
            "centicount": 250,
            "maker_side": "no",
            "expiration_ts": rfc3339(self.seconds + DAY),
        }

    def block_trade(self) -> str:
        """A proposal that both have still to accept."""
        path = "/communications/block-trade-proposals"
        made = self.done("one", "POST", path, self.block_trade_wish())
        return str(made["block_trade_proposal_id"])

    def key(self) -> str:
        """Another key of its member."""
        made = self.done("one", "POST", "/api_keys/generate", {"name": "walk"})
        return str(made["api_key_id"])

    def newcomer(self) -> str:
        """Somebody with an order who may lose it."""
        made = self.world.admin("POST", "/members", name="New", funds="100", generate_key=True)
        self.people["new"] = Person(made["key"]["id"], made["key"]["private_key"])
        self.order("new")
        return "new"

    @property
    def seconds(self) -> int:
        """The exchange's time."""
        return self.world.now // SECOND

    @property
    def span(self) -> str:
        """A query for candles of everything that has happened."""
        return f"start_ts={NOW - 7_200}&end_ts={self.seconds + 7_200}&period_interval=60"

    # How it came to be

    def _past(self) -> None:
        """A market that was traded and settled before everything else."""
        self.world.list_market(OLD)
        self.order("two", ticker=OLD, side="ask", price="0.4000")
        self.order("one", ticker=OLD, price="0.4000")
        self.world.admin("POST", f"/markets/{OLD}/settle", result="yes")
        self.world.now += SECOND

    def _catalog(self) -> None:
        world = self.world
        ladder(world)
        world.admin("PUT", "/milestones/game-1", **GAME)
        world.admin("PUT", "/structured_targets/team-1", **TEAM)
        world.admin("PUT", "/live_data/milestone/game-1", **LIVE)
        world.admin("PUT", f"/live_data/events/{EVENT}", **CHART)
        world.admin("PUT", "/weather/miami", **CITY)
        world.admin("POST", "/weather/miami/points", **POINTS)
        world.admin("PUT", "/sports/Football", **SPORT)
        world.admin("PUT", "/incentive_programs/tight", **PROGRAM)

    def _trading(self) -> None:
        self.order("two", side="ask", price="0.5000", count="5.00")
        self.order("one", price="0.7600", count="3.00")
        self.order("one", price="0.4000")

    def _settled(self) -> None:
        ticker = self.market()
        self.order("two", ticker=ticker, side="ask", price="0.4000")
        self.order("one", ticker=ticker, price="0.4000")
        self.world.admin("POST", f"/markets/{ticker}/settle", result="0.25")

    def _money(self) -> None:
        members = self.world.admin("GET", "/members")["members"]
        numbers = {row["name"]: row["number"] for row in members}
        for kind in ("deposit", "withdrawal"):
            path = f"/members/{numbers['Member one']}/funds"
            self.world.admin("POST", path, amount="5", kind=kind)
        self.done("one", "POST", "/portfolio/subaccounts", {})
        self.done("one", "POST", "/portfolio/subaccounts/transfer", self.transfer())
        self.done("one", "POST", "/account/api_usage_level/upgrade")

    def transfer(self, **more: Any) -> dict[str, Any]:
        ends = {"from_subaccount": 0, "to_subaccount": 1, "amount_cents": 500}
        return ends | {"client_transfer_id": str(uuid4())} | more

    def _calendar(self) -> None:
        window = {
            "start_datetime": rfc3339(self.seconds + DAY),
            "end_datetime": rfc3339(self.seconds + DAY + 60),
        }
        self.world.admin("POST", "/maintenance_windows", **window)
        self.world.admin("POST", "/announcements", message="Hello")
        later = {"scheduled_ts": rfc3339(self.seconds + DAY), "fee_type": "flat"}
        self.world.admin("PATCH", f"/series/{SERIES}/fees", **later)
        self.world.admin("PATCH", f"/events/{EVENT}/fees", fee_type="flat")

    def _user_id(self, who: str) -> str:
        order = self.done(who, "GET", f"/portfolio/orders/{self.order(who)}")
        return str(order["order"]["user_id"])
