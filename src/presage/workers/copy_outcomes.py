"""What is written when a relation had its turn: the log, its counters, and what the copier is told.

Whoever has no money for a copy is told once an hour, and after five times in a row the relation
pauses. It decides neither what is copied nor what a copy is worth.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection

from presage.domain.ids import MarketId, MemberId
from presage.identity import people
from presage.site import copies, copy_log, notifications, outbox
from presage.site.copies import ACTIVE, PAUSED, Relation
from presage.site.copy_log import EXECUTED, Line
from presage.units import CONTRACT, SECOND, Count, Micros

EXECUTED_TOPIC: Final = "copy.executed"
SKIPPED_TOPIC: Final = "copy.skipped"
MOST_MISSES: Final = 5
TELL_EVERY: Final[Micros] = 3_600 * SECOND
NO_MONEY: Final = "insufficient_funds"
_PAGE: Final = "/copy-trader"
_WHY: Final = {
    "insufficient_funds": "there was not enough money for five copies in a row",
    "max_loss": "the loss has reached your limit",
    "opted_out": "the trader does not want to be copied any more",
    "leader_suspended": "the trader is suspended",
    "leader_closed": "the trader has left",
    "blocked": "one of you has blocked the other",
}


def executed(connection: Connection, relation: Relation, line: Line, action: str) -> Relation:
    """A copy has traded."""
    line = replace(line, outcome=EXECUTED)
    copy_log.add(connection, line)
    name, count = _name(connection, relation.leader), _contracts(line.quantity)
    _announce(connection, EXECUTED_TOPIC, relation, line, action)
    notifications.tell(
        connection,
        line.at,
        relation.copier,
        "COPY_EXECUTED",
        f"Copied {name}: {'bought' if action == 'buy' else 'sold'} {count}",
        url=_PAGE,
        username=name,
    )
    changed = replace(relation, copied=relation.copied + 1, misses=0, updated_at=line.at)
    return copies.put(connection, changed)


def skipped(connection: Connection, relation: Relation, line: Line, action: str) -> Relation:
    """There was no copy, for the reason that the line gives."""
    copy_log.add(connection, line)
    _announce(connection, SKIPPED_TOPIC, relation, line, action)
    changed = replace(relation, skipped=relation.skipped + 1, updated_at=line.at)
    if line.reason == NO_MONEY:
        changed = replace(changed, misses=relation.misses + 1)
        if not relation.told_at or line.at >= relation.told_at + TELL_EVERY:
            changed = replace(changed, told_at=line.at)
            _tell_of_no_money(connection, changed)
    if changed.misses >= MOST_MISSES and changed.status == ACTIVE:
        return paused(connection, changed, NO_MONEY, line.at)
    return copies.put(connection, changed)


def paused(connection: Connection, relation: Relation, reason: str, at: Micros) -> Relation:
    """It stops for now, which nobody but the copier can take back."""
    changed = replace(relation, status=PAUSED, reason=reason, misses=0, updated_at=at)
    copies.put(connection, changed)
    name = _name(connection, relation.leader)
    notifications.tell(
        connection,
        at,
        relation.copier,
        "COPY_PAUSED",
        f"Copying {name} is paused",
        f"It is paused because {_WHY[reason]}.",
        _PAGE,
        username=name,
        reason=reason,
    )
    return changed


def line_of(relation: Relation, job: str, market: MarketId, at: Micros, reason: str = "") -> Line:
    """The beginnings of a line of the log."""
    return Line(
        relation=relation.id, job=job, copier=relation.copier, at=at, market=market, reason=reason
    )


def _tell_of_no_money(connection: Connection, relation: Relation) -> None:
    name = _name(connection, relation.leader)
    notifications.tell(
        connection,
        relation.told_at,
        relation.copier,
        "COPY_SKIPPED",
        f"A trade of {name} was not copied",
        "There was not enough money for it.",
        _PAGE,
        username=name,
        reason=NO_MONEY,
    )


def _announce(
    connection: Connection, topic: str, relation: Relation, line: Line, action: str
) -> None:
    data = {
        "relation": relation.id,
        "leader": relation.leader,
        "market": line.market,
        "order": line.order_id,
        "action": action,
        "quantity": line.quantity,
        "gross": line.gross,
        "reason": line.reason,
    }
    outbox.add(connection, line.at, topic, relation.copier, data)


def _name(connection: Connection, member: MemberId) -> str:
    profile = people.find(connection, member)
    return profile.username if profile is not None else "somebody"


def _contracts(count: Count) -> str:
    whole, part = divmod(count, CONTRACT)
    return f"{whole}.{part:02d} contracts" if part else f"{whole} contract{'s' * (whole != 1)}"
