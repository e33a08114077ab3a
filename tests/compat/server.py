"""A real exchange in a process of its own, on a free port of the loopback.

Started as an operator would, stopped by its process id. Knows nothing of what is asked of it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Final

READY_SECONDS: Final = 30
STOP_SECONDS: Final = 20


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(path: Path) -> dict[str, str]:
    """The NAME=value lines of an env file."""
    lines = (line for line in path.read_text("utf-8").splitlines() if "=" in line)
    pairs = (line.removeprefix("export ").split("=", 1) for line in lines if line[0] != "#")
    return {name: value.strip("'\"") for name, value in pairs}


class Server:
    """`presage serve` on a data directory; may be started again after `stop` or `kill`."""

    def __init__(self, data: Path, content: str = "none", market_maker: str = "off") -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._content = content
        self._market_maker = market_maker
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        arguments = ["serve", "--data", str(self.data), "--port", str(self.port)]
        arguments += ["--content", self._content, "--market-maker", self._market_maker]
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "presage.cli.main", *arguments],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                raise AssertionError(f"the server ended at once:\n{self.log()[-3_000:]}")
            try:
                url = f"{self.url}/trade-api/v2/exchange/status"
                with urllib.request.urlopen(url, timeout=2) as reply:
                    if json.load(reply)["exchange_active"]:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.02)
        raise AssertionError(f"the server did not answer:\n{self.log()[-3_000:]}")

    def stop(self) -> int:
        """Ask it to stop and wait. Returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(STOP_SECONDS)

    def log(self) -> str:
        """What it printed so far."""
        return (self.data.parent / f"{self.data.name}.log").read_text("utf-8", "replace")
