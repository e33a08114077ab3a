"""Each refusal that the endpoint table names comes about once, by a real request; and those that
every row of a kind may give: too often, a page of somebody else's, a switched-off feature."""

from __future__ import annotations

import csv
import json
import re
from typing import Any, Final

import pytest

from presage.api.site.routes import SITE
from tests.api.asking import JSON_TYPE
from tests.api.site.refusals import ELSEWHERE, REFUSALS, Refused, given
from tests.api.site.rows import KALSSHI, NOTHING, Row, Scene, address, needs_table
from tests.api.site.test_rows import ROWS, WISHES, send
from tests.api.site.world import World, code_of

pytestmark = needs_table

_SECOND: Final = 1_000_000_000
FEATURES: Final[dict[str, tuple[str, ...]]] = {
    "registrationOpen": ("POST /api/auth/register",),
    "copyTrader": ("GET /api/copy-trader", "POST /api/copy-trader", "DELETE /api/copy-trader"),
    "challenges": (
        "GET /api/challenges",
        "POST /api/challenges",
        "POST /api/challenges/[code]/accept",
    ),
    "tournaments": (
        "GET /api/tournaments",
        "GET /api/tournaments/[slug]",
        "POST /api/tournaments/[slug]/join",
    ),
    "disputes": ("POST /api/events/[id]/dispute",),
    "marketSuggestions": ("GET /api/market-suggestions", "POST /api/market-suggestions"),
    "posts": (
        "GET /api/posts",
        "POST /api/posts",
        "POST /api/posts/[id]/like",
        "GET /api/posts/[id]/comments",
        "POST /api/posts/[id]/comments",
    ),
    "webhooks": ("GET /api/me/webhooks", "POST /api/me/webhooks"),
    "leaderboard": ("GET /api/leaderboard",),
    "deposits": ("POST /api/deposits",),
    "withdrawals": ("POST /api/withdrawals",),
}
LISTS: Final = {
    "GET /api/copy-trader",
    "GET /api/challenges",
    "GET /api/tournaments",
    "GET /api/market-suggestions",
    "GET /api/posts",
    "GET /api/posts/[id]/comments",
    "GET /api/me/webhooks",
    "GET /api/leaderboard",
}
"""Of these the ones that are empty, and not forbidden, while they are switched off."""


@pytest.fixture(scope="module", name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


@pytest.mark.parametrize(
    ("status", "refused"),
    [pytest.param(key[1], one, id=f"{key[0]} {key[1]}") for key, one in REFUSALS.items()],
)
def test_it_refuses(scene: Scene, status: int, refused: Refused) -> None:
    scene.world.ticks += 86_400 * _SECOND  # windows are empty
    answer = refused.ask(scene)
    assert code_of(answer) == (status, refused.code)
    if status == 402:
        money = answer.json
        assert money["shortfallCents"] == money["requiredCents"] - money["availableCents"] > 0
    if status in (429, 503):
        assert int(answer.headers["retry-after"]) >= 1


def test_no_status_that_a_row_names_is_left_out() -> None:
    """The walk asks for 400 and 404 wherever they are named, and for 401 wherever credentials are
    needed."""
    wanted = {(row.name, status) for row in ROWS for status in row.errors}
    walked = {
        (row.name, status)
        for row in ROWS
        for status in row.errors & {400, 404, *((401,) if row.private else ())}
    }
    assert wanted - walked == REFUSALS.keys() | ELSEWHERE


def test_the_other_table_names_no_further_status() -> None:
    named = {row.name: row.errors for row in ROWS}
    with (KALSSHI / "endpoints.csv").open() as file:
        for one in csv.DictReader(file):
            told = {int(word) for word in re.findall(r"\b(4\d\d|503)\b", one["notes"])}
            assert told <= named[f"{one['method']} {one['path']}"], one


def tried(scene: Scene, row: Row) -> Any:
    """A call that would succeed, but for what comes before it is looked at."""
    wish = WISHES[row.name](scene)
    return address(row, wish.ids, wish.query), wish.body, wish.headers


def test_every_row_may_be_asked_for_too_often(scene: Scene) -> None:
    with given(scene, REQUESTS_PER_MINUTE=1, SESSION_REQUESTS_PER_MINUTE=1):
        for row in ROWS:
            target = address(row, (NOTHING, NOTHING))
            answers = [send(scene, row, target, None) for _ in range(2)]
            assert code_of(answers[1]) == (429, "rate_limited"), row.name
            assert 1 <= int(answers[1].headers["retry-after"]) <= 60
            assert answers[1].headers["x-ratelimit-remaining"] == "0"
            scene.world.ticks += 61 * _SECOND


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.private and row.method != "GET"], ids=lambda row: row.name
)
def test_a_cookie_alone_changes_nothing(scene: Scene, row: Row) -> None:
    target = address(row, (NOTHING, NOTHING))
    bare = tuple(one for one in scene.ann.browser() if one[0] != b"x-csrf-token")
    foreign = tuple(
        (name, b"https://evil.example" if name == b"origin" else value)
        for name, value in scene.ann.browser()
    )
    for headers in (bare, foreign):
        answer = scene.world.send(row.method, target, {}, headers)
        assert code_of(answer) == (403, "csrf")


@pytest.mark.parametrize(
    ("feature", "name"), [(feature, name) for feature, names in FEATURES.items() for name in names]
)
def test_what_is_switched_off_says_so_and_its_lists_are_empty(
    scene: Scene, feature: str, name: str
) -> None:
    row = next(row for row in ROWS if row.name == name)
    target, body, headers = tried(scene, row)
    with given(scene, **{feature: False}):
        answer = send(scene, row, target, body, headers)
    if name in LISTS:
        told = answer.json
        assert (answer.status, told["enabled"]) == (200, False)
        assert not any(value for value in told.values() if isinstance(value, list))
        return
    assert code_of(answer) == (403, "feature_disabled")
    assert answer.json["feature"] == feature


def test_every_feature_that_the_table_of_operations_names_is_tried() -> None:
    paths = {(row.method, row.path) for row in ROWS}
    for one in SITE.operations:
        path = SITE.prefix + re.sub(r"\{(\w+)\}", r"[\1]", one.path)
        if one.conditions.feature and (one.method, path) in paths:
            assert f"{one.method} {path}" in FEATURES[one.conditions.feature]


def test_a_body_of_more_than_a_mebibyte_is_too_large(scene: Scene) -> None:
    large, taken = json.dumps({"padding": "x" * 1_048_576}).encode(), set()
    with given(scene, deposits=True, withdrawals=True):
        for row in ROWS:
            if row.method != "GET":
                answer = send(scene, row, address(row, (NOTHING,)), large, (JSON_TYPE,))
                if answer.status != 413:
                    taken.add(row.name)
                    continue
                assert code_of(answer) == (413, "body_too_large")
    assert taken == {
        "POST /api/me/avatar",  # twice as much: among the refusals
        # and what has no body, whatever is sent along
        "DELETE /api/limit-orders/[id]",
        "POST /api/follow/[userId]",
        "DELETE /api/follow/[userId]",
        "POST /api/posts/[id]/like",
    }
