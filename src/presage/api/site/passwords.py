"""Changing a password, and getting back in without it: by a word that was mailed and works once.

Whoever forgot it is told nothing about whether there is such an account.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from presage.api.registry import Call
from presage.api.site import alerts, credentials, login, mail
from presage.api.site.errors import Refusal, invalid, try_again
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.writing import submit
from presage.domain.ids import MemberId
from presage.identity import (
    bearer_keys,
    members,
    one_time,
    passwords,
    people,
    security_log,
    sessions,
)
from presage.identity.bearer_keys import BearerKey
from presage.identity.sessions import Session
from presage.wire.site import access as wire
from presage.wire.site.accounts import Done

_TRY: Final = "password"


class Ended(msgspec.Struct):
    """Sessions and keys that a change has ended; the views are told once it is committed."""

    sessions: list[Session] = []
    keys: list[BearerKey] = []

    def tell(self, call: AnyCall) -> None:
        """They count no more."""
        site = site_of(call)
        for session in self.sessions:
            site.sessions.put(session)
        for key in self.keys:
            site.keys.put(key)


async def change_password(call: Call[None, wire.ChangePassword]) -> Done:
    """Set another password; all other sessions end."""
    member, body = call.caller.member, call.body
    profile = await own_password(call, body.old_password)
    names = (profile.email or "", profile.first_name, profile.last_name)
    fresh = credentials.new_password(body.new_password, "newPassword", *names)
    kept = await credentials.hashed(call, fresh)
    ended = Ended()

    def rows(connection: Any) -> None:
        passwords.put(connection, member, kept, call.at)
        end_access(call, connection, member, ended, keys=body.revoke_keys)
        security_log.note(connection, login.incident(call, member, "password_changed"))
        alerts.password_changed(connection, call.at, member)

    await submit(call, None, rows)
    ended.tell(call)
    return Done()


async def own_password(call: AnyCall, password: str) -> people.Profile:
    """The caller's profile, if this is the caller's password. Raises: Refusal (401, 429)."""
    member, site = call.caller.member, site_of(call)
    key = (_TRY, member)
    wait = site.throttle.wait(key)
    if wait:
        raise try_again("login_throttled", "Too many wrong passwords.", wait)
    profile, kept = await services_of(call).reader.run(
        lambda connection: (people.find(connection, member), passwords.find(connection, member))
    )
    if profile is None or not await credentials.fits(call, kept, password):
        site.throttle.fail(key, site.settings.number("LOGIN_FAILURES_PER_EMAIL"))
        raise login.wrong()
    site.throttle.clear(key)
    return profile


async def forgot_password(call: Call[None, wire.Forgot]) -> Done:
    """Ask for a mail to set another password with; the answer is always the same."""
    email = credentials.normal_email(call.body.email)

    def rows(connection: Any) -> None:
        profile = people.by_email(connection, email) if email else None
        member = profile.member if profile else 0
        if profile is not None and profile.email and _is_open(connection, member):
            mail.send_reset(call, connection, member, profile.email)
        security_log.note(connection, login.incident(call, member, "password_forgotten"))

    await submit(call, None, rows)
    return Done()


async def reset_password(call: Call[None, wire.Reset]) -> Done:
    """Set another password with the word from the mail; all sessions end."""
    body = call.body
    fresh = credentials.new_password(body.new_password, "newPassword")
    digest = site_of(call).sealer.digest(body.token)
    find = partial(one_time.find, purpose=mail.RESET, digest=digest, at=call.at)
    if await services_of(call).reader.run(find) is None:
        raise bad_token()  # before the work of a hash, which is meant to be dear
    kept = await credentials.hashed(call, fresh)
    ended, whose = Ended(), []

    def rows(connection: Any) -> None:
        word = one_time.use(connection, mail.RESET, digest, call.at)
        if word is None or not _is_open(connection, word.member):
            raise bad_token()
        passwords.put(connection, word.member, kept, call.at)
        end_access(call, connection, word.member, ended, keys=body.revoke_keys)
        profile = people.find(connection, word.member)
        if profile is not None and profile.email == word.about and not profile.email_verified_at:
            people.change(connection, _proved(call, profile))
        security_log.note(connection, login.incident(call, word.member, "password_reset"))
        alerts.password_changed(connection, call.at, word.member)
        whose.append(word.member)

    await submit(call, None, rows)
    ended.tell(call)
    await login.refresh(call, whose[-1])
    return Done()


async def verify_email(call: Call[None, wire.VerifyEmail]) -> Done:
    """Prove that the mail arrived."""
    digest = site_of(call).sealer.digest(call.body.token)
    whose: list[MemberId] = []

    def rows(connection: Any) -> None:
        word = one_time.use(connection, mail.VERIFY, digest, call.at)
        profile = people.find(connection, word.member) if word else None
        if word is None or profile is None or profile.email != word.about:
            raise bad_token()
        people.change(connection, _proved(call, profile))
        security_log.note(connection, login.incident(call, word.member, "email_verified"))
        whose.append(word.member)

    await submit(call, None, rows)
    await login.refresh(call, whose[-1])
    return Done()


def end_access(
    call: AnyCall, connection: Any, member: MemberId, ended: Ended, *, keys: bool
) -> None:
    """End a member's sessions, but not the one that asks; and the Bearer keys if wanted."""
    live = sessions.of_member(connection, member)
    others = [one for one in live if one.id != call.caller.key_id]
    ended.sessions.extend(sessions.revoke(connection, others, call.at))
    if keys:
        ended.keys.extend(bearer_keys.revoke(connection, member, call.at))


def _proved(call: AnyCall, profile: people.Profile) -> people.Profile:
    """The address is the member's: the operator's own address makes an administrator."""
    named = site_of(call).admin_email.lower()
    role = "admin" if named and profile.email == named else profile.role
    return msgspec.structs.replace(profile, email_verified_at=call.at, role=role)


def bad_token() -> Refusal:
    """The word never worked, was used, or came too late."""
    return invalid("token", "does not work (any more)")


def _is_open(connection: Any, member: MemberId) -> bool:
    found = members.find(connection, member)
    return found is not None and found.status != "closed"
