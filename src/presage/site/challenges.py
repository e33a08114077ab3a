"""Challenges: what two members bet against each other on an option, and what became of it.

Stakes are in cents; their money is in the ledger (`hold:challenge:<account>:<id>` while one waits
for an opponent, `pot:challenge:<id>` once there is one) and is moved by whoever changes the row.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Text,
    func,
    or_,
    select,
)

from presage.domain import accounts as ledger
from presage.domain.commands import Move
from presage.domain.ids import MarketId, MemberId, account_id
from presage.storage import kept
from presage.units import CENT, Micros

Status = Literal["OPEN", "ACTIVE", "SETTLED", "EXPIRED", "CANCELLED", "VOIDED"]
OPEN: Final = "OPEN"
ACTIVE: Final = "ACTIVE"
SETTLED: Final = "SETTLED"
EXPIRED: Final = "EXPIRED"
CANCELLED: Final = "CANCELLED"
VOIDED: Final = "VOIDED"
CAUSE: Final = "challenge"
ESCROW: Final = "challenge_escrow"
PAYOUT: Final = "challenge_payout"
MOST_OPEN: Final = 20
"""Challenges of one member that wait for an opponent."""

challenges = kept.kept_table(
    "challenges",
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("creator", BigInteger, nullable=False),
    Column("opponent", BigInteger, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("market", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("stake", BigInteger, nullable=False),
    Column("opponent_stake", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("over_at", BigInteger, nullable=False),
    Column("winner", BigInteger, nullable=False),
    Column("creator_payout", BigInteger, nullable=False),
    Column("opponent_payout", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
)
Index("challenges_by_code", challenges.c.code, unique=True)
Index("challenges_by_creator", challenges.c.creator, challenges.c.id)
Index("challenges_by_opponent", challenges.c.opponent, challenges.c.id)
Index("challenges_by_market", challenges.c.market, challenges.c.id)
Index("challenges_by_status", challenges.c.status, challenges.c.expires_at)

_c = challenges.c


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`opponent` is 0 until there is one; `named`: nobody else may accept. `outcome` (yes, no) is
    the creator's side. `winner` 0: nobody won. `why` says why it was voided."""

    id: str
    code: str
    creator: MemberId
    opponent: MemberId = 0
    named: bool = False
    market: MarketId
    outcome: str
    stake: int
    opponent_stake: int
    message: str = ""
    status: str = OPEN
    created_at: Micros
    expires_at: Micros
    accepted_at: Micros = 0
    over_at: Micros = 0
    winner: MemberId = 0
    creator_payout: int = 0
    opponent_payout: int = 0
    why: str = ""

    @property
    def pot(self) -> int:
        return self.stake + self.opponent_stake

    @property
    def hold(self) -> ledger.LedgerAccount:
        return f"hold:{CAUSE}:{account_id(self.creator)}:{self.id}"

    @property
    def pot_account(self) -> ledger.LedgerAccount:
        return f"pot:{CAUSE}:{self.id}"


def add(connection: Connection, one: Challenge) -> Move:
    """Write a new one; its stake goes into its hold."""
    kept.insert(connection, challenges, msgspec.structs.asdict(one))
    stake = one.stake * CENT
    return _move(one, "staked", ESCROW, (_cash(one.creator), -stake), (one.hold, stake))


def accept(connection: Connection, one: Challenge, opponent: MemberId, at: Micros) -> Move:
    """There is an opponent: both stakes go into the pot."""
    _write(connection, one, status=ACTIVE, opponent=opponent, accepted_at=at)
    mine, theirs = one.stake * CENT, one.opponent_stake * CENT
    return _move(
        one,
        "accepted",
        ESCROW,
        (one.hold, -mine),
        (_cash(opponent), -theirs),
        (one.pot_account, mine + theirs),
    )


def end_open(connection: Connection, one: Challenge, status: str, at: Micros) -> Move:
    """It found no opponent (EXPIRED) or was taken back (CANCELLED): the stake goes back."""
    _write(connection, one, status=status, over_at=at)
    stake = one.stake * CENT
    return _move(one, status.lower(), PAYOUT, (one.hold, -stake), (_cash(one.creator), stake))


def settle(
    connection: Connection, one: Challenge, creator_cents: int, winner: MemberId, at: Micros
) -> Move:
    """It is decided: `creator_cents` of the pot go to the creator, the rest to the opponent."""
    _write(
        connection,
        one,
        status=SETTLED,
        over_at=at,
        winner=winner,
        creator_payout=creator_cents,
        opponent_payout=one.pot - creator_cents,
    )
    return _pay(one, "settled", creator_cents)


def void(connection: Connection, one: Challenge, why: str, at: Micros) -> Move:
    """It decides nothing: each stake goes back."""
    _write(connection, one, status=VOIDED, over_at=at, why=why)
    return _pay(one, "voided", one.stake)


def find(connection: Connection, id: str) -> Challenge | None:
    """By id."""
    return next(iter(_read(connection, select(challenges).where(_c.id == id))), None)


def by_code(connection: Connection, code: str) -> Challenge | None:
    """By its code, as `canonical` makes it."""
    return next(iter(_read(connection, select(challenges).where(_c.code == code))), None)


def page(
    connection: Connection,
    member: MemberId,
    after: str,
    limit: int,
    *,
    status: str = "",
    role: str = "",
) -> list[Challenge]:
    """A member's, newest first, older than the id `after`. `role`: creator or opponent."""
    whose = {"creator": _c.creator == member, "opponent": _c.opponent == member}
    mine = whose[role] if role else or_(*whose.values())
    query = select(challenges).where(mine)
    if status:
        query = query.where(_c.status == status)
    if after:
        query = query.where(_c.id < after)
    return _read(connection, query.order_by(_c.id.desc()).limit(limit))


def count_open(connection: Connection, creator: MemberId) -> int:
    """How many of a member's wait for an opponent."""
    query = select(func.count()).where(_c.creator == creator, _c.status == OPEN)
    return int(connection.execute(query).scalar_one())


def has_open(
    connection: Connection, creator: MemberId, market: MarketId, opponent: MemberId
) -> bool:
    """Has the creator challenged this very member on this option already?"""
    query = select(_c.id).where(
        _c.creator == creator, _c.market == market, _c.opponent == opponent, _c.status == OPEN
    )
    return connection.execute(query).first() is not None


def is_at_stake(connection: Connection, member: MemberId) -> bool:
    """Does a member wait for an opponent or for an outcome?"""
    query = select(_c.id).where(
        or_(
            (_c.creator == member) & _c.status.in_((OPEN, ACTIVE)),
            (_c.opponent == member) & (_c.status == ACTIVE),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def due(connection: Connection, at: Micros, limit: int, member: MemberId = 0) -> list[Challenge]:
    """Those whose time to find an opponent has passed; with `member` only its own."""
    query = select(challenges).where(_c.status == OPEN, _c.expires_at <= at)
    if member:
        query = query.where(or_(_c.creator == member, _c.opponent == member))
    return _read(connection, query.order_by(_c.expires_at, _c.id).limit(limit))


def ids_in(connection: Connection, market: MarketId) -> list[str]:
    """All that were ever made about an option, oldest first."""
    query = select(_c.id).where(_c.market == market).order_by(_c.id)
    return list(connection.scalars(query))


def markets_at_stake(connection: Connection, status: str) -> list[MarketId]:
    """Options that challenges in this status are about."""
    query = select(_c.market).where(_c.status == status).distinct().order_by(_c.market)
    return list(connection.scalars(query))


def ids_at_stake(
    connection: Connection, market: MarketId, status: str, after: str, limit: int
) -> list[str]:
    """Those about an option in a status, oldest first, behind the id `after`."""
    query = select(_c.id).where(_c.market == market, _c.status == status, _c.id > after)
    return list(connection.scalars(query.order_by(_c.id).limit(limit)))


def canonical(code: str) -> str:
    """A code as people type it, as it is kept: I and L are ones, O is a zero."""
    return code.upper().translate(_ALIKE)


_ALIKE: Final = str.maketrans("ILO", "110")


def _cash(member: MemberId) -> str:
    return ledger.cash(account_id(member))


def _pay(one: Challenge, how: str, creator_cents: int) -> Move:
    shares = ((one.creator, creator_cents), (one.opponent, one.pot - creator_cents))
    paid = [(_cash(member), cents * CENT) for member, cents in shares if cents]
    return _move(one, how, PAYOUT, (one.pot_account, -one.pot * CENT), *paid)


def _move(one: Challenge, how: str, kind: str, *lines: tuple[str, int]) -> Move:
    return Move(lines, f"{CAUSE}:{one.id}:{how}", kind)


def _write(connection: Connection, one: Challenge, **values: Any) -> None:
    changed = msgspec.structs.replace(one, **values)
    kept.replace(connection, challenges, msgspec.structs.asdict(changed))


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[Challenge]:
    return [Challenge(**row) for row in kept.read(connection, query, challenges)]
