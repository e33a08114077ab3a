"""Live cricket beside the events that are about it. A match that is over here settles nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.api.site import finding
from presage.api.site.errors import try_again
from presage.api.site.event_pages import bring
from presage.api.site.naming import name_events
from presage.api.site.options import label_of, title_of
from presage.api.site.services import services_of
from presage.api.site.strings import maybe_printed, printed
from presage.feeds.cards import EventCard
from presage.providers.cricket import LiveSports, Match
from presage.providers.latest import PAUSE
from presage.site.search import words
from presage.units import SECOND, Micros
from presage.wire.site import outside as wire

STALE_FOR: Final[Micros] = 900 * SECOND
"""How old what we show may be when the provider does not answer."""
TAG: Final = "cricket:"
"""An event with the tag `cricket:` and at least eight characters of a match's id is about it."""
_SHORTEST_ID: Final = 8
_ALL: Final = "live"
MAX_EVENTS: Final = 10


async def get_live_cricket(call: Call[None, None]) -> wire.LiveCricket:
    """List live cricket matches, with the events that are about them."""
    services = services_of(call)
    outside = services.site.outside
    provider = outside.cricket
    if provider is None:
        return wire.LiveCricket(
            configured=False, provider=None, matches=[], stale=False, updated_at=None
        )

    found = await outside.matches.get(_ALL, lambda: _live(provider))
    if found.value is None or outside.wall() - found.at > STALE_FOR:
        raise try_again(
            "provider_unavailable", "The provider of scores does not answer.", PAUSE // SECOND
        )
    about = await _events_about(services, found.value)
    return wire.LiveCricket(
        configured=True,
        provider=provider.name,
        matches=[_match(one, slugs) for one, slugs in zip(found.value, about, strict=True)],
        stale=found.stale,
        updated_at=printed(found.at),
    )


async def _live(provider: LiveSports) -> tuple[Match, ...]:
    return tuple(await provider.live())


def _match(one: Match, slugs: list[str]) -> wire.Match:
    return wire.Match(
        id=one.id,
        series=one.series,
        format=one.format,
        venue=one.venue,
        start_at=maybe_printed(one.start_at),
        status=one.status,
        status_text=one.status_text,
        teams=[
            wire.Team(
                name=team.name,
                short=team.short,
                score=team.score,
                wickets=team.wickets,
                overs=team.overs,
            )
            for team in one.teams
        ],
        result=one.result or None,
        event_slugs=slugs,
    )


async def _events_about(services: Services, matches: Sequence[Match]) -> list[list[str]]:
    """For each match the events that an operator has tagged with it, then open ones that name both
    teams."""
    await name_events(services)
    await finding.index(services)
    named = [_candidates(services, match) for match in matches]
    await bring(services, [card for cards in named for card in cards])
    return [
        list(dict.fromkeys((*_tagged(services, match), *_named(services, match, cards))))[
            :MAX_EVENTS
        ]
        for match, cards in zip(matches, named, strict=True)
    ]


def _candidates(services: Services, match: Match) -> list[EventCard]:
    """Open events with words that begin as those of both teams do, newest first."""
    said = " ".join(team.name for team in match.teams)
    if len(match.teams) < 2 or not all(words(team.name) for team in match.teams):
        return []
    ranks = services.site.search.find(said)
    cards = (services.markets.event_by_id(event) for event in sorted(ranks, reverse=True))
    return [card for card in cards if finding.stage(card) == "open" and not card.collection]


def _named(services: Services, match: Match, cards: Sequence[EventCard]) -> list[str]:
    """Those that have all words of both teams in title and labels."""
    teams = {word for team in match.teams for word in words(team.name)}
    slugs = []
    for card in cards:
        row = services.site.events.by_ticker(card.ticker)
        texts = [title_of(card), *(label_of(one) for one in card.markets)]
        if row is not None and not row.is_draft and teams <= set(words(" ".join(texts))):
            slugs.append(row.slug)
    return slugs


def _tagged(services: Services, match: Match) -> list[str]:
    rows = (row for row in services.site.events.all() if row.tags and not row.is_draft)
    return [row.slug for row in rows if any(_means(tag, match) for tag in row.tags)]


def _means(tag: str, match: Match) -> bool:
    id = tag.lower().removeprefix(TAG)
    return id != tag.lower() and len(id) >= _SHORTEST_ID and match.id.lower().startswith(id)
