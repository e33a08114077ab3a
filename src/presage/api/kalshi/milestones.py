"""Milestones and structured targets, as operators wrote them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import UNSET

from presage.api.faults import QueryFault
from presage.api.kalshi.errors import not_found
from presage.api.kalshi.markets import seconds
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.catalog import milestones, targets
from presage.units import Micros
from presage.wire.kalshi import milestones as wire
from presage.wire.kalshi.times import rfc3339

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def get_milestones(call: Call[wire.GetMilestonesQuery, None]) -> wire.GetMilestonesResponse:
    """List milestones, those that start last first."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, int, str)
    after = None if place is None else (int(place[0]), str(place[1]))
    updated, start = query.min_updated_ts, query.minimum_start_date
    wanted = milestones.Filter(
        category=query.category,
        type=query.type,
        competition=query.competition,
        source_id=query.source_id,
        event=query.related_event_ticker,
        since=None if start is None else _moment("minimum_start_date", start),
        updated_since=None if updated is None else seconds(updated),
    )
    rows = await services.reader.run(
        lambda connection: milestones.page(connection, wanted, query.limit + 1, after)
    )
    page = rows[: query.limit]
    more = len(rows) > len(page)
    cursor = services.cursors.seal(call, (page[-1].start_at, page[-1].id)) if more else ""
    return wire.GetMilestonesResponse([printed_milestone(row) for row in page], cursor)


async def get_milestone(call: Call[None, None]) -> wire.GetMilestoneResponse:
    """One milestone."""
    services: Services = call.services
    id_ = call.path["milestone_id"]
    row = await services.reader.run(lambda connection: milestones.find(connection, id_))
    if row is None:
        raise not_found()
    return wire.GetMilestoneResponse(printed_milestone(row))


async def get_structured_targets(
    call: Call[wire.GetStructuredTargetsQuery, None],
) -> wire.GetStructuredTargetsResponse:
    """List structured targets, by id."""
    services: Services = call.services
    query = call.query
    place = services.cursors.open(call, query.cursor, str)
    after = None if place is None else str(place[0])
    rows = await services.reader.run(
        lambda connection: targets.page(
            connection,
            query.page_size + 1,
            after,
            ids=query.ids,
            type=query.type,
            competition=query.competition,
        )
    )
    page = rows[: query.page_size]
    cursor = services.cursors.seal(call, (page[-1].id,)) if len(rows) > len(page) else ""
    return wire.GetStructuredTargetsResponse([_target(row) for row in page], cursor)


async def get_structured_target(call: Call[None, None]) -> wire.GetStructuredTargetResponse:
    """One structured target."""
    services: Services = call.services
    id_ = call.path["structured_target_id"]
    row = await services.reader.run(lambda connection: targets.find(connection, id_))
    if row is None:
        raise not_found()
    return wire.GetStructuredTargetResponse(_target(row))


def printed_milestone(row: milestones.Milestone) -> wire.Milestone:
    """A milestone as it is printed."""
    return wire.Milestone(
        id=row.id,
        category=row.category,
        type=row.type,
        start_date=rfc3339(row.start_at),
        end_date=UNSET if row.end_at is None else rfc3339(row.end_at),
        related_event_tickers=row.related_event_tickers,
        title=row.title,
        notification_message=row.notification_message,
        source_id=UNSET if row.source_id is None else row.source_id,
        source_ids=UNSET if row.source_ids is None else row.source_ids,
        details=row.details,
        primary_event_tickers=row.primary_event_tickers,
        last_updated_ts=rfc3339(row.updated_at),
    )


def _target(row: targets.Target) -> wire.StructuredTarget:
    return wire.StructuredTarget(
        id=row.id,
        name=row.name,
        type=row.type,
        details=row.details,
        source_id=UNSET if row.source_id is None else row.source_id,
        source_ids=UNSET if row.source_ids is None else row.source_ids,
        last_updated_ts=rfc3339(row.updated_at),
    )


def _moment(field: str, text: str) -> Micros:
    """RFC 3339 as microseconds since the epoch. Raises: QueryFault."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise QueryFault(field, "is no RFC 3339 date-time", "datetime")
    return (moment - _EPOCH) // timedelta(microseconds=1)
