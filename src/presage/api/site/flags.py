"""Which features are on: the public map of flags."""

from __future__ import annotations

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site.services import site_of
from presage.wire.site.accounts import Flags


async def get_flags(call: Call[None, None]) -> Reply:
    """Show the public feature flags."""
    site = site_of(call)
    flags = {name: value is True for name, value in site.settings.all(flags=True).items()}
    flags |= site.outside.flags()  # what is configured cannot be switched
    return Reply(200, Flags(flags=flags), ((b"cache-control", b"public, max-age=30"),))
