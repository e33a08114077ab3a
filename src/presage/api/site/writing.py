"""How the site's handlers change something: one submission of rows and at most one command.

A rule's reject becomes a refusal. Under an Idempotency-Key the submission spends the key with its
effect; when it was spent before (a crash came between effect and answer), the entry of that time is
handed back as if it had happened now, and the handler goes on to build its answer from it.
"""

from __future__ import annotations

from functools import partial

from presage.api.site.rejects import refused
from presage.api.site.services import AnyCall, services_of
from presage.domain.commands import Command
from presage.domain.rejects import Reject
from presage.gateway import AlreadyDone, Receipt, RowWrites
from presage.projections import history


async def submit(
    call: AnyCall,
    command: Command | None = None,
    rows: RowWrites | None = None,
    *,
    wait_for_work: bool = False,
) -> Receipt:
    """Do it, durably. `rows` may raise a `Refusal`, which undoes it. Raises: Refusal."""
    result = await attempt(call, command, rows, wait_for_work=wait_for_work)
    if isinstance(result, Reject):
        raise refused(result)
    return result


async def attempt(
    call: AnyCall,
    command: Command | None = None,
    rows: RowWrites | None = None,
    *,
    wait_for_work: bool = False,
) -> Receipt | Reject:
    """The same, with a rule's refusal as a value, for who has more to say about it."""
    services = services_of(call)
    try:
        return await services.gateway.submit(
            command, rows, wait_for_work=wait_for_work, once=call.once
        )
    except AlreadyDone as done:
        entry = await services.reader.run(partial(history.entry, seq=done.seq))
        return Receipt(entry.seq, entry.at, tuple(entry.facts))
