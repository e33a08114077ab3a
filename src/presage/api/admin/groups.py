"""Categories and series as operators keep them: lists, names, places."""

from __future__ import annotations

from typing import Any

import msgspec

from presage.api.admin.errors import invalid, not_found, refusal
from presage.api.admin.event_texts import line
from presage.api.admin.read import series_of
from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.api.site import pages
from presage.api.site.event_pages import category_of
from presage.catalog.series import SERIES_TEXTS, SeriesText
from presage.feeds.cards import Card, SeriesCard
from presage.feeds.printing import multiplier
from presage.site import categories as rows
from presage.wire.admin import events as wire
from presage.wire.admin.common import Done


async def list_categories(call: Call[None, None]) -> wire.Categories:
    """List categories: those that were written down, then those that events use all the same."""
    services = services_of(call)
    cards: list[Card] = [*services.markets.all_series(), *services.markets.all_events()]
    await services.markets.texts.bring(services.reader, cards)
    used = {category_of(card) for card in services.markets.all_events()}
    used |= {card.text.category for card in services.markets.all_series() if card.text is not None}
    listed = await services.reader.run(rows.every)
    known = {one.slug for one in listed}
    others = {rows.slug_of(name): name for name in sorted(used) if name}
    return wire.Categories(
        categories=[
            *(_shown(one) for one in listed),
            *(
                wire.Category(slug=slug, name=name, position=0, listed=False)
                for slug, name in others.items()
                if slug not in known
            ),
        ]
    )


async def create_category(call: Call[None, wire.PutCategory]) -> wire.CategoryDone:
    """Write a category down."""
    name = line(call.body.name, "name", 60)
    slug = call.body.slug or rows.slug_of(name)
    if slug != rows.slug_of(name):
        raise invalid(call, "slug", f"of this name is {rows.slug_of(name)}")
    row = rows.Category(slug, name, call.body.position, call.at)

    def then(connection: Any, audit: int) -> None:
        if rows.find(connection, slug) is not None:
            raise refusal(call, 409, "conflict", f"there is a category {slug} already", "name")
        rows.put(connection, row)

    written = await write(call, "category.create", slug, then)
    return wire.CategoryDone(seq=written.seq, audit_id=written.audit_id, category=_shown(row))


async def change_category(call: Call[None, wire.ChangeCategory]) -> wire.CategoryDone:
    """Spell a category's name otherwise, or move it in the list."""
    slug, body = call.path["slug"], call.body
    changed: rows.Category | None = None

    def then(connection: Any, audit: int) -> None:
        nonlocal changed
        now = rows.find(connection, slug)
        if now is None:
            raise not_found(call, "category", slug)
        name = now.name if body.name is None else line(body.name, "name", 60)
        if rows.slug_of(name) != slug:
            raise invalid(call, "name", "may be spelled otherwise, but its slug stays")
        place = now.position if body.position is None else body.position
        changed = rows.Category(slug, name, place, call.at)
        rows.put(connection, changed)

    written = await write(call, "category.change", slug, then)
    assert changed is not None, "else it was refused"
    return wire.CategoryDone(seq=written.seq, audit_id=written.audit_id, category=_shown(changed))


async def delete_category(call: Call[None, wire.Act]) -> Done:
    """Erase a category; events keep its name."""
    slug = call.path["slug"]

    def then(connection: Any, audit: int) -> None:
        if rows.find(connection, slug) is None:
            raise not_found(call, "category", slug)
        rows.remove(connection, slug)

    written = await write(call, "category.delete", slug, then)
    return Done(seq=written.seq, audit_id=written.audit_id)


def _shown(row: rows.Category) -> wire.Category:
    return wire.Category(slug=row.slug, name=row.name, position=row.position, listed=True)


async def list_series(call: Call[wire.ListSeries, None]) -> wire.SeriesList:
    """List series, newest first."""
    services = services_of(call)
    after = pages.after(call, int)
    last = None if after is None else int(after[0])
    cards = [
        card for card in reversed(services.markets.all_series()) if last is None or card.id < last
    ]
    cut = pages.cut(call, cards[: pages.wanted(call)], lambda card: (card.id,))
    await services.markets.texts.bring(services.reader, cut.rows)
    return wire.SeriesList(series=[_series(card) for card in cut.rows], next_cursor=cut.next_cursor)


async def change_series(call: Call[None, wire.ChangeSeries]) -> wire.SeriesDone:
    """Change what is written about a series."""
    card, body = series_of(call, call.path["ticker"]), call.body
    services = services_of(call)
    given = {
        name: getattr(body, name)
        for name in body.__struct_fields__
        if name != "reason" and getattr(body, name) is not None
    }
    if "category" in given:
        given["categories"] = (given["category"],) if given["category"] else ()

    def then(connection: Any, audit: int) -> None:
        text = SERIES_TEXTS.find(connection, card.ticker) or SeriesText(ticker=card.ticker)
        SERIES_TEXTS.put(connection, msgspec.structs.replace(text, **given, updated_at=call.at))

    written = await write(call, "series.change", card.ticker, then)
    services.markets.rewritten(card, call.at)
    await services.markets.texts.bring(services.reader, [card])
    return wire.SeriesDone(seq=written.seq, audit_id=written.audit_id, series=_series(card))


async def delete_series(call: Call[None, wire.Act]) -> Done:
    """Erase what is written about a series that has no events; its ticker is never free again."""
    card = series_of(call, call.path["ticker"])
    if card.events:
        raise refusal(call, 409, "wrong_status", "the series has events")

    def then(connection: Any, audit: int) -> None:
        SERIES_TEXTS.remove(connection, card.ticker)

    written = await write(call, "series.delete", card.ticker, then)
    services_of(call).markets.rewritten(card, call.at)
    return Done(seq=written.seq, audit_id=written.audit_id)


def _series(card: SeriesCard) -> wire.Series:
    text = card.text or SeriesText(ticker=card.ticker)
    return wire.Series(
        ticker=card.ticker,
        title=text.title,
        category=text.category,
        tags=text.tags,
        frequency=text.frequency,
        fee_type=card.fee_type,
        fee_multiplier=str(multiplier(card.multiplier)),
        events=len(card.events),
    )
