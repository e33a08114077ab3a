"""Reports, what they hide, what moderators decide, and appeals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asking import JSON_TYPE, Answer, request
from tests.api.site.talking import DAY, comment, quiet, say, told, with_role
from tests.api.site.world import Member, World, code_of

EVENT = "REPORT-1-E"


@pytest.fixture(scope="module")
def crowd(world: World) -> list[Member]:
    """Members whose accounts are old enough for their reports to count."""
    quiet(world)
    world.list_market("REPORT-1")
    found = [world.join() for _ in range(4)]
    world.now += 4 * DAY
    return found


def report(who: Member, kind: str, target: str, reason: str = "this is spam") -> Answer:
    wanted = {"targetType": kind, "targetId": target, "reason": reason}
    return who.call("POST", "/api/reports", wanted)


def visible(world: World) -> list[str]:
    posts = world.send("GET", f"/api/posts?eventSlug={EVENT}&limit=200").json["posts"]
    return [one["id"] for one in posts]


def decide(world: World, report: str, **body: Any) -> Any:
    return world.admin("POST", f"/reports/{report}/decide", **body)


def test_reporting_twice_is_one_report(world: World, crowd: list[Member]) -> None:
    target = say(world, crowd[3], EVENT, "report me once")
    first = report(crowd[0], "post", target)
    assert first.status == 201
    assert first.json["report"] | {"id": "", "createdAt": ""} == {
        "id": "",
        "targetType": "POST",
        "targetId": target,
        "reason": "this is spam",
        "status": "OPEN",
        "createdAt": "",
    }
    again = report(crowd[0], "POST", target, "another reason")
    assert (again.status, again.json) == (200, first.json)


def test_a_hundred_reports_at_once_are_one(world: World, crowd: list[Member]) -> None:
    target = say(world, crowd[3], EVENT, "report me a hundred times")
    headers = ((b"authorization", f"Bearer {crowd[0].key()}".encode()), JSON_TYPE)
    body = b'{"targetType":"POST","targetId":"%b","reason":"spam"}' % target.encode()
    asked = [request("POST", "/api/reports", headers, body) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert sorted(one.status for one in answers) == [200] * 99 + [201]
    assert len({one.json["report"]["id"] for one in answers}) == 1
    assert target in visible(world)


def test_the_third_grown_up_reporter_hides_it(world: World, crowd: list[Member]) -> None:
    ada = crowd[3]
    target = say(world, ada, EVENT, "hide me")
    child = world.join()
    for who in (crowd[0], crowd[0], child, crowd[1]):
        assert report(who, "POST", target).status in (200, 201)
        assert target in visible(world)
    assert report(crowd[2], "POST", target).status == 201
    assert target not in visible(world)
    assert code_of(crowd[0].call("POST", f"/api/posts/{target}/like")) == (404, "not_found")
    mine = ada.get(f"/api/posts?eventSlug={EVENT}&limit=200")["posts"]
    assert [one["status"] for one in mine if one["id"] == target] == ["HIDDEN"]
    assert told(world, ada, "MODERATION_ACTION")[-1]["data"]["action"] == "HIDE"


def test_a_hidden_comment_is_a_stub(world: World, crowd: list[Member]) -> None:
    post = say(world, crowd[3], EVENT, "under which")
    top = comment(world, crowd[3], post, "hidden soon")
    comment(world, crowd[0], post, "an answer", top)
    for who in crowd[:3]:
        report(who, "comment", top)
    stub, answer = world.send("GET", f"/api/posts/{post}/comments").json["comments"]
    assert (stub["id"], stub["body"], stub["author"], stub["status"]) == (top, "", None, "HIDDEN")
    assert answer["body"] == "an answer"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"targetType": "EVENT", "targetId": "x", "reason": "abc"}, 400),
        ({"targetType": "POST", "reason": "abc"}, 400),
        ({"targetType": "POST", "targetId": "pst_" + "0" * 32, "reason": "ab"}, 400),
        ({"targetType": "POST", "targetId": "pst_" + "0" * 32, "reason": "x" * 501}, 400),
        ({"targetType": "POST", "targetId": "pst_" + "0" * 32, "reason": "abc"}, 404),
        ({"targetType": "COMMENT", "targetId": "nothing", "reason": "abc"}, 404),
        ({"targetType": "USER", "targetId": "usr_" + "0" * 32, "reason": "abc"}, 404),
    ],
)
def test_what_cannot_be_reported(world: World, crowd: list[Member], body: Any, status: int) -> None:
    assert crowd[0].call("POST", "/api/reports", body).status == status


def test_nobody_reports_themselves(world: World, crowd: list[Member]) -> None:
    ada = crowd[3]
    target = say(world, ada, EVENT, "my own")
    assert code_of(report(ada, "POST", target)) == (400, "validation_failed")
    assert code_of(report(ada, "USER", ada.id)) == (400, "validation_failed")


def test_the_queue_has_what_concerns_most_people_first(world: World, crowd: list[Member]) -> None:
    quietly = say(world, crowd[3], EVENT, "few see this")
    loudly = say(world, crowd[3], EVENT, "many see this")
    for who in crowd[:2]:
        who.call("POST", f"/api/posts/{loudly}/like")
    for target in (quietly, loudly):
        report(crowd[0], "POST", target, "about " + target)
    queue = world.admin("GET", "/reports?limit=200")["reports"]
    places = [one["targetId"] for one in queue]
    assert places.index(loudly) < places.index(quietly)
    case = queue[places.index(loudly)]
    assert (case["reporters"], case["reach"], case["reasons"]) == (1, 3, ["about " + loudly])
    assert (case["body"], case["author"]) == ("many see this", crowd[3].username)
    paged, target = [], "/reports?limit=1"
    while target:
        page = world.admin("GET", target)
        paged += [one["targetId"] for one in page["reports"]]
        cursor = page["nextCursor"]
        target = f"/reports?limit=1&cursor={cursor}" if cursor else ""
    assert paged == places


def test_dismissing_shows_it_again_and_answers_everybody(world: World, crowd: list[Member]) -> None:
    target = say(world, crowd[3], EVENT, "harmless")
    made = [report(who, "POST", target).json["report"]["id"] for who in crowd[:3]]
    assert target not in visible(world)
    decide(world, made[1], action="DISMISS")
    assert target in visible(world)
    for who in crowd[:3]:
        assert report(who, "POST", target).json["report"]["status"] == "DISMISSED"
        assert told(world, who, "REPORT_DECIDED")[-1]["data"]["status"] == "DISMISSED"
    refused = world.refused("POST", f"/reports/{made[0]}/decide", action="REMOVE")
    assert refused == (409, "conflict")


def test_removing_is_for_good_and_is_in_the_audit_log(world: World, crowd: list[Member]) -> None:
    ada, target = crowd[3], say(world, crowd[3], EVENT, "really bad")
    made = report(crowd[0], "POST", target).json["report"]["id"]
    done = decide(world, made, action="REMOVE", note="no insults please")
    assert target not in visible(world)
    mine = ada.get(f"/api/posts?eventSlug={EVENT}&limit=200")["posts"]
    assert target not in [one["id"] for one in mine]
    notice = told(world, ada, "MODERATION_ACTION")[-1]
    assert (notice["body"], notice["data"]["actionId"]) == ("no insults please", done["actionId"])
    row = world.admin("GET", "/audit?limit=1")["rows"][0]
    assert (row["id"], row["action"]) == (done["auditId"], "report.decide")


def test_an_appeal_comes_back_to_the_queue_once(world: World, crowd: list[Member]) -> None:
    ada, target = crowd[3], say(world, crowd[3], EVENT, "not so bad")
    made = report(crowd[0], "POST", target).json["report"]["id"]
    action = decide(world, made, action="REMOVE")["actionId"]
    at = f"/api/moderation/{action}/appeal"
    assert code_of(crowd[0].call("POST", at, {"reason": "not mine"})) == (404, "not_found")
    assert code_of(ada.call("POST", at, {"reason": "x"})) == (400, "validation_failed")
    appeal = ada.call("POST", at, {"reason": "it was a joke"})
    assert appeal.status == 201
    assert appeal.json["appeal"]["actionId"] == action
    assert code_of(ada.call("POST", at, {"reason": "once more"})) == (409, "conflict")
    queue = world.admin("GET", "/reports?limit=200")["reports"]
    (case,) = [one for one in queue if one["targetId"] == target]
    assert (case["appeal"], case["reporters"]) == ("it was a joke", 0)
    decide(world, case["id"], action="DISMISS")
    assert target in visible(world)


def test_a_mute_lasts_its_hours(world: World, crowd: list[Member]) -> None:
    loud = world.join()
    made = report(crowd[0], "USER", loud.id).json["report"]["id"]
    assert world.refused("POST", f"/reports/{made}/decide", action="MUTE")[0] == 400
    decide(world, made, action="MUTE", hours=2)
    post = {"eventSlug": EVENT, "body": "may I?"}
    assert code_of(loud.call("POST", "/api/posts", post)) == (403, "muted")
    world.now += DAY
    assert loud.call("POST", "/api/posts", post).status == 201


def test_a_suspension_stops_trading_and_an_appeal_can_lift_it(
    world: World, crowd: list[Member]
) -> None:
    bad = world.join()
    key = bad.key()
    made = report(crowd[0], "USER", bad.id).json["report"]["id"]
    refused = world.refused("POST", f"/reports/{made}/decide", action="REMOVE")
    assert refused == (400, "validation_failed")
    action = decide(world, made, action="SUSPEND")["actionId"]
    follow = {"eventSlug": EVENT, "body": "x"}
    assert code_of(world.bearer(key, "POST", "/api/posts", follow)) == (403, "suspended")
    appeal = bad.call("POST", f"/api/moderation/{action}/appeal", {"reason": "please"})
    assert appeal.status == 201
    (case,) = [
        one
        for one in world.admin("GET", "/reports?limit=200")["reports"]
        if one["targetId"] == bad.id
    ]
    decide(world, case["id"], action="DISMISS")
    assert bad.call("POST", "/api/posts", follow).status == 201


def test_a_ban_ends_every_access(world: World, crowd: list[Member]) -> None:
    bad = world.join()
    key = bad.key()
    made = report(crowd[0], "USER", bad.id).json["report"]["id"]
    decide(world, made, action="BAN")
    assert code_of(world.bearer(key, "GET", "/api/auth/me")) == (403, "suspended")


def test_moderators_decide_but_not_about_those_who_run_the_site(
    world: World, crowd: list[Member]
) -> None:
    moderator, boss = with_role(world, "moderator"), with_role(world, "admin")
    target = say(world, boss, EVENT, "a word from the boss")
    made = report(crowd[0], "POST", target).json["report"]["id"]
    at, body = f"/api/admin/reports/{made}/decide", {"action": "REMOVE", "reason": "why not"}
    answer = moderator.click("POST", at, body)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    answer = boss.click("POST", at, body)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    plain = say(world, crowd[3], EVENT, "somebody's word")
    made = report(crowd[0], "POST", plain).json["report"]["id"]
    at = f"/api/admin/reports/{made}/decide"
    assert crowd[0].click("POST", at, body).status == 403
    assert moderator.click("POST", at, {"action": "remove", "reason": "why not"}).status == 200
    assert moderator.click("GET", "/api/admin/posts").status == 200


def test_operators_list_hide_and_pin_posts(world: World, crowd: list[Member]) -> None:
    target = say(world, crowd[3], EVENT, "for the operators")
    listed = world.admin("GET", f"/posts?eventSlug={EVENT}&username={crowd[3].username}")["posts"]
    assert listed[0]["id"] == target
    world.admin("PATCH", f"/posts/{target}", pinned=True)
    say(world, crowd[3], EVENT, "something newer")
    assert visible(world)[0] == target
    done = world.admin("PATCH", f"/posts/{target}", status="REMOVED", pinned=False)
    assert done["status"] == "REMOVED"
    assert target not in visible(world)
    removed = world.admin("GET", "/posts?status=REMOVED&limit=200")["posts"]
    assert target in [one["id"] for one in removed]
    world.admin("PATCH", f"/posts/{target}", status="VISIBLE")
    assert target in visible(world)
    assert world.refused("PATCH", f"/posts/{target}")[0] == 400
    assert world.refused("PATCH", "/posts/pst_" + "0" * 32, pinned=True)[0] == 404
    said = comment(world, crowd[3], target, "a remark for the operators")
    assert world.admin("PATCH", f"/comments/{said}", status="REMOVED")["status"] == "REMOVED"
    assert world.send("GET", f"/api/posts/{target}/comments").json["comments"] == []


def test_who_is_called_by_name_is_told(world: World, crowd: list[Member]) -> None:
    ada, bob = world.join(), world.join()
    names = " ".join(f"@{who.username}" for who in (bob, ada, bob))
    post = say(world, ada, EVENT, f"look {names}, mail me at x@{bob.username}")
    assert [one["data"] for one in told(world, bob, "MENTION")] == [{"postId": post}]
    assert told(world, ada, "MENTION") == []
    comment(world, bob, post, f"yes @{ada.username.upper()}")
    assert len(told(world, ada, "MENTION")) == 1
    assert told(world, ada, "POST_COMMENTED")[0]["who"] == bob.username
