"""The walk: every row of the site's endpoint table works for its purpose and refuses as it says.

What takes more to be refused (no money, too late, too often) is tried where its topic is.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from _pytest.mark.structures import ParameterSet

from presage.api.site.routes import SITE
from tests.api.asking import JSON_TYPE, Answer, Headers, ask, request
from tests.api.site import rows_topics
from tests.api.site.fields import at, compare
from tests.api.site.replies import BESIDE, ELSEWHERE, REPLIES, UNSEEN
from tests.api.site.rows import NOTHING, Make, Row, Scene, address, needs_table, rows
from tests.api.site.rows import WISHES as FIRST
from tests.api.site.test_trades_export import download
from tests.api.site.world import OUR_PAGES, World, code_of

pytestmark = needs_table

WISHES: Final[dict[str, Make]] = {**FIRST, **rows_topics.WISHES}
ROWS: Final = rows()


def each(status: int | None = None) -> list[ParameterSet]:
    """The rows, or those that may refuse with this status."""
    some = [row for row in ROWS if status is None or status in row.errors]
    return [pytest.param(row, id=row.name) for row in some]


@pytest.fixture(scope="module", name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


def send(scene: Scene, row: Row, target: str, body: Any, headers: Headers = ()) -> Answer:
    """A call with Ann's key where the row is hers, else by anybody on our pages."""
    if isinstance(body, dict):
        body, headers = json.dumps(body).encode(), (*headers, JSON_TYPE)
    if row.private:
        headers = (*headers, (b"authorization", f"Bearer {scene.key()}".encode()))
    else:
        headers = (*headers, *OUR_PAGES)
    door = scene.world.running.door
    return scene.world.do(ask(door, request(row.method, target, headers, body)))


def is_served(row: Row) -> bool:
    path = row.path.removeprefix(SITE.prefix).replace("[", "{").replace("]", "}")
    return any((one.method, one.path) == (row.method, path) for one in SITE.operations)


@pytest.mark.parametrize("row", each())
def test_it_works(scene: Scene, row: Row) -> None:
    wish = WISHES[row.name](scene)
    if row.name == "GET /api/me/trades/export":
        head, text = download(scene.world, scene.ann)
        assert head[b"content-type"].startswith(b"text/csv")
        assert text.count("\r\n") > 1
        return
    answer = send(scene, row, address(row, wish.ids, wish.query), wish.body, wish.headers)
    assert answer.status == row.ok, answer.body
    assert answer.headers["content-type"] == "application/json"
    assert row.members - answer.json.keys() == frozenset(), "members that SPEC names"
    assert answer.json.keys() - row.members - row.perhaps <= BESIDE.get(row.name, frozenset())
    for told in REPLIES.get(row.name, ()):
        seen = compare(at(answer.json, told.path), told.fields(), told.path)
        missing, added = ({name.rpartition(".")[2] for name in some} for some in seen[:2])
        assert missing <= ELSEWHERE.keys()
        assert added <= told.added
        assert seen.unseen <= UNSEEN.keys()


@pytest.mark.parametrize("row", each())
def test_without_credentials(scene: Scene, row: Row) -> None:
    """401 where they are needed, whatever else is wrong; where they are not it works without."""
    target = address(row, (NOTHING, NOTHING))
    answer = scene.world.send(row.method, target, None if row.method == "GET" else b"nonsense")
    if row.private:
        assert code_of(answer) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"
    else:
        assert answer.status not in (401, 403)


@pytest.mark.parametrize("row", each(400))
def test_what_cannot_be_understood(scene: Scene, row: Row) -> None:
    wish = WISHES[row.name](scene)
    tries: list[tuple[str, Any]] = []
    if wish.bad_query:
        tries.append((address(row, wish.ids, wish.bad_query), None))
    if wish.bad_ids:
        tries.append((address(row, wish.bad_ids), None))
    if wish.body is not None:
        target = address(row, wish.ids)
        tries += [(target, b"{"), (target, b"[]"), (target, b'{"a": 1, "a": 2}')]
    assert tries, "a row that can answer 400 is asked for one"
    for target, body in tries:
        headers = () if body is None else (JSON_TYPE,)
        answer = send(scene, row, target, body, headers)
        assert answer.status == 400, (target, body, answer.body)
        assert code_of(answer)[1] in ("validation_failed", "bad_json", "bad_content_type")


@pytest.mark.parametrize("row", each(404))
def test_what_is_not_there(scene: Scene, row: Row) -> None:
    wish = WISHES[row.name](scene)
    if "[" in row.path:
        answer = send(scene, row, address(row, (NOTHING,), wish.query), wish.body)
    elif wish.missing_query:
        answer = send(scene, row, address(row, (), wish.missing_query), None)
    else:
        answer = send(scene, row, row.path, wish.missing)
    assert code_of(answer) == (404, "not_found")


@pytest.mark.parametrize("row", each())
def test_another_method_says_which_there_are(scene: Scene, row: Row) -> None:
    answer = scene.world.send("PUT", address(row, (NOTHING,)))
    assert code_of(answer) == (405, "method_not_allowed")
    assert row.method in answer.headers["allow"]


def test_every_row_is_walked_and_served() -> None:
    assert WISHES.keys() == {row.name for row in ROWS}
    assert [row.name for row in ROWS if not is_served(row)] == []


def test_every_object_of_a_reply_is_compared() -> None:
    """What is not compared has no fields beyond those of the table, or is written down nowhere."""
    assert {row.name for row in ROWS} - REPLIES.keys() == {
        "GET /api/me/trades/export",  # test_trades_export.py has its columns
        "DELETE /api/me/trade-notes",
        "DELETE /api/watchlist",
        "POST /api/withdrawals",
    }
