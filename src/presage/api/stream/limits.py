"""How much one connection, one member and the whole exchange may take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

CONNECTIONS: Final[Mapping[str, int]] = {
    "basic": 200,
    "advanced": 300,
    "expert": 400,
    "premier": 600,
    "paragon": 800,
    "prime": 1_000,
    "prestige": 1_600,
}
"""Connections of one member, by its tier."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes in bytes, times in seconds."""

    connections: int = 10_000
    """Of everybody together."""
    commands: int = 10_000
    """Commands of one connection in a second."""
    markets: int = 500_000
    """Markets that one connection's subscriptions name."""
    command_size: int = 1 << 18
    """A longer message is answered with an error."""
    message_size: int = 1 << 20
    """A still longer one ends the connection: it is not even read."""
    pieces: int = 1_000
    """In which one message may come."""
    room: int = 1 << 16
    """As much may wait in an outbox when another snapshot is added."""
    backlog: int = 1 << 20
    """More waiting for a client that does not read ends its subscriptions."""
    heartbeat: int = 10
    """Between two pings."""
    silence: int = 30
    """A client of which nothing is heard for so long is gone."""
    stall: int = 30
    """A client that takes nothing for so long is cut off."""
    snapshots: int = 60
    """For the snapshots of one command to be taken."""
