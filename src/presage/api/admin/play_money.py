"""Play money for members, by hand: issued or burned, one member or many at a time.

What is larger than a bound waits until a second person has asked for the very same. It is the
house's money; deposits are another thing (`api/admin/deposits.py`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from presage.api.admin.deposits import check_not_own
from presage.api.admin.users import person_named, user_of
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.money import owned_cents, wallet
from presage.api.site.strings import printed
from presage.domain.commands import Move
from presage.domain.ids import MemberId
from presage.identity import members
from presage.identity.uuids import uuid7
from presage.site import funds
from presage.site.funds import FundOrder
from presage.units import CENT
from presage.wire.admin import payments as wire

_KEY: Final = b"idempotency-key"
_PREFIX: Final = "fnd"


async def move_user_funds(call: Call[None, wire.MoveUserFunds]) -> wire.FundsDone:
    """Issue play money to a member, or take some back."""
    body, person = call.body, user_of(call)
    if not body.amount_cents or (body.amount_cents < 0 and body.kind == "ISSUE"):
        raise invalid("amountCents", "must be more than nothing")
    check_not_own(call, person.number)
    cents = abs(body.amount_cents)
    wanted = _order(call, body.kind, cents, (person.number,))
    return await _ask(call, wanted, cents, person.number)


async def move_bulk_funds(call: Call[None, wire.MoveBulkFunds]) -> wire.FundsDone:
    """Issue the same amount to some members, or to all."""
    body = call.body
    if not call.request.header(_KEY):
        raise invalid("Idempotency-Key", "is required here")
    if body.all == (body.usernames is not None):
        raise invalid("usernames", "either these or all must be named")
    named = {person_named(call, name).number for name in body.usernames or ()}
    if call.caller.member in named:
        raise refuse("forbidden", "Nobody decides about their own money.")
    count = len(named) or len(services_of(call).site.people)
    wanted = _order(call, "ISSUE", body.amount_cents, tuple(sorted(named)))
    return await _ask(call, wanted, body.amount_cents * count, 0)


async def list_fund_orders(call: Call[wire.ListFunds, None]) -> wire.FundOrders:
    """List what was issued or burned by hand, and what waits for a second person."""
    after, status = pages.after(call, str), call.query.status or ""
    behind, wanted = str(after[0]) if after else "", pages.wanted(call)
    rows = await services_of(call).reader.run(lambda rows: funds.page(rows, behind, wanted, status))
    cut = pages.cut(call, rows, lambda row: (row.id,))
    return wire.FundOrders(orders=[_shown(row) for row in cut.rows], next_cursor=cut.next_cursor)


def _order(call: AnyCall, kind: str, cents: int, whom: tuple[MemberId, ...]) -> FundOrder:
    return FundOrder(
        id=uuid7(call.at),
        kind=kind,
        amount=cents * CENT,
        whom=whom,
        status=funds.WAITING,
        asked_by=call.caller.member,
        last=0,
        once=" ".join(call.once or ()),
        created_at=call.at,
    )


async def _ask(call: AnyCall, wanted: FundOrder, cents: int, single: MemberId) -> wire.FundsDone:
    """`cents` in all; `single` is the only member it is for, 0: it is for many."""
    site = services_of(call).site
    _check_sum(call, cents)
    waits = call.body.confirms is None and cents > site.settings.number("FUNDS_DUAL_CENTS")

    def then(connection: Any, audit: int) -> Move | None:
        order = _found(call, connection, wanted) if call.body.confirms else wanted
        if order is wanted:
            last = members.next_number(connection) - 1
            order = msgspec.structs.replace(wanted, last=last)
            funds.add(connection, order)
        if waits:
            return None
        order = msgspec.structs.replace(order, status=funds.RUNNING, audit=audit)
        funds.change(connection, order)
        if not single:
            return None
        _check_open(connection, single)
        return funds.carry_out(connection, order, call.at, [single], more=False)

    written = await write(call, f"funds.{wanted.kind.lower()}", wanted.id, then)
    if not single:
        site.jobs["fund-orders"].ask()
    return await _done(call, wanted, single, written.audit_id)


def _check_sum(call: AnyCall, cents: int) -> None:
    number = services_of(call).site.settings.number
    if cents > number("FUNDS_MAX_CENTS"):
        raise invalid("amountCents", f"may come to at most {number('FUNDS_MAX_CENTS')} in all")
    if call.body.confirms is not None and cents <= number("FUNDS_DUAL_CENTS"):
        raise invalid("confirms", "so little needs no second person")


def _found(call: AnyCall, connection: Any, wanted: FundOrder) -> FundOrder:
    """The order that a second person confirms by asking for the same. Raises: Refusal."""
    order = funds.find(connection, ids.row_id(_PREFIX, call.body.confirms) or "")
    if order is None:
        raise not_found()
    if order.status != funds.WAITING:
        raise refuse("conflict", f"It is {order.status} already.", status=order.status)
    if order.asked_by == call.caller.member:
        raise refuse("forbidden", "This needs a second person.")
    if (order.kind, order.amount, order.whom) != (wanted.kind, wanted.amount, wanted.whom):
        raise refuse("conflict", "That order is for another amount, or for somebody else.")
    return msgspec.structs.replace(order, confirmed_by=call.caller.member)


def _check_open(connection: Any, number: MemberId) -> None:
    row = members.find(connection, number)
    if row is None or row.status == "closed":
        raise refuse("conflict", "The account is closed.")


async def _done(call: AnyCall, wanted: FundOrder, single: MemberId, audit: int) -> wire.FundsDone:
    services = services_of(call)
    id = ids.row_id(_PREFIX, call.body.confirms or "") or wanted.id

    def read(connection: Any) -> FundOrder | None:
        return funds.find(connection, id) or funds.by_once(connection, wanted.once)

    order = await services.reader.run(read)
    assert order is not None, "an acknowledged write is always readable"
    money = wallet(services, single) if single else None
    return wire.FundsDone(
        order=_shown(order),
        balance_cents=owned_cents(money.balance) if money else None,
        available_cents=owned_cents(money.available) if money else None,
        audit_id=audit,
    )


def _shown(order: FundOrder) -> wire.FundOrder:
    return wire.FundOrder(
        id=ids.shown(_PREFIX, order.id),
        kind=order.kind,  # type: ignore[arg-type]  # written as one of them
        amount_cents=order.amount // CENT,
        status=order.status,  # type: ignore[arg-type]  # written as one of them
        members=len(order.whom) or None,
        paid=order.paid,
        asked_by=order.asked_by,
        confirmed_by=order.confirmed_by or None,
        created_at=printed(order.created_at),
    )
