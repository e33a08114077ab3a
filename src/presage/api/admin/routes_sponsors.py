"""The operator API's lines about sponsors."""

from __future__ import annotations

from typing import Final

from presage.api.admin import sponsors
from presage.api.admin.lines import get, write
from presage.wire.admin import sponsors as w
from presage.wire.admin.common import Done
from presage.wire.admin.events import Act

_ONE: Final = "/sponsors/{id}"

SPONSORS: Final = (
    get("ListSponsors", "/sponsors", sponsors.list_sponsors, w.SponsorList, w.ListSponsors),
    write(
        "POST",
        "CreateSponsor",
        "/sponsors",
        sponsors.create_sponsor,
        w.PutSponsor,
        w.SponsorDone,
        201,
    ),
    write("PATCH", "ChangeSponsor", _ONE, sponsors.change_sponsor, w.ChangeSponsor, w.SponsorDone),
    write("DELETE", "DeleteSponsor", _ONE, sponsors.delete_sponsor, Act, Done),
)
