"""`./x bench` measures every group and says so in the form that it promises. No number is judged:
how fast a machine is says nothing about whether the code is right."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from bench import kept, processes
from bench.client import LOST, Client, Offered, connect
from bench.contestant import Side
from bench.load import drive
from bench.members import Heard, Option, Reader, address
from bench.places import Size, samples
from bench.requests import Signer, dated, plain, signed
from bench.results import Only, Result, as_json, mean_ratio
from bench.server import stub
from bench.traces import NEAR, STANDING, TRACES, Session, Trace
from presage.domain.facts import Fact, Traded
from tools.compile import modules

ROOT = Path(__file__).resolve().parents[2]
LONG = "PRESAGE_FULL" in os.environ
GROUPS = ("engine", "orders", "reads", "memory", "start", "growth", "stream", "site")


class Row(msgspec.Struct, forbid_unknown_fields=True):
    """One result as it is printed."""

    name: str
    value: float
    unit: str
    peer: str | None
    ratio: float | None
    floor: float | None
    ok: bool


class Report(msgspec.Struct, forbid_unknown_fields=True):
    results: list[Row]


def report(text: str | bytes) -> list[Row]:
    return msgspec.json.decode(text, type=Report, strict=True).results


def run(*arguments: str) -> list[Row]:
    """What a quick run without peers prints; what it tells on the way goes elsewhere."""
    command = [sys.executable, "-m", "bench", "--quick", "--alone", "--json", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return report(done.stdout)


def test_every_result_is_printed_with_its_verdict() -> None:
    results = [
        Result(name="fast", value=10.0, unit="orders/s", peer="other 4", ratio=2.5, floor=2.0),
        Result(name="slow", value=1.0, unit="orders/s", peer="other 4", ratio=0.25, floor=2.0),
        Result(name="alone", value=3.0, unit="ms"),
    ]
    rows = report(as_json(results))
    assert [(row.name, row.ok) for row in rows] == [
        ("fast", True),
        ("slow", False),
        ("alone", True),
    ]
    assert rows[0] == Row("fast", 10.0, "orders/s", "other 4", 2.5, 2.0, True)


def test_the_mean_of_ratios_is_the_geometric_one() -> None:
    rows = [
        Result(name="half", value=1.0, unit="x", ratio=0.5),
        Result(name="eight", value=1.0, unit="x", ratio=8.0),
        Result(name="none", value=1.0, unit="x"),
    ]
    mean = mean_ratio("all", rows, floor=2.1)
    assert mean.ratio == pytest.approx(2.0)
    assert not mean.ok


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_a_trace_is_the_same_each_time(trace: Trace) -> None:
    first, second = (facts_of(trace) for _ in range(2))
    assert first == second
    assert any(isinstance(fact, Traded) for fact in first), "nothing traded"


def facts_of(trace: Trace) -> list[Fact]:
    session = Session(trace)
    facts: list[Fact] = []
    for commands in (session.restore()[:500], session.commands(200)):
        for outcome in session.run_all(commands):
            session.note(outcome)
            facts += outcome if isinstance(outcome, list) else []
    return facts


def test_what_is_compiled_defines_no_structs() -> None:
    names = {str(path) for path in modules()}
    assert {"presage/units.py", "presage/engine/matching.py", "presage/engine/book.py"} <= names
    assert not names & {"presage/domain/facts.py", "presage/domain/commands.py"}


@pytest.mark.parametrize("group", GROUPS if LONG else ("memory", "stream"))
def test_a_group_runs(group: str) -> None:
    rows = run("--only", group)
    assert rows
    assert all(row.name.startswith((f"{group}: ", f"{group} (")) for row in rows)
    assert all(row.value > 0 for row in rows if row.unit != "answers")  # of errors none is best


def test_only_runs_what_is_called_so() -> None:
    everything = ["orders: one", "orders (compiled): one", "orders: two", "reads: one"]
    for names, wanted in (
        (["orders"], everything[:3]),
        (["orders: one"], everything[:1]),
        (["orders: t", "reads"], everything[2:]),
        (None, everything),
    ):
        only = Only(names)
        results = [Result(name=name, value=1.0, unit="x") for name in everything]
        assert [result.name for result in only.keep(results)] == wanted
        assert all(only(name) and only(name[:7]) for name in wanted)
        assert not any(only(name) for name in set(everything) - set(wanted))


def test_a_name_that_nothing_has_is_an_error() -> None:
    command = [sys.executable, "-m", "bench", "--only", "nonsense"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "nonsense" in done.stderr


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_batches_begin_with_books_of_the_same_size(trace: Trace) -> None:
    session = Session(trace)
    side = Side(session, None)
    side.restore()
    side.run(session.commands(1_000))
    side.restore()
    assert len(session.resting) == pytest.approx(STANDING, abs=NEAR)


def test_the_generator_counts_answers_and_bytes() -> None:
    requests = [plain("POST", "/orders", {"number": number}) for number in range(500)]
    with stub(201, 100_000) as server:
        outcome = drive(server.port, requests, 8, 201, seconds=60)
    assert outcome.answers == 500
    assert outcome.size == pytest.approx(100_000, rel=0.01)
    assert 0 < outcome.p50 <= outcome.p99


def test_the_generator_stops_at_another_status() -> None:
    with stub(500, 10) as server, pytest.raises(RuntimeError, match="500"):
        drive(server.port, [plain("GET", "/")] * 10, 2, 200, seconds=60)


def test_signed_requests_come_from_the_members_in_turn() -> None:
    key = generate_private_key(65537, 2048)
    made = signed([Signer("a", key), Signer("b", key)], "POST", "/orders", [{"n": 1}] * 3)
    assert [one.split(b"ACCESS-KEY: ")[1][:1] for one in made] == [b"a", b"b", b"a"]


def test_processor_time_counts_children_alive_and_ended() -> None:
    """A parent that only waits: all the work is its child's."""
    work = "sum(range(20_000_000))"
    child = f"import sys; {work}; print(flush=True); sys.stdin.read()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ended = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}]); print()"
    for program in (parent, f"{ended}; sys.stdout.flush(); sys.stdin.read()"):
        with subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            family = processes.tree(process.pid)
            used, alone = processes.processor_time([process.pid]), processes.clock(process.pid)
            for member in reversed(family):
                os.kill(member, signal.SIGKILL)
        assert used > 2 * alone


@pytest.mark.parametrize("step", [1, 10, 100])
def test_a_sample_meets_as_much_on_a_larger_exchange(step: int) -> None:
    """As many markets and accounts, the same sides and prices; other markets in each round."""
    smallest = Size(orders=10, markets=20, members=30)
    size = Size(orders=10, markets=20 * step, members=30 * step)
    small, large = (list(islice(samples(one, smallest), 2)) for one in (smallest, size))
    for here, there in zip(small, large, strict=True):
        assert len({order.market for order in there}) == 20
        assert len({order.account for order in there}) == 30
        assert max(order.market for order in there) <= size.markets
        assert [(one.side, one.price) for one in here] == [(one.side, one.price) for one in there]
    first, second = ({order.market for order in orders} for orders in large)
    assert step == 1 or not first & second


def test_a_filled_directory_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kept, "KEPT", tmp_path / "kept")
    fillings: list[Path] = []

    def fill(folder: Path) -> None:
        fillings.append(folder)
        folder.mkdir()
        (folder / "file").write_text("full")

    for number in range(2):
        kept.filled("thing", fill, tmp_path / str(number))
        assert (tmp_path / str(number) / "file").read_text() == "full"
    assert len(fillings) == 1
    monkeypatch.setattr(kept, "_fingerprint", lambda: "another")
    kept.filled("thing", fill, tmp_path / "new")
    assert len(fillings) == 2
    assert len(list((tmp_path / "kept").iterdir())) == 1, "the old one is gone"


def test_every_order_is_sent_and_timed_from_when_it_was_due() -> None:
    """More at once than there are connections: the others wait, and their waiting counts."""
    with stub(201, 100) as server:
        offered = asyncio.run(_offer(server.port))
    assert len(offered.seconds) == len(offered.late) == 50
    assert not offered.wrong
    assert sum(offered.seconds) > sum(offered.late)


def test_another_status_than_201_is_an_error() -> None:
    with stub(503, 100) as server:
        offered = asyncio.run(_offer(server.port))
    assert not offered.seconds
    assert sum(offered.wrong.values()) == 50
    assert all(what.startswith("order: 503") for what in offered.wrong)


async def _offer(port: int) -> Offered:
    clients = [await connect(port) for _ in range(2)]
    offered = Offered(clients)
    await offered.run([plain("POST", "/orders", {"n": n}) for n in range(50)], 1e6)
    for client in clients:
        client.close()
    return offered


@pytest.mark.anyio
async def test_a_lost_connection_is_an_answer() -> None:
    """Whoever waits must not wait for ever."""
    client = Client()
    assert (await client.ask(b"")).status == LOST


def test_orders_are_dated_for_when_they_are_sent() -> None:
    key = generate_private_key(65537, 2048)
    made = dated([Signer("a", key)], "POST", "/orders", iter([{"n": 1}] * 9), 4, 2.0)
    stamps = [int(one.split(b"TIMESTAMP: ")[1].split(b"\r")[0]) for one in made]
    assert [stamp - stamps[0] for stamp in stamps] == pytest.approx([0, 500, 1_000, 1_500], abs=1)


def test_a_member_does_all_that_members_do_and_tells_what_is_wrong() -> None:
    heard = Heard()
    asyncio.run(_read(heard))
    assert set(heard.seconds) == {what.partition(":")[0] for what in heard.wrong} == {
        "events", "event", "order book", "positions", "leaderboard", "notifications", "posts",
        "trade", "limit order", "post",
    }  # fmt: skip
    assert sum(heard.wrong.values()) == heard.answers == 300


async def _read(heard: Heard) -> None:
    with stub(404, 10) as server:
        client = await connect(server.port, address(499))
        reader = Reader(client, "key", [Option("opt_1", "cup")], heard, random.Random(1))
        for _ in range(300):
            await reader.step()
        reader.close()


def test_no_two_members_share_an_address() -> None:
    assert len({address(number) for number in range(500)}) == 500
