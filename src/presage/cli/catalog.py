"""`presage admin milestone | target | live-data | ...`: what operators write about the world.

Things are JSON files in the form of Kalshi's answers; a thing is put whole, under its id.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
from cyclopts import App

from presage.cli.client import CliError
from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import print_json, print_rows, show

STDIN: Final = Path("-")


def document(path: Path) -> dict[str, Any]:
    """The JSON object in a file, or in standard input. Raises: CliError."""
    try:
        text = sys.stdin.buffer.read() if path == STDIN else path.read_bytes()
        found = msgspec.json.decode(text)
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise CliError(f"{path} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise CliError(f"{path} holds no JSON object")
    return found


def _noun(name: str, about: str, path: str, rows: str = "", columns: Sequence[str] = ()) -> App:
    """Commands that put and delete one kind of thing, and list it where there is a list."""
    app = App(name=name, help=about)

    def put(id: str, file: Path, *, write: Write = WRITE) -> None:
        """Write the thing that a JSON file describes (-: standard input) under an id."""
        target = f"{path}/{quote(id, safe='')}"
        show(write.json, write.send("PUT", target, **document(file)))

    def delete(id: str, *, write: Write = WRITE) -> None:
        """Erase one."""
        show(write.json, write.send("DELETE", f"{path}/{quote(id, safe='')}"))

    def listed(*, limit: int = 100, read: Read = READ) -> None:
        """List them."""
        size = "page_size" if rows == "structured_targets" else "limit"
        answer = read.get(path, **{size: limit})
        if read.json:
            print_json(answer)
        else:
            print_rows(answer[rows], columns)

    app.command(put)
    app.command(delete)
    if rows:
        app.command(listed, name="list")
    return app


milestone = _noun(
    "milestone",
    "Milestones: what happens in the world, and which events hang on it.",
    "/milestones",
    "milestones",
    ("id", "type", "start_date", "title"),
)
target = _noun(
    "target",
    "Structured targets: the teams, people and places that strikes name.",
    "/structured_targets",
    "structured_targets",
    ("id", "type", "name"),
)
live_data = _noun(
    "live-data",
    "What is known right now about a milestone: scores, players, plays.",
    "/live_data/milestone",
)
event_live_data = _noun("event-live-data", "The chart of an event.", "/live_data/events")
sport = _noun("sport", "What sports can be filtered by.", "/sports")
incentive = _noun(
    "incentive",
    "Incentive programs: rewards for liquidity and volume.",
    "/incentive_programs",
    "incentive_programs",
    ("id", "market_ticker", "incentive_type", "start_date", "end_date", "paid_out"),
)
collection = _noun(
    "collection",
    "Multivariate collections: which markets members may combine.",
    "/multivariate_event_collections",
    "multivariate_contracts",
    ("collection_ticker", "series_ticker", "open_date", "close_date", "title"),
)
city = _noun("weather", "Weather indexes of cities, with their calibrations.", "/weather")


@city.command
def points(id: str, file: Path, *, write: Write = WRITE) -> None:
    """Write the minutes in a JSON file with `timeseries` and `config_version`."""
    target = f"/weather/{quote(id, safe='')}/points"
    show(write.json, write.send("POST", target, **document(file)))


GROUPS: Final = (milestone, target, live_data, event_live_data, sport, incentive, collection, city)
