"""The textbook exchange that Presage is measured against: a web framework and a database.

It reads the same requests and does what a careful first version would: one PostgreSQL transaction
an order, which locks the market's row, the resting orders it meets and the accounts concerned (in
one order, so that nothing deadlocks), matches by price and time, and writes orders, trades,
positions and balances. It spares itself much that Presage does: signatures, fees, netting, market
times, order groups, candles, audit trail.

    python -m bench.textbook DSN PORT
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CONNECTIONS = 16
CREATE = "/trade-api/v2/portfolio/events/orders"
DOLLAR = 10_000
START_CASH = 10**12

SCHEMA = """
CREATE TABLE accounts (
  id bigserial PRIMARY KEY, key text UNIQUE NOT NULL, cash bigint NOT NULL, reserved bigint NOT NULL
);
CREATE TABLE markets (ticker text PRIMARY KEY, status text NOT NULL);
CREATE TABLE orders (
  id bigserial PRIMARY KEY, account bigint NOT NULL REFERENCES accounts, ticker text NOT NULL,
  side smallint NOT NULL, price int NOT NULL, count bigint NOT NULL, remaining bigint NOT NULL,
  status text NOT NULL, client_order_id text NOT NULL, created_at timestamptz DEFAULT now(),
  UNIQUE (account, client_order_id)
);
CREATE INDEX book ON orders (ticker, side, price, id) WHERE status = 'resting';
CREATE INDEX orders_by_account ON orders (account, created_at);
CREATE TABLE trades (
  id bigserial PRIMARY KEY, ticker text NOT NULL, price int NOT NULL, count bigint NOT NULL,
  taker bigint NOT NULL, maker bigint NOT NULL, created_at timestamptz DEFAULT now()
);
CREATE TABLE positions (
  account bigint NOT NULL, ticker text NOT NULL, count bigint NOT NULL,
  PRIMARY KEY (account, ticker)
);
"""
_MEETS = (
    "SELECT id, account, price, remaining FROM orders WHERE ticker = $1 AND side = $2 "
    "AND status = 'resting' AND price {0} $3 ORDER BY price {1}, id LIMIT 100 FOR UPDATE"
)
MEETS = (_MEETS.format("<=", "ASC"), _MEETS.format(">=", "DESC"))
LOCK = "SELECT id, cash, reserved FROM accounts WHERE id = ANY($1) ORDER BY id FOR UPDATE"
ORDER = (
    "INSERT INTO orders (account, ticker, side, price, count, remaining, status, client_order_id) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id"
)
FILL = "UPDATE orders SET remaining = $2, status = $3 WHERE id = $1"
TRADE = "INSERT INTO trades (ticker, price, count, taker, maker) VALUES ($1, $2, $3, $4, $5)"
MONEY = "UPDATE accounts SET cash = cash + $2, reserved = reserved + $3 WHERE id = $1"
HOLD = (
    "INSERT INTO positions VALUES ($1, $2, $3) "
    "ON CONFLICT (account, ticker) DO UPDATE SET count = positions.count + $3"
)


class Order(msgspec.Struct):
    ticker: str
    client_order_id: str
    side: str
    count: str
    price: str
    time_in_force: str
    self_trade_prevention_type: str


class Orders(msgspec.Struct):
    orders: list[Order]


class Refused(Exception):
    """Rolls the transaction back."""


def _cost(side: int, price: int, count: int) -> int:
    return count * (price if side == 0 else DOLLAR - price)


async def place(db: asyncpg.Connection[Any], key: str, order: Order) -> dict[str, Any]:
    """One order, one transaction. Raises: Refused."""
    side = 0 if order.side == "bid" else 1
    price, count = round(float(order.price) * DOLLAR), round(float(order.count) * 100)
    async with db.transaction():
        market = await db.fetchrow(
            "SELECT status FROM markets WHERE ticker = $1 FOR UPDATE", order.ticker
        )
        if market is None or market["status"] != "active":
            raise Refused("market")
        account = await db.fetchval("SELECT id FROM accounts WHERE key = $1", key)
        makers = await db.fetch(MEETS[side], order.ticker, 1 - side, price)
        locked = {
            row["id"]: row
            for row in await db.fetch(LOCK, [account, *{row["account"] for row in makers}])
        }
        mine = locked[account]
        if mine["cash"] - mine["reserved"] < _cost(side, price, count):
            raise Refused("insufficient balance")
        left, fills = count, []
        for maker in makers:
            taken = min(left, maker["remaining"])
            if not taken:
                break
            fills.append((maker, taken))
            left -= taken
        status = "resting" if left else "executed"
        number = await db.fetchval(
            ORDER, account, order.ticker, side, price, count, left, status, order.client_order_id
        )
        for maker, taken in fills:
            await _fill(db, order.ticker, side, number, account, maker, taken)
        await db.execute(MONEY, account, 0, _cost(side, price, left))
    return {"order_id": str(number), "fill_count": count - left, "remaining_count": left}


async def _fill(
    db: asyncpg.Connection[Any],
    ticker: str,
    side: int,
    order: int,
    account: int,
    maker: Any,
    count: int,
) -> None:
    rest, price = maker["remaining"] - count, maker["price"]
    await db.execute(FILL, maker["id"], rest, "resting" if rest else "executed")
    await db.execute(TRADE, ticker, price, count, order, maker["id"])
    paid = _cost(1 - side, price, count)
    await db.execute(MONEY, maker["account"], -paid, -paid)
    await db.execute(MONEY, account, -_cost(side, price, count), 0)
    signed = count if side == 0 else -count
    await db.execute(HOLD, account, ticker, signed)
    await db.execute(HOLD, maker["account"], ticker, -signed)


_one = msgspec.json.Decoder(Order).decode
_many = msgspec.json.Decoder(Orders).decode
_encode = msgspec.json.Encoder().encode


async def create(request: Request) -> Response:
    """POST an order."""
    order = _one(await request.body())
    async with request.app.state.pool.acquire() as db:
        return _answer(await place(db, request.headers["kalshi-access-key"], order))


async def create_many(request: Request) -> Response:
    """POST a batch: each order is a transaction of its own, as none may undo another."""
    key, batch = request.headers["kalshi-access-key"], _many(await request.body())
    async with request.app.state.pool.acquire() as db:
        return _answer({"orders": [await place(db, key, order) for order in batch.orders]})


def _answer(body: object) -> Response:
    return Response(_encode(body), 201, media_type="application/json")


def application(dsn: str) -> Starlette:
    """The web application over a database whose tables are there."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> Any:
        app.state.pool = await asyncpg.create_pool(dsn, min_size=CONNECTIONS, max_size=CONNECTIONS)
        yield
        await app.state.pool.close()

    routes = [
        Route(CREATE, create, methods=["POST"]),
        Route(f"{CREATE}/batched", create_many, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def found(dsn: str, keys: list[str], tickers: list[str]) -> None:
    """Make the tables, one account a key and the markets."""
    db = await asyncpg.connect(dsn)
    await db.execute(SCHEMA)
    accounts = [(key, START_CASH) for key in keys]
    await db.executemany("INSERT INTO accounts (key, cash, reserved) VALUES ($1, $2, 0)", accounts)
    await db.executemany("INSERT INTO markets VALUES ($1, 'active')", [(one,) for one in tickers])
    await db.close()


def main() -> None:
    """Keys and tickers come as one JSON line on standard input."""
    dsn, port = sys.argv[1], int(sys.argv[2])
    keys, tickers = msgspec.json.decode(sys.stdin.readline(), type=tuple[list[str], list[str]])
    asyncio.run(found(dsn, keys, tickers))
    uvicorn.run(
        application(dsn),
        port=port,
        http="httptools",
        loop="uvloop",
        access_log=False,
        log_level="warning",
    )


if __name__ == "__main__":
    main()
