"""Passwords as rows: argon2id hashes, made and checked in threads of their own, so many at a time.

It decides how strong a hash has to be and how many are made at once, so that logins never starve
trading. It never decides what follows from a wrong one.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import BigInteger, Column, Connection, Text, delete, select

from presage.domain.ids import MemberId
from presage.storage import kept
from presage.units import Micros

T = TypeVar("T")

MIN: Final = 8
MAX: Final = 128
WAIT: Final = 5.0
"""Seconds that a hash may wait for its turn."""
_TAG: Final = 32
_SALT: Final = 16

passwords = kept.kept_table(
    "passwords",
    Column("member", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)


class TooBusy(Exception):
    """No turn came within WAIT seconds."""


def put(connection: Connection, member: MemberId, kept_hash: str, at: Micros) -> None:
    """Write a member's hash, the first or another."""
    row = {"member": member, "hash": kept_hash, "changed_at": at}
    if not kept.replace(connection, passwords, row):
        kept.insert(connection, passwords, row)


def find(connection: Connection, member: MemberId) -> str | None:
    """A member's hash."""
    query = select(passwords).where(passwords.c.member == member)
    return next((row["hash"] for row in kept.read(connection, query, passwords)), None)


def drop(connection: Connection, member: MemberId) -> None:
    """Nobody logs in with a password any more."""
    connection.execute(delete(passwords).where(passwords.c.member == member))


class Hasher:
    """Makes and checks hashes; `strength` says with how much memory (KiB) and how many passes."""

    def __init__(self, strength: Callable[[], tuple[int, int]]) -> None:
        self._strength = strength
        self._seats = os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self._seats, "passwords")
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._dummy = ""

    async def hash(self, password: str) -> str:
        """A new hash. Raises: TooBusy."""
        return await self._run(self._hasher().hash, password)

    async def check(self, kept_hash: str | None, password: str) -> bool:
        """Does the password belong to the hash? None, when nobody is called so, takes as long.

        Raises: TooBusy.
        """
        if kept_hash is None:
            if not self._dummy:
                self._dummy = await self.hash("nobody's password")
            await self._run(_fits, self._hasher(), self._dummy, password)
            return False
        return await self._run(_fits, self._hasher(), kept_hash, password)

    def is_weak(self, kept_hash: str) -> bool:
        """Was the hash made with less than is asked for now?"""
        return self._hasher().check_needs_rehash(kept_hash)

    def close(self) -> None:
        """Wait for what runs."""
        self._threads.shutdown()

    def _hasher(self) -> PasswordHasher:
        memory, passes = self._strength()
        return PasswordHasher(passes, memory, 1, _TAG, _SALT, type=Type.ID)

    async def _run(self, work: Callable[..., T], *args: object) -> T:
        await self._seat()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        finally:
            self._leave()

    async def _seat(self) -> None:
        if self._running < self._seats:
            self._running += 1
            return
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        timer = loop.call_later(WAIT, self._give_up, turn)
        try:
            await turn
        finally:
            timer.cancel()

    def _give_up(self, turn: asyncio.Future[None]) -> None:
        if not turn.done():
            turn.set_exception(TooBusy())

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)  # the seat goes on to the next
                return
        self._running -= 1


def _fits(hasher: PasswordHasher, kept_hash: str, password: str) -> bool:
    try:
        return hasher.verify(kept_hash, password)
    except (VerificationError, InvalidHashError):
        return False
