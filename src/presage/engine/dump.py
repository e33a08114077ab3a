"""The whole state as bytes and back: snapshots, and the digest that compares two states.

The form is canonical: what is derived (timers, sums, links) is left out and rebuilt, everything
else is written in a fixed order. Resting orders are written by rank, which is both their age and
their priority.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Any

import msgspec

from presage.domain.combos import ComboLeg
from presage.domain.ids import member_of
from presage.domain.terms import FeeTerms
from presage.engine.book import Order
from presage.engine.collateral import full_reserve, holding_relief
from presage.engine.dump_desk import dump_desk, load_desk
from presage.engine.dump_plans import dump_plans, load_plans
from presage.engine.fold_combos import join_legs
from presage.engine.fold_markets import sweep
from presage.engine.fold_members import become_subtrader
from presage.engine.fold_orders import settle_in
from presage.engine.state import (
    CLOSE,
    EXPIRE,
    OPEN,
    SETTLE,
    Account,
    Advance,
    Event,
    Group,
    Holding,
    Market,
    Member,
    Series,
    State,
    Work,
)

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_SCALARS = (
    "seq",
    "at",
    "exchange",
    "id_key",
    "exchange_active",
    "trading_active",
    "ranks",
)
_EVENT = ("id", "ticker", "exclusive", "netting", "fee_type", "multiplier", "room", "shard")
_MARKET = (
    "id",
    "ticker",
    "status",
    "open_at",
    "close_at",
    "structure",
    "timer",
    "can_close_early",
    "fee_waiver_until",
    "volatile",
    "result",
    "value",
    "settle_at",
    "settling",
    "left",
    "before",
    "payouts",
    "open_interest",
    "escrow",
    "top",
)
_HOLDING = ("count", "cost", "spent", "fees", "rounding", "realized")
_ORDER = (
    "id",
    "side",
    "price",
    "remaining",
    "filled",
    "tif",
    "client_order_id",
    "expires_at",
    "post_only",
    "reduce_only",
    "stp",
    "cancel_on_pause",
    "max_cost",
    "spent",
    "carry",
    "budget",
    "rank",
    "rested_at",
)
_WORK = ("id", "kind", "subject", "reason", "rank", "account", "place")
_MEMBER = ("id", "kind", "grid", "status", "groups", "combo_week", "combos")


def _take(thing: object, names: tuple[str, ...]) -> list[Any]:
    return [getattr(thing, name) for name in names]


def _give(thing: object, names: tuple[str, ...], values: list[Any]) -> None:
    for name, value in zip(names, values, strict=True):
        setattr(thing, name, value)


def dump(state: State) -> bytes:
    """The state in its canonical form."""
    return _encoder.encode(
        [
            _take(state, _SCALARS),
            {name: amount for name, amount in sorted(state.ledger.items()) if amount},
            [[*_take(m, _MEMBER), _dump_subtrader(m)] for m in _sorted(state.members)],
            [[a.id, a.netting, a.cash, a.lock] for a in _sorted(state.accounts)],
            [[s.id, s.ticker, s.fee_type, s.multiplier, s.shard] for s in _sorted(state.series)],
            [_dump_event(event) for event in _sorted(state.events)],
            [_dump_market(market) for market in _sorted(state.markets)],
            [
                [g.id, g.account.id, g.limit, g.matched, list(g.window), g.triggered, g.deleted]
                for g in _sorted(state.groups)
            ],
            [_dump_order(o) for o in sorted(state.orders.values(), key=lambda o: o.rank)],
            [_take(work, _WORK) for work in state.work],
            dump_desk(state.desk),
            dump_plans(state),
            sorted(state.shards),
        ]
    )


def _sorted(things: dict[int, Any]) -> list[Any]:
    return [things[key] for key in sorted(things)]


def _dump_subtrader(member: Member) -> list[int]:
    one = member.subtrader
    return [one.fcm.id, one.limit, one.executed, one.day] if one is not None else []


def _dump_event(event: Event) -> list[Any]:
    advances = [[key, a.amount, a.room] for key, a in sorted(event.advances.items())]
    return [_take(event, _EVENT), event.series.id, advances]


def _dump_market(market: Market) -> list[Any]:
    holdings = [
        [key, [list(lot) for lot in h.lots], _take(h, _HOLDING)]
        for key, h in sorted(market.holdings.items())
        if h.count or h.spent or h.fees or h.realized or h.bids.oldest or h.asks.oldest
    ]
    return [_take(market, _MARKET), market.event.id, holdings, market.legs]


def _dump_order(order: Order) -> list[Any]:
    group = order.group.id if order.group is not None else 0
    return [_take(order, _ORDER), order.account.id, order.market.id, group, order.terms]


def load(blob: bytes) -> State:
    """The state that `dump` had described. Raises: msgspec.DecodeError on a damaged blob."""
    parts = msgspec.msgpack.decode(blob)
    state = State()
    _give(state, _SCALARS, parts[0])
    state.ledger = parts[1]
    for *values, subtrader in parts[2]:
        member = state.members[values[0]] = Member(values[0], "", 0)
        _give(member, _MEMBER, values)
        if subtrader:
            _load_subtrader(state, member, *subtrader)
    for id_, netting, cash, lock in parts[3]:
        account = Account(id_, state.members[member_of(id_)], netting)
        account.cash, account.lock = cash, lock
        account.member.accounts.append(account)
        state.accounts[id_] = account
    for values in parts[4]:
        state.series[values[0]] = Series(*values)
        state.tickers.add(("series", values[1]))
    for values in parts[5]:
        _load_event(state, *values)
    for values in parts[6]:
        _load_market(state, *values)
    for id_, account_id, limit, matched, window, triggered, deleted in parts[7]:
        group = state.groups[id_] = Group(id_, state.accounts[account_id], limit)
        group.matched, group.triggered, group.deleted = matched, triggered, deleted
        group.window = deque((at, count) for at, count in window)
    for values in parts[8]:
        _load_order(state, *values)
    for values in parts[9]:
        state.work.append(Work(*values[:-1]))
        state.work[-1].place = values[-1]
        sweep(state, state.work[-1])
    load_desk(state, parts[10])
    load_plans(state, *parts[11])
    state.shards = set(parts[12])
    _derive(state)
    return state


def _load_subtrader(
    state: State, member: Member, fcm: int, limit: int, executed: int, day: int
) -> None:
    # An FCM is older than its subtraders, so it is there already.
    one = become_subtrader(state, member, fcm)
    one.limit, one.executed, one.day = limit, executed, day


def _load_event(state: State, values: list[Any], series: int, advances: list[list[int]]) -> None:
    event = Event(values[0], state.series[series], values[1], False, "")
    _give(event, _EVENT, values)
    event.advances = {key: Advance(amount, room) for key, amount, room in advances}
    state.events[event.id] = event
    state.tickers.add(("event", event.ticker))


def _load_market(
    state: State, values: list[Any], event_id: int, holdings: list[Any], legs: list[list[Any]]
) -> None:
    event = state.events[event_id]
    market = Market(values[0], event, values[1])
    top = _MARKET.index("top")
    values[top] = tuple(values[top])
    _give(market, _MARKET, values)
    event.markets.append(market)
    state.markets[market.id] = market
    state.tickers.add(("market", market.ticker))
    join_legs(state, market, tuple(ComboLeg(*leg) for leg in legs))
    for key, lots, rest in holdings:
        holding = Holding(state.accounts[key], market)
        _give(holding, _HOLDING, rest)
        if lots:
            holding.lots = deque((count, price) for count, price in lots)
        market.holdings[key] = holding
        holding.account.holdings[market.id] = holding
    for due, kind in (
        (market.open_at, OPEN),
        (market.close_at, CLOSE),
        (market.settle_at, SETTLE),
    ):
        if due and market.status != "finalized":
            state.add_timer(due, kind, market.id)


def _load_order(
    state: State, values: list[Any], account_id: int, market_id: int, group: int, terms: list[Any]
) -> None:
    account, market = state.accounts[account_id], state.markets[market_id]
    holding = market.holdings[account_id]
    order = Order(values[0], account, market, holding, 0, 0, 0, FeeTerms(*terms))
    _give(order, _ORDER, values)
    order.full = full_reserve(order.side, order.price, order.remaining, order.terms, order.budget)
    if group:
        order.group = state.groups[group]
        order.group.orders[order.id] = order
    account.member.open_orders += 1
    state.orders[order.id] = order
    settle_in(state, order)
    if order.expires_at:
        state.add_timer(order.expires_at, EXPIRE, order.id)


def _derive(state: State) -> None:
    """Reserves follow from orders and positions."""
    for account in state.accounts.values():
        for holding in account.holdings.values():
            holding.relieved = holding_relief(holding)
            account.reserved += holding.bids.full + holding.asks.full - holding.relieved


def digest_of(blob: bytes) -> str:
    """SHA-256 of a state's canonical form, in hex."""
    return hashlib.sha256(blob).hexdigest()
