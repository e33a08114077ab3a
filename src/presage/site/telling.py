"""What a member is to be told: an outbox row that the worker of notifications reads.

`{who}` in a title becomes `who`, or "ada and 3 others" when several of one group are told as one.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from presage.domain.ids import MemberId
from presage.site import outbox
from presage.units import Micros

NOTIFY: Final = "notify"


def tell(
    connection: Connection,
    at: Micros,
    member: MemberId,
    type: str,
    title: str,
    body: str = "",
    url: str = "",
    *,
    who: str = "",
    group: str = "",
    **data: Any,
) -> None:
    """Have a member told, in the submission of what there is to tell."""
    told: outbox.Data = {"type": type, "title": title, "body": body, "url": url}
    told |= {"who": who, "group": group, "data": data}
    outbox.add(connection, at, NOTIFY, member, told)
