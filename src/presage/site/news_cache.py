"""What was written about events, as providers have last told it, so that a restart asks nobody.

One row an event and kind. It can be erased at any time; nothing follows from it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, Table, Text, select

from presage.storage import kept
from presage.units import Micros

ARTICLES: Final = "articles"
SUMMARY: Final = "summary"

news_cache: Final[Table] = kept.kept_table(
    "news_cache",
    Column("event", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
)


class Told(NamedTuple):
    """An answer as JSON, and its moment."""

    at: Micros
    body: str


def put(connection: Connection, event: str, kind: str, told: Told) -> None:
    """Keep an answer instead of the one before."""
    row = {"event": event, "kind": kind, "at": told.at, "body": told.body}
    if not kept.replace(connection, news_cache, row):
        kept.insert(connection, news_cache, row)


def of_event(connection: Connection, event: str) -> dict[str, Told]:
    """What is kept about an event, by kind."""
    query = select(news_cache).where(news_cache.c.event == event)
    rows = kept.read(connection, query, news_cache)
    return {row["kind"]: Told(row["at"], row["body"]) for row in rows}
