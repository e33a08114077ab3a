"""Identifiers made inside the exchange: a journal sequence number and an index within that entry.

An id is one int, `seq << 20 | index`: unique, ordered by age, the same again on replay. How an id
looks to the outside is the door's business (`api/ids.py`). Accounts are packed the same way from
member, shard and subaccount.
"""

from __future__ import annotations

from typing import Final

INDEX_BITS: Final = 20
INDEX_LIMIT: Final = 1 << INDEX_BITS
MAX_SUBACCOUNT: Final = 63
MAX_SHARD: Final = 63
_SUB_BITS: Final = 6
_SHARD_BITS: Final = 6
MEMBER_BITS: Final = _SUB_BITS + _SHARD_BITS
"""How far an account is shifted to find its member, where a query does it."""

Id = int
AccountId = int
MemberId = int
MarketId = int
EventId = int
SeriesId = int


def make_id(seq: int, index: int) -> Id:
    """The id of the index-th thing made by journal entry `seq`."""
    assert 0 <= index < INDEX_LIMIT, "one entry made too many things"
    return seq << INDEX_BITS | index


def seq_of(id_: Id) -> int:
    """The journal entry that made the thing."""
    return id_ >> INDEX_BITS


def account_id(member: MemberId, subaccount: int = 0, shard: int = 0) -> AccountId:
    """The account of a member's subaccount (0..63) on a shard (0..63)."""
    return (member << _SHARD_BITS | shard) << _SUB_BITS | subaccount


def member_of(account: AccountId) -> MemberId:
    """Whose account it is."""
    return account >> MEMBER_BITS


def subaccount_of(account: AccountId) -> int:
    """0 for the primary account, 1..63 for the numbered ones."""
    return account & ((1 << _SUB_BITS) - 1)


def shard_of(account: AccountId) -> int:
    """Kalshi's `exchange_index`."""
    return account >> _SUB_BITS & ((1 << _SHARD_BITS) - 1)
