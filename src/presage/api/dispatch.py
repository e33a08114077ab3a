"""The doors: every request goes through the same steps in the same order.

Route, method, declared size and type, client network, authentication, member's budget, scope,
query and body, handler. It never knows what an operation does, and nothing it does not understand
leaves it as anything but a 500 without detail.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import structlog

from presage.api import faults, http
from presage.api.auth import ANONYMOUS, Caller, require_operator, require_scope
from presage.api.faults import ApiError, Fault, HeaderPairs
from presage.api.http import Answer, ClientGone, Reply, Request
from presage.api.json_door import JsonDoor, check_content_type
from presage.api.limits import AddressLimits, RateLimits
from presage.api.query import QueryBinder
from presage.api.registry import Api, Call, Operation
from presage.api.routing import RouteTree

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
    operation is private), `limits` is None when rate limiting is off.
    """

    api: Api
    services: Any = None
    authenticate: Callable[[Request], Awaitable[Caller]] | None = None
    limits: RateLimits | None = None


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
        "status",
    )

    def __init__(self, mount: Mount, operation: Operation) -> None:
        if operation.auth != "public" and mount.authenticate is None:
            raise ValueError(f"{operation.id} is private, and nothing here authenticates")
        self.mount = mount
        self.operation = operation
        self.handler = operation.handler
        self.status = operation.status
        private = operation.auth != "public"
        self.authenticate = mount.authenticate if private else None
        self.limits = mount.limits if private else None
        self.bind = None if operation.query is None else QueryBinder(operation.query).bind
        self.decode = None if operation.body is None else JsonDoor(operation.body).decode
        self.items = operation.items
        self.headers = self.headers_for(http.JSON)
        self.empty_headers = self.headers[1:]

    def headers_for(self, content_type: bytes) -> HeaderPairs:
        public = self.operation.auth == "public"
        shared = public and self.operation.method == "GET"
        return http.fixed_headers(content_type, private=not public, shared=shared)

    def check_head(self, request: Request) -> None:
        """What can be refused before anything is read or anyone is recognised."""
        if len(request.raw_path) + len(request.query_string) > http.MAX_ADDRESS:
            raise faults.address_too_long(http.MAX_ADDRESS)
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

    def charge(self, caller: Caller, items: int) -> None:
        """Take what the call costs from the member's budget."""
        if self.limits is None:
            return
        operation = self.operation
        if not self.limits.take(caller.member, operation.bucket, operation.cost * items):
            raise faults.too_many_requests()

    def admit(self, caller: Caller) -> None:
        """Whether the caller has enough budget and the rights that this operation asks for."""
        operation = self.operation
        if self.items is None:
            self.charge(caller, 1)
        if operation.auth == "operator":
            require_operator(caller)
        if operation.scope:
            require_scope(caller, operation.scope)
        if caller.subaccount_lock is not None and not operation.locked_keys:
            raise faults.locked_key()

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
        return result.status, http.encode(result.body), headers + result.headers


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
        try:
            route.check_head(request)
            if self._addresses is not None and not self._addresses.take(request.host):
                raise faults.too_many_requests()
            caller = ANONYMOUS
            if route.authenticate is not None:
                caller = await route.authenticate(request)
                route.admit(caller)
            query = None if route.bind is None else route.bind(request.query_string)
            body = None
            if route.decode is not None:
                body = route.read(await request.body(), request)
                if route.items is not None:
                    route.charge(caller, route.items(body))
            services, operation = route.mount.services, route.operation
            result = await route.handler(
                Call(services, operation, request, caller, values, query, body, self._clock())
            )
            return route.shape(result)
        except ClientGone:
            raise
        except Exception as error:
            return self._refusal(route.mount.api, route.operation.id, request, error)

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
        return route is not None and route.operation.auth == "public"

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
