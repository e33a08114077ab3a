"""When the garbage collector runs: between requests, and never through what lives on.

Nearly everything here ends by its reference count. Left to itself the collector would walk through
every open order again and again, in the middle of whatever asked for memory. So it is switched off;
once a second it looks at what is new, and what it has seen is put aside. A walk through everything,
for cycles that were formed before and ended since, waits until nobody asks for anything.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Final

YOUNG_SECONDS: Final = 1.0
ALL_SECONDS: Final = 600.0
QUIET: Final = 1_000
"""New objects in a second below which nobody is asking for anything."""


def hold_off() -> None:
    """A start makes millions of objects and drops few: the collector would walk through all of
    them, again and again."""
    gc.disable()


def settle() -> None:
    """What lives since the start stays: it is put aside, and the collector is switched off."""
    gc.collect()
    gc.freeze()
    gc.disable()


async def tend() -> None:
    """Collect from now on, until cancelled."""
    waited = 0.0
    while True:
        await asyncio.sleep(YOUNG_SECONDS)
        waited += YOUNG_SECONDS
        quiet = gc.get_count()[0] < QUIET
        if quiet and waited >= ALL_SECONDS:
            gc.unfreeze()
            gc.collect()
            waited = 0.0
        else:
            gc.collect(1)
        gc.freeze()
