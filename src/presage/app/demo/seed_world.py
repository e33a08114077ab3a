"""Puts what the demo knows about the world on an exchange, once, in one submission of rows.

Whether it was done is told by the first milestone: what operators changed or deleted since then is
left as it is.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from presage.app.demo import world
from presage.catalog import collections, exchange, incentives, milestones, targets, weather
from presage.catalog.live_data import EVENT_LIVE_DATA, LIVE_DATA
from presage.catalog.sports import SPORT_FILTERS
from presage.catalog.weather import CITIES
from presage.domain.commands import Command
from presage.domain.ids import SeriesId
from presage.domain.plan_commands import PlanFees, PlanPause
from presage.gateway import Gateway, Receipt
from presage.units import Micros

FEES_OF = "KXSTORMS"
"""The series whose fees change by themselves."""


async def seed_world(gateway: Gateway, clock: Callable[[], Micros]) -> bool:
    """Write it unless it was written before; whether it was new.

    Raises: what `Gateway.submit` raises.
    """
    at = clock()
    window = world.window(at)
    new = False

    def write(connection: Connection) -> Command | None:
        nonlocal new
        if milestones.find(connection, world.FINAL) is not None:
            return None
        new = True
        write_world(connection, at)
        number = exchange.add_window(connection, window)
        return PlanPause(number, window.from_at, window.until_at, window.exchange)

    receipt = await gateway.submit(None, write)
    assert isinstance(receipt, Receipt), f"the demo's maintenance was refused: {receipt}"
    series = await gateway.inspect(
        lambda engine: [one.id for one in engine.state.series.values() if one.ticker == FEES_OF]
    )
    if new and series:
        await _plan_fees(gateway, series[0], world.fees_due(at))
    return new


async def _plan_fees(gateway: Gateway, series: SeriesId, due: Micros) -> None:
    receipt = await gateway.submit(PlanFees(series, 0, "quadratic", 5_000, due))
    assert isinstance(receipt, Receipt), f"the demo's fees were refused: {receipt}"


def write_world(connection: Connection, at: Micros) -> None:
    for milestone in world.milestones(at):
        milestones.put(connection, milestone)
    for target in world.targets(at):
        targets.put(connection, target)
    for live in world.live_data(at):
        LIVE_DATA.put(connection, live)
    for chart in world.event_live_data(at):
        EVENT_LIVE_DATA.put(connection, chart)
    for city in world.cities(at):
        CITIES.put(connection, city)
    weather.write(connection, world.CITY, world.points(at))
    for sport in world.sports(at):
        SPORT_FILTERS.put(connection, sport)
    for program in world.programs(at):
        incentives.put(connection, program)
    for collection in world.collections(at):
        collections.put(connection, collection)
    exchange.announce(connection, world.announcement(at))
