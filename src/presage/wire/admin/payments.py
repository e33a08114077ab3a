"""Deposits, withdrawals, play money and the ledger, as those who run the site see them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from presage.wire.admin.people import Write
from presage.wire.site import payments as site
from presage.wire.site.common import Page, Shape

Id = Annotated[str, Meta(max_length=80)]
Note = Annotated[str, Meta(max_length=300)]
Word = Annotated[str, Meta(max_length=100)]
Moment = Annotated[str, Meta(max_length=40)]
Username = Annotated[str, Meta(min_length=1, max_length=80)]
Kind = Literal["ISSUE", "BURN"]
Amount = Annotated[int, Meta(ge=-1_000_000_000, le=1_000_000_000)]


class ListDeposits(Page):
    """`userId` is an id or a username."""

    status: site.DepositStatus | None = None
    user_id: Id | None = None


class ListWithdrawals(Page):
    """`userId` is an id or a username."""

    status: site.WithdrawalStatus | None = None
    user_id: Id | None = None


class Deposit(site.Deposit):
    """`creditedCents` is what the account gets; `reference` the provider's name of it."""

    user_id: str
    username: str
    credited_cents: int
    reference: str
    version: int


class Deposits(Shape):
    deposits: list[Deposit]
    next_cursor: str | None


class DecidePayment(Write):
    """`note` is what the member is told; `version` is the one that was read, so that nobody decides
    about what another has changed."""

    note: Note = ""
    version: int | None = None


class DepositDone(Shape):
    """`auditId` is the row of the audit log."""

    deposit: Deposit
    audit_id: int


class Withdrawal(site.Withdrawal):
    """`paidCents` is what the payee gets; `approvals` of `approvalsNeeded` are there."""

    user_id: str
    username: str
    paid_cents: int
    approvals: int
    approvals_needed: int
    reference: str
    tries: int
    version: int


class Withdrawals(Shape):
    withdrawals: list[Withdrawal]
    next_cursor: str | None


class MarkPaid(DecidePayment):
    """`reference` is how the payment can be found at the bank."""

    reference: Word = ""


class WithdrawalDone(Shape):
    withdrawal: Withdrawal
    audit_id: int


class MoveUserFunds(Write):
    """Issue play money to a member, or take some back. A large amount waits for a second person,
    who asks for the same with `confirms`, the id of the first's order."""

    amount_cents: Amount
    kind: Kind
    confirms: Id | None = None


class MoveBulkFunds(Write):
    """The same amount for each of `usernames`, or for `all`."""

    amount_cents: Annotated[int, Meta(ge=1, le=1_000_000_000)]
    usernames: Annotated[list[Username], Meta(min_length=1, max_length=1_000)] | None = None
    all: bool = False
    confirms: Id | None = None


class FundOrder(Shape):
    """`members` is how many it is for, null: all there were; `paid` how many have theirs."""

    id: str
    kind: Kind
    amount_cents: int
    status: Literal["WAITING", "RUNNING", "DONE"]
    members: int | None
    paid: int
    asked_by: int
    confirmed_by: int | None
    created_at: str


class ListFunds(Page):
    status: Literal["WAITING", "RUNNING", "DONE"] | None = None


class FundOrders(Shape):
    orders: list[FundOrder]
    next_cursor: str | None


class FundsDone(Shape):
    """With the member's money afterwards; null where the order is for many."""

    order: FundOrder
    balance_cents: int | None
    available_cents: int | None
    audit_id: int


class ListLedger(Page):
    """All that is named must fit; `userId` is an id or a username, `from` and `to` are moments.
    The kinds `trade` and `settle` are what trading did to one member's cash: they need `userId`."""

    account: Word = ""
    user_id: Id | None = None
    kind: Word = ""
    cause: Word = ""
    from_: Moment | None = msgspec.field(default=None, name="from")
    to: Moment | None = None


class Posting(Shape):
    """`amountMicros` came to `account` (negative: went), which had `afterMicros` then (null: not
    kept). Those with one `movementId` sum to zero, but for a trade's or a payout's, whose other
    side is the market's escrow and the exchange's fees; `feeMicros` is within the amount."""

    movement_id: str
    at: str
    account: str
    user_id: str | None
    kind: str
    cause: str
    amount_micros: int
    fee_micros: int
    after_micros: int | None


class Ledger(Shape):
    postings: list[Posting]
    next_cursor: str | None


class LedgerCheck(Shape):
    """`problems` is empty when everything is as it must be. `totalMicros` is what all accounts sum
    to: nothing."""

    ok: bool
    problems: list[str]
    seq: int
    accounts: int
    markets: int
    total_micros: int
