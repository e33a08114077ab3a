"""Members as operators see them: listing, making and stopping them."""

from __future__ import annotations

from typing import Any, Final

from presage.api.admin import funds, keys
from presage.api.admin.errors import refusal
from presage.api.admin.read import amount, member_of
from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import login
from presage.domain.commands import OpenMember, SetMemberStatus
from presage.identity import api_keys, members, people
from presage.identity.api_keys import ApiKey
from presage.identity.members import DEFAULT_TIER
from presage.identity.uuids import uuid7
from presage.units import format_balance
from presage.wire.admin import members as wire
from presage.wire.kalshi.times import rfc3339

_KINDS: Final = {"member": "direct", "operator": "operator", "house": "house", "fcm": "fcm"}
"""A member's role -> its kind in the engine."""


async def list_members(call: Call[wire.ListMembers, None]) -> wire.MemberList:
    """List members, oldest first."""
    query = call.query
    every = await services_of(call).reader.run(members.every)
    page = [member for member in every if member.number > query.after][: query.limit + 1]
    shown = [_shown(call, member) for member in page[: query.limit]]
    more = len(page) > query.limit
    return wire.MemberList(shown, shown[-1].number if more else None)


async def get_member(call: Call[None, None]) -> wire.MemberDetail:
    """Show a member with its accounts and live keys."""
    member = await member_of(call)
    live = await services_of(call).reader.run(
        lambda connection: api_keys.of_member(connection, member.number)
    )
    return wire.MemberDetail(_shown(call, member), [keys.shown(key) for key in live])


async def create_member(call: Call[None, wire.CreateMember]) -> wire.MemberDone:
    """Make a member, with money and a key pair if asked for."""
    body, id = call.body, uuid7(call.at)
    money = amount(call, body.funds, "funds") if body.funds is not None else 0
    pair = await keys.make_pair() if body.generate_key else None
    made: list[tuple[members.Member, ApiKey | None]] = []
    joined: list[people.Person] = []

    def then(connection: Any, audit: int) -> OpenMember:
        number = members.next_number(connection)
        member = members.Member(
            id, number, body.role, body.name.strip(), "active", DEFAULT_TIER, call.at
        )
        members.add(connection, member)
        profile = people.join(connection, member)
        key = pair and keys.new_key(call.at, number, "first key", pair.public)
        if key:
            api_keys.add(connection, key)
        made.append((member, key))
        joined.append(people.person(member, profile))
        return OpenMember(number, _KINDS[body.role], audit=audit)

    written = await write(call, "member.create", id, then)
    member, key = made[-1]
    services_of(call).site.people.put(joined[-1])
    if key:
        keys.let_in(call, member, key)
    if money:
        await funds.deposit(call, member, money, f"opening:{id}")
    return wire.MemberDone(
        seq=written.seq,
        audit_id=written.audit_id,
        member=_shown(call, member),
        key=keys.shown(key, pair.private) if key and pair else None,
    )


async def set_member_status(call: Call[None, wire.SetMemberStatus]) -> wire.MemberDone:
    """Suspend, close or bring back a member; one that may not trade has no resting orders."""
    member, status = await member_of(call), call.body.status
    if member.number == call.caller.member:
        raise refusal(call, 409, "own_member", "nobody changes their own status")

    def then(connection: Any, audit: int) -> SetMemberStatus:
        members.set_status(connection, member.number, status)
        return SetMemberStatus(member.number, status, audit)

    written = await write(call, "member.status", member.id, then)
    await login.refresh(call, member.number)
    return wire.MemberDone(
        seq=written.seq, audit_id=written.audit_id, member=_shown(call, await member_of(call))
    )


def _shown(call: AnyCall, member: members.Member) -> wire.Member:
    accounts = services_of(call).accounts.of(member.number)
    return wire.Member(
        id=member.id,
        number=member.number,
        name=member.display_name,
        role=member.role,
        status=member.status,
        created_time=rfc3339(member.created_at),
        accounts=[
            wire.Account(
                subaccount=account.subaccount,
                exchange_index=account.shard,
                cash=format_balance(account.cash),
                reserved=format_balance(account.reserved),
                available=format_balance(account.available),
            )
            for account in accounts
        ],
    )
