"""One line of the site's table. The operation is named after its handler."""

from __future__ import annotations

from typing import Literal

import msgspec

from presage.api.registry import Conditions, Handler, Operation

Shape = type[msgspec.Struct]
Auth = Literal["public", "optional", "member", "session"]


def line(
    route: str,
    handler: Handler,
    reply: Shape | None = None,
    *,
    query: Shape | None = None,
    body: Shape | None = None,
    body_optional: bool = False,
    status: int = 200,
    produces: str = "application/json",
    auth: Auth = "member",
    scope: str = "",
    conditions: Conditions | None = None,
) -> Operation:
    """`route` is method and path without `/api`. A member's GET needs the scope read unless it
    names another; everything else of a member names its own."""
    method, _, path = route.partition(" ")
    if auth == "member" and not scope and method == "GET":
        scope = "read"
    name = "".join(part.capitalize() for part in handler.__name__.split("_"))
    return Operation(
        id=name,
        method=method,
        path=path,
        handler=handler,
        query=query,
        body=body,
        body_optional=body_optional,
        reply=reply,
        status=status,
        produces=produces,
        auth=auth,
        scope=scope,
        conditions=conditions or Conditions(),
        tags=(path.split("/")[1],),
    )
