"""Clicks on a switch that are being worked on."""

from __future__ import annotations

import asyncio

from presage.api.site.errors import refuse
from presage.domain.ids import MemberId
from presage.wire.site.posts import LikeReply


class Clicks:
    """Clicks that are being worked on. Who clicks again meanwhile has not seen yet what came of it,
    and means the same."""

    def __init__(self) -> None:
        self._running: dict[tuple[MemberId, str], asyncio.Future[LikeReply]] = {}

    def running(self, member: MemberId, post: str) -> asyncio.Future[LikeReply] | None:
        """The answer that a click is waiting for."""
        return self._running.get((member, post))

    def begin(self, member: MemberId, post: str) -> asyncio.Future[LikeReply]:
        """A click comes in."""
        answer: asyncio.Future[LikeReply] = asyncio.get_running_loop().create_future()
        self._running[member, post] = answer
        return answer

    def end(self, member: MemberId, post: str) -> None:
        """It was answered, or nothing came of it."""
        answer = self._running.pop((member, post))
        if not answer.done():
            answer.set_exception(refuse("conflict", "Another click failed; click again."))
            answer.exception()  # perhaps nobody waits for it
