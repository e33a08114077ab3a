"""The core counts in integers: no float and no Decimal in units, domain and engine."""

from __future__ import annotations

import ast

import pytest

from tests.rules.house import SOURCE, parsed, place, python_files

CORE = (SOURCE / "units.py", SOURCE / "domain", SOURCE / "engine")
INEXACT_NAMES = {"float", "complex", "Decimal", "decimal", "Fraction", "fractions"}


def inexact(tree: ast.Module) -> list[tuple[int, str]]:
    """(line, what) of every way into numbers that are not integers."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() | complex() as value):
                found.append((node.lineno, f"literal {value}"))
            case ast.Name(id=name) | ast.alias(name=name) if name in INEXACT_NAMES:
                found.append((node.lineno, name))
            case ast.ImportFrom(module=str(name)) if name in INEXACT_NAMES:
                found.append((node.lineno, name))
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                found.append((node.lineno, "true division"))
    return found


def test_the_core_counts_in_integers() -> None:
    files = python_files(*CORE)
    assert files
    assert [
        f"{place(path, line)}: {what}" for path in files for line, what in inexact(parsed(path))
    ] == []


@pytest.mark.parametrize(
    "source",
    ["x = 0.5", "x = 1e6", "x = float('1')", "x: float", "x = a / b", "x /= 2", "import decimal"],
)
def test_the_rule_sees(source: str) -> None:
    assert inexact(ast.parse(source))


@pytest.mark.parametrize("source", ["x = a // b", "x = 'float 0.5'", "x = 10_000"])
def test_the_rule_allows(source: str) -> None:
    assert inexact(ast.parse(source)) == []
