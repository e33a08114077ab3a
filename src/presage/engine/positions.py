"""Moving a position between two accounts of one member.

It is booked as if the source had sold to the target at the given price, without a fee and without
the book: the price decides what each side's contracts have cost and what the source has earned. The
member as a whole has afterwards what it had before; no order of either account may be left without
money or contracts.
"""

from __future__ import annotations

from presage.domain.ids import AccountId, member_of, shard_of
from presage.domain.member_commands import TransferPosition
from presage.domain.member_facts import PositionTransferred, Share
from presage.domain.orders import ASK, BID, Side
from presage.domain.rejects import Code, Refused
from presage.engine.advances import post_advance
from presage.engine.collateral import (
    cost_of,
    least_payout,
    reserved_after,
    returns_collateral,
    room_for,
)
from presage.engine.decision import Decision
from presage.engine.lookup import find_account, find_market_of
from presage.engine.matching import lots_cost
from presage.engine.state import Holding, Market
from presage.units import DOLLAR_PRICE, MAX_COUNT, Money


def transfer_position(d: Decision, c: TransferPosition) -> None:
    """Both sides at once, or nothing."""
    source, target = find_account(d, c.source), find_account(d, c.target)
    market = find_market_of(d, source, c.market)
    if c.seen:
        raise Refused(Code.TRANSFER_EXISTS)
    _check_shape(c, source.member.grid)
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)
    if market.settling or market.status == "finalized":
        raise Refused(Code.MARKET_CLOSED)
    side = ASK if c.no else BID
    giving, taking = _holding(d, c.source, market), _holding(d, c.target, market)
    if giving.closing(1 - side) < c.count:
        raise Refused(Code.INSUFFICIENT_POSITION)
    given, taken = _share(giving, 1 - side, c), _share(taking, side, c)
    for holding, share in ((giving, given), (taking, taken)):
        _check_orders(holding, share)
    # What the target closes of its own is no longer open; the source's contracts only change hands.
    left = market.open_interest - taken.closed
    d.emit(
        PositionTransferred(
            d.new_id(), market.id, c.price, c.count, side, given, taken, left, c.transfer
        )
    )
    for account in (source, target):
        d.touch(account)
        if returns_collateral(account, market.event):
            post_advance(d, account, market.event)


def _check_shape(c: TransferPosition, grid: Money) -> None:
    if not 0 < c.count <= MAX_COUNT:
        raise Refused(Code.INVALID_COUNT)
    if not 0 <= c.price <= DOLLAR_PRICE or c.count * c.price % grid:
        raise Refused(Code.INVALID_PRICE)
    own = member_of(c.source) == member_of(c.target) and shard_of(c.source) == shard_of(c.target)
    if c.source == c.target or not own:
        sentence = "a position moves between two accounts of one member, on one shard"
        raise Refused(Code.INVALID_VALUE, sentence)


def _holding(d: Decision, account: AccountId, market: Market) -> Holding:
    return market.holdings.get(account) or Holding(d.state.accounts[account], market)


def _share(holding: Holding, side: Side, c: TransferPosition) -> Share:
    """One account's part, worked out before it happens."""
    account = holding.account
    closed = min(c.count, holding.closing(side))
    paid = cost_of(side, c.price, c.count - closed)
    received = cost_of(1 - side, c.price, closed)
    position = holding.count + (c.count if side == BID else -c.count)
    had_cost = lots_cost(holding, closed) if closed else 0
    return Share(
        account.id,
        closed,
        paid,
        received,
        received - had_cost,
        position,
        holding.cost - had_cost + paid,
        account.cash + received - paid,
        reserved_after(holding, position),
    )


def _check_orders(holding: Holding, share: Share) -> None:
    """Are the account's resting orders still backed by its money and its contracts?"""
    for side, left in ((BID, -share.position), (ASK, share.position)):
        if holding.orders(side).reducing > max(left, 0):
            raise Refused(Code.INSUFFICIENT_POSITION, "reduce-only orders rest on the position")
    if share.cash - _taken_back(holding, share) < share.reserved:
        raise Refused(Code.INSUFFICIENT_BALANCE)


def _taken_back(holding: Holding, share: Share) -> Money:
    """How much of the collateral that was returned early the account has to give back; what it
    gains is not counted."""
    account, event = holding.account, holding.market.event
    if not returns_collateral(account, event):
        return 0
    standing = event.advances.get(account.id)
    room = standing.room if standing is not None else room_for(account, event)
    due = least_payout(account, event, room, holding.market, share.position)
    return max((standing.amount if standing is not None else 0) - due, 0)
