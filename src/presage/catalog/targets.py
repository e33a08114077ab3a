"""Structured targets: the teams, people and places that strikes name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, select

from presage.catalog.milestones import competitions
from presage.catalog.texts import Texts
from presage.catalog.words import Words
from presage.units import Micros


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """`details` are free, by type."""

    id: str
    name: str
    type: str
    details: dict[str, Any] = {}
    source_id: str | None = None
    source_ids: dict[str, str] | None = None
    updated_at: Micros = 0


TARGETS: Final = Texts(
    "structured_targets",
    Target,
    times=frozenset({"updated_at"}),
    documents=frozenset({"details", "source_ids"}),
    key="id",
)
WORDS: Final = Words("structured_target_words")


def put(connection: Connection, target: Target) -> bool:
    """Write a target, new or over the one of that id; whether it is new."""
    words = [("competition", name) for name in competitions(target.details)]
    WORDS.put(connection, target.id, words)
    return TARGETS.put(connection, target)


def remove(connection: Connection, id: str) -> bool:
    """Erase a target; False when there is none."""
    WORDS.put(connection, id, ())
    return TARGETS.remove(connection, id)


def find(connection: Connection, id: str) -> Target | None:
    return TARGETS.find(connection, id)


def page(
    connection: Connection,
    limit: int,
    after: str | None,
    *,
    ids: Sequence[str] = (),
    type: str | None = None,
    competition: str | None = None,
) -> list[Target]:
    """Targets by id, behind `after`; no ids: whichever."""
    t = TARGETS.table.c
    query = select(TARGETS.table)
    if ids:
        query = query.where(t.id.in_(ids))
    if type is not None:
        query = query.where(t.type == type)
    if competition is not None:
        query = query.where(WORDS.having(t.id, "competition", competition))
    if after is not None:
        query = query.where(t.id > after)
    return TARGETS.read(connection, query.order_by(t.id).limit(limit))
