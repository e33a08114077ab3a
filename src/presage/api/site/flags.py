"""Which features are on: the public map of flags."""

from __future__ import annotations

from typing import Final

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site.services import site_of
from presage.wire.site.accounts import Flags

_PROVIDERS: Final = ("news", "aiSummary", "cricket")
"""Computed from what is configured; nothing is."""


async def get_flags(call: Call[None, None]) -> Reply:
    """Show the public feature flags."""
    flags = {name: value is True for name, value in site_of(call).settings.all(flags=True).items()}
    flags |= dict.fromkeys(_PROVIDERS, False)
    return Reply(200, Flags(flags=flags), ((b"cache-control", b"public, max-age=30"),))
