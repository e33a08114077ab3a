"""Reports: what members say about what others say, and what authors say against a decision.

Each member reports a thing once. An appeal is a report by the author against one action; both wait
in the same queue, and one decision answers all that wait about a thing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, Text, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

OPEN: Final = "OPEN"
UPHELD: Final = "UPHELD"
DISMISSED: Final = "DISMISSED"
MOST_TOGETHER: Final = 400
MOST_WAITING: Final = 10_000
"""Things in the queue that are looked at to sort it."""

reports = kept.kept_table(
    "reports",
    Column("id", Text, primary_key=True),
    Column("target_type", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("reporter", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("appeal_of", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
)
_r = reports.c
Index("reports_once", _r.target_type, _r.target, _r.reporter, _r.appeal_of, unique=True)
Index("reports_by_status", _r.status, _r.target_type, _r.target)
Index("reports_by_reporter", _r.reporter, _r.id)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`target` is the UUID of a post, a comment or a member's row. `reporter` 0: the spam guard.
    `appeal_of` is the action that an appeal is against, `action` the one that answered it."""

    id: str
    target_type: str
    target: str
    reporter: MemberId
    reason: str
    status: str = OPEN
    appeal_of: str = ""
    created_at: Micros
    action: str = ""


class Waiting(NamedTuple):
    """A thing in the queue: its first open report, and who reported it."""

    first: Report
    reporters: tuple[MemberId, ...]
    reasons: tuple[str, ...]
    appeal: Report | None


def add(connection: Connection, report: Report) -> None:
    """Write a new one."""
    kept.insert(connection, reports, msgspec.structs.asdict(report))


def find(connection: Connection, id: str) -> Report | None:
    """By id."""
    return next(iter(_read(connection, _r.id == id)), None)


def by_reporter(
    connection: Connection, reporter: MemberId, target_type: str, target: str
) -> Report | None:
    """What a member has reported before."""
    mine = (_r.reporter == reporter) & (_r.appeal_of == "")
    return next(iter(_read(connection, mine & _about(target_type, target))), None)


def open_about(connection: Connection, target_type: str, target: str) -> list[Report]:
    """What waits about a thing, oldest first; so many that one submission can answer them. Whatever
    more there is waits for another decision."""
    where = (_r.status == OPEN) & _about(target_type, target)
    query = select(reports).where(where).order_by(_r.id).limit(MOST_TOGETHER)
    return [Report(**row) for row in kept.read(connection, query, reports)]


def decide(connection: Connection, waiting: Iterable[Report], status: str, action: str) -> None:
    """Answer these."""
    for report in waiting:
        decided = msgspec.structs.replace(report, status=status, action=action)
        kept.replace(connection, reports, msgspec.structs.asdict(decided))


def reopen(connection: Connection, report: Report, reason: str) -> None:
    """It waits again, for another reason."""
    again = msgspec.structs.replace(report, status=OPEN, reason=reason, action="")
    kept.replace(connection, reports, msgspec.structs.asdict(again))


def queue(connection: Connection) -> list[Waiting]:
    """Everything that waits, a line a thing, in no order."""
    found: dict[tuple[str, str], list[Report]] = {}
    query = select(reports).where(_r.status == OPEN).order_by(_r.id).limit(MOST_WAITING)
    for row in kept.read(connection, query, reports):
        report = Report(**row)
        found.setdefault((report.target_type, report.target), []).append(report)
    return [_waiting(same) for same in found.values()]


def _waiting(same: list[Report]) -> Waiting:
    appeals = [report for report in same if report.appeal_of]
    said = [report for report in same if not report.appeal_of]
    return Waiting(
        same[0],
        tuple(report.reporter for report in said),
        tuple(report.reason for report in said),
        appeals[-1] if appeals else None,
    )


def _about(target_type: str, target: str) -> ColumnElement[bool]:
    return (_r.target_type == target_type) & (_r.target == target)


def _read(connection: Connection, where: ColumnElement[bool]) -> list[Report]:
    query = select(reports).where(where).order_by(_r.id)
    return [Report(**row) for row in kept.read(connection, query, reports)]
