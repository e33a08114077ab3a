"""Positions with what they are worth, and the sums of the portfolio."""

from __future__ import annotations

from random import Random

import pytest

from presage.engine.engine import Engine
from presage.engine.invariants import check
from tests.api.site.dealing import Table
from tests.api.site.world import Member, World, code_of


@pytest.fixture(name="table")
def _table(world: World) -> Table:
    world.set("streakBonuses", False)
    return Table(world)


@pytest.fixture(name="ann")
def _ann(world: World) -> Member:
    return world.join()


@pytest.fixture(name="bob")
def _bob(world: World) -> Member:
    return world.join()


def test_worth_at_the_mark(table: Table, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    shown = table.position(ann)
    assert (shown["markSource"], shown["markPriceCents"]) == ("LAST", 40)
    table.rest(bob, "buy yes", 44, 5)
    table.rest(bob, "buy no", 52, 5)
    shown = table.position(ann)
    assert (shown["markSource"], shown["markPriceCents"]) == ("MID", 46)
    assert (shown["marketValueCents"], shown["unrealizedPnlCents"]) == (460, 60)
    assert (shown["unrealizedPnlBps"], shown["bestExitPriceCents"]) == (1_500, 44)
    assert shown["maxPayoutCents"] == 1_000
    theirs = table.position(bob)
    assert (theirs["side"], theirs["quantity"], theirs["markPriceCents"]) == ("NO", 10, 54)
    assert theirs["id"] != shown["id"]
    summary = ann.get("/api/positions")["summary"]
    assert summary["investedCents"] == 400
    assert summary["portfolioValueCents"] == summary["balanceCents"] + 460 == 100_060
    assert (summary["unrealizedPnlCents"], summary["todayPnlCents"]) == (60, 60)
    assert (summary["openPositions"], summary["openOrders"]) == (1, 0)
    assert summary["reserved"]["ordersCents"] == summary["reservedCents"] == 0


def test_open_and_closed(table: Table, world: World, ann: Member, bob: Member) -> None:
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    id_ = table.position(ann)["id"]
    table.rest(bob, "buy yes", 45, 10)
    table.traded(ann, "sell yes", 45, 10)
    assert ann.get("/api/positions")["positions"] == []
    (shown,) = ann.get("/api/positions?status=closed")["positions"]
    assert (shown["id"], shown["status"], shown["quantity"]) == (id_, "CLOSED", 0)
    assert (shown["realizedPnlCents"], shown["averagePriceCents"]) == (50, None)
    summary = ann.get("/api/positions")["summary"]
    assert (summary["realizedPnlCents"], summary["todayPnlCents"]) == (50, 50)
    other = Table(world)
    other.rest(bob, "buy no", 60, 1)
    other.traded(ann, "buy yes", 40, 1)
    assert len(ann.get("/api/positions?status=all")["positions"]) == 2
    page = ann.get("/api/positions?status=all&limit=1")
    assert page["positions"][0]["marketTicker"] == other.ticker
    rest = ann.get(f"/api/positions?status=all&limit=1&cursor={page['nextCursor']}")
    assert [one["id"] for one in rest["positions"]] == [id_]
    assert rest["nextCursor"] is None
    assert len(ann.get(f"/api/positions?eventSlug={other.slug}")["positions"]) == 1


def test_refusals(world: World, ann: Member) -> None:
    for wrong in ("status=maybe", "limit=0", "limit=1001", "cursor=x"):
        assert ann.call("GET", f"/api/positions?{wrong}").status == 400
    for path in ("/api/positions?eventSlug=none", "/api/positions?tournamentSlug=none"):
        assert code_of(ann.call("GET", path)) == (404, "not_found")
    assert world.send("GET", "/api/positions").status == 401


def test_a_new_day_counts_from_its_beginning(
    table: Table, world: World, ann: Member, bob: Member
) -> None:
    table.rest(bob, "buy no", 60, 10)
    table.traded(ann, "buy yes", 40, 10)
    table.rest(bob, "buy yes", 48, 5)
    table.rest(bob, "buy no", 50, 5)
    world.now += 86_400_000_000 - world.now % 86_400_000_000 + 1
    assert ann.get("/api/positions")["summary"]["todayPnlCents"] == 0
    table.traded(ann, "sell yes", 48, 5)
    # five were sold a cent below the mark of midnight; the others are marked at the last price
    assert ann.get("/api/positions")["summary"]["todayPnlCents"] == -10


def test_random_trading_through_both_doors_keeps_one_ledger(world: World) -> None:
    """Whatever is done through either API, both print the same money and the same contracts."""
    world.set("streakBonuses", False)
    random, table = Random(11), Table(world, fees="1")
    people = [world.join() for _ in range(3)]
    for number in range(150):
        who = random.choice(people)
        words = f"{random.choice(('buy', 'sell'))} {random.choice(('yes', 'no'))}"
        price, size = random.choice((30, 45, 50, 55, 70)), random.randint(1, 9)
        if random.random() < 0.3:
            side, price_text = random.choice(("bid", "ask")), f"{price / 100:.4f}"
            body = {
                "ticker": table.ticker,
                "side": side,
                "price": price_text,
                "count": f"{size}.00",
                "time_in_force": random.choice(("good_till_canceled", "immediate_or_cancel")),
                "self_trade_prevention_type": "taker_at_cross",
            }
            signer = random.choice((world.one, world.two))
            answer = world.call("POST", "/trade-api/v2/portfolio/events/orders", body, signer)
        elif random.random() < 0.1:
            answer = who.call("DELETE", "/api/limit-orders?all=1")
        else:
            act = random.choice((table.order, table.trade))
            answer = act(who, words, price, size)
        assert answer.status in (200, 201, 400, 402, 409), (number, answer.body)
    services = world.running.services

    def books(engine: Engine) -> None:
        check(engine.state)

    world.do(services.gateway.inspect(books))
    for who in people:
        person = services.site.people.by_username(who.username)
        assert person is not None
        found = services.accounts.of(person.number)[0]
        summary = who.get("/api/positions?status=all")["summary"]
        assert summary["balanceMicros"] == found.cash
        assert summary["availableCents"] == found.available // 10_000
        held = table.position(who)
        if held is not None:
            signed = found.positions.get(services.markets.by_ticker(table.ticker).id, 0)  # type: ignore[union-attr]
            assert held["quantity"] * 100 == abs(signed)
        left = sum(
            trade["remainingQuantity"] for trade in who.get("/api/trades?status=open")["trades"]
        )
        assert left == (held["quantity"] if held else 0)
