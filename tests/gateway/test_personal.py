"""What is kept of a member is named: no table of rows is forgotten when its member asks."""

from __future__ import annotations

from presage.gateway import personal
from presage.gateway.rows import KEPT


def test_every_table_of_rows_belongs_to_members_or_is_listed() -> None:
    names = {table.name: table for table in KEPT}
    listed = personal.IMPERSONAL | personal.SECRET
    assert listed <= names.keys(), "a listed table is gone"
    forgotten = [
        name for name, table in names.items() if name not in listed and not personal.owner_of(table)
    ]
    assert forgotten == [], "name its owner's column as OWNERS does, or list it"
    exported = {source.table.name for source in personal.sources()}
    assert not exported & listed
    assert {"profiles", "orders", "fills", "sessions"} <= exported
