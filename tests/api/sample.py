"""A small API that shows every kind of operation, for the tests of the dispatcher."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from presage.api import faults
from presage.api.auth import Caller
from presage.api.dispatch import Dispatcher, Mount
from presage.api.faults import ApiError
from presage.api.http import Reply, Request
from presage.api.kalshi.errors import ERRORS, ErrorBody, NestedError
from presage.api.registry import Api, Call, Operation
from tests.api.asking import JSON_TYPE


class Echo(msgspec.Struct):
    operation: str
    at: int
    member: int
    path: dict[str, str]
    service: str


class Page(msgspec.Struct):
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class Order(msgspec.Struct):
    ticker: str = ""
    count: str = ""


class Batch(msgspec.Struct):
    orders: list[Order]


class Outage(Exception):
    pass


async def echo(call: Call[Any, Any]) -> Echo:
    """Say what arrived."""
    return Echo(call.operation.id, call.at, call.caller.member, call.path, call.services)


async def nothing(call: Call[Any, Any]) -> None:
    """Answer without a body."""


async def teapot(call: Call[Any, Any]) -> Reply:
    """Answer with everything chosen by the handler."""
    return Reply(418, b"a,b\n", ((b"x-brew", b"tea"),), content_type=b"text/csv")


async def refuse(call: Call[Any, Any]) -> Echo:
    """Refuse by a rule."""
    raise ApiError(409, NestedError(ErrorBody("market_closed", "market closed")))


async def crash(call: Call[Any, Any]) -> Echo:
    """Fall over."""
    raise RuntimeError("the secret is 12345")


async def outage(call: Call[Any, Any]) -> Echo:
    """Meet a stopped exchange."""
    raise Outage


def public(id_: str, path: str, handler: Any = echo, method: str = "GET", **more: Any) -> Operation:
    return Operation(id=id_, method=method, path=path, handler=handler, auth="public", **more)


def private(
    id_: str, path: str, handler: Any = echo, method: str = "GET", **more: Any
) -> Operation:
    scope = "read" if method == "GET" else "write::trade"
    return Operation(id=id_, method=method, path=path, handler=handler, **({"scope": scope} | more))


OPERATIONS = (
    public("GetMarkets", "/markets", query=Page),
    public("GetMarket", "/markets/{ticker}"),
    public("GetOrderbooks", "/markets/orderbooks"),
    public("GetMarketOrderbook", "/markets/{ticker}/orderbook"),
    public("GetCandles", "/series/{series_ticker}/markets/{ticker}/candles"),
    public("Echo", "/echo", method="POST", body=Order, status=201),
    public("Maybe", "/maybe", method="PUT", body=Order, body_optional=True),
    public("Nothing", "/nothing", nothing, "DELETE", status=204),
    public("Teapot", "/teapot", teapot),
    public("Refuse", "/refuse", refuse),
    public("Crash", "/crash", crash),
    public("Outage", "/outage", outage),
    private("GetOrders", "/orders"),
    private("GetOrder", "/orders/{order_id}", locked_keys=True),
    private("CreateOrder", "/orders", method="POST", body=Order, status=201),
    private(
        "BatchOrders", "/orders/batched", method="POST", body=Batch, items=lambda b: len(b.orders)
    ),
    private("CancelBatch", "/orders/batched", method="DELETE", body=Batch),
    Operation(id="Halt", method="POST", path="/halt", handler=echo, auth="operator"),
)

API = Api(title="Test", version="1", prefix="/v2", operations=OPERATIONS, errors=ERRORS)


async def by_name(request: Request) -> Caller:
    """Names stand for credentials: these tests are about what happens around authentication."""
    name = request.header(b"who")
    callers = {
        "trader": Caller(7, "u7", "k", frozenset({"read", "write"}), None, "member"),
        "reader": Caller(8, "u8", "k", frozenset({"read"}), None, "member"),
        "locked": Caller(9, "u9", "k", frozenset({"read", "write"}), 3, "member"),
        "boss": Caller(1, "u1", "k", frozenset(), None, "operator"),
    }
    if name not in callers:
        raise faults.not_authenticated("NOT_FOUND")
    return callers[name]


class Ticks:
    """A monotonic clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def app(**options: Any) -> Dispatcher:
    limits = options.pop("limits", None)
    mount = Mount(API, "the services", by_name, limits)
    return Dispatcher([mount], clock=lambda: 1_700_000_000_000_000, outages=(Outage,), **options)


APP = app()


def who(name: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"who", name.encode()), JSON_TYPE)
