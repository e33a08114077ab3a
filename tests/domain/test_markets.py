"""Price grids admit what their names say, values spell results, statuses know their way."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from presage.domain.markets import (
    DECIDED,
    PRICE_STRUCTURES,
    TRANSITIONS,
    UNDECIDED,
    on_grid,
    result_word,
)
from presage.units import CENT_PRICE, DOLLAR_PRICE

STRUCTURES = sorted(PRICE_STRUCTURES)


@pytest.mark.parametrize(
    ("structure", "yes", "no"),
    [
        ("linear_cent", (100, 5_000, 9_900), (1, 50, 5_010, 9_999)),
        ("deci_cent", (10, 5_010, 9_990), (1, 5_005, 9_995)),
        ("tapered_deci_cent", (10, 990, 1_000, 5_000, 9_010), (1_010, 5_010, 995, 9_005)),
        ("banded_centi_cent", (1, 5_001, 9_999), ()),
        ("center_whole_edge_half_cent", (50, 950, 9_050), (1_050, 5_050, 8_950, 25)),
        ("center_whole_edge_quint_cent", (20, 980, 9_020), (1_020, 8_980, 30)),
        ("center_half_edge_half_cent", (50, 5_050, 9_950), (5_020, 25)),
        ("center_half_edge_quint_cent", (20, 1_050, 5_050), (1_020, 5_020, 50)),
        ("center_half_edge_deci_cent", (10, 1_050, 9_010), (1_010, 5)),
        ("center_quint_edge_quint_cent", (20, 5_020), (5_010, 50)),
        ("center_quint_edge_deci_cent", (10, 1_020, 9_010), (1_010, 5_010)),
        ("center_centi_edge_centi_cent", (1, 5_001, 9_999), ()),
        ("center_deci_edge_centi_cent", (1, 99, 110, 5_010, 9_901), (101, 5_001, 9_899)),
    ],
)
def test_a_grid_admits_its_steps(structure: str, yes: tuple[int, ...], no: tuple[int, ...]) -> None:
    assert [price for price in yes if not on_grid(structure, price)] == []
    assert [price for price in no if on_grid(structure, price)] == []


def test_every_grid_is_tried_above() -> None:
    assert len(STRUCTURES) == 13


@pytest.mark.parametrize("structure", STRUCTURES)
def test_whole_cents_are_on_every_grid_and_the_ends_on_none(structure: str) -> None:
    cents = range(CENT_PRICE, DOLLAR_PRICE, CENT_PRICE)
    assert [price for price in cents if not on_grid(structure, price)] == []
    assert not on_grid(structure, 0)
    assert not on_grid(structure, DOLLAR_PRICE)


@given(st.sampled_from(STRUCTURES), st.integers(-DOLLAR_PRICE, 2 * DOLLAR_PRICE))
def test_a_grid_looks_the_same_from_the_no_side(structure: str, price: int) -> None:
    assert on_grid(structure, price) == on_grid(structure, DOLLAR_PRICE - price)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_bands_join_without_a_gap(structure: str) -> None:
    bands = PRICE_STRUCTURES[structure]
    assert bands[0].start == 0
    assert bands[-1].end == DOLLAR_PRICE
    assert all(left.end == right.start for left, right in pairwise(bands))


@pytest.mark.parametrize(
    ("value", "result"), [(0, "no"), (1, "scalar"), (9_999, "scalar"), (10_000, "yes")]
)
def test_a_value_spells_its_result(value: int, result: str) -> None:
    assert result_word(value) == result


def test_finalized_is_the_end_and_every_status_can_reach_it() -> None:
    assert UNDECIDED | DECIDED | {"finalized"} == TRANSITIONS.keys()
    assert TRANSITIONS["finalized"] == frozenset()
    for status in UNDECIDED:
        assert "determined" in TRANSITIONS[status]
        assert "finalized" not in TRANSITIONS[status]
    assert {status for status in DECIDED if "finalized" in TRANSITIONS[status]} == {
        "determined",
        "amended",
    }
