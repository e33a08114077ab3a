"""What the tests of the streams share: an exchange in memory, sessions on it, frames read back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final, cast

from presage.api.auth import Caller
from presage.api.ids import IdCipher
from presage.api.stream.hub import Hub
from presage.api.stream.limits import Limits
from presage.api.stream.prices import Prices
from presage.api.stream.session import Session
from presage.api.stream.views import Views
from presage.domain.commands import Command, Tick
from presage.domain.facts import Fact
from presage.feeds.accounts import Accounts
from presage.feeds.blotters import Blotters
from presage.gateway import Reader
from presage.projections import accounts, positions
from presage.projections.projection import Entry
from tests.api.stream.schemas import check
from tests.feeds.kit import Exchange

BOTH: Final = frozenset({"read", "write"})


def caller(member: int, *, lock: int | None = None, scopes: frozenset[str] = BOTH) -> Caller:
    return Caller(member, f"user-{member}", f"key-{member}", scopes, lock, "member")


class Floor(Exchange):
    """The exchange of the views' tests with a hub on it. Entries are told when `commit` is called,
    or at once when `held` is off."""

    def __init__(self, limits: Limits | None = None) -> None:
        super().__init__()
        self.projections = (*self.projections, accounts.Accounts(), positions.Positions())
        self.accounts = Accounts()
        self.prices = Prices()
        reader = cast(Reader, self)
        ids = IdCipher(bytes(16))
        self.obscured = False
        views = Views(
            self.markets, self.books, ids, reader, lambda: self.now, lambda: self.obscured
        )
        self.ids = ids
        self.hub = Hub(views, Blotters(self.accounts, reader), self.prices, limits)
        self.held = False
        self._entries: list[Entry] = []

    def fold(self, facts: Sequence[Fact], command: Command | None = None) -> None:
        super().fold(facts, command)
        entry = Entry(self.seq, self.now, command or Tick(), facts)
        self.accounts.apply(entry)
        self._entries.append(entry)
        if not self.held:
            self.commit()

    def commit(self) -> None:
        """One batch is on disk."""
        entries, self._entries = self._entries, []
        self.hub.watch(entries)
        self.hub.settle()

    def join(
        self, member: int = 1, *, lock: int | None = None, scopes: frozenset[str] = BOTH
    ) -> Client:
        """A client with an open session."""
        asyncio.run(self.hub.blotters.open(member))
        return Client(self.hub.open(caller(member, lock=lock, scopes=scopes), lambda _: None))


class Client:
    """A session and what it has been sent."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.checked = True
        """Every message is held against Kalshi's document, which takes its time."""
        self._id = 0

    def send(self, message: object) -> list[Any]:
        """What a message (text, or anything as JSON) is answered with."""
        self.session.receive(message if isinstance(message, str) else json.dumps(message))
        return self.take()

    def ask(self, cmd: str, **params: Any) -> list[Any]:
        """As `send`, with a new id."""
        self._id += 1
        return self.send({"id": self._id, "cmd": cmd, "params": params})

    def subscribe(self, *channels: str, **params: Any) -> list[Any]:
        """Subscribe; what came besides the acknowledgements, which must be such."""
        replies = self.ask("subscribe", channels=channels, **params)
        for channel, reply in zip(channels, replies, strict=False):
            assert reply["type"] == "subscribed", reply
            assert reply["msg"]["channel"] == channel
        return replies[len(channels) :]

    def refused(self, cmd: str, **params: Any) -> int:
        """The code of the one error that a command is answered with."""
        (reply,) = self.ask(cmd, **params)
        assert reply["type"] == "error", reply
        assert reply["id"] == self._id
        code = reply["msg"]["code"]
        assert isinstance(code, int)
        return code

    def take(self) -> list[Any]:
        """Everything sent since, decoded; more is made as there is room."""
        found = []
        while self.session.outbox.pieces or self.session.holds:
            found += [json.loads(text) for text in texts(self.session.outbox.take())]
            self.session.pump()
        for message in found if self.checked else ():
            check(message)
        return found

    def told(self, type: str) -> list[Any]:
        """The `msg` of everything sent since, which must be of this type."""
        messages = self.take()
        assert {one["type"] for one in messages} <= {type}, messages
        return [one["msg"] for one in messages]


def texts(data: bytes) -> list[bytes]:
    """The payloads of unmasked text frames."""
    found = []
    while data:
        assert data[0] == 0x81, "a final text frame"
        length, start = data[1], 2
        if length == 126:
            length, start = int.from_bytes(data[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(data[2:10], "big"), 10
        payload, data = data[start : start + length], data[start + length :]
        assert len(payload) == length
        assert payload.endswith(b"\n")
        found.append(payload)
    return found
