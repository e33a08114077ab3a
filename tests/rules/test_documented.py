"""Modules say what they decide, and every route is explained where a reader looks for it."""

from __future__ import annotations

import ast
import importlib
import inspect

import pytest

from presage.api.registry import Api, Operation
from tests.rules.house import ROOT, SOURCE, parsed, place, python_files

ROUTE_TABLES = sorted(path.parent.name for path in SOURCE.glob("api/*/routes.py"))
API_PAGES = ROOT / "docs" / "api"


def operations(door: str) -> list[Operation]:
    """Every operation that api/DOOR/routes.py lists, in tables or in an Api."""
    values = list(vars(importlib.import_module(f"presage.api.{door}.routes")).values())
    tables = [value.operations if isinstance(value, Api) else value for value in values]
    found = [
        item
        for table in tables
        if isinstance(table, list | tuple)
        for item in table
        if isinstance(item, Operation)
    ]
    assert found, f"api/{door}/routes.py holds no table of operations"
    return found


def test_every_module_opens_with_a_docstring() -> None:
    files = python_files(SOURCE)
    assert files
    assert [place(path) for path in files if not ast.get_docstring(parsed(path))] == []


@pytest.mark.parametrize("door", ROUTE_TABLES)
def test_every_handler_has_a_docstring(door: str) -> None:
    bare = [op.id for op in operations(door) if not inspect.getdoc(inspect.unwrap(op.handler))]
    assert bare == []


@pytest.mark.parametrize("door", ROUTE_TABLES)
def test_every_route_is_in_the_pages(door: str) -> None:
    pages = sorted(API_PAGES.glob("**/*.md"))
    if not pages:
        pytest.skip("docs/api has no pages yet")
    text = "\n".join(page.read_text("utf-8") for page in pages)
    assert [f"{op.method} {op.path}" for op in operations(door) if op.path not in text] == []
