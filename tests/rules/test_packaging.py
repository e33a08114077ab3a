"""The locks belong to pyproject.toml, and carry a hash for everything they install."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.rules.house import ROOT

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ;.*?)? \\$", re.MULTILINE)
LOCKS = ("server", "dev")


def lock_text(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.lock").read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall(lock_text(name)))


def distribution(requirement: str) -> str:
    """`kalshi_python_sync==3.2.0  # why` -> `kalshi-python-sync`."""
    return re.split(r"[\s=~<>!;\[#]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_locked_with_a_hash(name: str) -> None:
    text = lock_text(name)
    starts = [line for line in text.splitlines() if line[:1] not in ("", " ", "#")]
    assert len(starts) == len(pins(name)), "a line of the lock is not a hashed pin"
    for requirement in re.split(r"\n(?=[a-z0-9])", text):
        assert "--hash=sha256:" in requirement, requirement.split()[0]


def test_the_locks_cover_what_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    for name in LOCKS:
        lines = (ROOT / "requirements" / f"{name}.in").read_text("utf-8").splitlines()
        asked += [line for line in lines if line and not line.startswith("#")]
        assert {distribution(line) for line in asked} - pins(name).keys() == set(), name


def test_tests_run_on_what_is_served() -> None:
    assert pins("server").items() <= pins("dev").items()
