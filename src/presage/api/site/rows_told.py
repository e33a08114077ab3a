"""What outbox rows say, in the words of the site's answers: names for members, ids for rows.

Each key that is known is printed in one way, whatever the topic; others are for workers and are
left out, so that no number of the inside ever leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from presage.api.ids import Kind
from presage.api.kalshi.services import Services
from presage.api.site import ids
from presage.api.site.money import contracts
from presage.api.site.options import Option
from presage.domain.ids import MarketId, MemberId
from presage.site.outbox import Data

_ROWS: Final = {
    "relation": ("relationId", "cpy"),
    "challenge": ("challengeId", "chl"),
    "tournament": ("tournamentId", "trn"),
    "deposit": ("depositId", "dep"),
    "withdrawal": ("withdrawalId", "wdr"),
}
_MEMBERS: Final = {
    "leader": "trader",
    "creator": "creator",
    "opponent": "opponent",
    "winner": "winner",
}
_PLAIN: Final = {
    "slug": "tournamentSlug",
    "code": "code",
    "status": "status",
    "reason": "reason",
    "players": "players",
    "payoutCents": "payoutCents",
}


def place(option: Option) -> Data:
    """How a message names an option."""
    return {
        "eventSlug": option.event.row.slug,
        "optionId": option.id,
        "optionLabel": option.label,
        "marketTicker": option.card.ticker,
    }


def printed(services: Services, data: Data, options: Mapping[MarketId, Option]) -> Data:
    """All that can be told of a row."""
    told: Data = place(options[data["market"]]) if data.get("market") else {}
    for key, value in data.items():
        told |= _one(services, key, value)
    return told


def _one(services: Services, key: str, value: Any) -> Data:
    if key in _ROWS:
        name, prefix = _ROWS[key]
        return {name: ids.shown(prefix, value)}
    if key in _MEMBERS:
        return {_MEMBERS[key]: _name(services, value)}
    if key in _PLAIN:
        return {_PLAIN[key]: value}
    return _OTHERS[key](services, value) if key in _OTHERS else {}


def _order(services: Services, order: int) -> Data:
    return {"orderId": ids.exchange_id(services.ids, "ord", order, Kind.ORDER) if order else None}


def _ranks(services: Services, ranks: list[list[int]]) -> Data:
    return {
        "ranks": [
            {"username": _name(services, member), "rank": rank, "prizeCents": cents}
            for member, rank, cents in ranks
        ]
    }


def _name(services: Services, member: MemberId) -> str | None:
    person = services.site.people.find(member) if member else None
    return None if person is None else person.username


_OTHERS: Final[Mapping[str, Callable[[Services, Any], Data]]] = {
    "order": _order,
    "quantity": lambda services, count: {"quantity": contracts(count)},
    "action": lambda services, action: {"action": str(action).upper()},
    "ranks": _ranks,
}
