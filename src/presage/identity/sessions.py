"""Sessions of people who logged in: rows that can be listed and ended, tokens kept as digests.

A session ends when it has not been used for a while, in any case some time after the login, and at
once when it is revoked. `Sessions` holds the live ones in memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, Text, and_, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import SECOND, Micros

DAY: Final[Micros] = 86_400 * SECOND
LONGEST: Final[Micros] = 90 * DAY
TOKEN_LIFE: Final[Micros] = DAY
MOST: Final = 50
"""Live sessions of one member; with one more the oldest ends."""
TOUCH: Final[Micros] = 3_600 * SECOND
"""How old the note of the last use may get before it is written again."""

sessions = kept.kept_table(
    "sessions",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("host", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("revoked_at", BigInteger, nullable=False),
)
Index("sessions_by_member", sessions.c.member, sessions.c.created_at)


class Session(msgspec.Struct, frozen=True):
    """`kind` is cookie or token; `revoked_at` 0: it is live."""

    id: str
    member: MemberId
    digest: bytes
    kind: str
    created_at: Micros
    used_at: Micros
    expires_at: Micros
    host: str
    agent: str
    revoked_at: Micros = 0


def add(connection: Connection, session: Session) -> list[Session]:
    """Write a new session; those that had to end for it."""
    kept.insert(connection, sessions, msgspec.structs.asdict(session))
    live = of_member(connection, session.member)
    over = [one for one in live if one.expires_at <= session.created_at]
    over += [one for one in live if one not in over][: max(0, len(live) - len(over) - MOST)]
    return revoke(connection, over, session.created_at)


def of_member(connection: Connection, member: MemberId) -> list[Session]:
    """A member's sessions that were not revoked, oldest first."""
    mine = and_(sessions.c.member == member, sessions.c.revoked_at == 0)
    query = select(sessions).where(mine).order_by(sessions.c.created_at, sessions.c.id)
    return [Session(**row) for row in kept.read(connection, query, sessions)]


def revoke(connection: Connection, which: Iterable[Session], at: Micros) -> list[Session]:
    """End sessions; they as they are now."""
    ended = [msgspec.structs.replace(one, revoked_at=at) for one in which]
    for one in ended:
        kept.change(connection, sessions, sessions.c.id == one.id, revoked_at=at)
    return ended


def touch(connection: Connection, session: Session) -> None:
    """Note a use."""
    where = and_(sessions.c.id == session.id, sessions.c.revoked_at == 0)
    times = {"used_at": session.used_at, "expires_at": session.expires_at}
    kept.change(connection, sessions, where, **times)


class Sessions:
    """The live sessions by digest, and by id."""

    def __init__(self) -> None:
        self._sessions: dict[bytes, Session] = {}
        self._ids: dict[str, Session] = {}

    def load(self, connection: Connection) -> None:
        """Read all that were not revoked."""
        query = select(sessions).where(sessions.c.revoked_at == 0)
        for row in kept.read(connection, query, sessions):
            self.put(Session(**row))

    def find(self, digest: bytes, at: Micros) -> Session | None:
        """The session, if it is live."""
        found = self._sessions.get(digest)
        return found if found is not None and at < found.expires_at else None

    def put(self, session: Session) -> None:
        """Take over a committed new, touched or revoked session."""
        if session.revoked_at:
            self._sessions.pop(session.digest, None)
            self._ids.pop(session.id, None)
        else:
            self._sessions[session.digest] = self._ids[session.id] = session

    def by_id(self, id: str) -> Session | None:
        """The session, as long as it was not revoked."""
        return self._ids.get(id)
