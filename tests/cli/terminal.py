"""Types commands and reads what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from presage.cli import main


class Terminal:
    """Runs `presage ...` on one data directory."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._data = data
        self._capsys = capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        code = main.run([*words, "--data", str(self._data)])
        printed = self._capsys.readouterr()
        return code, printed.out, printed.err

    def say(self, *words: str) -> str:
        """The output of a command that must succeed."""
        code, out, error = self.run(*words)
        assert (code, error) == (0, ""), error
        return out

    def json(self, *words: str) -> Any:
        """The answer of a command that must succeed."""
        return json.loads(self.say(*words, "--json"))

    def refused(self, *words: str) -> str:
        """The one line of a command that must fail."""
        code, out, error = self.run(*words)
        assert (code, out) == (1, "")
        assert error.startswith("presage: ")
        assert error.count("\n") == 1
        return error.removeprefix("presage: ").rstrip("\n")
