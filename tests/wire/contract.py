"""The published API descriptions and recorded replies that ours are held against.

They are reference material beside the checkout, not part of it; without them these tests skip.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

import jsonschema
import pytest
import yaml

from tests.reference import KALSHI

REFERENCE: Final = KALSHI
GENERATIONS: Final = ("openapi-3.30.json", "openapi-3.13.yaml")

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference material is not beside the checkout"
)


@cache
def _document(name: str) -> dict[str, Any]:
    text = (REFERENCE / name).read_text("utf-8")
    document: dict[str, Any] = (
        json.loads(text) if name.endswith(".json") else yaml.load(text, yaml.CSafeLoader)
    )
    return document if name.endswith(".json") else _modern(document)


def _modern(node: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_modern(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _modern(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found


@cache
def _validator(name: str, operation: str, status: int) -> Any:
    document = _document(name)
    for methods in document["paths"].values():
        for described in methods.values():
            if isinstance(described, dict) and described.get("operationId") == operation:
                reply = described["responses"][str(status)]
                schema = reply["content"]["application/json"]["schema"]
                root = {**schema, "components": document["components"]}
                return jsonschema.Draft202012Validator(root)
    return None


@cache
def _places(name: str) -> dict[str, dict[str, Any]]:
    """Path, without the names of its parameters -> what is described there."""
    return {_bare(path): methods for path, methods in _document(name)["paths"].items()}


def _bare(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def describes(name: str, method: str, path: str) -> bool:
    """Whether a description knows a method of a path."""
    return method.lower() in _places(name).get(_bare(path), {})


@cache
def _validator_of(name: str, method: str, path: str, status: int) -> Any:
    reply = _places(name)[_bare(path)][method.lower()]["responses"].get(str(status))
    if reply is None:
        return None
    content = reply.get("content")
    # An answer without a described body may be the empty object, which every client can read.
    schema = content["application/json"]["schema"] if content else {"enum": [None, {}]}
    root = {**schema, "components": _document(name)["components"]}
    return jsonschema.Draft202012Validator(root)


def complaints(name: str, method: str, path: str, status: int, body: Any) -> list[str]:
    """What a description has against a reply (None: without a body) to a method of a path."""
    validator = _validator_of(name, method, path, status)
    if validator is None:
        return [f"{status} is no answer that it knows"]
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


def faults(generation: str, operation: str, body: Any, status: int = 200) -> list[str]:
    """What a description has against a body; nothing where it does not know the operation."""
    validator = _validator(generation, operation, status)
    if validator is None:
        return []
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]


def is_described(generation: str, operation: str) -> bool:
    """Whether a description knows an operation at all."""
    return _validator(generation, operation, 200) is not None


def recorded(name: str) -> Any:
    """The body of a recorded reply."""
    return json.loads((REFERENCE / "wire-fixtures" / f"{name}.json").read_text("utf-8"))


def recordings(prefix: str) -> list[str]:
    """The names of the recorded bodies that begin so."""
    folder = REFERENCE / "wire-fixtures"
    found = sorted(path.name for path in folder.glob(f"{prefix}*.json"))
    return [name.removesuffix(".json") for name in found if not name.endswith(".meta.json")]
