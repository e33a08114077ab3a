"""How facts about RFQs, quotes and block trades change the state."""

from __future__ import annotations

from presage.domain import desk_facts as f
from presage.domain.quotes import ACCEPTED, CONFIRMED
from presage.engine.desk import BlockTrade, Quote, Rfq
from presage.engine.state import BLOCK_TRADE, QUOTE, State


def rfq_created(state: State, fact: f.RfqCreated) -> None:
    state.desk.add_rfq(
        Rfq(
            fact.rfq,
            state.accounts[fact.account],
            state.markets[fact.market],
            fact.contracts,
            fact.target_cost,
            fact.excludes_fees,
            fact.rest_remainder,
        )
    )


def rfq_closed(state: State, fact: f.RfqClosed) -> None:
    state.desk.drop_rfq(state.desk.rfqs[fact.rfq])


def quote_created(state: State, fact: f.QuoteCreated) -> None:
    quote = Quote(fact.quote, state.desk.rfqs[fact.rfq], state.accounts[fact.account])
    quote.yes_bid, quote.no_bid = fact.yes_bid, fact.no_bid
    quote.yes_contracts, quote.no_contracts = fact.yes_contracts, fact.no_contracts
    quote.rest_remainder, quote.post_only = fact.rest_remainder, fact.post_only
    state.desk.add_quote(quote)


def quote_accepted(state: State, fact: f.QuoteAccepted) -> None:
    quote = state.desk.quotes[fact.quote]
    assert quote.rfq.taken is None, "an RFQ has one accepted quote"
    quote.rfq.taken = quote
    quote.status, quote.side = ACCEPTED, fact.side
    quote.until, quote.asked_as = fact.confirm_by, fact.client_order_id
    state.add_timer(quote.until, QUOTE, quote.id)


def quote_confirmed(state: State, fact: f.QuoteConfirmed) -> None:
    quote = state.desk.quotes[fact.quote]
    quote.status = CONFIRMED
    quote.until, quote.made_as = fact.execute_at, fact.client_order_id
    state.add_timer(quote.until, QUOTE, quote.id)


def quote_executed(state: State, fact: f.QuoteExecuted) -> None:
    state.desk.drop_quote(state.desk.quotes[fact.quote])


def quote_canceled(state: State, fact: f.QuoteCanceled) -> None:
    state.desk.drop_quote(state.desk.quotes[fact.quote])


def block_trade_proposed(state: State, fact: f.BlockTradeProposed) -> None:
    buyer, seller = state.accounts[fact.buyer], state.accounts[fact.seller]
    market = state.markets[fact.market]
    block = BlockTrade(fact.block_trade, fact.proposer, buyer, seller, market)
    block.price, block.count = fact.price, fact.count
    block.maker_side, block.expires_at = fact.maker_side, fact.expires_at
    state.desk.add_block_trade(block)
    state.add_timer(block.expires_at, BLOCK_TRADE, block.id)


def block_trade_accepted(state: State, fact: f.BlockTradeAccepted) -> None:
    block = state.desk.block_trades[fact.block_trade]
    account = state.accounts[fact.account]
    if fact.side == "buyer":
        block.buyer, block.buyer_accepted = account, True
    else:
        block.seller, block.seller_accepted = account, True


def block_trade_over(state: State, fact: f.BlockTradeExecuted | f.BlockTradeExpired) -> None:
    state.desk.drop_block_trade(state.desk.block_trades[fact.block_trade])
