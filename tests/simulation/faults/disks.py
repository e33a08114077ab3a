"""Disks that are full, or slow: nothing half done, nothing answered before it is on the disk."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from tests.simulation.faults.inspection import orders, whole
from tests.simulation.faults.load import Answers, Load
from tests.simulation.faults.outcome import Options, Outcome, Skipped
from tests.simulation.faults.server import FastServer, TracedServer, need_strace
from tests.simulation.faults.template import Template

DISK_BYTES: Final = 6 << 20
DELAY_MS: Final = 200
LEAST_FREE: Final = 1 << 20


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A disk of DISK_BYTES. Raises: Skipped."""
    place.mkdir()
    if os.geteuid():
        raise Skipped("only root may mount a small disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        raise Skipped("this machine does not let root mount")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def full_disk(options: Options) -> Outcome:
    """Trade until nothing more fits; make room; start again and go on."""
    outcome = Outcome()
    template = Template(options.folder)
    for cycle in range(1, options.cycles + 1):
        with small_disk(options.folder / f"disk-{cycle}") as disk:
            data = template.copy_to(disk / "data")
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(_free(disk) - LEAST_FREE))
            server = FastServer(data)
            try:
                problems = _fill(server, ballast, options.seed + cycle, outcome)
            finally:
                server.close()
            outcome.blame(f"disk {cycle} seed={options.seed}", problems)
        outcome.cycles += 1
    return outcome


def _free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def _fill(server: FastServer, ballast: Path, seed: int, outcome: Outcome) -> list[str]:
    server.start()
    load = Load(server.port, server.data, 4, 300, seed, "full")
    load.start()
    answers = load.join()
    problems = [] if answers.statuses[503] else ["nobody was told 503 on a full disk"]
    if (code := server.ended()) != 1:
        problems.append(f"on a full disk the exchange ended with {code}, not 1")
    ballast.unlink()
    problems += _settle(server.data, answers, outcome)
    server.start()
    more = Load(server.port, server.data, 2, 10, seed, "more")
    more.start()
    after = more.join()
    if after.statuses[503] or not after.accepted:
        problems.append(f"with room again it does not go on: {after.statuses}")
    if code := server.stop():
        problems.append(f"the clean stop ended with {code}")
    return problems + _settle(server.data, after, outcome)


def _settle(data: Path, answers: Answers, outcome: Outcome) -> list[str]:
    lost, doubled, wrong = answers.compare(orders(data))
    outcome.acks += answers.acks
    outcome.lost += len(lost)
    outcome.doubled += len(doubled)
    return whole(data).problems + [f"lost: {name}" for name in lost[:5]] + doubled[:5] + wrong


def slow_disk(options: Options) -> Outcome:
    """Each sync takes 200 ms more: everybody waits longer together, and nobody is turned away."""
    need_strace()
    outcome = Outcome(cycles=1)
    template = Template(options.folder)
    quick = _paced(template.copy(), options, outcome, [])
    slow = _paced(
        template.copy(),
        options,
        outcome,
        ["-e", "trace=fdatasync", "-e", f"inject=fdatasync:delay_enter={DELAY_MS * 1_000}"],
    )
    quick_ms, slow_ms = (median(one.seconds) * 1_000 for one in (quick, slow))
    if slow_ms < DELAY_MS:
        outcome.problems.append(f"an answer took {slow_ms:.0f} ms, a sync takes {DELAY_MS}")
    for answers in (quick, slow):
        if set(answers.statuses) - {200, 201, 404, 409} or answers.unknown:
            outcome.problems.append(f"not everybody was answered: {answers.statuses}")
    outcome.note = f"median answer {quick_ms:.0f} ms, with slow syncs {slow_ms:.0f} ms"
    return outcome


def _paced(data: Path, options: Options, outcome: Outcome, words: list[str]) -> Answers:
    server = TracedServer(data)
    try:
        assert server.start_with(data, *(words or ["-e", "trace=fdatasync"]))
        load = Load(server.port, data, 16, 6, options.seed)
        load.start()
        answers = load.join()
        outcome.blame("the clean stop", [f"ended with {code}"] if (code := server.stop()) else [])
        server.settled()
    finally:
        server.close()
    outcome.blame(server.data.name, _settle(data, answers, outcome))
    return answers


_ASKED: Final = re.compile(r'"(POST|DELETE) ')
_SENT: Final = re.compile(r'"HTTP/1.1 (\d+)')


def answers_after_syncs(options: Options) -> Outcome:
    """Seen from the kernel, on the real server: between a write request and its answer there is
    always a sync of the log that began after the request had come in."""
    need_strace()
    outcome = Outcome(cycles=1)
    data = Template(options.folder).copy()
    server = TracedServer(data)
    calls = "trace=fdatasync,read,recvfrom,recvmsg,write,writev,sendto,sendmsg"
    try:
        assert server.start_with(data, "-s", "16", "-e", calls)
        load = Load(server.port, data, 1, 60, options.seed)
        load.start()
        answers = load.join()
        server.stop()
        trace = server.settled()
    finally:
        server.close()
    outcome.acks = answers.acks
    outcome.blame("the trace", judge(trace.splitlines(), outcome))
    return outcome


def judge(lines: list[str], outcome: Outcome) -> list[str]:
    """With one client at a time each answer belongs to the request before it."""
    asked = synced = False
    begun: set[str] = set()
    checked, problems = 0, []
    for line in lines:
        pid = line.split(" ", 1)[0]
        if _ASKED.search(line):
            asked, synced, begun = True, False, set()
        elif "fdatasync(" in line and "-wal>" in line:
            begun.add(pid)
            synced = synced or " = 0" in line
        elif "fdatasync resumed" in line and pid in begun:
            synced = synced or " = 0" in line
        elif (sent := _SENT.search(line)) and asked:
            checked += 1
            if sent[1] in ("200", "201") and not synced:
                problems.append(f"answered before its sync: {line[:120]}")
            asked = False
    outcome.note = f"{checked} answers, each after its sync"
    return problems if checked else ["the trace shows no answers"]
