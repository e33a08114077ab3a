"""The desk's deposits: confirmed by hand, called off, or taken back.

Each is decided once, by somebody else than whose money it is.
"""

from __future__ import annotations

from typing import Any

import msgspec

from presage.api.admin.users import person_named
from presage.api.admin.versions import check_version
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import deposits as site
from presage.api.site import ids, pages
from presage.api.site.errors import not_found, refuse
from presage.api.site.strings import clean
from presage.domain.commands import Move
from presage.domain.ids import MemberId
from presage.site import deposits
from presage.site.deposits import Deposit
from presage.units import CENT
from presage.wire.admin import payments as wire


async def list_all_deposits(call: Call[wire.ListDeposits, None]) -> wire.Deposits:
    """List deposits, newest first."""
    query, after = call.query, pages.after(call, str)
    member = person_named(call, query.user_id).number if query.user_id else 0
    behind, wanted = str(after[0]) if after else "", pages.wanted(call)
    status = query.status or ""
    rows = await services_of(call).reader.run(
        lambda rows: deposits.page(rows, behind, wanted, status=status, member=member)
    )
    cut = pages.cut(call, rows, lambda row: (row.id,))
    return wire.Deposits(
        deposits=[shown(call, row) for row in cut.rows], next_cursor=cut.next_cursor
    )


async def confirm_deposit(call: Call[None, wire.DecidePayment]) -> wire.DepositDone:
    """Say that a deposit has arrived; the account gets it, once."""
    return await _decide(call, deposits.CONFIRMED, "deposit.confirm")


async def fail_deposit(call: Call[None, wire.DecidePayment]) -> wire.DepositDone:
    """Say that a deposit came to nothing."""
    return await _decide(call, deposits.FAILED, "deposit.fail")


async def reverse_deposit(call: Call[None, wire.DecidePayment]) -> wire.DepositDone:
    """Take a confirmed deposit back out of the account."""
    return await _decide(call, deposits.REVERSED, "deposit.reverse")


async def _decide(
    call: Call[None, wire.DecidePayment], status: str, action: str
) -> wire.DepositDone:
    name = call.path["deposit_id"]
    id, note = ids.row_id("dep", name) or "", clean(call.body.note, "note", high=300)

    def look(connection: Any) -> Deposit:
        row = deposits.find(connection, id)
        if row is None:
            raise not_found()
        return row

    def then(connection: Any, audit: int) -> Move:
        row = look(connection)
        check_version(call, row.version)
        check_not_own(call, row.member)
        if status not in deposits.NEXT.get(row.status, ()):
            raise refuse("conflict", f"It is {row.status} already.", status=row.status)
        _, move = deposits.decide(connection, row, status, call.at, note)
        return msgspec.structs.replace(move, audit=audit)

    def before(connection: Any) -> dict[str, Any]:
        row = look(connection)
        return {"status": row.status, "version": row.version}

    written = await write(call, action, id or name, then, before)
    row = await services_of(call).reader.run(look)
    return wire.DepositDone(deposit=shown(call, row), audit_id=written.audit_id)


def check_not_own(call: AnyCall, member: MemberId) -> None:
    """Nobody decides about their own money. Raises: Refusal."""
    if call.caller.member == member:
        raise refuse("forbidden", "Nobody decides about their own money.")


def shown(call: AnyCall, row: Deposit) -> wire.Deposit:
    """A deposit as the desk sees it."""
    person = services_of(call).site.people.find(row.member)
    assert person is not None, "every member has a profile"
    return wire.Deposit(
        **msgspec.structs.asdict(site.shown(row)),
        user_id=ids.shown("usr", person.id),
        username=person.username,
        credited_cents=(row.amount - row.fee) // CENT,
        reference=row.reference,
        version=row.version,
    )
