"""One line of the operator API's tables: a read or a write by an operator's key."""

from __future__ import annotations

from typing import Final

import msgspec

from presage.api.registry import Conditions, Handler, Operation

Shape = type[msgspec.Struct]

ADMIN: Final = ("admin",)
AUDITORS: Final = ("admin", "auditor")
READERS: Final = ("admin", "resolver", "moderator", "auditor")


def get(
    id: str,
    path: str,
    handler: Handler,
    reply: Shape | None,
    query: Shape | None = None,
    roles: tuple[str, ...] = ADMIN,
    *,
    produces: str = "application/json",
) -> Operation:
    """A read."""
    return Operation(
        id=id,
        method="GET",
        path=path,
        handler=handler,
        query=query,
        reply=reply,
        produces=produces,
        auth="operator",
        roles=roles,
        tags=(path.split("/")[1],),
    )


def write(
    method: str,
    id: str,
    path: str,
    handler: Handler,
    body: Shape,
    reply: Shape,
    status: int = 200,
    roles: tuple[str, ...] = ADMIN,
    query: Shape | None = None,
    *,
    idempotent: bool = False,
) -> Operation:
    """A write; its body says why. `idempotent`: an Idempotency-Key is honoured."""
    return Operation(
        id=id,
        method=method,
        path=path,
        handler=handler,
        query=query,
        body=body,
        reply=reply,
        status=status,
        auth="operator",
        roles=roles,
        conditions=Conditions(idempotent=idempotent),
        tags=(path.split("/")[1],),
    )
