"""Servers for faults: one that starts fast, and one whose system calls are traced and broken.

Both are forked from a process that has imported everything; from there on it is the same program
that an operator starts, on the same files.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.compat.server import Server
from tests.simulation.faults.outcome import Skipped

EXIT_SECONDS: Final = 20
STATUS: Final = "/trade-api/v2/exchange/status"

_NURSERY: Final = """
import os, sys, time
from pathlib import Path
from presage.app import serve
from presage.app.settings import Settings
for line in sys.stdin:
    port, gate, log, data = line.rstrip("\\n").split("|")
    child = os.fork()
    if child == 0:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, 1); os.dup2(file, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        while gate and not os.path.exists(gate):
            time.sleep(0.002)
        settings = Settings(data=Path(data), port=int(port), content="none", market_maker=False)
        code = 2
        try:
            code = serve.serve(settings)
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class FastServer(Server):
    """As Server, without the second that importing takes. One at a time."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._nursery = subprocess.Popen(
            [sys.executable, "-c", _NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # what has been read is never hidden from select
        )
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._stdin, self._stdout = self._nursery.stdin, self._nursery.stdout
        self._process = self._nursery  # ends when `close` ends it
        self._child = 0

    def start(self) -> None:
        self._fork("")
        self._wait_until_ready()

    def stop(self) -> int:
        with suppress(ProcessLookupError):  # it may be over already
            os.kill(self._child, signal.SIGTERM)
        code = self.ended()
        assert code is not None, "it does not stop"
        return code

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        self.ended()

    def running(self) -> bool:
        """Has it not ended yet?"""
        return not self._says_something(0)

    def ended(self) -> int | None:
        """The exit code, waiting for as long as an exchange that gives up may take."""
        if not self._says_something(EXIT_SECONDS):
            return None
        self._child = 0
        return int(self._word())

    def close(self) -> None:
        """End what still runs, and the process that starts servers."""
        if self._child:
            self.kill()
        self._stdin.close()
        self._nursery.wait(EXIT_SECONDS)
        self._stdout.close()

    def _fork(self, gate: str) -> None:
        log = self.data.parent / f"{self.data.name}.log"
        self._stdin.write(f"{self.port}|{gate}|{log}|{self.data}\n".encode())
        self._stdin.flush()
        self._child = int(self._word())

    def _says_something(self, seconds: float) -> bool:
        return bool(select.select([self._stdout], [], [], seconds)[0])

    def _word(self) -> str:
        return self._stdout.readline().decode()


def need_strace() -> str:
    """The program. Raises: Skipped."""
    program = shutil.which("strace")
    if program is None:
        raise Skipped("strace is not installed")
    probe = subprocess.run([program, "-f", "true"], capture_output=True, check=False)
    if probe.returncode:
        raise Skipped("this machine does not let strace trace")
    return program


class TracedServer(FastServer):
    """An exchange under strace from its first system call on. One exchange after the other, each
    with its own directory and faults."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._strace: subprocess.Popen[str] | None = None

    @property
    def trace(self) -> Path:
        return self.data.parent / f"{self.data.name}.trace"

    def start_with(self, data: Path, *options: str) -> bool:
        """Start on a directory; False when a fault ended it before it answered."""
        self.data = data
        gate = data.parent / f"{data.name}.go"
        self._fork(str(gate))
        strace = [need_strace(), "-f", "-y", "-o", str(self.trace), "-p", str(self._child)]
        self._strace = subprocess.Popen([*strace, *options], stderr=subprocess.PIPE, text=True)
        assert self._strace.stderr is not None
        assert "attached" in self._strace.stderr.readline()
        gate.touch()
        while self.running():
            with suppress(OSError), urllib.request.urlopen(f"{self.url}{STATUS}", timeout=2):
                return True
            time.sleep(0.005)
        return False

    def settled(self) -> str:
        """What strace wrote, once it has ended."""
        assert self._strace is not None
        self._strace.communicate(timeout=EXIT_SECONDS)
        return self.trace.read_text("utf-8", "replace")
