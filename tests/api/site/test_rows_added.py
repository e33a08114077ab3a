"""The walk along the second endpoint table: accounts, moderation, what operators do."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import pytest
from _pytest.mark.structures import ParameterSet

from presage.api.admin.routes import ADMIN
from tests.api.asking import JSON_TYPE, Answer, Headers, ask, request
from tests.api.site import rows_desk
from tests.api.site.fields import at, compare
from tests.api.site.replies import REPLIES_ADDED
from tests.api.site.rows import KALSSHI, NOTHING, Scene, needs_table
from tests.api.site.rows_added import WISHES as FIRST
from tests.api.site.rows_added import Asked, Make
from tests.api.site.talking import quiet
from tests.api.site.test_stream import end, follow
from tests.api.site.world import OUR_PAGES, World, code_of

pytestmark = needs_table

WISHES: Final[dict[str, Make]] = {**FIRST, **rows_desk.WISHES}
OTHERWISE: Final = {
    "POST /api/auth/forgot": 202,
    **dict.fromkeys(
        (
            "POST /api/me/api-keys",
            "POST /api/moderation/[id]/appeal",
            "POST /api/admin/events",
            "POST /api/admin/events/[id]/options",
            "POST /api/admin/events/[id]/clarify",
            "POST /api/admin/tournaments",
            "POST /api/admin/invite-codes",
            "POST /api/admin/categories",
            "POST /api/admin/series",
            "POST /api/admin/sponsors",
            "POST /api/admin/announcements",
        ),
        201,
    ),
}
"""What succeeds with another status than 200."""
ROLES: Final = {"A": "admin", "R": "resolver", "M": "moderator", "U": "auditor"}


class Row(NamedTuple):
    """`auth` is the table's word."""

    method: str
    path: str
    auth: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


def _rows() -> list[Row]:
    if not KALSSHI.is_dir():
        return []
    with (KALSSHI / "endpoints_added.csv").open() as file:
        return [Row(one["method"], one["path"], one["auth"]) for one in csv.DictReader(file)]


ROWS: Final = _rows()


def each(which: Callable[[Row], bool] = lambda row: True) -> list[ParameterSet]:
    return [pytest.param(row, id=row.name) for row in ROWS if which(row)]


def is_staff(row: Row) -> bool:
    return row.auth.startswith("admin")


def is_private(row: Row) -> bool:
    return row.auth not in ("public", "token", "gateway")


@pytest.fixture(scope="module", name="scene")
def _scene(world: World) -> Iterator[Scene]:
    scene = Scene(world)
    quiet(world)
    yield scene
    scene.ends.close()


def target_of(row: Row, ids: tuple[str, ...]) -> str:
    path = row.path
    for id in ids:
        path, places = re.subn(r"\[\w+\]", id, path, count=1)
        if not places:
            path += id if id.startswith("?") else f"/{id}"
    return path


def send(scene: Scene, row: Row, asked: Asked) -> Answer:
    target, body = target_of(row, asked.ids), asked.body
    headers: Headers = OUR_PAGES
    if row.auth.startswith("admin"):
        headers = scene.world.operator.sign(row.method, target.partition("?")[0])
        body = None if row.method == "GET" else {"reason": "a walk", **(body or {})}
    elif asked.who is not None and asked.click:
        headers = asked.who.browser()
    elif asked.who is not None:
        headers = ((b"authorization", f"Bearer {asked.who.key()}".encode()),)
    headers, data = (*headers, *asked.headers), asked.raw
    if body is not None and not data:
        headers, data = (*headers, JSON_TYPE), json.dumps(body).encode()
    made = request(row.method, target, headers, data, "127.0.0.1")
    return scene.world.do(ask(scene.world.running.door, made))


@pytest.mark.parametrize("row", each())
def test_it_works(scene: Scene, row: Row) -> None:
    asked = WISHES[row.name](scene)
    if row.name == "GET /api/stream":  # does not end
        stream, wire = follow(scene.world, scene.table.ticker)
        assert [frame[0] for frame in wire.frames()] == ["snapshot"]
        end(scene.world, stream)
        return
    answer = send(scene, row, asked)
    scene.world.admin("POST", "/exchange/resume")
    assert answer.status == OTHERWISE.get(row.name, 200), answer.body
    for told in REPLIES_ADDED.get(row.name, ()):
        seen = compare(at(answer.json, told.path), told.fields(), told.path)
        assert (seen.missing, seen.unseen - {f"{told.path}.authorPosition"}) == (set(), set())
        assert {name.rpartition(".")[2] for name in seen.added} <= told.added
    if answer.headers["content-type"] == "application/json":
        assert isinstance(answer.json, dict)
    if row.auth.startswith("admin") and row.method != "GET":
        told = answer.json
        assert told.get("audit_id") or told.get("auditId"), "an act is on record"


@pytest.mark.parametrize("row", each(is_private))
def test_without_credentials(scene: Scene, row: Row) -> None:
    path = re.sub(r"\[\w+\]", NOTHING, row.path)
    answers = [scene.world.send(row.method, at, b"nonsense") for at in (path, f"{path}/{NOTHING}")]
    refused = [answer for answer in answers if code_of(answer)[0] not in (404, 405)]
    assert {code_of(answer) for answer in refused} == {(401, "unauthenticated")}


@pytest.mark.parametrize("row", each(is_staff))
def test_whom_the_table_lets_in(row: Row) -> None:
    path = re.sub(r"\[\w+\]", "{}", row.path.removeprefix(ADMIN.prefix))
    found = [
        one
        for one in ADMIN.operations
        if one.method == row.method and re.sub(r"\{\w+\}", "{}", one.path) in (path, f"{path}/{{}}")
    ]
    assert found
    wanted = {role for letter, role in ROLES.items() if letter in row.auth.removeprefix("admin:")}
    for operation in found:
        assert set(operation.roles) == wanted


def wrong(row: Row, asked: Asked) -> Iterator[tuple[Asked, int]]:
    """What is not there, what cannot be understood, an act without a reason; and the answers."""
    for place, id in enumerate(asked.ids):
        if not id.startswith("?"):
            yield asked._replace(ids=(*asked.ids[:place], NOTHING, *asked.ids[place + 1 :])), 404
    if asked.body and "id" in asked.body:
        yield asked._replace(body={**asked.body, "id": NOTHING}), 404
    raws = (b"{", b"[]", b'{"a": 1, "a": 2}') if asked.body is not None else ()
    for raw in raws:
        keys = tuple((name, value + raw[:2].hex().encode()) for name, value in asked.headers)
        yield asked._replace(raw=raw, headers=(*keys, JSON_TYPE)), 400
    if is_staff(row) and row.method != "GET":
        yield asked._replace(body={**(asked.body or {}), "reason": ""}), 400


@pytest.mark.parametrize("row", each())
def test_what_is_refused(scene: Scene, row: Row) -> None:
    asked = WISHES[row.name](scene)
    scene.world.admin("POST", "/exchange/resume")
    for one, status in wrong(row, asked):
        assert code_of(send(scene, row, one))[0] == status, one


def test_every_row_is_walked() -> None:
    assert {row.name for row in ROWS} == WISHES.keys()
