"""Operations that name a thing and have no line in the matrix, and why. This list only shrinks."""

from __future__ import annotations

from typing import Final

LEFT_OUT: Final = frozenset(
    {
        # It answers with a stream that does not end; tests/api/site/test_stream.py looks at it.
        "/api FollowOptions",
    }
)
