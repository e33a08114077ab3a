"""The ways to pay, and what their providers tell: a callback counts when its signature does.

A provider says something once or ten times: the first time changes something, the others are
answered alike.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api import http
from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.errors import Refusal, invalid, not_found, refuse
from presage.api.site.services import AnyCall, services_of, site_of
from presage.domain.commands import Move
from presage.domain.rejects import Code, Reject
from presage.payments.gateways import Gateway, Mode, NotGenuine, Told
from presage.site import deposits, withdrawals
from presage.site.deposits import Deposit
from presage.site.withdrawals import Withdrawal
from presage.units import CENT, SECOND
from presage.wire.site import payments as wire

_MOST: Final = 64 << 10
_FLAGS: Final[dict[Mode, str]] = {"deposit": "deposits", "withdrawal": "withdrawals"}


async def list_payment_gateways(call: Call[wire.ListGateways, None]) -> wire.Gateways:
    """List the ways to pay in or out."""
    mode, site = call.query.mode, site_of(call)
    enabled = site.settings.flag(_FLAGS[mode])
    gateways = site.payments.values() if enabled else ()
    return wire.Gateways(
        enabled=enabled, mode=mode, gateways=[_shown(call, one, mode) for one in gateways]
    )


async def receive_callback(call: Call[None, None]) -> wire.Received:
    """Take a payment provider's signed callback."""
    gateway = gateway_for(call, call.path["gateway_id"])
    http.check_declared_size(call.request, _MOST)
    body = await call.request.body(_MOST)
    try:
        told = gateway.read_callback(call.request.headers, body, site_of(call).wall() // SECOND)
    except NotGenuine as error:
        raise refuse("unauthenticated", f"This callback does not count: {error}.") from None
    applied = told is not None and await _apply(call, gateway, told)
    return wire.Received(received=True, applied=applied)


def gateway_for(call: AnyCall, id: str) -> Gateway:
    """A way to pay, by id. Raises: Refusal."""
    gateway = site_of(call).payments.get(id)
    if gateway is None:
        raise not_found()
    return gateway


def check_amount(call: AnyCall, mode: Mode) -> None:
    """Is `amountCents` within the bounds of this mode? Raises: Refusal."""
    low, high = _bounds(call, mode)
    if not low <= call.body.amount_cents <= high:
        raise invalid("amountCents", f"must be between {low} and {high}")


def fee_bps(call: AnyCall, mode: Mode) -> int:
    """What a gateway keeps, in 1/10 000."""
    return site_of(call).settings.number(f"{mode.upper()}_FEE_BPS")


def _bounds(call: AnyCall, mode: Mode) -> tuple[int, int]:
    number = site_of(call).settings.number
    return number(f"{mode.upper()}_MIN_CENTS"), number(f"{mode.upper()}_MAX_CENTS")


def _shown(call: AnyCall, gateway: Gateway, mode: Mode) -> wire.Gateway:
    low, high = _bounds(call, mode)
    fields = [
        wire.Field(name=one.name, label=one.label, type=one.type, required=one.required)
        for one in gateway.fields(mode)
    ]
    return wire.Gateway(
        id=gateway.id,
        label=gateway.label,
        currency=gateway.currency,
        min_cents=low,
        max_cents=high,
        fee_bps=fee_bps(call, mode),
        fields=fields,
    )


async def _apply(call: AnyCall, gateway: Gateway, told: Told) -> bool:
    """Whether it changed anything. Raises: Refusal."""
    decide = _deposit if told.mode == "deposit" else _withdrawal
    applied: list[bool] = []

    def rows(connection: Any) -> Move | None:
        move = decide(connection, call, gateway, told)
        applied.append(move is not None)
        return move

    result = await services_of(call).gateway.submit(None, rows)
    if isinstance(result, Reject):
        assert result.code is not Code.TRANSFER_EXISTS, "the row's status says so first"
        raise refuse("conflict", "The money for this is not there any more.")
    return applied[-1]


def _deposit(connection: Any, call: AnyCall, gateway: Gateway, told: Told) -> Move | None:
    row = deposits.find(connection, ids.row_id("dep", told.id) or "")
    if row is None or row.gateway != gateway.id:
        raise not_found()
    _check(row, gateway, told, row.amount)
    status = deposits.CONFIRMED if told.result == "paid" else deposits.FAILED
    if row.status == status:
        return None
    if status not in deposits.NEXT.get(row.status, ()):
        raise _late(row)
    return deposits.decide(connection, row, status, call.at, told.note)[1]


def _withdrawal(connection: Any, call: AnyCall, gateway: Gateway, told: Told) -> Move | None:
    row = withdrawals.find(connection, ids.row_id("wdr", told.id) or "")
    if row is None or row.gateway != gateway.id:
        raise not_found()
    _check(row, gateway, told, row.amount - row.fee)
    status = withdrawals.PAID if told.result == "paid" else withdrawals.FAILED
    if row.status == status:
        return None
    if status not in withdrawals.NEXT.get(row.status, ()):
        raise _late(row)
    return withdrawals.decide(connection, row, status, call.at, note=told.note)[1]


def _check(row: Deposit | Withdrawal, gateway: Gateway, told: Told, amount: int) -> None:
    if told.amount != amount or told.currency != gateway.currency:
        cents = amount // CENT
        raise refuse("conflict", f"This payment is about {cents} cents of {gateway.currency}.")


def _late(row: Deposit | Withdrawal) -> Refusal:
    return refuse("conflict", f"It is {row.status} already.", status=row.status)
