"""Challenges: a stake leaves the purse at once, one acceptor gets it, the outcome pays the pot."""

from __future__ import annotations

from typing import Any

import pytest

from presage.domain.commands import AmendMarket, DetermineMarket, DisputeMarket, SettleMarket
from presage.units import SECOND
from tests.api.asking import JSON_TYPE, request
from tests.api.site.trading import market_of, new_market, place, run, settle, void
from tests.api.site.world import Member, World, code_of

HOUR = 3_600 * SECOND


@pytest.fixture(name="ticker")
def _ticker(world: World) -> str:
    world.set("streakBonuses", False)
    world.set("CHALLENGES_PER_DAY", 0)
    return new_market(world)


@pytest.fixture(name="ann")
def _ann(world: World) -> Member:
    return world.join()


@pytest.fixture(name="bob")
def _bob(world: World) -> Member:
    return world.join()


def challenge(who: Member, ticker: str, **more: Any) -> Any:
    """A challenge that must be accepted by the site: the whole answer."""
    body = {"optionId": ticker, "side": "YES", "stakeCents": 1_000, **more}
    who.world.now += SECOND  # lists are by time
    answer = who.call("POST", "/api/challenges", body)
    assert answer.status == 201, answer.body
    return answer.json


def accept(who: Member, code: str) -> Any:
    answer = who.call("POST", f"/api/challenges/{code}/accept")
    assert answer.status == 200, answer.body
    return answer.json


def money(who: Member) -> tuple[int, int, int]:
    """Balance, available, and what challenges have set aside."""
    found = who.get("/api/positions")["summary"]
    reserved = found["reserved"]["challengesCents"]
    assert found["balanceCents"] == found["availableCents"] + found["reservedCents"]
    return found["balanceCents"], found["availableCents"], reserved


def shown(who: Member, code: str) -> Any:
    return who.get(f"/api/challenges?code={code}")["challenges"][0]


def test_a_stake_is_set_aside_and_an_acceptor_puts_the_other_in(
    world: World, ticker: str, ann: Member, bob: Member
) -> None:
    made = challenge(ann, ticker, opponentStakeCents=3_000, message=" Rain? ")
    one = made["challenge"]
    assert made["availableCents"] == 99_000
    assert (one["status"], one["creatorSide"], one["stakeCents"]) == ("OPEN", "YES", 1_000)
    assert (one["opponentStakeCents"], one["potCents"], one["impliedProbBps"]) == (
        3_000,
        4_000,
        2_500,
    )
    assert (one["message"], one["opponent"], one["winner"]) == ("Rain?", None, None)
    assert one["link"].endswith(f"/challenges/{one['code']}")
    assert len(one["code"]) == 8
    assert one["id"].startswith("chl_")
    assert one["creator"]["username"] == ann.username
    assert money(ann) == (100_000, 99_000, 1_000)
    taken = accept(bob, one["code"].lower())
    assert (taken["challenge"]["status"], taken["availableCents"]) == ("ACTIVE", 97_000)
    assert taken["challenge"]["opponent"]["username"] == bob.username
    assert money(ann) == (99_000, 99_000, 0)
    assert money(bob) == (97_000, 97_000, 0)
    assert shown(ann, one["code"]) == taken["challenge"]
    # and the book has seen nothing of it
    card = world.running.services.markets.by_ticker(ticker)
    assert card is not None
    assert (card.volume, card.open_interest, card.bid) == (0, 0, 0)


@pytest.mark.parametrize(
    ("value", "ann_gets", "winner"), [(10_000, 3_000, "ann"), (0, 0, "bob"), (3_333, 999, "bob")]
)
def test_the_outcome_pays_the_pot_to_the_last_cent(
    world: World, ticker: str, ann: Member, bob: Member, value: int, ann_gets: int, winner: str
) -> None:
    code = challenge(ann, ticker, opponentStakeCents=2_000)["challenge"]["code"]
    accept(bob, code)
    settle(world, ticker, value)
    world.work()
    one = shown(ann, code)
    assert (one["status"], one["creatorPayoutCents"]) == ("SETTLED", ann_gets)
    assert one["creatorPayoutCents"] + one["opponentPayoutCents"] == one["potCents"] == 3_000
    assert one["winner"]["username"] == {"ann": ann, "bob": bob}[winner].username
    assert one["payoutCents"] == max(ann_gets, 3_000 - ann_gets)
    assert money(ann)[0] == 99_000 + ann_gets
    assert money(bob)[0] == 98_000 + 3_000 - ann_gets
    told = ann.get("/api/me/notifications?type=CHALLENGE_SETTLED")["notifications"]
    assert len(told) == 1
    xp = {"ann": ann, "bob": bob}[winner].get("/api/me/xp")["recent"]
    assert [gain["xp"] for gain in xp if gain["source"] == "CHALLENGE"] == [30]


def test_no_takes_the_other_side(world: World, ticker: str, ann: Member, bob: Member) -> None:
    code = challenge(ann, ticker, side="no")["challenge"]["code"]
    accept(bob, code)
    settle(world, ticker, 0)
    world.work()
    assert shown(bob, code)["winner"]["username"] == ann.username
    assert money(ann)[0] == 101_000


def test_nothing_is_paid_before_the_option_is_final(world: World, ann: Member, bob: Member) -> None:
    ticker = world.list_market(
        "DUEL-LATE", close_time="2099-01-01T00:00:00Z", settlement_timer_seconds=3_600, event={}
    )
    code = challenge(ann, ticker)["challenge"]["code"]
    accept(bob, code)
    market = market_of(world, ticker)
    world.admin("POST", f"/markets/{ticker}/close")
    run(world, DetermineMarket(market, 10_000))
    world.work()
    assert shown(ann, code)["status"] == "ACTIVE"
    run(world, DisputeMarket(market))
    world.now += 2 * HOUR
    world.work()
    assert shown(ann, code)["status"] == "ACTIVE"
    run(world, AmendMarket(market, 0))
    run(world, SettleMarket(market))
    world.work()
    assert shown(ann, code)["winner"]["username"] == bob.username


def test_a_void_option_gives_both_stakes_back(
    world: World, ticker: str, ann: Member, bob: Member
) -> None:
    code = challenge(ann, ticker, opponentStakeCents=5_000)["challenge"]["code"]
    accept(bob, code)
    void(world, ticker)
    settled = world.running.services.markets.by_ticker(ticker)
    assert settled is not None
    world.now += 90_000 * SECOND
    world.do(world.running.services.gateway.submit(None, lambda _: None))
    world.work()
    one = shown(ann, code)
    assert one["status"] == "VOIDED", settled.status
    assert (one["winner"], one["creatorPayoutCents"], one["opponentPayoutCents"]) == (
        None,
        1_000,
        5_000,
    )
    assert one["voidReason"]
    assert (money(ann)[0], money(bob)[0]) == (100_000, 100_000)


def test_nobody_takes_it_and_the_stake_comes_back(
    world: World, ticker: str, ann: Member, bob: Member
) -> None:
    by_job = challenge(ann, ticker, expiresInHours=1)["challenge"]["code"]
    world.now += HOUR
    world.work()
    assert money(ann) == (100_000, 100_000, 0)
    assert shown(ann, by_job)["status"] == "EXPIRED"
    told = ann.get("/api/me/notifications?type=CHALLENGE_EXPIRED")["notifications"]
    assert len(told) == 1
    # without any job, whoever looks finds it over
    by_look = challenge(ann, ticker, expiresInHours=1)["challenge"]["code"]
    world.now += HOUR
    assert shown(ann, by_look)["status"] == "EXPIRED"
    assert money(ann) == (100_000, 100_000, 0)
    by_accept = challenge(ann, ticker, expiresInHours=1)["challenge"]["code"]
    world.now += HOUR
    late = bob.call("POST", f"/api/challenges/{by_accept}/accept")
    assert code_of(late) == (409, "challenge_expired")
    assert money(ann) == (100_000, 100_000, 0)


def test_it_ends_when_the_option_closes_early(world: World, ticker: str, ann: Member) -> None:
    code = challenge(ann, ticker, expiresInHours=720)["challenge"]["code"]
    world.admin("POST", f"/markets/{ticker}/close")
    world.work()
    assert shown(ann, code)["status"] == "EXPIRED"
    assert money(ann) == (100_000, 100_000, 0)
    closed = ann.call(
        "POST", "/api/challenges", {"optionId": ticker, "side": "YES", "stakeCents": 100}
    )
    assert code_of(closed) == (409, "market_not_open")
    assert closed.json["status"] == "CLOSED"


def test_only_the_creator_cancels_and_only_while_it_waits(
    ticker: str, ann: Member, bob: Member
) -> None:
    code = challenge(ann, ticker)["challenge"]["code"]
    assert code_of(bob.call("DELETE", f"/api/challenges/{code}")) == (404, "not_found")
    gone = ann.call("DELETE", f"/api/challenges/{code}").json
    assert (gone["challenge"]["status"], gone["availableCents"]) == ("CANCELLED", 100_000)
    assert code_of(ann.call("DELETE", f"/api/challenges/{code}"))[0] == 409
    assert code_of(bob.call("POST", f"/api/challenges/{code}/accept"))[0] == 409
    other = challenge(ann, ticker)["challenge"]["code"]
    accept(bob, other)
    assert code_of(ann.call("DELETE", f"/api/challenges/{other}")) == (409, "challenge_taken")
    assert money(ann) == (99_000, 99_000, 0)


def test_who_may_accept(world: World, ticker: str, ann: Member, bob: Member) -> None:
    cyd = world.join()
    code = challenge(ann, ticker, opponentUsername=bob.username)["challenge"]["code"]
    world.work()
    told = bob.get("/api/me/notifications?type=CHALLENGE_RECEIVED")["notifications"]
    assert [one["url"] for one in told] == [f"/challenges/{code}"]
    assert told[0]["title"] == f"{ann.username} challenges you"
    assert code_of(ann.call("POST", f"/api/challenges/{code}/accept")) == (409, "own_challenge")
    assert code_of(cyd.call("POST", f"/api/challenges/{code}/accept")) == (403, "forbidden")
    accept(bob, code)
    assert code_of(bob.call("POST", f"/api/challenges/{code}/accept")) == (409, "challenge_taken")
    world.work()
    assert len(ann.get("/api/me/notifications?type=CHALLENGE_ACCEPTED")["notifications"]) == 1
    for code in ("ZZZZZZZZ", "nonsense", "%00"):
        answer = bob.call("POST", f"/api/challenges/{code}/accept")
        assert code_of(answer) == (404, "not_found")


def test_who_may_be_challenged(world: World, ticker: str, ann: Member, bob: Member) -> None:
    body = {"optionId": ticker, "side": "YES", "stakeCents": 100}
    named = body | {"opponentUsername": bob.username}
    nobody = ann.call("POST", "/api/challenges", body | {"opponentUsername": "nobody-there"})
    assert code_of(nobody) == (404, "not_found")
    own = ann.call("POST", "/api/challenges", body | {"opponentUsername": ann.username})
    assert code_of(own) == (400, "validation_failed")
    bob.call("PATCH", "/api/me/preferences", {"allowChallenges": False})
    assert code_of(ann.call("POST", "/api/challenges", named)) == (403, "forbidden")
    bob.call("PATCH", "/api/me/preferences", {"allowChallenges": True})
    open_to_all = challenge(ann, ticker)["challenge"]["code"]
    challenge(ann, ticker, opponentUsername=bob.username)
    assert code_of(ann.call("POST", "/api/challenges", named)) == (409, "limit_reached")
    assert bob.call("POST", f"/api/blocks/{ann.id}").status == 200
    blocked = bob.call("POST", f"/api/challenges/{open_to_all}/accept")
    assert code_of(blocked) == (403, "blocked")
    assert code_of(ann.call("POST", "/api/challenges", named)) == (403, "blocked")
    assert money(ann) == (100_000, 98_000, 2_000)


def test_too_little_money(ticker: str, ann: Member, bob: Member) -> None:
    body = {"optionId": ticker, "side": "YES", "stakeCents": 100_001}
    poor = ann.call("POST", "/api/challenges", body)
    assert code_of(poor) == (402, "insufficient_funds")
    assert (poor.json["requiredCents"], poor.json["shortfallCents"]) == (100_001, 1)
    code = challenge(ann, ticker, stakeCents=100_000, opponentStakeCents=100_001)["challenge"]
    poor = bob.call("POST", f"/api/challenges/{code['code']}/accept")
    assert code_of(poor) == (402, "insufficient_funds")
    assert poor.json["availableCents"] == 100_000
    assert shown(ann, code["code"])["status"] == "OPEN"
    assert money(ann) == (100_000, 0, 100_000)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"stakeCents": 99}, "stakeCents"),
        ({"stakeCents": 10_000_001}, "stakeCents"),
        ({"stakeCents": "100"}, "stakeCents"),
        ({"opponentStakeCents": 1}, "opponentStakeCents"),
        ({"expiresInHours": 0}, "expiresInHours"),
        ({"expiresInHours": 721}, "expiresInHours"),
        ({"message": "x" * 281}, "message"),
        ({"side": "MAYBE"}, "side"),
        ({"stake": 100}, "stake"),
    ],
)
def test_what_a_challenge_must_say(
    ticker: str, ann: Member, change: dict[str, Any], field: str
) -> None:
    body = {"optionId": ticker, "side": "YES", "stakeCents": 100} | change
    answer = ann.call("POST", "/api/challenges", body)
    assert code_of(answer) == (400, "validation_failed")
    assert field in answer.body.decode()


def test_lists_are_ones_own(world: World, ticker: str, ann: Member, bob: Member) -> None:
    codes = [challenge(ann, ticker)["challenge"]["code"] for _ in range(3)]
    accept(bob, codes[0])
    mine = ann.get("/api/challenges")["challenges"]
    assert [one["code"] for one in mine] == codes[::-1]
    assert [one["code"] for one in bob.get("/api/challenges")["challenges"]] == codes[:1]
    assert bob.get("/api/challenges?role=creator")["challenges"] == []
    assert len(bob.get("/api/challenges?role=opponent&status=active")["challenges"]) == 1
    assert len(ann.get("/api/challenges?status=open")["challenges"]) == 2
    assert ann.get("/api/challenges?status=settled")["challenges"] == []
    first = ann.get("/api/challenges?limit=2")
    second = ann.get(f"/api/challenges?limit=2&cursor={first['nextCursor']}")
    assert first["challenges"] + second["challenges"] == mine
    assert second["nextCursor"] is None
    other = ann.call("GET", f"/api/challenges?limit=2&status=open&cursor={first['nextCursor']}")
    assert code_of(other) == (400, "bad_cursor")
    # whoever has the code sees it while it is open, and only then
    cyd = world.join()
    assert cyd.get(f"/api/challenges?code={codes[1]}")["challenges"][0]["code"] == codes[1]
    for code in (codes[0], "NOTTHERE"):
        assert code_of(cyd.call("GET", f"/api/challenges?code={code}")) == (404, "not_found")


def test_at_most_twenty_wait(ticker: str, ann: Member) -> None:
    for _ in range(20):
        challenge(ann, ticker, stakeCents=100)
    body = {"optionId": ticker, "side": "YES", "stakeCents": 100}
    assert code_of(ann.call("POST", "/api/challenges", body)) == (409, "limit_reached")


def test_a_hundred_acceptors_and_one_gets_it(world: World, ticker: str, ann: Member) -> None:
    code = challenge(ann, ticker)["challenge"]["code"]
    rivals = [world.join() for _ in range(10)]
    asked = [
        request(
            "POST",
            f"/api/challenges/{code}/accept",
            ((b"authorization", f"Bearer {rival.key()}".encode()), JSON_TYPE),
            b"{}",
        )
        for rival in rivals
        for _ in range(10)
    ]
    answers = world.all_at_once(*asked)
    assert [answer.status for answer in answers].count(200) == 1
    lost = {code_of(answer) for answer in answers if answer.status != 200}
    assert lost == {(409, "challenge_taken")}
    assert sorted(money(rival)[0] for rival in rivals) == [99_000] + [100_000] * 9


def test_one_key_makes_one_challenge(ticker: str, ann: Member) -> None:
    body = {"optionId": ticker, "side": "YES", "stakeCents": 100}
    first = ann.call("POST", "/api/challenges", body, idempotency_key="duel-1")
    again = ann.call("POST", "/api/challenges", body, idempotency_key="duel-1")
    assert (first.status, first.json) == (again.status, again.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert money(ann)[2] == 100


def test_a_suspended_party_holds_the_payout_back(
    world: World, ticker: str, ann: Member, bob: Member
) -> None:
    code = challenge(ann, ticker)["challenge"]["code"]
    accept(bob, code)
    world.admin("PATCH", f"/users/{bob.id}", status="SUSPENDED")
    settle(world, ticker, 10_000)
    world.work()
    assert shown(ann, code)["status"] == "ACTIVE"
    world.admin("PATCH", f"/users/{bob.id}", status="ACTIVE")
    world.work()
    assert shown(ann, code)["status"] == "SETTLED"
    assert money(ann)[0] == 101_000


def test_switched_off(world: World, ticker: str, ann: Member) -> None:
    code = challenge(ann, ticker)["challenge"]["code"]
    world.set("challenges", False)
    try:
        empty = ann.get("/api/challenges")
        assert empty == {"challenges": [], "nextCursor": None, "enabled": False}
        body = {"optionId": ticker, "side": "YES", "stakeCents": 100}
        assert code_of(ann.call("POST", "/api/challenges", body)) == (403, "feature_disabled")
        # what waits can be taken back all the same
        assert ann.call("DELETE", f"/api/challenges/{code}").status == 200
    finally:
        world.set("challenges", True)


def test_holds_survive_a_restart(world: World, ticker: str, ann: Member) -> None:
    challenge(ann, ticker)
    place(ann, ticker, 0, 5_000, 2)
    before = money(ann)
    assert before[2] == 1_000
    assert before[0] > before[1] + 1_000  # the order has reserved its part
    world.restart()
    assert money(ann) == before


def test_an_account_with_something_at_stake_stays(ticker: str, ann: Member) -> None:
    challenge(ann, ticker)
    answer = ann.click("DELETE", "/api/me", {"password": "correct horse battery"})
    assert code_of(answer) == (409, "conflict")


def test_reads_see_the_write_at_once(ticker: str, ann: Member) -> None:
    for _ in range(5):
        code = challenge(ann, ticker, stakeCents=100)["challenge"]["code"]
        assert ann.get("/api/challenges?limit=1")["challenges"][0]["code"] == code
