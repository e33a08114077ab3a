"""The historical tier: live and historical lists together hold everything, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

import pytest

from presage.domain.combo_commands import CreateCombo
from presage.domain.combos import ComboLeg
from presage.domain.commands import CreateSeries, OpenAccount, SetMarketTimes
from presage.domain.cutoffs import Cutoffs, SetCutoffs
from presage.domain.facts import SeriesCreated
from presage.units import SECOND
from tests.api.kalshi.world import DAY, EVENT, TICKER, World, only, order_v2
from tests.wire.contract import GENERATIONS, faults, needs_reference

pytestmark = pytest.mark.anyio

KEYS: Final = {
    "markets": "ticker",
    "trades": "trade_id",
    "fills": "trade_id",
    "orders": "order_id",
    "market_positions": "ticker",
}
LIVE: Final = {
    "markets": "/markets",
    "trades": "/markets/trades",
    "fills": "/portfolio/fills",
    "orders": "/portfolio/orders",
    "market_positions": "/portfolio/positions?settlement_status=all",
}
HISTORICAL: Final = {
    "markets": "/historical/markets",
    "trades": "/historical/trades",
    "fills": "/historical/fills",
    "orders": "/historical/orders",
    "market_positions": "/historical/positions",
}
OVER: Final = "SNOW-26-OLD"
"""A market that was settled, with its only event, before the cutoff of `old_times`."""


async def listed(
    world: World,
    kind: str,
    path: str,
    limit: int = 1_000,
    between: Callable[[], Any] | None = None,
    who: str = "ann",
) -> list[str]:
    """The keys of all pages; `between` happens after the first of them."""
    found: list[str] = []
    cursor = ""
    while True:
        mark = "&" if "?" in path else "?"
        body = await world.get(who, f"{path}{mark}limit={limit}&cursor={cursor}")
        found += [one[KEYS[kind]] for one in body[kind]]
        cursor = body["cursor"]
        if not cursor:
            return found
        if between is not None:
            await between()
            between = None


async def trade(world: World, ticker: str, price: str = "0.4000", count: str = "1.00") -> None:
    sell = order_v2("ask", price, count, ticker=ticker)
    await world.post("bob", "/portfolio/events/orders", sell)
    buy = order_v2("bid", price, count, ticker=ticker)
    await world.post("ann", "/portfolio/events/orders", buy)


async def cut(world: World, at: int | None = None, **one: int) -> None:
    """Move every cutoff to now (or to `at`), or one."""
    now = world.clock.now + SECOND if at is None else at
    moved = one or {"markets": now, "trades": now, "orders": now, "positions": now}
    await world.run(SetCutoffs(**moved))


async def old_times(world: World) -> None:
    """A market is traded, settled and put behind the cutoff; then RAIN-26-YES is traded."""
    await world.add_markets("SNOW-26", OVER)
    await trade(world, OVER)
    await world.settle(OVER, 10_000)
    await cut(world)
    await trade(world, TICKER)


async def test_nothing_is_historical_until_the_operator_says_so(world: World) -> None:
    await trade(world, TICKER)
    await world.settle(TICKER, 0)
    for kind, path in HISTORICAL.items():
        assert await listed(world, kind, path) == []
    cutoff = await world.get("ann", "/historical/cutoff")
    assert set(cutoff.values()) == {"1970-01-01T00:00:00Z"}


async def test_each_list_has_its_side(world: World) -> None:
    await old_times(world)
    for kind in KEYS:
        live, over = (
            await listed(world, kind, LIVE[kind]),
            await listed(world, kind, HISTORICAL[kind]),
        )
        assert len(live) == len(over) == 1, kind
        assert live != over
    assert await listed(world, "market_positions", "/portfolio/positions") == [TICKER]
    (position,) = (await world.get("ann", "/historical/positions"))["market_positions"]
    assert (position["position_fp"], position["realized_pnl_dollars"]) == ("0.00", "0.600000")


async def test_one_market_is_live_or_historical(world: World) -> None:
    await old_times(world)
    span = (
        f"start_ts={(world.clock.now - DAY) // SECOND}&end_ts={(world.clock.now + DAY) // SECOND}"
    )
    for ticker, event, live, over in ((TICKER, EVENT, 200, 404), (OVER, "SNOW-26", 404, 200)):
        candles = f"candlesticks?{span}&period_interval=60"
        for path, status in (
            (f"/markets/{ticker}", live),
            (f"/series/S-{event}/markets/{ticker}/{candles}", live),
            (f"/historical/markets/{ticker}", over),
            (f"/historical/markets/{ticker}/{candles}", over),
        ):
            assert (await world.ask("ann", "GET", path)).status == status, path
        both = f"/markets/{candles}&market_tickers={ticker}"
        found = [one["market_ticker"] for one in (await world.get("ann", both))["markets"]]
        assert found == ([ticker] if live == 200 else [])


async def test_events_stay_without_their_historical_markets(world: World) -> None:
    await old_times(world)
    tickers = await world.get("ann", "/events?with_nested_markets=true")
    markets = {e["event_ticker"]: [m["ticker"] for m in e["markets"]] for e in tickers["events"]}
    assert markets == {EVENT: [TICKER], "SNOW-26": []}
    assert (await world.get("ann", "/events/SNOW-26"))["markets"] == []
    settled = await world.get("ann", "/events?status=settled")
    assert [one["event_ticker"] for one in settled["events"]] == ["SNOW-26"]


async def test_what_rests_or_is_unsettled_never_moves(world: World) -> None:
    resting = await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.0500"))
    await trade(world, TICKER)
    for _ in range(3):
        world.clock.now += DAY // 4
        await cut(world)
    assert await listed(world, "orders", LIVE["orders"]) == [resting["order_id"]]
    assert await listed(world, "market_positions", "/portfolio/positions") == [TICKER]
    assert await listed(world, "markets", LIVE["markets"]) == [TICKER]


async def test_an_old_order_that_ends_late_is_live(world: World) -> None:
    order = await world.post("ann", "/portfolio/events/orders", order_v2("bid", "0.0500"))
    for wait in (SECOND, 7_200 * SECOND):
        world.clock.now += wait
        await cut(world)
    path = f"/portfolio/events/orders/{order['order_id']}"
    assert (await world.ask("ann", "DELETE", path)).status == 200
    assert await listed(world, "orders", LIVE["orders"]) == [order["order_id"]]
    await cut(world)
    assert await listed(world, "orders", LIVE["orders"]) == []
    assert await listed(world, "orders", HISTORICAL["orders"]) == [order["order_id"]]


async def test_each_thing_has_its_own_cutoff(world: World) -> None:
    await trade(world, TICKER)
    await cut(world, trades=world.clock.now + SECOND)
    assert await listed(world, "fills", LIVE["fills"]) == []
    assert len(await listed(world, "orders", LIVE["orders"])) == 1
    cutoff = await world.get("ann", "/historical/cutoff")
    assert cutoff["trades_created_ts"] > cutoff["orders_updated_ts"] == "1970-01-01T00:00:00Z"


async def test_filters(world: World) -> None:
    await world.add_markets("ICE-26", "ICE-A", "ICE-B")
    times = {}
    for ticker in ("ICE-A", "ICE-B"):
        await trade(world, ticker)
        times[ticker] = world.clock.now // SECOND
        await world.settle(ticker, 0)
    await cut(world)
    for kind in ("trades", "fills", "orders", "market_positions"):
        path = HISTORICAL[kind]
        assert len(await listed(world, kind, f"{path}?ticker=ICE-A")) == 1
        assert await listed(world, kind, f"{path}?ticker=NONE") == []
    for kind in ("trades", "fills", "orders"):
        path = f"{HISTORICAL[kind]}?max_ts={times['ICE-A']}"
        assert await listed(world, kind, path) == (await listed(world, kind, HISTORICAL[kind]))[1:]
        path = f"{HISTORICAL[kind]}?min_ts={times['ICE-A'] + 1}"
        assert await listed(world, kind, path) == (await listed(world, kind, HISTORICAL[kind]))[:1]
    for query, wanted in {
        "tickers=ICE-A,NONE": ["ICE-A"],
        "event_ticker=ICE-26&mve_filter=exclude": ["ICE-B", "ICE-A"],
        "series_ticker=S-ICE-26": ["ICE-B", "ICE-A"],
        "event_ticker=NONE": [],
        f"series_ticker=S-{EVENT}": [],
        f"tickers={TICKER}": [],
    }.items():
        assert await listed(world, "markets", f"/historical/markets?{query}") == wanted, query
    positions = "/historical/positions?event_ticker="
    assert len(await listed(world, "market_positions", f"{positions}ICE-26")) == 2
    assert await listed(world, "market_positions", f"{positions}{EVENT}") == []
    assert await listed(world, "trades", "/historical/trades?is_block_trade=true") == []


async def test_combos_may_be_left_out(world: World) -> None:
    card = world.services.markets.by_ticker(TICKER)
    assert card is not None
    legs = (ComboLeg(card.id, "yes"),)
    made = await world.run(CreateSeries("KXMVE-R"))
    await world.run(CreateCombo(1, only(SeriesCreated, made).series, "KXMVE-R", legs))
    await world.settle(TICKER, 10_000)
    world.clock.now += DAY
    await world.run(OpenAccount(2))  # what is due happens first
    await cut(world)
    every = await listed(world, "markets", HISTORICAL["markets"])
    assert len(every) == 2
    alone = await listed(world, "markets", f"{HISTORICAL['markets']}?mve_filter=exclude")
    assert alone == [TICKER]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("markets?tickers=A&event_ticker=B", "event_ticker"),
        ("markets?tickers=A&series_ticker=B", "series_ticker"),
        ("markets?event_ticker=A&series_ticker=B", "series_ticker"),
        ("markets?mve_filter=only", "mve_filter"),
        ("markets?limit=1001", "limit"),
        ("trades?limit=1001", "limit"),
        ("fills?limit=0", "limit"),
        ("orders?limit=1001", "limit"),
        ("orders?cursor=nonsense", "cursor"),
        ("fills?cursor=nonsense", "cursor"),
        ("positions?cursor=nonsense", "cursor"),
        ("positions?subaccount=64", "subaccount"),
        (f"markets/{TICKER}/candlesticks?start_ts=1&end_ts=2&period_interval=2", "period_interval"),
    ],
)
async def test_what_cannot_be_asked(world: World, path: str, field: str) -> None:
    answer = await world.ask("ann", "GET", f"/historical/{path}")
    assert answer.status == 400
    assert field.replace("_", "") in answer.body.decode().lower().replace("_", "")


async def test_a_foreign_cursor_is_ignored_where_the_live_list_ignores_it(world: World) -> None:
    await old_times(world)
    for kind in ("markets", "trades"):
        assert len((await world.get("ann", f"{HISTORICAL[kind]}?cursor=nonsense"))[kind]) == 1


async def test_candlesticks_have_names_of_their_own(world: World) -> None:
    await world.add_markets("SNOW-26", OVER)
    await trade(world, OVER)
    start = world.clock.now // SECOND
    world.clock.now += 120 * SECOND
    await world.settle(OVER, 10_000)
    await cut(world)
    query = f"start_ts={start - 3_600}&end_ts={start + 180}&period_interval=1"
    body = await world.get("ann", f"/historical/markets/{OVER}/candlesticks?{query}")
    assert body["ticker"] == OVER
    first, second = body["candlesticks"][:2]
    assert first["price"]["open"] == first["price"]["mean"] == "0.4000"
    assert first["price"]["previous"] is None
    assert second["price"]["open"] is None
    assert second["price"]["previous"] == "0.4000"
    assert (first["volume"], second["volume"]) == ("1.00", "0.00")
    assert first["open_interest"] == "1.00"
    assert set(first["yes_bid"]) == {"open", "low", "high", "close"}


@needs_reference
async def test_replies_are_as_published(world: World) -> None:
    await old_times(world)
    span = f"start_ts={(world.clock.now - DAY) // SECOND}&end_ts={world.clock.now // SECOND + 60}"
    for operation, path in {
        "GetHistoricalCutoff": "cutoff",
        "GetHistoricalMarkets": "markets",
        "GetHistoricalMarket": f"markets/{OVER}",
        "GetMarketCandlesticksHistorical": f"markets/{OVER}/candlesticks?period_interval=1&{span}",
        "GetTradesHistorical": "trades",
        "GetFillsHistorical": "fills",
        "GetHistoricalOrders": "orders",
        "GetHistoricalPositions": "positions",
    }.items():
        body = await world.get("ann", f"/historical/{path}")
        assert any(body.values()), f"{operation} has nothing to show"
        for generation in GENERATIONS:
            assert faults(generation, operation, body) == [], (operation, generation)


async def test_whoever_asks_sees_the_own_rows_only(world: World) -> None:
    await old_times(world)
    locked = await listed(world, "orders", HISTORICAL["orders"], who="ann-locked")
    assert locked == []
    (ours,) = await listed(world, "fills", HISTORICAL["fills"])
    (theirs,) = await listed(world, "fills", HISTORICAL["fills"], who="bob")
    assert ours == theirs
    mine = await listed(world, "orders", HISTORICAL["orders"])
    assert mine != await listed(world, "orders", HISTORICAL["orders"], who="bob")
    refused = await world.ask("ann-locked", "GET", "/historical/positions?subaccount=0")
    assert refused.status == 403


# Whatever happens


class Trading:
    """Random trading, settlement and cutoffs in events of one or two markets."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = Random(seed)
        self.open: list[str] = []
        self.made = 0
        self.resting: list[str] = []

    async def step(self) -> None:
        what = self.random.choices((self.trade, self.settle, self.rest, self.cancel), (6, 3, 3, 2))
        self.world.clock.now += self.random.choice((0, 50, 5_000, 100_000)) * SECOND
        await what[0]()

    async def trade(self) -> None:
        if len(self.open) < 2:
            self.made += 1
            names = [f"E{self.made}-{n}" for n in range(self.random.choice((1, 2)))]
            await self.world.add_markets(f"E{self.made}", *names)
            for name in names:
                card = self.world.services.markets.by_ticker(name)
                assert card is not None
                far = self.world.clock.now + 4_000 * DAY
                await self.world.run(SetMarketTimes(card.id, 0, far))
            self.open += names
        await self._order(self.random.choice(("0.4000", "0.6000")))

    async def rest(self) -> None:
        await self._order("0.0100")

    async def _order(self, price: str) -> None:
        if not self.open:
            return
        ticker = self.random.choice(self.open)
        for who, side in (("bob", "ask"), ("ann", "bid")):
            if price == "0.0100" and who == "bob":
                continue
            asked = order_v2(side, price, ticker=ticker)
            answer = await self.world.ask(who, "POST", "/portfolio/events/orders", asked)
            if answer.status == 201 and price == "0.0100":
                self.resting.append(answer.json["order_id"])

    async def cancel(self) -> None:
        if self.resting:
            order = self.resting.pop(self.random.randrange(len(self.resting)))
            await self.world.ask("ann", "DELETE", f"/portfolio/events/orders/{order}")

    async def settle(self) -> None:
        if self.open and self.random.random() < 0.7:
            ticker = self.open.pop(0)
            await self.world.settle(ticker, self.random.choice((0, 10_000)))

    async def move(self) -> None:
        """Some cutoffs, to somewhere between where they are and now."""
        now = self.world.services.markets.cutoffs
        moved = {
            name: self.random.randint(getattr(now, name), self.world.clock.now)
            for name in Cutoffs.__struct_fields__
            if self.random.random() < 0.7
        }
        await self.world.run(SetCutoffs(**moved))


@pytest.mark.parametrize("seed", range(4))
async def test_live_and_historical_are_everything_and_never_both(world: World, seed: int) -> None:
    """Also while the cutoff moves between the pages of both lists: a cursor pins the cutoff that
    its first page saw."""
    trading = Trading(world, seed)
    for _ in range(4):
        for _ in range(6):
            await trading.step()
        for kind in KEYS:
            live = await listed(world, kind, LIVE[kind], 2)
            over = await listed(world, kind, HISTORICAL[kind], 2)
            assert set(live).isdisjoint(over), kind
            # Both lists begin, the cutoff moves, both go on.
            first = await world.get("ann", _page(HISTORICAL[kind], 1))
            pinned = await listed(world, kind, LIVE[kind], 1, trading.move)
            rest = []
            if first["cursor"]:
                path = _page(HISTORICAL[kind], 1_000) + f"&cursor={first['cursor']}"
                rest = (await world.get("ann", path))[kind]
            assert [one[KEYS[kind]] for one in first[kind] + rest] == over, kind
            if len(pinned) > 1:
                assert pinned == live, kind
            both = set(await listed(world, kind, LIVE[kind], 3))
            both |= set(await listed(world, kind, HISTORICAL[kind], 3))
            assert both == {*live, *over}, kind
    assert trading.world.services.markets.cutoffs.markets > 0


def _page(path: str, limit: int) -> str:
    return f"{path}{'&' if '?' in path else '?'}limit={limit}"
