"""The site's lines about members' webhooks."""

from __future__ import annotations

from typing import Final

from presage.api.registry import Conditions
from presage.api.site import deliveries, webhooks
from presage.api.site.lines import line
from presage.wire.site import webhooks as w
from presage.wire.site.accounts import Deleted, Which

_ON: Final = Conditions(feature="webhooks")
_AT: Final = "/me/webhooks/{id}"

WEBHOOKS: Final = (
    line("GET /me/webhooks", webhooks.list_webhooks, w.Webhooks),
    line(
        "POST /me/webhooks",
        webhooks.create_webhook,
        w.NewWebhookReply,
        body=w.CreateWebhook,
        status=201,
        scope="social",
        conditions=_ON,
    ),
    line(
        "DELETE /me/webhooks",
        webhooks.delete_webhook,
        Deleted,
        query=Which,
        body=Which,
        body_optional=True,
        scope="social",
        conditions=Conditions(while_suspended=True),
    ),
    line(
        f"PATCH {_AT}",
        webhooks.edit_webhook,
        w.WebhookReply,
        body=w.EditWebhook,
        scope="social",
        conditions=_ON,
    ),
    line(
        f"POST {_AT}/test",
        deliveries.test_webhook,
        w.DeliveryReply,
        scope="social",
        conditions=Conditions(feature="webhooks", cap="webhook_test"),
    ),
    line(
        f"POST {_AT}/rotate-secret",
        webhooks.rotate_webhook_secret,
        w.NewWebhookReply,
        scope="social",
        conditions=_ON,
    ),
    line(
        f"GET {_AT}/deliveries",
        deliveries.list_webhook_deliveries,
        w.Deliveries,
        query=w.ListDeliveries,
    ),
    line(
        f"POST {_AT}/deliveries/{{deliveryId}}/redeliver",
        deliveries.redeliver_webhook,
        w.DeliveryReply,
        scope="social",
        conditions=_ON,
    ),
)
