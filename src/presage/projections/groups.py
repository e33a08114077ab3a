"""The order groups that exist, with their limits."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from presage.domain.group_facts import (
    GroupCreated,
    GroupDeleted,
    GroupLimitSet,
    GroupReset,
    GroupTriggered,
)
from presage.domain.ids import AccountId, Id
from presage.projections.newest import columns
from presage.projections.projection import Moment, Rows, render
from presage.storage.schema import BigKey, projected
from presage.units import Count, Micros

order_groups = Table(
    "order_groups",
    projected,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("account", BigInteger, nullable=False),
    Column("contracts_limit", BigInteger, nullable=False),
    Column("triggered", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("order_groups_by_account", order_groups.c.account, order_groups.c.id)

_THIS = order_groups.c.id == bindparam("which")
_INSERT = render(insert(order_groups))
_LIMIT = render(update(order_groups).where(_THIS).values(contracts_limit=bindparam("to")))
_TRIGGER = render(update(order_groups).where(_THIS).values(triggered=bindparam("to")))
_DELETE = render(delete(order_groups).where(_THIS))


class GroupRow(msgspec.Struct, frozen=True):
    """`triggered` groups take no orders until they are reset."""

    id: Id
    account: AccountId
    contracts_limit: Count
    triggered: bool
    created_at: Micros


class Groups:
    """Writes the table."""

    name = "groups"
    tables = (order_groups,)
    handles = frozenset({GroupCreated, GroupDeleted, GroupLimitSet, GroupReset, GroupTriggered})

    def apply(self, moments: Sequence[Moment], rows: Rows) -> None:
        for moment in moments:
            for fact in moment.facts:
                match fact:
                    case GroupCreated():
                        row = GroupRow(fact.group, fact.account, fact.limit, False, moment.at)
                        rows.add(_INSERT, msgspec.structs.asdict(row))
                    case GroupLimitSet():
                        rows.add(_LIMIT, {"which": fact.group, "to": fact.limit})
                    case GroupTriggered():
                        rows.add(_TRIGGER, {"which": fact.group, "to": True})
                    case GroupReset():
                        rows.add(_TRIGGER, {"which": fact.group, "to": False})
                    case GroupDeleted():
                        rows.add(_DELETE, {"which": fact.group})
                    case _:
                        pass


def find(connection: Connection, group: Id) -> GroupRow | None:
    """One group, whoever owns it."""
    query = select(*columns(GroupRow, order_groups)).where(order_groups.c.id == group)
    row = connection.execute(query).first()
    return None if row is None else GroupRow(*row)


def of_accounts(connection: Connection, accounts: Sequence[AccountId]) -> list[GroupRow]:
    """All groups of these accounts, newest first."""
    query = select(*columns(GroupRow, order_groups)).where(order_groups.c.account.in_(accounts))
    rows = connection.execute(query.order_by(order_groups.c.id.desc()))
    return [GroupRow(*row) for row in rows]
