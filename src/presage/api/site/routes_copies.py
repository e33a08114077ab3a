"""The site's lines about mirroring traders."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import copies, copy_stops
from presage.api.site.lines import line
from presage.wire.site import copies as w

_COPYING: Final = Conditions(feature="copyTrader")

COPIES: Final = (
    line("GET /copy-trader", copies.list_copies, w.CopiesReply, query=w.ListCopies),
    line(
        "POST /copy-trader",
        copies.copy_trader,
        w.CopyReply,
        body=w.CopyTrader,
        status=201,
        scope="trade",
        conditions=_COPYING,
    ),
    line(
        "DELETE /copy-trader",
        copy_stops.stop_copying,
        w.StopReply,
        query=w.StopCopying,
        body=w.StopCopyingBody,
        body_optional=True,
        scope="trade",
        conditions=_COPYING,
    ),
)
