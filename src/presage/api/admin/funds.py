"""Deposits and withdrawals by the operator: money from and to the world outside.

One that is pending waits in a pot of its account until the operator says what became of it.

A cause is used up for ever. The same request again is answered with what it did, from the entry
that used the cause; another request under the cause is refused.
"""

from __future__ import annotations

from typing import Final

import msgspec

from presage.api.admin.errors import invalid, not_found, refusal, rejected
from presage.api.admin.read import amount, member_of
from presage.api.admin.writing import AnyCall, Written, act_of, attempt, services_of, submit
from presage.api.faults import ApiError
from presage.api.ids import Kind
from presage.api.registry import Call
from presage.domain import accounts as ledger
from presage.domain import funding
from presage.domain.commands import Move, once_key
from presage.domain.facts import MoneyMoved
from presage.domain.ids import account_id
from presage.domain.ids import member_of as member_number
from presage.domain.rejects import Code, Reject
from presage.gateway import Receipt
from presage.identity.members import Member
from presage.identity.uuids import uuid7
from presage.projections import history, transfers
from presage.projections.projection import Entry
from presage.projections.transfers import TransferRow
from presage.units import Money, format_balance
from presage.wire.admin.members import DecideFunds, FundsDone, MoveFunds

_ACTION = "member.funds"
_OURS: Final = "operator:"
"""Begins the causes of what operators began."""
_NEXT: Final = {"pending": ("applied", "failed"), "applied": ("returned",)}
"""What may become of it by its status."""


async def move_funds(call: Call[None, MoveFunds]) -> FundsDone:
    """Deposit to or withdraw from a member's account."""
    body, member = call.body, await member_of(call)
    account = account_id(member.number, body.subaccount, body.exchange_index)
    if body.exchange_index not in services_of(call).markets.shards:
        raise invalid(call, "exchange_index", "there is no such exchange shard")
    # The first money on a shard opens the primary account there.
    opens = body.kind == "deposit" and not body.subaccount
    if services_of(call).accounts.find(account) is None and not opens:
        raise invalid(call, "subaccount", "the member has no such subaccount")
    money = amount(call, body.amount, "amount")
    added = money if body.kind == "deposit" else -money
    cause = f"{_OURS}{body.cause or uuid7(call.at)}"
    if body.status == "pending":
        move = funding.begun(body.kind, account, money, cause, ledger.underway(account))
    else:
        move = _move(ledger.cash(account), added, body.kind, cause)
    result = await attempt(
        call, act_of(call, _ACTION, member.id), lambda _, audit: _audited(move, audit)
    )
    if isinstance(result, Written):
        return _done(call, member, result.receipt, result.audit_id, replayed=False)
    if result.code is Code.TRANSFER_EXISTS:
        earlier, audit = await _earlier(call, move)
        return _done(call, member, earlier, audit, replayed=True)
    if result.code is Code.INSUFFICIENT_BALANCE:
        result = Reject(result.code, "the account has less than this to give away")
    raise rejected(call, result)


async def decide_funds(call: Call[None, DecideFunds]) -> FundsDone:
    """Say what became of a deposit or a withdrawal; the money follows."""
    fate, member = call.body.status, await member_of(call)
    row = await _transfer_of(call, member)
    if fate not in _NEXT.get(row.status, ()):
        raise _decided(call, row.status)
    if not row.cause.startswith(_OURS):
        raise refusal(call, 409, "wrong_status", "the member asked for it; decide it there")
    kind: funding.Kind = "deposit" if row.kind == "deposit" else "withdrawal"
    money, waits = abs(row.amount), ledger.underway(row.account)
    move = funding.decided(kind, row.account, money, waits, row.id, fate)
    act = act_of(call, "member.decide_funds", member.id)
    result = await attempt(call, act, lambda _, audit: _audited(move, audit))
    if isinstance(result, Written):
        done = _done(call, member, result.receipt, result.audit_id, replayed=False)
        id = services_of(call).ids.text(row.id, Kind.TRANSFER)
        return msgspec.structs.replace(done, transfer_id=id)
    if result.code is Code.TRANSFER_EXISTS:  # decided by somebody else in this very moment
        raise _decided(call, "decided")
    if result.code is Code.INSUFFICIENT_BALANCE:
        result = Reject(result.code, "the account has less than this to give back")
    raise rejected(call, result)


async def _transfer_of(call: AnyCall, member: Member) -> TransferRow:
    """The deposit or withdrawal of a member that the path names. Raises: ApiError."""
    services, name = services_of(call), call.path["transfer_id"]
    number = services.ids.number(name, Kind.TRANSFER)
    row = None
    if number is not None:
        row = await services.reader.run(lambda connection: transfers.find_funds(connection, number))
    if row is None or member_number(row.account) != member.number:
        raise not_found(call, "deposit or withdrawal", name)
    return row


def _decided(call: AnyCall, status: str) -> ApiError:
    return refusal(call, 409, "wrong_status", f"it is {status} already", "status")


async def deposit(call: AnyCall, member: Member, money: Money, cause: str) -> None:
    """Put money into a member's primary account, noted as an act of its own."""
    move = _move(ledger.cash(account_id(member.number)), money, "deposit", cause)
    act = act_of(call, _ACTION, member.id)
    await submit(call, act, lambda _, audit: _audited(move, audit))


def _move(cash: str, added: Money, kind: str, cause: str) -> Move:
    return Move(((ledger.WORLD, -added), (cash, added)), cause, kind)


def _audited(move: Move, audit: int) -> Move:
    return Move(move.lines, move.cause, move.kind, audit=audit)


async def _earlier(call: AnyCall, move: Move) -> tuple[Entry, int]:
    """The entry that used the cause, if it did just this, and its audit row. Raises: ApiError."""
    key = once_key(move)
    assert key is not None, "a movement has a cause"
    services = services_of(call)
    seq = await services.gateway.used_by(*key)
    entry = await services.reader.run(lambda connection: history.entry(connection, seq))
    done = entry.command
    if isinstance(done, Move) and (done.lines, done.kind) == (move.lines, move.kind):
        return entry, done.audit
    sentence = "this cause was used before, for another movement"
    raise refusal(call, 409, Code.TRANSFER_EXISTS.value, sentence, "cause")


def _done(
    call: AnyCall, member: Member, entry: Receipt | Entry, audit: int, *, replayed: bool
) -> FundsDone:
    fact = next(fact for fact in entry.facts if isinstance(fact, MoneyMoved))
    kind, _, fate = fact.kind.partition(":")
    waits = any(line.account.startswith(ledger.UNDERWAY) for line in fact.lines)
    cash = [line.after for line in fact.lines if line.account.startswith("cash:")]
    return FundsDone(
        seq=entry.seq,
        audit_id=audit,
        member_id=member.id,
        transfer_id=services_of(call).ids.text(fact.id, Kind.TRANSFER),
        kind=kind,
        status=fate or ("pending" if waits else "applied"),
        amount=format_balance(abs(fact.lines[0].amount)),
        cash=format_balance(cash[0]) if cash else None,
        replayed=replayed,
    )
