"""Deposits that members have asked for: what each is, and what may become of it.

The money is in the journal: it waits in the pot of what is underway until the deposit is confirmed,
once, or comes to nothing. Row and movement are one submission; the movement's cause names the row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

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

PENDING: Final = "PENDING"
CONFIRMED: Final = "CONFIRMED"
FAILED: Final = "FAILED"
EXPIRED: Final = "EXPIRED"
REVERSED: Final = "REVERSED"
CAUSE: Final = "deposit:"
UPDATED: Final = "deposit.updated"
NEXT: Final[Mapping[str, tuple[str, ...]]] = {
    PENDING: (CONFIRMED, FAILED, EXPIRED),
    CONFIRMED: (REVERSED,),
}
"""What may become of one by its status."""
_FATES: Final[Mapping[str, Fate]] = {
    CONFIRMED: "applied",
    FAILED: "failed",
    EXPIRED: "failed",
    REVERSED: "returned",
}
_TITLES: Final = {
    CONFIRMED: ("DEPOSIT_CONFIRMED", "Your deposit has arrived"),
    FAILED: ("DEPOSIT_FAILED", "Your deposit came to nothing"),
    EXPIRED: ("DEPOSIT_FAILED", "Your deposit was not paid in time"),
    REVERSED: ("DEPOSIT_REVERSED", "Your deposit was taken back"),
}

deposits = kept.kept_table(
    "deposits",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("gateway", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("fee", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
_d = deposits.c
Index("deposits_by_member", _d.member, _d.id)
Index("deposits_by_status", _d.status, _d.id)
Index("deposits_by_expiry", _d.status, _d.expires_at)


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """The member pays `amount`, of which the gateway keeps `fee`. `action`, `url` and `text` say
    what the member has to do; `reference` is the provider's name of it, `note` what there is to say
    about its end."""

    id: str
    member: MemberId
    gateway: str
    amount: Money
    fee: Money
    status: str = PENDING
    action: str = "NONE"
    url: str = ""
    text: str = ""
    reference: str = ""
    note: str = ""
    created_at: Micros
    expires_at: Micros
    decided_at: Micros = 0
    version: int = 1

    @property
    def cause(self) -> str:
        return CAUSE + self.id


def begin(connection: Connection, deposit: Deposit) -> Move:
    """Write a new one; its money is underway."""
    kept.insert(connection, deposits, msgspec.structs.asdict(deposit))
    _publish(connection, deposit, deposit.created_at)
    account = account_id(deposit.member)
    waits, money = ledger.underway(account), deposit.amount - deposit.fee
    return funding.begun("deposit", account, money, deposit.cause, waits)


def decide(
    connection: Connection, deposit: Deposit, status: str, at: Micros, note: str = ""
) -> tuple[Deposit, Move]:
    """This became of it; where its money goes. The member is told."""
    assert status in NEXT.get(deposit.status, ()), "the status allows it"
    now = msgspec.structs.replace(
        deposit, status=status, note=note, decided_at=at, version=deposit.version + 1
    )
    kept.replace(connection, deposits, msgspec.structs.asdict(now))
    _publish(connection, now, at)
    type, title = _TITLES[status]
    notifications.tell(
        connection, at, now.member, type, title, note, "/wallet", amountCents=now.amount // CENT
    )
    account = account_id(now.member)
    waits, money = ledger.underway(account), now.amount - now.fee
    fate = _FATES[status]
    return now, funding.decided("deposit", account, money, waits, now.cause, fate)


def find(connection: Connection, id: str) -> Deposit | None:
    """By id."""
    return next(iter(_read(connection, select(deposits).where(_d.id == id))), None)


def some(connection: Connection, ids: Sequence[str]) -> dict[str, Deposit]:
    """Those with these ids."""
    query = select(deposits).where(_d.id.in_(list(ids)))
    return {one.id: one for one in _read(connection, query)} if ids else {}


def page(
    connection: Connection, after: str, limit: int, *, status: str = "", member: MemberId = 0
) -> list[Deposit]:
    """Newest first, older than the id `after`."""
    query = select(deposits)
    if after:
        query = query.where(_d.id < after)
    if status:
        query = query.where(_d.status == status)
    if member:
        query = query.where(_d.member == member)
    return _read(connection, query.order_by(_d.id.desc()).limit(limit))


def overdue(connection: Connection, now: Micros) -> Deposit | None:
    """The first that was not paid in time."""
    query = select(deposits).where(_d.status == PENDING, _d.expires_at <= now)
    return next(iter(_read(connection, query.order_by(_d.expires_at).limit(1))), None)


def waiting(connection: Connection) -> int:
    """How many are not decided."""
    query = select(func.count()).where(_d.status == PENDING)
    return int(connection.execute(query).scalar_one())


def waits_for(connection: Connection, member: MemberId) -> bool:
    """Is a deposit of this member not decided?"""
    query = select(_d.id).where(_d.member == member, _d.status == PENDING).limit(1)
    return connection.execute(query).first() is not None


def _publish(connection: Connection, deposit: Deposit, at: Micros) -> None:
    told: outbox.Data = {"deposit": deposit.id, "status": deposit.status}
    outbox.add(connection, at, UPDATED, deposit.member, told)


def _read(connection: Connection, query: Select[tuple[object, ...]]) -> list[Deposit]:
    return [Deposit(**row) for row in kept.read(connection, query, deposits)]
