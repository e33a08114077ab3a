"""The doors: every request goes through the same steps in the same order.

Route, method, declared size and type, client network, authentication, member's budget, scope,
query and body, handler. It never knows what an operation does, and nothing it does not understand
leaves it as anything but a 500 without detail.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from presage.api import faults, http
from presage.api.auth import ANONYMOUS, Caller, require_operator, require_scope
from presage.api.faults import ApiError, Fault, HeaderPairs
from presage.api.http import Answer, ClientGone, Reply, Request
from presage.api.json_door import JsonDoor, check_content_type
from presage.api.lenient import LenientDoor
from presage.api.limits import AddressLimits, RateLimits
from presage.api.query import QueryBinder
from presage.api.registry import Api, Call, Operation
from presage.api.routing import RouteTree

if TYPE_CHECKING:
    from presage.api.site.guard import Guard, Visit

_PREFLIGHT: Final[HeaderPairs] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"86400"),
)

_REFUSED: Final = http.fixed_headers(http.JSON, private=True, shared=False)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mount:
    """An API with what it needs to run.

    `services` is handed to its handlers, `authenticate` makes callers (needed as soon as one
    operation is private), `limits` is None when rate limiting is off. A `guard` lets callers in
    instead of both.
    """

    api: Api
    services: Any = None
    authenticate: Callable[[Request], Awaitable[Caller]] | None = None
    limits: RateLimits | None = None
    guard: Guard | None = None


class _Route:
    """One operation with everything about it that can be worked out before the first request."""

    __slots__ = (
        "authenticate",
        "bind",
        "decode",
        "empty_headers",
        "handler",
        "headers",
        "items",
        "limits",
        "mount",
        "operation",
        "shard",
        "status",
    )

    def __init__(self, mount: Mount, operation: Operation) -> None:
        guarded = mount.guard is not None
        if operation.auth != "public" and mount.authenticate is None and not guarded:
            raise ValueError(f"{operation.id} is private, and nothing here authenticates")
        self.mount = mount
        self.operation = operation
        self.handler = operation.handler
        self.status = operation.status
        private = operation.auth != "public"
        lenient = mount.api.lenient_words
        self.authenticate = mount.authenticate if private else None
        self.limits = mount.limits if private else None
        query, body = operation.query, operation.body
        self.bind = None if query is None else QueryBinder(query, any_case=lenient).bind
        door = LenientDoor if lenient else JsonDoor
        self.decode = None if body is None else door(body).decode
        self.items = operation.items
        self.shard = None if self.limits is None else operation.shard
        self.headers = self.headers_for(http.JSON)
        self.empty_headers = self.headers[1:]

    def headers_for(self, content_type: bytes) -> HeaderPairs:
        auth, reads = self.operation.auth, self.operation.method == "GET"
        shared = reads and auth in ("public", "optional")
        headers = http.fixed_headers(content_type, private=auth != "public", shared=shared)
        if auth == "optional":
            headers += ((b"vary", b"authorization, cookie"),)
        return headers

    def check_head(self, request: Request) -> None:
        """What can be refused before anything is read or anyone is recognised."""
        self.check_address(request)
        self.check_body_head(request)

    def check_address(self, request: Request) -> None:
        """Is it short enough?"""
        if len(request.raw_path) + len(request.query_string) > http.MAX_ADDRESS:
            raise faults.address_too_long(http.MAX_ADDRESS)

    def check_body_head(self, request: Request) -> None:
        """What the head says of the body."""
        if self.decode is None:
            return
        http.check_declared_size(request)
        headers = request.headers
        if b"content-encoding" in headers and headers[b"content-encoding"] != b"identity":
            raise faults.encoded_body()
        # The one spelling that nearly everybody sends needs no second look.
        if headers.get(b"content-type") == http.JSON:
            return
        content_type = request.header(b"content-type")
        if content_type or not self.operation.body_optional:
            check_content_type(content_type)

    def charge(self, caller: Caller, items: int, shard: int = 0) -> None:
        """Take what the call costs from the member's budget."""
        if self.limits is None:
            return
        operation = self.operation
        cost = operation.cost * items
        if not self.limits.take(caller.member, operation.bucket, cost, shard):
            raise faults.too_many_requests()

    def admit(self, caller: Caller) -> None:
        """Whether the caller has enough budget and the rights that this operation asks for."""
        operation = self.operation
        if self.items is None and self.shard is None:
            self.charge(caller, 1)
        if operation.auth == "operator":
            require_operator(caller)
        if operation.scope:
            require_scope(caller, operation.scope)
        if caller.subaccount_lock is not None and not operation.locked_keys:
            raise faults.locked_key()

    def settle(self, caller: Caller, query: Any, body: Any) -> None:
        """Charge what could not be charged before it was read."""
        if self.items is not None:
            self.charge(caller, self.items(body))
        elif self.shard is not None:
            self.charge(caller, 1, self.shard(self.mount.services, query, body))

    def read(self, data: bytes, request: Request) -> msgspec.Struct:
        """The body."""
        assert self.decode is not None
        if self.operation.body_optional:
            if not data:
                data = b"{}"
            else:
                check_content_type(request.header(b"content-type"))
        return self.decode(data)

    def shape(self, result: msgspec.Struct | Reply | None) -> Answer:
        """What the handler returned, as it is sent."""
        if result is None:
            return self.status, b"", self.empty_headers
        if type(result) is not Reply:
            return self.status, http.encode(result), self.headers
        if result.body is None:
            headers = self.empty_headers
        elif result.content_type == http.JSON:
            headers = self.headers
        else:
            headers = self.headers_for(result.content_type)
        return result.status, http.sent(result.body), headers + result.headers


class Dispatcher:
    """Answers the requests for a set of mounted APIs.

    `clock` is the exchange's time in microseconds. `outages` are the exceptions that mean "the
    exchange cannot answer now" (503).
    """

    def __init__(
        self,
        mounts: Sequence[Mount],
        *,
        clock: Callable[[], int],
        address_limits: AddressLimits | None = None,
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._mounts = sorted(mounts, key=lambda mount: -len(mount.api.prefix))
        self._clock = clock
        self._addresses = address_limits
        self._outages = outages
        self._routes: RouteTree[_Route] = RouteTree()
        for mount in mounts:
            for operation in mount.api.operations:
                path = mount.api.prefix + operation.path
                self._routes.add(operation.method, path, _Route(mount, operation))

    async def respond(self, request: Request) -> Answer:
        """The answer to one request. Raises: ClientGone."""
        method = "GET" if request.method == "HEAD" else request.method
        endpoint, values, allowed = self._routes.find(method, request.raw_path)
        if endpoint is None:
            return self._unrouted(request, allowed)
        return await self._answer(endpoint, values, request)

    async def _answer(self, route: _Route, values: dict[str, str], request: Request) -> Answer:
        if route.mount.guard is not None:
            return await self._guarded(route.mount.guard, route, values, request)
        try:
            route.check_head(request)
            if self._addresses is not None and not self._addresses.take(request.host):
                raise faults.too_many_requests()
            caller = ANONYMOUS
            if route.authenticate is not None:
                caller = await route.authenticate(request)
                route.admit(caller)
            query = body = None
            try:
                if route.bind is not None:
                    query = route.bind(request.query_string)
                if route.decode is not None:
                    body = route.read(await request.body(), request)
            except Fault:
                if route.shard is not None:
                    route.charge(caller, 1)  # whom it would have been for is not known
                raise
            if route.limits is not None:
                route.settle(caller, query, body)
            services, operation = route.mount.services, route.operation
            result = await route.handler(
                Call(services, operation, request, caller, values, query, body, self._clock())
            )
            return route.shape(result)
        except ClientGone:
            raise
        except Exception as error:
            return self._refusal(route.mount.api, route.operation.id, request, error)

    async def _guarded(
        self, guard: Guard, route: _Route, values: dict[str, str], request: Request
    ) -> Answer:
        """The same, where a guard says who may come in, and remembers what was answered."""
        visit = guard.visit(request, route.operation)
        try:
            route.check_address(request)
            await guard.admit(visit)
            answer = await self._serve(guard, visit, route, values)
        except ClientGone:
            guard.leave(visit)
            raise
        except Exception as error:
            answer = self._refusal(route.mount.api, route.operation.id, request, error)
        return await guard.finish(visit, answer)

    async def _serve(
        self, guard: Guard, visit: Visit, route: _Route, values: dict[str, str]
    ) -> Answer:
        request, data, body = visit.request, b"", None
        if route.decode is not None:
            route.check_body_head(request)
            data = await request.body()
        kept = await guard.recall(visit, data)
        if kept is not None:
            return kept
        query = None if route.bind is None else route.bind(request.query_string)
        if route.decode is not None:
            body = route.read(data, request)
        services, at = route.mount.services, self._clock()
        call = Call(
            services, route.operation, request, visit.caller, values, query, body, at, visit.spends
        )
        return route.shape(await route.handler(call))

    def _unrouted(self, request: Request, allowed: frozenset[str]) -> Answer:
        path = request.raw_path
        if allowed:
            if request.method == "OPTIONS" and self._is_shared(path):
                return 204, b"", _PREFLIGHT
            names = allowed | {"HEAD"} if "GET" in allowed else allowed
            error = faults.wrong_method(", ".join(sorted(names)))
        else:
            if path.endswith("/") and self._is_known(path[:-1]):
                return _moved(path[:-1], request.query_string)
            error = faults.unknown_route()
        return self._refusal(self._api_at(path), "", request, error)

    def _is_shared(self, path: str) -> bool:
        route = self._routes.find("GET", path).endpoint
        return route is not None and route.operation.auth in ("public", "optional")

    def _is_known(self, path: str) -> bool:
        found = self._routes.find("GET", path)
        return found.endpoint is not None or bool(found.allowed)

    def _api_at(self, path: str) -> Api:
        """The API whose words an unknown path is refused in."""
        for mount in self._mounts:
            if path.startswith(mount.api.prefix):
                return mount.api
        return self._mounts[0].api

    def _refusal(self, api: Api, operation: str, request: Request, error: Exception) -> Answer:
        if isinstance(error, ApiError):
            return error.status, http.encode(error.body), _REFUSED + error.headers
        if isinstance(error, Fault):
            fault = error
        elif isinstance(error, self._outages):
            _log.warning("exchange unavailable", operation=operation, request_id=request.id)
            fault = faults.unavailable()
        else:
            # The path may hold ids but never a secret; query and body stay out of the log.
            _log.error(
                "request failed",
                operation=operation,
                method=request.method,
                path=request.raw_path,
                request_id=request.id,
                exc_info=error,
            )
            fault = faults.internal_error()
        fault.request_id = request.id
        body = http.encode(api.errors.render(fault, operation))
        return fault.status, body, _REFUSED + fault.headers


def _moved(path: str, query_string: bytes) -> Answer:
    location = path.encode("latin-1") + (b"?" + query_string if query_string else b"")
    return 301, b"", ((b"location", location),)
