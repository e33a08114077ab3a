"""Events that are not published: what an operator wrote down, and how it is looked at.

A draft is one document in its row; nothing of it is on the exchange. Publishing is
`api/admin/events.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from presage.api.kalshi.services import Services
from presage.api.site.money import price_cents
from presage.api.site.options import YES, event_id
from presage.api.site.sponsors import sponsor_on
from presage.api.site.strings import maybe_printed
from presage.domain.markets import PRICE_STRUCTURES
from presage.site import categories, slugs
from presage.site.events import SiteEvent
from presage.units import Micros, Price
from presage.wire.site import events as wire

DEFAULT_STRUCTURE: Final = "linear_cent"


class DraftOption(msgspec.Struct, frozen=True):
    """`opening` is where the house begins to quote, 0: in the middle of nowhere."""

    label: str
    ticker: str
    image_url: str = ""
    opening: Price = 0


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What is published. `series` and `category` may not exist yet; `open_at` 0: when it is
    published. `subsidy` in cents is what the house market maker may lose, 0: there is none."""

    title: str
    subtitle: str = ""
    series: str
    category: str
    rules_primary: str = ""
    rules_secondary: str = ""
    options: tuple[DraftOption, ...]
    exclusive: bool = False
    open_at: Micros = 0
    close_at: Micros
    image_url: str = ""
    timer: Micros = 0
    structure: str = DEFAULT_STRUCTURE
    early_close_condition: str = ""
    subsidy: int = 0


def draft_of(row: SiteEvent) -> Draft:
    """The document in a draft's row."""
    return msgspec.json.decode(row.draft, type=Draft)


def written(draft: Draft) -> str:
    """The document as it is kept."""
    return msgspec.json.encode(draft).decode()


def with_tickers(
    event_ticker: str, options: Sequence[tuple[str, str, Price]], taken: Sequence[str] = ()
) -> tuple[DraftOption, ...]:
    """Options (label, picture, opening price) with a ticker each; `taken` are those of others."""
    made: dict[str, DraftOption] = {}
    known = set(taken)
    for label, image_url, opening in options:
        code = slugs.code_of(label)
        most = 64 - len(event_ticker) - 1
        ticker = f"{event_ticker}-" + slugs.free(
            code[:most], lambda code: f"{event_ticker}-{code}" in known, most
        )
        known.add(ticker)
        made[ticker] = DraftOption(label, ticker, image_url, opening)
    return tuple(made.values())


def draft_page(services: Services, row: SiteEvent) -> wire.EventDetail:
    """A draft in the shape of the event that it will be."""
    draft = draft_of(row)
    person = services.site.people.find(row.created_by)
    suggester = services.site.people.find(row.suggested_by)
    name = draft.category
    return wire.EventDetail(
        id=event_id(row),
        slug=row.slug,
        event_ticker=row.ticker,
        series_ticker=draft.series,
        title=draft.title,
        subtitle=draft.subtitle or None,
        category=wire.CategoryRef(slug=categories.slug_of(name), name=name),
        tags=row.tags,
        featured=row.featured,
        image_url=draft.image_url or None,
        sponsor=sponsor_on(services.site, row, services.clock()),
        status="DRAFT",
        mutually_exclusive=draft.exclusive,
        open_at=maybe_printed(draft.open_at),
        close_at=maybe_printed(draft.close_at),
        resolved_at=None,
        volume_contracts=0,
        volume_cents=0,
        volume_24h_cents=0,
        liquidity_cents=0,
        open_interest=0,
        trader_count=0,
        comment_count=0,
        is_watched=False,
        options=[_option(draft, one, at) for at, one in enumerate(draft.options)],
        description=row.description,
        rules_primary=draft.rules_primary,
        rules_secondary=draft.rules_secondary,
        resolution_source=row.resolution_source,
        clarifications=[],
        resolution=None,
        disputes=0,
        created_by=None if person is None else person.username,
        suggested_by=None if suggester is None else suggester.username,
        related_slugs=[],
        early_close_condition=draft.early_close_condition or None,
    )


def _option(draft: Draft, one: DraftOption, order: int) -> wire.Option:
    """It has no id yet: its ticker stands there, and goes on leading to it."""
    step = min(band.step for band in PRICE_STRUCTURES[draft.structure])
    return wire.Option(
        id=one.ticker,
        market_ticker=one.ticker,
        label=one.label or YES,
        image_url=one.image_url or None,
        status="DRAFT",
        order=order,
        yes_bid_cents=None,
        yes_ask_cents=None,
        no_bid_cents=None,
        no_ask_cents=None,
        last_price_cents=None,
        prob_bps=one.opening or None,
        normalized_prob_bps=None,
        mark_source=None,
        change_24h_bps=None,
        volume_contracts=0,
        open_interest=0,
        tick_cents=price_cents(step),
        fractional=draft.structure != DEFAULT_STRUCTURE,
        result=None,
        settlement_value_cents=None,
    )
