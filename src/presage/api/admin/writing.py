"""How every write of the operator API is done: one submission that notes the act and does it.

The row of the audit log, other rows and the command stand or fall together. The answer waits for
the last payout or cancellation that the command set off.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec

from presage.api.admin.errors import rejected
from presage.api.kalshi.services import Services
from presage.api.registry import Call
from presage.domain.rejects import Reject
from presage.gateway import AlreadyDone, Receipt
from presage.identity.audit import Act, Before, Noted, Then
from presage.projections import history

AnyCall = Call[Any, Any]

_UNTOLD: Final = frozenset({"reason", "public_key"})


class Written(msgspec.Struct, frozen=True):
    """An act that is done and durable."""

    seq: int
    audit_id: int
    receipt: Receipt


def services_of(call: AnyCall) -> Services:
    """The call's services, typed."""
    services: Services = call.services
    return services


def act_of(call: AnyCall, action: str, subject: str) -> Act:
    """What the audit log says about a call."""
    asked = msgspec.to_builtins(call.body)
    params = {
        name: value for name, value in asked.items() if name not in _UNTOLD and value is not None
    }
    return Act(
        call.at,
        call.caller.member,
        action,
        subject,
        call.body.reason.strip(),
        params,
        call.request.host,
        call.request.id,
    )


async def write(
    call: AnyCall, action: str, subject: str, then: Then, before: Before | None = None
) -> Written:
    """Note the act and do it. `then` gets the connection and the audit row's id, may write more
    rows, and names the command; `before` says what there is that it changes. Raises: ApiError when
    a rule refuses."""
    return await submit(call, act_of(call, action, subject), then, before)


async def submit(call: AnyCall, act: Act, then: Then, before: Before | None = None) -> Written:
    """As `write`, for one of several acts of a call."""
    result = await attempt(call, act, then, before)
    if isinstance(result, Reject):
        raise rejected(call, result)
    return result


async def attempt(
    call: AnyCall, act: Act, then: Then, before: Before | None = None
) -> Written | Reject:
    """As `submit`, with a refusal as a value."""
    noted, services = Noted(act, then, before), services_of(call)
    try:
        result = await services.gateway.submit(None, noted, wait_for_work=True, once=call.once)
    except AlreadyDone as done:
        # The same call came before a crash: what it did then is handed back.
        entry = await services.reader.run(partial(history.entry, seq=done.seq))
        audit = getattr(entry.command, "audit", 0)
        return Written(entry.seq, audit, Receipt(entry.seq, entry.at, tuple(entry.facts)))
    if isinstance(result, Reject):
        return result
    return Written(result.seq, noted.id, result)
