"""The moderators' queue: what was reported or appealed, decided once for all who reported it.

Every decision has a reason, a row in the audit log and a row that its author may appeal against.
Muting and banning are rows; what stops a member trading is a command to the engine. A moderator
decides about no one who runs the site, and nobody about themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import content, ids, login, pages
from presage.api.site.content import USER, Target
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.strings import printed
from presage.domain.commands import SetMemberStatus
from presage.identity import members, people
from presage.identity.people import Person
from presage.identity.uuids import uuid7
from presage.site import moderation, notifications, reports
from presage.site.moderation import BAN, DISMISS, MUTE, REMOVE, SUSPEND, WARN, Action
from presage.site.reports import DISMISSED, OPEN, UPHELD, Report, Waiting
from presage.units import SECOND, Micros
from presage.wire.admin import moderation as wire

_HOUR: Final[Micros] = 3_600 * SECOND
_REASONS: Final = 20
_STAFF: Final = frozenset({"moderator", "resolver", "admin", "auditor"})
_KEEPS: Final = frozenset({DISMISS, WARN})
"""Decisions after which what was reported can be seen."""
_TITLES: Final = {
    DISMISS: "What was held against you was dismissed",
    REMOVE: "What you wrote was removed",
    WARN: "A moderator warns you",
    MUTE: "You are muted",
    SUSPEND: "Your account is suspended",
    BAN: "Your account is banned",
}


class _Queued(NamedTuple):
    score: int
    waiting: Waiting
    target: Target

    def keyset(self) -> tuple[int, str]:
        return -self.score, self.waiting.first.id


async def list_reports(call: Call[wire.ListReports, None]) -> wire.Cases:
    """List what waits for a decision: reporters times reach, the most first."""
    after, site = pages.after(call, int, str), services_of(call).site

    def read(connection: Any) -> list[_Queued]:
        found = []
        for waiting in reports.queue(connection):
            first = waiting.first
            target = content.find(connection, site, first.target_type, first.target)
            if target is not None:
                count = max(1, len(waiting.reporters))
                found.append(_Queued(count * target.reach, waiting, target))
        return found

    queued = sorted(await services_of(call).reader.run(read), key=_Queued.keyset)
    if after is not None:
        queued = [one for one in queued if one.keyset() > tuple(after)]
    cut = pages.cut(call, queued, _Queued.keyset)
    cases = [_case(call, one) for one in cut.rows]
    return wire.Cases(reports=cases, next_cursor=cut.next_cursor)


async def decide_report(call: Call[None, wire.DecideReport]) -> wire.Decided:
    """Decide about what was reported; all reports of it are answered."""
    body, site = call.body, services_of(call).site
    id = ids.row_id("rep", call.path["report_id"])
    if id is None:
        raise not_found()
    if (body.hours is not None) != (body.action == MUTE):
        raise invalid("hours", "goes with MUTE, and MUTE with it")
    decided: list[Action] = []

    def then(connection: Any, audit: int) -> SetMemberStatus | None:
        report = reports.find(connection, id)
        if report is None:
            raise not_found()
        if report.status != OPEN:
            raise refuse("conflict", "This was decided.")
        target = content.find(connection, site, report.target_type, report.target)
        assert target is not None, "what was reported stays as a row"
        check_right(call, target.author)
        if target.kind == USER and body.action == REMOVE:
            raise invalid("action", "a member cannot be removed: SUSPEND or BAN")
        waiting = reports.open_about(connection, report.target_type, report.target)
        action = action_on(call, target, body.action, audit, hours=body.hours or 0)
        moderation.add(connection, action)
        decided.append(action)
        upheld = body.action != DISMISS
        reports.decide(connection, waiting, UPHELD if upheld else DISMISSED, action.id)
        _see(connection, target, body.action, call.at)
        command = _act(connection, call, target.author, waiting, action)
        _tell(connection, call, target, action, waiting)
        return command

    written = await write(call, "report.decide", ids.shown("rep", id), then)
    action = decided[-1]
    await login.refresh(call, action.member)
    return wire.Decided(
        action_id=ids.shown("act", action.id), action=action.kind, audit_id=written.audit_id
    )


def action_on(call: AnyCall, target: Target, kind: str, audit: int, *, hours: int = 0) -> Action:
    """The row that says what was done to something, and what its author is told."""
    note = getattr(call.body, "note", None) or call.body.reason
    return Action(
        id=uuid7(call.at),
        at=call.at,
        actor=call.caller.member,
        kind=kind,
        target_type=target.kind,
        target=target.id,
        member=target.author,
        reason=note.strip(),
        hours=hours,
        audit=audit,
    )


def check_right(call: AnyCall, member: int) -> None:
    """May the caller decide about this member? Raises: Refusal."""
    person = services_of(call).site.people.find(member)
    if member == call.caller.member:
        raise refuse("forbidden", "Nobody decides about themselves.")
    if person is None or person.state(call.at) == "CLOSED":
        return
    if person.role in _STAFF and call.caller.role == "moderator":
        raise refuse("forbidden", "Only administrators decide about those who run the site.")


def _see(connection: Any, target: Target, kind: str, at: Micros) -> None:
    if kind in _KEEPS:
        content.restore(connection, target)
    else:
        content.remove(connection, target, at)


def _act(
    connection: Any, call: AnyCall, member: int, waiting: Sequence[Report], action: Action
) -> SetMemberStatus | None:
    """What becomes of the member."""
    profile, row = people.find(connection, member), members.find(connection, member)
    if profile is None or row is None or row.status == "closed":
        return None
    lifted = _lifted(connection, waiting) if action.kind == DISMISS else frozenset()
    changes: dict[str, Any] = {}
    if action.kind == MUTE:
        changes["muted_until"] = call.at + action.hours * _HOUR
    if MUTE in lifted:
        changes["muted_until"] = 0
    if action.kind == BAN or BAN in lifted:
        changes["banned"] = action.kind == BAN
    if changes:
        people.change(connection, msgspec.structs.replace(profile, **changes))
    status = row.status
    if action.kind in (SUSPEND, BAN):
        status = "suspended"
    elif lifted & {SUSPEND, BAN}:
        status = "active"
    if status == row.status:
        return None
    members.set_status(connection, member, status)
    return SetMemberStatus(member, status, action.audit)


def _lifted(connection: Any, waiting: Sequence[Report]) -> frozenset[str]:
    """What an appeal was against: dismissing the case takes it back."""
    against = (moderation.find(connection, one.appeal_of) for one in waiting if one.appeal_of)
    return frozenset(action.kind for action in against if action is not None)


def _tell(
    connection: Any, call: AnyCall, target: Target, action: Action, waiting: Sequence[Report]
) -> None:
    """Author and reporters are told the outcome."""
    appealed = any(one.appeal_of for one in waiting)
    if action.kind != DISMISS or appealed or target.status != "VISIBLE":
        tell_author(connection, call, action)
    outcome = "Nothing was wrong with it." if action.kind == DISMISS else "We have acted on it."
    for report in waiting:
        if report.reporter and not report.appeal_of:
            notifications.tell(
                connection,
                call.at,
                report.reporter,
                "REPORT_DECIDED",
                "What you reported was decided",
                outcome,
                reportId=ids.shown("rep", report.id),
                status=DISMISSED if action.kind == DISMISS else UPHELD,
            )


def tell_author(connection: Any, call: AnyCall, action: Action) -> None:
    """The member concerned is told what was done, why, and how it is called in an appeal."""
    notifications.tell(
        connection,
        call.at,
        action.member,
        "MODERATION_ACTION",
        _TITLES.get(action.kind, "What you wrote can be seen again"),
        action.reason,
        actionId=ids.shown("act", action.id),
        action=action.kind,
        hours=action.hours,
    )


def _case(call: AnyCall, one: _Queued) -> wire.Case:
    people_known, waiting, target = services_of(call).site.people, one.waiting, one.target
    person: Person | None = people_known.find(target.author)
    return wire.Case(
        id=ids.shown("rep", waiting.first.id),
        target_type=target.kind,  # type: ignore[arg-type]  # one of the three
        target_id=target.shown_id,
        author=person.username if person is not None else None,
        body=target.body,
        status=target.status,
        reporters=len(waiting.reporters),
        reach=target.reach,
        reasons=list(waiting.reasons[:_REASONS]),
        appeal=waiting.appeal.reason if waiting.appeal is not None else None,
        created_at=printed(waiting.first.created_at),
    )
