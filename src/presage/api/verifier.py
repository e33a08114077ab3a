"""Checks signatures on the second core: those that wait in one turn of the event loop go together.

Verifying releases the interpreter lock, so a thread can do it while the loop reads on. Being handed
over and woken up costs time too: a signature that is alone is checked in place, and on a machine
with one core so is every one. It decides where a signature is checked, never which key is right or
what a bad one means.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from presage.api import signatures

MAX_WAITING: Final = 1_024
"""More than so many are checked in place: the loop itself helps, and takes in less meanwhile."""
MAX_JOB: Final = 64
"""Signatures checked in one go, so that the first of many is not answered with the last."""

Verdict = bool | Exception
"""An error is the affair of the one request that it is about."""


def has_second_core() -> bool:
    """Whether this process may use more than one core."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


class _Check(NamedTuple):
    key: RSAPublicKey
    signature: bytes
    text: bytes
    answer: asyncio.Future[bool]


class Verifier:
    """Signature checks for one event loop. One job is under way at a time; what comes meanwhile
    is the next one."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._waiting: deque[_Check] = deque()
        self._at_work = False

    async def verify(self, key: RSAPublicKey, signature: bytes, text: bytes) -> bool:
        """Whether `signature` is this key's signature of `text`."""
        if len(self._waiting) >= MAX_WAITING:
            return signatures.verify(key, signature, text)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(_Check(key, signature, text, answer))
        if not self._at_work:
            self._at_work = True
            # After everything else of this turn, so that all its signatures are there.
            loop.call_soon(self._start)
        return await answer

    def _start(self) -> None:
        job = self._next_job()
        if len(job) > 1:
            loop = asyncio.get_running_loop()
            verdicts = loop.run_in_executor(self._executor, _check_all, job)
            verdicts.add_done_callback(lambda done: self._finish(job, done))
            return
        self._at_work = False
        _tell(job, _check_all(job))

    def _next_job(self) -> list[_Check]:
        """Up to `MAX_JOB` checks that somebody still waits for."""
        job: list[_Check] = []
        while self._waiting and len(job) < MAX_JOB:
            check = self._waiting.popleft()
            if not check.answer.done():
                job.append(check)
        return job

    def _finish(self, job: list[_Check], verdicts: asyncio.Future[list[Verdict]]) -> None:
        _tell(job, verdicts.result())
        self._start()


def _check_all(job: Sequence[_Check]) -> list[Verdict]:
    return [_check(*check) for check in job]


def _check(
    key: RSAPublicKey, signature: bytes, text: bytes, answer: asyncio.Future[bool]
) -> Verdict:
    try:
        return signatures.verify(key, signature, text)
    except Exception as error:
        return error


def _tell(job: Sequence[_Check], verdicts: Sequence[Verdict]) -> None:
    for check, verdict in zip(job, verdicts, strict=True):
        if check.answer.done():  # whoever asked has gone
            continue
        if isinstance(verdict, Exception):
            check.answer.set_exception(verdict)
        else:
            check.answer.set_result(verdict)
