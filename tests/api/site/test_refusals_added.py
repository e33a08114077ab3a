"""What rows of the second endpoint table refuse. That table names no statuses; these are those of
the specification's text: what is done is not done again, what was read may have changed meanwhile,
and some things take another person, or time, or a signature."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from presage.units import SECOND
from tests.api.asking import Answer
from tests.api.site.hooking import try_out
from tests.api.site.outcomes import Case, decide
from tests.api.site.refusals import given
from tests.api.site.rows import Scene, needs_table
from tests.api.site.rows_desk import hooked, paid_in, resolved
from tests.api.site.rows_topics import challenge
from tests.api.site.talking import quiet, say, with_role
from tests.api.site.test_rows_added import ROWS, WISHES, send
from tests.api.site.trading import trade
from tests.api.site.world import PASSWORD, World, code_of

pytestmark = needs_table

AGAIN: Final = {
    "POST /api/auth/password": (401, "bad_credentials"),
    "POST /api/auth/reset": (400, "validation_failed"),
    "POST /api/auth/verify-email": (400, "validation_failed"),
    "DELETE /api/me/api-keys": (404, "not_found"),
    "DELETE /api/me/totp": (404, "not_found"),
    "DELETE /api/me": (401, "unauthenticated"),
    "POST /api/auth/logout": (401, "unauthenticated"),
    "DELETE /api/posts/[id]": (404, "not_found"),
    "DELETE /api/comments/[id]": (404, "not_found"),
    "POST /api/moderation/[id]/appeal": (409, "conflict"),
    "DELETE /api/challenges/[code]": (409, "conflict"),
    "DELETE /api/withdrawals/[id]": (409, "conflict"),
    "DELETE /api/admin/events/[id]": (404, "not_found"),
    "POST /api/admin/events/[id]/publish": (409, "wrong_status"),
    "POST /api/admin/events/[id]/pause": (409, "wrong_status"),
    "POST /api/admin/events/[id]/resume": (409, "wrong_status"),
    "POST /api/admin/events/[id]/close": (409, "wrong_status"),
    "POST /api/admin/events/[id]/options": (409, "conflict"),
    "POST /api/admin/events/[id]/void": (409, "wrong_status"),
    "POST /api/admin/events/[id]/finalize": (409, "wrong_status"),
    "POST /api/admin/disputes/[id]/decide": (409, "conflict"),
    "POST /api/admin/market-suggestions/[id]/decide": (409, "conflict"),
    "POST /api/admin/reports/[id]/decide": (409, "conflict"),
    "POST /api/admin/tournaments/[slug]/cancel": (409, "conflict"),
    "POST /api/admin/tournaments/[slug]/settle": (409, "conflict"),
    "DELETE /api/admin/invite-codes": (404, "not_found"),
    "POST /api/admin/categories": (409, "conflict"),
    "DELETE /api/admin/categories": (404, "not_found"),
    "POST /api/admin/series": (409, "ticker_exists"),
    "DELETE /api/admin/sponsors": (404, "not_found"),
    "DELETE /api/admin/announcements": (404, "not_found"),
    "POST /api/admin/deposits/[id]/confirm": (409, "conflict"),
    "POST /api/admin/deposits/[id]/fail": (409, "conflict"),
    "POST /api/admin/deposits/[id]/reverse": (409, "conflict"),
    "POST /api/admin/withdrawals/[id]/approve": (409, "conflict"),
    "POST /api/admin/withdrawals/[id]/reject": (409, "conflict"),
    "POST /api/admin/withdrawals/[id]/mark-paid": (409, "conflict"),
}
"""What the second of two equal requests is answered."""

VERSIONED: Final = (
    "PATCH /api/admin/events/[id]",
    "PATCH /api/admin/users/[id]",
    "PATCH /api/admin/tournaments",
    "PATCH /api/admin/sponsors",
    "POST /api/admin/deposits/[id]/confirm",
    "POST /api/admin/deposits/[id]/fail",
    "POST /api/admin/deposits/[id]/reverse",
    "POST /api/admin/withdrawals/[id]/approve",
    "POST /api/admin/withdrawals/[id]/reject",
    "POST /api/admin/withdrawals/[id]/mark-paid",
)


@pytest.fixture(scope="module", name="scene")
def _scene(world: World) -> Iterator[Scene]:
    scene = Scene(world)
    quiet(world)
    yield scene
    scene.ends.close()


@pytest.mark.parametrize("name", AGAIN)
def test_what_is_done_is_done(scene: Scene, name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    asked = WISHES[name](scene)
    assert send(scene, row, asked).status < 300
    assert code_of(send(scene, row, asked)) == AGAIN[name]


@pytest.mark.parametrize("name", VERSIONED)
def test_who_has_read_another_version_changes_nothing(scene: Scene, name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    asked = WISHES[name](scene)
    body = asked.body or {}
    stale = asked._replace(body={**body, "version": 999})
    assert code_of(send(scene, row, stale)) == (409, "version_conflict")
    stale = asked._replace(headers=(*asked.headers, (b"if-match", b'"999"')))
    assert code_of(send(scene, row, stale)) == (409, "version_conflict")
    assert send(scene, row, asked).status < 300


def _leaves_with_a_position(s: Scene) -> Answer:
    return s.ann.click("DELETE", "/api/me", {"password": PASSWORD})


def _leaves_with_a_stake(s: Scene) -> Answer:
    who = s.world.join()
    challenge(s, who)
    return who.click("DELETE", "/api/me", {"password": PASSWORD})


def _edits_late(s: Scene) -> Answer:
    id = say(s.world, s.ann, s.table.slug, "what I meant to say")
    s.world.now += (15 * 60 + 1) * SECOND
    return s.ann.call("PATCH", f"/api/posts/{id}", {"body": "something else"})


def _cancels_a_taken_one(s: Scene) -> Answer:
    code = challenge(s, s.ann)
    assert s.bob.call("POST", f"/api/challenges/{code}/accept").status == 200
    return s.ann.call("DELETE", f"/api/challenges/{code}")


def _tests_too_often(s: Scene) -> Answer:
    who, hook = hooked(s)
    with given(s, WEBHOOK_TESTS_PER_HOUR=1):
        try_out(who, hook)
        return who.call("POST", f"/api/me/webhooks/{hook['id']}/test")


def _leads_inside(s: Scene) -> Answer:
    who, hook = hooked(s)
    url = {"url": "https://169.254.169.254/latest"}
    return who.call("PATCH", f"/api/me/webhooks/{hook['id']}", url)


def _calls_back_unsigned(s: Scene) -> Answer:
    asked = WISHES["POST /api/payments/[gatewayId]/callback"](s)
    return s.world.send("POST", "/api/payments/hosted/callback", asked.raw)


def _asks_again_for_a_mail(s: Scene) -> Answer:
    body = {"email": "a@b.example"}
    s.world.ticks += 3_600 * 1_000_000_000  # nobody has asked for an hour
    with given(s, MAILS_PER_HOUR=1):
        assert s.world.send("POST", "/api/auth/forgot", body).status == 202
        return s.world.send("POST", "/api/auth/forgot", body)


def _rewrites_what_was_traded(s: Scene) -> Answer:
    case = Case(s.world, closed=False)
    trade(s.ann, s.bob, case.tickers[0], 4_000, 1)
    body = {"reason": "a test", "title": "Something else?"}
    return s.world.call("PATCH", f"/api/admin/events/{case.slug}", body)


def _pays_what_is_disputed(s: Scene) -> Answer:
    case = resolved(s)
    case.disputed(case.no)
    return s.world.call("POST", f"/api/admin/events/{case.slug}/finalize", {"reason": "a test"})


def _judges_himself(s: Scene) -> Answer:
    case, judge = Case(s.world), with_role(s.world, "admin")
    said = [{"optionId": case.ids[0], "result": "YES"}]
    path = f"/api/admin/events/{case.slug}/resolve"
    judge.click("POST", path, {"reason": "a test", "outcomes": said})
    return decide(s.world, judge, case.disputed(case.no), "REJECT")


def _pays_many_without_a_key(s: Scene) -> Answer:
    body = {"reason": "a test", "amountCents": 100, "all": True}
    return s.world.call("POST", "/api/admin/funds/bulk", body)


def _issues_alone(s: Scene) -> Answer:
    path = f"/api/admin/users/{s.bob.id}/funds"
    body = {"reason": "a test", "amountCents": 500, "kind": "ISSUE"}
    with given(s, FUNDS_DUAL_CENTS=400):
        order = s.world.call("POST", path, body).json["order"]
        assert order["status"] == "WAITING"
        return s.world.call("POST", path, {**body, "confirms": order["id"]})


def _has_been_here_long(s: Scene) -> Answer:
    judge, id = with_role(s.world, "admin"), paid_in(s)
    s.world.now += 13 * 3_600 * SECOND
    return judge.click("POST", f"/api/admin/deposits/{id}/confirm", {"reason": "a test"})


CASES: Final[dict[str, tuple[Callable[[Scene], Answer], int, str]]] = {
    "nobody leaves with a position": (_leaves_with_a_position, 409, "conflict"),
    "nobody leaves with a stake": (_leaves_with_a_stake, 409, "conflict"),
    "posts are edited for 15 minutes": (_edits_late, 409, "conflict"),
    "a taken challenge is not cancelled": (_cancels_a_taken_one, 409, "challenge_taken"),
    "test messages have a cap": (_tests_too_often, 429, "rate_limited"),
    "a webhook is not changed to lead inside": (_leads_inside, 400, "url_not_allowed"),
    "a callback is signed": (_calls_back_unsigned, 401, "unauthenticated"),
    "mails have a cap": (_asks_again_for_a_mail, 429, "rate_limited"),
    "traded questions stay": (_rewrites_what_was_traded, 409, "wrong_status"),
    "what is disputed is not paid": (_pays_what_is_disputed, 409, "wrong_status"),
    "nobody judges himself": (_judges_himself, 403, "forbidden"),
    "bulk takes a key": (_pays_many_without_a_key, 400, "validation_failed"),
    "much takes two people": (_issues_alone, 403, "forbidden"),
    "an administrator's login is fresh": (_has_been_here_long, 403, "forbidden"),
}


@pytest.mark.parametrize("name", CASES)
def test_it_refuses(scene: Scene, name: str) -> None:
    ask, status, code = CASES[name]
    assert code_of(ask(scene)) == (status, code)
