"""Categories as the site lists them: a slug, the name that events carry, a place in the list.

An event names its category in its texts; a category without a row is one that somebody used all the
same, and its slug is made from the name.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Column, Connection, Integer, Table, Text, select

from presage.site import slugs
from presage.storage import kept
from presage.units import Micros

categories: Final[Table] = kept.kept_table(
    "categories",
    Column("slug", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)


class Category(msgspec.Struct, frozen=True):
    """`position` orders the list, small numbers first."""

    slug: str
    name: str
    position: int = 0
    changed_at: Micros = 0


@lru_cache(maxsize=1_024)
def slug_of(name: str) -> str:
    """The slug of a category by its name."""
    return slugs.slug_of(name, "category")


def put(connection: Connection, category: Category) -> bool:
    """Write a category, over the one with its slug if there is one; whether it is new."""
    row = msgspec.structs.asdict(category)
    if kept.replace(connection, categories, row):
        return False
    kept.insert(connection, categories, row)
    return True


def find(connection: Connection, slug: str) -> Category | None:
    """By slug."""
    query = select(categories).where(categories.c.slug == slug)
    return next((Category(**row) for row in kept.read(connection, query, categories)), None)


def remove(connection: Connection, slug: str) -> None:
    """Erase a category; events keep its name."""
    connection.execute(categories.delete().where(categories.c.slug == slug))


def every(connection: Connection) -> list[Category]:
    """All of them in their order."""
    query = select(categories).order_by(categories.c.position, categories.c.slug)
    return [Category(**row) for row in kept.read(connection, query, categories)]
