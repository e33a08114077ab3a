"""What must be true of RFQs, quotes and block trades after every command."""

from __future__ import annotations

from presage.domain.markets import UNDECIDED
from presage.domain.quotes import ACCEPTED, CONFIRMED, MAX_BLOCK_TRADES, MAX_RFQS, OPEN
from presage.engine.desk import Desk, Quote, Rfq
from presage.engine.state import State
from presage.units import DOLLAR_PRICE


def check(state: State) -> None:
    """Raise AssertionError naming the first thing that is not as it must be."""
    desk = state.desk
    for rfq in desk.rfqs.values():
        _rfq(state, rfq)
    for quote in desk.quotes.values():
        _quote(desk, quote)
    _indexes(desk)
    for block in desk.block_trades.values():
        name = f"block trade {block.id}"
        assert block.buyer.member is not block.seller.member, f"{name}: a member with himself"
        assert not (block.buyer_accepted and block.seller_accepted), f"{name}: agreed, not done"
    assert all(count <= MAX_BLOCK_TRADES for count in desk.proposing.values())


def _rfq(state: State, rfq: Rfq) -> None:
    name = f"RFQ {rfq.id}"
    assert (rfq.contracts > 0) != (rfq.target_cost > 0), f"{name}: it has no size, or two"
    taken = [quote for quote in rfq.quotes.values() if quote.status != OPEN]
    assert taken == ([rfq.taken] if rfq.taken else []), f"{name}: the accepted quote is another"
    assert rfq.market.status in UNDECIDED or state.desk.is_dead(rfq), f"{name}: decided market"
    assert state.work or not state.desk.is_dead(rfq), f"{name}: dead and nobody closes it"


def _quote(desk: Desk, quote: Quote) -> None:
    name, rfq = f"quote {quote.id}", quote.rfq
    member = quote.account.member
    assert desk.rfqs.get(rfq.id) is rfq, f"{name}: its RFQ is over"
    assert rfq.quotes.get(member.id) is quote, f"{name}: its RFQ does not know it"
    assert rfq.account.member is not member, f"{name}: a member quotes himself"
    assert 0 < quote.yes_bid + quote.no_bid <= DOLLAR_PRICE, f"{name}: bids sum to more than one"
    assert quote.yes_contracts or quote.no_contracts, f"{name}: it is for nothing"
    assert quote.status in (OPEN, ACCEPTED, CONFIRMED), f"{name}: it is {quote.status}"
    assert (quote.status == OPEN) == (not quote.side) == (not quote.until), f"{name}: half taken"


def _indexes(desk: Desk) -> None:
    asked = {(m, rfq.id) for m, own in desk.asking.items() for rfq in own.values()}
    assert asked == {(rfq.account.member.id, rfq.id) for rfq in desk.rfqs.values()}
    assert all(len(own) <= MAX_RFQS for own in desk.asking.values()), "too many RFQs"
    on = {(market, id_) for market, rfqs in desk.on.items() for id_ in rfqs}
    assert on == {(rfq.market.id, rfq.id) for rfq in desk.rfqs.values()}
    made = {(maker, id_) for maker, own in desk.making.items() for id_ in own}
    assert made == {(quote.account.member.id, quote.id) for quote in desk.quotes.values()}
    assert sum(desk.proposing.values()) == len(desk.block_trades), "proposals are miscounted"
