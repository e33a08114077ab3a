"""A member's Bearer keys: made and revoked in a session, each shown once."""

from __future__ import annotations

from typing import Any, Final

from presage.api.registry import Call
from presage.api.site import alerts, ids, login
from presage.api.site.errors import invalid, not_found, refuse
from presage.api.site.services import services_of, site_of
from presage.api.site.strings import clean, maybe_printed, printed
from presage.api.site.writing import submit
from presage.identity import bearer_keys, security_log
from presage.identity.bearer_keys import DEFAULT_SCOPES, SCOPES, SHOWN, BearerKey
from presage.identity.secrets import new_api_key
from presage.identity.uuids import uuid7
from presage.units import SECOND
from presage.wire.site import accounts as wire

_DAY: Final = 86_400 * SECOND


async def list_api_keys(call: Call[None, None]) -> wire.ApiKeys:
    """List the caller's live keys."""
    member = call.caller.member
    found = await services_of(call).reader.run(lambda rows: bearer_keys.of_member(rows, member))
    return wire.ApiKeys(api_keys=[shown(key) for key in found])


async def create_api_key(call: Call[None, wire.CreateApiKey]) -> wire.CreatedApiKey:
    """Make a key; it is shown in this answer and never again."""
    site, body, member = site_of(call), call.body, call.caller.member
    name = clean(body.name, "name", low=1, high=50)
    scopes = tuple(dict.fromkeys(body.scopes or DEFAULT_SCOPES))
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise invalid("scopes", f"are some of {', '.join(SCOPES)}")
    if "admin" in scopes and call.caller.role in ("user", ""):
        raise refuse("forbidden", "Only who runs the site may have the scope admin.", "scopes")
    secret = new_api_key()
    ends = call.at + body.expires_in_days * _DAY if body.expires_in_days else 0
    digest = site.sealer.digest(secret)
    key = BearerKey(uuid7(call.at), member, name, digest, secret[:SHOWN], scopes, call.at, ends)
    most = site.settings.number("MAX_API_KEYS")

    def rows(connection: Any) -> None:
        if bearer_keys.count_live(connection, member) >= most:
            raise refuse("limit_reached", f"A member has at most {most} keys.")
        bearer_keys.add(connection, key)
        security_log.note(connection, login.incident(call, member, "key_created"))
        alerts.key_made(connection, call.at, member, name)

    await submit(call, None, rows)
    site.keys.put(key)
    return wire.CreatedApiKey(api_key=shown(key), key=secret)


async def revoke_api_key(call: Call[wire.Which, wire.Which]) -> wire.Deleted:
    """Revoke a key; it fails from the next call on."""
    site, member = site_of(call), call.caller.member
    id = ids.row_id("key", call.query.id or call.body.id or "")
    if not (call.query.id or call.body.id):
        raise invalid("id", "is required")
    ended: list[BearerKey] = []

    def rows(connection: Any) -> None:
        ended.extend(bearer_keys.revoke(connection, member, call.at, id) if id else [])
        if not ended:
            raise not_found()
        security_log.note(connection, login.incident(call, member, "key_revoked"))

    await submit(call, None, rows)
    for key in ended:
        site.keys.put(key)
    return wire.Deleted(deleted=True)


def shown(key: BearerKey) -> wire.ApiKey:
    """A key as answers print it."""
    return wire.ApiKey(
        id=ids.shown("key", key.id),
        name=key.name,
        start=key.start,
        scopes=list(key.scopes),
        created_at=printed(key.created_at),
        expires_at=maybe_printed(key.expires_at),
        last_used_at=maybe_printed(key.last_used_at),
        last_used_ip=key.last_used_host or None,
    )
