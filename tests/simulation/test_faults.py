"""A bounded part of `./x prove`: each fault a few times, and that each judge can say no."""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

import pytest

from presage.domain.fees import charge
from presage.domain.terms import FeeTerms
from presage.engine import matching
from tests.compiled import breaks_the_engine
from tests.simulation.faults import disks
from tests.simulation.faults.inspection import Orders
from tests.simulation.faults.load import Answers
from tests.simulation.faults.mint import money_mint
from tests.simulation.faults.outcome import Options, Outcome, Skipped
from tests.simulation.prove import NAMES, Row, as_json, prove

LONG = "PRESAGE_FULL" in os.environ
SEED = 1

# name -> cycles asked of the proof in a quick run and in a full one; a proof takes its own share
CYCLES = {
    "random-kills": (3, 50),
    "projector-kills": (10, 40),
    "kills-at-calls": (6, 45),
    "errors-at-calls": (12, 60),
    "full-disk": (25, 25),
    "slow-syncs": (1, 1),
    "answers-after-syncs": (1, 1),
    "damaged-sectors": (5, 40),
    "clock-jumps": (10, 50),
    "backups-under-load": (25, 25),
    "long-journal": (1, 1),
    "money-mint": (1, 1),
}


@pytest.mark.parametrize("name", CYCLES)
def test_nothing_acknowledged_is_lost(name: str) -> None:
    cycles = CYCLES[name][LONG]
    size = {"commands": 10_000 if LONG else 1_000, "entries": 20_000 if LONG else 5_000}
    size["every"] = False
    row = prove(name, argparse.Namespace(cycles=cycles, seed=SEED, **size))
    if row.result.startswith("skipped"):
        pytest.skip(row.result)
    problems = "\n".join(row.outcome.problems)
    assert row.result == "ok", f"again: {row.again}\n{row.outcome}\n{problems}"
    assert row.outcome.acks > 0


def test_every_proof_is_part_of_the_suite() -> None:
    """The twin and the documents have tests of their own."""
    assert set(NAMES) - set(CYCLES) == {"twin-and-invariants", "documents"}


def kept(names: dict[str, int], canceled: set[str] | None = None) -> Orders:
    return Orders(Counter(names), canceled or set())


@pytest.mark.parametrize(
    ("there", "lost", "doubled", "wrong"),
    [
        (kept({"a": 1, "b": 1}, {"b"}), 0, 0, 0),
        (kept({"b": 1}, {"b"}), 1, 0, 0),
        (kept({"a": 1, "b": 1}), 1, 0, 0),
        (kept({"a": 2, "b": 1}, {"b"}), 0, 1, 0),
        (kept({"a": 1, "b": 1, "no": 1}, {"b"}), 0, 0, 1),
        (kept({"a": 1, "b": 1, "perhaps": 1}, {"b"}), 0, 0, 0),
    ],
)
def test_the_comparison_sees(there: Orders, lost: int, doubled: int, wrong: int) -> None:
    answers = Answers(
        accepted={"a": "1", "b": "2"}, refused={"no"}, canceled={"b"}, unknown={"perhaps"}
    )
    assert [len(found) for found in answers.compare(there)] == [lost, doubled, wrong]


ASKED = '7 read(5<socket:[1]>, "POST /trade", 99) = 99'
BEGUN = "8 fdatasync(3</x/exchange.db-wal> <unfinished ...>"
SYNCED = "8 <... fdatasync resumed>) = 0"
SENT = '7 write(5<socket:[1]>, "HTTP/1.1 201 Cre", 99) = 99'
REFUSED = SENT.replace("201", "409")


@pytest.mark.parametrize(
    ("trace", "early"),
    [
        ([ASKED, BEGUN, SYNCED, SENT], 0),
        ([ASKED, SENT], 1),
        ([ASKED, BEGUN, SENT, SYNCED], 1),
        ([BEGUN, ASKED, SYNCED, SENT], 1),
        ([ASKED, BEGUN, SYNCED.replace("= 0", "= -1 EIO"), SENT], 1),
        ([ASKED, REFUSED], 0),
        ([ASKED, BEGUN, SYNCED, SENT, ASKED, SENT], 1),
        ([], 1),
    ],
)
def test_an_answer_before_its_sync_is_seen(trace: list[str], early: int) -> None:
    assert len(disks.judge(trace, Outcome())) == early


@breaks_the_engine
def test_a_fee_that_gives_money_back_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundredth of a cent for whoever should pay two: the climber needs the very fill."""

    def generous(terms: FeeTerms, *more: int) -> tuple[int, int, int]:
        real = charge(terms, *more)
        return (-100, 0, real[2]) if real[0] == 200 else real

    monkeypatch.setattr(matching, "charge", generous)
    outcome = money_mint(Options(tmp_path, 1, SEED, 25_000, 0))
    assert not outcome.passed
    assert "out of nothing" in outcome.problems[0]


def test_what_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise Skipped("strace is not installed")

    monkeypatch.setattr(disks, "need_strace", missing)
    row = prove(
        "slow-syncs", argparse.Namespace(cycles=1, seed=1, commands=1, entries=1, every=False)
    )
    assert row.result == "skipped: strace is not installed"


def test_a_failure_says_how_to_see_it_again() -> None:
    row = Row("x", "FAILED", Outcome(1, 2, 1, 0, ["lost: a"]), 1.0, "./x prove --only x --seed 1")
    (result,) = as_json([row])["results"]
    assert (result["result"], result["lost"], result["problems"]) == ("FAILED", 1, ["lost: a"])
    assert result["again"].endswith("--seed 1")
