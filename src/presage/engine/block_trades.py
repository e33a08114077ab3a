"""Block trades: proposed to two members, carried out outside the book when both have said yes.

The trade is public like any other, and marked. It happens at the proposed price whatever the book
looks like, and meets no resting order.
"""

from __future__ import annotations

from presage.domain.desk_commands import AcceptBlockTrade, ProposeBlockTrade
from presage.domain.desk_facts import (
    BlockTradeAccepted,
    BlockTradeExecuted,
    BlockTradeExpired,
    BlockTradeProposed,
)
from presage.domain.ids import AccountId, Id
from presage.domain.markets import on_grid
from presage.domain.orders import ASK, BID, FOK, MAX_OPEN_ORDERS, Side
from presage.domain.quotes import MAX_BLOCK_TRADES, NO, YES
from presage.domain.rejects import Code, Refused
from presage.engine.agreed import enter, lacks
from presage.engine.decision import Decision
from presage.engine.desk import BlockTrade
from presage.engine.lookup import find_market_of, find_member, require_open
from presage.engine.matching import trade
from presage.engine.state import Account, Member
from presage.units import MAX_COUNT

BUYER = "buyer"
SELLER = "seller"


def propose(d: Decision, c: ProposeBlockTrade) -> None:
    """Anybody may propose; nothing happens before both parties have accepted."""
    proposer = find_member(d, c.proposer)
    buyer, seller = _party(d, c.buyer), _party(d, c.seller)
    market = find_market_of(d, buyer, c.market)
    find_market_of(d, seller, c.market)
    if not 0 < c.count <= MAX_COUNT:
        raise Refused(Code.INVALID_COUNT)
    if not on_grid(market.structure, c.price):
        raise Refused(Code.INVALID_PRICE)
    if buyer.member is seller.member:
        raise Refused(Code.INVALID_VALUE, "buyer and seller are the same member")
    if c.maker_side not in (YES, NO):
        raise Refused(Code.INVALID_VALUE, "maker_side is yes or no")
    if c.expires_at <= d.at:
        raise Refused(Code.INVALID_TIMES, "expiration_ts is in the past")
    require_open(d, market)
    if d.state.desk.proposing.get(proposer.id, 0) >= MAX_BLOCK_TRADES:
        raise Refused(Code.TOO_MANY_BLOCK_TRADES)
    d.emit(
        BlockTradeProposed(
            d.new_id(),
            proposer.id,
            buyer.id,
            seller.id,
            market.id,
            c.price,
            c.count,
            c.maker_side,
            c.expires_at,
        )
    )


def _party(d: Decision, account_id: AccountId) -> Account:
    account = d.state.accounts.get(account_id)
    if account is None:
        raise Refused(Code.ACCOUNT_NOT_FOUND)
    return account


def accept(d: Decision, c: AcceptBlockTrade) -> None:
    """One side says yes; the second yes makes the trade."""
    member = find_member(d, c.member)
    block = d.state.desk.block_trades.get(c.block_trade)
    if block is None or block.expires_at <= d.at:
        raise Refused(Code.BLOCK_TRADE_NOT_FOUND)
    side, account = _accepting(d, block, member, c.account)
    require_open(d, block.market)
    if block.buyer_accepted if side == BUYER else block.seller_accepted:
        raise Refused(Code.WRONG_STATUS, "you have accepted already")
    completes = block.seller_accepted if side == BUYER else block.buyer_accepted
    buyer = account if side == BUYER else block.buyer
    seller = account if side == SELLER else block.seller
    _check_party(d, block, account, BID if side == BUYER else ASK)
    if completes:
        other = seller if side == BUYER else buyer
        if not other.member.may_trade:
            raise Refused(Code.WRONG_STATUS, "the other side may not trade")
        _check_party(d, block, other, ASK if side == BUYER else BID, "the other side cannot pay")
    d.emit(BlockTradeAccepted(block.id, side, account.id))
    if completes:
        _execute(d, block)


def _accepting(
    d: Decision, block: BlockTrade, member: Member, account_id: AccountId
) -> tuple[str, Account]:
    """Which side the member is, and with which account. Raises: Refused."""
    if block.buyer.member is member:
        side, account = BUYER, block.buyer
    elif block.seller.member is member:
        side, account = SELLER, block.seller
    else:
        raise Refused(Code.BLOCK_TRADE_NOT_FOUND)
    if account_id:
        account = _party(d, account_id)
        if account.member is not member or account.shard != block.market.shard:
            raise Refused(Code.ACCOUNT_NOT_FOUND)
    return side, account


def _check_party(
    d: Decision, block: BlockTrade, account: Account, side: Side, poor: str = ""
) -> None:
    """The account may place its order and can pay for it. Raises: Refused."""
    if account.member.open_orders >= MAX_OPEN_ORDERS:
        raise Refused(Code.TOO_MANY_ORDERS)
    taker = (side == BID) == (block.maker_side == NO)
    if code := lacks(d, account, block.market, side, block.price, block.count, taker):
        raise Refused(code, poor)


def _execute(d: Decision, block: BlockTrade) -> None:
    """Two orders that fill each other and never see the book."""
    market, price, count = block.market, block.price, block.count
    bought = enter(d, block.buyer, market, BID, price, count, FOK)
    sold = enter(d, block.seller, market, ASK, price, count, FOK)
    taker, maker = (sold, bought) if block.maker_side == YES else (bought, sold)
    made = trade(d, taker, maker, count, block=True)
    d.emit(BlockTradeExecuted(block.id, market.id, bought.id, sold.id, made))


def by_timer(d: Decision, block_id: Id) -> None:
    """A proposal whose time is over."""
    block = d.state.desk.block_trades.get(block_id)
    if block is not None and block.expires_at <= d.at:
        d.emit(BlockTradeExpired(block.id))
