"""Mirroring a trader: beginning, changing and listing it. Workers make the copies themselves.

Whether one may begin is looked at in the writer, so that of tries at once one makes the relation
and the others change it. What was traded before is never copied.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from msgspec import UNSET
from msgspec.structs import replace

from presage.api.http import Reply
from presage.api.registry import Call
from presage.api.site import copy_shapes, ids, pages
from presage.api.site.authors import person_for
from presage.api.site.errors import Refusal, invalid, refuse
from presage.api.site.services import AnyCall, services_of, site_of
from presage.api.site.writing import submit
from presage.domain.ids import MemberId
from presage.feeds.copying import obstacle
from presage.identity.people import Person
from presage.identity.uuids import uuid7
from presage.site import blocks, categories, copies, copy_log, copy_lots
from presage.site.copies import ACTIVE, PAUSED, STOPPED, Relation
from presage.site.copy_log import Line
from presage.site.copy_lots import Lot
from presage.units import CENT, CENT_PRICE, Money
from presage.wire.site import copies as wire

_STATUSES: Final[dict[str, tuple[str, ...]]] = {
    "active": (ACTIVE,),
    "paused": (PAUSED,),
    "stopped": (STOPPED,),
    "all": (ACTIVE, PAUSED, STOPPED),
}


class _Rows(NamedTuple):
    page: list[Relation]
    live: list[Relation]
    lots: dict[str, list[Lot]]
    led: tuple[int, Money]
    log: list[Line]


async def list_copies(call: Call[wire.ListCopies, None]) -> wire.CopiesReply:
    """List whom one mirrors, and what came of it."""
    if not site_of(call).settings.flag("copyTrader"):
        return _switched_off()
    after, member, query = pages.after(call, str), call.caller.member, call.query
    before, limit = "" if after is None else str(after[0]), pages.wanted(call)

    def read(connection: Any) -> _Rows:
        page = copies.page(connection, member, _STATUSES[query.status], limit, before)
        live = copies.live(connection, member)
        wanted = {one.id for one in (*page, *live)}
        return _Rows(
            page,
            live,
            copy_lots.of_relations(connection, sorted(wanted)),
            copies.led(connection, member),
            copy_log.newest(connection, member) if query.log else [],
        )

    rows = await services_of(call).reader.run(read)
    cut = pages.cut(call, rows.page, lambda one: (one.id,))
    count, set_aside = rows.led
    return wire.CopiesReply(
        enabled=True,
        relations=[copy_shapes.relation(call, one, rows.lots[one.id]) for one in cut.rows],
        totals=copy_shapes.totals(call, rows.live, rows.lots),
        leading=wire.Leading(copier_count=count, allocation_cents=set_aside // CENT),
        next_cursor=cut.next_cursor,
        log=[copy_shapes.line(call, one) for one in rows.log] if query.log else None,
    )


def _switched_off() -> wire.CopiesReply:
    return wire.CopiesReply(
        enabled=False,
        relations=[],
        totals=wire.Totals(allocation_cents=0, invested_cents=0, pnl_cents=0),
        leading=wire.Leading(copier_count=0, allocation_cents=0),
        next_cursor=None,
    )


async def copy_trader(call: Call[None, wire.CopyTrader]) -> wire.CopyReply | Reply:
    """Begin to mirror a trader, or change how."""
    member, body = call.caller.member, call.body
    leader = _leader(call, body)
    _check_categories(body)
    services = services_of(call)
    services.copying.join(member, leader.number)
    since = services.gateway.seq
    made: list[tuple[Relation, list[Lot], bool]] = []

    def rows(connection: Any) -> None:
        before = copies.between(connection, member, leader.number)
        wanted = _changed(call, before or _new(call, leader.number), new=before is None)
        begins = wanted.status == ACTIVE and (before is None or before.status != ACTIVE)
        if begins:
            wanted = replace(wanted, since=since, misses=0)
        if begins or before is None:
            _check(connection, wanted, new=before is None)
        copies.put(connection, wanted)
        lots = copy_lots.of_relations(connection, [wanted.id])[wanted.id]
        made.append((wanted, lots, before is None))

    await submit(call, None, rows)
    relation, lots, new = made[-1]
    reply = wire.CopyReply(relation=copy_shapes.relation(call, relation, lots))
    return reply if new else Reply(200, reply)


def _leader(call: AnyCall, body: wire.CopyTrader) -> Person:
    """Who is to be copied. Raises: Refusal."""
    names = [name for name in (body.trader_id, body.username) if name is not None]
    if not names:
        raise invalid("traderId", "is needed, or username")
    found = [person_for(call, name) for name in names]
    if len({one.number for one in found}) > 1:
        raise invalid("username", "is somebody else than traderId")
    if found[0].number == call.caller.member:
        raise invalid("traderId" if body.trader_id is not None else "username", "is you")
    return found[0]


def _check_categories(body: wire.CopyTrader) -> None:
    for slug in body.categories or ():
        if categories.slug_of(slug) != slug:
            raise invalid("categories", "are slugs, such as economics")


def _new(call: AnyCall, leader: MemberId) -> Relation:
    return Relation(
        id=uuid7(call.at),
        copier=call.caller.member,
        leader=leader,
        allocation=0,
        per_trade=0,
        since=0,
        created_at=call.at,
        updated_at=call.at,
    )


def _changed(call: Call[None, wire.CopyTrader], base: Relation, *, new: bool) -> Relation:
    """The relation with what the body names. Raises: Refusal."""
    body = call.body
    if new:
        needed = {
            "allocationCents": body.allocation_cents,
            "maxPerTradeCents": body.max_per_trade_cents,
        }
        for field, value in needed.items():
            if value is UNSET:
                raise invalid(field, "is needed to begin")
    given: dict[str, Any] = {
        "allocation": _money(body.allocation_cents),
        "ratio": body.ratio_bps,
        "per_trade": _money(body.max_per_trade_cents),
        "sells": body.copy_sells,
        "max_loss": _money(body.max_loss_cents),
    }
    if body.max_slippage_cents is not UNSET:
        given["slippage"] = body.max_slippage_cents * CENT_PRICE
    if body.categories is not UNSET:
        given["categories"] = tuple(dict.fromkeys(body.categories or ()))
    if body.paused is not UNSET:
        given["status"] = PAUSED if body.paused else ACTIVE
        if not (body.paused and base.status == PAUSED):
            given["reason"] = ""
    given = {name: value for name, value in given.items() if value is not UNSET}
    return replace(base, **given, updated_at=call.at)


def _money(cents: Any) -> Any:
    """0 for null; UNSET stays."""
    return cents if cents is UNSET else (cents or 0) * CENT


def _check(connection: Any, wanted: Relation, *, new: bool) -> None:
    """May it begin? Raises: Refusal."""
    if blocks.between(connection, wanted.copier, wanted.leader):
        raise refuse("blocked", "You and this member do not see each other.")
    if obstacle(connection, wanted.leader):
        raise _not_allowed()
    if copies.copies_now(connection, wanted.leader, wanted.copier):
        raise refuse("copy_cycle", "This member copies you.")
    if new and len(copies.live(connection, wanted.copier)) >= copies.MOST:
        raise refuse("limit_reached", f"Nobody copies more than {copies.MOST} traders.")


def _not_allowed() -> Refusal:
    return refuse("copying_not_allowed", "This member's trades may not be copied.")


def relation_named(connection: Any, call: AnyCall, id: str | None, leader: MemberId | None) -> Any:
    """The caller's relation with this id, or to this trader if it is not over; None."""
    member = call.caller.member
    if id is None:
        return None if leader is None else copies.between(connection, member, leader)
    row = ids.row_id("cpy", id)
    found = copies.find(connection, row) if row is not None else None
    return found if found is not None and found.copier == member else None
