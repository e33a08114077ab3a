"""Print a revision: what the code's tables have beyond the newest revision in `versions/`.

    python -m tools.make_migration 0001 "the first tables" storage identity

The floors named (default: all) say whose tables to look at; importing their modules fills the one
MetaData. Revision 0001 is made from nothing. Only standard output is written; `ruff format` the
file afterwards.
"""

from __future__ import annotations

import pkgutil
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import sqlalchemy
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import MigrateOperation, UpgradeOps

import presage
from presage.storage import migrations
from presage.storage.database import Database
from presage.storage.schema import metadata

FLOORS = ("storage", "identity", "catalog", "site", "feeds", "workers")

TEMPLATE = '''"""{title}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "{number}"
down_revision = {previous}

BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for step in ({steps},):
        step()


{functions}
'''


def import_tables(floors: Sequence[str]) -> None:
    for found in pkgutil.walk_packages(presage.__path__, "presage."):
        floor = found.name.split(".")[1]
        if floor in floors and ".migrations" not in found.name:
            import_module(found.name)


def render(connection: sqlalchemy.Connection) -> dict[str, str]:
    """Statements by table: a function each keeps within the house's limit."""
    context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
    script = produce_migrations(context, metadata)
    assert script.upgrade_ops is not None
    by_table: dict[str, list[MigrateOperation]] = {}
    for step in script.upgrade_ops.ops:
        by_table.setdefault(getattr(step, "table_name", "others"), []).append(step)
    return {name: _code(steps) for name, steps in sorted(by_table.items())}


def _code(steps: list[MigrateOperation]) -> str:
    code = render_python_code(UpgradeOps(ops=steps), render_as_batch=False)
    lines = [line.strip() for line in code.splitlines() if not line.strip().startswith("#")]
    key = "sa.BigInteger().with_variant(sa.Integer(), 'sqlite')"
    return "\n    ".join(lines).replace(key, "BIG_KEY")


def main(number: str, title: str, *floors: str) -> None:
    import_tables(floors or FLOORS)
    with tempfile.TemporaryDirectory() as folder:
        if number == "0001":
            engine = sqlalchemy.create_engine("sqlite://")
            with engine.connect() as connection:
                steps = render(connection)
        else:
            database = Database(Path(folder))
            migrations.upgrade(database)
            steps = database.run_rows(render)
            database.close()
    functions = [f"def _{name}() -> None:\n    {code}" for name, code in steps.items()]
    previous = "None" if number == "0001" else f'"{migrations.newest()}"'
    sys.stdout.write(
        TEMPLATE.format(
            title=title.capitalize(),
            number=number,
            previous=previous,
            steps=", ".join(f"_{name}" for name in steps),
            functions="\n\n\n".join(functions),
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
