"""The operators' routes about members' webhooks."""

from __future__ import annotations

from typing import Final

from presage.api.admin import webhooks
from presage.api.admin.lines import get, write
from presage.wire.admin import webhooks as w

WEBHOOKS: Final = (
    get(
        "ListAllWebhooks", "/webhooks", webhooks.list_all_webhooks, w.AllWebhooks, w.ListAllWebhooks
    ),
    write(
        "POST",
        "DisableWebhook",
        "/webhooks/{webhook_id}/disable",
        webhooks.disable_webhook,
        w.DisableWebhook,
        w.WebhookDone,
    ),
)
