"""The published API descriptions and recorded replies that ours are held against.

They are reference material beside the checkout, not part of it; without them these tests skip.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

REFERENCE: Final = Path(__file__).resolve().parents[3] / "shared" / "kalshi"
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
