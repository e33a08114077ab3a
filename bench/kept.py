"""Data directories that take long to fill, kept in `.x/kept` for the next run.

One is used again only while nothing has changed that decides what is in it: the sources of what is
written and of what fills it. It is copied before use, and older ones of the same name are removed.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench.peers import ROOT
from bench.results import note

KEPT: Final = ROOT / ".x" / "kept"
_PACKAGES: Final = (
    "domain",
    "engine",
    "storage",
    "projections",
    "gateway",
    "catalog",
    "identity",
)
_FILLERS: Final = ("world.py", "places.py", "growth.py", "start.py")


def filled(name: str, fill: Callable[[Path], None], target: Path) -> None:
    """Put a filled directory at `target`, which must not exist: the kept one of this name, or one
    that `fill` makes now."""
    made_from = _fingerprint()
    kept = KEPT / f"{name}-{made_from}"
    if not kept.exists():
        for old in KEPT.glob(f"{name}-*"):
            shutil.rmtree(old)
        started = time.monotonic()
        note(f"filling {name} ...")
        making = KEPT / f"making-{name}"
        shutil.rmtree(making, ignore_errors=True)
        making.parent.mkdir(parents=True, exist_ok=True)
        fill(making)
        making.rename(kept)
        note(f"filled {name} in {time.monotonic() - started:.0f} s, kept in {kept}")
    shutil.copytree(kept, target)


def _fingerprint() -> str:
    source = ROOT / "src" / "presage"
    paths = [path for package in _PACKAGES for path in sorted((source / package).rglob("*.py"))]
    digest = hashlib.sha256()
    for path in [*paths, *(ROOT / "bench" / filler for filler in _FILLERS)]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
