"""Servers in processes of their own, for measuring; each is stopped by its process id."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench import processes
from bench.peers import environment, free_port

FIRST = 0
START_SECONDS = 300
STOP_SECONDS = 60


class Server:
    """A program that listens on `port` of the loopback.

    `line` is given to it on standard input, `extra` are packages that it finds before its own,
    `beside` are processes that work for it. `seconds` is how long it took from its start until it
    listened. With a `core` its main process stays there, from its start, so that it can see that it
    has no other; helpers that it has started by the time it listens may use every core.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        port: int,
        line: object = None,
        extra: Path | None = None,
        beside: Sequence[int] = (),
        core: int | None = FIRST,
    ) -> None:
        self._arguments = arguments
        self._beside = beside
        self._core = core if core in os.sched_getaffinity(0) else None
        self._line = line
        self._environment = environment(extra)
        self.port = port
        self.seconds = 0.0

    def __enter__(self) -> Server:
        started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self._arguments],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if self._core is not None:
            processes.pin(self._process.pid, {self._core})
        assert self._process.stdin is not None
        if self._line is not None:
            self._process.stdin.write(json.dumps(self._line).encode() + b"\n")
        self._process.stdin.close()
        try:
            self._wait(started)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        processes.free_helpers(self._process.pid)
        return self

    def processor_time(self) -> float:
        """Seconds used so far by all its processes."""
        return processes.processor_time([self._process.pid, *self._beside])

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(STOP_SECONDS)

    def _wait(self, started: float) -> None:
        while time.perf_counter() - started < START_SECONDS:
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._arguments[0]} ended with {self._process.returncode}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
                continue
            self.seconds = time.perf_counter() - started
            return
        raise RuntimeError(f"{self._arguments[0]} did not start")


def presage(
    folder: Path, compiled: Path | None = None, core: int | None = FIRST, demo: bool = False
) -> Server:
    """`presage serve` on a data directory, from the compiled engine's folder if that is given;
    with the demo's content and market maker, or with nothing but what is there."""
    port = free_port()
    arguments = ["presage.cli.main", "serve", "--data", str(folder), "--port", str(port)]
    if not demo:
        arguments += ["--content", "none", "--market-maker", "off"]
    return Server(arguments, port, extra=compiled, core=core)


def stub(status: int, length: int) -> Server:
    """A server that answers everything at once with so many bytes."""
    port = free_port()
    return Server(["bench.stub", str(port), str(status), str(length)], port)
