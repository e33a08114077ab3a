"""Switching a second factor on and off: with the password first, then with a code that fits."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

import msgspec

from presage.api.registry import Call
from presage.api.site import login
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.passwords import own_password
from presage.api.site.services import site_of
from presage.api.site.writing import submit
from presage.identity import security_log, totp
from presage.identity.totp import Factor
from presage.wire.site import access as wire

_ISSUER: Final = "Presage"
_PURPOSE: Final = "totp"


async def set_totp(call: Call[None, wire.SetTotp]) -> wire.Totp:
    """Make a secret with the password, then switch it on with its first code."""
    body = call.body
    if (body.password is None) == (body.code is None):
        raise invalid("password", "name the password, or then the first code")
    if body.password is not None:
        return await _begin(call, body.password)
    member, digits = call.caller.member, body.code or ""
    sealer = site_of(call).sealer

    def rows(connection: Any) -> None:
        factor = totp.find(connection, member)
        if factor is None or factor.confirmed_at:
            raise refuse("conflict", "There is no second factor that waits for its first code.")
        secret = sealer.open(factor.secret, _PURPOSE)
        step = totp.matching_step(secret, digits, call.at, factor.last_step)
        if step is None:
            raise invalid("code", "does not fit")
        totp.put(connection, msgspec.structs.replace(factor, confirmed_at=call.at, last_step=step))
        security_log.note(connection, login.incident(call, member, "totp_enabled"))

    await submit(call, None, rows)
    return wire.Totp(enabled=True)


async def _begin(call: Call[None, wire.SetTotp], password: str) -> wire.Totp:
    member = call.caller.member
    profile = await own_password(call, password)
    secret = totp.new_secret()
    sealed = site_of(call).sealer.seal(secret, _PURPOSE)

    def rows(connection: Any) -> None:
        found = totp.find(connection, member)
        if found is not None and found.confirmed_at:
            raise refuse("conflict", "There is a second factor already.")
        totp.put(connection, Factor(member, sealed))

    await submit(call, None, rows)
    label = quote(f"{_ISSUER}:{profile.email or profile.username}")
    url = f"otpauth://totp/{label}?secret={secret}&issuer={_ISSUER}"
    return wire.Totp(enabled=False, secret=secret, otpauth_url=url)


async def drop_totp(call: Call[None, wire.Confirm]) -> wire.Totp:
    """Switch the second factor off."""
    member = call.caller.member
    await own_password(call, call.body.password)

    def rows(connection: Any) -> None:
        if not totp.drop(connection, member):
            raise not_found()
        security_log.note(connection, login.incident(call, member, "totp_disabled"))

    await submit(call, None, rows)
    return wire.Totp(enabled=False)
