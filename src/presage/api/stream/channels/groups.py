"""order_group_updates: a member's order groups as they begin, are limited, triggered and end."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from presage.api.ids import Kind
from presage.api.kalshi.replies import milliseconds
from presage.api.stream.channels.channel import Batch, Channel
from presage.api.stream.commands import Subscribe
from presage.api.stream.frames import Message, post
from presage.api.stream.subscriptions import Members, Subscription
from presage.api.stream.views import Views
from presage.domain import facts as f
from presage.domain import group_facts as g
from presage.domain.ids import member_of
from presage.units import Micros, format_count
from presage.wire.kalshi.stream import GroupUpdate

GroupFact = g.GroupCreated | g.GroupLimitSet | g.GroupTriggered | g.GroupReset | g.GroupDeleted

_EVENTS: Final[dict[type[f.Fact], str]] = {
    g.GroupCreated: "created",
    g.GroupLimitSet: "limit_updated",
    g.GroupTriggered: "triggered",
    g.GroupReset: "reset",
    g.GroupDeleted: "deleted",
}


class OrderGroups(Channel):
    """The channel."""

    name = "order_group_updates"
    private = True

    def __init__(self, views: Views) -> None:
        super().__init__(views)
        self._readers = Members()

    def open(self, subscription: Subscription, params: Subscribe) -> None:
        self._readers.add(subscription)

    def leave(self, subscription: Subscription) -> None:
        self._readers.leave(subscription)

    def fold(self, batch: Batch) -> None:
        if not self._readers:
            return
        for entry, _ in batch:
            for fact in entry.facts:
                if isinstance(fact, GroupFact):
                    self._tell(fact, entry.at)

    def _tell(self, fact: GroupFact, at: Micros) -> None:
        readers = list(self._readers.of(fact.account, member_of(fact.account)))
        if not readers:
            return
        limit: str | UnsetType = UNSET
        if isinstance(fact, g.GroupCreated | g.GroupLimitSet):
            limit = format_count(fact.limit)
        update = GroupUpdate(
            event_type=_EVENTS[type(fact)],
            order_group_id=self.views.ids.text(fact.group, Kind.GROUP),
            contracts_limit_fp=limit,
            ts_ms=milliseconds(at),
        )
        post(readers, [Message("order_group_updates", update)])
