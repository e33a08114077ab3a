"""A restart in the middle of something changes nothing: the same facts at the same moments.

Each story is told in one go, and again with a restart after every step: as after a crash (the next
process opens the files as they lay at that moment), and in the long runs also in good order.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from presage.domain.facts import Fact
from presage.storage import journal
from presage.storage.codec import NO_HASH, decode_facts
from presage.units import SECOND, Micros
from tests.api.admin.world import DAY, World, rfc3339

TRADE: Final = "/trade-api/v2"
MARKET: Final = "RAIN-1"
OTHER: Final = "RAIN-2"
COLLECTION: Final = "/multivariate_event_collections/KXMVEDAYS-R"
BLOCKS: Final = "/communications/block-trade-proposals"
How = Literal["never", "stopped", "killed"]
FULL: Final = bool(os.environ.get("PRESAGE_FULL"))
RESTARTS: Final[tuple[How, ...]] = ("killed", "stopped") if FULL else ("killed",)
Told = list[tuple[Micros, Fact]]


class Life:
    """An exchange that may be restarted, and the ids that its clients remember."""

    def __init__(self, directory: Path) -> None:
        self.world = World(directory)
        self.known: dict[str, str] = {}

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """A request that must be done; its answer."""
        person = self.world.one if who == "one" else self.world.two
        answer = self.world.call(method, TRADE + path, body, person)
        assert answer.status < 300, answer
        return answer.json if answer.body else None

    def wait(self, seconds: int) -> None:
        """Time passes, and the writer sees it."""
        self.world.now += seconds * SECOND
        self.world.do(self.world.running.services.gateway.submit(None))

    def restart(self, how: How) -> None:
        if how == "stopped":
            self.world = self.world.restarted()
        if how == "killed":
            left = self.world
            copy = left.data.with_name(f"{left.data.name}+")
            shutil.copytree(left.data, copy)
            left.close()
            self.world = World(copy, left.now)

    def end(self) -> Told:
        """Every fact there has been."""
        self.world.close()
        path = self.world.data / "exchange.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as raw:
            records = list(journal.read(raw, 0, journal.last_seq(raw), NO_HASH))
        return [(one.at, fact) for one in records for fact in decode_facts(one.facts)]


Step = Callable[[Life], object]


def listed(**more: Any) -> Step:
    return lambda life: life.world.list_market(MARKET, **more)


def resting(life: Life) -> None:
    """A book around the quotes that will come."""
    life.world.order(life.world.one, MARKET, "bid", "0.3000", "3.00")
    life.world.order(life.world.two, MARKET, "ask", "0.6000", "4.00")


def asked(life: Life) -> None:
    wish = {"market_ticker": MARKET, "contracts": 10, "rest_remainder": True}
    life.known["rfq"] = life.ask("one", "POST", "/communications/rfqs", wish)["id"]


def quoted(life: Life) -> None:
    wish = {"rfq_id": life.known["rfq"], "yes_bid": "0.4000", "no_bid": "0.5500"}
    made = life.ask("two", "POST", "/communications/quotes", wish | {"rest_remainder": False})
    life.known["quote"] = made["id"]


def quote_is(status: str) -> Step:
    def look(life: Life) -> None:
        found = life.ask("two", "GET", f"/communications/quotes/{life.known['quote']}")
        assert found["quote"]["status"] == status

    return look


def accepted(life: Life) -> None:
    path = f"/communications/quotes/{life.known['quote']}/accept"
    life.ask("one", "PUT", path, {"accepted_side": "yes"})


def confirmed(life: Life) -> None:
    life.ask("two", "PUT", f"/communications/quotes/{life.known['quote']}/confirm")


def later(seconds: int) -> Step:
    return lambda life: life.wait(seconds)


def proposed(life: Life) -> None:
    people = []
    for who, person in (("one", life.world.one), ("two", life.world.two)):
        order = life.world.order(person, MARKET, "bid", "0.0100", "1.00")
        people.append(life.ask(who, "GET", f"/portfolio/orders/{order}")["order"]["user_id"])
    wish = {
        "buyer_user_id": people[0],
        "seller_user_id": people[1],
        "market_ticker": MARKET,
        "price_centi_cents": 4_500,
        "centicount": 250,
        "maker_side": "no",
        "expiration_ts": rfc3339(life.world.now // SECOND + 60),
    }
    life.known["block"] = life.ask("one", "POST", BLOCKS, wish)["block_trade_proposal_id"]


def agreed(who: str) -> Step:
    return lambda life: life.ask(who, "POST", f"{BLOCKS}/{life.known['block']}/accept", {})


def traded(life: Life) -> None:
    life.world.order(life.world.two, MARKET, "ask", "0.4000", "5.00")
    life.world.order(life.world.one, MARKET, "bid", "0.4000", "5.00")


def operator(verb: str, ticker: str = MARKET, **body: Any) -> Step:
    return lambda life: life.world.admin("POST", f"/markets/{ticker}/{verb}", **body)


def fees_planned(life: Life) -> None:
    at = rfc3339(life.world.now // SECOND + 60)
    for path, kind in ((f"/series/{MARKET}-S/fees", "flat"), (f"/events/{MARKET}-E/fees", "")):
        life.world.admin("PATCH", path, fee_type=kind, scheduled_ts=at)


def combined(life: Life) -> None:
    """A combo of two markets, traded in."""
    admin, now = life.world.admin, life.world.now // SECOND
    life.world.add_market(OTHER, f"{MARKET}-E", settlement_timer_seconds=60)
    fees = "quadratic_with_combo_maker_fees"
    admin("POST", "/series", ticker="KXMVEDAYS", fee_type=fees, title="Combos")
    admin(
        "PUT",
        COLLECTION,
        series_ticker="KXMVEDAYS",
        title="Days",
        open_date=rfc3339(now - 60),
        close_date=rfc3339(now + DAY),
        associated_events=[{"ticker": f"{MARKET}-E"}],
        size_min=1,
        size_max=2,
        settlement_timer_seconds=120,
    )
    legs = [
        {"market_ticker": ticker, "event_ticker": f"{MARKET}-E", "side": "yes"}
        for ticker in (MARKET, OTHER)
    ]
    combo = life.ask("one", "POST", COLLECTION, {"selected_markets": legs})["market_ticker"]
    life.world.order(life.world.two, combo, "ask", "0.4000", "5.00")
    life.world.order(life.world.one, combo, "bid", "0.4000", "5.00")
    life.known["combo"] = combo


def combo_is(status: str) -> Step:
    def look(life: Life) -> None:
        found = life.ask("one", "GET", f"/markets/{life.known['combo']}")
        assert found["market"]["status"] == status

    return look


BEGUN: Final[tuple[Step, ...]] = (listed(), resting, asked, quoted, quote_is("open"), accepted)
PENDING: Final[tuple[Step, ...]] = (
    listed(settlement_timer_seconds=600),
    traded,
    operator("close"),
    operator("determine", result="yes"),
    later(300),
)
STORIES: Final[dict[str, tuple[Step, ...]]] = {
    "a quote is executed": (
        *BEGUN,
        quote_is("accepted"),
        later(5),
        confirmed,
        quote_is("confirmed"),
        later(14),
        later(1),
        quote_is("executed"),
    ),
    "a quote is never confirmed": (*BEGUN, later(29), later(1), quote_is("cancelled")),
    "an RFQ is replaced by its deletion": (
        *BEGUN[:-1],
        lambda life: life.ask("one", "DELETE", f"/communications/rfqs/{life.known['rfq']}"),
        quote_is("cancelled"),
    ),
    "a block trade": (listed(), proposed, agreed("one"), agreed("two"), later(60)),
    "a block trade that runs out": (listed(), proposed, agreed("one"), later(60)),
    "a settlement": (*PENDING, later(299), later(1)),
    "a disputed settlement": (
        *PENDING,
        operator("dispute"),
        later(600),
        operator("amend", result="no"),
        later(600),
    ),
    "a combo waits for its legs and its timer": (
        listed(settlement_timer_seconds=600),
        combined,
        operator("close"),
        operator("close", OTHER),
        operator("determine", result="yes"),
        operator("determine", OTHER, result="yes"),
        combo_is("determined"),
        later(119),
        later(481),
        combo_is("finalized"),
    ),
    "a change of fees": (listed(), traded, fees_planned, later(59), traded, later(1), traded),
    "a market that closes": (listed(), resting, later(DAY - 1), later(1), later(600)),
}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an exchange on which nothing has happened yet."""
    directory = tmp_path_factory.mktemp("founded") / "data"
    World(directory).close()
    return directory


def told(directory: Path, story: tuple[Step, ...], how: How) -> Told:
    life = Life(directory)
    for step in story:
        step(life)
        if "look" not in step.__name__:
            life.restart(how)
    return life.end()


SHORT: Final = (
    "a quote is executed",
    "a settlement",
    "a combo waits for its legs and its timer",
    "a change of fees",
)


@pytest.mark.parametrize("name", STORIES if FULL else SHORT)
def test_a_restart_at_every_step_changes_nothing(tmp_path: Path, founded: Path, name: str) -> None:
    runs = []
    for how in ("never", *RESTARTS):
        directory = shutil.copytree(founded, tmp_path / how)
        runs.append(told(directory, STORIES[name], how))
    assert len(runs[0]) > len(STORIES[name])
    for run in runs[1:]:
        assert run == runs[0]
