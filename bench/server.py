"""An exchange in a process of its own, for measuring; stopped by its process id."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.load import Signer

START_SECONDS = 60


class Server:
    """`with Server(folder) as server:` serves a new data directory on a free port of loopback."""

    def __init__(self, folder: Path, content: str = "none", core: int = 0) -> None:
        self._folder = folder
        self._content = content
        self._core = core
        self.port = _free_port()

    def __enter__(self) -> Server:
        arguments = ["serve", "--data", str(self._folder), "--port", str(self.port)]
        arguments += ["--content", self._content, "--market-maker", "off"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "presage.cli.main", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if hasattr(os, "sched_setaffinity") and self._core in os.sched_getaffinity(0):
            os.sched_setaffinity(self._process.pid, {self._core})
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)

    def get(self, path: str) -> Any:
        """The JSON of a public read."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
            return json.load(reply)

    def open_tickers(self) -> list[str]:
        """Markets that trade."""
        markets = self.get("/trade-api/v2/markets?status=open&limit=1000")["markets"]
        return [market["ticker"] for market in markets]

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended with {self._process.returncode}")
            try:
                self.get("/trade-api/v2/exchange/status")
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start")


def signer(folder: Path, name: str) -> Signer:
    """The key of one of the members that a new data directory has."""
    env = (folder / "members" / f"{name}.env").read_text().splitlines()
    values = dict(line.split("=", 1) for line in env if "=" in line)
    pem = Path(values["KALSHI_PRIVATE_KEY_PATH"]).read_bytes()
    key = load_pem_private_key(pem, None)
    assert isinstance(key, RSAPrivateKey)
    return Signer(values["KALSHI_API_KEY_ID"], key)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
