"""What members are talking about: open RFQs, their quotes, and block trades that wait for a yes.

Only what is alive is here; what is over belongs to projections. Only `engine/fold_desk.py` may
change it. The indexes by member and market are derived and do not enter the digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from presage.domain.ids import Id, MarketId, MemberId
from presage.domain.orders import ASK, BID, Side
from presage.domain.quotes import OPEN, YES
from presage.units import DOLLAR_PRICE, Count, Micros, Money, Price

if TYPE_CHECKING:
    from presage.engine.state import Account, Market


class Rfq:
    """Somebody asks for a price: for `contracts`, or for as many as `target_cost` pays. `quotes`
    are the living answers, one a member; `taken` is the one that was accepted."""

    __slots__ = (
        "account",
        "contracts",
        "excludes_fees",
        "id",
        "market",
        "quotes",
        "rest_remainder",
        "taken",
        "target_cost",
    )

    def __init__(
        self,
        id: Id,
        account: Account,
        market: Market,
        contracts: Count,
        target_cost: Money,
        excludes_fees: bool,
        rest_remainder: bool,
    ) -> None:
        self.id = id
        self.account = account
        self.market = market
        self.contracts = contracts
        self.target_cost = target_cost
        self.excludes_fees = excludes_fees
        self.rest_remainder = rest_remainder
        self.quotes: dict[MemberId, Quote] = {}
        self.taken: Quote | None = None


class Quote:
    """A maker's two bids, YES and NO (0: none), each for so many contracts.

    `until` is when the time to confirm ends (accepted) or when the orders are placed (confirmed).
    `asked_as` and `made_as` are the client order ids that the two orders will have.
    """

    __slots__ = (
        "account",
        "asked_as",
        "id",
        "made_as",
        "no_bid",
        "no_contracts",
        "post_only",
        "rest_remainder",
        "rfq",
        "side",
        "status",
        "until",
        "yes_bid",
        "yes_contracts",
    )

    def __init__(self, id: Id, rfq: Rfq, account: Account) -> None:
        self.id = id
        self.rfq = rfq
        self.account = account
        self.yes_bid: Price = 0
        self.no_bid: Price = 0
        self.yes_contracts: Count = 0
        self.no_contracts: Count = 0
        self.rest_remainder = False
        self.post_only = False
        self.status = OPEN
        self.side = ""
        self.until: Micros = 0
        self.asked_as = ""
        self.made_as = ""

    def order(self, side: str) -> tuple[Side, Price, Count]:
        """The maker's order, in YES terms, when its bid of that side is taken."""
        if side == YES:
            return BID, self.yes_bid, self.yes_contracts
        return ASK, DOLLAR_PRICE - self.no_bid, self.no_contracts


class BlockTrade:
    """A trade that somebody proposed to two members; it happens when both have said yes."""

    __slots__ = (
        "buyer",
        "buyer_accepted",
        "count",
        "expires_at",
        "id",
        "maker_side",
        "market",
        "price",
        "proposer",
        "seller",
        "seller_accepted",
    )

    def __init__(
        self, id: Id, proposer: MemberId, buyer: Account, seller: Account, market: Market
    ) -> None:
        self.id = id
        self.proposer = proposer
        self.buyer = buyer
        self.seller = seller
        self.market = market
        self.price: Price = 0
        self.count: Count = 0
        self.maker_side = ""
        self.expires_at: Micros = 0
        self.buyer_accepted = False
        self.seller_accepted = False


class Desk:
    """`asking` and `on` hold the open RFQs by member and by market, `making` the living quotes by
    maker, `proposing` counts open proposals. Whatever a market or member had that is older than
    what `silenced` says is dead and waits for its cancellation."""

    __slots__ = (
        "asking",
        "block_trades",
        "making",
        "on",
        "proposing",
        "quotes",
        "rfqs",
        "silenced_markets",
        "silenced_members",
    )

    def __init__(self) -> None:
        self.rfqs: dict[Id, Rfq] = {}
        self.quotes: dict[Id, Quote] = {}
        self.block_trades: dict[Id, BlockTrade] = {}
        self.asking: dict[MemberId, dict[MarketId, Rfq]] = {}
        self.on: dict[MarketId, dict[Id, Rfq]] = {}
        self.making: dict[MemberId, dict[Id, Quote]] = {}
        self.proposing: dict[MemberId, int] = {}
        self.silenced_markets: dict[MarketId, Id] = {}
        self.silenced_members: dict[MemberId, Id] = {}

    def is_dead(self, rfq: Rfq) -> bool:
        """Whether its market or its member has stopped, though it is still listed."""
        return rfq.id < self.silenced_markets.get(
            rfq.market.id, 0
        ) or rfq.id < self.silenced_members.get(rfq.account.member.id, 0)

    def is_dead_quote(self, quote: Quote) -> bool:
        """Whether its maker has stopped, or its RFQ is dead."""
        stopped = self.silenced_members.get(quote.account.member.id, 0)
        return quote.id < stopped or self.is_dead(quote.rfq)

    def add_rfq(self, rfq: Rfq) -> None:
        self.rfqs[rfq.id] = rfq
        self.asking.setdefault(rfq.account.member.id, {})[rfq.market.id] = rfq
        self.on.setdefault(rfq.market.id, {})[rfq.id] = rfq

    def drop_rfq(self, rfq: Rfq) -> None:
        """The RFQ and all its quotes are over."""
        for quote in list(rfq.quotes.values()):
            self.drop_quote(quote)
        del self.rfqs[rfq.id]
        _drop(self.asking, rfq.account.member.id, rfq.market.id)
        _drop(self.on, rfq.market.id, rfq.id)

    def add_quote(self, quote: Quote) -> None:
        maker = quote.account.member.id
        self.quotes[quote.id] = quote
        quote.rfq.quotes[maker] = quote
        self.making.setdefault(maker, {})[quote.id] = quote

    def drop_quote(self, quote: Quote) -> None:
        maker, rfq = quote.account.member.id, quote.rfq
        del self.quotes[quote.id]
        del rfq.quotes[maker]
        _drop(self.making, maker, quote.id)
        if rfq.taken is quote:
            rfq.taken = None

    def add_block_trade(self, block: BlockTrade) -> None:
        self.block_trades[block.id] = block
        self.proposing[block.proposer] = self.proposing.get(block.proposer, 0) + 1

    def drop_block_trade(self, block: BlockTrade) -> None:
        del self.block_trades[block.id]
        self.proposing[block.proposer] -= 1
        if not self.proposing[block.proposer]:
            del self.proposing[block.proposer]


def _drop(index: dict[int, dict[int, Rfq]] | dict[int, dict[int, Quote]], key: int, id: Id) -> None:
    """Forget an entry, and the key with its last one: the index holds only what is alive."""
    del index[key][id]
    if not index[key]:
        del index[key]
