"""The page about the WebSocket names every channel and every error code."""

from __future__ import annotations

from presage.api.stream.errors import TEXTS
from tests.api.stream.kit import Floor
from tests.rules.house import ROOT


def test_the_page_is_complete() -> None:
    page = (ROOT / "docs" / "api" / "websocket.md").read_text("utf-8")
    with Floor() as floor:
        for name in floor.hub.channels:
            assert f"| `{name}` |" in page
    for code, text in TEXTS.items():
        assert f"| {int(code)} | {text} |" in page
