"""Mail that is to be sent: rows, written with their cause and taken off when they have gone out.

Each has a fixed id, so that a mail that was sent twice can be known as one.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Text, delete, select

from presage.storage import kept
from presage.units import SECOND, Micros

MOST_TRIES = 10
_FIRST_WAIT: Micros = 30 * SECOND

mails = kept.kept_table(
    "mails",
    Column("id", Text, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
)
Index("mails_by_due_at", mails.c.due_at)


class Mail(msgspec.Struct, frozen=True):
    """One mail to one recipient."""

    id: str
    recipient: str
    subject: str
    text: str
    created_at: Micros
    due_at: Micros
    tries: int = 0


def add(connection: Connection, mail: Mail) -> None:
    """Write one."""
    kept.insert(connection, mails, msgspec.structs.asdict(mail))


def due(connection: Connection, now: Micros, limit: int) -> list[Mail]:
    """What is to be sent now, in the order of its time."""
    query = select(mails).where(mails.c.due_at <= now).order_by(mails.c.due_at).limit(limit)
    return [Mail(**row) for row in kept.read(connection, query, mails)]


def sent(connection: Connection, id: str) -> None:
    """It has gone out."""
    connection.execute(delete(mails).where(mails.c.id == id))


def failed(connection: Connection, mail: Mail, now: Micros) -> None:
    """Try again later, each time after twice as long, and in the end no more."""
    if mail.tries + 1 >= MOST_TRIES:
        sent(connection, mail.id)
        return
    wait = _FIRST_WAIT << mail.tries
    kept.change(connection, mails, mails.c.id == mail.id, tries=mail.tries + 1, due_at=now + wait)
