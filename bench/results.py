"""What a measurement gives: a number with its unit, and where there is one, a peer and a ratio."""

from __future__ import annotations

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`ratio` is value / peer's value, `floor` the least ratio that is acceptable."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    ratio: float | None = None
    floor: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the floor is kept; measurements without one are always fine."""
        return self.floor is None or (self.ratio is not None and self.ratio >= self.floor)


def as_json(results: list[Result]) -> str:
    """One object with all results."""
    rows = [{**msgspec.to_builtins(result), "ok": result.ok} for result in results]
    return msgspec.json.encode({"results": rows}).decode()
