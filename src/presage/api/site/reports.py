"""Members report what others wrote, or the members themselves; enough reports hide it at once.

Reports by accounts that are younger than three days wait in the queue like all others, but do not
count towards hiding: accounts are easily made.
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import content, ids, spam
from presage.api.site.content import PREFIXES, USER, Target
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.services import AnyCall, site_of
from presage.api.site.strings import clean, printed
from presage.api.site.writing import submit
from presage.identity.uuids import uuid7
from presage.site import moderation, reports
from presage.site.moderation import AGAINST
from presage.site.posts import VISIBLE
from presage.site.reports import Report
from presage.units import SECOND, Micros
from presage.wire.site import reports as wire

GROWN_UP: Final[Micros] = 3 * 86_400 * SECOND
_SHORTEST: Final = 3
_LONGEST: Final = 500


async def report_content(call: Call[None, wire.CreateReport]) -> wire.ReportReply | Reply:
    """Report a post, a comment or a member."""
    body, site = call.body, site_of(call)
    reason = clean(body.reason, "reason", low=_SHORTEST, high=_LONGEST, lines=True)
    kind, id = body.target_type, ids.row_id(PREFIXES[body.target_type], body.target_id)
    if id is None:
        raise not_found()
    found: list[Report] = []
    new = Report(
        id=uuid7(call.at),
        target_type=kind,
        target=id,
        reporter=call.caller.member,
        reason=reason,
        created_at=call.at,
    )

    def rows(connection: Any) -> None:
        before = reports.by_reporter(connection, new.reporter, kind, id)
        if before is not None:
            found.append(before)
            return
        target = content.find(connection, site, kind, id)
        if target is None or not content.is_there(target):
            raise not_found()
        if target.author == new.reporter:
            raise invalid("targetId", "is your own")
        reports.add(connection, new)
        _hide_if_enough(connection, call, target)
        found.append(new)

    await submit(call, None, rows)
    shown = wire.ReportReply(report=_shown(found[-1]))
    return shown if found[-1] is new else Reply(200, shown)


def _hide_if_enough(connection: Any, call: AnyCall, target: Target) -> None:
    if target.kind == USER or target.status != VISIBLE:
        return
    people, since = site_of(call).people, call.at - GROWN_UP
    reporters = {one.reporter for one in reports.open_about(connection, target.kind, target.id)}
    known = [person for one in reporters if (person := people.find(one)) is not None]
    count = sum(person.created_at <= since for person in known)
    if count >= site_of(call).settings.number("AUTO_HIDE_REPORTS"):
        content.hide(connection, target)
        spam.note_hidden(
            connection,
            target.kind,
            target.id,
            target.author,
            "Several members have reported it.",
            call.at,
        )


async def appeal_action(call: Call[None, wire.CreateAppeal]) -> wire.AppealReply:
    """Appeal against what a moderator, or enough reports, did; once."""
    reason = clean(call.body.reason, "reason", low=_SHORTEST, high=_LONGEST, lines=True)
    id = ids.row_id("act", call.path["id"])
    if id is None:
        raise not_found()
    made: list[tuple[Report, moderation.Action]] = []

    def rows(connection: Any) -> None:
        action = moderation.find(connection, id)
        if action is None or action.member != call.caller.member or action.kind not in AGAINST:
            raise not_found()
        if action.appealed_at:
            raise refuse("conflict", "You have appealed against this before.")
        moderation.appealed(connection, action, call.at)
        appeal = Report(
            id=uuid7(call.at),
            target_type=action.target_type,
            target=action.target,
            reporter=action.member,
            reason=reason,
            appeal_of=action.id,
            created_at=call.at,
        )
        reports.add(connection, appeal)
        made.append((appeal, action))

    await submit(call, None, rows)
    appeal, action = made[-1]
    return wire.AppealReply(
        appeal=wire.Appeal(
            id=ids.shown("rep", appeal.id),
            action_id=ids.shown("act", action.id),
            action=action.kind,  # type: ignore[arg-type]  # one of AGAINST
            status="OPEN",
            created_at=printed(appeal.created_at),
        )
    )


def _shown(report: Report) -> wire.Report:
    return wire.Report(
        id=ids.shown("rep", report.id),
        target_type=report.target_type,  # type: ignore[arg-type]  # as it came in
        target_id=ids.shown(PREFIXES[report.target_type], report.target),
        reason=report.reason,
        status=report.status,  # type: ignore[arg-type]  # one of the three
        created_at=printed(report.created_at),
    )
