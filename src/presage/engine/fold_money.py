"""How facts about members and money change the state."""

from __future__ import annotations

from bisect import insort
from operator import attrgetter

from presage.domain import facts as f
from presage.domain.accounts import COVER
from presage.domain.ids import member_of
from presage.domain.shard_facts import ShardDeclared
from presage.engine.collateral import holding_relief
from presage.engine.fold_members import become_subtrader
from presage.engine.state import Account, Advance, Member, State


def founded(state: State, fact: f.Founded) -> None:
    state.exchange = fact.exchange
    state.id_key = fact.id_key


def member_opened(state: State, fact: f.MemberOpened) -> None:
    member = state.members[fact.member] = Member(fact.member, fact.kind, fact.grid)
    if fact.fcm:
        become_subtrader(state, member, fact.fcm)


def account_opened(state: State, fact: f.AccountOpened) -> None:
    member = state.members[member_of(fact.account)]
    account = Account(fact.account, member, fact.netting)
    # By id, as a snapshot gives them back: what is done to all of them is done in this order.
    insort(member.accounts, account, key=attrgetter("id"))
    state.accounts[account.id] = account


def member_status_set(state: State, fact: f.MemberStatusSet) -> None:
    state.members[fact.member].status = fact.status


def netting_set(state: State, fact: f.NettingSet) -> None:
    # Which orders held contracts cover has changed with the switch: derive every holding's part.
    account = state.accounts[fact.account]
    account.netting = fact.enabled
    account.reserved = 0
    for holding in account.holdings.values():
        holding.relieved = holding_relief(holding)
        account.reserved += holding.bids.full + holding.asks.full - holding.relieved
    assert account.reserved == fact.reserved, "reserve differs from what was announced"


def money_moved(state: State, fact: f.MoneyMoved) -> None:
    for line in fact.lines:
        if line.account.startswith("cash:"):
            account = state.accounts[int(line.account[5:])]
            account.cash += line.amount
        else:
            state.post(line.account, line.amount)


def advance_set(state: State, fact: f.AdvanceSet) -> None:
    account = state.accounts[fact.account]
    event = state.events[fact.event]
    account.cash = fact.cash
    state.post(COVER, -fact.cover)
    if account.netting:
        event.advances[account.id] = Advance(fact.amount, fact.room)
    else:
        del event.advances[account.id]


def shard_declared(state: State, fact: ShardDeclared) -> None:
    state.shards.add(fact.shard)
