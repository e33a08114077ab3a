"""The communications desk in the canonical form of `engine/dump.py`, and back."""

from __future__ import annotations

from typing import Any, Final

from presage.domain.quotes import OPEN
from presage.engine.desk import BlockTrade, Desk, Quote, Rfq
from presage.engine.state import BLOCK_TRADE, QUOTE, State

_RFQ: Final = ("contracts", "target_cost", "excludes_fees", "rest_remainder")
_QUOTE: Final = (
    "yes_bid",
    "no_bid",
    "yes_contracts",
    "no_contracts",
    "rest_remainder",
    "post_only",
    "status",
    "side",
    "until",
    "asked_as",
    "made_as",
)
_BLOCK: Final = (
    "price",
    "count",
    "maker_side",
    "expires_at",
    "buyer_accepted",
    "seller_accepted",
)


def dump_desk(desk: Desk) -> list[Any]:
    """RFQs, quotes and block trades, each oldest first."""
    return [
        [[r.id, r.account.id, r.market.id, _take(r, _RFQ)] for r in desk.rfqs.values()],
        [[q.id, q.rfq.id, q.account.id, _take(q, _QUOTE)] for q in desk.quotes.values()],
        [
            [b.id, b.proposer, b.buyer.id, b.seller.id, b.market.id, _take(b, _BLOCK)]
            for b in desk.block_trades.values()
        ],
    ]


def _take(thing: object, names: tuple[str, ...]) -> list[Any]:
    return [getattr(thing, name) for name in names]


def _give(thing: object, names: tuple[str, ...], values: list[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(thing, name, value)


def load_desk(state: State, parts: list[Any]) -> None:
    """Fill the state's desk; accounts and markets are there already."""
    desk = state.desk
    rfqs, quotes, block_trades = parts
    for id_, account, market, values in rfqs:
        desk.add_rfq(Rfq(id_, state.accounts[account], state.markets[market], *values))
    for id_, rfq, account, values in quotes:
        quote = Quote(id_, desk.rfqs[rfq], state.accounts[account])
        _give(quote, _QUOTE, values)
        desk.add_quote(quote)
        if quote.status != OPEN:
            quote.rfq.taken = quote
            state.add_timer(quote.until, QUOTE, id_)
    for id_, proposer, buyer, seller, market, values in block_trades:
        block = BlockTrade(
            id_,
            proposer,
            state.accounts[buyer],
            state.accounts[seller],
            state.markets[market],
        )
        _give(block, _BLOCK, values)
        desk.add_block_trade(block)
        state.add_timer(block.expires_at, BLOCK_TRADE, id_)
