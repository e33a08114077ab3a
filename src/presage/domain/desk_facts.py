"""What can have happened on the communications desk: RFQs, quotes, block trades.

The rest of the facts, and the union of all, stand in `domain/facts.py`. A message about a quote is
printed from one fact, so each repeats what its message needs.
"""

from __future__ import annotations

from presage.domain.bases import FactBase
from presage.domain.ids import AccountId, Id, MarketId, MemberId
from presage.units import Count, Micros, Money, Price


class RfqCreated(FactBase, frozen=True):
    """Somebody asks for a price, for `contracts` or for as many as `target_cost` pays (0: the other
    one was said)."""

    rfq: Id
    account: AccountId
    market: MarketId
    contracts: Count
    target_cost: Money
    excludes_fees: bool
    rest_remainder: bool


class RfqClosed(FactBase, frozen=True):
    """The RFQ is over; its living quotes end with it, as `rfq_closed`."""

    rfq: Id
    account: AccountId
    market: MarketId
    contracts: Count
    target_cost: Money
    reason: str


class QuoteCreated(FactBase, frozen=True):
    """A maker's two bids (0: none), each for so many contracts. What the RFQ said is repeated, so
    that a quote can be printed by itself; `requester` is the RFQ's account."""

    quote: Id
    rfq: Id
    account: AccountId
    requester: AccountId
    market: MarketId
    yes_bid: Price
    no_bid: Price
    yes_contracts: Count
    no_contracts: Count
    rest_remainder: bool
    post_only: bool
    contracts: Count
    target_cost: Money
    excludes_fees: bool


class QuoteAccepted(FactBase, frozen=True):
    """The requester took the bid of `side`, for `accepted` contracts; the maker has until
    `confirm_by`."""

    quote: Id
    rfq: Id
    account: AccountId
    requester: AccountId
    market: MarketId
    yes_bid: Price
    no_bid: Price
    yes_contracts: Count
    no_contracts: Count
    target_cost: Money
    side: str
    accepted: Count
    confirm_by: Micros
    client_order_id: str


class QuoteConfirmed(FactBase, frozen=True):
    """Nobody can withdraw any more; both orders are placed at `execute_at`."""

    quote: Id
    rfq: Id
    account: AccountId
    requester: AccountId
    market: MarketId
    execute_at: Micros
    client_order_id: str


class QuoteExecuted(FactBase, frozen=True):
    """Both orders were placed; what they traded stands in their own facts."""

    quote: Id
    rfq: Id
    account: AccountId
    requester: AccountId
    market: MarketId
    maker_order: Id
    requester_order: Id
    maker_client_order_id: str
    requester_client_order_id: str


class QuoteCanceled(FactBase, frozen=True):
    """`reason` is deleted, replaced, not_confirmed, member_suspended, or the code of the refusal
    that the execution met."""

    quote: Id
    rfq: Id
    account: AccountId
    requester: AccountId
    market: MarketId
    reason: str


class BlockTradeProposed(FactBase, frozen=True):
    block_trade: Id
    proposer: MemberId
    buyer: AccountId
    seller: AccountId
    market: MarketId
    price: Price
    count: Count
    maker_side: str
    expires_at: Micros


class BlockTradeAccepted(FactBase, frozen=True):
    """One side (`buyer` or `seller`) said yes, and trades from `account`."""

    block_trade: Id
    side: str
    account: AccountId


class BlockTradeExecuted(FactBase, frozen=True):
    """Both had said yes: the trade has happened, outside the book."""

    block_trade: Id
    market: MarketId
    buyer_order: Id
    seller_order: Id
    trade: Id


class BlockTradeExpired(FactBase, frozen=True):
    block_trade: Id
