"""Order groups: orders that stop together when too much of them matches within 15 seconds."""

from __future__ import annotations

from presage.domain.commands import (
    CreateGroup,
    DeleteGroup,
    ResetGroup,
    SetGroupLimit,
    TriggerGroup,
)
from presage.domain.group_facts import GroupCreated, GroupDeleted, GroupLimitSet, GroupReset
from presage.domain.ids import Id
from presage.domain.orders import MAX_GROUPS
from presage.domain.rejects import Code, Refused
from presage.engine.cancel import cancel
from presage.engine.decision import Decision
from presage.engine.lookup import find_account, find_member
from presage.engine.matching import matched_lately, trigger
from presage.engine.state import Account, Group
from presage.units import CONTRACT, Count

MAX_LIMIT = 1_000_000 * CONTRACT


def find_group(d: Decision, group_id: Id, account: Account) -> Group:
    """The account's group; somebody else's does not exist. Raises: Refused."""
    group = d.state.groups.get(group_id)
    if group is None or group.deleted or group.account is not account:
        raise Refused(Code.GROUP_NOT_FOUND)
    return group


def _members_group(
    d: Decision, c: SetGroupLimit | TriggerGroup | ResetGroup | DeleteGroup
) -> Group:
    find_member(d, c.member, may_trade=False)
    group = d.state.groups.get(c.group)
    if (
        group is None
        or group.deleted
        or group.account.member.id != c.member
        or (c.account and group.account.id != c.account)
        or (c.shard >= 0 and group.account.shard != c.shard)
    ):
        raise Refused(Code.GROUP_NOT_FOUND)
    return group


def _require_exchange(d: Decision) -> None:
    """An exchange pause stops everything about orders, cancelling included."""
    if not d.state.exchange_active:
        raise Refused(Code.EXCHANGE_PAUSED)


def _check_limit(limit: Count) -> None:
    if not 0 < limit <= MAX_LIMIT:
        raise Refused(Code.INVALID_LIMIT, "contracts_limit must be between 0.01 and 1000000")


def create_group(d: Decision, c: CreateGroup) -> None:
    """A group without orders yet."""
    account = find_account(d, c.account)
    _check_limit(c.limit)
    _require_exchange(d)
    if account.member.groups >= MAX_GROUPS:
        raise Refused(Code.TOO_MANY_GROUPS)
    d.emit(GroupCreated(d.new_id(), account.id, c.limit))


def set_group_limit(d: Decision, c: SetGroupLimit) -> None:
    """A limit below what has matched in the window triggers the group at once."""
    group = _members_group(d, c)
    _check_limit(c.limit)
    _require_exchange(d)
    d.emit(GroupLimitSet(group.id, group.account.id, c.limit))
    if matched_lately(group, d.at) > c.limit:
        trigger(d, group)


def trigger_group(d: Decision, c: TriggerGroup) -> None:
    """What the limit would do, by hand."""
    group = _members_group(d, c)
    _require_exchange(d)
    trigger(d, group)


def reset_group(d: Decision, c: ResetGroup) -> None:
    """Forget the window and take orders again. What a trigger cancelled stays cancelled."""
    group = _members_group(d, c)
    _require_exchange(d)
    if group.triggered:
        _finish_cancelling(d, group)
    d.emit(GroupReset(group.id, group.account.id))


def _finish_cancelling(d: Decision, group: Group) -> None:
    """Orders that a trigger has killed must not come back to life with the reset."""
    for order in list(group.orders.values()):
        cancel(d, order, "GroupCancel")


def delete_group(d: Decision, c: DeleteGroup) -> None:
    """The group and its orders go."""
    group = _members_group(d, c)
    _require_exchange(d)
    d.emit(GroupDeleted(group.id, group.account.id))
    d.queue("group", group.id, "GroupCancel")
