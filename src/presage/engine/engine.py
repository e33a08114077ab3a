"""The engine: a command in, facts or a reject out. The dispatch and nothing more.

Same state, command, sequence number and time give the same facts: there is no clock, randomness or
I/O in here. `execute` decides and applies; `apply` only applies, for recovery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from presage.domain import combo_commands as k
from presage.domain import commands as c
from presage.domain import cutoffs as t
from presage.domain import desk_commands as w
from presage.domain import hours as h
from presage.domain import member_commands as m
from presage.domain import plan_commands as p
from presage.domain.facts import Fact, Founded, TopChanged
from presage.domain.ids import Id, MemberId
from presage.domain.rejects import Code, Refused, Reject
from presage.domain.resolution_commands import (
    CorrectOutcomes,
    DisputeMarkets,
    ResolveMarkets,
    SettleMarkets,
)
from presage.domain.shard_commands import DeclareShard
from presage.domain.site_commands import ClosePosition
from presage.engine import (
    amend,
    block_trades,
    caps,
    closing,
    combos,
    corrections,
    cutoffs,
    dump,
    groups,
    locks,
    markets,
    members,
    orders,
    plans,
    positions,
    quotes,
    resolutions,
    rfqs,
    settlement,
    shards,
    timers,
    transfers,
    work,
)
from presage.engine.ages import newest_first
from presage.engine.cancel import cancel
from presage.engine.collateral import order_reserve
from presage.engine.decision import Decision
from presage.engine.fold import fold
from presage.engine.state import Account, State
from presage.units import Count, Micros, Money

RULES_VERSION: Final = 4
"""Grows when the same commands would give other facts; `verify` re-decides only entries of its own
version."""


def _found(d: Decision, command: c.Genesis) -> None:
    if d.state.exchange:
        raise Refused(Code.WRONG_STATUS, "the exchange exists")
    d.emit(Founded(command.exchange, command.id_key))


def _tick(d: Decision, command: c.Tick) -> None:
    timers.tick(d)


RULES: Final[dict[type, Callable[[Decision, Any], None]]] = {
    c.Genesis: _found,
    c.Tick: _tick,
    c.OpenMember: members.open_member,
    c.OpenAccount: members.open_account,
    c.SetMemberStatus: members.set_member_status,
    c.SetNetting: members.set_netting,
    c.Move: transfers.move,
    c.CreateSeries: markets.create_series,
    c.SetSeriesFees: markets.set_series_fees,
    c.CreateEvent: markets.create_event,
    c.SetEventFees: markets.set_event_fees,
    c.CreateMarket: markets.create_market,
    c.SetMarketTimes: markets.set_market_times,
    c.SetPriceStructure: markets.set_price_structure,
    c.OpenMarket: markets.open_market,
    c.PauseMarket: markets.pause_market,
    c.ResumeMarket: markets.resume_market,
    c.CloseMarket: markets.close_market,
    c.DetermineMarket: settlement.determine,
    c.DisputeMarket: settlement.dispute,
    c.AmendMarket: settlement.amend,
    c.SettleMarket: settlement.settle,
    c.VoidMarket: settlement.void,
    c.SetPause: markets.set_pause,
    c.PlaceOrder: orders.place,
    c.CancelOrder: orders.cancel_order,
    c.AmendOrder: amend.amend_order,
    c.DecreaseOrder: orders.decrease_order,
    c.CancelAll: orders.cancel_all,
    c.CreateGroup: groups.create_group,
    c.SetGroupLimit: groups.set_group_limit,
    c.TriggerGroup: groups.trigger_group,
    c.ResetGroup: groups.reset_group,
    c.DeleteGroup: groups.delete_group,
    w.CreateRfq: rfqs.create_rfq,
    w.DeleteRfq: rfqs.delete_rfq,
    w.CreateQuote: quotes.create_quote,
    w.DeleteQuote: quotes.delete_quote,
    w.AcceptQuote: quotes.accept_quote,
    w.ConfirmQuote: quotes.confirm_quote,
    w.ProposeBlockTrade: block_trades.propose,
    w.AcceptBlockTrade: block_trades.accept,
    p.PlanFees: plans.plan_fees,
    p.DropFees: plans.drop_fees,
    p.PlanPause: plans.plan_pause,
    p.DropPause: plans.drop_pause,
    DeclareShard: shards.declare_shard,
    m.SetDailyCap: caps.set_daily_cap,
    m.LockAccount: locks.lock_account,
    m.UnlockAccount: locks.unlock_account,
    m.TransferPosition: positions.transfer_position,
    k.CreateCombo: combos.create_combo,
    t.SetCutoffs: cutoffs.set_cutoffs,
    h.SetHours: plans.set_hours,
    ClosePosition: closing.close_position,
    ResolveMarkets: resolutions.resolve,
    DisputeMarkets: resolutions.dispute,
    SettleMarkets: resolutions.settle,
    CorrectOutcomes: corrections.correct,
}


class Engine:
    """A state and the rules over it."""

    __slots__ = ("_decision", "state")

    def __init__(self, state: State | None = None) -> None:
        self.state = state if state is not None else State()
        self._decision = Decision(self.state)

    def execute(self, command: c.Command, seq: int, at: Micros) -> list[Fact] | Reject:
        """Decide a command and apply what follows.

        `seq` is the journal entry it will be, `at` its time; neither ever falls. A reject leaves
        the state as it was. An AssertionError is a bug: the state must not be used any more.
        """
        state = self.state
        before = state.at
        assert at >= before, "time never falls"
        state.at = at
        d = self._decision
        d.begin(seq, at)
        kind = type(command)
        ticked = kind is c.Tick
        try:
            RULES[kind](d, command)
        except Refused as refused:
            assert not d.facts, "a command that did something cannot be refused"
            state.at = before
            return refused.reject
        _complete(d, ticked)
        if ticked and not d.facts:
            # Nothing was due: no entry is written, so nothing may tell that this Tick was run.
            state.at = before
        else:
            state.seq = seq
        return d.facts

    def apply(self, facts: Iterable[Fact], seq: int, at: Micros) -> None:
        """Apply the facts of a journal entry without deciding anything."""
        state = self.state
        state.at, state.seq = at, seq
        for fact in facts:
            fold(state, fact)

    def next_due(self) -> Micros | None:
        """When `Tick` has something to do: 0 at once, None never."""
        return timers.next_due(self.state)

    def queue_position(self, order: Id) -> Count | None:
        """Contracts ahead of a resting order at its price, or None if it does not rest."""
        found = self.state.orders.get(order)
        return found.market.book.ahead(found) if found is not None else None

    def cap_use(self, subtrader: MemberId, at: Micros) -> caps.CapUse | None:
        """A subtrader's daily cap and what is used of it at a time, or None if it has no cap."""
        return caps.cap_use(self.state, subtrader, at)

    def resting(self, order: Id) -> tuple[Count, Money] | None:
        """Contracts ahead of a resting order, and its share of what its account has reserved."""
        found = self.state.orders.get(order)
        ahead = self.queue_position(order)
        return None if found is None or ahead is None else (ahead, order_reserve(found))

    def dump(self) -> bytes:
        """The whole state in a canonical form."""
        return dump.dump(self.state)

    @classmethod
    def load(cls, blob: bytes) -> Engine:
        """The engine that `dump` had described."""
        return cls(dump.load(blob))

    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex: equal digests, equal states."""
        return self.digest_of(self.dump())

    @staticmethod
    def digest_of(blob: bytes) -> str:
        """The digest of the state that `dump` has described."""
        return dump.digest_of(blob)


def _complete(d: Decision, ticked: bool) -> None:
    """What every command ends with: pending work, orders nobody can pay for, best prices."""
    if d.queued and not ticked:
        work.run(d)
    if d.accounts:
        for account in d.accounts.values():
            if account.cash < account.reserved:
                _call_in(d, account)
    for market in d.markets.values():
        bid, ask = market.book.bid, market.book.ask
        top = (bid.price, bid.size, ask.price, ask.size)
        if top != market.top:
            d.emit(TopChanged(market.id, *top))


def _call_in(d: Decision, account: Account) -> None:
    """Cancel orders, newest first, until what is left can be paid for."""
    for order in newest_first(account.queues()):
        if account.cash >= account.reserved:
            return
        cancel(d, order, "MarginCancel")
