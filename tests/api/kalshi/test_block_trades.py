"""Block trades over the API: proposals, acceptance, refusals, who sees what."""

from __future__ import annotations

from typing import Any, Final

import pytest

from presage.units import SECOND
from presage.wire.kalshi.times import rfc3339
from tests.api.kalshi.talk import BLOCKS, after, block_trade
from tests.api.kalshi.world import DAY, NOON, TICKER, World

pytestmark = pytest.mark.anyio

UNKNOWN: Final = "fe7f99a3-873e-4105-8f2b-3986816252d7"


async def proposed(world: World, who: str = "ann", **more: Any) -> str:
    made = await world.post(who, BLOCKS, block_trade(**more))
    block: str = made["block_trade_proposal_id"]
    return block


async def agreed(world: World, block: str, who: str, body: Any = None) -> None:
    answer = await world.ask(who, "POST", f"{BLOCKS}/{block}/accept", body)
    assert (answer.status, answer.body) == (204, b""), answer


async def listed(world: World, who: str, query: str = "") -> Any:
    return (await world.get(who, f"{BLOCKS}{query}"))["block_trade_proposals"]


async def test_two_yeses_make_a_trade(world: World) -> None:
    block = await proposed(world, buyer_subaccount=0)
    (row,) = await listed(world, "ann")
    assert row == {
        "id": block,
        "proposer_user_id": "user-ann",
        "buyer_user_id": "user-ann",
        "seller_user_id": "",
        "market_ticker": TICKER,
        "price_centi_cents": 4_500,
        "centicount": 1_000,
        "maker_side": "yes",
        "expiration_ts": rfc3339(NOON + DAY),
        "status": "open",
        "created_ts": row["created_ts"],
        "updated_ts": row["created_ts"],
        "buyer_accepted": False,
        "seller_accepted": False,
    }
    await agreed(world, block, "ann")
    (row,) = await listed(world, "bob")
    assert (row["buyer_accepted"], row["seller_accepted"]) == (True, False)
    assert (row["buyer_user_id"], row["seller_user_id"]) == ("", "user-bob")
    await agreed(world, block, "bob", {"subaccount": 0})
    (row,) = await listed(world, "ann")
    assert (row["status"], row["seller_accepted"]) == ("executed", True)
    assert row["buyer_accepted_ts"] < row["seller_accepted_ts"] == row["executed_ts"]
    assert "seller_order_id" not in row
    order = (await world.get("ann", f"/portfolio/orders/{row['buyer_order_id']}"))["order"]
    assert (order["status"], order["fill_count_fp"]) == ("executed", "10.00")
    (trade,) = (await world.get("ann", "/markets/trades?is_block_trade=true"))["trades"]
    assert (trade["is_block_trade"], trade["count_fp"]) == (True, "10.00")
    assert (trade["yes_price_dollars"], trade["taker_side"]) == ("0.4500", "no")
    book = (await world.get("ann", f"/markets/{TICKER}/orderbook"))["orderbook_fp"]
    assert (book["yes_dollars"], book["no_dollars"]) == ([], [])
    assert (await world.ask("bob", "POST", f"{BLOCKS}/{block}/accept")).status == 404


@pytest.mark.parametrize(
    ("body", "status", "names"),
    [
        ({"buyer_user_id": UNKNOWN}, 400, f"user_not_found:_{UNKNOWN}"),
        ({"seller_user_id": "carl"}, 400, "seller_user_id"),
        ({"seller_user_id": "user-ann"}, 400, "same member"),
        ({"seller_user_id": "user-ann", "seller_subaccount": 1}, 400, "same member"),
        ({"buyer_subaccount": 9}, 404, "not_found"),
        ({"buyer_subtrader_id": "x"}, 400, "buyer_subtrader_id"),
        ({"market_ticker": "NONE"}, 404, "market_not_found"),
        ({"price_centi_cents": 4_550}, 400, "invalid_price"),
        ({"price_centi_cents": 10_000}, 400, "invalid_price"),
        ({"price_centi_cents": 0}, 400, "PriceCentiCents"),
        ({"price_centi_cents": 2**63}, 400, ""),
        ({"centicount": 0}, 400, "Centicount"),
        ({"centicount": 10**18}, 400, "invalid_order_size"),
        ({"maker_side": "both"}, 400, "MakerSide"),
        ({"expiration_ts": rfc3339(NOON - DAY)}, 400, "expiration_ts"),
        ({"expiration_ts": "0001-01-01T00:00:00Z"}, 400, "expiration_ts"),
        ({"expiration_ts": "soon"}, 400, "expiration_ts"),
        ({"expiration_ts": "2030-01-01T00:00:00"}, 400, "expiration_ts"),
        ({"expiration_ts": 1_790_000_000}, 400, "expiration_ts"),
    ],
)
async def test_what_cannot_be_proposed(
    world: World, body: dict[str, Any], status: int, names: str
) -> None:
    answer = await world.ask("ann", "POST", BLOCKS, block_trade(**body))
    assert (answer.status, names in answer.body.decode()) == (status, True), answer
    assert await listed(world, "ann") == []


async def test_only_the_parties_can_accept(world: World) -> None:
    await world.join("cat")
    block = await proposed(world, "cat")
    assert [row["id"] for row in await listed(world, "cat")] == [block]
    assert (await listed(world, "cat"))[0]["buyer_user_id"] == ""
    for one in (block, UNKNOWN, "nonsense"):
        answer = await world.ask("cat", "POST", f"{BLOCKS}/{one}/accept", {})
        assert (answer.status, answer.error["code"]) == (404, "not_found")
    await agreed(world, block, "ann", {"subaccount": 0})
    answer = await world.ask("ann", "POST", f"{BLOCKS}/{block}/accept", {})
    assert (answer.status, answer.error["code"]) == (409, "wrong_status")
    answer = await world.ask("bob", "POST", f"{BLOCKS}/{block}/accept", {"subtrader_id": "x"})
    assert answer.status == 400
    answer = await world.ask("bob", "POST", f"{BLOCKS}/{block}/accept", {"subaccount": 3})
    assert answer.status == 404
    other = await proposed(world, "bob")
    assert [row["id"] for row in await listed(world, "cat")] == [block]
    assert [row["id"] for row in await listed(world, "ann")] == [other, block]


async def test_who_cannot_pay_is_refused(world: World) -> None:
    block = await proposed(world, buyer_subaccount=1)
    answer = await world.ask("ann", "POST", f"{BLOCKS}/{block}/accept")
    assert (answer.status, answer.error["code"]) == (400, "insufficient_balance")
    await agreed(world, block, "ann", {"subaccount": 0})


async def test_proposals_expire(world: World) -> None:
    soon = rfc3339(world.clock.now + 60 * SECOND)
    block = await proposed(world, expiration_ts=soon)
    await agreed(world, block, "ann")
    await after(world, 60)
    (row,) = await listed(world, "bob", "?status=expired")
    assert (row["id"], row["status"], row["buyer_accepted"]) == (block, "expired", True)
    assert (await world.ask("bob", "POST", f"{BLOCKS}/{block}/accept")).status == 404
    assert await listed(world, "bob", "?status=open") == []


async def test_lists(world: World) -> None:
    await world.add_markets("SNOW", "SNOW-A")
    made = [await proposed(world) for _ in range(3)]
    snow = await proposed(world, market_ticker="SNOW-A")
    found = [row["id"] for row in await listed(world, "ann")]
    assert found == [snow, *made[::-1]]
    assert [row["id"] for row in await listed(world, "bob", "?market_ticker=SNOW-A")] == [snow]
    assert await listed(world, "bob", "?market_ticker=NONE") == []
    page = await world.get("bob", f"{BLOCKS}?limit=3")
    rest = await world.get("bob", f"{BLOCKS}?limit=3&cursor={page['cursor']}")
    assert [row["id"] for row in rest["block_trade_proposals"]] == [made[0]]
    assert rest["cursor"] == ""
    for query in ("?status=done", "?limit=101", "?cursor=garbage"):
        assert (await world.ask("ann", "GET", f"{BLOCKS}{query}")).status == 400


async def test_what_keys_may_do(world: World) -> None:
    block = await proposed(world)
    for who, status in (("ann-reads", 403), ("ann-trades", 403), ("ann-locked", 403)):
        answer = await world.ask(who, "POST", f"{BLOCKS}/{block}/accept")
        assert answer.status == status
    assert (await world.ask("ann-reads", "GET", BLOCKS)).status == 200
    assert (await world.ask("ann-locked", "GET", BLOCKS)).status == 403


async def test_no_more_than_a_hundred_open_ones(world: World) -> None:
    for _ in range(100):
        await proposed(world, "bob")
    answer = await world.ask("bob", "POST", BLOCKS, block_trade())
    assert (answer.status, answer.error["code"]) == (400, "too_many_block_trade_proposals")
    await proposed(world)
