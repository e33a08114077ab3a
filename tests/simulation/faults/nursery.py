"""A process that has imported everything a server needs, and forks one server after the other.

    python -m tests.simulation.faults.nursery FD

Each line of standard input is a JSON object with the port, the data directory and the log; the
child runs what `presage serve` runs, its projector forked like itself. Answers on standard output:
the child's pid, later its exit code. It has no thread and no event loop of its own, so that a fork
takes along nothing that moves.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import uvloop  # noqa: F401  # what a server imports only when it serves

from presage.app import serve
from presage.app.settings import Settings
from presage.gateway import projector as gateway_end
from presage.projections import projector
from tests.simulation.faults import interception


class ReadyProjector:
    """Stands in for the program that a server starts: forked while nothing moves yet, and told by a
    socket what the program would read on its command line. It ends with the server. A second one,
    after this has died, is started as ever."""

    def __init__(self) -> None:
        self._mine, its = socket.socketpair()
        with its:
            self._pid = fork(lambda: self._live(its))

    def _live(self, its: socket.socket) -> int:
        self._mine.close()
        with its:
            directory, descriptors, _, _ = socket.recv_fds(its, 4_096, 1)
        if descriptors:
            sys.argv = ["projector", str(descriptors[0]), directory.decode()]
            projector.main()
        return 0

    def start(self, line: list[str], **options: Any) -> ReadyProjector:
        """In the place of `subprocess.Popen`."""
        setattr(gateway_end, "subprocess", subprocess)  # noqa: B010  # the real one again
        with self._mine:
            socket.send_fds(self._mine, [line[-1].encode()], options["pass_fds"])
        return self

    def wait(self, timeout: float | None = None) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])

    def stand_in(self) -> None:
        """Be what the server starts first."""
        words = {"Popen": self.start, "DEVNULL": subprocess.DEVNULL}
        setattr(gateway_end, "subprocess", SimpleNamespace(**words))  # noqa: B010  # no module


def run(wish: dict[str, Any], handover: int) -> int:
    """The child's whole life: be the server that was wished for. Returns its exit code."""
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    ReadyProjector().stand_in()
    while wish["gate"] and not os.path.exists(wish["gate"]):
        time.sleep(0.002)
    if wish["intercepted"]:
        interception.submit(handover)
    os.close(handover)
    settings = Settings(
        data=Path(wish["data"]), port=wish["port"], content="none", market_maker=False
    )
    return serve.serve(settings)


def fork(work: Callable[[], int]) -> int:
    """The pid of a child that does this and nothing else."""
    child = os.fork()
    if child == 0:
        code = 2
        try:
            code = work()
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    return child


def main() -> None:
    handover = int(sys.argv[1])
    gc.collect()
    gc.freeze()  # a child's collector would copy every page just by looking at it
    for line in sys.stdin:
        wish = json.loads(line)
        child = fork(lambda wish=wish: run(wish, handover))  # type: ignore[misc]
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
