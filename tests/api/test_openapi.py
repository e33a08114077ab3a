"""The OpenAPI documents: valid, complete, and nothing but what the table says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from presage.api.dispatch import Dispatcher, Mount
from presage.api.kalshi.errors import ERRORS
from presage.api.openapi import document, documented
from presage.api.registry import Api, Call, Operation
from tests.api.asking import send


class ListOrders(msgspec.Struct):
    ids: list[str]
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100
    kinds: tuple[int, ...] = ()
    status: Literal["resting", "canceled"] | None = None


class CreateOrderRequest(msgspec.Struct):
    """What a new order says."""

    ticker: str
    count: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+$")]


class Order(msgspec.Struct):
    order_id: str
    note: str | None = None


class Orders(msgspec.Struct):
    orders: list[Order]


async def get_orders(call: Call[ListOrders, None]) -> Orders:
    """List orders.

    Newest first.
    """
    return Orders([])


async def create_order(call: Call[None, CreateOrderRequest]) -> Order:
    """Place an order."""
    return Order("1")


async def delete_order(call: Call[None, None]) -> None:
    """Cancel an order."""


SECURITY = {
    "key": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-KEY"},
    "signature": {"type": "apiKey", "in": "header", "name": "KALSHI-ACCESS-SIGNATURE"},
}

API = Api(
    title="Test",
    version="1.2.3",
    prefix="/v2",
    operations=(
        Operation(
            id="GetOrders", method="GET", path="/orders", handler=get_orders, query=ListOrders,
            reply=Orders, auth="public", tags=("orders",),
        ),
        Operation(
            id="CreateOrder", method="POST", path="/orders", handler=create_order,
            body=CreateOrderRequest, reply=Order, status=201, scope="write::trade", cost=20,
        ),
        Operation(
            id="DeleteOrder", method="DELETE", path="/orders/{order_id}", handler=delete_order,
            body=CreateOrderRequest, body_optional=True, status=204, scope="write",
        ),
    ),
    errors=ERRORS,
    security=SECURITY,
)  # fmt: skip

DOCUMENT = document(API)
GET = DOCUMENT["paths"]["/v2/orders"]["get"]
POST = DOCUMENT["paths"]["/v2/orders"]["post"]
DELETE = DOCUMENT["paths"]["/v2/orders/{order_id}"]["delete"]


def test_the_document_is_valid() -> None:
    plain = json.loads(msgspec.json.encode(DOCUMENT))
    OpenAPIV31SpecValidator(plain).validate()


def test_every_operation_is_there_once() -> None:
    found = {
        entry["operationId"]: (method.upper(), path)
        for path, methods in DOCUMENT["paths"].items()
        for method, entry in methods.items()
    }
    assert found == {one.id: (one.method, "/v2" + one.path) for one in API.operations}


def test_parameters_come_from_the_path_and_the_query_struct() -> None:
    by_name = {one["name"]: one for one in GET["parameters"]}
    assert set(by_name) == {"ids", "limit", "kinds", "status"}
    assert [name for name, one in by_name.items() if one["required"]] == ["ids"]
    assert by_name["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "default": 100,
    }
    assert (by_name["kinds"]["style"], by_name["kinds"]["explode"]) == ("form", False)
    assert "explode" not in by_name["ids"]
    assert DELETE["parameters"] == [
        {"name": "order_id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    assert "ListOrders" not in DOCUMENT["components"]["schemas"]


def test_bodies_and_replies_are_referenced() -> None:
    def schema(content: Any) -> Any:
        return content["content"]["application/json"]["schema"]

    reference = {"$ref": "#/components/schemas/CreateOrderRequest"}
    assert POST["requestBody"]["required"] is True
    assert schema(POST["requestBody"]) == reference
    assert DELETE["requestBody"]["required"] is False
    assert schema(POST["responses"]["201"]) == {"$ref": "#/components/schemas/Order"}
    assert "content" not in DELETE["responses"]["204"]
    assert schema(GET["responses"]["400"])["anyOf"]


@pytest.mark.parametrize(
    ("entry", "statuses"),
    [
        (GET, {200, 400, 414, 500, 503}),
        (POST, {201, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 503}),
        (DELETE, {204, 400, 401, 403, 404, 408, 409, 413, 414, 415, 429, 500, 503}),
    ],
)
def test_the_refusals_that_can_happen_are_listed(entry: Any, statuses: set[int]) -> None:
    assert set(map(int, entry["responses"])) == statuses


def test_every_integer_is_bounded() -> None:
    def integers(schema: Any) -> Iterator[Any]:
        if isinstance(schema, dict):
            if schema.get("type") == "integer":
                yield schema
            schema = list(schema.values())
        if isinstance(schema, list):
            for one in schema:
                yield from integers(one)

    found = list(integers(DOCUMENT))
    assert found
    assert all({"minimum", "exclusiveMinimum"} & one.keys() for one in found)
    assert all({"maximum", "exclusiveMaximum"} & one.keys() for one in found)


def test_rights_and_costs_are_told() -> None:
    assert "security" not in GET
    assert POST["security"] == [{"key": [], "signature": []}]
    assert (POST["x-scope"], POST["x-cost"], POST["x-bucket"]) == ("write::trade", 20, "write")
    assert (GET["summary"], GET["tags"]) == ("List orders.", ["orders"])
    assert DOCUMENT["components"]["securitySchemes"] == SECURITY


def test_the_document_is_served_and_lists_itself() -> None:
    async def nobody(request: Any) -> Any:
        raise AssertionError

    app = Dispatcher([Mount(documented(API), authenticate=nobody)], clock=lambda: 0)
    answer = send(app, "GET", "/v2/openapi.json")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json["paths"].keys() == {*DOCUMENT["paths"], "/v2/openapi.json"}
    OpenAPIV31SpecValidator(answer.json).validate()
