"""Seen from the kernel: no answer before its sync, and none after a sync that failed."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.kit import running

STRACE = shutil.which("strace")
pytestmark = pytest.mark.skipif(STRACE is None, reason="strace is not installed")

LONG = "PRESAGE_FULL" in os.environ
COUNT = 60
PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from presage.domain.commands import OpenMember
from presage.gateway import OutcomeUnknown
from tests.gateway.kit import accepted, running

async def main():
    async with running(Path(sys.argv[1])) as gateway:
        os.write(1, b"ready\\n")
        for member in range(COUNT):
            try:
                await accepted(gateway, OpenMember(member))
            except OutcomeUnknown:
                os.write(1, b"unknown\\n")
                return
            os.write(1, b"acknowledged %d\\n" % member)

asyncio.run(main())
""".replace("COUNT", str(COUNT))
ACKNOWLEDGED = re.compile(r'write\(1<[^>]*>, "acknowledged (\d+)')
SYNC = re.compile(r"f(?:data)?sync\(\d+<([^>]*)>")


def run(directory: Path, *options: str) -> tuple[list[str], list[str]]:
    """The words that the program wrote, and its traced system calls."""
    directory.mkdir()
    trace = directory / "trace"
    strace = [str(STRACE), "-f", "-y", "-o", str(trace), "-e", "trace=fdatasync,fsync,write"]
    result = subprocess.run(
        [*strace, *options, sys.executable, "-c", PROGRAM, str(directory / "data")],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
        check=False,
        timeout=60,
    )
    if "ptrace" in result.stderr:
        pytest.skip("this machine does not let strace trace")
    return result.stdout.split(), trace.read_text().splitlines()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """A run in which nothing fails."""
    return run(tmp_path_factory.mktemp("sound") / "run")


def test_every_answer_comes_after_a_sync_of_the_log(sound: tuple[list[str], list[str]]) -> None:
    words, calls = sound
    assert words.count("acknowledged") == COUNT
    start = next(n for n, call in enumerate(calls) if '"ready' in call)
    synced = marked = answers = 0
    for call in calls[start:]:
        if file := SYNC.search(call):
            synced += file[1].endswith("-wal")
            marked += file[1].endswith("watermark")
        elif ACKNOWLEDGED.search(call):
            answers += 1
            assert synced >= answers, f"answer {answers} was given before its sync"
            # A watermark is synced in another thread: before or after its own batch's answer.
            assert marked >= answers - 1, "two batches were answered without a watermark"
    assert answers == COUNT


@pytest.mark.parametrize("nth", [1, 2, 9])
def test_a_failed_sync_is_never_an_acknowledgement(
    tmp_path: Path, sound: tuple[list[str], list[str]], nth: int
) -> None:
    """In each thread the syncs fail from one on that comes after the start's: of the log in the
    writer's, of the watermark in its helper's."""
    _, calls = sound
    ready = next(n for n, call in enumerate(calls) if '"ready' in call)
    first = sum("fdatasync(" in call for call in calls[:ready]) + nth
    assert first < COUNT
    words, _ = run(tmp_path / "failing", "-e", f"inject=fdatasync:error=EIO:when={first}+")
    assert words[0] == "ready"
    assert words[-1] == "unknown"
    assert words.count("acknowledged") < first


@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
@pytest.mark.parametrize("nth", range(1, 60) if LONG else [25, 40])
def test_a_killed_process_loses_nothing_acknowledged(tmp_path: Path, call: str, nth: int) -> None:
    """Killed exactly at a system call; a process before `ready` has nothing to lose."""
    trace = "trace=fdatasync,fsync,write,pwrite64"
    words, _ = run(tmp_path / "run", "-e", trace, "-e", f"inject={call}:signal=KILL:when={nth}")
    members = asyncio.run(recovered(tmp_path / "run" / "data"))
    acknowledged = [int(word) for word in words if word.isdigit()]
    assert acknowledged == list(range(len(acknowledged)))
    assert len(acknowledged) < COUNT
    assert members[: len(acknowledged)] == acknowledged
    assert len(members) <= len(acknowledged) + 1


async def recovered(directory: Path) -> list[int]:
    async with running(directory) as gateway:
        return await gateway.inspect(lambda engine: sorted(engine.state.members))
