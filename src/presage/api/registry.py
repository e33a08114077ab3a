"""The contract as data: what an operation is, and a public API as a table of operations.

From these tables come the routes, the rights, the costs and the OpenAPI documents. The tables hold
no running thing: services, credentials and clocks are given to the dispatcher (`Mount`).
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, Literal, TypeVar

import msgspec

from presage.api.auth import Caller
from presage.api.faults import Fault
from presage.api.http import Reply, Request

Q = TypeVar("Q")
B = TypeVar("B")

Bucket = Literal["read", "write"]

DEFAULT_COST = 10

_PATH = re.compile(r"(?:/(?:[A-Za-z0-9_.-]+|\{[a-z_]+\}))+")


class Call(msgspec.Struct, Generic[Q, B], eq=False):
    """One request, read and allowed, as a handler sees it.

    `services` is the container that the API was mounted with; a handler narrows it by annotation.
    `caller` is `ANONYMOUS` on public operations. `at` is the exchange's time in microseconds.
    """

    services: Any
    operation: Operation
    request: Request
    caller: Caller
    path: dict[str, str]
    query: Q
    body: B
    at: int


Handler = Callable[[Call[Any, Any]], Awaitable[msgspec.Struct | Reply | None]]


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an API's table.

    A handler's struct is printed with `status`; None prints no body. `cost` is in rate-limit
    tokens; with `items`, which counts the items of a decoded body, it is the cost of each item.
    `body_optional` reads a missing body as the struct's defaults. Keys that are locked to one
    subaccount reach only operations with `locked_keys`. With `lenient_cursor` a cursor that this
    exchange did not make is ignored instead of refused.
    """

    id: str
    method: str
    path: str
    handler: Handler
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    body_optional: bool = False
    reply: type[msgspec.Struct] | None = None
    status: int = 200
    auth: Literal["public", "member", "operator"] = "member"
    scope: str = ""
    cost: int = DEFAULT_COST
    items: Callable[[Any], int] | None = None
    locked_keys: bool = False
    lenient_cursor: bool = False
    tags: tuple[str, ...] = ()

    @property
    def bucket(self) -> Bucket:
        """The rate-limit bucket that pays for a call."""
        return "read" if self.method == "GET" else "write"

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or self.id).partition("\n")[0]

    @property
    def path_names(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))


class ErrorFamily(msgspec.Struct, frozen=True):
    """How one API prints the door's faults.

    `render` gets the fault and the id of the operation ("" before one was found). `shapes` lists
    the structs that may stand under each status, for the OpenAPI document.
    """

    render: Callable[[Fault, str], msgspec.Struct]
    shapes: Mapping[int, tuple[type[msgspec.Struct], ...]]


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """A public API: operations under one prefix with one error family.

    `security` holds the OpenAPI security schemes; a private operation needs all of them together.
    With `strict_bodies` every body struct must forbid unknown fields, without it none may.
    """

    title: str
    version: str
    prefix: str
    operations: tuple[Operation, ...]
    errors: ErrorFamily
    security: Mapping[str, Mapping[str, str]] = {}
    strict_bodies: bool = False

    def __post_init__(self) -> None:
        seen: set[str] = set()
        for operation in self.operations:
            if operation.id in seen:
                raise ValueError(f"two operations are called {operation.id}")
            seen.add(operation.id)
            self._check(operation)

    def _check(self, operation: Operation) -> None:
        name = operation.id
        if not _PATH.fullmatch(operation.path):
            raise ValueError(f"{name}: {operation.path} is not a path")
        if operation.auth == "member" and not operation.scope:
            raise ValueError(f"{name}: a member's operation names the scope it needs")
        if operation.items is not None and operation.body is None:
            raise ValueError(f"{name}: only a body has items to count")
        if operation.body is not None:
            forbids = operation.body.__struct_config__.forbid_unknown_fields
            if forbids != self.strict_bodies:
                wanted = "must forbid" if self.strict_bodies else "may not forbid"
                raise ValueError(f"{name}: the body struct {wanted} unknown fields")
