"""A member's bookmarked events. Whether an alert is due is found out by `workers/price_alerts.py`.

An alert on what has been crossed already waits for the next crossing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import pages
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.event_pages import show_events
from presage.api.site.naming import name_events
from presage.api.site.options import Event, event_for, option_for, option_id
from presage.api.site.services import AnyCall, services_of
from presage.api.site.strings import printed
from presage.api.site.writing import submit
from presage.feeds import marks
from presage.site import watchlist
from presage.site.watchlist import Watched
from presage.wire.site import watchlist as wire
from presage.wire.site.common import Page


async def list_watchlist(call: Call[Page, None]) -> wire.WatchlistReply:
    """List the events that one watches."""
    services, after = services_of(call), pages.after(call, int, str)
    keyset = None if after is None else (int(after[0]), str(after[1]))
    await name_events(services)
    rows = await services.reader.run(
        lambda connection: watchlist.page(
            connection, call.caller.member, pages.wanted(call), keyset
        )
    )
    cut = pages.cut(call, rows, lambda row: (row.at, row.event))
    return wire.WatchlistReply(items=await _shown(call, cut.rows), next_cursor=cut.next_cursor)


async def watch_event(call: Call[None, wire.Watch]) -> wire.WatchReply | Reply:
    """Watch an event, or change its alert."""
    member, body = call.caller.member, call.body
    event = await _event(call, body.event_slug, body.event_id)
    wanted = Watched(member, event.row.id, call.at)
    if body.alert is not None:
        wanted = await _with_alert(call, event, wanted, body.alert)
    found: list[tuple[Watched, bool]] = []

    def rows(connection: Any) -> None:
        before = watchlist.find(connection, member, event.row.id)
        if before is None and watchlist.count(connection, member) >= watchlist.MOST:
            raise refuse("limit_reached", f"A list holds {watchlist.MOST} events.")
        kept = wanted
        if before is not None:
            kept = msgspec.structs.replace(wanted, at=before.at, reminded=before.reminded)
        watchlist.put(connection, kept)
        found.append((kept, before is None))

    await submit(call, None, rows)
    kept, new = found[-1]
    (item,) = await _shown(call, [kept])
    shown = wire.WatchReply(item=item)
    return shown if new else Reply(200, shown)


async def unwatch_event(call: Call[wire.Unwatch, wire.Unwatch]) -> wire.Removed:
    """Watch an event no more."""
    asked, body = call.query, call.body
    slug, id = asked.event_slug or body.event_slug, asked.event_id or body.event_id
    event = await _event(call, slug, id)
    removed: list[bool] = []
    member = call.caller.member

    def rows(connection: Any) -> None:
        removed.append(watchlist.remove(connection, member, event.row.id))

    await submit(call, None, rows)
    return wire.Removed(removed=removed[-1])


async def _event(call: AnyCall, slug: str | None, id: str | None) -> Event:
    if slug is None and id is None:
        raise invalid("eventSlug", "is needed, or eventId")
    events = [await event_for(call, name) for name in (slug, id) if name is not None]
    if len({event.row.id for event in events}) > 1:
        raise invalid("eventId", "is another event than eventSlug names")
    return events[0]


async def _with_alert(call: AnyCall, event: Event, watched: Watched, alert: wire.Alert) -> Watched:
    option = await option_for(call, alert.option_id)
    if option.card.event is not event.card:
        raise not_found()
    if alert.above_prob_bps is None and alert.below_prob_bps is None:
        raise invalid("alert", "needs aboveProbBps or belowProbBps")
    armed = msgspec.structs.replace(
        watched,
        option=option.card.id,
        above=alert.above_prob_bps or 0,
        below=alert.below_prob_bps or 0,
    )
    price = marks.probability(option.card).price
    return armed if price is None else watchlist.checked(armed, price)


async def _shown(call: AnyCall, rows: Sequence[Watched]) -> list[wire.WatchedItem]:
    services = services_of(call)
    known: list[tuple[Watched, Event]] = []
    for row in rows:
        of_site = services.site.events.by_id(row.event)
        card = None if of_site is None else services.markets.event(of_site.ticker)
        if of_site is not None and card is not None:
            known.append((row, Event(of_site, card)))
    events = await show_events(call, [event for _, event in known])
    return [
        wire.WatchedItem(event=event, added_at=printed(row.at), alert=_alert(call, row))
        for (row, _), event in zip(known, events, strict=True)
    ]


def _alert(call: AnyCall, row: Watched) -> wire.Alert | None:
    if not row.option:
        return None
    return wire.Alert(
        option_id=option_id(services_of(call).ids, row.option),
        above_prob_bps=row.above or None,
        below_prob_bps=row.below or None,
    )
