"""The caller's own account, as register, login and `GET /api/auth/me` show it."""

from __future__ import annotations

from typing import Any, NamedTuple

from presage.api.auth import Caller
from presage.api.registry import Call
from presage.api.site import ids
from presage.api.site.errors import not_found
from presage.api.site.money import owed_cents, owned_cents, wallet
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import printed
from presage.domain.ids import MemberId
from presage.identity import people, totp
from presage.identity.people import Profile
from presage.site import xp
from presage.wire.site.accounts import Credential, Me, MeReply


class _Rows(NamedTuple):
    profile: Profile | None
    xp: int
    second_factor: bool


async def get_me(call: Call[None, None]) -> MeReply:
    """Show the caller's own account."""
    caller = call.caller
    token = site_of(call).sealer.csrf(caller.key_id) if caller.kind == "SESSION" else None
    return MeReply(user=await shown(call, caller.member, caller), csrf_token=token)


async def shown(call: AnyCall, member: MemberId, caller: Caller) -> Me:
    """A member's own view of the account. `caller` says with what credential it is looked at."""
    services, site = services_of(call), site_of(call)
    person, rows = site.people.find(member), await services.reader.run(lambda c: _read(c, member))
    if person is None or rows.profile is None:
        raise not_found()
    profile, money = rows.profile, wallet(services, member)
    return Me(
        id=ids.shown("usr", person.id),
        email=profile.email,
        email_verified=profile.email_verified_at > 0,
        username=profile.username,
        display_name=profile.display_name,
        first_name=profile.first_name,
        last_name=profile.last_name,
        avatar_url=profile.avatar or None,
        role=person.role.upper(),
        status=person.state(call.at),
        balance_cents=owned_cents(money.balance),
        balance_micros=money.balance,
        available_cents=owned_cents(money.available),
        reserved_cents=owed_cents(money.reserved),
        level=xp.level_of(rows.xp),
        xp=rows.xp,
        referral_code=profile.referral_code,
        totp_enabled=rows.second_factor,
        created_at=printed(person.created_at),
        auth=_credential(caller),
    )


def _read(connection: Any, member: MemberId) -> _Rows:
    factor = totp.find(connection, member)
    confirmed = factor is not None and factor.confirmed_at > 0
    return _Rows(people.find(connection, member), xp.total(connection, member), confirmed)


def _credential(caller: Caller) -> Credential:
    key = ids.shown("key", caller.key_id) if caller.kind == "API_KEY" else None
    session = ids.shown("ses", caller.key_id) if caller.kind == "SESSION" else None
    return Credential(
        kind=caller.kind, scopes=sorted(caller.scopes), key_id=key, session_id=session
    )
