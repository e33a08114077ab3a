"""Servers for faults: one that starts fast, one whose writes are broken, one that is traced.

All are forked from a process that has imported everything; from there on it is the same program
that an operator starts, on the same files.
"""

from __future__ import annotations

import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from tests.compat.server import Server
from tests.simulation.faults.interception import Fault, Interceptor, need_interception
from tests.simulation.faults.outcome import Skipped

ROOT: Final = Path(__file__).resolve().parents[3]
EXIT_SECONDS: Final = 20
STATUS: Final = "/trade-api/v2/exchange/status"

READY_SECONDS: Final = 30
LOOK_AGAIN: Final = 0.002


class FastServer(Server):
    """As Server, without the second that importing takes. One at a time."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._listeners, handover = socket.socketpair()
        with handover:
            self._nursery = subprocess.Popen(
                [sys.executable, "-m", "tests.simulation.faults.nursery", str(handover.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,  # what has been read is never hidden from select
                pass_fds=[handover.fileno()],
                cwd=ROOT,
            )
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._stdin, self._stdout = self._nursery.stdin, self._nursery.stdout
        self._child = 0

    def start(self) -> None:
        self._fork()
        assert self._becomes_ready(), f"the server ended at once:\n{self.log()[-3_000:]}"

    def start_ordinarily(self) -> None:
        """As Server does: a program of its own."""
        super().start()

    def stop(self) -> int:
        if self._process:
            return self._leave(super().stop())
        with suppress(ProcessLookupError):  # it may be over already
            os.kill(self._child, signal.SIGTERM)
        code = self.ended()
        assert code is not None, "it does not stop"
        return code

    def kill(self) -> None:
        if self._process:
            super().kill()
            self._leave(0)
            return
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        self.ended()

    def projectors(self) -> list[int]:
        """The processes that the server has started."""
        server = self._process.pid if self._process else self._child
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):  # it has just ended
                words = stat.read_text().rpartition(")")[2].split()
                if int(words[1]) == server and words[0] != "Z":
                    found.append(int(stat.parent.name))
        return found

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
        if self._child or self._process:
            self.kill()
        self._stdin.close()
        self._nursery.wait(EXIT_SECONDS)
        self._stdout.close()
        self._listeners.close()

    def _leave(self, code: int) -> int:
        self._process = None
        return code

    def _fork(self, gate: str = "", intercepted: bool = False) -> None:
        wish = {
            "port": self.port,
            "data": str(self.data),
            "log": str(self.data.parent / f"{self.data.name}.log"),
            "gate": gate,
            "intercepted": intercepted,
        }
        self._stdin.write(json.dumps(wish).encode() + b"\n")
        self._stdin.flush()
        self._child = int(self._word())

    def _becomes_ready(self) -> bool:
        """Wait until it answers; False when it ends before that."""
        deadline = time.monotonic() + READY_SECONDS
        while self.running():
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=READY_SECONDS)
            with closing(connection), suppress(OSError, http.client.HTTPException):
                connection.request("GET", STATUS)
                if connection.getresponse().status == 200:
                    return True
            assert time.monotonic() < deadline, f"it does not answer:\n{self.log()[-3_000:]}"
            time.sleep(LOOK_AGAIN)
        return False

    def _says_something(self, seconds: float) -> bool:
        return bool(select.select([self._stdout], [], [], seconds)[0])

    def _word(self) -> str:
        return self._stdout.readline().decode()


class InterceptedServer(FastServer):
    """An exchange whose writing calls are counted, and one of them broken. One after the other,
    each with its own directory and fault."""

    def __init__(self, data: Path) -> None:
        need_interception()
        super().__init__(data)

    def start_with(self, data: Path, fault: Fault | None, at: int) -> Interceptor:
        """Start on a directory with a fault at the n-th call. Ask `answers` whether it came up."""
        self.data = data
        self._fork(intercepted=True)
        _, (listener,), _, _ = socket.recv_fds(self._listeners, 1, 1)
        return Interceptor(self._child, listener, fault, at)

    def answers(self) -> bool:
        """Wait until it answers; False when it ends before that."""
        return self._becomes_ready()


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
        # The projector is another program, which strace lets go of: only the exchange is watched.
        strace = [need_strace(), "-f", "-b", "execve", "-y", "-o", str(self.trace)]
        strace += ["-p", str(self._child)]
        self._strace = subprocess.Popen([*strace, *options], stderr=subprocess.PIPE, text=True)
        assert self._strace.stderr is not None
        said = self._strace.stderr.readline()
        assert "attached" in said, said
        gate.touch()
        return self._becomes_ready()

    def settled(self) -> str:
        """What strace wrote, once it has ended."""
        assert self._strace is not None
        self._strace.communicate(timeout=EXIT_SECONDS)
        return self.trace.read_text("utf-8", "replace")
