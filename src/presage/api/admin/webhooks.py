"""Members' webhooks, for operators: all of them, how much waits, and switching one off."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from presage.api.admin.writing import AnyCall, services_of, write
from presage.api.registry import Call
from presage.api.site import ids, pages
from presage.api.site.errors import not_found
from presage.api.site.strings import printed
from presage.api.site.webhooks import words
from presage.site import attempts, webhooks
from presage.site.webhooks import ACTIVE, BY_OPERATOR, Webhook
from presage.wire.admin import webhooks as wire


async def list_all_webhooks(call: Call[wire.ListAllWebhooks, None]) -> wire.AllWebhooks:
    """List all webhooks, newest first, and how many messages wait."""
    place, limit, status = pages.after(call, str), pages.wanted(call), call.query.status
    after = str(place[0]) if place else ""

    def read(connection: Any) -> tuple[list[Webhook], int]:
        found = webhooks.page(connection, after, limit, status)
        return found, webhooks.backlog(connection)

    found, backlog = await services_of(call).reader.run(read)
    page = pages.cut(call, found, lambda one: (one.id,))
    return wire.AllWebhooks(
        webhooks=[_shown(call, one) for one in page.rows],
        backlog=backlog,
        next_cursor=page.next_cursor,
    )


async def disable_webhook(call: Call[None, wire.DisableWebhook]) -> wire.WebhookDone:
    """Switch a webhook off; its member is told."""
    id = ids.row_id("whk", call.path["webhook_id"])
    if id is None:
        raise not_found()
    done: list[Webhook] = []

    def then(connection: Any, audit: int) -> None:
        was = webhooks.find(connection, id)
        if was is None:
            raise not_found()
        if was.status == ACTIVE:
            attempts.disable(connection, was, BY_OPERATOR, call.at)
        elif was.why != BY_OPERATOR:
            webhooks.put(connection, replace(was, why=BY_OPERATOR))
        after = webhooks.find(connection, id)
        assert after is not None, "it was found just now"
        done.append(after)

    written = await write(call, "webhook.disable", ids.shown("whk", id), then)
    return wire.WebhookDone(webhook=_shown(call, done[-1]), audit_id=written.audit_id)


def _shown(call: AnyCall, one: Webhook) -> wire.OwnedWebhook:
    person = services_of(call).site.people.find(one.member)
    return wire.OwnedWebhook(
        **words(one),
        user_id=ids.shown("usr", person.id) if person else None,
        username=person.username if person else None,
        queued=one.queued,
        paused_until=printed(one.paused_until) if one.paused_until > call.at else None,
    )
