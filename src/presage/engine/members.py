"""Members and their accounts: opening them, stopping them, the netting switch."""

from __future__ import annotations

from presage.domain.accounts import MAX_SUBTRADERS
from presage.domain.commands import OpenAccount, OpenMember, SetMemberStatus, SetNetting
from presage.domain.facts import AccountOpened, MemberOpened, MemberStatusSet, NettingSet
from presage.domain.ids import MAX_SUBACCOUNT, account_id, subaccount_of
from presage.domain.rejects import Code, Refused
from presage.domain.terms import DIRECT_GRID
from presage.engine.advances import post_advance, take_back
from presage.engine.collateral import holds_no, least_payout, room_for, side_reserve
from presage.engine.decision import Decision
from presage.engine.lookup import find_account, find_member
from presage.engine.shards import require_shard
from presage.engine.state import Account, Member
from presage.units import CENT, Money


def open_member(d: Decision, c: OpenMember) -> None:
    """A member with its primary account."""
    if c.member in d.state.members:
        raise Refused(Code.MEMBER_EXISTS)
    if c.grid not in (DIRECT_GRID, CENT):
        raise Refused(Code.INVALID_VALUE, "a cash grid is 0.0001 or 0.01 dollars")
    if (c.kind == "subtrader") != bool(c.fcm):
        raise Refused(Code.INVALID_VALUE, "a subtrader, and nobody else, belongs to an FCM")
    if c.fcm:
        _check_fcm(d, c)
    d.emit(MemberOpened(c.member, c.kind, c.grid, c.fcm))
    d.emit(AccountOpened(account_id(c.member), False))


def _check_fcm(d: Decision, c: OpenMember) -> None:
    """Whoever has subtraders is an FCM, and not too many. Raises: Refused."""
    if find_member(d, c.fcm).kind != "fcm":
        raise Refused(Code.INVALID_VALUE, "only an FCM has subtraders")
    if len(d.state.subtraders.get(c.fcm, ())) >= MAX_SUBTRADERS:
        raise Refused(Code.TOO_MANY_SUBTRADERS)


def open_account(d: Decision, c: OpenAccount) -> None:
    """The next numbered subaccount on a shard; it inherits the primary's netting switch."""
    member = find_member(d, c.member)
    if member.subtrader is not None:
        raise Refused(Code.TOO_MANY_SUBACCOUNTS, "a subtrader has no subaccounts")
    require_shard(d, c.shard)
    number = sum(account.shard == c.shard for account in member.accounts)
    if number > MAX_SUBACCOUNT:
        raise Refused(Code.TOO_MANY_SUBACCOUNTS)
    netting = member.accounts[0].netting
    if not number:
        d.emit(AccountOpened(account_id(member.id, 0, c.shard), netting))
        number = 1
    d.emit(AccountOpened(account_id(member.id, number, c.shard), netting))


def set_member_status(d: Decision, c: SetMemberStatus) -> None:
    """Whoever may not trade has no resting orders; an FCM's subtraders stop with it."""
    member = find_member(d, c.member, may_trade=False)
    if c.status not in ("active", "suspended", "closed"):
        raise Refused(Code.INVALID_VALUE, f"unknown status {c.status}")
    if c.if_flat and any(_holds_something(account) for account in member.accounts):
        raise Refused(Code.POSITIONS_OPEN)
    d.emit(MemberStatusSet(member.id, c.status))
    if c.status != "active":
        for one in (member, *d.state.subtraders.get(member.id, ())):
            _stop(d, one)


def _holds_something(account: Account) -> bool:
    return any(holding.count for holding in account.holdings.values())


def _stop(d: Decision, member: Member) -> None:
    """End the member's resting orders, RFQs and quotes."""
    # Of subtraders there may be many, and most have nothing to end.
    if member.open_orders or member.subtrader is None:
        d.queue("member", member.id, "MemberCancel")
    desk = d.state.desk
    if member.id in desk.asking or member.id in desk.making:
        d.queue("communications", member.id, "member_suspended")


def set_netting(d: Decision, c: SetNetting) -> None:
    """Collateral return on or off; both ways every account meant must afford the consequences."""
    account = find_account(d, c.account)
    accounts = [account]
    if c.everywhere:
        number = subaccount_of(account.id)
        accounts = [one for one in account.member.accounts if subaccount_of(one.id) == number]
    switches = [_Switch(d, one, c.enabled) for one in accounts if one.netting != c.enabled]
    for switch in switches:
        switch.require_money()
    for switch in switches:
        switch.post(d)


class _Switch:
    """What the other netting switch brings about in one account."""

    __slots__ = ("account", "change", "enabled", "events", "reserved")

    def __init__(self, d: Decision, account: Account, enabled: bool) -> None:
        self.account = account
        self.enabled = enabled
        self.reserved = _reserved_with(account, enabled)
        events = [event for event in d.state.events.values() if event.netting]
        if enabled:
            events = [event for event in events if holds_no(account, event)]
            change = sum(least_payout(account, e, room_for(account, e)) for e in events)
        else:
            events = [event for event in events if account.id in event.advances]
            change = -sum(event.advances[account.id].amount for event in events)
        self.events = events
        self.change: Money = change

    def require_money(self) -> None:
        """Raises: Refused if the account cannot afford it."""
        if self.account.cash + self.change < self.reserved:
            raise Refused(Code.INSUFFICIENT_BALANCE)

    def post(self, d: Decision) -> None:
        """Let it happen."""
        d.emit(NettingSet(self.account.id, self.enabled, self.reserved))
        for event in self.events:
            if self.enabled:
                post_advance(d, self.account, event)
            else:
                take_back(d, self.account, event)


def _reserved_with(account: Account, netting: bool) -> Money:
    """The account's whole reserve if its netting switch stood so."""
    total = 0
    for holding in account.holdings.values():
        covers_bids = not (netting and holding.market.event.netting)
        covers = (max(-holding.count, 0) if covers_bids else 0, max(holding.count, 0))
        total += sum(side_reserve(holding, side, covers[side]) for side in (0, 1))
    return total
