"""Webhooks and what was sent to them."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.matrix import Case, owned
from tests.api.ownership.parties import Party
from tests.api.site.hooking import AWAY, subscribe, try_out
from tests.api.site.world import World


def webhook(world: World, party: Party) -> str:
    """One of few: the one of the try before is deleted."""
    world.set("WEBHOOK_TESTS_PER_HOUR", 0)
    for old in party.site.get("/api/me/webhooks")["webhooks"]:
        if old["description"] == "of the matrix":
            party.site.call("DELETE", f"/api/me/webhooks?id={old['id']}")
    made = subscribe(party.site, AWAY, description="of the matrix")
    return str(made["id"])


def delivery(world: World, party: Party) -> tuple[str, str]:
    id = webhook(world, party)
    return id, str(try_out(party.site, {"id": id})["id"])


CASES: Final[dict[str, Case]] = {
    "DeleteWebhook": owned(webhook, where="query"),
    "EditWebhook": owned(webhook, body={"description": "of the matrix"}),
    "TestWebhook": owned(webhook),
    "RotateWebhookSecret": owned(webhook),
    "ListWebhookDeliveries": owned(webhook),
    "RedeliverWebhook": owned(delivery),
}
