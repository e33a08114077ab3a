"""A log that cannot be written stops nobody."""

from __future__ import annotations

import io
import sys

import pytest
import structlog

from presage.app.logging import configure, log


class Full(io.StringIO):
    """A disk with no room."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_under_the_log_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Full())
    configure()
    try:
        log.warning("exchange unavailable")
    finally:
        structlog.reset_defaults()


def test_what_is_logged_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    configure(json=True)
    try:
        log.info("exchange open", seq=7)
    finally:
        structlog.reset_defaults()
    assert lines.getvalue().count("\n") == 1
    assert '"seq": 7' in lines.getvalue()
