"""What members are told: one row each, newest first; likes of one thing are one row that counts.

Whoever wants a member told says so in the outbox (`tell`); a worker writes the row. Members mark
rows as read; after 180 days they are gone.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    Select,
    Text,
    bindparam,
    delete,
    func,
    select,
)

from presage.domain.ids import MemberId
from presage.site import outbox, webhooks
from presage.storage import kept
from presage.units import Micros

NOTIFY: Final = "notify"
CREATED: Final = "notification.created"
_TOLD: Final = 1_000
"""Characters of a body that the outbox repeats."""
TYPES_TEXT: Final = """
ORDER_FILLED ORDER_EXPIRED ORDER_CANCELLED PROTECTION_TRIGGERED EVENT_CLOSING EVENT_CLOSED
EVENT_RESOLVED POSITION_SETTLED EVENT_DISPUTED DISPUTE_DECIDED EVENT_VOIDED EVENT_CLARIFIED
PRICE_ALERT NEW_FOLLOWER POST_LIKED POST_COMMENTED MENTION COPY_EXECUTED COPY_SKIPPED COPY_PAUSED
CHALLENGE_RECEIVED CHALLENGE_ACCEPTED CHALLENGE_SETTLED CHALLENGE_EXPIRED TOURNAMENT_STARTED
TOURNAMENT_ENDED TOURNAMENT_PRIZE BADGE_EARNED LEVEL_UP STREAK_BONUS REFERRAL_QUALIFIED
SUGGESTION_DECIDED REPORT_DECIDED MODERATION_ACTION FUNDS_ISSUED DEPOSIT_CONFIRMED DEPOSIT_FAILED
DEPOSIT_REVERSED WITHDRAWAL_REQUESTED WITHDRAWAL_APPROVED WITHDRAWAL_REJECTED WITHDRAWAL_PAID
WEBHOOK_DISABLED SECURITY
"""
TYPES: Final = tuple(TYPES_TEXT.split())
ALWAYS: Final = frozenset(
    one for one in TYPES if one == "SECURITY" or one.startswith(("FUNDS", "DEPOSIT", "WITHDRAWAL"))
)
"""Those that nobody can switch off."""

notifications = kept.kept_table(
    "notifications",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("notifications_by_member", notifications.c.member, notifications.c.id)
Index("notifications_unread", notifications.c.member, notifications.c.read_at)
Index("notifications_by_created_at", notifications.c.created_at)

_n = notifications.c

_UNREAD: Final = select(func.count()).where(_n.member == bindparam("of"), _n.read_at == 0)


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is a path of the site. Those with the same `bundle` become one while it is unread,
    which counts them."""

    id: str
    member: MemberId
    type: str
    title: str
    body: str = ""
    url: str = ""
    data: dict[str, Any] = {}
    bundle: str = ""
    count: int = 1
    read_at: Micros = 0
    created_at: Micros


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
    bundle: str = "",
    **data: Any,
) -> None:
    """Have a member told, in the submission of what there is to tell. `{who}` in the title becomes
    `who`, or "ada and 3 others" when several of one bundle are told as one."""
    assert type in TYPES, f"{type} is no type of notification"
    told: outbox.Data = {"type": type, "title": title, "body": body, "url": url}
    told |= {"who": who, "bundle": bundle, "data": data}
    outbox.add(connection, at, NOTIFY, member, told)


def add(connection: Connection, told: Notification, who: str = "") -> Notification:
    """Write one; an unread one of its bundle is taken up into it."""
    same = (_n.member == told.member) & (_n.bundle == told.bundle) & (_n.read_at == 0)
    before = _read(connection, select(notifications).where(same)) if told.bundle else []
    for one in before:
        _take_away(connection, [one.id])
    count = 1 + sum(one.count for one in before)
    others = f" and {count - 1} other{'s' * (count > 2)}" if count > 1 else ""
    title = told.title.replace("{who}", who + others)
    written = msgspec.structs.replace(told, title=title, count=count)
    kept.insert(connection, notifications, _row(written))
    if any(one.wants(CREATED) for one in webhooks.of_member(connection, told.member)):
        about: outbox.Data = {
            "id": written.id,
            "type": written.type,
            "title": title,
            "url": written.url,
        }
        about |= {"body": written.body[:_TOLD], "data": written.data}
        outbox.add(connection, told.created_at, CREATED, told.member, about)
    return written


def page(
    connection: Connection, member: MemberId, after: str, limit: int, *, unread: bool, type: str
) -> list[Notification]:
    """A member's, newest first, older than the id `after`."""
    asked = {"of": member, "after": after, "kind": type, "most": limit}
    return _read(connection, _page(bool(after), unread, bool(type)), asked)


@cache
def _page(after: bool, unread: bool, type: bool) -> Select[Any]:
    query = select(notifications).where(_n.member == bindparam("of"))
    if after:
        query = query.where(_n.id < bindparam("after"))
    if unread:
        query = query.where(_n.read_at == 0)
    if type:
        query = query.where(_n.type == bindparam("kind"))
    return query.order_by(_n.id.desc()).limit(bindparam("most"))


def unread(connection: Connection, member: MemberId) -> int:
    """How many a member has not read."""
    return int(connection.execute(_UNREAD, {"of": member}).scalar_one())


def mark_read(connection: Connection, member: MemberId, id: str, at: Micros) -> int | None:
    """Mark one as read; how many were unread, None: the member has no such one."""
    mine = _read(connection, select(notifications).where(_n.id == id, _n.member == member))
    if not mine:
        return None
    return kept.change(connection, notifications, (_n.id == id) & (_n.read_at == 0), read_at=at)


def mark_some_read(connection: Connection, member: MemberId, at: Micros, limit: int) -> int:
    """Mark up to `limit` as read; how many."""
    query = select(_n.id).where(_n.member == member, _n.read_at == 0).limit(limit)
    some = [row[0] for row in connection.execute(query)]
    return kept.change(connection, notifications, _n.id.in_(some), read_at=at) if some else 0


def forget(connection: Connection, before: Micros, limit: int) -> int:
    """Take away up to `limit` of those that are older; how many."""
    query = select(_n.id).where(_n.created_at < before).order_by(_n.created_at).limit(limit)
    old = [row[0] for row in connection.execute(query)]
    _take_away(connection, old)
    return len(old)


def _take_away(connection: Connection, some: list[str]) -> None:
    if some:
        connection.execute(delete(notifications).where(_n.id.in_(some)))


def _row(told: Notification) -> kept.Row:
    row = msgspec.structs.asdict(told)
    return row | {"data": msgspec.json.encode(told.data).decode()}


def _read(connection: Connection, query: Any, asked: kept.Row | None = None) -> list[Notification]:
    return [
        Notification(**(row | {"data": msgspec.json.decode(row["data"])}))
        for row in kept.read(connection, query, notifications, asked)
    ]
