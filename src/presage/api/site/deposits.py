"""Deposits of the caller: begun with a gateway, and listed with what operators put in by hand.

The list is that of the movements which Kalshi's API prints, so both always tell the same.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from presage.api.ids import Kind
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import invalid, try_again
from presage.api.site.payments import check_amount, fee_bps, gateway_for
from presage.api.site.portfolio import site_accounts
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import maybe_printed, printed
from presage.api.site.writing import submit
from presage.domain.facts import MoneyMoved
from presage.domain.funding import gateway_fee
from presage.gateway import Receipt
from presage.identity.uuids import uuid7
from presage.payments.gateways import Declined, Unavailable, Wanted
from presage.projections import transfers
from presage.projections.transfers import TransferRow
from presage.site import deposits
from presage.site.deposits import Deposit
from presage.units import CENT, SECOND, Micros
from presage.wire.site import payments as wire

_HOUR: Final[Micros] = 3_600 * SECOND
_RETRY: Final = 30
_BY_HAND: Final[dict[str, wire.DepositStatus]] = {
    "pending": "PENDING",
    "applied": "CONFIRMED",
    "failed": "FAILED",
    "returned": "REVERSED",
}


async def create_deposit(call: Call[None, wire.CreateDeposit]) -> wire.DepositReply:
    """Begin a deposit; it counts when the gateway says that it was paid."""
    body, site = call.body, site_of(call)
    gateway = gateway_for(call, body.gateway_id)
    check_amount(call, "deposit")
    amount, id = body.amount_cents * CENT, uuid7(call.at)
    name, page = ids.shown("dep", id), _own_page(call, body.return_url)
    try:
        # First: with nothing written nothing is left over when the provider is not there.
        action = await gateway.start_deposit(Wanted(name, amount, gateway.currency, page))
    except Unavailable:
        sentence = "The payment provider does not answer."
        raise try_again("provider_unavailable", sentence, _RETRY) from None
    except Declined as declined:
        raise invalid("amountCents", f"was not taken: {declined}") from None
    begun = Deposit(
        id=id,
        member=call.caller.member,
        gateway=gateway.id,
        amount=amount,
        fee=gateway_fee(amount, fee_bps(call, "deposit")),
        action=action.type,
        url=action.url,
        text=action.text,
        reference=action.reference,
        created_at=call.at,
        expires_at=call.at + site.settings.number("DEPOSIT_HOURS") * _HOUR,
    )
    receipt = await submit(call, None, lambda connection: deposits.begin(connection, begun))
    kept = begun_in(receipt, deposits.CAUSE)
    row = await services_of(call).reader.run(lambda connection: deposits.find(connection, kept))
    assert row is not None, "an acknowledged write is always readable"
    action_shown = wire.Action(
        type=row.action,  # type: ignore[arg-type]  # written as one of them
        url=row.url or None,
        text=row.text or None,
    )
    return wire.DepositReply(deposit=shown(row), action=action_shown)


async def list_deposits(call: Call[wire.ListPayments, None]) -> wire.Deposits:
    """List the caller's deposits, newest first."""
    after, accounts = pages.after(call, int, int), site_accounts(call)
    place = None if after is None else (int(after[0]), int(after[1]))
    wanted = pages.wanted(call)

    def read(connection: Any) -> tuple[list[TransferRow], dict[str, Deposit]]:
        moved = transfers.page(connection, accounts, "deposit", wanted, place)
        named = [row.cause.removeprefix(deposits.CAUSE) for row in moved]
        return moved, deposits.some(connection, named)

    moved, rows = await services_of(call).reader.run(read)
    cut = pages.cut(call, moved, lambda row: (row.at, row.id))
    found = [(one, rows.get(one.cause.removeprefix(deposits.CAUSE))) for one in cut.rows]
    return wire.Deposits(
        enabled=site_of(call).settings.flag("deposits"),
        deposits=[_by_hand(call, one) if row is None else shown(row) for one, row in found],
        next_cursor=cut.next_cursor,
    )


def begun_in(receipt: Receipt, cause: str) -> str:
    """The row that a submission began: this one, or the first under the same key."""
    moved = next(fact for fact in receipt.facts if isinstance(fact, MoneyMoved))
    return moved.cause.removeprefix(cause)


def shown(row: Deposit) -> wire.Deposit:
    """A deposit as it is printed."""
    return wire.Deposit(
        id=ids.shown("dep", row.id),
        status=row.status,  # type: ignore[arg-type]  # written as one of them
        amount_cents=row.amount // CENT,
        fee_cents=row.fee // CENT,
        gateway_id=row.gateway,
        note=row.note or None,
        created_at=printed(row.created_at),
        expires_at=printed(row.expires_at) if row.status == deposits.PENDING else None,
        decided_at=maybe_printed(row.decided_at),
    )


def _by_hand(call: AnyCall, row: TransferRow) -> wire.Deposit:
    return wire.Deposit(
        id=ids.exchange_id(services_of(call).ids, "dep", row.id, Kind.TRANSFER),
        status=_BY_HAND[row.status],
        amount_cents=abs(row.amount) // CENT,
        fee_cents=0,
        gateway_id="operator",
        note=None,
        created_at=printed(row.at),
        expires_at=None,
        decided_at=None if row.finalized_at is None else printed(row.finalized_at),
    )


def _own_page(call: AnyCall, url: str | None) -> str:
    """The page to come back to, whole. Raises: Refusal when it is not one of ours."""
    own = site_of(call).public_url.rstrip("/")
    if url is None:
        return own
    if url.startswith("/") and not url.startswith(("//", "/\\")):
        return own + url
    parts, ours = urlsplit(url) if _is_plain(url) else None, urlsplit(own)
    if parts is None or not own or (parts.scheme, parts.netloc) != (ours.scheme, ours.netloc):
        raise invalid("returnUrl", "must be a page of this site")
    return url


def _is_plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and "\\" not in url and "[" not in url
