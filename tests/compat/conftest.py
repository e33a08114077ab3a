"""One exchange for the whole session: two members with money, an operator, markets on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.compat.client import Member, Operator
from tests.compat.server import Server

SERIES = "KXTEST"
MakeMarket = Callable[..., str]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("exchange") / "data")
    server.start()
    yield server
    code = server.stop()
    assert code == 0, server.log()[-3_000:]
    assert "Traceback" not in server.log()


@pytest.fixture(scope="session")
def one(server: Server) -> Iterator[Member]:
    member = Member.from_file(server.port, server.data / "members" / "one.env")
    yield member
    member.close()


@pytest.fixture(scope="session")
def two(server: Server) -> Iterator[Member]:
    member = Member.from_file(server.port, server.data / "members" / "two.env")
    yield member
    member.close()


@pytest.fixture(scope="session")
def operator(server: Server) -> Iterator[Operator]:
    path: Path = server.data / "operator.env"
    operator = Operator.from_file(server.port, path, "/api/admin")
    operator.act("POST", "/series", ticker=SERIES, title="Tests", category="Tests")
    yield operator
    operator.close()


@pytest.fixture(scope="session")
def make_market(operator: Operator) -> MakeMarket:
    """Makes an open market in an event of its own (or in `event`) and returns its ticker."""
    numbers = count(1)

    def make(event: str = "", exclusive: bool = False, **more: Any) -> str:
        number = next(numbers)
        if not event:
            event = f"{SERIES}-{number}"
            operator.act(
                "POST",
                "/events",
                event_ticker=event,
                series_ticker=SERIES,
                title=f"Event {number}",
                mutually_exclusive=exclusive,
                collateral_return_type="MECNET" if exclusive else "",
            )
        ticker = f"{event}-M{number}"
        closes = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        body = {"ticker": ticker, "event_ticker": event, "close_time": closes, "title": "Yes?"}
        operator.act("POST", "/markets", **body | more)
        return ticker

    return make


@pytest.fixture
def market(make_market: MakeMarket) -> str:
    """A market of its own for one test."""
    return make_market()
