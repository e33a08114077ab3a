"""The ledger for those who look after it: every line of every movement, and whether all is sound.

Movements are all money outside trading; what trading posted is in fills and settlements.
"""

from __future__ import annotations

from typing import Any

from presage.api.admin.users import person_named
from presage.api.admin.writing import AnyCall, services_of
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.strings import moment, printed
from presage.gateway import check_ledger
from presage.projections import postings
from presage.projections.postings import PostingRow
from presage.wire.admin import payments as wire


async def list_ledger(call: Call[wire.ListLedger, None]) -> wire.Ledger:
    """Search the lines of all movements, newest first."""
    query, after = call.query, pages.after(call, int, str)
    member = person_named(call, query.user_id).number if query.user_id else 0
    behind = None if after is None else (int(after[0]), str(after[1]))
    since = None if query.from_ is None else moment(query.from_, "from")
    until = None if query.to is None else moment(query.to, "to")
    wanted = pages.wanted(call)

    def read(connection: Any) -> list[PostingRow]:
        return postings.page(
            connection,
            wanted,
            behind,
            account=query.account,
            member=member,
            kind=query.kind,
            cause=query.cause,
            since=since,
            until=until,
        )

    rows = await services_of(call).reader.run(read)
    cut = pages.cut(call, rows, lambda row: (row.id, row.account))
    return wire.Ledger(
        postings=[_shown(call, row) for row in cut.rows], next_cursor=cut.next_cursor
    )


async def verify_ledger(call: Call[None, None]) -> wire.LedgerCheck:
    """Add everything up anew: accounts, escrow, open interest."""
    found = await check_ledger(services_of(call).gateway)
    return wire.LedgerCheck(
        ok=not found.problems,
        problems=found.problems[:100],
        seq=found.seq,
        accounts=found.accounts,
        markets=found.markets,
        total_micros=found.total,
    )


def _shown(call: AnyCall, row: PostingRow) -> wire.Posting:
    services = services_of(call)
    person = services.site.people.find(row.member) if row.member else None
    return wire.Posting(
        movement_id=services.ids.text(row.id, Kind.TRANSFER),
        at=printed(row.at),
        account=row.account,
        user_id=None if person is None else ids.shown("usr", person.id),
        kind=row.kind,
        cause=row.cause,
        amount_micros=row.amount,
        after_micros=row.after,
    )
