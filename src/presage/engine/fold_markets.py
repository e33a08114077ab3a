"""How facts about series, events, markets, settlement and pending work change the state."""

from __future__ import annotations

from presage.domain import facts as f
from presage.domain.accounts import COVER, FEES, ROUNDING
from presage.domain.markets import TRANSITIONS
from presage.domain.resolution_facts import OutcomeCorrected, PositionCorrected
from presage.engine.ages import Ages
from presage.engine.fold_combos import join_legs, leave_legs
from presage.engine.fold_members import open_holding, spend_premium
from presage.engine.state import CLOSE, NO_LOTS, OPEN, SETTLE, Event, Market, Series, State, Work


def series_created(state: State, fact: f.SeriesCreated) -> None:
    state.series[fact.series] = Series(
        fact.series, fact.ticker, fact.fee_type, fact.multiplier, fact.shard
    )
    state.tickers.add(("series", fact.ticker))


def series_fees_set(state: State, fact: f.SeriesFeesSet) -> None:
    series = state.series[fact.series]
    series.fee_type, series.multiplier = fact.fee_type, fact.multiplier
    state.planned_fees.pop(fact.change, None)


def event_created(state: State, fact: f.EventCreated) -> None:
    series = state.series[fact.series]
    event = Event(fact.event, series, fact.ticker, fact.exclusive, fact.netting, fact.shard)
    state.events[event.id] = event
    state.tickers.add(("event", fact.ticker))


def event_fees_set(state: State, fact: f.EventFeesSet) -> None:
    event = state.events[fact.event]
    event.fee_type, event.multiplier = fact.fee_type, fact.multiplier
    state.planned_fees.pop(fact.change, None)


def market_created(state: State, fact: f.MarketCreated) -> None:
    event = state.events[fact.event]
    market = Market(fact.market, event, fact.ticker)
    market.open_at, market.close_at = fact.open_at, fact.close_at
    market.structure, market.timer = fact.structure, fact.timer
    market.can_close_early = fact.can_close_early
    market.fee_waiver_until = fact.fee_waiver_until
    market.volatile = fact.volatile
    if fact.legs:
        join_legs(state, market, fact.legs)
    event.markets.append(market)
    state.markets[market.id] = market
    state.tickers.add(("market", fact.ticker))
    state.add_timer(market.open_at, OPEN, market.id)
    state.add_timer(market.close_at, CLOSE, market.id)


def market_times_set(state: State, fact: f.MarketTimesSet) -> None:
    market = state.markets[fact.market]
    market.open_at, market.close_at = fact.open_at, fact.close_at
    state.add_timer(market.open_at, OPEN, market.id)
    state.add_timer(market.close_at, CLOSE, market.id)


def price_structure_set(state: State, fact: f.PriceStructureSet) -> None:
    state.markets[fact.market].structure = fact.structure


def market_status_changed(state: State, fact: f.MarketStatusChanged) -> None:
    market = state.markets[fact.market]
    assert fact.status in TRANSITIONS[market.status], f"{market.status} to {fact.status}"
    market.status = fact.status
    market.close_at = fact.close_at


def market_determined(state: State, fact: f.MarketDetermined) -> None:
    market = state.markets[fact.market]
    assert fact.status in TRANSITIONS[market.status], f"{market.status} to {fact.status}"
    market.status = fact.status
    market.result, market.value = fact.result, fact.value
    market.settle_at = fact.settle_at
    market.left, market.before = 0, ""
    state.add_timer(market.settle_at, SETTLE, market.id)


def market_disputed(state: State, fact: f.MarketDisputed) -> None:
    market = state.markets[fact.market]
    market.status = "disputed"
    market.settle_at = 0
    market.left, market.before = fact.left, fact.before


def settlement_started(state: State, fact: f.SettlementStarted) -> None:
    market = state.markets[fact.market]
    market.result, market.value = fact.result, fact.value
    market.settling = True
    market.settle_at = 0
    market.event.room -= fact.value
    void = fact.result == "void"
    concerned = set(market.event.advances)
    for holding in market.holdings.values():
        if holding.count or (void and (holding.spent or holding.fees)):
            concerned.add(holding.account.id)
    # Paid from the end of the list, so that every step costs the same: hence reversed.
    market.payouts = sorted(concerned, reverse=True)


def position_paid(state: State, fact: f.PositionPaid) -> None:
    market = state.markets[fact.market]
    account = state.accounts[fact.account]
    assert market.payouts.pop() == account.id, "holders are paid in order"
    account.cash = fact.cash
    if account.member.subtrader is not None:
        spend_premium(state, account.member, -fact.revenue - fact.fee_refund)
    holding = market.holdings.get(account.id)
    if holding is None:
        return
    holding.realized += fact.realized
    holding.count = 0
    holding.lots = NO_LOTS
    holding.cost = holding.spent = holding.fees = holding.rounding = 0
    market.escrow -= fact.revenue
    state.post(FEES, fact.rounding_refund - fact.fee_refund)
    state.post(ROUNDING, -fact.rounding_refund)
    state.post(COVER, -fact.cover)


def market_finalized(state: State, fact: f.MarketFinalized) -> None:
    market = state.markets[fact.market]
    assert market.escrow == 0, "a finalized market still owes money"
    market.status = "finalized"
    market.settling = False
    market.open_interest = 0
    for holding in market.holdings.values():
        del holding.account.holdings[market.id]
    market.holdings.clear()
    leave_legs(state, market)
    if all(other.status == "finalized" for other in market.event.markets):
        market.event.advances.clear()


def outcome_corrected(state: State, fact: OutcomeCorrected) -> None:
    market = state.markets[fact.market]
    assert market.status == "finalized", "only what was paid is corrected"
    market.event.room += market.value - fact.value
    market.result, market.value = fact.result, fact.value


def position_corrected(state: State, fact: PositionCorrected) -> None:
    # The money is moved by the entry's MoneyMoved; a daily cap counts it as it counts a payout.
    member = state.accounts[fact.account].member
    if member.subtrader is not None:
        spend_premium(state, member, -fact.added)


def pause_set(state: State, fact: f.PauseSet) -> None:
    state.exchange_active, state.trading_active = fact.exchange, fact.trading
    if state.wished is not None and not any(one.on for one in state.planned_pauses.values()):
        state.wished = None


def top_changed(state: State, fact: f.TopChanged) -> None:
    state.markets[fact.market].top = (fact.bid, fact.bid_size, fact.ask, fact.ask_size)


def work_queued(state: State, fact: f.WorkQueued) -> None:
    """Remember the job; the orders it is about are dead from here on."""
    work = Work(fact.work, fact.kind, fact.subject, fact.reason, state.ranks, fact.account)
    state.work.append(work)
    sweep(state, work)


def sweep(state: State, work: Work) -> None:
    """Mark what a job is about, so that matching knows its orders to be dead."""
    rank = work.rank
    if work.kind == "market":
        market = state.markets[work.subject]
        market.swept = rank
        work.ages = [Ages(market.book.queues(), rank)]
    elif work.kind == "member":
        for account in state.members[work.subject].accounts:
            account.swept = rank
            work.ages.append(Ages(account.queues(), rank))
    elif work.kind == "account":
        account = state.accounts[work.account]
        account.swept = rank
        work.ages = [Ages(account.queues(), rank)]
    elif work.kind == "holding":
        # A snapshot leaves out a stake in which there is nothing; the entry may have seen it.
        holding = open_holding(state.accounts[work.account], state.markets[work.subject])
        holding.swept = rank
        work.ages = [Ages([holding.bids], rank), Ages([holding.asks], rank)]
    elif work.kind == "halt":
        state.halted = work.rank
    elif work.kind == "rfqs":
        state.desk.silenced_markets[work.subject] = work.id
    elif work.kind == "communications":
        state.desk.silenced_members[work.subject] = work.id


def work_done(state: State, fact: f.WorkDone) -> None:
    work = state.work.popleft()
    assert work.id == fact.work, "work is finished in the order in which it was queued"
    if work.kind == "group" and state.groups[work.subject].deleted:
        del state.groups[work.subject]
    elif work.kind in ("rfqs", "communications"):
        # A later job may have silenced more.
        desk = state.desk
        silenced = desk.silenced_markets if work.kind == "rfqs" else desk.silenced_members
        if silenced[work.subject] == work.id:
            del silenced[work.subject]
