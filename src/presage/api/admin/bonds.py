"""The end of disputes: rows are decided, who disputed is told, the bonds go where they belong.

It decides no dispute; it carries out what was decided of several together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from presage.api.admin.writing import AnyCall
from presage.api.site import ids
from presage.api.site.disputes import bond_lines
from presage.domain import accounts as ledger
from presage.domain.resolution_commands import Lines
from presage.site import disputes, notifications, outbox
from presage.site.disputes import UPHELD, VOIDED, Dispute
from presage.site.events import SiteEvent

Verdict = tuple[Dispute, str, bool]
"""A dispute, what it becomes, and whether its bond is lost."""
_TITLES: Final = {
    UPHELD: "Your dispute was upheld",
    VOIDED: "The market you disputed is void",
    disputes.REJECTED: "Your dispute was rejected",
}
UPHELD_TOPIC: Final = "dispute.upheld"


class Ended(NamedTuple):
    """The decided rows, and the lines that move their bonds."""

    disputes: list[Dispute]
    lines: Lines


def back(
    connection: Any, call: AnyCall, row: SiteEvent, verdicts: Sequence[Verdict], note: str
) -> Ended:
    """Write the verdicts down and tell of them; where the bonds go is for the command."""
    lines: Counter[str] = Counter()
    decided = []
    for one, status, lost in verdicts:
        ended = msgspec.structs.replace(
            one, status=status, note=note, decided_at=call.at, decided_by=call.caller.member
        )
        disputes.decide(connection, ended)
        decided.append(ended)
        for name, amount in bond_lines(one, -1, ledger.BONUS if lost else ""):
            lines[name] += amount
        _tell(connection, call, row, ended, lost=lost)
    return Ended(decided, tuple(lines.items()))


def _tell(connection: Any, call: AnyCall, row: SiteEvent, one: Dispute, *, lost: bool) -> None:
    shown = ids.shown("dsp", one.id)
    if one.status == UPHELD:
        outbox.add(connection, call.at, UPHELD_TOPIC, one.member, {"dispute": shown})
    notifications.tell(
        connection,
        call.at,
        one.member,
        "DISPUTE_DECIDED",
        _TITLES[one.status],
        f"{one.note} Your bond is lost.".strip() if lost and one.bond else one.note,
        f"/events/{row.slug}",
        dispute=shown,
        status=one.status,
    )
