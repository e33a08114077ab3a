"""The twin's own idea of RFQs, quotes and block trades: everything looked at anew, nothing indexed.

What time does to a quote it is told by the facts of a Tick, and then decides by itself.
"""

from __future__ import annotations

from types import SimpleNamespace as Record
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from presage.domain import desk_commands as w
from presage.domain import desk_facts as f
from presage.domain.commands import PlaceOrder
from presage.domain.fees import trade_fee, worst_fee
from presage.domain.ids import make_id, member_of, shard_of
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, FOK, GTC, IOC, MAKER
from presage.domain.quotes import MAX_RFQS
from presage.domain.rejects import Code, Refused
from presage.units import DOLLAR_PRICE, MAX_COUNT, SECOND, Count, Money, Price

if TYPE_CHECKING:
    from tests.simulation.twin import Twin


def need(holds: object, code: Code) -> None:
    if not holds:
        raise Refused(code)


def cost_of(side: int, price: Price, count: Count) -> Money:
    return count * (price if side == BID else DOLLAR_PRICE - price)


class TwinDesk:
    """`talked` lists what ended in this command: (id, why)."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.rfqs, self.quotes, self.blocks = dict[int, Any](), dict[int, Any](), dict[int, Any]()
        self.talked = list[tuple[int, str]]()

    # What members do

    def create_rfq(self, c: w.CreateRfq) -> None:
        twin = self.twin
        twin.trader(c.account)
        twin.there(c.account, c.market)
        own = [r for r in self.rfqs.values() if member_of(r.account) == member_of(c.account)]
        old = [r for r in own if r.market == c.market]
        need(not old or c.replace, Code.RFQ_EXISTS)
        for r in old:
            need(not self.of(r, "confirmed"), Code.WRONG_QUOTE_STATUS)
        need((c.contracts == 0) != (c.target_cost == 0), Code.INVALID_VALUE)
        need(0 <= c.contracts <= MAX_COUNT and c.target_cost >= 0, Code.INVALID_VALUE)
        need(c.target_cost or not c.excludes_fees, Code.INVALID_VALUE)
        twin.check_open(twin.markets[c.market])
        need(old or len(own) < MAX_RFQS, Code.TOO_MANY_RFQS)
        for r in old:
            self.close(r, "replaced")
        id = make_id(twin.seq, 0)
        self.rfqs[id] = Record(id=id, **asdict(c))

    def delete_rfq(self, c: w.DeleteRfq) -> None:
        need(c.member in self.twin.members, Code.MEMBER_NOT_FOUND)
        r = self.rfqs.get(c.rfq)
        need(r and member_of(r.account) == c.member, Code.RFQ_NOT_FOUND)
        need(not self.of(r, "confirmed"), Code.WRONG_QUOTE_STATUS)
        need(self.twin.exchange, Code.EXCHANGE_PAUSED)
        self.close(r, "deleted")

    def create_quote(self, c: w.CreateQuote) -> None:
        twin = self.twin
        twin.trader(c.account)
        need(c.rfq in self.rfqs, Code.RFQ_NOT_FOUND)
        r = self.rfqs[c.rfq]
        twin.there(c.account, r.market)
        need(not self.of(r, "confirmed"), Code.RFQ_CLOSED)
        grid, maker = twin.markets[r.market].structure, member_of(c.account)
        fits = maker != member_of(r.account) and 0 < c.yes_bid + c.no_bid <= DOLLAR_PRICE
        fits = fits and (not c.yes_bid or on_grid(grid, c.yes_bid))
        need(fits and (not c.no_bid or on_grid(grid, DOLLAR_PRICE - c.no_bid)), Code.INVALID_VALUE)
        sizes = {"yes": self.size(r, c.yes_bid), "no": self.size(r, c.no_bid)}
        need(any(sizes.values()), Code.INVALID_VALUE)
        twin.check_open(twin.markets[r.market])
        q = Record(id=make_id(twin.seq, 0), status="open", side="", until=0, **asdict(c))
        q.sizes, q.asked_as, q.made_as = sizes, "", ""
        for side, count in sizes.items():
            order = self.order(q, r, side, True)
            taker = bool(twin.rivals(order))
            if count:
                self.check_money(order, taker)
        for old in [x for x in self.quotes.values() if x.rfq == r.id]:
            if member_of(old.account) == maker:
                self.cancel(old, "replaced")
        self.quotes[q.id] = q

    def delete_quote(self, c: w.DeleteQuote) -> None:
        need(c.member in self.twin.members, Code.MEMBER_NOT_FOUND)
        q = self.find(c)
        need(member_of(q.account) == c.member, Code.QUOTE_NOT_FOUND)
        need(q.status != "confirmed", Code.WRONG_QUOTE_STATUS)
        need(self.twin.exchange, Code.EXCHANGE_PAUSED)
        self.cancel(q, "deleted")

    def accept_quote(self, c: w.AcceptQuote) -> None:
        self.active(c.member)
        q = self.find(c)
        r = self.rfqs[q.rfq]
        parties = [member_of(q.account), member_of(r.account)]
        need(c.member in parties and c.account in (0, r.account), Code.QUOTE_NOT_FOUND)
        taken = self.of(r, "accepted")
        late = [x for x in taken if x.until <= self.twin.at and x is not q]
        need(not self.of(r, "confirmed") and taken == late, Code.WRONG_QUOTE_STATUS)
        need(not c.seen, Code.ORDER_EXISTS)
        need(c.member == parties[1] and q.sizes.get(c.side), Code.INVALID_VALUE)
        self.twin.check_open(self.twin.markets[r.market])
        self.check_money(self.order(q, r, c.side, False), True)
        for old in late:
            self.cancel(old, "not_confirmed")
        q.status, q.side, q.asked_as = "accepted", c.side, c.client_order_id
        q.until = self.twin.at + (3 if self.twin.markets[r.market].volatile else 30) * SECOND

    def confirm_quote(self, c: w.ConfirmQuote) -> None:
        self.active(c.member)
        q = self.find(c)
        need(member_of(q.account) == c.member, Code.QUOTE_NOT_FOUND)
        r = self.rfqs[q.rfq]
        in_time = q.status == "accepted" and self.twin.at < q.until
        need(in_time, Code.WRONG_QUOTE_STATUS)
        need(not c.seen, Code.ORDER_EXISTS)
        self.twin.check_open(self.twin.markets[r.market])
        self.check_money(self.order(q, r, q.side, True), True)
        q.status, q.made_as = "confirmed", c.client_order_id
        q.until = self.twin.at + (1 if self.twin.markets[r.market].volatile else 15) * SECOND

    def propose_block_trade(self, c: w.ProposeBlockTrade) -> None:
        twin = self.twin
        self.active(c.proposer)
        need(c.buyer in twin.cash and c.seller in twin.cash, Code.ACCOUNT_NOT_FOUND)
        twin.there(c.buyer, c.market)
        twin.there(c.seller, c.market)
        need(0 < c.count <= MAX_COUNT, Code.INVALID_COUNT)
        need(on_grid(twin.markets[c.market].structure, c.price), Code.INVALID_PRICE)
        need(member_of(c.buyer) != member_of(c.seller), Code.INVALID_VALUE)
        need(c.expires_at > twin.at, Code.INVALID_TIMES)
        twin.check_open(twin.markets[c.market])
        id = make_id(twin.seq, 0)
        self.blocks[id] = Record(id=id, said=set[int](), **asdict(c))

    def accept_block_trade(self, c: w.AcceptBlockTrade) -> None:
        twin = self.twin
        b: Any = self.blocks.get(c.block_trade)
        self.active(c.member)
        alive = b and b.expires_at > twin.at
        sides = {BID: b.buyer, ASK: b.seller} if alive else {}
        mine = [side for side, account in sides.items() if member_of(account) == c.member]
        need(mine, Code.BLOCK_TRADE_NOT_FOUND)
        if c.account:
            known = c.account in twin.cash and member_of(c.account) == c.member
            shard = twin.events[twin.markets[b.market].event].shard
            need(known and shard_of(c.account) == shard, Code.ACCOUNT_NOT_FOUND)
            sides[mine[0]] = c.account
        twin.check_open(twin.markets[b.market])
        need(mine[0] not in b.said, Code.WRONG_STATUS)
        said = {*b.said, mine[0]}
        for side in mine + sorted(said - set(mine)):
            need(twin.subs.may_trade(member_of(sides[side])), Code.WRONG_STATUS)
            order = self.new(0, sides[side], b, side, b.price, b.count, FOK)
            taker = (side == BID) == (b.maker_side == "no")
            self.check_money(order, taker)
        b.said, b.buyer, b.seller = said, sides[BID], sides[ASK]

    # What follows

    def hear(self, fact: Any) -> None:
        """What an operator or the clock brought about."""
        match fact:
            case f.QuoteExecuted() | f.QuoteCanceled() if fact.quote in self.quotes:
                self.due(self.quotes[fact.quote], fact)
            case f.BlockTradeExpired():
                assert self.blocks.pop(fact.block_trade).expires_at <= self.twin.at

    def follow(self, facts: list[Any]) -> None:
        """Both sides of a block trade have said yes: `facts` name the two orders."""
        for b in [b for b in self.blocks.values() if len(b.said) == 2]:
            ids = next(x for x in facts if isinstance(x, f.BlockTradeExecuted))
            bought = self.new(ids.buyer_order, b.buyer, b, BID, b.price, b.count, FOK)
            sold = self.new(ids.seller_order, b.seller, b, ASK, b.price, b.count, FOK)
            taker, maker = (sold, bought) if b.maker_side == "yes" else (bought, sold)
            for o in (taker, maker):
                o.budget = worst_fee(o.terms, True, o.side, o.left, o.price)
            self.twin.trade(taker, maker, b.count)
            self.twin.end(taker)
            del self.blocks[b.id]

    def due(self, q: Any, fact: Any) -> None:
        twin, r = self.twin, self.rfqs[q.rfq]
        assert 0 < q.until <= twin.at, "nothing is due yet"
        # What had expired by then was cancelled before.
        twin.end(*(o for o in twin.resting() if 0 < o.expires_at <= q.until))
        if q.status == "accepted":
            return self.cancel(q, "not_confirmed")
        if obstacle := self.obstacle(q, r):
            return self.cancel(q, obstacle)
        made, asked = self.order(q, r, q.side, True), self.order(q, r, q.side, False)
        made.id, asked.id = fact.maker_order, fact.requester_order
        crosses = q.post_only and twin.rivals(made)
        (twin.end if crosses else twin.arrive)(made)
        twin.arrive(asked)
        if made.id in twin.orders and not q.rest_remainder:
            twin.end(made)
        self.cancel(q, "executed")
        return self.close(r, "executed")

    def obstacle(self, q: Any, r: Any) -> str:
        twin, market = self.twin, self.twin.markets[r.market]
        made, asked = self.order(q, r, q.side, True), self.order(q, r, q.side, False)
        try:
            twin.check_open(market)
            need(on_grid(market.structure, made.price), Code.INVALID_PRICE)
            self.check_money(made, bool(twin.rivals(made)), q)
            self.check_money(asked, True, q)
        except Refused as refused:
            return refused.reject.code.value
        return ""

    def stop_market(self, market: int) -> None:
        for r in [r for r in self.rfqs.values() if r.market == market]:
            self.close(r, "market_closed")

    def stop_member(self, member: int) -> None:
        for r in [r for r in self.rfqs.values() if member_of(r.account) == member]:
            self.close(r, "member_suspended")
        for q in [q for q in self.quotes.values() if member_of(q.account) == member]:
            self.cancel(q, "member_suspended")

    # Small things

    def of(self, r: Any, status: str) -> list[Any]:
        return [q for q in self.quotes.values() if q.rfq == r.id and q.status == status]

    def close(self, r: Any, why: str) -> None:
        del self.rfqs[r.id]
        self.quotes = {id: q for id, q in self.quotes.items() if q.rfq != r.id}
        self.talked.append((r.id, why))

    def cancel(self, q: Any, why: str) -> None:
        del self.quotes[q.id]
        self.talked.append((q.id, why))

    def find(self, c: Any) -> Any:
        q = self.quotes.get(c.quote)
        need(q and c.rfq in (0, q.rfq), Code.QUOTE_NOT_FOUND)
        return q

    def active(self, member: int) -> None:
        need(member in self.twin.members, Code.MEMBER_NOT_FOUND)
        need(self.twin.subs.may_trade(member), Code.MEMBER_SUSPENDED)

    def size(self, r: Any, bid: Price) -> Count:
        if not bid or r.contracts:
            return r.contracts if bid else 0
        price, terms = DOLLAR_PRICE - bid, self.twin.terms_of(r.account, r.market)
        count = int(r.target_cost // price)
        while not r.excludes_fees and self.cost(terms, count, price) > r.target_cost:
            count -= 1
        return count

    def cost(self, terms: Any, count: Count, price: Price) -> Money:
        return count * price + trade_fee(terms, True, count, price)

    def order(self, q: Any, r: Any, side: str, made: bool) -> Any:
        """The maker's order if its bid of that side is taken, or the requester's."""
        price = q.yes_bid if side == "yes" else DOLLAR_PRICE - q.no_bid
        mine = BID if side == "yes" else ASK
        count = q.sizes[side]
        if made:
            order = self.new(0, q.account, r, mine, price, count, GTC, q.made_as)
            order.quoter = True
            return order
        tif = GTC if r.rest_remainder else IOC
        return self.new(0, r.account, r, 1 - mine, price, count, tif, q.asked_as)

    def new(self, id: int, account: int, r: Any, side: int, price: Price, *more: Any) -> Any:
        wish = PlaceOrder(account, r.market, side, price, *more)
        order = Record(id=id, left=wish.count, filled=0, carry=0, spent=0, **asdict(wish))
        order.stp = MAKER
        order.terms = self.twin.terms_of(account, r.market)
        return order

    def check_money(self, order: Any, taker: bool, but: Any = None) -> None:
        twin = self.twin
        need(order.account not in twin.subs.locked, Code.ACCOUNT_LOCKED)
        nets = twin.nets(order.account, twin.markets[order.market].event)
        held = (
            0
            if nets and order.side == BID
            else twin.closable(order.account, order.market, order.side)
        )
        own = twin.resting(account=order.account, market=order.market, side=order.side)
        opened = order.left - min(max(held - sum(o.left for o in own), 0), order.left)
        price = order.price if order.side == BID else DOLLAR_PRICE - order.price
        fee = worst_fee(order.terms, taker, order.side, opened, order.price)
        whole, reserved = opened * price + fee, twin.reserved(order.account)
        need(twin.cash[order.account] - reserved >= whole, Code.INSUFFICIENT_BALANCE)
        twin.subs.check_cap(order.account, whole, reserved, but)
