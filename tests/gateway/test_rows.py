"""Row writes share the fate of their command, and only that."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import text

from presage.domain.commands import Command, OpenMember
from presage.domain.rejects import Code, Reject
from presage.gateway import AlreadyDone, Gateway, Reader, Receipt, Settings, TooManyRows
from presage.gateway.inbox import RowWrites
from tests.gateway.kit import accepted, crash, refused, running

pytestmark = pytest.mark.anyio


def insert(key: str, then: Command | Reject | None = None, count: int = 1) -> RowWrites:
    """Row writes that leave `count` rows behind; any table without a projection will do."""

    def write(connection: sqlalchemy.Connection) -> Command | Reject | None:
        statement = text("INSERT INTO once (scope, key, seq) VALUES ('test', :key, 0)")
        connection.execute(statement, [{"key": f"{key}{n}"} for n in range(count)])
        return then

    return write


async def kept(directory: Path) -> list[str]:
    """The rows that are on disk."""
    reader = Reader(directory / "exchange.db")
    query = text("SELECT key FROM once WHERE scope = 'test' ORDER BY key")
    try:
        return await reader.run(lambda connection: list(connection.execute(query).scalars()))
    finally:
        reader.close()


async def members(gateway: Gateway) -> list[int]:
    return await gateway.inspect(lambda engine: sorted(engine.state.members))


async def test_rows_and_command_together(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1), insert("a"))
        assert await kept(tmp_path) == ["a0"]
        assert await members(gateway) == [1]


async def test_rows_alone(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        last = await accepted(gateway, OpenMember(1))
        receipt = await accepted(gateway, None, insert("a"))
        assert (receipt.seq, receipt.facts) == (last.seq, ())
        assert await kept(tmp_path) == ["a0"]


async def test_a_refused_command_takes_its_rows_along(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1))
        assert (await refused(gateway, OpenMember(1), insert("a"))).code is Code.MEMBER_EXISTS
        assert await kept(tmp_path) == []


async def test_rows_may_refuse(tmp_path: Path) -> None:
    no = Reject(Code.INVALID_VALUE, "taken")
    async with running(tmp_path) as gateway:
        assert await refused(gateway, OpenMember(1), insert("a", then=no)) == no
        assert await kept(tmp_path) == []
        assert await members(gateway) == []


async def test_rows_may_name_the_command(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await accepted(gateway, None, insert("a", then=OpenMember(7)))
        await accepted(gateway, OpenMember(1), insert("b", then=OpenMember(8)))
        assert await members(gateway) == [7, 8]


async def test_rows_that_fail_fail_alone(tmp_path: Path) -> None:
    def fail(connection: sqlalchemy.Connection) -> None:
        insert("x")(connection)
        raise LookupError("no such invite")

    async with running(tmp_path) as gateway:
        results = await asyncio.gather(
            gateway.submit(OpenMember(1), insert("a")),
            gateway.submit(OpenMember(2), fail),
            gateway.submit(OpenMember(3), insert("a")),  # the key is taken: IntegrityError
            gateway.submit(OpenMember(4), insert("b")),
            return_exceptions=True,
        )
        kinds = [type(result) for result in results]
        assert kinds == [Receipt, LookupError, sqlalchemy.exc.IntegrityError, Receipt]
        assert await kept(tmp_path) == ["a0", "b0"]
        assert await members(gateway) == [1, 4]


async def test_rows_cannot_commit_half_a_submission(tmp_path: Path) -> None:
    def commit(connection: sqlalchemy.Connection) -> None:
        insert("x")(connection)
        connection.commit()

    async with running(tmp_path) as gateway:
        with pytest.raises(sqlalchemy.exc.ProgrammingError, match="may not commit"):
            await gateway.submit(OpenMember(1), commit)
        assert await kept(tmp_path) == []
        await accepted(gateway, OpenMember(2), insert("a"))
        assert await kept(tmp_path) == ["a0"]


async def test_one_submission_writes_only_so_many_rows(tmp_path: Path) -> None:
    async with running(tmp_path, settings=Settings(batch_rows=10)) as gateway:
        await accepted(gateway, None, insert("a", count=10))
        with pytest.raises(TooManyRows, match="11 rows"):
            await gateway.submit(None, insert("b", count=11))
        assert len(await kept(tmp_path)) == 10


async def test_a_batch_takes_commands_before_rows_and_only_so_many_rows(tmp_path: Path) -> None:
    batches: list[int] = []
    order: list[str] = []

    async def submit(name: str, command: Command, rows: RowWrites | None) -> None:
        await accepted(gateway, command, rows)
        order.append(name)

    async with running(tmp_path, settings=Settings(batch_rows=10)) as gateway:
        gateway.watch(lambda entries: batches.append(len(entries)))
        await asyncio.gather(
            *(submit("rows", OpenMember(n), insert(f"{n}-", count=5)) for n in range(1, 7)),
            *(submit("command", OpenMember(n), None) for n in range(11, 14)),
        )
        assert sum(batches) == 9
        assert max(batches) <= 3 + 2, "two submissions of five rows fill a batch"
        # The first may have been taken before the others arrived.
        assert order.index("command") <= 2
        assert order[-2:] == ["rows", "rows"]


async def test_rows_see_the_rows_before_them_in_the_batch(tmp_path: Path) -> None:
    def claim(connection: sqlalchemy.Connection) -> Reject | None:
        if connection.execute(text("SELECT 1 FROM once WHERE scope = 'test'")).first():
            return Reject(Code.INVALID_VALUE, "taken")
        insert("name")(connection)
        return None

    async with running(tmp_path) as gateway:
        results = await asyncio.gather(*(gateway.submit(None, claim) for _ in range(8)))
        assert sum(isinstance(result, Receipt) for result in results) == 1


async def test_a_key_of_its_own_is_spent_with_the_effect_and_outlives_a_crash(
    tmp_path: Path,
) -> None:
    key = ("site:1", "again")
    async with running(tmp_path / "a") as gateway:
        first = await gateway.submit(OpenMember(1), once=key)
        assert isinstance(first, Receipt)
        await accepted(gateway, OpenMember(2))
        with pytest.raises(AlreadyDone) as done:
            await gateway.submit(OpenMember(3), insert("a"), once=key)
        assert done.value.seq == first.seq
        assert await members(gateway) == [1, 2]
        assert await kept(tmp_path / "a") == []
        crash(tmp_path / "a", tmp_path / "b")
    async with running(tmp_path / "b") as gateway:
        with pytest.raises(AlreadyDone):
            await gateway.submit(OpenMember(3), once=key)


async def test_a_refused_submission_spends_no_key(tmp_path: Path) -> None:
    key = ("site:1", "again")
    async with running(tmp_path) as gateway:
        await accepted(gateway, OpenMember(1))
        assert isinstance(await gateway.submit(OpenMember(1), once=key), Reject)
        with pytest.raises(LookupError):
            await gateway.submit(None, fail, once=key)
        assert isinstance(await gateway.submit(OpenMember(2), once=key), Receipt)


def fail(connection: sqlalchemy.Connection) -> None:
    raise LookupError
