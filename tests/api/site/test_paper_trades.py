"""Trading on paper: priced from the book that is displayed, which never notices."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import pytest

from presage.domain.ids import account_id
from presage.projections import fills, orders
from tests.api.site.dealing import Table
from tests.api.site.playing import HOUR, Contest
from tests.api.site.test_trades_export import download
from tests.api.site.trading import number_of, settle, void
from tests.api.site.world import Member, World, code_of


@pytest.fixture(autouse=True)
def _no_bonuses(world: World) -> None:
    world.set("streakBonuses", False)
    world.set("EXPORTS_PER_HOUR", 0)


@pytest.fixture(name="table")
def _table(world: World) -> Table:
    return Table(world)


@pytest.fixture(name="ann")
def _ann(world: World) -> Member:
    return world.join()


@pytest.fixture(name="bob")
def _bob(world: World) -> Member:
    return world.join()


def book(world: World, table: Table) -> Any:
    found = world.send("GET", f"/api/orderbook/{table.ticker}").json
    return found["yes"], found["no"], found["sequence"]


def test_the_book_is_looked_at_and_not_touched(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 67, 4)
    table.rest(bob, "buy no", 66, 6)
    contest, before = Contest(world, ann), book(world, table)
    answer = contest.traded(table, ann, "buy yes", 34, 10)
    trade = answer["trade"]
    assert [(fill["priceCents"], fill["quantity"]) for fill in trade["fills"]] == [(33, 4), (34, 6)]
    assert (trade["averagePriceCents"], trade["grossCents"], trade["cashDeltaCents"]) == (
        33.6,
        336,
        -336,
    )
    assert (trade["source"], trade["status"], trade["result"]) == ("TOURNAMENT", "OPEN", "FILLED")
    assert (answer["balanceCents"], answer["availableCents"]) == (99_664, 99_664)
    position = answer["position"]
    assert (position["side"], position["quantity"], position["costCents"]) == ("YES", 10, 336)
    assert book(world, table) == before
    # nothing of it on the real side, on either API
    assert ann.get("/api/trades")["trades"] == ann.get("/api/positions")["positions"] == []
    assert ann.get("/api/auth/me")["user"]["balanceCents"] == 100_000
    account = account_id(number_of(ann))
    reader = world.running.services.reader
    assert world.do(reader.run(lambda c: fills.page(c, [account], 9))) == []
    assert world.do(reader.run(lambda c: orders.page(c, [account], 9))) == []
    listed = contest.positions(ann)
    assert listed["positions"] == [position]
    assert listed["summary"]["balanceCents"] == 99_664
    mine = ann.get(f"/api/trades?tournamentSlug={contest.slug}")["trades"]
    assert mine == [{k: v for k, v in trade.items() if k != "fills"}]


def test_depth_is_not_used_twice(world: World, table: Table, ann: Member, bob: Member) -> None:
    cyd = world.join()
    table.rest(cyd, "buy no", 60, 10)
    contest = Contest(world, ann, bob)
    contest.traded(table, ann, "buy yes", 40, 7)
    half = contest.traded(table, ann, "buy yes", 40, 7)["trade"]
    assert (half["filledQuantity"], half["result"]) == (3, "PARTIAL")
    gone = contest.trade(table, ann, "buy yes", 40, 1)
    assert code_of(gone) == (409, "no_fill")
    # each player has the whole of it
    contest.traded(table, bob, "buy yes", 40, 10, fillOrKill=True)
    # what comes new is there, and no more than that
    table.rest(cyd, "buy no", 60, 2)
    assert contest.traded(table, ann, "buy yes", 40, 9)["trade"]["filledQuantity"] == 2
    # an order that is placed anew is another one
    cyd.call("DELETE", f"/api/limit-orders?optionId={table.ticker}")
    table.rest(cyd, "buy no", 60, 5)
    assert contest.traded(table, ann, "buy yes", 40, 9)["trade"]["filledQuantity"] == 5


def test_no_coming_and_going_gives_depth_back(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 10)
    contest = Contest(world, ann)
    contest.traded(table, ann, "buy yes", 40, 10)
    # one's own real order at that price comes and goes
    table.rest(ann, "buy no", 60, 50)
    ann.call("DELETE", f"/api/limit-orders?optionId={table.ticker}")
    assert code_of(contest.trade(table, ann, "buy yes", 40, 1)) == (409, "no_fill")
    # somebody else's as well
    cyd = world.join()
    table.rest(cyd, "buy no", 60, 50)
    cyd.call("DELETE", f"/api/limit-orders?optionId={table.ticker}")
    assert code_of(contest.trade(table, ann, "buy yes", 40, 1)) == (409, "no_fill")


def test_nobody_trades_with_himself_on_paper(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    """A real offer of one's own, taken on paper and then taken back, would be a gift."""
    contest = Contest(world, ann)
    table.rest(ann, "buy no", 98, 50)
    assert code_of(contest.trade(table, ann, "buy yes", 2, 50)) == (409, "no_fill")
    table.rest(bob, "buy no", 98, 3)
    assert contest.traded(table, ann, "buy yes", 2, 50)["trade"]["filledQuantity"] == 3
    assert code_of(contest.trade(table, ann, "buy yes", 2, 1)) == (409, "no_fill")


def test_what_is_really_traded_was_in_front(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 10)
    contest = Contest(world, ann)
    contest.traded(table, ann, "buy yes", 40, 4)
    table.traded(ann, "buy yes", 40, 5)
    assert contest.traded(table, ann, "buy yes", 40, 9)["trade"]["filledQuantity"] == 5


def test_a_restart_gives_no_depth_back(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 10)
    contest = Contest(world, ann)
    contest.traded(table, ann, "buy yes", 40, 8)
    table.rest(bob, "buy no", 60, 1)
    world.restart()
    world.set("streakBonuses", False)
    assert contest.traded(table, ann, "buy yes", 40, 9)["trade"]["filledQuantity"] == 3
    assert code_of(contest.trade(table, ann, "buy yes", 40, 1)) == (409, "no_fill")


def test_opposite_contracts_net_first_in_first_out(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 4)  # YES at 40
    table.rest(bob, "buy no", 50, 4)  # YES at 50
    table.rest(bob, "buy yes", 30, 20)  # NO at 70
    contest = Contest(world, ann)
    first = contest.traded(table, ann, "buy yes", 50, 8)["trade"]["id"]
    answer = contest.traded(table, ann, "buy no", 70, 9)
    trade, position = answer["trade"], answer["position"]
    assert (trade["nettedQuantity"], trade["remainingQuantity"]) == (8, 1)
    # eight came in for 360 and went out for 240; one NO cost 70
    assert trade["cashDeltaCents"] == 240 - 70
    assert trade["realizedPnlCents"] == -120
    assert (position["side"], position["quantity"], position["costCents"]) == ("NO", 1, 70)
    assert answer["balanceCents"] == 100_000 - 360 + 170
    trades = ann.get(f"/api/trades?tournamentSlug={contest.slug}&status=closed")["trades"]
    assert [(one["id"], one["realizedPnlCents"]) for one in trades] == [(first, -120)]


def test_a_sale_sells_what_is_held_and_no_more(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 5)
    table.rest(bob, "buy yes", 35, 20)
    contest = Contest(world, ann)
    short = contest.trade(table, ann, "sell yes", 35, 1)
    assert code_of(short) == (409, "insufficient_position")
    contest.traded(table, ann, "buy yes", 40, 5)
    short = contest.trade(table, ann, "sell yes", 35, 6)
    assert (short.json["heldQuantity"], short.json["reservedQuantity"]) == (5, 0)
    assert contest.trade(table, ann, "sell no", 1, 1).status == 409
    sold = contest.traded(table, ann, "sell yes", 35, 5)
    assert (sold["trade"]["realizedPnlCents"], sold["trade"]["status"]) == (-25, "CLOSED")
    assert sold["position"]["status"] == "CLOSED"
    assert contest.positions(ann)["positions"] == []
    assert len(contest.positions(ann, "&status=closed")["positions"]) == 1


def test_fees_are_those_of_a_taker(world: World, ann: Member, bob: Member) -> None:
    table = Table(world, fees="1")
    table.rest(bob, "buy no", 50, 100)
    contest = Contest(world, ann)
    paper = contest.traded(table, ann, "buy yes", 50, 100)["trade"]
    real = table.traded(ann, "buy yes", 50, 100)["trade"]
    assert paper["feeCents"] == real["feeCents"] == 175
    assert paper["cashDeltaCents"] == real["cashDeltaCents"]


def test_refusals(world: World, table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 50, 5)
    contest = Contest(world, ann)
    poor = contest.trade(table, ann, "buy yes", 50, 2_001)
    assert code_of(poor) == (402, "insufficient_funds")
    assert (poor.json["requiredCents"], poor.json["availableCents"]) == (100_050, 100_000)
    killed = contest.trade(table, ann, "buy yes", 50, 6, fillOrKill=True)
    assert code_of(killed) == (409, "not_enough_liquidity")
    assert killed.json["availableQuantity"] == 5
    none = contest.trade(table, ann, "buy yes", 49, 6)
    assert code_of(none) == (409, "no_fill")
    assert none.json["bestPriceCents"] == 50
    assert code_of(contest.trade(table, bob, "buy yes", 50, 1)) == (403, "forbidden")
    unknown = table.trade(ann, "buy yes", 50, 1, tournamentSlug="no-such-cup")
    assert code_of(unknown) == (404, "not_found")
    contest.traded(table, ann, "buy yes", 50, 1, clientOrderId="paper-1")
    again = contest.trade(table, ann, "buy yes", 50, 1, clientOrderId="paper-1")
    assert code_of(again) == (409, "duplicate_client_order_id")
    world.admin("POST", f"/markets/{table.ticker}/pause")
    paused = contest.trade(table, ann, "buy yes", 50, 1)
    assert (code_of(paused), paused.json["status"]) == ((409, "market_not_open"), "PAUSED")


def test_only_while_it_runs_and_only_what_counts(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 50, 5)
    early = Contest(world, ann, starts=1)
    assert code_of(early.trade(table, ann, "buy yes", 50, 1)) == (409, "conflict")
    other = Contest(world, ann, eventFilter={"slugs": ["something-else"]})
    assert code_of(other.trade(table, ann, "buy yes", 50, 1)) == (409, "conflict")
    this = Contest(world, ann, ends=2, eventFilter={"slugs": [table.slug]})
    this.traded(table, ann, "buy yes", 50, 1)
    world.now += 2 * HOUR
    assert code_of(this.trade(table, ann, "buy yes", 50, 1)) == (409, "conflict")


def test_an_outcome_pays_the_bankroll(world: World, table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    other = Table(world)
    other.rest(bob, "buy no", 50, 100)
    contest = Contest(world, ann, bankrollCents=1_000)
    contest.traded(table, ann, "buy yes", 40, 10)
    settle(world, table.ticker, 10_000)
    closed = contest.positions(ann, "&status=closed")
    assert closed["summary"]["balanceCents"] == 1_600
    assert closed["summary"]["realizedPnlCents"] == 600
    assert closed["positions"][0]["realizedPnlCents"] == 600
    trade = ann.get(f"/api/trades?tournamentSlug={contest.slug}")["trades"][0]
    assert (trade["status"], trade["remainingQuantity"], trade["realizedPnlCents"]) == (
        "CLOSED",
        0,
        600,
    )
    # and can be traded with
    answer = contest.traded(other, ann, "buy yes", 50, 32)
    assert answer["balanceCents"] == 0
    assert contest.ranks() == [(1, ann.username, 1_600)]


def test_a_void_option_never_was(world: World, table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    table.rest(bob, "buy yes", 20, 10)
    contest = Contest(world, ann)
    contest.traded(table, ann, "buy yes", 40, 10)
    contest.traded(table, ann, "sell yes", 20, 4)
    void(world, table.ticker)
    card = world.running.services.markets.by_ticker(table.ticker)
    assert card is not None
    assert (card.status, card.result) == ("finalized", "")
    assert contest.ranks() == [(1, ann.username, 100_000)]
    assert contest.positions(ann)["summary"]["realizedPnlCents"] == 0


def test_the_same_key_trades_once(world: World, table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 50, 5)
    contest = Contest(world, ann)
    more = {"headers": {"idempotency_key": "paper-key"}}
    first = contest.traded(table, ann, "buy yes", 50, 1, **more)
    again = contest.traded(table, ann, "buy yes", 50, 1, **more)
    assert first == again
    assert len(ann.get(f"/api/trades?tournamentSlug={contest.slug}")["trades"]) == 1


def test_the_export_of_a_tournament(world: World, table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 5)
    table.rest(bob, "buy no", 50, 5)
    table.rest(bob, "buy yes", 30, 5)
    contest = Contest(world, ann)
    contest.traded(table, ann, "buy yes", 50, 10)
    contest.traded(table, ann, "sell yes", 30, 5)
    table.traded(ann, "buy yes", 40, 1)
    settle(world, table.ticker, 10_000)
    _, text = download(world, ann, f"?tournamentSlug={contest.slug}")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["order_type"] for row in rows] == ["MARKET"] * 3 + ["SETTLEMENT"]
    assert {row["tournament"] for row in rows} == {contest.slug}
    assert {row["source"] for row in rows} == {"TOURNAMENT"}
    total = sum(float(row["cash_delta_cents"]) for row in rows)
    gained = sum(float(row["realized_pnl_cents"]) for row in rows)
    assert total == gained == -450 + 150 + 500
    assert contest.positions(ann)["summary"]["balanceCents"] == 100_200
    _, real = download(world, ann)
    assert contest.slug not in real


def test_pages_of_paper_trades_and_positions(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    other = Table(world)
    for one in (table, other):
        one.rest(bob, "buy no", 50, 50)
    contest = Contest(world, ann)
    for one in (table, other, table):
        contest.traded(one, ann, "buy yes", 50, 1)
    target = f"/api/trades?tournamentSlug={contest.slug}"
    whole = ann.get(target)["trades"]
    assert [one["marketTicker"] for one in whole] == [table.ticker, other.ticker, table.ticker]
    first = ann.get(f"{target}&limit=2")
    rest = ann.get(f"{target}&limit=2&cursor={first['nextCursor']}")
    assert first["trades"] + rest["trades"] == whole
    assert len(ann.get(f"{target}&optionId={other.ticker}")["trades"]) == 1
    assert len(contest.positions(ann, f"&eventSlug={table.slug}")["positions"]) == 1
    page = contest.positions(ann, "&limit=1")
    more = contest.positions(ann, f"&limit=1&cursor={page['nextCursor']}")
    assert len(page["positions"]) == len(more["positions"]) == 1
    assert page["positions"] != more["positions"]
    for target in ("/api/positions", "/api/trades", "/api/me/trades/export"):
        stranger = bob.call("GET", f"{target}?tournamentSlug={contest.slug}")
        assert code_of(stranger) == (403, "forbidden")
        unknown = bob.call("GET", f"{target}?tournamentSlug=no-such-cup")
        assert code_of(unknown) == (404, "not_found")


def test_paper_comes_to_what_the_real_thing_does(world: World, ann: Member, bob: Member) -> None:
    """The same orders against two books that are alike: one traded, one on paper."""
    tables = [Table(world, fees="1"), Table(world, fees="1")]
    contest, chance = Contest(world, ann), random.Random(7)
    told = ("cashDeltaCents", "feeCents", "nettedQuantity", "filledQuantity", "averagePriceCents")
    done = 0
    for _ in range(40):
        price, size = chance.randint(40, 47), chance.randint(1, 9)  # never meets another
        words = chance.choice(("buy yes", "buy no"))
        for table in tables:
            table.order(bob, words, price, size)
        words = chance.choice(("buy yes", "buy no", "sell yes", "sell no"))
        price, size = chance.randint(40, 60), chance.randint(1, 9)
        real = tables[0].trade(ann, words, price, size)
        paper = contest.trade(tables[1], ann, words, price, size)
        assert real.status == paper.status, (real.body, paper.body)
        if real.status == 201:
            done += 1
            one, other = real.json["trade"], paper.json["trade"]
            assert [one[name] for name in told] == [other[name] for name in told]
            held, own = real.json["position"], paper.json["position"]
            for name in ("side", "quantity", "costCents", "realizedPnlCents", "feesCents"):
                assert held[name] == own[name], name
    assert done > 10
    states = ("status", "remainingQuantity", "realizedPnlCents")
    lists = [
        ann.get(f"/api/trades?limit=100&{query}")["trades"]
        for query in (f"optionId={tables[0].ticker}", f"tournamentSlug={contest.slug}")
    ]
    first, second = ([[one[name] for name in states] for one in found] for found in lists)
    assert first == second
