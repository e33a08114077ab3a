"""Where the reference material is: published descriptions, recorded replies, recorded data.

It lies in `shared` beside the checkout (or above, when the checkout is a worktree) and is no part
of it; tests that need it skip where it is absent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PARENTS: Final = Path(__file__).resolve().parents[2:5]
_FOUND: Final = [parent / "shared" for parent in _PARENTS if (parent / "shared").is_dir()]

SHARED: Final = _FOUND[0] if _FOUND else _PARENTS[0] / "shared"
KALSHI: Final = SHARED / "kalshi"
