"""Members suggest markets; operators make drafts of them, or say why not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, rfc3339
from tests.api.asking import JSON_TYPE, Answer, request
from tests.api.site.talking import happened, told, with_role
from tests.api.site.world import Member, World, code_of

TEXT = "It has been promised often, and nobody knows."


@pytest.fixture(autouse=True)
def uncapped(world: World) -> Iterator[None]:
    world.set("SUGGESTIONS_PER_DAY", 0)
    yield
    world.set("PENDING_SUGGESTIONS", 5)


def suggest(who: Member, title: str = "Will the bridge open?", **more: Any) -> Answer:
    who.world.now += SECOND
    body = {"title": title, "description": TEXT, "category": "Traffic", **more}
    return who.call("POST", "/api/market-suggestions", body)


def suggested(who: Member, title: str = "Will the bridge open?", **more: Any) -> str:
    """The id of a suggestion that must be taken."""
    answer = suggest(who, title, **more)
    assert answer.status == 201, answer.body
    return str(answer.json["suggestion"]["id"])


def decide(world: World, suggestion: str, decision: str, **body: Any) -> Any:
    world.now += SECOND
    path = f"/market-suggestions/{suggestion}/decide"
    return world.admin("POST", path, decision=decision, **body)


def later(world: World) -> str:
    return rfc3339(world.now // SECOND + 30 * DAY)


def test_what_is_suggested_is_read_back(world: World) -> None:
    who = world.join()
    closes = later(world)
    answer = suggest(
        who,
        options=["Yes", "Later"],
        closeAt=closes,
        resolutionSource="The council",
        sourceUrls=["https://example.com/a", "https://example.com/a"],
    )
    assert answer.status == 201
    made = answer.json["suggestion"]
    assert made | {"id": "", "createdAt": ""} == {
        "id": "",
        "title": "Will the bridge open?",
        "description": TEXT,
        "category": "Traffic",
        "options": ["Yes", "Later"],
        "closeAt": closes.replace("Z", ".000Z"),
        "resolutionSource": "The council",
        "sourceUrls": ["https://example.com/a"],
        "status": "PENDING",
        "reviewNote": None,
        "duplicateOf": None,
        "eventSlug": None,
        "createdAt": "",
        "decidedAt": None,
    }
    listed = who.get("/api/market-suggestions")
    assert listed == {"suggestions": [made], "enabled": True, "nextCursor": None}
    assert world.join().get("/api/market-suggestions")["suggestions"] == []


def test_without_options_there_is_one(world: World) -> None:
    assert suggest(world.join()).json["suggestion"]["options"] == ["Yes"]


def test_what_is_wrong_is_named(world: World) -> None:
    who = world.join()
    wrong: dict[str, Any] = {
        "title": "too short",
        "description": "short",
        "category": " ",
        "options": ["Yes", "yes "],
        "closeAt": "2020-01-01T00:00:00Z",
        "resolutionSource": "x" * 501,
        "sourceUrls": ["http://example.com"],
    }
    for field, value in wrong.items():
        answer = suggest(who, **{"title": "Will it be refused?", field: value})
        assert code_of(answer) == (400, "validation_failed"), field
        assert answer.json["details"][0]["field"] == field
    assert code_of(suggest(who, sourceUrls=["https://a.example"] * 6)) == (400, "validation_failed")
    assert code_of(suggest(who, options=["x"] * 41)) == (400, "validation_failed")
    nobody = world.send("GET", "/api/market-suggestions")
    assert code_of(nobody) == (401, "unauthenticated")
    assert who.get("/api/market-suggestions")["suggestions"] == []


def test_what_is_like_it_is_shown(world: World) -> None:
    closes = later(world)
    made = world.admin(
        "POST", "/events", title="Will the old tower fall?", category="Traffic", closeAt=closes
    )["event"]
    hidden = suggest(world.join(), "Will the old tower fall soon?")
    assert hidden.json["similar"] == [], "a draft is nobody's business"
    world.admin("POST", f"/events/{made['slug']}/publish")
    (found,) = suggest(world.join(), "Will the old TOWER fall soon?").json["similar"]
    assert (found["slug"], found["title"]) == (made["slug"], "Will the old tower fall?")
    assert 0.8 < found["score"] < 1
    assert suggest(world.join(), "Quite another question altogether").json["similar"] == []


def test_only_so_many_wait(world: World) -> None:
    who = world.join()
    for number in range(5):
        suggested(who, f"Suggestion number {number}")
    assert code_of(suggest(who)) == (409, "limit_reached")
    oldest = who.get("/api/market-suggestions")["suggestions"][-1]["id"]
    decide(world, oldest, "REJECT")
    suggested(who)


def test_a_hundred_at_once_are_as_many_as_may_wait(world: World) -> None:
    who = world.join()
    headers = ((b"authorization", f"Bearer {who.key()}".encode()), JSON_TYPE)
    body = {"title": "The same for everybody", "description": TEXT, "category": "Traffic"}
    data = json.dumps(body).encode()
    asked = [request("POST", "/api/market-suggestions", headers, data) for _ in range(100)]
    answers = world.all_at_once(*asked)
    assert sorted(answer.status for answer in answers) == [201] * 5 + [409] * 95
    assert len(who.get("/api/market-suggestions")["suggestions"]) == 5


def test_ten_a_day(world: World) -> None:
    world.set("SUGGESTIONS_PER_DAY", 2)
    who = world.join()
    assert [suggest(who).status for _ in range(3)] == [201, 201, 429]


def test_the_same_request_again_has_the_same_answer(world: World) -> None:
    who = world.join()
    body = {"title": "Only once, please?", "description": TEXT, "category": "Traffic"}
    first, again = (
        who.call("POST", "/api/market-suggestions", body, idempotency_key="s") for _ in range(2)
    )
    assert (first.status, again.json) == (201, first.json)
    assert len(who.get("/api/market-suggestions")["suggestions"]) == 1


def test_switched_off(world: World) -> None:
    who = world.join()
    suggested(who)
    world.set("marketSuggestions", False)
    assert code_of(suggest(who)) == (403, "feature_disabled")
    listed = who.get("/api/market-suggestions")
    world.set("marketSuggestions", True)
    assert listed == {"suggestions": [], "enabled": False, "nextCursor": None}


def test_lists_have_pages_and_filters(world: World) -> None:
    who = world.join()
    made = [suggested(who, f"Suggestion number {number}") for number in range(5)]
    decide(world, made[1], "REJECT")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = who.get(f"/api/market-suggestions?limit=2&cursor={cursor}")
        seen += [one["id"] for one in page["suggestions"]]
        cursor = page["nextCursor"]
    assert seen == made[::-1]
    rejected = who.get("/api/market-suggestions?status=rejected")["suggestions"]
    assert [one["id"] for one in rejected] == [made[1]]
    bad = who.call("GET", "/api/market-suggestions?status=other")
    assert code_of(bad) == (400, "validation_failed")
    all_of_them = with_role(world, "admin").get("/api/market-suggestions?limit=200")["suggestions"]
    assert {one["id"] for one in all_of_them} >= set(made)
    listed = world.admin("GET", "/market-suggestions?status=REJECTED&limit=200")["suggestions"]
    (found,) = [one for one in listed if one["id"] == made[1]]
    assert found["username"] == who.username


def test_approved_it_is_a_draft_in_the_authors_name(world: World) -> None:
    who = world.join()
    world.set("SUGGESTION_REWARD_CENTS", 250)
    before = who.get("/api/positions")["summary"]["balanceCents"]
    made = suggested(who, "Will the tram be built?", options=["Yes", "No way"])
    path = f"/market-suggestions/{made}/decide"
    missing = world.refused("POST", path, decision="APPROVE")
    assert missing == (400, "validation_failed"), "it does not say when it closes"
    other = {"closeAt": later(world), "rulesPrimary": "As built.", "mutuallyExclusive": True}
    done = decide(world, made, "APPROVE", overrides=other, note="A good one.")
    event = done["event"]
    assert (event["status"], event["slug"]) == ("DRAFT", "will-the-tram-be-built")
    assert (event["suggestedBy"], event["rulesPrimary"]) == (who.username, "As built.")
    assert [one["label"] for one in event["options"]] == ["Yes", "No way"]
    mine = who.get("/api/market-suggestions")["suggestions"][0]
    assert (mine["status"], mine["reviewNote"]) == ("APPROVED", "A good one.")
    assert mine["eventSlug"] == event["slug"]
    assert who.get("/api/positions")["summary"]["balanceCents"] == before + 250
    (notice,) = told(world, who, "SUGGESTION_DECIDED")
    assert (notice["title"], notice["body"]) == (
        "Your suggestion was approved: Will the tram be built?",
        "A good one.",
    )
    assert [row.data for row in happened(world, "suggestion.approved")] == [{"suggestion": made}]
    world.work()
    assert "SUGGESTION" in {one["source"] for one in who.get("/api/me/xp")["recent"]}
    assert world.refused("POST", path, decision="REJECT") == (409, "conflict")
    world.set("SUGGESTION_REWARD_CENTS", 0)
    shown = world.admin("POST", f"/events/{event['slug']}/publish")["event"]
    assert (shown["status"], shown["suggestedBy"]) == ("OPEN", who.username)


def test_decided_at_once_by_a_hundred_it_is_one_draft(world: World) -> None:
    who = world.join()
    made = suggested(who, "Will everybody approve?", closeAt=later(world))
    path = f"/api/admin/market-suggestions/{made}/decide"
    data = json.dumps({"reason": "a test", "decision": "APPROVE"}).encode()
    headers = (*world.operator.sign("POST", path), JSON_TYPE)
    signed = [(*world.operator.sign("POST", path), JSON_TYPE) for _ in range(99)]
    asked = [request("POST", path, one, data) for one in (headers, *signed)]
    answers = world.all_at_once(*asked)
    assert [answer.status for answer in answers].count(200) == 1
    drafts = world.admin("GET", "/events?status=DRAFT&limit=200")["events"]
    assert [one["title"] for one in drafts].count("Will everybody approve?") == 1


def test_what_needs_changes_can_be_written_anew(world: World) -> None:
    who = world.join()
    made = suggested(who)
    assert code_of(suggest(who, id=made)) == (409, "conflict")
    path = f"/market-suggestions/{made}/decide"
    assert world.refused("POST", path, decision="NEEDS_CHANGES") == (400, "validation_failed")
    decide(world, made, "NEEDS_CHANGES", note="When?")
    assert code_of(suggest(world.join(), id=made)) == (404, "not_found")
    again = suggest(who, "Will the bridge open in May?", id=made)
    assert (again.status, again.json["suggestion"]["id"]) == (200, made)
    (mine,) = who.get("/api/market-suggestions")["suggestions"]
    assert (mine["status"], mine["title"], mine["reviewNote"]) == (
        "PENDING",
        "Will the bridge open in May?",
        "When?",
    )


def test_a_duplicate_names_the_event(world: World) -> None:
    who = world.join()
    world.list_market("TWIN-1")
    made = suggested(who)
    path = f"/market-suggestions/{made}/decide"
    assert world.refused("POST", path, decision="DUPLICATE") == (400, "validation_failed")
    wrong = world.refused("POST", path, decision="DUPLICATE", duplicateOf="no-such")
    assert wrong == (400, "validation_failed")
    decide(world, made, "DUPLICATE", duplicateOf="TWIN-1-E")
    assert who.get("/api/market-suggestions")["suggestions"][0]["duplicateOf"] == "twin-1-e"
    assert told(world, who, "SUGGESTION_DECIDED")[0]["url"] == "/events/twin-1-e"


def test_unknown_suggestions(world: World) -> None:
    path = "/market-suggestions/{}/decide"
    for name in ("sug_x", "sug_" + "0" * 32, "x"):
        refused = world.refused("POST", path.format(name), decision="REJECT")
        assert refused == (404, "not_found")
    moderator = with_role(world, "moderator")
    body = {"reason": "a test", "decision": "REJECT"}
    answer = moderator.click("POST", f"/api/admin{path.format('sug_x')}", body)
    assert code_of(answer) == (403, "forbidden")
