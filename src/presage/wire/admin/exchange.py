"""The exchange as a whole: its switches, its figures, its log."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from presage.wire.admin.common import Done, Request, Word


class PauseExchange(Request, kw_only=True):
    """A switch that is not named stays; with neither, trading stops."""

    exchange_active: bool | None = None
    trading_active: bool | None = None


class ResumeExchange(Request, kw_only=True):
    """Both switches on."""


class ExchangeDone(Done, kw_only=True):
    exchange_active: bool
    trading_active: bool


class Overview(msgspec.Struct, kw_only=True):
    """Money in dollars; `markets` by status; `ledger` without members' cash and escrow. `queues` is
    what waits for somebody, `open_events` how many can be traded in; the payouts of decided markets
    are frozen until nobody can dispute them any more."""

    exchange_active: bool
    trading_active: bool
    seq: int
    at: str
    members: int
    accounts: int
    series: int
    events: int
    markets: dict[str, int]
    resting_orders: int
    pending_work: int
    cash: str
    reserved: str
    escrow: str
    advances: str
    fees: str
    ledger: dict[str, str]
    balanced: bool
    database: str
    open_events: int
    frozen_markets: int
    frozen_escrow: str
    queues: dict[str, int]
    job_errors: list[str]


class ListAudit(msgspec.Struct, kw_only=True):
    """Newest first; `before` is the id of the last row of the page before. What is named must fit;
    `from` and `to` are moments."""

    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    before: Annotated[int, Meta(ge=1)] | None = None
    subject: Word = ""
    action: Word = ""
    actor: Annotated[int, Meta(ge=1)] | None = None
    from_: Annotated[str, Meta(max_length=40)] | None = msgspec.field(default=None, name="from")
    to: Annotated[str, Meta(max_length=40)] | None = None


class AuditRow(msgspec.Struct, kw_only=True):
    id: int
    at: str
    actor: int
    action: str
    subject: str
    reason: str
    params: msgspec.Raw
    hash: str
    ip: str
    request_id: str


class AuditLog(msgspec.Struct):
    """`next` is the `before` of the next page, null on the last."""

    rows: list[AuditRow]
    next: int | None


class AuditReport(msgspec.Struct, kw_only=True):
    """`problem` is empty when the chain is whole and every command's row exists."""

    ok: bool
    rows: int
    commands: int
    problem: str


class ListTrail(msgspec.Struct, kw_only=True):
    """`after` is the `next_seq` of the answer before."""

    after: Annotated[int, Meta(ge=0)] | None = None


class TrailEntry(msgspec.Struct, kw_only=True):
    """One journal entry: the command that was decided and its facts about the order."""

    seq: int
    at: str
    command: str
    facts: list[dict[str, Any]]


class OrderTrail(msgspec.Struct, kw_only=True):
    """`next_seq` is null when the journal holds nothing more; `over`: the order is not resting."""

    order_id: str
    over: bool
    entries: list[TrailEntry]
    next_seq: int | None
