"""The one place where state changes: every fact type and the function that applies it.

Live decisions, recovery and verification all come through here, so a state is the sum of its facts
and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from presage.domain import combo_facts as k
from presage.domain import cutoffs as t
from presage.domain import desk_facts as w
from presage.domain import facts as f
from presage.domain import group_facts as g
from presage.domain import hours as h
from presage.domain import member_facts as m
from presage.domain import plan_facts as p
from presage.domain.resolution_facts import OutcomeCorrected, PositionCorrected
from presage.domain.shard_facts import ShardDeclared
from presage.engine import (
    fold_combos,
    fold_desk,
    fold_markets,
    fold_members,
    fold_money,
    fold_orders,
    fold_plans,
)
from presage.engine.state import State

FOLDS: Final[dict[type, Callable[[State, Any], None]]] = {
    f.Founded: fold_money.founded,
    f.MemberOpened: fold_money.member_opened,
    f.AccountOpened: fold_money.account_opened,
    f.MemberStatusSet: fold_money.member_status_set,
    f.NettingSet: fold_money.netting_set,
    f.MoneyMoved: fold_money.money_moved,
    f.AdvanceSet: fold_money.advance_set,
    f.SeriesCreated: fold_markets.series_created,
    f.SeriesFeesSet: fold_markets.series_fees_set,
    f.EventCreated: fold_markets.event_created,
    f.EventFeesSet: fold_markets.event_fees_set,
    f.MarketCreated: fold_markets.market_created,
    f.MarketTimesSet: fold_markets.market_times_set,
    f.PriceStructureSet: fold_markets.price_structure_set,
    f.MarketStatusChanged: fold_markets.market_status_changed,
    f.MarketDetermined: fold_markets.market_determined,
    f.MarketDisputed: fold_markets.market_disputed,
    f.SettlementStarted: fold_markets.settlement_started,
    f.PositionPaid: fold_markets.position_paid,
    f.MarketFinalized: fold_markets.market_finalized,
    f.PauseSet: fold_markets.pause_set,
    f.OrderPlaced: fold_orders.order_placed,
    f.OrderKilled: fold_orders.order_killed,
    f.OrderRested: fold_orders.order_rested,
    f.Traded: fold_orders.traded,
    f.OrderReduced: fold_orders.order_reduced,
    f.OrderCanceled: fold_orders.order_canceled,
    f.OrderAmended: fold_orders.order_amended,
    f.TopChanged: fold_markets.top_changed,
    g.GroupCreated: fold_orders.group_created,
    g.GroupLimitSet: fold_orders.group_limit_set,
    g.GroupTriggered: fold_orders.group_triggered,
    g.GroupReset: fold_orders.group_reset,
    g.GroupDeleted: fold_orders.group_deleted,
    f.WorkQueued: fold_markets.work_queued,
    f.WorkDone: fold_markets.work_done,
    w.RfqCreated: fold_desk.rfq_created,
    w.RfqClosed: fold_desk.rfq_closed,
    w.QuoteCreated: fold_desk.quote_created,
    w.QuoteAccepted: fold_desk.quote_accepted,
    w.QuoteConfirmed: fold_desk.quote_confirmed,
    w.QuoteExecuted: fold_desk.quote_executed,
    w.QuoteCanceled: fold_desk.quote_canceled,
    w.BlockTradeProposed: fold_desk.block_trade_proposed,
    w.BlockTradeAccepted: fold_desk.block_trade_accepted,
    w.BlockTradeExecuted: fold_desk.block_trade_over,
    w.BlockTradeExpired: fold_desk.block_trade_over,
    p.FeesPlanned: fold_plans.fees_planned,
    p.FeesDropped: fold_plans.fees_dropped,
    p.PausePlanned: fold_plans.pause_planned,
    p.PauseDropped: fold_plans.pause_gone,
    p.PauseBegan: fold_plans.pause_began,
    p.PauseEnded: fold_plans.pause_gone,
    p.SwitchesWished: fold_plans.switches_wished,
    ShardDeclared: fold_money.shard_declared,
    m.DailyCapSet: fold_members.daily_cap_set,
    m.AccountLocked: fold_members.account_locked,
    m.AccountUnlocked: fold_members.account_unlocked,
    m.PositionTransferred: fold_members.position_transferred,
    k.ComboCreated: fold_combos.combo_created,
    k.CombosTold: fold_combos.combos_told,
    t.CutoffsMoved: fold_plans.cutoffs_moved,
    h.HoursSet: fold_plans.hours_set,
    OutcomeCorrected: fold_markets.outcome_corrected,
    PositionCorrected: fold_markets.position_corrected,
}


def fold(state: State, fact: f.Fact) -> None:
    """Apply one fact."""
    FOLDS[type(fact)](state, fact)
