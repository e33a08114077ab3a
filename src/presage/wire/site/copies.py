"""Copy-trading: whom one mirrors, on which terms, and what came of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from presage.wire.site.common import Page, Shape, Strict

Status = Literal["ACTIVE", "PAUSED", "STOPPED"]
Which = Literal["active", "paused", "stopped", "all"]
Cents = Annotated[int, Meta(ge=100, le=100_000_000_000)]
Ratio = Annotated[int, Meta(ge=1, le=50_000)]
Slippage = Annotated[int, Meta(ge=0, le=20)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
Slugs = Annotated[list[Annotated[str, Meta(min_length=1, max_length=80)]], Meta(max_length=20)]


class ListCopies(Page):
    """`log` 1: what became of the last copies, too."""

    status: Which = "active"
    log: Literal[0, 1] = 0


class CopyTrader(Strict):
    """Whom (`traderId` or `username`), and how. What exists already is changed where a key is
    given; to begin, `allocationCents` and `maxPerTradeCents` are needed. `categories` empty: all;
    `maxLossCents` null: no limit."""

    trader_id: Name | None = None
    username: Name | None = None
    allocation_cents: Cents | UnsetType = UNSET
    ratio_bps: Ratio | UnsetType = UNSET
    max_per_trade_cents: Cents | UnsetType = UNSET
    max_slippage_cents: Slippage | UnsetType = UNSET
    copy_sells: bool | UnsetType = UNSET
    categories: Slugs | UnsetType | None = UNSET
    max_loss_cents: Annotated[int, Meta(ge=1, le=100_000_000_000)] | UnsetType | None = UNSET
    paused: bool | UnsetType = UNSET


class StopCopying(Shape):
    """`id` of the relation or `traderId`, in the query or in the body; `closePositions` sells what
    was copied and is still held."""

    id: Name | None = None
    trader_id: Name | None = None
    close_positions: bool = False


class StopCopyingBody(Strict):
    """The same in a body."""

    id: Name | None = None
    trader_id: Name | None = None
    close_positions: bool = False


class Trader(Shape):
    """Who is copied."""

    id: str
    username: str
    avatar_url: str | None


class Relation(Shape):
    """`investedCents` is what the copied contracts that are still held have cost;
    `freeAllocationCents` what the next copies may spend."""

    id: str
    trader: Trader
    status: Status
    allocation_cents: int
    invested_cents: int
    free_allocation_cents: int
    ratio_bps: int
    max_per_trade_cents: int
    max_slippage_cents: int
    copy_sells: bool
    categories: list[str]
    max_loss_cents: int | None
    realized_pnl_cents: int
    unrealized_pnl_cents: int
    copied_trades: int
    skipped_trades: int
    pause_reason: str | None
    created_at: str
    updated_at: str


class LogLine(Shape):
    """`reason` says why nothing was copied. `leaderTradeId` is the trade's public id."""

    relation_id: str
    at: str
    leader_trade_id: str | None
    trade_id: str | None
    option_id: str
    outcome: Literal["EXECUTED", "SKIPPED"]
    reason: str | None
    quantity: int | float
    price_cents: int | float | None


class Totals(Shape):
    """Of all relations that are not stopped."""

    allocation_cents: int
    invested_cents: int
    pnl_cents: int


class Leading(Shape):
    """Who copies the caller now: how many, and what they have set aside for it together."""

    copier_count: int
    allocation_cents: int


class CopiesReply(Shape, omit_defaults=True):
    """The newest first. `enabled` false: the operator has switched copying off."""

    enabled: bool
    relations: list[Relation]
    totals: Totals
    leading: Leading
    next_cursor: str | None
    log: list[LogLine] | None = None


class CopyReply(Shape):
    relation: Relation


class Closed(Shape):
    """What was sold of one option. `reason` says why not all of it was."""

    option_id: str
    option_label: str
    event_slug: str
    market_ticker: str
    side: Literal["YES", "NO"]
    quantity: int | float
    sold_quantity: int | float
    average_price_cents: int | float | None
    proceeds_cents: int
    trade_id: str | None
    reason: str | None


class StopReply(Shape, omit_defaults=True):
    """`closed` where positions were to be closed."""

    relation: Relation
    closed: list[Closed] | None = None
