"""What members can wish on the communications desk: RFQs, quotes, block trades.

The rest of the commands, and the union of all, stand in `domain/commands.py`, with the rules for
their fields.
"""

from __future__ import annotations

from presage.domain.bases import CommandBase
from presage.domain.ids import AccountId, Id, MarketId, MemberId
from presage.units import Count, Micros, Money, Price


class CreateRfq(CommandBase, frozen=True):
    """Ask for quotes on `contracts`, or on as many as `target_cost` pays (exactly one of them).
    `replace` closes the member's open RFQ on that market first."""

    account: AccountId
    market: MarketId
    contracts: Count = 0
    target_cost: Money = 0
    excludes_fees: bool = False
    rest_remainder: bool = False
    replace: bool = False


class DeleteRfq(CommandBase, frozen=True):
    """`member` must have made it; `account` (0: any of the member's) narrows it."""

    member: MemberId
    rfq: Id
    account: AccountId = 0


class CreateQuote(CommandBase, frozen=True):
    """Two bids for the RFQ's whole size, `yes_bid` for YES and `no_bid` for NO, either may be 0."""

    account: AccountId
    rfq: Id
    yes_bid: Price
    no_bid: Price
    rest_remainder: bool = False
    post_only: bool = False


class DeleteQuote(CommandBase, frozen=True):
    """The maker's; `rfq` (0: not given) must agree with the quote."""

    member: MemberId
    quote: Id
    rfq: Id = 0
    account: AccountId = 0


class AcceptQuote(CommandBase, frozen=True):
    """The requester takes the maker's bid of `side`; `client_order_id` is what the requester's
    order will be called."""

    member: MemberId
    quote: Id
    side: str
    client_order_id: str = ""
    rfq: Id = 0
    account: AccountId = 0
    seen: int = 0


class ConfirmQuote(CommandBase, frozen=True):
    """The maker stands by it; `client_order_id` is what the maker's order will be called."""

    member: MemberId
    quote: Id
    client_order_id: str = ""
    rfq: Id = 0
    account: AccountId = 0
    seen: int = 0


class ProposeBlockTrade(CommandBase, frozen=True):
    """Propose a trade at a YES price to two members. `maker_side` (yes: the buyer) says who pays
    the maker's fee."""

    proposer: MemberId
    buyer: AccountId
    seller: AccountId
    market: MarketId
    price: Price
    count: Count
    maker_side: str
    expires_at: Micros


class AcceptBlockTrade(CommandBase, frozen=True):
    """The buyer or the seller says yes; `account` (0: the proposed one) is where it trades."""

    member: MemberId
    block_trade: Id
    account: AccountId = 0
