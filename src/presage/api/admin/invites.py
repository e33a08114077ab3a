"""Invite codes, as those who run the site make and end them."""

from __future__ import annotations

from functools import partial
from typing import Any

from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import invalid, not_found
from presage.api.site.strings import clean, maybe_printed, moment, printed
from presage.identity.people import new_code
from presage.identity.uuids import uuid7
from presage.site import invites
from presage.site.invites import Invite
from presage.wire.admin import people as wire
from presage.wire.site.common import Page


async def list_invite_codes(call: Call[Page, None]) -> wire.Invites:
    """List all invite codes, newest first."""
    keyset = pages.after(call, str)
    after = str(keyset[0]) if keyset else ""
    found = await services_of(call).reader.run(
        partial(invites.page, after=after, limit=pages.wanted(call))
    )
    cut = pages.cut(call, found, lambda invite: (invite.id,))
    return wire.Invites(
        invite_codes=[_shown(invite) for invite in cut.rows], next_cursor=cut.next_cursor
    )


async def create_invite_code(call: Call[None, wire.CreateInvite]) -> wire.InviteDone:
    """Make a code that lets people register."""
    body = call.body
    ends = moment(body.expires_at, "expiresAt") if body.expires_at else 0
    if ends and ends <= call.at:
        raise invalid("expiresAt", "must be in the future")
    note = clean(body.note, "note", high=200)
    owner, id = call.caller.member, uuid7(call.at)
    made: list[Invite] = []

    def then(connection: Any, _: int) -> None:
        code = new_code()
        while invites.by_code(connection, code) is not None:
            code = new_code()
        invite = Invite(id, code, owner, note, body.uses, 0, call.at, ends)
        invites.add(connection, invite)
        made.append(invite)

    written = await write(call, "invite.create", id, then)
    return wire.InviteDone(invite_code=_shown(made[-1]), audit_id=written.audit_id)


async def delete_invite_code(call: Call[None, wire.DeleteInvite]) -> wire.InviteDone:
    """End a code; who came in by it stays."""
    text = call.path.get("invite_id") or call.body.id
    if not text:
        raise invalid("id", "is required")
    id = ids.row_id("inv", text)
    ended: list[Invite] = []

    def then(connection: Any, _: int) -> None:
        if id is None or not invites.revoke(connection, id, call.at):
            raise not_found()
        ended.append(invites.get(connection, id))

    written = await write(call, "invite.revoke", id or text, then)
    return wire.InviteDone(invite_code=_shown(ended[-1]), audit_id=written.audit_id)


def _shown(invite: Invite) -> wire.Invite:
    return wire.Invite(
        id=ids.shown("inv", invite.id),
        code=invite.code,
        note=invite.note,
        uses=invite.uses,
        used=invite.used,
        created_at=printed(invite.created_at),
        expires_at=maybe_printed(invite.expires_at),
        revoked_at=maybe_printed(invite.revoked_at),
    )
