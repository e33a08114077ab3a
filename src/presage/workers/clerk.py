"""Writes down once a minute what need not be written at once, and drops what is too old.

When keys and sessions were last used; incidents and kept replies that have had their time. Losing a
minute of it costs nobody anything.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Final

from presage.gateway import Gateway
from presage.identity import bearer_keys, security_log, sessions
from presage.identity.sessions import Session
from presage.site import replies
from presage.units import SECOND, Micros

EVERY: Final = 60 * SECOND
PORTION: Final = 200
"""Rows of a kind that one submission writes or drops."""


class Clerk:
    """`uses` and `touched` are filled by the doors and emptied here."""

    def __init__(
        self,
        gateway: Gateway,
        uses: MutableMapping[str, tuple[Micros, str]],
        touched: MutableMapping[str, Session],
    ) -> None:
        self._gateway = gateway
        self._uses = uses
        self._touched = touched

    async def work(self, now: Micros) -> None:
        """All that there is to do now."""
        while await self.step(now):
            pass

    async def step(self, now: Micros) -> bool:
        """One submission; True when there may be more to do."""
        uses, touched = _some(self._uses), _some(self._touched)
        dropped: list[int] = []

        def rows(connection: Any) -> None:
            for id, (at, host) in uses.items():
                bearer_keys.note_use(connection, id, at, host)
            for session in touched.values():
                sessions.touch(connection, session)
            before = now - security_log.KEPT
            dropped.append(security_log.drop_old(connection, before, PORTION))
            dropped.append(replies.drop_old(connection, now, PORTION))

        await self._gateway.submit(None, rows)
        for name, use in uses.items():
            if self._uses.get(name) == use:
                del self._uses[name]
        for name, session in touched.items():
            if self._touched.get(name) is session:
                del self._touched[name]
        return bool(self._uses or self._touched) or PORTION in dropped


def _some(noted: Mapping[str, Any]) -> dict[str, Any]:
    return {name: noted[name] for name in list(noted)[:PORTION]}
