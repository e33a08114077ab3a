"""Two members trade with the official Kalshi SDK for Python, unmodified, until the market settles.

    ./x serve                                                  # in one shell
    .venv/bin/pip install kalshi_python_sync==3.2.0            # once (`./x test` has it already)
    .venv/bin/python examples/official_sdk.py                  # in another

It reads the members' keys from the data directory (`--data`, default `./data`), lets the operator
open a market of its own, and goes through everything a bot does: market data, resting and crossing
orders, amending, decreasing, batches, order groups, queue positions, fills, positions, candles and
settlement. After each step the balance must be what it works out from the published rules, to the
micro-dollar. It ends with exit code 1 at the first surprise.

The rules it counts by, prices in dollars:
- a resting order freezes price x contracts (NO: (1 - price) x contracts), and gives it back;
- a trade happens at the resting order's price;
- the taker pays 0.07 x contracts x p x (1 - p), rounded up to $0.0001; the maker pays nothing here;
- a settled contract pays $1 to the side that won.

What the SDK (3.2.0) needs to know: `Configuration(host=...)` plus the attributes `api_key_id` and
`private_key_pem` on it; every method of every API hangs on the one `KalshiClient`; requests are
keyword arguments in whole cents and whole contracts; a refusal is an `ApiException` whose `body` is
the exchange's JSON; `..._without_preload_content` gives the reply itself. That is needed twice: for
the exact `balance_dollars`, which the SDK's own model leaves out, and for settled markets, whose
status `finalized` it does not know (it waits for `settled`, which Kalshi never sends).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from kalshi_python_sync import ApiException, Configuration, KalshiClient

SCRIPT = Path(__file__).resolve().parents[1] / "x"
SERIES = "KXEXAMPLE"
CENT, DOLLAR = 10_000, 1_000_000  # micro-dollars


class Trader:
    """One member: an SDK client and what its balance must be."""

    def __init__(self, name: str, env_file: Path) -> None:
        env = dict(line.split("=", 1) for line in env_file.read_text().splitlines() if "=" in line)
        configuration = Configuration(host=env["KALSHI_BASE_URL"])
        configuration.api_key_id = env["KALSHI_API_KEY_ID"]
        configuration.private_key_pem = Path(env["KALSHI_PRIVATE_KEY_PATH"]).read_text()
        self.name = name
        self.sdk = KalshiClient(configuration)
        self.expected = self.balance()

    def balance(self) -> int:
        """Available cash in micro-dollars."""
        reply = self.sdk.get_balance_without_preload_content()
        whole, _, fraction = json.loads(reply.data)["balance_dollars"].partition(".")
        return int(whole) * DOLLAR + int(fraction.ljust(6, "0"))

    def check(self, change: int, why: str) -> None:
        """The balance must have changed by exactly so much."""
        self.expected += change
        found = self.balance()
        if found != self.expected:
            fail(f"{self.name}: {why}: balance is off by {dollars(found - self.expected)}")
        say(f"  {self.name:3} {dollars(change):>12}  {why}")

    def buy(self, ticker: str, side: str, price: int, count: int, **more: Any) -> Any:
        """A limit order to buy `count` contracts of `side` at `price` cents."""
        return self.sdk.create_order(
            ticker=ticker,
            action="buy",
            side=side,
            count=count,
            client_order_id=str(uuid.uuid4()),
            **{f"{side}_price": price},
            **more,
        ).order


def say(text: str) -> None:
    print(text, flush=True)


def fail(text: str) -> NoReturn:
    print(f"SURPRISE: {text}", file=sys.stderr)
    sys.exit(1)


def need(fact: bool, text: str) -> None:
    if not fact:
        fail(text)


def dollars(amount: int) -> str:
    sign = "-" if amount < 0 else "+"
    return f"{sign}${abs(amount) // DOLLAR}.{abs(amount) % DOLLAR:06d}"


def taker_fee(count: int, cents: int) -> int:
    """0.07 x count x p x (1 - p), rounded up to $0.0001."""
    return -(-7 * count * cents * (100 - cents) // 100) * 100


def refused(status: int, code: str, call: Any) -> None:
    """The call must be refused like that."""
    try:
        call()
    except ApiException as error:
        body = json.loads(error.body)
        found = body.get("error", body)["code"]
        need((error.status, found) == (status, code), f"expected {status} {code}: {error.body}")
        say(f"  refused as it should be: {status} {code}")
    else:
        fail(f"accepted what should be refused with {status} {code}")


class Operator:
    """The person who runs the exchange, at the command line."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def __call__(self, *words: str, may_fail: bool = False) -> None:
        """`./x presage admin WORDS`."""
        command = [str(SCRIPT), "presage", "admin", *words, "--data", str(self.data)]
        command += ["--reason", "example"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and not may_fail:
            fail(f"{' '.join(words)}: {done.stderr or done.stdout}")

    def open_market(self) -> str:
        """A market that nobody else trades in."""
        stamp = f"{datetime.now(UTC):%y%b%d%H%M%S}".upper()
        event = f"{SERIES}-{stamp}"
        closes = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds")
        self("series", "create", SERIES, "--title", "Examples", may_fail=True)  # may be there
        self("event", "create", event, "--series", SERIES, "--title", f"Example {stamp}")
        ticker = f"{event}-YES"
        self("market", "create", ticker, "--event", event, "--close-time", closes)
        say(f"the operator opened {ticker}")
        return ticker


def look_around(one: Trader) -> None:
    say("\n# Market data")
    need(one.sdk.get_exchange_status().trading_active, "trading is not active")
    cursor, tickers = None, []
    while cursor != "":
        page = one.sdk.get_markets(status="open", limit=25, cursor=cursor)
        tickers += [market.ticker for market in page.markets]
        cursor = page.cursor or ""
    need(len(set(tickers)) == len(tickers), "a market stood on two pages")
    say(f"  {len(tickers)} open markets, {len(one.sdk.get_events(limit=200).events)} events")


def trade_with_the_house(one: Trader) -> None:
    """Where the demo's market maker is at work, take one contract of what it offers."""
    try:
        market = one.sdk.get_market("KXFEDCUT-JUNE-YES").market
    except ApiException:
        return
    if market.yes_ask not in range(1, 100):
        return
    say("\n# One contract from the market maker")
    order = one.buy(market.ticker, "yes", 99, 1, time_in_force="immediate_or_cancel")
    need(order.status == "executed", "nobody offered anything")
    price = order.taker_fill_cost
    one.check(-price * CENT - taker_fee(1, price), f"bought 1 yes at {price}c, plus fee")


def rest_and_change(one: Trader, two: Trader, ticker: str) -> str:
    say("\n# Resting orders, amend, decrease, queue positions")
    order = one.buy(ticker, "yes", 40, 10)
    need((order.status, order.remaining_count) == ("resting", 10), "the order does not rest")
    one.check(-10 * 40 * CENT, "rests: buy 10 yes at 40c")
    two.buy(ticker, "no", 55, 20)
    two.check(-20 * 55 * CENT, "rests: buy 20 no at 55c, which is selling yes at 45c")
    book = one.sdk.get_market_orderbook(ticker).orderbook
    sides = book.yes_dollars, book.no_dollars
    need(sides == ([["0.4000", "10.00"]], [["0.5500", "20.00"]]), f"wrong book: {sides}")
    changed = one.sdk.amend_order(
        order.order_id,
        ticker=ticker,
        action="buy",
        side="yes",
        client_order_id=order.client_order_id,
        updated_client_order_id=str(uuid.uuid4()),
        yes_price=42,
        count=12,
    ).order
    need((changed.yes_price, changed.remaining_count) == (42, 12), "the amend did not take")
    one.check(-(12 * 42 - 10 * 40) * CENT, "amended to 12 at 42c")
    one.sdk.decrease_order(order.order_id, reduce_by=2)
    one.check(2 * 42 * CENT, "decreased by 2")
    behind = two.buy(ticker, "yes", 42, 5)
    position = two.sdk.get_order_queue_position(behind.order_id).queue_position
    need(position == 10, f"10 contracts are ahead, not {position}")
    two.sdk.cancel_order(behind.order_id)
    two.check(0, "joined the queue behind 10 contracts, and left it")
    return str(order.order_id)


def cross(one: Trader, two: Trader, ticker: str, resting: str) -> None:
    say("\n# Crossing orders, fills, positions")
    taker = one.buy(ticker, "yes", 50, 8, time_in_force="immediate_or_cancel")
    need(taker.fill_count == 8, "the taker was not filled")
    one.check(-8 * 45 * CENT - taker_fee(8, 45), "took 8 yes at 45c (limit 50c), plus fee")
    two.check(0, "paid from what the resting order had frozen")
    two.buy(ticker, "no", 58, 4)
    two.check(-4 * 58 * CENT - taker_fee(4, 42), "took 4 no at 58c, plus fee")
    one.check(0, "bought 4 yes at 42c as the maker, no fee")
    need(one.sdk.get_order(resting).order.remaining_count == 6, "6 contracts should still rest")
    for trader, signed in ((one, 12), (two, -12)):
        fills = trader.sdk.get_fills(ticker=ticker).fills
        need(sum(fill.count for fill in fills) == 12, "the fills do not add up")
        (held,) = trader.sdk.get_positions(ticker=ticker).market_positions
        need(held.position == signed, f"{trader.name} holds {held.position}")
    say("  one holds 12 yes, two holds 12 no; both see the same two trades")


def batches(one: Trader, ticker: str) -> None:
    say("\n# Batches, and what is refused")
    wish = {"ticker": ticker, "action": "buy", "side": "yes", "count": 1}
    items = [wish | {"yes_price": 10}, wish | {"ticker": "NOT-THERE", "yes_price": 11}]
    items.append(wish | {"yes_price": 12})
    rows = one.sdk.batch_create_orders(orders=items).orders
    need([row.error is None for row in rows] == [True, False, True], "wrong item refused")
    one.check(-22 * CENT, "two of three rest; the third names no market")
    ids = [row.order.order_id for row in rows if row.order]
    one.sdk.batch_cancel_orders(ids=ids)
    one.check(22 * CENT, "both canceled in one call")
    first = one.buy(ticker, "yes", 5, 1)
    twice = {"action": "buy", "side": "yes", "count": 1, "yes_price": 5, "ticker": ticker}
    again = twice | {"client_order_id": first.client_order_id}
    refused(409, "order_already_exists", lambda: one.sdk.create_order(**again))
    kill = twice | {"count": 500, "yes_price": 50, "time_in_force": "fill_or_kill"}
    code = "fill_or_kill_insufficient_resting_volume"
    refused(409, code, lambda: one.sdk.create_order(**kill))
    poor = twice | {"count": 1_000_000, "yes_price": 99}
    refused(400, "insufficient_balance", lambda: one.sdk.create_order(**poor))
    one.sdk.cancel_order(first.order_id)
    refused(404, "not_found", lambda: one.sdk.cancel_order(first.order_id))
    one.check(0, "nothing of that cost anything")


def groups(one: Trader, two: Trader, ticker: str) -> None:
    say("\n# An order group: at most 3 contracts in 15 seconds")
    group = one.sdk.create_order_group(contracts_limit=3).order_group_id
    orders = [one.buy(ticker, "yes", price, 3, order_group_id=group) for price in (44, 43)]
    one.check(-3 * 87 * CENT, "two orders of 3 in the group")
    need(len(one.sdk.get_order_group(group).orders) == 2, "the group should list both")
    two.buy(ticker, "no", 57, 4, time_in_force="immediate_or_cancel")
    two.check(-3 * 56 * CENT - taker_fee(3, 44), "wanted 4 and got 3: the group's limit")
    states = [one.sdk.get_order(order.order_id).order.status for order in orders]
    need(states == ["executed", "canceled"], f"the limit did not stop the group: {states}")
    one.check(3 * 43 * CENT, "the group's other order was canceled")
    one.sdk.reset_order_group(group, {})
    one.sdk.delete_order_group(group)


def history(one: Trader, ticker: str) -> None:
    say("\n# Trades and candlesticks")
    trades = one.sdk.get_trades(ticker=ticker).trades
    need(sum(trade.count for trade in trades) == 15, "the public trades do not add up")
    now = int(time.time())
    candles = one.sdk.get_market_candlesticks(
        SERIES, ticker, start_ts=now - 3_600, end_ts=now + 60, period_interval=1
    ).candlesticks
    need(sum(candle.volume for candle in candles) == 15, "the candles' volume does not add up")
    say(f"  {len(trades)} trades, 15 contracts, the same in {len(candles)} one-minute candles")


def settle(one: Trader, two: Trader, ticker: str, operator: Operator) -> None:
    say("\n# The operator settles at yes")
    for trader in (one, two):
        resting = trader.sdk.get_orders(ticker=ticker, status="resting").orders
        for order in resting:
            trader.sdk.cancel_order(order.order_id)
        freed = sum(o.remaining_count * getattr(o, f"{o.side}_price") for o in resting)
        trader.check(freed * CENT, f"canceled the {len(resting)} orders that still rested")
    operator("market", "settle", ticker, "--result", "yes")
    one.check(15 * DOLLAR, "15 yes pay $1 each")
    two.check(0, "15 no pay nothing")
    for trader, revenue in ((one, 1_500), (two, 0)):
        (row,) = trader.sdk.get_settlements(ticker=ticker).settlements
        need((row.market_result, row.revenue) == ("yes", revenue), f"wrong settlement: {row}")
    market = json.loads(one.sdk.get_market_without_preload_content(ticker).data)["market"]
    need((market["status"], market["result"]) == ("finalized", "yes"), "it is not finalized")


def main() -> None:
    parser = argparse.ArgumentParser(description="Trade with the official Kalshi SDK.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="the data directory")
    data = parser.parse_args().data
    one, two = (Trader(name, data / "members" / f"{name}.env") for name in ("one", "two"))
    operator = Operator(data)
    ticker = operator.open_market()
    look_around(one)
    trade_with_the_house(one)
    resting = rest_and_change(one, two, ticker)
    cross(one, two, ticker, resting)
    batches(one, ticker)
    groups(one, two, ticker)
    history(one, ticker)
    settle(one, two, ticker, operator)
    say("\nEverything was as it should be.")


if __name__ == "__main__":
    main()
