"""Incentive programs: what is, was and will be paid for liquidity and volume."""

from __future__ import annotations

from msgspec import UNSET

from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import incentives
from presage.catalog.incentives import Program
from presage.units import format_count, whole_contracts
from presage.wire.kalshi import incentives as wire
from presage.wire.kalshi.times import rfc3339


async def get_incentive_programs(
    call: Call[wire.GetIncentiveProgramsQuery, None],
) -> wire.GetIncentiveProgramsResponse:
    """List incentive programs, those that start last first."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, int, str)
    after = None if place is None else (int(place[0]), str(place[1]))
    rows = await services.reader.run(
        lambda connection: incentives.page(
            connection,
            query.limit + 1,
            after,
            now=call.at,
            status=None if query.status == "all" else query.status,
            type=None if query.type == "all" else query.type,
            description=query.incentive_description,
        )
    )
    page = rows[: query.limit]
    more = len(rows) > len(page)
    cursor = services.cursors.seal(call, (page[-1].start_at, page[-1].id)) if more else ""
    return wire.GetIncentiveProgramsResponse([_printed(services, row) for row in page], cursor)


def _printed(services: Services, row: Program) -> wire.IncentiveProgram:
    card = services.markets.by_ticker(row.market_ticker)
    assert card is not None, "a program is for a market, and markets stay"
    size = row.target_size
    return wire.IncentiveProgram(
        id=row.id,
        market_id=services.ids.text(card.id, Kind.MARKET),
        market_ticker=row.market_ticker,
        incentive_type=row.type,
        incentive_description=row.description,
        start_date=rfc3339(row.start_at),
        end_date=rfc3339(row.end_at),
        period_reward=row.reward,
        paid_out=row.paid_at is not None,
        discount_factor_bps=UNSET if row.discount_bps is None else row.discount_bps,
        target_size=UNSET if size is None else whole_contracts(size),
        target_size_fp=UNSET if size is None else format_count(size),
        max_reward_per_account=UNSET if row.max_reward is None else row.max_reward,
    )
