"""The ledger for those who look after it: every line of every movement, and whether all is sound.

Movements are all money outside trading. What trading did is read from fills and payouts, for one
member at a time: its other sides are sums that no row repeats.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.admin.users import person_named
from presage.api.admin.writing import AnyCall, services_of
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import invalid
from presage.api.site.strings import moment, printed
from presage.domain import accounts as ledger
from presage.gateway import check_ledger
from presage.identity.people import Person
from presage.projections import fills, postings, settlements
from presage.projections.fills import CashRow
from presage.projections.postings import PostingRow
from presage.projections.settlements import SettlementRow
from presage.units import Micros
from presage.wire.admin import payments as wire

When = Micros | None
Line = CashRow | SettlementRow
_OF_TRADING: Final = ("trade", "settle")


async def list_ledger(call: Call[wire.ListLedger, None]) -> wire.Ledger:
    """Search the lines of all movements, newest first."""
    query = call.query
    person = person_named(call, query.user_id) if query.user_id else None
    since = None if query.from_ is None else moment(query.from_, "from")
    until = None if query.to is None else moment(query.to, "to")
    if query.kind in _OF_TRADING:
        if person is None:
            raise invalid("userId", f"is needed to list the kind {query.kind}")
        return await _of_trading(call, person, since, until)
    return await _moved(call, person, since, until)


async def _moved(
    call: Call[wire.ListLedger, None], person: Person | None, since: When, until: When
) -> wire.Ledger:
    query, after = call.query, pages.after(call, int, str)
    behind = None if after is None else (int(after[0]), str(after[1]))
    wanted = pages.wanted(call)

    def read(connection: Any) -> list[PostingRow]:
        return postings.page(
            connection,
            wanted,
            behind,
            account=query.account,
            member=person.number if person else 0,
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


async def _of_trading(
    call: Call[wire.ListLedger, None], person: Person, since: When, until: When
) -> wire.Ledger:
    """What fills or payouts did to the cash of one member's accounts."""
    services, query, after = services_of(call), call.query, pages.after(call, int, int)
    place = None if after is None else (int(after[0]), int(after[1]))
    accounts = [one.id for one in services.accounts.of(person.number)]
    if query.account:
        accounts = [id for id in accounts if ledger.cash(id) == query.account]
    wanted = pages.wanted(call)

    def read(connection: Any) -> list[Line]:
        of_trades = query.kind == "trade"
        page = fills.cash_page if of_trades else settlements.page
        return [*page(connection, accounts, wanted, place, since=since, until=until)]

    rows = await services.reader.run(read) if not query.cause else []
    cut = pages.cut(call, rows, _keyset)
    return wire.Ledger(
        postings=[_traded(call, person, row) for row in cut.rows], next_cursor=cut.next_cursor
    )


def _keyset(row: Line) -> tuple[int, int]:
    return row.at, row.trade if isinstance(row, CashRow) else row.market


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
        fee_micros=0,
        after_micros=row.after,
    )


def _traded(call: AnyCall, person: Person, row: Line) -> wire.Posting:
    services = services_of(call)
    if isinstance(row, CashRow):
        name, kind = services.ids.text(row.trade, Kind.TRADE), "trade"
        amount, fee, after = row.delta, row.fee, row.cash
    else:
        name, kind = services.markets.by_id(row.market).ticker, "settle"
        # What corrections moved later are movements of their own.
        amount, fee, after = row.revenue - row.corrected, 0, None
    return wire.Posting(
        movement_id=name,
        at=printed(row.at),
        account=ledger.cash(row.account),
        user_id=ids.shown("usr", person.id),
        kind=kind,
        cause="",
        amount_micros=amount,
        fee_micros=fee,
        after_micros=after,
    )
