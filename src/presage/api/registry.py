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

_PATH = re.compile(r"(?:/(?:[A-Za-z0-9_.-]+|\{[a-z][A-Za-z_]*\}))+")


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
    once: tuple[str, str] | None = None
    """What the call's Idempotency-Key uses up for ever (a scope and a key), if it has one."""


Handler = Callable[[Call[Any, Any]], Awaitable[msgspec.Struct | Reply | None]]


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """What an operation asks beyond credential and scope, where a guard stands at the door.

    `speaks`: a muted member may not; `while_suspended`: a suspended one may all the same.
    `feature` names the flag that has to be on, `cap` a limit of its own beside the common one.
    `idempotent`: an Idempotency-Key is honoured. `verified`: as for trading, the member's address
    has to be confirmed where that is asked for.
    """

    speaks: bool = False
    while_suspended: bool = False
    feature: str = ""
    cap: str = ""
    idempotent: bool = False
    verified: bool = False


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an API's table.

    A handler's struct is printed with `status`; None prints no body. `cost` is in rate-limit
    tokens; with `items`, which counts the items of a decoded body, it is the cost of each item;
    with `shard` (services, query, body) the bucket of that shard pays it.
    `body_optional` reads a missing body as the struct's defaults. Keys that are locked to one
    subaccount reach only operations with `locked_keys`. With `lenient_cursor` a cursor that this
    exchange did not make is ignored instead of refused.

    `produces` is the content type of the answer, where that is not JSON.

    `auth`: an optional credential is read when there is one; `session` wants a person at a browser,
    no key. `roles` are those that an operator's operation is open to besides operators.
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
    produces: str = "application/json"
    auth: Literal["public", "optional", "member", "session", "operator"] = "member"
    scope: str = ""
    cost: int = DEFAULT_COST
    items: Callable[[Any], int] | None = None
    shard: Callable[[Any, Any, Any], int] | None = None
    locked_keys: bool = False
    lenient_cursor: bool = False
    roles: tuple[str, ...] = ("admin",)
    conditions: Conditions = Conditions()
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
    With `any_security` one of them is enough. With `strict_bodies` every body struct must forbid
    unknown fields, without it none may; None leaves it to each. With `lenient_words` choices are
    read in any case and 10.0 is an integer. With `etags` public reads can be asked for again
    cheaply (If-None-Match).
    """

    title: str
    version: str
    prefix: str
    operations: tuple[Operation, ...]
    errors: ErrorFamily
    security: Mapping[str, Mapping[str, str]] = {}
    strict_bodies: bool | None = False
    any_security: bool = False
    lenient_words: bool = False
    etags: bool = False

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
        if operation.body is not None and self.strict_bodies is not None:
            forbids = operation.body.__struct_config__.forbid_unknown_fields
            if forbids != self.strict_bodies:
                wanted = "must forbid" if self.strict_bodies else "may not forbid"
                raise ValueError(f"{name}: the body struct {wanted} unknown fields")
