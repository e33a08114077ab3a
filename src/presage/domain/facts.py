"""Everything that can have happened, past tense, one struct each.

State changes only by applying a fact, and projections and views copy from facts: so a fact carries
every number that anyone prints (balances after, fees, positions, open interest). Facts are stored
for ever: fields are only appended, with a default.
"""

from __future__ import annotations

import msgspec

from presage.domain.bases import FactBase
from presage.domain.combo_facts import ComboCreated, CombosTold
from presage.domain.combos import Legs
from presage.domain.cutoffs import CutoffsMoved
from presage.domain.desk_facts import (
    BlockTradeAccepted,
    BlockTradeExecuted,
    BlockTradeExpired,
    BlockTradeProposed,
    QuoteAccepted,
    QuoteCanceled,
    QuoteConfirmed,
    QuoteCreated,
    QuoteExecuted,
    RfqClosed,
    RfqCreated,
)
from presage.domain.group_facts import (
    GroupCreated,
    GroupDeleted,
    GroupLimitSet,
    GroupReset,
    GroupTriggered,
)
from presage.domain.hours import HoursSet
from presage.domain.ids import AccountId, EventId, Id, MarketId, MemberId, SeriesId
from presage.domain.member_facts import (
    AccountLocked,
    AccountUnlocked,
    DailyCapSet,
    PositionTransferred,
)
from presage.domain.orders import Side
from presage.domain.plan_facts import (
    FeesDropped,
    FeesPlanned,
    PauseBegan,
    PauseDropped,
    PauseEnded,
    PausePlanned,
    SwitchesWished,
)
from presage.domain.resolution_facts import OutcomeCorrected, PositionCorrected
from presage.domain.shard_facts import ShardDeclared
from presage.domain.terms import FREE, FeeTerms
from presage.units import Count, Micros, Money, Price


class Founded(FactBase, frozen=True):
    exchange: bytes
    id_key: bytes


# Members and money


class MemberOpened(FactBase, frozen=True):
    member: MemberId
    kind: str
    grid: Money
    fcm: MemberId = 0


class AccountOpened(FactBase, frozen=True):
    account: AccountId
    netting: bool


class MemberStatusSet(FactBase, frozen=True):
    member: MemberId
    status: str


class NettingSet(FactBase, frozen=True):
    account: AccountId
    enabled: bool
    reserved: Money = 0


class Posting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One line of a movement: the ledger account, what was added, its balance afterwards."""

    account: str
    amount: Money
    after: Money


class MoneyMoved(FactBase, frozen=True):
    """`id` names the movement to the outside."""

    id: Id
    lines: tuple[Posting, ...]
    cause: str
    kind: str


class AdvanceSet(FactBase, frozen=True):
    """Collateral of an exclusive event was returned to (or taken back from) an account.

    `amount` is what stands advanced now, `room` the share of a dollar that the event's undecided
    markets can still pay, `cover` what the house paid because the account could not.
    """

    account: AccountId
    event: EventId
    amount: Money
    room: Price
    cash: Money
    cover: Money = 0


# What can be traded


class SeriesCreated(FactBase, frozen=True):
    series: SeriesId
    ticker: str
    fee_type: str
    multiplier: int
    shard: int


class SeriesFeesSet(FactBase, frozen=True):
    series: SeriesId
    fee_type: str
    multiplier: int
    change: Id = 0


class EventCreated(FactBase, frozen=True):
    """`collection` is the ticker of a combo's collection; empty for all other events."""

    event: EventId
    series: SeriesId
    ticker: str
    exclusive: bool
    netting: str
    shard: int = 0
    collection: str = ""


class EventFeesSet(FactBase, frozen=True):
    event: EventId
    fee_type: str
    multiplier: int
    change: Id = 0


class MarketCreated(FactBase, frozen=True):
    """`legs` are those of a combo."""

    market: MarketId
    event: EventId
    ticker: str
    open_at: Micros
    close_at: Micros
    structure: str
    timer: Micros
    can_close_early: bool
    fee_waiver_until: Micros
    provisional: bool
    volatile: bool = False
    legs: Legs = ()


class MarketTimesSet(FactBase, frozen=True):
    market: MarketId
    open_at: Micros
    close_at: Micros


class PriceStructureSet(FactBase, frozen=True):
    market: MarketId
    structure: str


class MarketStatusChanged(FactBase, frozen=True):
    """`close_at` is what it is from now on (an early close moves it)."""

    market: MarketId
    status: str
    close_at: Micros


class MarketDetermined(FactBase, frozen=True):
    """`status` is determined or amended; `result` yes, no, scalar or void; `settle_at` when the
    timer ends."""

    market: MarketId
    status: str
    result: str
    value: Price
    settle_at: Micros


class MarketDisputed(FactBase, frozen=True):
    """The timer stands still. `left` is what it had left, `before` the status there was."""

    market: MarketId
    left: Micros = 0
    before: str = "determined"


class SettlementStarted(FactBase, frozen=True):
    """The value is fixed; holders are paid one by one from here on."""

    market: MarketId
    result: str
    value: Price


class PositionPaid(FactBase, frozen=True):
    """One holder's payout (position 0: nothing held, only an advance is valued anew).

    `position`, `cost` and `fees` are as they were before; `revenue` is what the contracts paid (for
    a void: the cash given back, negative for a clawback), `realized` the profit it locked in,
    `cover` what the house had to add to a clawback.
    """

    market: MarketId
    account: AccountId
    position: Count
    cost: Money
    revenue: Money
    realized: Money
    fees: Money
    cash: Money
    open_interest: Count
    result: str
    value: Price
    fee_refund: Money = 0
    rounding_refund: Money = 0
    cover: Money = 0


class MarketFinalized(FactBase, frozen=True):
    market: MarketId
    result: str
    value: Price


class PauseSet(FactBase, frozen=True):
    """True: active. As in Kalshi's exchange status."""

    exchange: bool
    trading: bool


# Orders


class OrderPlaced(FactBase, frozen=True):
    """Accepted, before it meets the book. `source` is the door or worker it came from."""

    order: Id
    account: AccountId
    market: MarketId
    side: Side
    price: Price
    count: Count
    tif: str
    client_order_id: str
    expires_at: Micros
    post_only: bool
    reduce_only: bool
    stp: str
    cancel_on_pause: bool
    group: Id
    action: str
    outcome: str
    terms: FeeTerms = FREE
    max_cost: Money = 0
    source: str = ""


class OrderKilled(FactBase, frozen=True):
    """A fill-or-kill order that the book could not fill: nothing happened but its client order id
    is spent."""

    account: AccountId
    market: MarketId
    client_order_id: str


class OrderRested(FactBase, frozen=True):
    """`remaining` contracts went to the back of the queue at `price`. `reserved` is the account's
    total afterwards."""

    order: Id
    account: AccountId
    market: MarketId
    side: Side
    price: Price
    remaining: Count
    reserved: Money


class Leg(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One party's side of a trade. Amounts in micro-dollars.

    `closed` of the contracts closed an earlier position; `paid` is the money spent on the others,
    `received` what the closed ones brought; `position`, `cost` (of the open position), `cash` and
    `reserved` are as they are afterwards; `remaining` is what is left of the order.
    """

    order: Id
    account: AccountId
    remaining: Count
    fee: Money
    rounding: Money
    carry: Money
    closed: Count
    paid: Money
    received: Money
    realized: Money
    position: Count
    cost: Money
    cash: Money
    reserved: Money


class Traded(FactBase, frozen=True):
    """`price` is the maker's, in YES terms; `side` is the taker's."""

    trade: Id
    market: MarketId
    price: Price
    count: Count
    side: Side
    taker: Leg
    maker: Leg
    open_interest: Count
    block: bool = False


class OrderReduced(FactBase, frozen=True):
    """`by` contracts left a resting order, which keeps its place."""

    order: Id
    account: AccountId
    market: MarketId
    side: Side
    price: Price
    by: Count
    remaining: Count
    reserved: Money
    reason: str


class OrderCanceled(FactBase, frozen=True):
    """The order is over. `resting` of the `by` cancelled contracts had been in the book."""

    order: Id
    account: AccountId
    market: MarketId
    side: Side
    price: Price
    by: Count
    resting: Count
    reserved: Money
    reason: str


class OrderAmended(FactBase, frozen=True):
    """New terms. `was_price` and `was_remaining` are what left the book; `kept` says that the order
    stays in its place with `remaining`; otherwise it meets the book again before it rests. `count`
    is filled plus remaining."""

    order: Id
    account: AccountId
    market: MarketId
    side: Side
    was_price: Price
    was_remaining: Count
    price: Price
    count: Count
    remaining: Count
    kept: bool
    client_order_id: str
    reserved: Money


class TopChanged(FactBase, frozen=True):
    """Best prices and their sizes after a command changed them; price 0 with size 0: empty bids,
    10 000 with size 0: empty asks."""

    market: MarketId
    bid: Price
    bid_size: Count
    ask: Price
    ask_size: Count


class WorkQueued(FactBase, frozen=True):
    """Cancellations or payouts too many for one entry; Tick goes on with them. `work` names the
    job, `subject` the market, member, group ... it is about."""

    work: Id
    kind: str
    subject: int
    reason: str = ""
    account: AccountId = 0


class WorkDone(FactBase, frozen=True):
    work: Id


Fact = (
    Founded
    | MemberOpened
    | AccountOpened
    | MemberStatusSet
    | NettingSet
    | MoneyMoved
    | AdvanceSet
    | SeriesCreated
    | SeriesFeesSet
    | EventCreated
    | EventFeesSet
    | MarketCreated
    | MarketTimesSet
    | PriceStructureSet
    | MarketStatusChanged
    | MarketDetermined
    | MarketDisputed
    | SettlementStarted
    | PositionPaid
    | MarketFinalized
    | PauseSet
    | OrderPlaced
    | OrderKilled
    | OrderRested
    | Traded
    | OrderReduced
    | OrderCanceled
    | OrderAmended
    | TopChanged
    | GroupCreated
    | GroupLimitSet
    | GroupTriggered
    | GroupReset
    | GroupDeleted
    | WorkQueued
    | WorkDone
    | RfqCreated
    | RfqClosed
    | QuoteCreated
    | QuoteAccepted
    | QuoteConfirmed
    | QuoteExecuted
    | QuoteCanceled
    | BlockTradeProposed
    | BlockTradeAccepted
    | BlockTradeExecuted
    | BlockTradeExpired
    | FeesPlanned
    | FeesDropped
    | PausePlanned
    | PauseDropped
    | PauseBegan
    | PauseEnded
    | SwitchesWished
    | ShardDeclared
    | DailyCapSet
    | AccountLocked
    | AccountUnlocked
    | PositionTransferred
    | ComboCreated
    | CombosTold
    | CutoffsMoved
    | HoursSet
    | OutcomeCorrected
    | PositionCorrected
)
