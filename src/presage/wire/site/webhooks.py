"""Webhooks and what was sent to them, as the site spells them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Page, Shape

Url = Annotated[str, Meta(min_length=1, max_length=4_096)]
Pattern = Annotated[str, Meta(min_length=1, max_length=60)]
Patterns = Annotated[list[Pattern], Meta(min_length=1, max_length=50)]
Description = Annotated[str, Meta(max_length=400)]
Status = Literal["ACTIVE", "DISABLED"]
Why = Literal["MEMBER", "OPERATOR", "GONE", "FAILURES"]


class CreateWebhook(Shape):
    """`events` are types such as `trade.executed`, families such as `challenge.*`, or `*`, which
    stands for all and is what counts when none is named."""

    url: Url
    events: Patterns | None = None
    description: Description = ""


class EditWebhook(Shape):
    """What is not named stays."""

    url: Url | None = None
    events: Patterns | None = None
    description: Description | None = None
    status: Status | None = None


class Webhook(Shape):
    """`disabledReason`: its member, an operator, its own answer 410, or five messages in a row that
    could not be delivered. `lastStatus` is null while nothing has answered. `failureCount` counts
    messages in a row that were given up."""

    id: str
    url: str
    events: list[str]
    description: str
    status: Status
    disabled_reason: Why | None
    secret_last4: str
    failure_count: int
    last_delivery_at: str | None
    last_status: int | None
    created_at: str


class Webhooks(Shape, omit_defaults=True):
    """Oldest first. `enabled` is told when the feature is switched off: then there are none."""

    webhooks: list[Webhook]
    enabled: bool = True


class WebhookReply(Shape):
    webhook: Webhook


class NewWebhookReply(Shape):
    """`secret` is shown now and never again."""

    webhook: Webhook
    secret: str


class ListDeliveries(Page):
    """Of one webhook."""


class Delivery(Shape):
    """One message to one webhook. `attempt` counts the tries, the other fields tell of the last;
    `nextAttemptAt` is null when there will be none."""

    id: str
    message_id: str
    type: str
    attempt: int
    status: Literal["PENDING", "SUCCESS", "FAILED"]
    response_status: int | None
    duration_ms: int | None
    error: str | None
    response_snippet: str | None
    next_attempt_at: str | None
    created_at: str


class DeliveryReply(Shape):
    delivery: Delivery


class Deliveries(Shape, omit_defaults=True):
    """Newest first; kept for 30 days. `enabled` as for webhooks."""

    deliveries: list[Delivery]
    next_cursor: str | None
    enabled: bool = True
