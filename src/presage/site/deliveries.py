"""What is sent to endpoints: messages, and of each one delivery to every endpoint that wants it.

A delivery is one row, from the moment it is queued to its last try; the rows are the log as well.
Messages about one member are queued in the submission of what they tell; those that everybody may
hear go round the endpoints a few hundred at a time. When to try again is decided in `attempts.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy
from msgspec.structs import replace
from sqlalchemy import BigInteger, Column, Connection, Index, Integer, Text, delete, func, select

from presage.domain.ids import MemberId
from presage.site import webhooks
from presage.site.webhooks import ACTIVE, NEVER, Webhook
from presage.storage import kept
from presage.storage.uuids import uuid7
from presage.units import SECOND, Micros

PENDING: Final = "PENDING"
SUCCESS: Final = "SUCCESS"
FAILED: Final = "FAILED"
MOST_QUEUED: Final = 10_000
"""Deliveries that wait for one endpoint."""
KEPT: Final[Micros] = 30 * 86_400 * SECOND
MOST_BODY: Final = 20_000
"""Bytes of a message."""
_LONGEST_TEXT: Final = 1_000
_MOST_ITEMS: Final = 100
_AROUND: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

messages = kept.kept_table(
    "webhook_messages",
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
Index("webhook_messages_by_created_at", messages.c.created_at)

deliveries = kept.kept_table(
    "webhook_deliveries",
    Column("webhook", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("member", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("response_status", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("error", Text, nullable=False),
    Column("snippet", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
_d = deliveries.c
Index("webhook_deliveries_due", _d.webhook, _d.status, _d.due_at)
Index("webhook_deliveries_waiting", _d.webhook, _d.status, _d.id)
Index("webhook_deliveries_by_created_at", _d.created_at)

rounds = kept.kept_table(
    "webhook_rounds",
    Column("message", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("after", Text, nullable=False),
)

Data = dict[str, Any]


class Message(msgspec.Struct, frozen=True):
    """`body` is sent as it stands, every time. `member` 0: it is about nobody."""

    id: str
    member: MemberId
    type: str
    body: str
    created_at: Micros


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one endpoint. `attempt` counts the tries; `response_status` 0: no answer to
    the last of them. `due_at` is the next one's time while it is PENDING."""

    id: str
    webhook: str
    member: MemberId
    message: str
    type: str
    attempt: int = 0
    status: str = PENDING
    response_status: int = 0
    duration_ms: int = 0
    error: str = ""
    snippet: str = ""
    due_at: Micros
    created_at: Micros


class Round(msgspec.Struct, frozen=True):
    """A message on its way to everybody; endpoints up to the id `after` have it."""

    message: str
    type: str
    at: Micros
    after: str = ""


def tell(connection: Connection, at: Micros, member: MemberId, type: str, data: Data) -> None:
    """Send a member a message, in the submission of what it tells: to each endpoint that wants it.
    `data` is what the API shows of it."""
    assert type in webhooks.TYPES, f"{type} is no type of message"
    wanted = [
        one
        for one in webhooks.of_member(connection, member)
        if one.status == ACTIVE and one.wants(type)
    ]
    if wanted:
        message = _write(connection, at, member, type, data)
        for one in wanted:
            queue(connection, one, message, type, at)


def tell_one(connection: Connection, at: Micros, one: Webhook, type: str, data: Data) -> Delivery:
    """Send a message to one endpoint, whatever it wants to hear."""
    message = _write(connection, at, one.member, type, data)
    return queue(connection, one, message, type, at)


def tell_all(connection: Connection, at: Micros, type: str, data: Data) -> None:
    """Send everybody who wants it a message about what everybody may know."""
    assert type in webhooks.TYPES, f"{type} is no type of message"
    message = _write(connection, at, 0, type, data)
    kept.insert(connection, rounds, msgspec.structs.asdict(Round(message, type, at)))


def first_round(connection: Connection) -> Round | None:
    """The oldest that is not over."""
    query = select(rounds).order_by(rounds.c.message).limit(1)
    return next((Round(**row) for row in kept.read(connection, query, rounds)), None)


def go_round(connection: Connection, one: Round) -> None:
    """Bring it to the next few hundred endpoints, unless somebody else did."""
    if first_round(connection) != one:
        return
    some = webhooks.active(connection, one.after, _AROUND)
    for webhook in some:
        if webhook.wants(one.type):
            queue(connection, webhook, one.message, one.type, one.at)
    if len(some) == _AROUND:
        kept.replace(connection, rounds, msgspec.structs.asdict(replace(one, after=some[-1].id)))
    else:
        connection.execute(delete(rounds).where(rounds.c.message == one.message))


def queue(connection: Connection, to: Webhook, message: str, type: str, at: Micros) -> Delivery:
    """One delivery more, due at once. When too many wait, the oldest is given up."""
    if to.queued >= MOST_QUEUED:
        to = _give_up_oldest(connection, to)
    made = Delivery(
        id=uuid7(at),
        webhook=to.id,
        member=to.member,
        message=message,
        type=type,
        due_at=at,
        created_at=at,
    )
    kept.insert(connection, deliveries, msgspec.structs.asdict(made))
    next_at = max(min(to.next_at, at), to.paused_until)
    webhooks.put(connection, replace(to, queued=to.queued + 1, next_at=next_at))
    return made


def send_again(connection: Connection, to: Webhook, old: Delivery, now: Micros) -> Delivery | None:
    """The message once more, with all its tries. What still waits is due at once instead. None: the
    message is not kept any more."""
    waiting = old if old.status == PENDING else _waiting(connection, to.id, old.message)
    if waiting is None:
        if message(connection, old.message) is None:
            return None
        return queue(connection, to, old.message, old.type, now)
    sooner = replace(waiting, due_at=min(waiting.due_at, now))
    put(connection, sooner)
    webhooks.put(connection, replace(to, next_at=max(min(to.next_at, now), to.paused_until)))
    return sooner


def find(connection: Connection, webhook: str, id: str) -> Delivery | None:
    """One to this endpoint."""
    query = select(deliveries).where(_d.webhook == webhook, _d.id == id)
    return next(iter(_read(connection, query)), None)


def put(connection: Connection, delivery: Delivery) -> None:
    """Write one over what it was."""
    kept.replace(connection, deliveries, msgspec.structs.asdict(delivery))


def message(connection: Connection, id: str) -> Message | None:
    """A message, by its id."""
    query = select(messages).where(messages.c.id == id)
    return next((Message(**row) for row in kept.read(connection, query, messages)), None)


def due(connection: Connection, webhook: str, now: Micros, limit: int) -> list[Delivery]:
    """What is to be sent to an endpoint now, in the order of its time."""
    query = select(deliveries).where(_d.webhook == webhook, _d.status == PENDING, _d.due_at <= now)
    return _read(connection, query.order_by(_d.due_at, _d.id).limit(limit))


def first_due(connection: Connection, webhook: str) -> Micros:
    """When something is next to be sent to an endpoint."""
    query = select(func.min(_d.due_at)).where(_d.webhook == webhook, _d.status == PENDING)
    found = connection.execute(query).scalar()
    return NEVER if found is None else found


def page(connection: Connection, webhook: str, after: str, limit: int) -> list[Delivery]:
    """The log of an endpoint, newest first, older than the id `after`."""
    query = select(deliveries).where(_d.webhook == webhook)
    if after:
        query = query.where(_d.id < after)
    return _read(connection, query.order_by(_d.id.desc()).limit(limit))


def forget(connection: Connection, before: Micros, limit: int) -> int:
    """Take away up to `limit` deliveries, and messages, that are older; how many of whichever there
    were more. What waits is waited for no more."""
    query = select(deliveries).where(_d.created_at < before).order_by(_d.created_at).limit(limit)
    old = _read(connection, query)
    for one in old:
        _take_away(connection, one)
    m = messages.c
    query = select(m.id).where(m.created_at < before).order_by(m.created_at).limit(limit)
    ids = [row[0] for row in connection.execute(query)]
    connection.execute(delete(messages).where(m.id.in_(ids)))
    return max(len(old), len(ids))


def forget_deleted(connection: Connection, limit: int) -> bool:
    """Take away up to `limit` deliveries of an endpoint that was deleted, and in the end its mark;
    False: there was none."""
    webhook = webhooks.deleted(connection)
    if webhook is None:
        return False
    query = select(_d.id).where(_d.webhook == webhook).limit(limit)
    some = [row[0] for row in connection.execute(query)]
    connection.execute(delete(deliveries).where(_d.webhook == webhook, _d.id.in_(some)))
    if len(some) < limit:
        webhooks.forget(connection, webhook)
    return True


def _take_away(connection: Connection, one: Delivery) -> None:
    connection.execute(delete(deliveries).where(_d.webhook == one.webhook, _d.id == one.id))
    to = webhooks.find(connection, one.webhook) if one.status == PENDING else None
    if to is not None:
        next_at = max(first_due(connection, to.id), to.paused_until)
        webhooks.put(connection, replace(to, queued=max(0, to.queued - 1), next_at=next_at))


def _give_up_oldest(connection: Connection, to: Webhook) -> Webhook:
    query = select(deliveries).where(_d.webhook == to.id, _d.status == PENDING)
    for one in _read(connection, query.order_by(_d.id).limit(1)):
        error = f"dropped: more than {MOST_QUEUED} were waiting"
        put(connection, replace(one, status=FAILED, error=error))
    return replace(to, queued=to.queued - 1)


def _waiting(connection: Connection, webhook: str, message: str) -> Delivery | None:
    query = select(deliveries).where(_d.webhook == webhook, _d.status == PENDING)
    return next(iter(_read(connection, query.where(_d.message == message).limit(1))), None)


def _write(connection: Connection, at: Micros, member: MemberId, type: str, data: Data) -> str:
    happened = (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="milliseconds")
    told = {"type": type, "timestamp": happened.replace("+00:00", "Z"), "data": _short(data)}
    body = msgspec.json.encode(told)
    if len(body) > MOST_BODY:
        body = msgspec.json.encode(told | {"data": {"truncated": True}})
    row = Message(uuid7(at), member, type, body.decode(), at)
    kept.insert(connection, messages, msgspec.structs.asdict(row))
    return row.id


def _short(value: Any) -> Any:
    """The same with long texts and lists cut off."""
    match value:
        case str():
            return value if len(value) <= _LONGEST_TEXT else value[: _LONGEST_TEXT - 1] + "…"
        case dict():
            return {name: _short(one) for name, one in value.items()}
        case list() | tuple():
            return [_short(one) for one in value[:_MOST_ITEMS]]
        case _:
            return value


def _read(connection: Connection, query: sqlalchemy.Select[Any]) -> list[Delivery]:
    return [Delivery(**row) for row in kept.read(connection, query, deliveries)]
