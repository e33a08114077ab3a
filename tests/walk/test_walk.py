"""The walk: every row of Kalshi's endpoint table answers, with data, in the published shape.

What is published is each edition of the description that knows the row, and the models of a
published client, which are built from the body as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.api.asking import Answer
from tests.walk.ground import Ground
from tests.walk.rows import Row, every_row
from tests.walk.wishes import WISHES, Wish
from tests.wire.contract import needs_reference

pytestmark = needs_reference

ACKNOWLEDGED: Final = frozenset(
    {
        "POST /account/api_usage_level/upgrade",
        "DELETE /portfolio/order_groups/{order_group_id}",
        "PUT /portfolio/order_groups/{id}",
        "PUT /portfolio/order_groups/{order_group_id}/limit",
        "POST /portfolio/order_groups/{order_group_id}/reset",
        "PUT /portfolio/order_groups/{order_group_id}/reset",
        "PUT /portfolio/order_groups/{order_group_id}/trigger",
        "POST /portfolio/target_balance_allocation",
        "DELETE /fcm/subtraders/event_contract_daily_cap",
        "PUT /fcm/subtraders/event_contract_daily_cap",
        "DELETE /portfolio/subaccounts/settlement-advance-lock",
        "PUT /portfolio/subaccounts/netting",
        "POST /portfolio/subaccounts/transfer",
    }
)
"""Rows that answer `{}`, as recorded: it was done."""

ROWS: Final = every_row()
WALKED: Final = [pytest.param(row, id=row.name) for row in ROWS]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    ground = Ground(tmp_path_factory.mktemp("walk") / "data")
    yield ground
    ground.close()


def filled(path: str, names: tuple[str, ...]) -> str:
    for name in names:
        before, _, after = path.partition("{")
        path = before + name + after.partition("}")[2]
    assert "{" not in path, f"{path} needs another name"
    return path


def asked(ground: Ground, row: Row, wish: Wish) -> Answer:
    path = filled(row.path, wish.names) + (f"?{wish.query}" if wish.query else "")
    return ground.ask(wish.who, row.method, path, wish.body)


def hollow(body: Any) -> list[str]:
    """Keys of a reply that stand for nothing: empty lists and empty objects."""
    return [key for key, value in body.items() if value in ([], {})]


def in_the_client_s_words(body: Any) -> Any:
    """That client's generator took `yes` and `no` for booleans: it reads the sides of a combo's
    legs only when they are called `true` and `false`. All else is as it was sent."""
    if isinstance(body, list):
        return [in_the_client_s_words(item) for item in body]
    if not isinstance(body, dict):
        return body
    found = {key: in_the_client_s_words(value) for key, value in body.items()}
    if found.keys() == {"event_ticker", "market_ticker", "side"}:
        found["side"] = {"yes": "true", "no": "false"}[found["side"]]
    return found


@pytest.mark.parametrize("row", WALKED)
def test_a_row_answers_with_data_as_published(ground: Ground, row: Row) -> None:
    answer = asked(ground, row, WISHES[row.name](ground))
    assert answer.status == row.status, answer.body
    if row.status == 204:
        assert answer.body == b""
        return
    body = answer.json
    assert (body == {}) == (row.name in ACKNOWLEDGED)
    assert hollow(body) == []
    assert row.faults(body) == []
    model = row.model()
    if model is not None:
        assert model.from_dict(in_the_client_s_words(body)) is not None


def test_the_table_says_how_to_ask_for_every_row() -> None:
    assert {row.name for row in ROWS} == WISHES.keys()


def test_every_description_and_the_client_are_really_asked() -> None:
    """Were a description or the client laid out otherwise, the walk would prove less, quietly."""
    editions = [name for row in ROWS for name in row.editions()]
    assert {name: editions.count(name) for name in sorted(set(editions))} == {
        "openapi-3.13.yaml": 94,
        "openapi-3.21.yaml": 106,
        "openapi-3.28-docs.json": 4,
        "openapi-3.30.json": 118,
    }
    assert sum(row.model() is not None for row in ROWS) == 66
