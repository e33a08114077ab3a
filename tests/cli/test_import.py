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


CALIBRATION: dict[str, Any] = {
    "config_version": "v1",
    "effective_at_ms": 0,
    "city_reference_c": 1.5,
    "stations": [{"station_id": "A", "weight": 1, "offset_c": 0}],
}
COLLECTIONS: dict[str, Any] = {
    "multivariate_contracts": [
        {
            "collection_ticker": "KXMVEX-R",
            "series_ticker": "KXMVEX",
            "title": "Games",
            "description": "",
            "open_date": "2026-07-01T00:00:00Z",
            "close_date": "2026-08-01T00:00:00Z",
            "associated_events": [
                {"ticker": "E", "is_yes_only": True, "size_max": None, "active_quoters": []}
            ],
            "associated_event_tickers": ["E"],
            "is_ordered": True,
            "size_min": 2,
            "size_max": 5,
            "exchange_index": 1,
        }
    ],
    "cursor": "",
}


def test_the_world_is_imported_once(terminal: Terminal, world: World, tmp_path: Path) -> None:
    game = {
        "id": "game-7",
        "category": "Sports",
        "type": "football_game",
        "start_date": "2026-08-01T00:00:00Z",
        "title": "Reds at Blues",
        "related_event_tickers": [],
        "primary_event_tickers": [],
        "notification_message": "",
        "details": {"league": "Cup"},
        "last_updated_ts": "2026-07-01T00:00:00Z",
    }
    live = {"type": "football_game", "details": {"home": 1}, "milestone_id": "game-7"}
    point = {"t": 1_780_000_020_000, "v": 70.25, "status": "normal"}
    documents: dict[str, Any] = {
        "a": {"live_datas": [live]},
        "b": {"milestones": [game], "cursor": ""},
        "c": {"structured_target": {"id": "t-7", "name": "Reds", "type": "team", "details": {}}},
        "d": {"city": "rome", "units": "fahrenheit", "timeseries": [point]},
        "e": {"city": "rome", "units": "celsius", "calibrations": [CALIBRATION]},
        "f": {
            "filters_by_sports": {"Chess": {"scopes": ["Games"], "competitions": {}}},
            "sport_ordering": ["Chess"],
        },
    }
    world.admin("POST", "/series", ticker="KXMVEX")
    documents["g"] = COLLECTIONS
    for name, document in documents.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    first = counts(terminal.json("import", str(tmp_path)))
    assert first == {
        "milestone": (1, 0, 0),
        "structured target": (1, 0, 0),
        "live data": (1, 0, 0),
        "weather city": (1, 0, 0),
        "weather points": (1, 0, 0),
        "sport": (1, 0, 0),
        "collection": (1, 0, 0),
    }
    again = counts(terminal.json("import", str(tmp_path)))
    assert again == first | {name: (0, 1, 0) for name in first if name != "weather points"}
    for path in ("milestones/game-7", "live_data/milestone/game-7", "structured_targets/t-7"):
        assert world.call("GET", f"/trade-api/v2/{path}").status == 200
    index = world.call("GET", "/trade-api/v2/live_data/weather/rome?from=0&to=1790000000000").json
    assert index["timeseries"] == [point]
