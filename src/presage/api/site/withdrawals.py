"""Withdrawals of the caller: asked for, listed, and called off while nobody has looked at them.

Their money is set aside at once; the desk decides (`api/admin/withdrawals.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.deposits import begun_in
from presage.api.site.errors import Refusal, invalid, not_found, refuse
from presage.api.site.money import owned_cents, wallet
from presage.api.site.payments import check_amount, fee_bps, gateway_for
from presage.api.site.portfolio import site_accounts
from presage.api.site.rejects import refused
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import attempt, submit
from presage.domain.commands import Move
from presage.domain.funding import gateway_fee
from presage.domain.rejects import Code, Reject
from presage.identity.uuids import uuid7
from presage.payments.gateways import Gateway
from presage.projections import transfers
from presage.projections.transfers import TransferRow
from presage.site import withdrawals
from presage.site.withdrawals import Withdrawal
from presage.units import CENT, SECOND, Micros
from presage.wire.site import payments as wire

_HOUR: Final[Micros] = 3_600 * SECOND
_ANSWER: Final = 200
_BY_HAND: Final[dict[str, wire.WithdrawalStatus]] = {
    "pending": "APPROVED",
    "applied": "PAID",
    "failed": "FAILED",
    "returned": "FAILED",
}


async def create_withdrawal(call: Call[None, wire.CreateWithdrawal]) -> wire.WithdrawalReply:
    """Ask for money to be paid out; it is set aside at once."""
    gateway = gateway_for(call, call.body.gateway_id)
    check_amount(call, "withdrawal")
    asked = _asked(call, gateway)
    most = site_of(call).settings.number("MAX_OPEN_WITHDRAWALS")

    def rows(connection: Any) -> Move:
        if withdrawals.open_of(connection, asked.member) >= most:
            raise refuse("limit_reached", f"A member has at most {most} open withdrawals.")
        one = asked
        if not withdrawals.is_known(connection, asked.member, asked.payee):
            hours = site_of(call).settings.number("WITHDRAWAL_WAIT_HOURS")
            one = withdrawals.later(asked, call.at + hours * _HOUR)
        return withdrawals.begin(connection, one)

    result = await attempt(call, None, rows)
    if isinstance(result, Reject):
        raise _too_little(call, result)
    return await _reply(call, begun_in(result, withdrawals.CAUSE))


async def cancel_withdrawal(call: Call[None, None]) -> wire.WithdrawalReply:
    """Call a withdrawal off while it is in review; its money is free again."""
    id = ids.row_id("wdr", call.path["id"])
    if id is None:
        raise not_found()

    def rows(connection: Any) -> Move | None:
        row = withdrawals.find(connection, id)
        if row is None or row.member != call.caller.member:
            raise not_found()
        if row.status != withdrawals.PENDING_REVIEW:
            raise refuse("conflict", f"It is {row.status} already.", status=row.status)
        return withdrawals.decide(connection, row, withdrawals.CANCELLED, call.at)[1]

    await submit(call, None, rows)
    return await _reply(call, id)


async def list_withdrawals(call: Call[wire.ListPayments, None]) -> wire.Withdrawals:
    """List the caller's withdrawals, newest first."""
    after, accounts = pages.after(call, int, int), site_accounts(call)
    place = None if after is None else (int(after[0]), int(after[1]))
    wanted = pages.wanted(call)

    def read(connection: Any) -> tuple[list[TransferRow], dict[str, Withdrawal]]:
        moved = transfers.page(connection, accounts, "withdrawal", wanted, place)
        named = [row.cause.removeprefix(withdrawals.CAUSE) for row in moved]
        return moved, withdrawals.some(connection, named)

    moved, rows = await services_of(call).reader.run(read)
    cut = pages.cut(call, moved, lambda row: (row.at, row.id))
    found = [(one, rows.get(one.cause.removeprefix(withdrawals.CAUSE))) for one in cut.rows]
    return wire.Withdrawals(
        enabled=site_of(call).settings.flag("withdrawals"),
        withdrawals=[_by_hand(call, one) if row is None else shown(row) for one, row in found],
        next_cursor=cut.next_cursor,
    )


def shown(row: Withdrawal) -> wire.Withdrawal:
    """A withdrawal as it is printed."""
    return wire.Withdrawal(
        id=ids.shown("wdr", row.id),
        status=row.status,  # type: ignore[arg-type]  # written as one of them
        amount_cents=row.amount // CENT,
        fee_cents=row.fee // CENT,
        gateway_id=row.gateway,
        destination=row.destination,
        note=row.note or None,
        created_at=printed(row.created_at),
        ready_at=printed(row.ready_at),
        decided_at=maybe_printed(row.decided_at),
    )


def _asked(call: AnyCall, gateway: Gateway) -> Withdrawal:
    amount = call.body.amount_cents * CENT
    destination = _destination(gateway, call.body.destination)
    return Withdrawal(
        id=uuid7(call.at),
        member=call.caller.member,
        gateway=gateway.id,
        amount=amount,
        fee=gateway_fee(amount, fee_bps(call, "withdrawal")),
        destination=destination,
        payee=withdrawals.payee(gateway.id, destination),
        created_at=call.at,
        ready_at=call.at,
    )


def _destination(gateway: Gateway, said: Mapping[str, str]) -> dict[str, str]:
    """What the gateway has to know, and nothing else. Raises: Refusal."""
    fields = {field.name: field for field in gateway.fields("withdrawal")}
    unknown = sorted(said.keys() - fields.keys())
    if unknown:
        raise invalid(f"destination.{unknown[0]}", "is not asked for")
    found = {}
    for name, field in fields.items():
        text = clean(said.get(name, ""), f"destination.{name}", high=_ANSWER)
        if field.required and not text:
            raise invalid(f"destination.{name}", "is required")
        if text:
            found[name] = text
    return found


def _too_little(call: AnyCall, reject: Reject) -> Refusal:
    if reject.code is not Code.INSUFFICIENT_BALANCE:
        return refused(reject)
    wanted = call.body.amount_cents
    available = owned_cents(wallet(services_of(call), call.caller.member).available)
    short = max(wanted - available, 1)
    return refused(reject, required_cents=wanted, available_cents=available, shortfall_cents=short)


async def _reply(call: AnyCall, id: str) -> wire.WithdrawalReply:
    services = services_of(call)
    row = await services.reader.run(lambda connection: withdrawals.find(connection, id))
    assert row is not None, "an acknowledged write is always readable"
    available = owned_cents(wallet(services, call.caller.member).available)
    return wire.WithdrawalReply(withdrawal=shown(row), available_cents=available)


def _by_hand(call: AnyCall, row: TransferRow) -> wire.Withdrawal:
    return wire.Withdrawal(
        id=ids.exchange_id(services_of(call).ids, "wdr", row.id, Kind.TRANSFER),
        status=_BY_HAND[row.status],
        amount_cents=abs(row.amount) // CENT,
        fee_cents=0,
        gateway_id="operator",
        destination={},
        note=None,
        created_at=printed(row.at),
        ready_at=None,
        decided_at=None if row.finalized_at is None else printed(row.finalized_at),
    )
