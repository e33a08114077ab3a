"""The CSV of all trades: its columns, its sums, and what it costs to make."""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sqlite3
import tracemalloc
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from presage.api.http import Stream
from presage.api.site import csv_cells
from presage.domain.ids import account_id
from presage.projections import statement
from presage.projections.fills import fills
from presage.projections.statement import Line
from presage.projections.tables import FILE
from tests.api.asking import request
from tests.api.site.dealing import Table
from tests.api.site.talking import number_of
from tests.api.site.world import Member, World, code_of


class Sink(asyncio.WriteTransport):
    """A client that takes everything at once."""

    def __init__(self, *, keep: bool = True) -> None:
        super().__init__()
        self.parts: list[bytes] = []
        self.size = 0
        self.ended = asyncio.Event()
        self.broken = False
        self._keep = keep

    def write(self, data: Any) -> None:
        self.size += len(data)
        if self._keep:
            self.parts.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        self.ended.set()

    def abort(self) -> None:
        self.broken = True
        self.ended.set()


def download(world: World, who: Member, query: str = "") -> tuple[dict[bytes, bytes], str]:
    headers = ((b"authorization", f"Bearer {who.key()}".encode()),)

    async def run() -> tuple[dict[bytes, bytes], str]:
        asked = request("GET", f"/api/me/trades/export{query}", headers)
        status, body, head = await world.running.door.respond(asked)
        assert status == 200, body
        assert isinstance(body, Stream)
        sink = Sink()
        body.open(sink)
        await sink.ended.wait()
        assert not sink.broken
        return dict(head), b"".join(sink.parts).decode()

    return world.do(run())


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(name="world")
def _world(world: World) -> World:
    world.set("EXPORTS_PER_HOUR", 0)
    world.set("streakBonuses", False)
    return world


def cents(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows), Decimal(0))


def test_columns_and_sums(world: World) -> None:
    table = Table(world, fees="1", event={"title": "=cmd()|x"})
    ann, bob = world.join(), world.join()
    table.rest(bob, "buy no", 60, 10)
    trade = table.traded(ann, "buy yes", 40, 10, clientOrderId="-1+1")["trade"]
    table.rest(bob, "buy yes", 55, 15)
    table.traded(ann, "sell yes", 55, 4)
    table.traded(ann, "buy no", 45, 8)
    head, text = download(world, ann)
    assert head[b"content-type"] == b"text/csv; charset=utf-8"
    name = head[b"content-disposition"].decode()
    assert name.startswith(f'attachment; filename="trades-{ann.username}-20')
    assert text.endswith("\r\n")
    assert text.split("\r\n")[0].split(",") == list(csv_cells.COLUMNS)
    rows = rows_of(text)
    assert [row["action"] for row in rows] == ["BUY", "SELL", "BUY"]
    first = rows[0]
    assert first["event_title"] == "'=cmd()|x"
    assert first["client_order_id"] == "'-1+1"
    assert (first["trade_id"], first["quantity"]) == (trade["id"], "10")
    assert (first["price_cents"], first["gross_cents"]) == ("40", "400")
    assert (first["fee_cents"], first["cash_delta_cents"]) == ("16.8", "-416.8")
    assert (rows[2]["netted_quantity"], rows[2]["position_after"]) == ("6", "-2")
    # two NO are left; when the option is over, what came and went is the profit
    world.admin("POST", f"/markets/{table.ticker}/close")
    world.admin("POST", f"/markets/{table.ticker}/determine", result="no")
    world.refused("POST", f"/markets/{table.ticker}/settle")  # what is due was done before it
    rows = rows_of(download(world, ann)[1])
    assert rows[-1]["order_type"] == "SETTLEMENT"
    assert (rows[-1]["price_cents"], rows[-1]["cash_delta_cents"]) == ("100", "200")
    assert cents(rows, "cash_delta_cents") == cents(rows, "realized_pnl_cents")
    position = ann.get("/api/positions?status=closed")["positions"][0]
    profit = cents(rows, "cash_delta_cents") + cents(rows, "fee_cents")
    assert position["realizedPnlCents"] == int(profit)
    balance = ann.get("/api/positions")["summary"]["balanceMicros"]
    assert Decimal(balance) / 10_000 == 100_000 + cents(rows, "cash_delta_cents")


def test_filters_and_refusals(world: World) -> None:
    table, other = Table(world), Table(world)
    ann, bob = world.join(), world.join()
    for one in (table, other):
        one.rest(bob, "buy no", 60, 1)
        one.traded(ann, "buy yes", 40, 1)
    assert len(rows_of(download(world, ann)[1])) == 2
    assert len(rows_of(download(world, ann, f"?eventSlug={table.slug}")[1])) == 1
    assert rows_of(download(world, ann, "?to=2020-01-01")[1]) == []
    assert rows_of(download(world, world.join())[1]) == []
    assert ann.call("GET", "/api/me/trades/export?from=never").status == 400
    answer = ann.call("GET", "/api/me/trades/export?tournamentSlug=none")
    assert code_of(answer) == (404, "not_found")
    assert world.send("GET", "/api/me/trades/export").status == 401


def test_six_an_hour(world: World) -> None:
    ann = world.join()
    world.set("EXPORTS_PER_HOUR", 6)
    for _ in range(6):
        download(world, ann)
    answer = ann.call("GET", "/api/me/trades/export")
    assert code_of(answer) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) >= 1
    world.set("EXPORTS_PER_HOUR", 0)


def test_rows_are_not_gathered_before_they_are_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every object that is alive at once is counted; the pages come from a stand-in."""
    table = Table(world)
    ann, bob = world.join(), world.join()
    table.rest(bob, "buy no", 60, 1)
    table.traded(ann, "buy yes", 40, 1)
    real = statement.lines
    total = 10_000

    def lines(connection: Any, account: int, limit: int, after: Any, **filters: Any) -> list[Line]:
        done = max(after[1], 0)
        if done >= total:
            return []
        (one,) = real(connection, account, 1, statement.START, **filters)
        return [
            msgspec.structs.replace(one, trade=number)
            for number in range(done + 1, min(done + limit, total) + 1)
        ]

    monkeypatch.setattr(statement, "lines", lines)
    headers = ((b"authorization", f"Bearer {ann.key()}".encode()),)

    async def run() -> tuple[int, int]:
        asked = request("GET", "/api/me/trades/export", headers)
        _, body, _ = await world.running.door.respond(asked)
        assert isinstance(body, Stream)
        sink = Sink(keep=False)
        tracemalloc.start()
        body.open(sink)
        await sink.ended.wait()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert not sink.broken
        return sink.size, peak

    size, peak = world.do(run())
    assert size > total * 200
    assert peak < 8 << 20, "it grows with the number of rows"


def multiplied(world: World, account: int, total: int) -> None:
    """The only fill of an account becomes `total` of them, in the very table."""
    columns = [column.name for column in fills.columns]
    values = {"trade": "f.trade + n.n * 65536", "at": "f.at + n.n"}
    chosen = ", ".join(values.get(name, f"f.{name}") for name in columns)
    names = ", ".join(columns)
    with closing(sqlite3.connect(world.data / FILE)) as database, database:
        database.execute(
            f"WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {total - 1})"
            f" INSERT INTO fills ({names}) SELECT {chosen} FROM fills AS f, n WHERE f.account = ?",
            (account,),
        )


def anonymous_memory() -> int:
    """Bytes that this process has for itself now: whatever it allocated, also outside Python."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no RssAnon")


class Scale(Sink):
    """A client that notes the most memory that was in use when something came."""

    def __init__(self) -> None:
        super().__init__(keep=False)
        self.lines = 0
        self.most = 0

    def write(self, data: Any) -> None:
        super().write(data)
        self.lines += bytes(data).count(b"\r\n")
        self.most = max(self.most, anonymous_memory())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_million_rows_need_less_than_64_mebibytes(world: World) -> None:
    """Of the whole process and from the real table; as many when PRESAGE_FULL is set."""
    total, most = (1_000_000, 64 << 20) if os.environ.get("PRESAGE_FULL") else (20_000, 16 << 20)
    table = Table(world)
    ann, bob = world.join(), world.join()
    table.rest(bob, "buy no", 60, 1)
    table.traded(ann, "buy yes", 40, 1)
    assert len(rows_of(download(world, ann)[1])) == 1
    multiplied(world, account_id(number_of(world, ann)), total)
    headers = ((b"authorization", f"Bearer {ann.key()}".encode()),)

    async def run() -> tuple[Scale, int]:
        asked = request("GET", "/api/me/trades/export", headers)
        _, body, _ = await world.running.door.respond(asked)
        assert isinstance(body, Stream)
        sink, before = Scale(), anonymous_memory()
        body.open(sink)
        await sink.ended.wait()
        assert not sink.broken
        return sink, sink.most - before

    sink, extra = world.do(run())
    assert sink.lines == total + 1
    assert sink.size > total * 200
    assert extra < most, f"{extra >> 20} MiB for {total} rows"
