"""Writes an API's OpenAPI 3.1 document from its table of operations.

Everything in it is derived; there is no second description to keep true. It never serves a
request itself: `documented` adds the operation that does.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Final

import msgspec

from presage.api.http import JSON, Reply
from presage.api.registry import Api, Call, Operation

Json = dict[str, Any]

_INT64: Final = {"minimum": -(1 << 63), "maximum": (1 << 63) - 1}
"""What every integer keeps to, in bodies and in queries."""
_REF: Final = "#/components/schemas/{name}"
_REASONS: Final = {
    400: "The request breaks the contract or a rule",
    401: "No valid credential",
    402: "The account has less than this takes",
    403: "The credential does not allow this",
    404: "No such object, or not the caller's",
    408: "The body did not arrive in time",
    409: "The state of the exchange does not allow this",
    413: "The body is too large",
    414: "The address is too long",
    415: "The body is encoded",
    429: "The rate limit is used up",
    500: "A fault of the exchange",
    503: "The exchange cannot answer now",
}


def document(api: Api) -> Json:
    """The OpenAPI document of an API."""
    types = list(_types(api))
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    of = dict(zip(types, schemas, strict=True))
    queries = {operation.query for operation in api.operations if operation.query is not None}
    bodies = {operation.body for operation in api.operations}
    fields: dict[type[msgspec.Struct], Json] = {}
    for query in queries:
        # A query struct is spelled out as parameters; as a schema of its own it would mislead.
        name = of[query]["$ref"].rpartition("/")[2]
        fields[query] = deepcopy(components[name]) if query in bodies else components.pop(name)
    _bound_integers([components, list(fields.values())])
    paths: dict[str, Json] = {}
    for operation in api.operations:
        entry = _operation(api, operation, of, fields)
        paths.setdefault(api.prefix + operation.path, {})[operation.method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": api.version},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {name: dict(one) for name, one in api.security.items()},
        },
    }


def documented(api: Api) -> Api:
    """The same API with one more operation, which serves the document of them all."""
    written: list[bytes] = []

    async def get_openapi_document(call: Call[None, None]) -> Reply:
        """This document."""
        return Reply(200, written[0], content_type=JSON)

    operation = Operation(
        id="GetOpenapiDocument",
        method="GET",
        path="/openapi.json",
        handler=get_openapi_document,
        auth="public",
        tags=("meta",),
    )
    whole = msgspec.structs.replace(api, operations=(*api.operations, operation))
    written.append(msgspec.json.encode(document(whole)))
    return whole


def _bound_integers(schema: Any) -> None:
    """Write the doors' own limit into every integer that has none."""
    if isinstance(schema, list):
        for one in schema:
            _bound_integers(one)
    elif isinstance(schema, dict):
        if schema.get("type") == "integer":
            for name, limit in _INT64.items():
                if not any(key in schema for key in (name, f"exclusive{name.capitalize()}")):
                    schema[name] = limit
        _bound_integers(list(schema.values()))


def _types(api: Api) -> Iterator[type[msgspec.Struct]]:
    seen: set[type[msgspec.Struct]] = set()
    for operation in api.operations:
        for one in (operation.query, operation.body, operation.reply):
            if one is not None and one not in seen:
                seen.add(one)
                yield one
    for shapes in api.errors.shapes.values():
        for one in shapes:
            if one not in seen:
                seen.add(one)
                yield one


def _operation(
    api: Api,
    operation: Operation,
    of: dict[type[msgspec.Struct], Json],
    fields: dict[type[msgspec.Struct], Json],
) -> Json:
    entry: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": list(operation.tags),
        "parameters": _parameters(operation, fields),
        "responses": {str(operation.status): _success(operation, of)},
        "x-cost": operation.cost,
        "x-bucket": operation.bucket,
    }
    for status in sorted(_error_statuses(api, operation)):
        shapes = [of[one] for one in api.errors.shapes.get(status, ())]
        entry["responses"][str(status)] = _response(_REASONS[status], _any_of(shapes))
    if operation.body is not None:
        content = {"application/json": {"schema": of[operation.body]}}
        entry["requestBody"] = {"required": not operation.body_optional, "content": content}
    if operation.auth != "public":
        entry["security"] = _security(api, operation)
    if operation.scope:
        entry["x-scope"] = operation.scope
    return entry


def _security(api: Api, operation: Operation) -> list[Json]:
    if not api.any_security:
        return [{name: [] for name in api.security}]
    named: list[Json] = [{name: []} for name in api.security]
    return [{}, *named] if operation.auth == "optional" else named


def _success(operation: Operation, of: dict[type[msgspec.Struct], Json]) -> Json:
    if operation.status == 204 and operation.reply is None:
        return {"description": "Done"}
    schema = {} if operation.reply is None else of[operation.reply]
    return {"description": "Done", "content": {operation.produces: {"schema": schema}}}


def _response(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _any_of(schemas: list[Json]) -> Json:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas} if schemas else {}


def _parameters(operation: Operation, fields: dict[type[msgspec.Struct], Json]) -> list[Json]:
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in operation.path_names
    ]
    if operation.query is None:
        return parameters
    info = msgspec.inspect.type_info(operation.query)
    assert isinstance(info, msgspec.inspect.StructType)
    commas = {
        field.encode_name
        for field in info.fields
        if isinstance(field.type, msgspec.inspect.VarTupleType)
    }
    schema = fields[operation.query]
    for name, one in schema["properties"].items():
        required = name in schema["required"]
        parameter: Json = {"name": name, "in": "query", "required": required}
        parameter["schema"] = one if required else _or_blank(one)
        if name in commas:
            parameter |= {"style": "form", "explode": False}
        parameters.append(parameter)
    return parameters


def _or_blank(schema: Json) -> Json:
    """A choice or a text that may be left out may also be sent empty."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_or_blank(one) for one in schema["anyOf"]]}
    if schema.get("type") == "string":
        schema = {key: value for key, value in schema.items() if key != "minLength"}
    return schema | {"enum": [*schema["enum"], ""]} if "enum" in schema else schema


def _error_statuses(api: Api, operation: Operation) -> set[int]:
    """The statuses of refusals that can happen to this operation."""
    statuses = {500, 503}
    if operation.path_names:
        statuses |= {404, 414}
    if operation.query is not None:
        statuses |= {400, 414}
    if operation.body is not None:
        statuses |= {400, 408, 413, 415}
    if operation.auth != "public":
        # 404 on every one: a query or a body may name an account or a market that does not exist.
        statuses |= {401, 403, 404, 429}
    if api.any_security:
        # A guard stands at the door: it counts everybody, and knows foreign pages.
        statuses |= {401, 403, 404, 429}
    if operation.method != "GET":
        statuses |= {400, 409}
        statuses |= {402} & api.errors.shapes.keys()  # only some APIs have a status for no money
    return statuses
