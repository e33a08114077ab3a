"""A module fits in a head, a function on a screen."""

from __future__ import annotations

import ast

from tests.rules.house import ROOT, parsed, place, python_files

MODULE_LINES = 500
FUNCTION_LINES = 50


def long_functions(tree: ast.Module) -> list[tuple[int, str, int]]:
    """(line, name, lines) of each function longer than FUNCTION_LINES, decorators not counted."""
    return [
        (node.lineno, node.name, lines)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    ]


def test_modules_fit_in_a_head() -> None:
    sizes = {path: len(path.read_text("utf-8").splitlines()) for path in python_files(ROOT)}
    assert sizes
    assert [f"{place(p)}: {n} lines" for p, n in sizes.items() if n > MODULE_LINES] == []


def test_functions_fit_on_a_screen() -> None:
    assert [
        f"{place(path, line)}: {name} has {lines} lines"
        for path in python_files(ROOT)
        # One function a table, written by tools/make_migration.py and never edited again.
        if path.parent.name != "versions"
        for line, name, lines in long_functions(parsed(path))
    ] == []


def test_the_rule_sees_a_long_function() -> None:
    body = "    x = 1\n"
    assert long_functions(ast.parse("def fits():\n" + body * 49)) == []
    assert long_functions(ast.parse("async def long():\n" + body * 50)) == [(1, "long", 51)]
