"""Members' webhooks as operators see them: addresses and how they do, never a secret."""

from __future__ import annotations

from presage.wire.admin.moderation import Write
from presage.wire.site.common import Page, Shape
from presage.wire.site.webhooks import Status, Webhook


class ListAllWebhooks(Page):
    status: Status | None = None


class OwnedWebhook(Webhook):
    """`queued` messages wait for it; it has asked for none until `pausedUntil`."""

    user_id: str | None
    username: str | None
    queued: int
    paused_until: str | None


class AllWebhooks(Shape):
    """Newest first; `backlog` are the messages that wait for all of them."""

    webhooks: list[OwnedWebhook]
    backlog: int
    next_cursor: str | None


class DisableWebhook(Write):
    """Its member is told, and cannot switch it on again."""


class WebhookDone(Shape):
    webhook: OwnedWebhook
    audit_id: int
