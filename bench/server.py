"""Servers in processes of their own, for measuring; each is stopped by its process id."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.load import pin
from bench.peers import environment, free_port

START_SECONDS = 300
STOP_SECONDS = 60


class Server:
    """A program that listens on `port` of the loopback, on the first core.

    `line` is given to it on standard input, `extra` are packages that it finds besides its own.
    `seconds` is how long it took from its start until it listened.
    """

    def __init__(
        self, arguments: Sequence[str], port: int, line: object = None, extra: Path | None = None
    ) -> None:
        self._arguments = arguments
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
        pin(self._process.pid, 0)
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
        return self

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


def presage(folder: Path) -> Server:
    """`presage serve` on a data directory."""
    port = free_port()
    arguments = ["presage.cli.main", "serve", "--data", str(folder), "--port", str(port)]
    return Server([*arguments, "--content", "none", "--market-maker", "off"], port)
