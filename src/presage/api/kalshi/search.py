"""What a search can be narrowed by: the tags of series, and what operators wrote about sports."""

from __future__ import annotations

from typing import Final

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import sports
from presage.wire.kalshi import search as wire

MAX_SPORTS: Final = 1_000


async def get_tags_by_categories(
    call: Call[None, None],
) -> wire.GetTagsForSeriesCategoriesResponse:
    """The tags that the series of each category have."""
    services: Services = call.services
    cards = services.markets.all_series()
    await services.markets.texts.bring(services.reader, cards)
    tags: dict[str, set[str]] = {}
    for card in cards:
        text = card.text
        assert text is not None, "the series' text was just brought"
        for category in {text.category, *text.categories} - {""}:
            tags.setdefault(category, set()).update(text.tags)
    return wire.GetTagsForSeriesCategoriesResponse(
        {category: sorted(found) for category, found in sorted(tags.items())}
    )


async def get_filters_by_sport(call: Call[None, None]) -> wire.GetFiltersBySportsResponse:
    """The scopes and competitions of each sport, and the order of the sports."""
    services: Services = call.services
    rows = await services.reader.run(lambda connection: sports.every(connection, MAX_SPORTS))
    return wire.GetFiltersBySportsResponse(
        {
            row.sport: wire.SportFilterDetails(
                row.scopes,
                {name: wire.ScopeList(scopes) for name, scopes in row.competitions.items()},
            )
            for row in rows
        },
        [row.sport for row in rows],
    )
