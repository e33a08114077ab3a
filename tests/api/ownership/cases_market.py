"""Events and options: everybody's."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.cases_kalshi import EVENT, ticker
from tests.api.ownership.matrix import Case, public
from tests.api.ownership.parties import Party
from tests.api.site.world import World


def event(world: World, party: Party) -> str:
    ticker(world, party)
    return EVENT


def option(world: World, party: Party) -> str:
    """An option is asked for by its market's ticker too."""
    return ticker(world, party)


CASES: Final[dict[str, Case]] = {
    "FindEvent": public(event),
    "GetEvent": public(event),
    "GetOrderBook": public(option),
}
