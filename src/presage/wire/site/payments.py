"""Deposits, withdrawals and the ways to pay, as the site prints and reads them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from presage.wire.site.common import Page, Shape, Strict

Cents = Annotated[int, Meta(ge=1, le=1_000_000_000)]
GatewayId = Annotated[str, Meta(min_length=1, max_length=40)]
Mode = Literal["deposit", "withdrawal"]
DepositStatus = Literal["PENDING", "CONFIRMED", "FAILED", "EXPIRED", "REVERSED"]
WithdrawalStatus = Literal[
    "PENDING_REVIEW", "APPROVED", "SENT", "PAID", "REJECTED", "FAILED", "CANCELLED"
]
Answers = Annotated[
    dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=200)]],
    Meta(max_length=10),
]


class CreateDeposit(Strict):
    """`returnUrl` is a page of this site."""

    amount_cents: Cents
    gateway_id: GatewayId
    return_url: Annotated[str, Meta(max_length=500)] | None = None


class CreateWithdrawal(Strict):
    """`destination` has the fields that the gateway asks for."""

    amount_cents: Cents
    gateway_id: GatewayId
    destination: Answers


class ListPayments(Page):
    """Newest first."""


class ListGateways(Shape):
    mode: Mode = "deposit"


class Deposit(Shape):
    """`gatewayId` is `operator` for what an operator put in by hand; `note` says what there is to
    say about its end."""

    id: str
    status: DepositStatus
    amount_cents: int
    fee_cents: int
    gateway_id: str
    note: str | None
    created_at: str
    expires_at: str | None
    decided_at: str | None


class Action(Shape):
    """What the member does next to pay."""

    type: Literal["REDIRECT", "INSTRUCTIONS", "NONE"]
    url: str | None = None
    text: str | None = None


class DepositReply(Shape):
    deposit: Deposit
    action: Action


class Deposits(Shape):
    """`enabled`: are new ones taken?"""

    enabled: bool
    deposits: list[Deposit]
    next_cursor: str | None


class Withdrawal(Shape):
    """Nobody approves it before `readyAt`: the first one, and one to another destination, waits."""

    id: str
    status: WithdrawalStatus
    amount_cents: int
    fee_cents: int
    gateway_id: str
    destination: dict[str, str]
    note: str | None
    created_at: str
    ready_at: str | None
    decided_at: str | None


class WithdrawalReply(Shape):
    withdrawal: Withdrawal
    available_cents: int


class Withdrawals(Shape):
    """`enabled`: are new ones taken?"""

    enabled: bool
    withdrawals: list[Withdrawal]
    next_cursor: str | None


class Field(Shape):
    name: str
    label: str
    type: Literal["text", "email"]
    required: bool


class Gateway(Shape):
    id: str
    label: str
    currency: str
    min_cents: int
    max_cents: int
    fee_bps: int
    fields: list[Field]


class Gateways(Shape):
    """Empty while the mode is switched off."""

    enabled: bool
    mode: Mode
    gateways: list[Gateway]


class Received(Shape):
    """The callback was taken; `applied`: it changed something."""

    received: bool
    applied: bool
