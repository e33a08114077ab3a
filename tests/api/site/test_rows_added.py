"""The walk along the second endpoint table: accounts, moderation, what operators do."""

from __future__ import annotations

import csv
import json
import re
from typing import Final, NamedTuple

import pytest

from presage.api.admin.routes import ADMIN
from tests.api.asking import JSON_TYPE, Answer, Headers, ask, request
from tests.api.site.rows import KALSSHI, NOTHING, Scene, needs_table
from tests.api.site.rows_added import WISHES, Asked
from tests.api.site.world import OUR_PAGES, World, code_of

pytestmark = needs_table

ROLES: Final = {"A": "admin", "R": "resolver", "M": "moderator", "U": "auditor"}


class Row(NamedTuple):
    """`auth` is the table's word."""

    method: str
    path: str
    auth: str


def _rows() -> list[Row]:
    if not KALSSHI.is_dir():
        return []
    with (KALSSHI / "endpoints_added.csv").open() as file:
        found = [Row(one["method"], one["path"], one["auth"]) for one in csv.DictReader(file)]
    return [row for row in found if f"{row.method} {row.path}" in WISHES]


WALKED: Final = [pytest.param(row, id=f"{row.method} {row.path}") for row in _rows()]
PRIVATE: Final = [
    pytest.param(row, id=f"{row.method} {row.path}")
    for row in _rows()
    if row.auth not in ("public", "token")
]
STAFF: Final = [
    pytest.param(row, id=f"{row.method} {row.path}")
    for row in _rows()
    if row.auth.startswith("admin")
]


@pytest.fixture(scope="module", name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


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
    data = b""
    if body is not None:
        headers, data = (*headers, JSON_TYPE), json.dumps(body).encode()
    made = request(row.method, target, headers, data, "127.0.0.1")
    return scene.world.do(ask(scene.world.running.door, made))


@pytest.mark.parametrize("row", WALKED)
def test_it_works(scene: Scene, row: Row) -> None:
    answer = send(scene, row, WISHES[f"{row.method} {row.path}"](scene))
    scene.world.admin("POST", "/exchange/resume")
    assert answer.status in (200, 201, 202), answer.body
    if answer.headers["content-type"] == "application/json":
        assert isinstance(answer.json, dict)
    if row.auth.startswith("admin") and row.method != "GET":
        told = answer.json
        assert told.get("audit_id") or told.get("auditId"), "an act is on record"


@pytest.mark.parametrize("row", PRIVATE)
def test_without_credentials(scene: Scene, row: Row) -> None:
    path = re.sub(r"\[\w+\]", NOTHING, row.path)
    answers = [scene.world.send(row.method, at, b"nonsense") for at in (path, f"{path}/{NOTHING}")]
    refused = [answer for answer in answers if code_of(answer)[0] not in (404, 405)]
    assert {code_of(answer) for answer in refused} == {(401, "unauthenticated")}


@pytest.mark.parametrize("row", STAFF)
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


@pytest.mark.parametrize("row", STAFF)
def test_an_act_without_a_reason_is_none(scene: Scene, row: Row) -> None:
    if row.method == "GET":
        return
    asked = WISHES[f"{row.method} {row.path}"](scene)
    answer = send(scene, row, asked._replace(body={**(asked.body or {}), "reason": ""}))
    scene.world.admin("POST", "/exchange/resume")
    assert code_of(answer)[0] == 400


def test_the_list_names_rows_of_the_table() -> None:
    assert len(_rows()) == len(WISHES)
