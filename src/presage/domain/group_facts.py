"""What happened to order groups: a limit on the contracts that its orders match in a while."""

from __future__ import annotations

from presage.domain.bases import FactBase
from presage.domain.ids import AccountId, Id
from presage.units import Count


class GroupCreated(FactBase, frozen=True):
    group: Id
    account: AccountId
    limit: Count


class GroupLimitSet(FactBase, frozen=True):
    group: Id
    account: AccountId
    limit: Count


class GroupTriggered(FactBase, frozen=True):
    """`matched` contracts stand in the window; the group's orders are dead from here on."""

    group: Id
    account: AccountId
    matched: Count


class GroupReset(FactBase, frozen=True):
    group: Id
    account: AccountId


class GroupDeleted(FactBase, frozen=True):
    group: Id
    account: AccountId
