"""`presage import`: lists what files describe, once, and rests the recorded books."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.admin.world import World
from tests.cli.terminal import Terminal

MARKET = {
    "_ticker": "HAIL-24-T5",
    "_event_ticker": "HAIL-24",
    "_subtitle": "More than 5 days",
    "_open_time": "2024-01-01T00:00:00Z",
    "_close_time": "2030-01-31T00:00:00Z",
}
FILES: dict[str, Any] = {
    "events.json": [{"_event_ticker": "HAIL-24", "_series_ticker": "HAIL", "_title": "Hail?"}],
    "markets.json": [{"HAIL-24": [MARKET, MARKET | {"_ticker": "HAIL/5"}]}],
    "orderbooks.json": [
        {"HAIL-24-T5": {"_yes": [[5, 100], [6, 50]], "_no": [[90, 10]]}},
        {"WIND-24JUL14-B7": {"_yes": [[50, 1]], "_no": None}},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


def counts(answer: Any) -> dict[str, tuple[int, int, int]]:
    return {
        row["kind"]: (row["created"], row["existing"], row["refused"]) for row in answer["counts"]
    }


def test_a_folder_is_imported_once(terminal: Terminal, world: World, folder: Path) -> None:
    words = ("import", str(folder), "--books")
    first = terminal.json(*words)
    assert counts(first) == {
        "series": (2, 0, 0),
        "event": (2, 0, 0),
        "market": (2, 0, 1),
        "order": (4, 0, 0),
    }
    assert first["refused"][0].startswith("market HAIL/5: ")
    book = world.call("GET", "/trade-api/v2/markets/HAIL-24-T5/orderbook").json["orderbook_fp"]
    assert book["yes_dollars"] == [["0.0500", "100.00"], ["0.0600", "50.00"]]
    assert book["no_dollars"] == [["0.9000", "10.00"]]
    desk = terminal.json("admin", "member", "list")["members"][-1]
    again = terminal.json(*words)
    assert counts(again)["order"] == (0, 4, 0)
    assert counts(again)["market"] == (0, 2, 1)
    assert terminal.json("admin", "member", "list")["members"][-1] == desk
    assert terminal.json("admin", "member", "show", desk["id"])["keys"] == []


def test_a_summary_is_for_people(terminal: Terminal, folder: Path) -> None:
    out = terminal.say("import", str(folder / "events.json"))
    assert out.splitlines()[0].split() == ["kind", "created", "existing", "refused"]


@pytest.mark.parametrize(
    ("content", "said"), [(b"{", "not JSON"), (b"{}", "describes no"), (None, "cannot read")]
)
def test_what_is_no_plan_is_said(
    terminal: Terminal, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "file.json"
    if content is not None:
        path.write_bytes(content)
    assert said in terminal.refused("import", str(path))


def test_an_empty_folder_is_said(terminal: Terminal, tmp_path: Path) -> None:
    assert "no .json files" in terminal.refused("import", str(tmp_path))
