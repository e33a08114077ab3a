"""Reads a scenario file, runs it, and writes it again with what each step printed.

A scenario is a text. A line at the margin is a comment (`#`) or one step (`steps.py` has the
words); the indented lines below a step are what it is expected to print; ` # ` starts a remark on a
step. The outcome is the same text with the indented lines replaced, so that a difference is read
as a diff.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.scenarios.steps import Scenario

FOLDER: Final = Path(__file__).parent
INDENT: Final = "  "


class Broken(Exception):
    """A step could not be carried out at all: says which line of which text."""


def scenario_files() -> list[Path]:
    return sorted(FOLDER.glob("*.txt"))


def run(text: str) -> tuple[str, Scenario]:
    """The text with its expectations replaced by what happened, and the exchange at the end."""
    scenario = Scenario()
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(INDENT):
            continue
        lines.append(line)
        step = line.partition("#")[0].strip()
        if step:
            lines += [INDENT + row for row in attempt(scenario, number, step)]
    return "\n".join(lines) + "\n", scenario


def attempt(scenario: Scenario, number: int, step: str) -> list[str]:
    try:
        return scenario.step(step)
    except Exception as error:
        raise Broken(f"line {number}: {step}") from error
