"""What was sent to the caller's webhooks, and sending something now: a test, or a message again.

It queues; a worker sends, a moment later.
"""

from __future__ import annotations

from typing import Any

from presage.api.registry import Call
from presage.api.site import ids, pages, webhooks
from presage.api.site.errors import not_found, refuse
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.strings import printed
from presage.api.site.writing import submit
from presage.site import deliveries
from presage.site import webhooks as rows_of
from presage.site.deliveries import PENDING, Delivery
from presage.site.webhooks import ACTIVE, TEST, Webhook
from presage.wire.site import webhooks as wire


async def test_webhook(call: Call[None, None]) -> wire.DeliveryReply:
    """Send a message of the type `webhook.test`."""
    about = {"webhookId": ids.shown("whk", (await webhooks.own(call)).id)}
    made: list[Delivery] = []

    def rows(connection: Any) -> None:
        to = _awake(call, connection)
        made.append(deliveries.tell_one(connection, call.at, to, TEST, about))

    await submit(call, None, rows)
    return wire.DeliveryReply(delivery=_shown(made[-1], waits=True))


async def list_webhook_deliveries(call: Call[wire.ListDeliveries, None]) -> wire.Deliveries:
    """List what was sent to a webhook, newest first."""
    webhook, place = await webhooks.own(call), pages.after(call, str)
    if not site_of(call).settings.flag("webhooks"):
        return wire.Deliveries(deliveries=[], next_cursor=None, enabled=False)
    after, limit = str(place[0]) if place else "", pages.wanted(call)
    found = await services_of(call).reader.run(
        lambda rows: deliveries.page(rows, webhook.id, after, limit)
    )
    page = pages.cut(call, found, lambda one: (one.id,))
    waits = webhook.status == ACTIVE
    return wire.Deliveries(
        deliveries=[_shown(one, waits=waits) for one in page.rows], next_cursor=page.next_cursor
    )


async def redeliver_webhook(call: Call[None, None]) -> wire.DeliveryReply:
    """Send a message again; what is still to be sent is sent now."""
    id = ids.row_id("dlv", call.path["deliveryId"])
    made: list[Delivery] = []

    def rows(connection: Any) -> None:
        to = _awake(call, connection)
        old = deliveries.find(connection, to.id, id) if id else None
        again = None if old is None else deliveries.send_again(connection, to, old, call.at)
        if again is None:
            raise not_found()
        made.append(again)

    await submit(call, None, rows)
    return wire.DeliveryReply(delivery=_shown(made[-1], waits=True))


def _awake(call: AnyCall, connection: Any) -> Webhook:
    """The caller's webhook that the path names, if it is on. Raises: Refusal."""
    id = ids.row_id("whk", call.path["id"])
    found = rows_of.find(connection, id, call.caller.member) if id else None
    if found is None:
        raise not_found()
    if found.status != ACTIVE:
        raise refuse("conflict", "This webhook is switched off.")
    return found


def _shown(one: Delivery, *, waits: bool) -> wire.Delivery:
    tried = one.attempt > 0
    return wire.Delivery(
        id=ids.shown("dlv", one.id),
        message_id=ids.shown("msg", one.message),
        type=one.type,
        attempt=one.attempt,
        status=one.status,  # type: ignore[arg-type]  # one of the three
        response_status=one.response_status or None,
        duration_ms=one.duration_ms if tried else None,
        error=one.error or None,
        response_snippet=one.snippet or None,
        next_attempt_at=printed(one.due_at) if waits and one.status == PENDING else None,
        created_at=printed(one.created_at),
    )
