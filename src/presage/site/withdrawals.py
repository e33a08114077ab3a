"""Withdrawals that members have asked for: reviewed, approved, sent and paid, or given back.

While one is open its money is on hold: the member's own, and not to be spent. Row and movement are
one submission; the movement's cause names the row. Who may approve what is the desk's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Select, Text, func, select

from presage.domain import accounts as ledger
from presage.domain import funding
from presage.domain.commands import Move
from presage.domain.funding import Fate
from presage.domain.ids import MemberId, account_id
from presage.site import notifications, outbox
from presage.storage import kept
from presage.units import CENT, Micros, Money

PENDING_REVIEW: Final = "PENDING_REVIEW"
APPROVED: Final = "APPROVED"
SENT: Final = "SENT"
PAID: Final = "PAID"
REJECTED: Final = "REJECTED"
FAILED: Final = "FAILED"
CANCELLED: Final = "CANCELLED"
CAUSE: Final = "withdrawal:"
UPDATED: Final = "withdrawal.updated"
OPEN: Final = (PENDING_REVIEW, APPROVED, SENT)
NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    PENDING_REVIEW: (APPROVED, REJECTED, CANCELLED),
    APPROVED: (SENT, PAID, REJECTED, FAILED),
    SENT: (PAID, FAILED),
}
"""What may become of one by its status."""
_FATES: Final[Mapping[str, Fate]] = {
    PAID: "applied",
    REJECTED: "failed",
    FAILED: "failed",
    CANCELLED: "failed",
}
_TITLES: Final = {
    PENDING_REVIEW: ("WITHDRAWAL_REQUESTED", "Your withdrawal is being looked at"),
    APPROVED: ("WITHDRAWAL_APPROVED", "Your withdrawal is approved"),
    PAID: ("WITHDRAWAL_PAID", "Your withdrawal is paid"),
    REJECTED: ("WITHDRAWAL_REJECTED", "Your withdrawal was turned down"),
    FAILED: ("WITHDRAWAL_REJECTED", "Your withdrawal could not be paid"),
}

withdrawals = kept.kept_table(
    "withdrawals",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("fee", BigInteger, nullable=False),
    Column("destination", Text, nullable=False),
    Column("payee", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("approver", BigInteger, nullable=False),
    Column("reference", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("ready_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
_w = withdrawals.c
Index("withdrawals_by_member", _w.member, _w.id)
Index("withdrawals_by_status", _w.status, _w.id)
Index("withdrawals_by_payee", _w.member, _w.payee)


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` leaves the account; the gateway keeps `fee` of it. `payee` stands for gateway and
    destination. Nobody approves it before `ready_at`; `approver` is who was the first to approve
    one that needs two. `due_at` is when it is handed over (again), `tries` how often it was."""

    id: str
    member: MemberId
    gateway: str
    amount: Money
    fee: Money
    destination: dict[str, str]
    payee: str
    status: str = PENDING_REVIEW
    approver: MemberId = 0
    reference: str = ""
    note: str = ""
    created_at: Micros
    ready_at: Micros
    due_at: Micros = 0
    tries: int = 0
    decided_at: Micros = 0
    version: int = 1

    @property
    def cause(self) -> str:
        return CAUSE + self.id


def payee(gateway: str, destination: Mapping[str, str]) -> str:
    """What stands for where money goes to."""
    text = msgspec.json.encode([gateway, sorted(destination.items())])
    return hashlib.sha256(text).hexdigest()


def later(one: Withdrawal, at: Micros) -> Withdrawal:
    """The same, which nobody approves before `at`."""
    return msgspec.structs.replace(one, ready_at=at)


def begin(connection: Connection, one: Withdrawal) -> Move:
    """Write a new one; its money is on hold."""
    kept.insert(connection, withdrawals, _row(one))
    _publish(connection, one, one.created_at)
    waits = ledger.hold(ledger.WITHDRAWAL, one.id)
    return funding.begun("withdrawal", account_id(one.member), one.amount, one.cause, waits)


def change(connection: Connection, one: Withdrawal, **changes: Any) -> Withdrawal:
    """Give it other values, which nobody is told."""
    now = msgspec.structs.replace(one, version=one.version + 1, **changes)
    kept.replace(connection, withdrawals, _row(now))
    return now


def decide(
    connection: Connection, one: Withdrawal, status: str, at: Micros, **changes: Any
) -> tuple[Withdrawal, Move | None]:
    """This became of it; where its money goes, unless that is still open. The member is told."""
    assert status in NEXT.get(one.status, ()), "the status allows it"
    fate = _FATES.get(status)
    now = change(connection, one, status=status, decided_at=at if fate else 0, **changes)
    _publish(connection, now, at)
    if fate is None:
        return now, None
    account, waits = account_id(now.member), ledger.hold(ledger.WITHDRAWAL, now.id)
    return now, funding.decided("withdrawal", account, now.amount, waits, now.cause, fate)


def find(connection: Connection, id: str) -> Withdrawal | None:
    """By id."""
    return next(iter(_read(connection, select(withdrawals).where(_w.id == id))), None)


def some(connection: Connection, ids: Sequence[str]) -> dict[str, Withdrawal]:
    """Those with these ids."""
    query = select(withdrawals).where(_w.id.in_(list(ids)))
    return {one.id: one for one in _read(connection, query)} if ids else {}


def page(
    connection: Connection, after: str, limit: int, *, status: str = "", member: MemberId = 0
) -> list[Withdrawal]:
    """Newest first, older than the id `after`."""
    query = select(withdrawals)
    if after:
        query = query.where(_w.id < after)
    if status:
        query = query.where(_w.status == status)
    if member:
        query = query.where(_w.member == member)
    return _read(connection, query.order_by(_w.id.desc()).limit(limit))


def is_known(connection: Connection, member: MemberId, payee: str) -> bool:
    """Was this member paid there before?"""
    where = (_w.member == member) & (_w.payee == payee) & (_w.status == PAID)
    return connection.execute(select(_w.id).where(where).limit(1)).first() is not None


def open_of(connection: Connection, member: MemberId) -> int:
    """How many of a member's are not over."""
    query = select(func.count()).where(_w.member == member, _w.status.in_(OPEN))
    return int(connection.execute(query).scalar_one())


def waiting(connection: Connection) -> int:
    """How many wait for somebody at the desk."""
    query = select(func.count()).where(_w.status.in_((PENDING_REVIEW, APPROVED)))
    return int(connection.execute(query).scalar_one())


def due(connection: Connection, gateways: Sequence[str], now: Micros) -> Withdrawal | None:
    """The oldest approved one that one of these gateways is to be handed now."""
    where = (_w.status == APPROVED) & (_w.due_at <= now) & _w.gateway.in_(list(gateways))
    query = select(withdrawals).where(where).order_by(_w.id).limit(1)
    return next(iter(_read(connection, query)), None)


def _publish(connection: Connection, one: Withdrawal, at: Micros) -> None:
    told: outbox.Data = {"withdrawal": one.id, "status": one.status}
    outbox.add(connection, at, UPDATED, one.member, told)
    if one.status in _TITLES:
        type, title = _TITLES[one.status]
        cents = one.amount // CENT
        notifications.tell(
            connection, at, one.member, type, title, one.note, "/wallet", amountCents=cents
        )


def _row(one: Withdrawal) -> kept.Row:
    text = msgspec.json.encode(one.destination, order="sorted").decode()
    return msgspec.structs.asdict(one) | {"destination": text}


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> list[Withdrawal]:
    return [
        Withdrawal(**(row | {"destination": msgspec.json.decode(row["destination"])}))
        for row in kept.read(connection, query, withdrawals)
    ]
