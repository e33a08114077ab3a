"""What a proof is given and what it gives back: one row of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


def _quiet(news: str) -> None:
    """Nobody wants to hear how far it is."""


class Skipped(Exception):
    """The proof cannot be made on this machine; the text says what is missing."""


@dataclass(frozen=True)
class Options:
    """How much to do. `cycles` counts faults, `commands` and `entries` are of one run; `every`: all
    the faults there are, where they can be counted."""

    folder: Path
    cycles: int
    seed: int
    commands: int
    entries: int
    every: bool = False
    progress: Callable[[str], None] = _quiet


@dataclass
class Outcome:
    """`acks` were given by the exchange, `lost` of them were gone after a fault, `doubled` were
    there twice. `problems` says everything that was not as it must be; `note` is for the table."""

    cycles: int = 0
    acks: int = 0
    lost: int = 0
    doubled: int = 0
    problems: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def passed(self) -> bool:
        return not (self.problems or self.lost or self.doubled)

    def blame(self, where: str, problems: list[str]) -> None:
        """Keep what was found, saying in which cycle."""
        self.problems += [f"{where}: {problem}" for problem in problems]
