"""Every scenario file happens as it is written, and again when it is replayed.

`PRESAGE_UPDATE=1 ./x test tests/scenarios` rewrites what the files expect, to be reviewed as a
diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from presage.engine.engine import Engine
from tests.scenarios.runner import Broken, run, scenario_files

UPDATE = os.environ.get("PRESAGE_UPDATE") == "1"


@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    expected = path.read_text("utf-8")
    happened, scenario = run(expected)
    if UPDATE:
        path.write_text(happened, "utf-8")
    else:
        assert happened.splitlines() == expected.splitlines()
    digest = scenario.engine.digest()
    assert scenario.replica.digest() == digest, "folding the facts gave another state"
    assert Engine.load(scenario.engine.dump()).digest() == digest, "the snapshot lost something"


def test_there_are_scenarios() -> None:
    assert len(scenario_files()) >= 25


def test_a_wrong_expectation_is_seen() -> None:
    text = "members ann=1\naccounts\n  account  cash\n"
    assert run(text)[0] != text


def test_a_word_that_does_not_exist_is_named_with_its_line() -> None:
    with pytest.raises(Broken, match="line 2: fly away"):
        run("members ann=1\nfly away\n")
