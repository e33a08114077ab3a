"""Notes and notifications: nobody else's business."""

from __future__ import annotations

from typing import Any, Final

from presage.api.ids import Kind
from presage.api.site import ids
from presage.identity.uuids import uuid7
from presage.site import notifications
from presage.site.notifications import Notification
from tests.api.ownership.cases_kalshi import ticker
from tests.api.ownership.matrix import Case, owned
from tests.api.ownership.parties import Party
from tests.api.site.trading import number_of, place
from tests.api.site.world import World


def note(world: World, party: Party) -> str:
    made = party.site.call("POST", "/api/me/trade-notes", {"body": "of the matrix"})
    return str(made.json["note"]["id"])


def notification(world: World, party: Party) -> str:
    id, at = uuid7(world.now), world.now
    told = Notification(
        id=id, member=number_of(party.site), type="SECURITY", title="A key", created_at=at
    )

    def rows(connection: Any) -> None:
        notifications.add(connection, told)

    world.do(world.running.services.gateway.submit(None, rows))
    return ids.shown("ntf", id)


def trade(world: World, party: Party) -> str:
    order = place(party.site, ticker(world, party), 0, 100).facts[0].order  # type: ignore[union-attr]
    return ids.exchange_id(world.running.services.ids, "trd", order, Kind.ORDER)


CASES: Final[dict[str, Case]] = {
    "DeleteTradeNote": owned(note, where="query"),
    "ListTradeNotes": owned(trade, where="query", name="tradeId"),
    "MarkNotificationsRead": owned(notification, where="body"),
    "WriteTradeNote": owned(note, where="body", body={"body": "changed"}, success=200),
}
