"""Ids pack and unpack without loss, and order by age."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain import ids

SEQS = st.integers(min_value=1, max_value=2**43)
INDEXES = st.integers(min_value=0, max_value=ids.INDEX_LIMIT - 1)
MEMBERS = st.integers(min_value=1, max_value=2**50)
SMALL = st.integers(min_value=0, max_value=63)


@given(SEQS, INDEXES)
def test_an_id_knows_its_entry(seq: int, index: int) -> None:
    assert ids.seq_of(ids.make_id(seq, index)) == seq


@given(st.tuples(SEQS, INDEXES), st.tuples(SEQS, INDEXES))
def test_ids_order_by_age(first: tuple[int, int], second: tuple[int, int]) -> None:
    assert (ids.make_id(*first) < ids.make_id(*second)) == (first < second)


@pytest.mark.parametrize("index", [-1, ids.INDEX_LIMIT])
def test_an_index_outside_its_bits_is_a_bug(index: int) -> None:
    with pytest.raises(AssertionError):
        ids.make_id(1, index)


@given(MEMBERS, SMALL, SMALL)
def test_an_account_knows_its_parts(member: int, subaccount: int, shard: int) -> None:
    account = ids.account_id(member, subaccount, shard)
    assert ids.member_of(account) == member
    assert ids.subaccount_of(account) == subaccount
    assert ids.shard_of(account) == shard


def test_the_primary_account_is_the_default() -> None:
    assert ids.account_id(7) == ids.account_id(7, 0, 0)
