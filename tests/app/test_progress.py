"""Long work says how far it is: lines where nobody watches, and not too many of them."""

from __future__ import annotations

import io
import sys

import pytest
import structlog

from presage.app.logging import configure
from presage.app.progress import SECONDS_BETWEEN_LINES, shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    now = [0.0]
    configure(json=True)
    try:
        with shown(lambda: now[0]) as progress:
            for done in range(1, 11):
                now[0] += SECONDS_BETWEEN_LINES / 4
                progress("reading the journal", done, 10)
    finally:
        structlog.reset_defaults()
    assert lines.getvalue().count("reading the journal") == 2
    assert '"done": 4' in lines.getvalue()
    assert '"total": 10' in lines.getvalue()


def test_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    with shown(lambda: 0.0) as progress:
        progress("reading the journal", 1, 2)
    assert lines.getvalue() == ""


def test_a_terminal_gets_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with shown() as progress:
        progress("reading the journal", 1_000, 4_000)
        progress("rebuilding tables", 1, 2)
    assert "reading the journal" in terminal.getvalue()
    assert "1000/4000" in terminal.getvalue()
