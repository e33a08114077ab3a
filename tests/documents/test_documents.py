"""What the documents say is what the doors do: Schemathesis finds nothing, with every check on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.documents.run import DOCUMENTS, run

LONG = "PRESAGE_FULL" in os.environ
SEED = 1


@pytest.mark.skipif(not LONG, reason="needs the long runs")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemathesis_finds_nothing(tmp_path: Path, name: str) -> None:
    verdict = run(name, tmp_path, examples=2, seed=SEED, seconds=40)
    again = f"again: python -m tests.documents --only {name} --examples 2 --seed {SEED}"
    assert verdict.clean, f"{again}\n{verdict.text[-6_000:]}"
