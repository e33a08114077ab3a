"""What a measurement gives: a number with its unit, and where there is one, a peer and a ratio."""

from __future__ import annotations

import sys
from statistics import geometric_mean, median

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


class Only:
    """Which measurements are wanted: those whose names begin with one of `names`, or all."""

    def __init__(self, names: list[str] | None) -> None:
        self._names = names

    def __call__(self, *beginnings: str) -> bool:
        """May results whose names begin with one of these be wanted?"""
        return self._names is None or any(
            name.startswith(beginning) or beginning.startswith(name)
            for name in self._names
            for beginning in beginnings
        )

    def keep(self, results: list[Result]) -> list[Result]:
        """What is wanted of them."""
        names = self._names
        return [one for one in results if names is None or one.name.startswith(tuple(names))]


def multiples(costs: list[list[float]]) -> list[float]:
    """How many times the first one's cost each of the others had, in the median round."""
    first, *others = costs
    return [
        median(cost / base for cost, base in zip(other, first, strict=True)) for other in others
    ]


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
