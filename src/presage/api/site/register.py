"""Registration: member, profile, password and what brought the person here, in one submission.

It decides who may join; the opening money follows as a movement of its own (`grants.py`).
"""

from __future__ import annotations

from typing import Any, Final

from presage.api.http import Reply
from presage.api.limits import network
from presage.api.registry import Call
from presage.api.site import credentials, login, mail
from presage.api.site.errors import invalid, refuse
from presage.api.site.services import site_of
from presage.api.site.strings import clean
from presage.api.site.writing import submit
from presage.domain.commands import OpenMember
from presage.identity import members, passwords, people, security_log
from presage.identity.members import DEFAULT_TIER, Member
from presage.identity.people import Profile
from presage.identity.uuids import uuid7
from presage.site import invites, referrals
from presage.site.referrals import Referral
from presage.units import CENT
from presage.wire.site import accounts as wire

_NAME: Final = 50


async def register(call: Call[None, wire.Register]) -> Reply:
    """Create an account and log in."""
    site, body = site_of(call), call.body
    email = credentials.email_of(body.email)
    first, last = _name(body.first_name, "firstName"), _name(body.last_name, "lastName")
    password = credentials.new_password(body.password, "password", email, first, last)
    hashed = await credentials.hashed(call, password)
    grant = site.settings.number("SIGNUP_GRANT_CENTS")
    bonus = site.settings.number("REFERRAL_REFEREE_CENTS")
    made: list[int] = []

    def rows(connection: Any) -> OpenMember:
        if people.by_email(connection, email) is not None:
            raise refuse("email_taken", "There is an account with this email.", "email")
        referrer = _referrer(connection, body.referral_code)
        _use_invite(call, connection)
        number = members.next_number(connection)
        words = " ".join(part for part in (first, last) if part)
        name = words or "Trader"
        id = uuid7(call.at)
        members.add(connection, Member(id, number, "member", name, "active", DEFAULT_TIER, call.at))
        profile = Profile(
            member=number,
            email=email,
            username=people.free_username(connection, words),
            display_name=_display(first, last),
            first_name=first,
            last_name=last,
            referral_code=people.free_code(connection),
            grant_due=(grant + (bonus if referrer else 0)) * CENT,
        )
        people.add(connection, profile)
        passwords.put(connection, number, hashed, call.at)
        if referrer:
            host = network(call.request.host)
            referrals.add(connection, Referral(number, referrer, call.at, host))
        security_log.note(connection, login.incident(call, number, "register"))
        mail.ask_to_verify(call, connection, number, email)
        made.append(number)
        return OpenMember(number)

    await submit(call, None, rows)
    person = await login.refresh(call, made[-1])
    return await login.let_in(call, person, "cookie")


def _name(text: str | None, field: str) -> str:
    return "" if text is None else clean(text, field, low=1, high=_NAME)


def _display(first: str, last: str) -> str:
    """`Ada Lovelace` -> `Ada L.`"""
    return f"{first} {last[:1]}.".strip() if first and last else first or last


def _referrer(connection: Any, code: str | None) -> int:
    if code is None:
        return 0
    found = people.by_referral_code(connection, code.strip().upper())
    if found is None:
        raise invalid("referralCode", "is not known")
    return found.member


def _use_invite(call: Call[None, wire.Register], connection: Any) -> None:
    needed = site_of(call).settings.flag("inviteOnly")
    code = call.body.invite_code
    if code is not None and invites.use(connection, code.strip().upper(), call.at) is not None:
        return
    if needed:
        raise refuse("invite_required", "Registration needs an invite code that still works.")
    if code is not None:
        raise invalid("inviteCode", "is not known or used up")
