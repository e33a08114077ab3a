"""What a submission is answered with, and that the answer is true for everyone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, select

from presage.domain.commands import CancelOrder, OpenMember, PlaceOrder
from presage.domain.facts import OrderPlaced, Traded
from presage.domain.ids import seq_of
from presage.domain.rejects import Code, Reject
from presage.engine.engine import Engine
from presage.gateway import Busy, Gateway, Receipt, Settings, Stopped
from presage.projections.orders import orders
from presage.projections.projection import Entry
from presage.projections.trades import trades
from tests.gateway.kit import (
    NOON,
    Clock,
    accepted,
    ask,
    bid,
    deposit,
    only,
    open_market,
    projections,
    refused,
    running,
)

pytestmark = pytest.mark.anyio


async def test_a_receipt_has_the_entry(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        market = await open_market(gateway)
        clock.now += 5
        receipt = await accepted(gateway, bid(market))
        assert receipt.at == NOON + 5
        assert seq_of(only(OrderPlaced, receipt).order) == receipt.seq


async def test_entries_are_numbered_without_gaps(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        market = await open_market(gateway)
        results = await asyncio.gather(*(gateway.submit(bid(market)) for _ in range(20)))
        seqs = [result.seq for result in results if isinstance(result, Receipt)]
        assert seqs == list(range(seqs[0], seqs[0] + 20))


async def test_a_reject_takes_no_number(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        first = await accepted(gateway, OpenMember(1))
        assert (await refused(gateway, OpenMember(1))).code is Code.MEMBER_EXISTS
        assert (await accepted(gateway, OpenMember(2))).seq == first.seq + 1


async def test_time_never_falls(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await accepted(gateway, OpenMember(1))
        clock.now -= 1_000
        assert (await accepted(gateway, OpenMember(2))).at == NOON


async def test_time_does_not_fall_after_a_reject_either(tmp_path: Path) -> None:
    clock = Clock()
    async with running(tmp_path, clock) as gateway:
        await accepted(gateway, OpenMember(1))
        clock.now += 1_000
        await refused(gateway, OpenMember(1))
        clock.now -= 900
        assert (await accepted(gateway, OpenMember(2))).at == NOON + 1_000


def count(table: Table, connection: Connection) -> int | None:
    return connection.execute(select(func.count()).select_from(table)).scalar()


async def test_whoever_has_a_receipt_can_read_it(tmp_path: Path) -> None:
    async with running(tmp_path, tables=projections()) as gateway:
        reader = gateway.reader()
        market = await open_market(gateway)
        for number in range(1, 4):
            await accepted(gateway, bid(market, 5_000))
            await accepted(gateway, ask(market, 5_000))
            assert await reader.run(partial(count, orders)) == 2 * number
            assert await reader.run(partial(count, trades)) == number
        reader.close()


async def test_watchers_fold_before_receipts(tmp_path: Path) -> None:
    seen: list[int] = []

    def watch(entries: Sequence[Entry]) -> None:
        seen.extend(entry.seq for entry in entries)

    async with running(tmp_path) as gateway:
        gateway.watch(watch)
        for member in range(1, 6):
            receipt = await accepted(gateway, OpenMember(member))
            assert seen[-1] == receipt.seq == gateway.seq
        await asyncio.gather(*(gateway.submit(OpenMember(n)) for n in range(10, 40)))
        assert seen == list(range(2, 37))


async def test_a_client_order_id_works_once(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        market = await open_market(gateway)
        await accepted(gateway, bid(market, key="a"))
        assert (await refused(gateway, bid(market, key="a"))).code is Code.ORDER_EXISTS
        await accepted(gateway, ask(market, key="a"))  # another member's


async def test_a_client_order_id_works_once_within_a_batch(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        market = await open_market(gateway)
        results = await asyncio.gather(*(gateway.submit(bid(market, key="a")) for _ in range(9)))
        assert sum(isinstance(result, Receipt) for result in results) == 1
        codes = {result.code for result in results if isinstance(result, Reject)}
        assert codes == {Code.ORDER_EXISTS}


async def test_a_refused_order_does_not_spend_its_id(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        market = await open_market(gateway)
        too_much = PlaceOrder(1 << 12, market, 0, 5_000, 1_000_000_00, client_order_id="a")
        assert (await refused(gateway, too_much)).code is Code.INSUFFICIENT_BALANCE
        await accepted(gateway, bid(market, key="a"))


async def test_a_movement_of_money_happens_once_over_restarts(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1))
        await accepted(gateway, deposit(1, "gift"))
    async with running(tmp_path) as gateway:
        assert (await refused(gateway, deposit(1, "gift"))).code is Code.TRANSFER_EXISTS


async def test_an_inspection_sees_committed_state(tmp_path: Path) -> None:
    def fail(engine: Engine) -> None:
        raise LookupError("not there")

    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1))
        assert await gateway.inspect(lambda engine: list(engine.state.members)) == [1]
        with pytest.raises(LookupError, match="not there"):
            await gateway.inspect(fail)
        await accepted(gateway, OpenMember(2))


async def test_a_full_queue_is_busy(tmp_path: Path) -> None:
    async with running(tmp_path, settings=Settings(queue=3)) as gateway:
        results = await asyncio.gather(
            *(gateway.submit(OpenMember(n)) for n in range(1, 6)), return_exceptions=True
        )
        assert [type(result) for result in results] == [Receipt] * 3 + [Busy] * 2
        await accepted(gateway, OpenMember(9))  # there is room again


async def test_someone_who_left_is_not_waited_for(tmp_path: Path) -> None:
    async with running(tmp_path, settings=Settings(queue=1)) as gateway:
        task = asyncio.create_task(_submit(gateway))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await gateway.close()
    async with running(tmp_path) as gateway:
        assert (await refused(gateway, OpenMember(1))).code is Code.MEMBER_EXISTS


async def _submit(gateway: Gateway) -> None:
    await gateway.submit(OpenMember(1))


async def test_more_than_a_batch_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path, settings=Settings(batch_commands=4)) as gateway:
        market = await open_market(gateway)
        receipts = await asyncio.gather(
            *(accepted(gateway, bid(market) if n % 2 else ask(market, 4_000)) for n in range(30))
        )
        assert len({receipt.seq for receipt in receipts}) == 30
        traded = [f for receipt in receipts for f in receipt.facts if isinstance(f, Traded)]
        assert len(traded) == 15


async def test_closing_answers_what_waits_and_refuses_what_comes(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        waiting = asyncio.create_task(_submit(gateway))
        await asyncio.sleep(0)
        await gateway.close()
        await waiting
        with pytest.raises(Stopped, match="shutting down"):
            await gateway.submit(OpenMember(2))
        with pytest.raises(Stopped):
            await gateway.inspect(lambda engine: None)


async def test_not_found_is_a_reject(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await open_market(gateway)
        assert (await refused(gateway, CancelOrder(1, 5))).code is Code.ORDER_NOT_FOUND


async def test_commands_submitted_together_are_answered_in_order(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        answers = await gateway.submit_all([OpenMember(1), OpenMember(1), OpenMember(2)])
        assert [type(answer) for answer in answers] == [Receipt, Reject, Receipt]
        assert await gateway.submit_all([]) == []


async def test_more_than_the_queue_holds_is_refused_whole(tmp_path: Path) -> None:
    async with running(tmp_path, settings=Settings(queue=2)) as gateway:
        with pytest.raises(Busy):
            await gateway.submit_all([OpenMember(1), OpenMember(2), OpenMember(3)])
        assert isinstance(await gateway.submit(OpenMember(1)), Receipt)
