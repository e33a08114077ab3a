"""The official async SDK: two members at once, one quoting both sides, the other taking.

    ./x serve                                                  # in one shell
    .venv/bin/pip install kalshi_python_async==3.2.0           # once (`./x test` has it already)
    .venv/bin/python examples/official_sdk_async.py            # in another

It trades in the practice coin of the demo content, where nobody else does, and checks what it gets.
Everything that `official_sdk.py` says about the SDK holds here too; the client is closed at the end
because it keeps connections open.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from kalshi_python_async import Configuration, KalshiClient

TICKER = "KXCOIN-PRACTICE-HEADS"
DOLLAR = 1_000_000  # micro-dollars


def connect(env_file: Path) -> KalshiClient:
    """A client with the key that an env file names."""
    env = dict(line.split("=", 1) for line in env_file.read_text().splitlines() if "=" in line)
    configuration = Configuration(host=env["KALSHI_BASE_URL"])
    configuration.api_key_id = env["KALSHI_API_KEY_ID"]
    configuration.private_key_pem = Path(env["KALSHI_PRIVATE_KEY_PATH"]).read_text()
    return KalshiClient(configuration)


async def balance(client: KalshiClient) -> int:
    """Available cash in micro-dollars."""
    reply = await client.get_balance_without_preload_content()
    whole, _, fraction = json.loads(await reply.read())["balance_dollars"].partition(".")
    return int(whole) * DOLLAR + int(fraction.ljust(6, "0"))


async def buy(client: KalshiClient, side: str, cents: int, count: int, **more: Any) -> Any:
    """A limit order to buy; prices in cents of that side."""
    name = {"client_order_id": str(uuid.uuid4()), f"{side}_price": cents}
    answer = await client.create_order(
        ticker=TICKER, action="buy", side=side, count=count, **name, **more
    )
    return answer.order


async def trade(maker: KalshiClient, taker: KalshiClient) -> None:
    before = await asyncio.gather(balance(maker), balance(taker))
    quotes = [buy(maker, "yes", cents, 5) for cents in (46, 47, 48)]
    quotes += [buy(maker, "no", cents, 5) for cents in (46, 47, 48)]
    resting = await asyncio.gather(*quotes)
    print(f"{len(resting)} orders rest, placed at once")
    book = (await maker.get_market_orderbook(TICKER)).orderbook
    print("yes bids", book.yes_dollars, "no bids", book.no_dollars)
    takes = [
        buy(taker, side, 52, 2, time_in_force="immediate_or_cancel")
        for side in ("yes", "no", "yes")
    ]
    taken = await asyncio.gather(*takes)
    assert [order.fill_count for order in taken] == [2, 2, 2], "nobody was there"
    fills = (await taker.get_fills(ticker=TICKER, limit=3)).fills
    print(f"the taker was filled {len(fills)} times, always at 52 cents")
    ids = [order.order_id for order in resting]
    await maker.batch_cancel_orders(ids=ids)
    after = await asyncio.gather(balance(maker), balance(taker))
    spent = before[1] - after[1]
    # Two pairs of yes and no are worth a dollar each at once; two yes are left. Each of the three
    # fills pays 0.07 x 2 x 0.52 x 0.48, rounded up to $0.0001.
    assert spent == 6 * 520_000 - 2 * DOLLAR + 3 * 35_000, f"the taker spent {spent}"
    assert before[0] - after[0] == 6 * 480_000 - 2 * DOLLAR, "the maker's side is off"
    print(f"the taker paid ${spent / DOLLAR:.4f} for 2 yes and the fees of three trades")


async def main() -> None:
    parser = argparse.ArgumentParser(description="Trade with the official async Kalshi SDK.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="the data directory")
    members = parser.parse_args().data / "members"
    maker, taker = connect(members / "one.env"), connect(members / "two.env")
    try:
        await trade(maker, taker)
    except AssertionError as surprise:
        sys.exit(f"SURPRISE: {surprise}")
    finally:
        await asyncio.gather(maker.close(), taker.close())
    print("Everything was as it should be.")


if __name__ == "__main__":
    asyncio.run(main())
