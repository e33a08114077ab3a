"""What a measurement gives: a number with its unit, and where there is one, a peer and a ratio."""

from __future__ import annotations

import sys
from statistics import geometric_mean

import msgspec


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`ratio` says how many times better than the peer, `floor` the least that is acceptable."""

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


def mean_ratio(name: str, results: list[Result], floor: float | None = None) -> Result:
    """The geometric mean of the ratios."""
    mean = geometric_mean([result.ratio for result in results if result.ratio is not None])
    return Result(name=name, value=mean, unit="geo. mean", ratio=mean, floor=floor)


def as_json(results: list[Result]) -> str:
    """One object with all results."""
    rows = [{**msgspec.to_builtins(result), "ok": result.ok} for result in results]
    return msgspec.json.encode({"results": rows}).decode()


def note(text: str) -> None:
    """Tell whoever watches: what is being measured, or why something is not."""
    print(f"bench: {text}", file=sys.stderr, flush=True)
