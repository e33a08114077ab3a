"""`presage admin ...`: what operators do, over the operator API of a running exchange."""

from __future__ import annotations

from typing import Annotated, Any

from cyclopts import App, Parameter

from presage.cli import calendar, catalog, historical
from presage.cli.listings import event, series
from presage.cli.markets import market
from presage.cli.members import key, member
from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import print_fields, print_json, print_rows, show
from presage.cli.shards import shard
from presage.cli.users import invite, setting, user

admin = App(name="admin", help="Run an exchange: members, markets, switches, records.")
exchange = App(name="exchange", help="The exchange's two switches.")
order = App(name="order", help="What became of an order.")
audit = App(name="audit", help="What operators did.")

for group in (
    *(member, key, series, event, market, exchange, order, audit, shard),
    *(user, setting, invite),
    *catalog.GROUPS,
    *calendar.GROUPS,
    *historical.GROUPS,
):
    admin.command(group)


@admin.command
def overview(*, read: Read = READ) -> None:
    """Show counts, money and switches."""
    show(read.json, read.get("/overview"))


@exchange.command
def pause(
    *,
    exchange: Annotated[bool, Parameter(negative="")] = False,
    write: Write = WRITE,
) -> None:
    """Stop trading; with --exchange nothing at all is taken any more."""
    body = {"exchange_active": False, "trading_active": False} if exchange else {}
    show(write.json, write.send("POST", "/exchange/pause", **body))


@exchange.command
def resume(*, write: Write = WRITE) -> None:
    """Turn both switches on."""
    show(write.json, write.send("POST", "/exchange/resume"))


@order.command(name="audit")
def order_audit(id: str, *, read: Read = READ) -> None:
    """Show the whole life of one order, from the journal."""
    entries: list[dict[str, Any]] = []
    after: int | None = None
    while True:
        answer = read.get(f"/orders/{id}/audit", after=after)
        entries += answer["entries"]
        after = answer["next_seq"]
        if after is None:
            break
    if read.json:
        print_json(answer | {"entries": entries})
        return
    rows = [
        {
            "seq": entry["seq"],
            "at": entry["at"],
            "command": entry["command"],
            "fact": fact["fact"],
            "says": {k: v for k, v in fact.items() if k in _TOLD and v not in (None, "")},
        }
        for entry in entries
        for fact in entry["facts"]
    ]
    print_rows(rows, ("seq", "at", "command", "fact", "says"))


_TOLD = frozenset({"market", "side", "price", "count", "remaining", "by", "reason", "trade"})


@audit.command(name="log")
def log(*, subject: str | None = None, limit: int = 50, read: Read = READ) -> None:
    """Show the newest acts, all of them or those about one ticker, member or key."""
    answer = read.get("/audit", subject=subject, limit=limit)
    if read.json:
        print_json(answer)
    else:
        print_rows(answer["rows"], ("id", "at", "actor", "action", "subject", "reason", "params"))


@audit.command(name="verify")
def verify(*, read: Read = READ) -> int:
    """Check that no row of the audit log was changed or lost."""
    answer = read.get("/audit/verify")
    if read.json:
        print_json(answer)
    else:
        print_fields(answer)
    return 0 if answer["ok"] else 1
