"""What operators did, whether the log of it is whole, and the life of one order.

The log is rows, chained by their hashes; the life of an order is read from the journal alone.
"""

from __future__ import annotations

import csv
from functools import partial
from io import StringIO
from typing import Any, Final

import msgspec

from presage.api.admin import trail
from presage.api.admin.errors import not_found
from presage.api.admin.writing import services_of
from presage.api.http import Reply
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site.strings import moment
from presage.domain.ids import seq_of
from presage.identity import audit
from presage.projections import history
from presage.projections.projection import Entry
from presage.wire.admin import exchange as wire
from presage.wire.kalshi.times import rfc3339

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
_PAGE: Final = 1_000
_WINDOWS: Final = 50
"""Windows of the journal that one call for an order's life reads."""


async def list_audit(call: Call[wire.ListAudit, None]) -> wire.AuditLog:
    """List what operators did, newest first."""
    limit, rows = call.query.limit, await _found(call)
    shown = [_shown(row) for row in rows[:limit]]
    return wire.AuditLog(shown, shown[-1].id if len(rows) > limit else None)


async def export_audit(call: Call[wire.ListAudit, None]) -> Reply:
    """Download the same as a file for a spreadsheet."""
    rows = await _found(call)
    return _as_csv([_shown(row) for row in rows[: call.query.limit]])


async def _found(call: Call[wire.ListAudit, None]) -> list[audit.AuditRow]:
    """The page, and one row more if there is one. Raises: Refusal."""
    query = call.query
    wanted = audit.Search(
        subject=query.subject,
        action=query.action,
        actor=query.actor or 0,
        since=None if query.from_ is None else moment(query.from_, "from"),
        until=None if query.to is None else moment(query.to, "to"),
    )
    return await services_of(call).reader.run(
        lambda connection: audit.newest(connection, query.limit + 1, query.before, wanted)
    )


def _as_csv(rows: list[wire.AuditRow]) -> Reply:
    """The rows as text; a cell that looks like a formula becomes none."""
    text = StringIO()
    sheet = csv.writer(text, lineterminator="\r\n")
    sheet.writerow(wire.AuditRow.__struct_fields__)
    for row in rows:
        values = (getattr(row, name) for name in wire.AuditRow.__struct_fields__)
        cells = (bytes(v).decode() if isinstance(v, msgspec.Raw) else str(v) for v in values)
        sheet.writerow(f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells)
    headers = ((b"content-disposition", b'attachment; filename="audit.csv"'),)
    return Reply(200, text.getvalue().encode(), headers, content_type=b"text/csv; charset=utf-8")


def _shown(row: audit.AuditRow) -> wire.AuditRow:
    return wire.AuditRow(
        id=row.id,
        at=rfc3339(row.at),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        reason=row.reason,
        params=msgspec.Raw(row.params.encode()),
        hash=row.hash.hex(),
        ip=row.host,
        request_id=row.request,
    )


async def verify_audit(call: Call[None, None]) -> wire.AuditReport:
    """Check every row's hash and place, and that the row of every command exists."""
    commands, orphan = await _commands(call)
    reader, chain = services_of(call).reader, audit.Chain()
    # The rows after the journal: a row is there before anybody can read of it.
    while not chain.broken:
        rows = await reader.run(partial(audit.following, after=chain.last, limit=_PAGE))
        if not rows:
            break
        chain.follow(rows)
    problem = ""
    if chain.broken:
        problem = f"row {chain.broken} is missing or not what was written"
    elif orphan[1] > chain.last:
        problem = f"entry {orphan[0]} names row {orphan[1]}, which is missing"
    return wire.AuditReport(ok=not problem, rows=chain.last, commands=commands, problem=problem)


async def _commands(call: Call[Any, Any]) -> tuple[int, tuple[int, int]]:
    """How many operators' commands the journal holds, and the (seq, row) with the highest row."""
    reader, after, count, highest = services_of(call).reader, 0, 0, (0, 0)
    while True:
        found, last = await reader.run(partial(history.audited, after=after))
        count += len(found)
        highest = max([highest, *found], key=lambda one: one[1])
        if last == after:
            return count, highest
        after = last


async def get_order_trail(call: Call[wire.ListTrail, None]) -> wire.OrderTrail:
    """Show everything that happened to one order, entry by entry."""
    services, text = services_of(call), call.path["order_id"]
    order = services.ids.number(text, Kind.ORDER)
    if order is None:
        raise not_found(call, "order", text)
    first = call.query.after is None
    looked_at = seq_of(order) - 1 if call.query.after is None else call.query.after
    found: list[Entry] = []
    over, more = False, True
    for _ in range(_WINDOWS):
        part = await services.reader.run(partial(history.order_trail, order=order, after=looked_at))
        if first and not found and not history.was_placed(part.entries):
            raise not_found(call, "order", text)
        found += part.entries
        looked_at, over = part.looked_at, part.over
        if part.over or part.at_end:
            more = False
            break
    return wire.OrderTrail(
        order_id=text,
        over=over,
        entries=[trail.shown(entry, services) for entry in found],
        next_seq=looked_at if more else None,
    )
