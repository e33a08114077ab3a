"""Where a member is logged in, and ending it from afar."""

from __future__ import annotations

from typing import Any

from presage.api.registry import Call
from presage.api.site import ids, login
from presage.api.site.errors import invalid, not_found
from presage.api.site.services import services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.writing import submit
from presage.identity import security_log, sessions
from presage.identity.sessions import Session
from presage.wire.site import access as wire


async def list_sessions(call: Call[None, None]) -> wire.Sessions:
    """List the caller's live sessions."""
    member, current = call.caller.member, call.caller.key_id
    found = await services_of(call).reader.run(lambda rows: sessions.of_member(rows, member))
    live = [one for one in found if one.expires_at > call.at]
    return wire.Sessions(sessions=[_shown(one, current) for one in live])


async def revoke_sessions(
    call: Call[wire.RevokeSessions, wire.RevokeSessions],
) -> wire.Revoked:
    """End one session, or all but the one that asks."""
    query, body = call.query, call.body
    text, every = query.id or body.id, query.all or body.all
    if bool(text) == every:
        raise invalid("id", "name one session, or all")
    id = ids.row_id("ses", text) if text else None
    current, member = call.caller.key_id, call.caller.member
    ended: list[Session] = []

    def rows(connection: Any) -> None:
        live = [one for one in sessions.of_member(connection, member) if one.expires_at > call.at]
        chosen = [one for one in live if (one.id != current if every else one.id == id)]
        if not chosen and not every:
            raise not_found()
        ended.extend(sessions.revoke(connection, chosen, call.at))
        security_log.note(connection, login.incident(call, member, "sessions_revoked"))

    await submit(call, None, rows)
    for one in ended:
        site_of(call).sessions.put(one)
    return wire.Revoked(revoked=len(ended))


def _shown(session: Session, current: str) -> wire.Session:
    return wire.Session(
        id=ids.shown("ses", session.id),
        kind=session.kind.upper(),
        created_at=printed(session.created_at),
        last_used_at=printed(session.used_at),
        expires_at=printed(session.expires_at),
        ip=session.host,
        agent=session.agent,
        current=session.id == current,
    )
