"""Following and blocking members."""

from __future__ import annotations

from presage.wire.site.common import Shape


class FollowReply(Shape):
    """How it is now."""

    following: bool
    follower_count: int


class BlockReply(Shape):
    """How it is now."""

    blocked: bool
