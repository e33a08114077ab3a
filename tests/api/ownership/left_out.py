"""Operations that name a thing and have no line in the matrix yet. This list only shrinks."""

from __future__ import annotations

from typing import Final

LEFT_OUT: Final = frozenset[str]()
