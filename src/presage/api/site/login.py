"""Logging in and out. Whoever fails learns nothing: no email, no name, not what was wrong.

It decides what a session is given; how a wrong try is counted is the throttle's business.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from presage.api.auth import Caller
from presage.api.http import Reply
from presage.api.limits import network
from presage.api.registry import Call
from presage.api.site import alerts, cookies, credentials, grants, me
from presage.api.site.auth import SESSION_PREFIX, SESSION_SCOPES, banned, session_end
from presage.api.site.errors import Refusal, not_found, refuse, try_again
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.writing import submit
from presage.domain.commands import Command
from presage.domain.ids import MemberId
from presage.identity import members, passwords, people, security_log, sessions, totp
from presage.identity.members import Member
from presage.identity.people import Person, Profile
from presage.identity.secrets import new_token
from presage.identity.security_log import Incident
from presage.identity.sessions import TOKEN_LIFE, Session
from presage.identity.totp import Factor
from presage.identity.uuids import uuid7
from presage.site import streaks
from presage.site.streaks import Claim
from presage.units import SECOND, Micros
from presage.wire.site import accounts as wire

AGENT: Final = 200
"""Characters of a browser's name that are kept."""
_TOTP: Final = "totp"


class _Found(NamedTuple):
    member: Member | None
    profile: Profile | None
    hash: str | None
    factor: Factor | None


class Opened(NamedTuple):
    """A new session with the only copy of its token."""

    session: Session
    token: str


async def login(call: Call[None, wire.Login]) -> Reply:
    """Log in; the first login of a UTC day goes on with the streak."""
    site, body = site_of(call), call.body
    email = credentials.normal_email(body.email) or ""
    keys = ("email", email), ("network", network(call.request.host))
    for key in keys:
        wait = site.throttle.wait(key)
        if wait:
            raise try_again("login_throttled", "Too many failed logins.", wait)
    found = await services_of(call).reader.run(lambda connection: _find(connection, email))
    if not await credentials.fits(call, found.hash, body.password):
        await _failed(call, keys, found.member, "login_failed")
        raise wrong()
    assert found.member is not None, "a password belongs to a member"
    person = site.people.find(found.member.number)
    if person is None or person.status == "closed":
        raise wrong()
    step = await _second_factor(call, found, keys)
    if person.banned:
        raise banned()
    site.throttle.clear(keys[0])
    rehashed = await _stronger(call, found.hash)
    kind = "token" if body.return_token else "cookie"
    return await let_in(call, person, kind, Notes(rehashed, found.factor, step))


class Notes(NamedTuple):
    """What a login writes besides its session."""

    hash: str | None = None
    factor: Factor | None = None
    step: int | None = None


NO_NOTES: Final = Notes()


async def let_in(call: AnyCall, person: Person, kind: str, notes: Notes = NO_NOTES) -> Reply:
    """Open a session for a member, with what the day's first one earns, and answer with it."""
    services, site = services_of(call), site_of(call)
    await grants.pay_opening(services, person.number)
    opened = [open_session(call, person.number, "cookie")]
    if kind == "token":
        opened.append(open_session(call, person.number, "token"))
    claims: list[Claim] = []
    ended: list[Session] = []

    def rows(connection: Any) -> Command | None:
        for one in opened:
            ended.extend(sessions.add(connection, one.session))
        _write_notes(connection, person.number, notes, call.at)
        came = incident(call, person.number, "login")
        alerts.came_in(connection, came)
        security_log.note(connection, came)
        claim = streaks.claim(connection, person.number, call.at, grants.earns_streak(site, person))
        claims.append(claim)
        return grants.streak_bonus(person.number, claim.streak.last_day, claim.cents)

    await submit(call, None, rows)
    for session in (*ended, *(one.session for one in opened)):
        site.sessions.put(session)
    return await _answer(call, person, opened, claims[-1])


def open_session(call: AnyCall, member: MemberId, kind: str) -> Opened:
    """A session as its row will be."""
    site = site_of(call)
    token = (SESSION_PREFIX if kind == "token" else "") + new_token()
    days = site.settings.number("SESSION_DAYS")
    end = call.at + TOKEN_LIFE if kind == "token" else session_end(call.at, call.at, days)
    digest, host, agent = site.sealer.digest(token), call.request.host, agent_of(call)
    id = uuid7(call.at)
    return Opened(Session(id, member, digest, kind, call.at, call.at, end, host, agent), token)


async def _answer(call: AnyCall, person: Person, opened: list[Opened], claim: Claim) -> Reply:
    site, (session, token) = site_of(call), opened[0]
    caller = Caller(
        person.number, person.id, session.id, SESSION_SCOPES, None, person.role, "SESSION"
    )
    body = wire.LoggedIn(
        user=await me.shown(call, person.number, caller),
        streak=award(claim),
        csrf_token=site.sealer.csrf(session.id),
        expires_at=printed(session.expires_at),
        token=opened[1].token if len(opened) > 1 else None,
    )
    seconds = (session.expires_at - call.at) // SECOND
    cookie = cookies.set_cookie(token, seconds, site.secure)
    return Reply(call.operation.status, body, cookie)


def award(claim: Claim) -> wire.StreakAward:
    """What a login did for the streak."""
    streak = claim.streak
    return wire.StreakAward(
        awarded=claim.new,
        amount_cents=claim.cents,
        current=streak.current,
        longest=streak.longest,
        used_freeze=bool(claim.frozen),
        next_bonus_cents=streaks.bonus(streak.current + 1),
        next_eligible_at=printed((streak.last_day + 1) * streaks.DAY),
    )


async def logout(call: Call[None, None]) -> Reply:
    """End the session that this is called with."""
    services, site, caller = services_of(call), site_of(call), call.caller
    ended: list[Session] = []

    def rows(connection: Any) -> None:
        mine = sessions.of_member(connection, caller.member)
        this = [one for one in mine if one.id == caller.key_id]
        ended.extend(sessions.revoke(connection, this, call.at))
        security_log.note(connection, incident(call, caller.member, "logout"))

    await services.gateway.submit(None, rows)
    for session in ended:
        site.sessions.put(session)
    return Reply(200, wire.Done(), cookies.set_cookie("", 0, site.secure))


def wrong(**extra: Any) -> Refusal:
    """Wrong email, password or digits: nobody can tell which."""
    return refuse("bad_credentials", "Email or password are wrong.", **extra)


def incident(call: AnyCall, member: MemberId, action: str) -> Incident:
    """A line for the security log."""
    return Incident(uuid7(call.at), call.at, member, action, call.request.host, agent_of(call))


def agent_of(call: AnyCall) -> str:
    """The browser's name as it says it."""
    said = call.request.header(b"user-agent")[:AGENT]
    return "".join(mark for mark in said if mark.isprintable())


async def refresh(call: AnyCall, member: MemberId) -> Person:
    """Tell the view what the rows say of a member now. Raises: Refusal."""
    person = await services_of(call).reader.run(lambda connection: _person(connection, member))
    if person is None:
        raise not_found()
    site_of(call).people.put(person)
    return person


def _person(connection: Any, member: MemberId) -> Person | None:
    row, profile = members.find(connection, member), people.find(connection, member)
    return people.person(row, profile) if row and profile else None


def _find(connection: Any, email: str) -> _Found:
    profile = people.by_email(connection, email) if email else None
    if profile is None:
        return _Found(None, None, None, None)
    number = profile.member
    factor = totp.find(connection, number)
    if factor is not None and not factor.confirmed_at:
        factor = None
    return _Found(
        members.find(connection, number), profile, passwords.find(connection, number), factor
    )


async def _second_factor(
    call: AnyCall, found: _Found, keys: tuple[tuple[str, str], ...]
) -> int | None:
    if found.factor is None or found.member is None:
        return None
    digits, factor = call.body.totp, found.factor
    if digits is None:
        raise wrong(totp_required=True)
    secret = site_of(call).sealer.open(factor.secret, _TOTP)
    step = totp.matching_step(secret, digits, call.at, factor.last_step)
    if step is None:
        await _failed(call, keys, found.member, "totp_failed")
        raise wrong(totp_required=True)
    return step


async def _failed(
    call: AnyCall, keys: tuple[tuple[str, str], ...], member: Member | None, action: str
) -> None:
    site = site_of(call)
    limits = ("LOGIN_FAILURES_PER_EMAIL", "LOGIN_FAILURES_PER_ADDRESS")
    for key, limit in zip(keys, limits, strict=True):
        site.throttle.fail(key, site.settings.number(limit))
    line = incident(call, member.number if member else 0, action)
    await services_of(call).gateway.submit(
        None, lambda connection: security_log.note(connection, line)
    )


async def _stronger(call: AnyCall, kept: str | None) -> str | None:
    """Another hash, when the one there is was made with less than is asked for now."""
    if kept is None or not site_of(call).hasher.is_weak(kept):
        return None
    return await credentials.hashed(call, credentials.normal_password(call.body.password))


def _write_notes(connection: Any, member: MemberId, notes: Notes, at: Micros) -> None:
    if notes.hash is not None:
        passwords.put(connection, member, notes.hash, at)
    if notes.factor is not None and notes.step is not None:
        now = totp.find(connection, member)
        if now is None or now.last_step >= notes.step:
            raise wrong(totp_required=True)  # the same digits came twice at once
        totp.put(connection, msgspec.structs.replace(now, last_step=notes.step))
