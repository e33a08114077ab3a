"""What the gateway hands back for a command that was accepted and is durable."""

from __future__ import annotations

import msgspec

from presage.domain.facts import Fact
from presage.units import Micros


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """Journal sequence number, the entry's time and the facts, all committed."""

    seq: int
    at: Micros
    facts: tuple[Fact, ...]
