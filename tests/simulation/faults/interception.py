"""A process whose writing system calls each wait for our word: go on, fail, or be killed there.

The kernel does the waiting (seccomp user notification): it counts the calls of all threads in the
order in which they begin, where strace would count each thread's own, and costs nothing for any
other call. A filter cannot be taken off again, so each process to be judged is a new one.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import sys
import threading
from collections import Counter
from contextlib import suppress
from typing import Final, NamedTuple

from tests.simulation.faults.outcome import Skipped

_NUMBERS: Final = {
    "x86_64": {"fdatasync": 75, "pwrite64": 18, "write": 1},
    "aarch64": {"fdatasync": 83, "pwrite64": 68, "write": 64},
}
_SECCOMP: Final = {"x86_64": 317, "aarch64": 277}
CALLS: Final = ("fdatasync", "pwrite64", "write")
LOGGED: Final = "write to a file"
"""Of the writes those that go to no socket and no pipe, where an error would mean something else.
"""

_PR_SET_NO_NEW_PRIVS: Final = 38
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8
_ALLOW, _ASK = 0x7FFF0000, 0x7FC00000
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_NOTICE: Final = struct.Struct("QIIiIQ6Q")
_ANSWER: Final = struct.Struct("QqiI")
_GO_ON: Final = 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def need_interception() -> dict[str, int]:
    """The numbers of CALLS on this machine. Raises: Skipped."""
    numbers = _NUMBERS.get(platform.machine())
    if numbers is None or sys.platform != "linux":
        raise Skipped(f"no system call numbers for {sys.platform} on {platform.machine()}")
    try:
        with open("/proc/sys/kernel/seccomp/actions_avail") as file:
            known = file.read().split()
    except OSError:
        known = []
    if "user_notif" not in known:
        raise Skipped("this kernel has no seccomp user notification")
    return numbers


def submit(handover: int) -> None:
    """Put this process and all its threads under whoever reads from the socket `handover`."""
    numbers = need_interception()
    steps = [_step(_LOAD, 0)]
    for place, name in enumerate(CALLS):
        steps.append(_step(_JUMP_IF_EQUAL, numbers[name], yes=len(CALLS) - place))
    steps += [_step(_RETURN, _ALLOW), _step(_RETURN, _ASK)]
    code = b"".join(steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(steps), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    number = _SECCOMP[platform.machine()]
    listener = libc.syscall(number, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(program))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses the filter")
    with socket.socket(fileno=os.dup(handover)) as channel:
        socket.send_fds(channel, [b"!"], [listener])
    os.close(listener)


def _step(code: int, value: int, yes: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, 0, value)


class Fault(NamedTuple):
    """What happens to the n-th `call` (n from 1) of a process: `error` is an errno, 0 means that it
    is killed there; `persistent`: every later one fails as well."""

    call: str
    error: int = 0
    persistent: bool = False

    def __str__(self) -> str:
        what = f"{errno.errorcode[self.error]}" if self.error else "killed"
        return f"{self.call} {what}{' from then on' if self.persistent else ''}"

    def hits(self, call: str, n: int, at: int) -> bool:
        return call == self.call and (n == at or (self.persistent and n > at))


class Interceptor:
    """Decides the calls of one process (not of processes that it starts) until it ends.

    `counts` says how many of each there were, `met` whether the fault happened.
    """

    def __init__(self, pid: int, listener: int, fault: Fault | None, at: int) -> None:
        self.counts: Counter[str] = Counter()
        self.met = False
        self._pid = pid
        self._listener = listener
        self._fault = fault
        self._at = at
        self._names = {number: name for name, number in need_interception().items()}
        self._own: dict[int, bool] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until the process and all that it started have ended."""
        self._thread.join()

    def _run(self) -> None:
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        try:
            while True:
                for _, events in poll.poll():
                    if events & select.POLLIN:
                        # It may have been killed between its call and our look.
                        with suppress(OSError):
                            self._answer()
                    elif events:
                        return
        finally:
            os.close(self._listener)

    def _answer(self) -> None:
        notice = bytearray(_NOTICE.size)
        fcntl.ioctl(self._listener, _RECEIVE, notice)
        id_, thread, _, number, _, _, file, *_ = _NOTICE.unpack(notice)
        error = 0
        if self._strikes(thread, self._names[number], file):
            assert self._fault is not None
            self.met = True
            error = self._fault.error
            if not error:
                # Without an answer it never makes the call: it dies waiting.
                os.kill(self._pid, signal.SIGKILL)
                return
        answer = _ANSWER.pack(id_, 0, -error, 0 if error else _GO_ON)
        fcntl.ioctl(self._listener, _SEND, bytearray(answer))

    def _strikes(self, thread: int, name: str, file: int) -> bool:
        """Count the call; is it the one?"""
        if thread not in self._own:
            self._own[thread] = os.path.exists(f"/proc/{self._pid}/task/{thread}")
        if not self._own[thread]:
            return False
        names = [name]
        if name == "write" and os.readlink(f"/proc/{self._pid}/fd/{file}").startswith("/"):
            names.append(LOGGED)
        self.counts.update(names)
        fault = self._fault
        return fault is not None and any(
            fault.hits(one, self.counts[one], self._at) for one in names
        )
