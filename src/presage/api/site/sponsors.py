"""Who pays for an event's page, as readers see it. Operators write it elsewhere."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Call
from presage.api.site.options import event_for
from presage.api.site.services import Site, site_of
from presage.api.site.strings import maybe_printed
from presage.site.events import SiteEvent
from presage.units import Micros
from presage.wire.site import events as wire
from presage.wire.site.outside import SponsorReply

DISCLOSURE: Final = "Sponsored"


async def get_sponsor(call: Call[None, None]) -> SponsorReply:
    """Show who sponsors an event's page, if anybody does."""
    event = await event_for(call, call.path["slug"])
    return SponsorReply(sponsor=sponsor_on(site_of(call), event.row, call.at))


def sponsor_on(site: Site, row: SiteEvent, now: Micros) -> wire.Sponsor | None:
    """Who is shown on an event's page at a moment."""
    found = site.sponsors.on(row.id, now)
    if found is None:
        return None
    return wire.Sponsor(
        name=found.name,
        url=found.url,
        logo_url=found.logo_url or None,
        text=found.text,
        disclosure=DISCLOSURE,
        starts_at=maybe_printed(found.starts_at),
        ends_at=maybe_printed(found.ends_at),
    )
