"""Members as people: looked up, given roles, muted, suspended, banned, logged out.

What stops a member from trading is a command to the engine; muting, roles and what a ban says are
rows. A moderator may mute and nothing else. Passwords and keys are never shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec

from presage.api.admin.versions import check_version
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import ids, login, mail, pages
from presage.api.site.errors import not_found, refuse
from presage.api.site.money import owned_cents, wallet
from presage.api.site.passwords import Ended, end_access
from presage.api.site.strings import maybe_printed, printed
from presage.domain.accounts import MemberStatus
from presage.domain.commands import SetMemberStatus
from presage.identity import members, people, security_log
from presage.identity.people import Person, Profile
from presage.units import SECOND
from presage.wire.admin import people as wire

_HOUR: Final = 3_600 * SECOND
_INCIDENTS: Final = 50
_ENGINE: Final[Mapping[str, MemberStatus]] = {
    "ACTIVE": "active",
    "MUTED": "active",
    "SUSPENDED": "suspended",
    "BANNED": "suspended",
}


async def list_users(call: Call[wire.ListUsers, None]) -> wire.Users:
    """List members, oldest first."""
    query = call.query
    keyset = pages.after(call, int)
    ask = partial(
        people.page,
        after=int(keyset[0]) if keyset else 0,
        limit=pages.wanted(call),
        begins=(query.q or "").strip().lower(),
        role=query.role.lower() if query.role else None,
        status=query.status,
        now=call.at,
    )
    found = await services_of(call).reader.run(ask)
    cut = pages.cut(call, found, lambda profile: (profile.member,))
    return wire.Users(
        users=[_shown(call, profile) for profile in cut.rows], next_cursor=cut.next_cursor
    )


async def get_user(call: Call[None, None]) -> wire.UserReply:
    """Show a member with the last incidents of its access."""
    person = user_of(call)
    profile, log = await services_of(call).reader.run(
        lambda connection: (
            people.find(connection, person.number),
            security_log.of_member(connection, person.number, _INCIDENTS),
        )
    )
    if profile is None:
        raise not_found()
    incidents = [
        wire.Incident(at=printed(one.at), action=one.action, ip=one.host, agent=one.agent)
        for one in log
    ]
    return wire.UserReply(user=_shown(call, profile), security=incidents)


async def edit_user(call: Call[None, wire.EditUser]) -> wire.UserDone:
    """Give a member another role or status, or note something."""
    person, body = user_of(call), call.body
    _check_right(call, person)
    changed: list[Profile] = []

    def then(connection: Any, audit: int) -> SetMemberStatus | None:
        profile = people.find(connection, person.number)
        row = members.find(connection, person.number)
        if profile is None or row is None or row.status == "closed":
            raise not_found()
        check_version(call, profile.version)
        changed.append(people.change(connection, _edited(call, profile)))
        status = _ENGINE[body.status] if body.status else row.status
        if status == row.status:
            return None
        members.set_status(connection, person.number, status)
        return SetMemberStatus(person.number, status, audit)

    def before(connection: Any) -> dict[str, Any]:
        profile, row = (
            people.find(connection, person.number),
            members.find(connection, person.number),
        )
        if profile is None or row is None:
            raise not_found()
        now = people.person(row, profile)
        return {"role": now.role, "status": now.state(call.at), "notes": profile.notes}

    written = await write(call, "user.edit", person.id, then, before)
    await login.refresh(call, person.number)
    return wire.UserDone(user=_shown(call, changed[-1]), audit_id=written.audit_id)


async def revoke_user_sessions(call: Call[None, wire.Act]) -> wire.EndedDone:
    """Log a member out everywhere."""
    person, ended = user_of(call), Ended()

    def then(connection: Any, _: int) -> None:
        end_access(call, connection, person.number, ended, keys=False)
        security_log.note(connection, login.incident(call, person.number, "logged_out_by_admin"))

    written = await write(call, "user.sessions.revoke", person.id, then)
    ended.tell(call)
    return wire.EndedDone(revoked=len(ended.sessions), audit_id=written.audit_id)


async def reset_user_password(call: Call[None, wire.Act]) -> wire.MailDone:
    """Mail a member the link to set another password."""
    person = user_of(call)
    mailed: list[bool] = []

    def then(connection: Any, _: int) -> None:
        profile = people.find(connection, person.number)
        if profile is not None and profile.email:
            mail.send_reset(call, connection, person.number, profile.email)
        mailed.append(bool(profile and profile.email))

    written = await write(call, "user.password.reset", person.id, then)
    return wire.MailDone(mailed=mailed[-1], audit_id=written.audit_id)


def user_of(call: AnyCall) -> Person:
    """The member that the path names, by id or username. Raises: Refusal."""
    return person_named(call, call.path["user_id"])


def person_named(call: AnyCall, text: str) -> Person:
    """The member that an id or a username names. Raises: Refusal."""
    view = services_of(call).site.people
    id = ids.row_id("usr", text)
    person = view.by_id(id) if id else view.by_username(text)
    if person is None:
        raise not_found()
    return person


def _check_right(call: AnyCall, person: Person) -> None:
    body, caller = call.body, call.caller
    if person.number == caller.member and (body.role or body.status):
        raise refuse("conflict", "Nobody changes their own role or status.")
    if caller.role != "moderator":
        return
    only_mutes = body.role is None and body.notes is None and body.status in ("ACTIVE", "MUTED")
    if not only_mutes or person.role != "user" or person.state(call.at) not in ("ACTIVE", "MUTED"):
        raise refuse("forbidden", "A moderator may mute members, and nothing else here.")


def _edited(call: AnyCall, profile: Profile) -> Profile:
    body = call.body
    changes: dict[str, Any] = {}
    if body.role is not None:
        changes["role"] = body.role.lower()
    if body.notes is not None:
        changes["notes"] = body.notes
    if body.status is not None:
        muted = body.status == "MUTED"
        changes["muted_until"] = call.at + body.muted_hours * _HOUR if muted else 0
        changes["banned"] = body.status == "BANNED"
    return msgspec.structs.replace(profile, **changes)


def _shown(call: AnyCall, profile: Profile) -> wire.User:
    services = services_of(call)
    person, money = services.site.people.find(profile.member), wallet(services, profile.member)
    assert person is not None, "every profile is in the view"
    muted = profile.muted_until if profile.muted_until > call.at else 0
    return wire.User(
        id=ids.shown("usr", person.id),
        number=person.number,
        username=profile.username,
        display_name=profile.display_name,
        email=profile.email,
        email_verified=profile.email_verified_at > 0,
        role=person.role.upper(),
        status=person.state(call.at),
        muted_until=maybe_printed(muted),
        notes=profile.notes,
        balance_cents=owned_cents(money.balance),
        available_cents=owned_cents(money.available),
        version=profile.version,
        created_at=printed(person.created_at),
    )
