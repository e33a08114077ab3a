"""What follows from a try to deliver: done, again later, given up, or the endpoint disabled.

Ten tries over three days; an endpoint that says it has too much to do is left alone as long as it
asks. One that is gone, or for which five messages in a row came to nothing, is disabled and its
member told. Nothing here sends.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from presage.site import deliveries, notifications, webhooks
from presage.site.deliveries import FAILED, PENDING, SUCCESS, Delivery
from presage.site.webhooks import ACTIVE, DISABLED, FAILURES, GONE, NEVER, Webhook
from presage.units import SECOND, Micros

WAITS: Final[tuple[Micros, ...]] = tuple(
    seconds * SECOND for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""After the first try, the second ...; after the last there is none."""
JITTER: Final = 20
"""Percent by which a wait may be longer or shorter, so that not all come back at once."""
FAILED_IN_A_ROW: Final = 5
LONGEST_PAUSE: Final[Micros] = 86_400 * SECOND
SNIPPET: Final = 1_024
_BUSY: Final = frozenset({429, 502, 503, 504})
_GONE: Final = 410
_PAUSE: Final[Micros] = 60 * SECOND
"""For who is busy and does not say how long."""


class Attempt(msgspec.Struct, frozen=True):
    """What came of a try. `status` 0: no answer, `error` says why; `spread` is the percentage of
    the planned wait that this one takes."""

    status: int = 0
    error: str = ""
    body: bytes = b""
    retry_after: str = ""
    duration_ms: int = 0
    spread: int = 100


def note(
    connection: Connection, webhook: str, delivery: str, attempt: Attempt, now: Micros
) -> None:
    """Write down what came of a try; both rows may have changed, or gone, while it was made."""
    to = webhooks.find(connection, webhook)
    was = deliveries.find(connection, webhook, delivery)
    if to is None or was is None or was.status != PENDING:
        return
    paused = max(to.paused_until, now + _pause(attempt, now)) if _is_busy(attempt) else 0
    after = _after(was, attempt, now, paused)
    deliveries.put(connection, after)
    over = after.status != PENDING
    failures = 0 if after.status == SUCCESS else to.failures + (after.status == FAILED)
    changed = replace(
        to,
        failures=failures,
        queued=to.queued - over,
        paused_until=paused or to.paused_until,
        last_at=now,
        last_status=attempt.status,
        last_ok=int(_is_good(attempt)),
    )
    next_at = max(deliveries.first_due(connection, webhook), changed.paused_until)
    webhooks.put(connection, replace(changed, next_at=next_at))
    if to.status == ACTIVE and attempt.status == _GONE:
        disable(connection, replace(changed, next_at=next_at), GONE, now)
    elif to.status == ACTIVE and failures >= FAILED_IN_A_ROW:
        disable(connection, replace(changed, next_at=next_at), FAILURES, now)


def disable(connection: Connection, webhook: Webhook, why: str, now: Micros) -> None:
    """Send it nothing more, and tell its member."""
    webhooks.put(connection, replace(webhook, status=DISABLED, why=why))
    notifications.tell(
        connection,
        now,
        webhook.member,
        "WEBHOOK_DISABLED",
        "A webhook was switched off",
        f"{_REASONS[why]} Its address is {webhook.url[:200]}",
        url="/settings/webhooks",
        webhookId=f"whk_{webhook.id.replace('-', '')}",
        reason=why,
    )


def enabled(connection: Connection, webhook: Webhook) -> Webhook:
    """As it is when it is switched on again: what waits is sent."""
    first = deliveries.first_due(connection, webhook.id) if webhook.queued else NEVER
    return replace(webhook, status=ACTIVE, why="", failures=0, paused_until=0, next_at=first)


_REASONS: Final = {
    GONE: "It answered that it is gone.",
    FAILURES: f"{FAILED_IN_A_ROW} messages in a row could not be delivered.",
    webhooks.BY_OPERATOR: "An operator has done it.",
}


def _after(was: Delivery, attempt: Attempt, now: Micros, paused: Micros) -> Delivery:
    tries = was.attempt + 1
    status, due = PENDING, was.due_at
    if _is_good(attempt):
        status = SUCCESS
    elif attempt.status == _GONE or tries > len(WAITS):
        status = FAILED
    else:
        due = max(now + WAITS[tries - 1] * attempt.spread // 100, paused)
    return replace(
        was,
        attempt=tries,
        status=status,
        response_status=attempt.status,
        duration_ms=attempt.duration_ms,
        error=attempt.error,
        snippet=_readable(attempt.body),
        due_at=due,
    )


def _is_good(attempt: Attempt) -> bool:
    return 200 <= attempt.status < 300


def _is_busy(attempt: Attempt) -> bool:
    return attempt.status in _BUSY


def _pause(attempt: Attempt, now: Micros) -> Micros:
    """How long a busy endpoint wants to be left alone: seconds, or a date."""
    text = attempt.retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * SECOND, LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return _PAUSE
    seconds = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    return max(0, min(seconds * SECOND - now, LONGEST_PAUSE))


def _readable(body: bytes) -> str:
    text = body[:SNIPPET].decode("utf-8", "replace")
    return "".join(mark if mark.isprintable() or mark == "\n" else " " for mark in text)
