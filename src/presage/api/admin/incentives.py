"""Writing incentive programs. What is paid for them is counted by the worker."""

from __future__ import annotations

from presage.api.admin.catalog import id_of, put, remove
from presage.api.admin.errors import invalid, not_found, refusal
from presage.api.admin.read import micros
from presage.api.admin.writing import services_of
from presage.api.registry import Call
from presage.catalog import incentives
from presage.catalog.incentives import PROGRAMS, Program
from presage.units import (
    DOLLAR_PRICE,
    MAX_COUNT,
    Count,
    NotANumber,
    Price,
    TooPrecise,
    parse_count,
    parse_price,
)
from presage.wire.admin import catalog as wire
from presage.wire.admin.common import Done


async def put_program(call: Call[None, wire.PutProgram]) -> wire.PutDone:
    """Promise a reward in one market for one period."""
    body, services = call.body, services_of(call)
    start, end = micros(body.start_date), micros(body.end_date)
    if not start < end:
        raise invalid(call, "end_date", "a program ends after it starts")
    market = services.markets.by_ticker(body.market_ticker)
    if market is None:
        raise not_found(call, "market", body.market_ticker)
    id_ = id_of(call, "incentive_program_id")
    before = await services.reader.run(lambda connection: PROGRAMS.find(connection, id_))
    if before is not None and before.paid_at is not None:
        raise refusal(call, 409, "paid_out", "the program is paid out")
    row = Program(
        id=id_,
        market_ticker=market.ticker,
        type=body.incentive_type,
        description=body.incentive_description,
        start_at=start,
        end_at=end,
        reward=body.period_reward,
        distance=_distance(call, body.target_distance),
        discount_bps=body.discount_factor_bps,
        target_size=None if body.target_size_fp is None else _size(call, body.target_size_fp),
        max_reward=body.max_reward_per_account,
        sampled_at=0 if before is None else before.sampled_at,
        updated_at=call.at,
    )
    return await put(call, "incentive.put", id_, row, PROGRAMS.find, incentives.put)


async def delete_program(call: Call[None, wire.Remove]) -> Done:
    """Take a promise back; nothing more is paid for it."""
    id_ = call.path["incentive_program_id"]
    return await remove(call, "incentive", id_, PROGRAMS.find, incentives.remove)


def _distance(call: Call[None, wire.PutProgram], text: str) -> Price:
    try:
        price = parse_price(text)
    except (NotANumber, TooPrecise):
        price = -1
    if not 0 <= price < DOLLAR_PRICE:
        raise invalid(call, "target_distance", "a distance is dollars below 1 such as 0.03")
    return price


def _size(call: Call[None, wire.PutProgram], text: str) -> Count:
    try:
        count = parse_count(text)
    except (NotANumber, TooPrecise):
        count = 0
    if not 0 < count <= MAX_COUNT:
        raise invalid(call, "target_size_fp", "a size is contracts such as 500.00")
    return count
