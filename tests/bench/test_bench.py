"""`./x bench` measures every group and says so in the form that it promises. No number is judged:
how fast a machine is says nothing about whether the code is right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from bench.results import Result, as_json, mean_ratio
from bench.traces import TRACES, Session, Trace
from presage.domain.facts import Fact, Traded
from tools.compile import modules

ROOT = Path(__file__).resolve().parents[2]
LONG = "PRESAGE_FULL" in os.environ
GROUPS = ("engine", "orders", "reads", "memory", "start", "growth", "stream")


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """One result as it is printed."""

    name: str
    value: float
    unit: str
    peer: str | None
    ratio: float | None
    floor: float | None
    ok: bool


class Report(msgspec.Struct, forbid_unknown_fields=True):
    results: list[Row]


def report(text: str | bytes) -> list[Row]:
    return msgspec.json.decode(text, type=Report, strict=True).results


def run(*arguments: str) -> list[Row]:
    """What a quick run without peers prints; what it tells on the way goes elsewhere."""
    command = [sys.executable, "-m", "bench", "--quick", "--alone", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return report(done.stdout)


def test_every_result_is_printed_with_its_verdict() -> None:
    results = [
        Result(name="fast", value=10.0, unit="orders/s", peer="other 4", ratio=2.5, floor=2.0),
        Result(name="slow", value=1.0, unit="orders/s", peer="other 4", ratio=0.25, floor=2.0),
        Result(name="alone", value=3.0, unit="ms"),
    ]
    rows = report(as_json(results))
    assert [(row.name, row.ok) for row in rows] == [
        ("fast", True),
        ("slow", False),
        ("alone", True),
    ]
    assert rows[0] == Row("fast", 10.0, "orders/s", "other 4", 2.5, 2.0, True)


def test_the_mean_of_ratios_is_the_geometric_one() -> None:
    rows = [
        Result(name="half", value=1.0, unit="x", ratio=0.5),
        Result(name="eight", value=1.0, unit="x", ratio=8.0),
        Result(name="none", value=1.0, unit="x"),
    ]
    mean = mean_ratio("all", rows, floor=2.1)
    assert mean.ratio == pytest.approx(2.0)
    assert not mean.ok


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_a_trace_is_the_same_each_time(trace: Trace) -> None:
    first, second = (drive(trace) for _ in range(2))
    assert first == second
    assert any(isinstance(fact, Traded) for fact in first), "nothing traded"


def drive(trace: Trace) -> list[Fact]:
    session = Session(trace)
    facts: list[Fact] = []
    for commands in (session.preload_orders()[:500], session.commands(200)):
        for outcome in session.run_all(commands):
            session.note(outcome)
            facts += outcome if isinstance(outcome, list) else []
    return facts


def test_what_is_compiled_defines_no_structs() -> None:
    names = {str(path) for path in modules()}
    assert {"presage/units.py", "presage/engine/matching.py", "presage/engine/book.py"} <= names
    assert not names & {"presage/domain/facts.py", "presage/domain/commands.py"}


@pytest.mark.parametrize("group", GROUPS if LONG else ("memory", "stream"))
def test_a_group_runs(group: str) -> None:
    rows = run("--only", group)
    assert rows
    assert all(row.name.startswith((group, f"compiled {group}")) for row in rows)
    assert all(row.value > 0 for row in rows)
