"""The end of an account: nothing may be at stake any more, and what names the person goes.

What happened on the exchange stays in its books, under a name that means nobody. Cash that is left
stays in the account; withdraw it first.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import cookies, login
from presage.api.site.errors import not_found, refuse
from presage.api.site.passwords import Ended, end_access, own_password
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.writing import submit
from presage.domain.commands import SetMemberStatus
from presage.domain.ids import MemberId
from presage.identity import api_keys, members, passwords, people, security_log, sessions, totp
from presage.identity.people import Profile
from presage.site import (
    challenges,
    copies,
    deposits,
    follows,
    media,
    notes,
    preferences,
    watchlist,
    webhooks,
    withdrawals,
)
from presage.site.preferences import Preferences
from presage.wire.site import access as wire


async def close_account(call: Call[None, wire.Confirm]) -> Reply:
    """Close the caller's account, for good."""
    member, services, site = call.caller.member, services_of(call), site_of(call)
    await own_password(call, call.body.password)
    if any(account.positions for account in services.accounts.of(member)):
        raise refuse("conflict", "There are open positions; sell them, or wait until they settle.")
    if any(services.holds.of(account.id) for account in services.accounts.of(member)):
        raise refuse("conflict", "Some of your money waits for a decision; close when it is made.")
    ended, keys = Ended(), []

    def rows(connection: Any) -> SetMemberStatus:
        profile, row = people.find(connection, member), members.find(connection, member)
        if profile is None or row is None:
            raise not_found()
        if row.status == "closed":  # by another call, since this one was let in
            raise refuse("unauthenticated", "The account is closed.")
        if challenges.is_at_stake(connection, member):
            raise refuse("conflict", "There are open challenges; cancel them, or wait for the end.")
        if deposits.waits_for(connection, member) or withdrawals.open_of(connection, member):
            raise refuse("conflict", "A deposit or a withdrawal is not decided yet.")
        people.change(connection, _nobody(profile))
        members.rename(connection, member, "Closed account")
        members.set_status(connection, member, "closed")
        watchlist.forget(connection, member)
        for webhook in webhooks.of_member(connection, member):
            webhooks.remove(connection, webhook)
        for relation in copies.live(connection, member):
            copies.stop(connection, relation, call.at)
        media.put(connection, member, [])
        preferences.write(connection, member, Preferences())
        passwords.drop(connection, member)
        totp.drop(connection, member)
        end_access(call, connection, member, ended, keys=True)
        last = sessions.of_member(connection, member)
        ended.sessions.extend(sessions.revoke(connection, last, call.at))
        keys.extend(_end_signing_keys(call, connection, member))
        security_log.note(connection, login.incident(call, member, "closed"))
        return SetMemberStatus(member, "closed", if_flat=True)

    await submit(call, None, rows, wait_for_work=True)
    ended.tell(call)
    for id in keys:
        services.keys.drop(id)
    await login.refresh(call, member)
    await _leave(call, member)
    return Reply(200, wire.Closed(closed=True), cookies.set_cookie("", 0, site.secure))


async def _leave(call: AnyCall, member: MemberId) -> None:
    """Nobody follows who has left, and what was written for no one else goes; the account is closed
    already."""
    done = False

    def rows(connection: Any) -> None:
        nonlocal done
        done = notes.remove_some(connection, member) and follows.forget(connection, member)

    while not done:
        await submit(call, None, rows)


def _nobody(profile: Profile) -> Profile:
    return msgspec.structs.replace(
        profile,
        email=None,
        email_verified_at=0,
        username=f"closed{secrets.token_hex(6)}",
        display_name="",
        first_name="",
        last_name="",
        avatar="",
        role="user",
        grant_due=0,
    )


def _end_signing_keys(call: AnyCall, connection: Any, member: MemberId) -> list[str]:
    live = api_keys.of_member(connection, member)
    for key in live:
        api_keys.revoke(connection, member, key.id, call.at)
    return [key.id for key in live]
