"""How answers are printed: tables for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_WITHOUT_TERMINAL: Final = 200


def console() -> Console:
    """Standard output; wide where nobody watches, so that no cell is cut in a pipe."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=WIDTH_WITHOUT_TERMINAL)


def print_json(answer: Any) -> None:
    print(msgspec.json.format(msgspec.json.encode(answer)).decode())


def show(as_json: bool, answer: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> None:
    """An answer as JSON, or what is worth showing of it as lines."""
    if as_json:
        print_json(answer)
    else:
        print_fields(answer if shown is None else shown)


def print_fields(answer: Mapping[str, Any]) -> None:
    """One thing: a name and a value a line, inner things indented by their name."""
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _flat(answer):
        table.add_row(Text(name), Text(value))
    console().print(table)


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Many things of a kind."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        last = column == columns[-1]
        table.add_column(column.replace("_", " "), no_wrap=not last, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_text(row.get(column))) for column in columns))
    console().print(table)


def _flat(answer: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for name, value in answer.items():
        label = f"{prefix}{name.replace('_', ' ')}"
        if isinstance(value, Mapping):
            lines += _flat(value, f"{label} ")
        else:
            lines.append((label, _text(value)))
    return lines


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return " ".join(_text(item) for item in value)
    return str(value)
