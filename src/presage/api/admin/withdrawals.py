"""The desk's queue of withdrawals: approved (large ones by two people), turned down, marked paid.

A first withdrawal and one to a new destination wait. What a gateway pays by itself leaves after the
approval (`workers/payments.py`); the rest is paid by hand and marked here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from presage.api.admin.deposits import check_not_own
from presage.api.admin.users import person_named
from presage.api.admin.versions import check_version
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site import withdrawals as site
from presage.api.site.errors import Refusal, not_found, refuse
from presage.api.site.strings import clean, printed
from presage.domain.commands import Move
from presage.site import withdrawals
from presage.site.withdrawals import Withdrawal
from presage.units import CENT
from presage.wire.admin import payments as wire

Decide = Callable[[Any, Withdrawal], Move | None]


async def list_all_withdrawals(call: Call[wire.ListWithdrawals, None]) -> wire.Withdrawals:
    """List withdrawals, newest first."""
    query, after = call.query, pages.after(call, str)
    member = person_named(call, query.user_id).number if query.user_id else 0
    behind, wanted = str(after[0]) if after else "", pages.wanted(call)
    status = query.status or ""
    rows = await services_of(call).reader.run(
        lambda rows: withdrawals.page(rows, behind, wanted, status=status, member=member)
    )
    cut = pages.cut(call, rows, lambda row: (row.id,))
    shown = [_shown(call, row) for row in cut.rows]
    return wire.Withdrawals(withdrawals=shown, next_cursor=cut.next_cursor)


async def approve_withdrawal(call: Call[None, wire.DecidePayment]) -> wire.WithdrawalDone:
    """Approve a withdrawal; a large one needs a second person."""
    me = call.caller.member

    def decide(connection: Any, row: Withdrawal) -> None:
        if row.status != withdrawals.PENDING_REVIEW:
            raise _decided(row)
        if call.at < row.ready_at:
            raise refuse("conflict", f"It waits until {printed(row.ready_at)}.")
        if _needs_two(call, row) and not row.approver:
            withdrawals.change(connection, row, approver=me)
            return
        if row.approver == me:
            raise refuse("forbidden", "This needs the approval of a second person.")
        withdrawals.decide(connection, row, withdrawals.APPROVED, call.at, due_at=call.at)

    done = await _write(call, "withdrawal.approve", decide)
    services_of(call).site.jobs["payouts"].ask()
    return done


async def reject_withdrawal(call: Call[None, wire.DecidePayment]) -> wire.WithdrawalDone:
    """Turn a withdrawal down, or say that it could not be paid; its money is free again."""
    note = clean(call.body.note, "note", high=300)

    def decide(connection: Any, row: Withdrawal) -> Move | None:
        if row.status == withdrawals.APPROVED and _pays_itself(call, row):
            raise refuse("conflict", "It is being handed over to the gateway; see what it says.")
        failed = row.status == withdrawals.SENT
        status = withdrawals.FAILED if failed else withdrawals.REJECTED
        if status not in withdrawals.NEXT.get(row.status, ()):
            raise _decided(row)
        return withdrawals.decide(connection, row, status, call.at, note=note)[1]

    return await _write(call, "withdrawal.reject", decide)


async def mark_withdrawal_paid(call: Call[None, wire.MarkPaid]) -> wire.WithdrawalDone:
    """Say that a withdrawal is paid."""
    note = clean(call.body.note, "note", high=300)
    reference = clean(call.body.reference, "reference", high=100)

    def decide(connection: Any, row: Withdrawal) -> Move | None:
        early = row.status == withdrawals.APPROVED and _pays_itself(call, row)
        if early or withdrawals.PAID not in withdrawals.NEXT.get(row.status, ()):
            raise _decided(row)
        named = reference or row.reference
        paid = withdrawals.PAID
        return withdrawals.decide(connection, row, paid, call.at, note=note, reference=named)[1]

    return await _write(call, "withdrawal.mark_paid", decide)


async def _write(call: Call[None, Any], action: str, decide: Decide) -> wire.WithdrawalDone:
    name = call.path["withdrawal_id"]
    id = ids.row_id("wdr", name) or ""

    def look(connection: Any) -> Withdrawal:
        row = withdrawals.find(connection, id)
        if row is None:
            raise not_found()
        return row

    def then(connection: Any, audit: int) -> Move | None:
        row = look(connection)
        check_version(call, row.version)
        check_not_own(call, row.member)
        move = decide(connection, row)
        return None if move is None else msgspec.structs.replace(move, audit=audit)

    def before(connection: Any) -> dict[str, Any]:
        row = look(connection)
        return {"status": row.status, "version": row.version, "approver": row.approver}

    written = await write(call, action, id or name, then, before)
    row = await services_of(call).reader.run(look)
    return wire.WithdrawalDone(withdrawal=_shown(call, row), audit_id=written.audit_id)


def _decided(row: Withdrawal) -> Refusal:
    return refuse("conflict", f"It is {row.status}.", status=row.status)


def _pays_itself(call: AnyCall, row: Withdrawal) -> bool:
    gateway = services_of(call).site.payments.get(row.gateway)
    return gateway is not None and gateway.automatic


def _needs_two(call: AnyCall, row: Withdrawal) -> bool:
    return row.amount > services_of(call).site.settings.number("WITHDRAWAL_DUAL_CENTS") * CENT


def _shown(call: AnyCall, row: Withdrawal) -> wire.Withdrawal:
    person = services_of(call).site.people.find(row.member)
    assert person is not None, "every member has a profile"
    needed = 2 if row.approver or _needs_two(call, row) else 1
    reviewed = row.status != withdrawals.PENDING_REVIEW and row.due_at > 0
    return wire.Withdrawal(
        **msgspec.structs.asdict(site.shown(row)),
        user_id=ids.shown("usr", person.id),
        username=person.username,
        paid_cents=(row.amount - row.fee) // CENT,
        approvals=needed if reviewed else int(row.approver > 0),
        approvals_needed=needed,
        reference=row.reference,
        tries=row.tries,
        version=row.version,
    )
