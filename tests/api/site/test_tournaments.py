"""Tournaments: joined once, ranked by what one has, and every cent of the pool is paid out."""

from __future__ import annotations

from typing import Any

import pytest

from presage.domain.commands import DetermineMarket
from presage.units import CENT, SECOND
from tests.api.asking import JSON_TYPE, request
from tests.api.site.dealing import Table
from tests.api.site.playing import HOUR, Contest, moment
from tests.api.site.trading import market_of, run, settle
from tests.api.site.world import Member, World, code_of


@pytest.fixture(autouse=True)
def _no_bonuses(world: World) -> None:
    world.set("streakBonuses", False)


@pytest.fixture(name="table")
def _table(world: World) -> Table:
    return Table(world, close_time="2099-01-01T00:00:00Z")


@pytest.fixture(name="ann")
def _ann(world: World) -> Member:
    return world.join()


@pytest.fixture(name="bob")
def _bob(world: World) -> Member:
    return world.join()


def balance(who: Member) -> int:
    return int(who.get("/api/auth/me")["user"]["balanceCents"])


def over(world: World, contest: Contest) -> Any:
    """Its time has passed and the worker has been; what it looks like then."""
    world.now += 25 * HOUR
    world.work()
    return contest.page()


def test_joining_costs_the_fee_and_gives_a_bankroll(world: World, ann: Member, bob: Member) -> None:
    contest = Contest(world, ann, entryFeeCents=1_500, fixedCents=10_000, maxPlayers=2)
    assert balance(ann) == 98_500
    joined = contest.join(bob).json
    assert joined["entry"] == {
        "bankrollCents": 100_000,
        "joinedAt": joined["entry"]["joinedAt"],
        "rank": 2,
    }
    shown = joined["tournament"]
    assert (shown["playerCount"], shown["joined"], shown["status"]) == (2, True, "ACTIVE")
    assert shown["prizePool"] == {"fixedCents": 10_000, "fromFees": 3_000, "totalCents": 13_000}
    assert shown["prizes"] == [{"rank": 1, "shareBps": 10_000}]
    assert contest.pot() == 13_000 * CENT
    assert code_of(contest.join(bob)) == (409, "already_joined")
    assert code_of(contest.join(world.join())) == (409, "limit_reached")
    page = contest.page(ann)
    assert (page["me"]["rank"], page["me"]["cashCents"], page["tournament"]["joined"]) == (
        1,
        100_000,
        True,
    )
    anonymous = contest.page()
    assert anonymous["me"] is None
    assert "joined" not in anonymous["tournament"]
    assert balance(bob) == 98_500


def test_who_cannot_join(world: World, ann: Member, bob: Member) -> None:
    private = Contest(world, accessCode="sesame", entryFeeCents=100_001)
    assert private.page()["tournament"]["private"] is True
    for body in ({}, {"accessCode": "Sesame"}):
        assert code_of(private.join(ann, **body)) == (403, "forbidden")
    poor = private.join(ann, accessCode=" sesame ")
    assert code_of(poor) == (402, "insufficient_funds")
    assert (poor.json["requiredCents"], poor.json["shortfallCents"]) == (100_001, 1)
    assert private.page()["tournament"]["playerCount"] == 0
    assert code_of(private.join(ann, acessCode="sesame")) == (400, "validation_failed")
    late = Contest(world, joinClosesAt=moment(world, 1))
    world.now += HOUR
    assert code_of(late.join(ann)) == (409, "conflict")
    unknown = ann.call("POST", "/api/tournaments/no-such-cup/join", {})
    assert code_of(unknown) == (404, "not_found")
    assert world.send("POST", f"/api/tournaments/{late.slug}/join", {}).status == 401
    assert balance(ann) == 100_000


def test_a_hundred_joins_are_one(world: World, ann: Member) -> None:
    contest = Contest(world, entryFeeCents=500)
    headers = ((b"authorization", f"Bearer {ann.key()}".encode()), JSON_TYPE)
    asked = request("POST", f"/api/tournaments/{contest.slug}/join", headers, b"{}")
    answers = world.all_at_once(*[asked] * 100)
    assert sorted(answer.status for answer in answers) == [201] + [409] * 99
    assert (balance(ann), contest.pot()) == (99_500, 500 * CENT)
    assert contest.page()["tournament"]["playerCount"] == 1


def test_ranking_and_its_ties(world: World, table: Table) -> None:
    house, rich, even, busy, late = (world.join() for _ in range(5))
    contest = Contest(world, rich, even, busy, late)
    table.rest(house, "buy no", 60, 50)  # YES at 40
    table.rest(house, "buy yes", 39, 50)  # and sold at 39
    contest.traded(table, rich, "buy yes", 40, 10)
    # the mark is between both: 39.5
    assert contest.ranks()[0][1] in {even.username, busy.username, late.username}
    contest.traded(table, busy, "buy yes", 40, 10)
    contest.traded(table, busy, "sell yes", 39, 10)
    settle(world, table.ticker, 10_000)
    names = [name for _, name, _ in contest.ranks()]
    assert names == [rich.username, even.username, late.username, busy.username]
    assert [cents for _, _, cents in contest.ranks()] == [100_600, 100_000, 100_000, 99_990]


def test_equal_equity_goes_to_realized_then_fewer_trades_then_first(
    world: World, table: Table
) -> None:
    house, held, sold, twice = (world.join() for _ in range(4))
    contest = Contest(world, held, twice, sold)
    other = Table(world)
    for one in (table, other):
        one.rest(house, "buy no", 60, 50)
        one.rest(house, "buy yes", 30, 50)
    # Everybody loses 100 cents: sold has realized all of it, held has realized nothing yet
    contest.traded(table, sold, "buy yes", 40, 10)
    contest.traded(table, sold, "sell yes", 30, 10)
    contest.traded(table, twice, "buy yes", 40, 5)
    contest.traded(table, twice, "buy yes", 40, 5)
    contest.traded(table, twice, "sell yes", 30, 10)
    contest.traded(other, held, "buy yes", 40, 20)  # marked at 35
    assert [(name, cents) for _, name, cents in contest.ranks()] == [
        (held.username, 99_900),
        (sold.username, 99_900),
        (twice.username, 99_900),
    ]


def test_prizes_sum_to_the_pool(world: World, table: Table) -> None:
    house, *players = (world.join() for _ in range(4))
    contest = Contest(
        world,
        *players,
        entryFeeCents=333,
        fixedCents=1_000,
        prizes=[
            {"rank": 1, "shareBps": 5_000},
            {"rank": 2, "shareBps": 3_333},
            {"rank": 3, "amountCents": 100},
            {"rank": 4, "shareBps": 500},
        ],
    )
    table.rest(house, "buy no", 60, 50)
    for at, player in enumerate(players):
        contest.traded(table, player, "buy yes", 40, 10 * (3 - at))
    settle(world, table.ticker, 10_000)
    world.work()
    before = [balance(player) for player in players]
    assert contest.pot() == 1_999 * CENT
    page = over(world, contest)
    assert page["tournament"]["status"] == "FINISHED"
    won = [line["prizeCents"] for line in page["leaderboard"]]
    # 100 of 1 999 are promised; half of the rest, a third of it, and rank 1 has what is left over
    assert won == [1_999 - 632 - 100, 632, 100]
    assert sum(won) == page["tournament"]["prizePool"]["totalCents"] == 1_999
    assert [balance(p) - b for p, b in zip(players, before, strict=True)] == won
    assert contest.pot() == 0
    world.work()  # once more pays nothing
    assert [balance(p) - b for p, b in zip(players, before, strict=True)] == won
    for player, kind in ((players[0], "PRIZE"), (players[0], "STARTED")):
        told = player.get(f"/api/me/notifications?type=TOURNAMENT_{kind}")["notifications"]
        assert len(told) == 1
    assert contest.page(players[1])["me"]["prizeCents"] == 632
    gains = [
        [one["xp"] for one in player.get("/api/me/xp")["recent"] if one["source"] == "TOURNAMENT"]
        for player in players
    ]
    assert gains == [[200], [150], [100]]


def test_below_the_least_number_of_trades_there_is_no_prize(world: World, table: Table) -> None:
    house, lazy, keen = (world.join() for _ in range(3))
    contest = Contest(world, lazy, keen, entryFeeCents=500, minTrades=2)
    table.rest(house, "buy no", 60, 50)
    table.rest(house, "buy yes", 30, 50)
    contest.traded(table, lazy, "buy yes", 40, 20)
    contest.traded(table, keen, "buy yes", 40, 1)
    contest.traded(table, keen, "sell yes", 30, 1)
    settle(world, table.ticker, 10_000)
    page = over(world, contest)
    told = [
        (line["user"]["username"], line["qualified"], line["prizeCents"])
        for line in page["leaderboard"]
    ]
    assert told == [(keen.username, True, 1_000), (lazy.username, False, 0)]


def test_nobody_has_earned_it(world: World, ann: Member, bob: Member) -> None:
    contest = Contest(world, ann, bob, entryFeeCents=500, fixedCents=700, minTrades=1)
    page = over(world, contest)
    assert page["tournament"]["status"] == "CANCELLED"
    assert (balance(ann), balance(bob), contest.pot()) == (100_000, 100_000, 0)


def test_a_cancelled_one_gives_every_fee_back(world: World) -> None:
    players = [world.join() for _ in range(3)]
    contest = Contest(world, *players, entryFeeCents=700, fixedCents=2_000)
    done = world.admin("POST", f"/tournaments/{contest.slug}/cancel")
    assert done["tournament"]["status"] == "CANCELLED"
    assert [balance(player) for player in players] == [100_000] * 3
    assert contest.pot() == 0
    world.work()
    assert [balance(player) for player in players] == [100_000] * 3
    told = players[0].get("/api/me/notifications?type=TOURNAMENT_ENDED")["notifications"]
    assert [one["title"].split()[-3:] for one in told] == [["was", "called", "off"]]
    again = world.call(
        "POST", f"/api/admin/tournaments/{contest.slug}/cancel", {"reason": "once more"}
    )
    assert code_of(again) == (409, "conflict")
    assert code_of(contest.join(world.join())) == (409, "conflict")


def test_it_waits_for_open_results_and_then_no_longer(
    world: World, table: Table, ann: Member, bob: Member
) -> None:
    house = world.join()
    contest = Contest(world, ann, bob, entryFeeCents=100, ends=2)
    table.rest(house, "buy no", 60, 10)
    table.rest(house, "buy yes", 30, 10)
    contest.traded(table, ann, "buy yes", 40, 10)
    # in the hour before the end the bid goes up, for half of it
    world.now += 90 * 60 * SECOND
    table.rest(house, "buy yes", 36, 10)
    world.now += 30 * 60 * SECOND
    table.rest(house, "buy yes", 39, 10)  # too late
    world.work()
    assert contest.page()["tournament"]["status"] == "SETTLING"
    world.now += 47 * HOUR
    world.work()
    assert contest.page()["tournament"]["status"] == "SETTLING"
    world.now += HOUR
    world.work()
    page = contest.page()
    assert page["tournament"]["status"] == "FINISHED"
    lines = {line["user"]["username"]: line for line in page["leaderboard"]}
    # 29 minutes at 35, 31 at 38: 36.55 on average, ten of them, for which 400 were paid
    assert lines[ann.username]["equityCents"] == 100_000 - 400 + 365
    assert lines[bob.username]["prizeCents"] == 200


def test_an_operator_need_not_wait(world: World, table: Table, ann: Member, bob: Member) -> None:
    house = world.join()
    contest = Contest(world, ann, bob, entryFeeCents=100, ends=2)
    table.rest(house, "buy no", 60, 10)
    contest.traded(table, ann, "buy yes", 40, 10)
    target = f"/api/admin/tournaments/{contest.slug}/settle"
    assert code_of(world.call("POST", target, {"reason": "too early"})) == (409, "conflict")
    world.now += 2 * HOUR
    world.admin("POST", f"/markets/{table.ticker}/close")
    run(world, DetermineMarket(market_of(world, table.ticker), 10_000))
    done = world.admin("POST", f"/tournaments/{contest.slug}/settle")
    assert done["tournament"]["status"] == "FINISHED"
    assert contest.pot() == 0


def test_lists(world: World, ann: Member) -> None:
    running, coming = Contest(world, ann), Contest(world, starts=5)
    ended = Contest(world, ends=1)
    world.now += 2 * HOUR
    world.work()

    def slugs(query: str, who: Member | None = None) -> list[str]:
        target = f"/api/tournaments{query}"
        answer = world.send("GET", target) if who is None else who.call("GET", target)
        assert answer.status == 200, answer.body
        return [one["slug"] for one in answer.json["tournaments"]]

    assert running.slug in slugs("")
    assert coming.slug not in slugs("?limit=200")
    assert slugs("?status=upcoming")[0] == coming.slug
    assert ended.slug in slugs("?status=finished")
    whole = slugs("?status=all&limit=200")
    assert {running.slug, coming.slug, ended.slug} <= set(whole)
    first = world.send("GET", "/api/tournaments?status=all&limit=1").json
    second = world.send(
        "GET", f"/api/tournaments?status=all&limit=200&cursor={first['nextCursor']}"
    ).json
    assert [one["slug"] for one in first["tournaments"] + second["tournaments"]] == whole
    mine = ann.get("/api/tournaments?limit=200")["tournaments"]
    assert {one["slug"] for one in mine if one["joined"]} == {running.slug}
    for target in ("/api/tournaments/no-such-cup", "/api/tournaments/trn_" + "1" * 32):
        assert code_of(world.send("GET", target)) == (404, "not_found")
    assert code_of(world.send("GET", "/api/tournaments?status=maybe"))[0] == 400
    listed = world.admin("GET", "/tournaments?limit=200")["tournaments"]
    assert {one["tournament"]["slug"] for one in listed} >= {coming.slug, ended.slug}


def test_a_leaderboard_has_pages(world: World) -> None:
    contest = Contest(world, *[world.join() for _ in range(5)])
    whole = contest.page()["leaderboard"]
    target = f"/api/tournaments/{contest.slug}?limit=2"
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = world.send("GET", target + (f"&cursor={cursor}" if cursor else "")).json
        found += page["leaderboard"]
        cursor = page["nextCursor"]
    assert found == whole
    assert [line["rank"] for line in found] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endAt": "2026-01-01T00:00:00Z"}, "endAt"),
        ({"startAt": "tomorrow"}, "startAt"),
        ({"joinClosesAt": "2099-01-01T00:00:00Z"}, "joinClosesAt"),
        ({"slug": "Not A Slug"}, "slug"),
        ({"title": " "}, "title"),
        ({"imageUrl": "http://example.com/a.png"}, "imageUrl"),
        ({"prizes": [{"rank": 1}]}, "prizes"),
        ({"prizes": [{"rank": 1, "shareBps": 1, "amountCents": 1}]}, "prizes"),
        ({"prizes": [{"rank": 1, "shareBps": 6_000}, {"rank": 2, "shareBps": 6_000}]}, "prizes"),
        ({"prizes": [{"rank": 1, "shareBps": 1}, {"rank": 1, "shareBps": 1}]}, "prizes"),
        ({"prizes": [{"rank": 1, "amountCents": 1}]}, "prizes"),
        ({"private": True}, "accessCode"),
        ({"bankrollCents": 0}, "bankrollCents"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_what_a_tournament_must_be(world: World, change: dict[str, Any], field: str) -> None:
    body = {
        "reason": "a test",
        "title": "Cup",
        "startAt": moment(world, 0),
        "endAt": moment(world, 24),
    }
    answer = world.call("POST", "/api/admin/tournaments", body | change)
    assert answer.status == 400, answer.body
    assert field in answer.body.decode()


def test_changes(world: World, ann: Member) -> None:
    contest = Contest(world, starts=5, slug="autumn-cup", fixedCents=1_000)
    target = f"/tournaments/{contest.slug}"
    taken = {
        "reason": "a test",
        "title": "Cup",
        "slug": "autumn-cup",
        "startAt": moment(world, 0),
        "endAt": moment(world, 1),
    }
    assert code_of(world.call("POST", "/api/admin/tournaments", taken)) == (409, "conflict")
    done = world.admin("PATCH", target, fixedCents=1_500, title="Winter", maxPlayers=10, version=1)
    assert (done["version"], done["tournament"]["title"]) == (2, "Winter")
    assert done["tournament"]["maxPlayers"] == 10
    assert contest.pot() == 1_500 * CENT
    done = world.admin("PATCH", target, fixedCents=400, endAt=moment(world, 48))
    assert contest.pot() == 400 * CENT
    stale = world.call("PATCH", f"/api/admin{target}", {"reason": "a test", "version": 1})
    assert code_of(stale) == (409, "version_conflict")
    contest.join(ann)
    fixed = {"reason": "a test", "bankrollCents": 5_000}
    assert code_of(world.call("PATCH", f"/api/admin{target}", fixed)) == (409, "conflict")
    assert world.admin("PATCH", target, description="Two lines\nof it")["version"] == 4
    nobody = ann.call("POST", "/api/admin/tournaments", taken)
    assert nobody.status == 403


def test_switched_off(world: World, ann: Member) -> None:
    contest = Contest(world, ann)
    world.set("tournaments", False)
    try:
        empty = ann.get("/api/tournaments")
        assert empty == {"tournaments": [], "nextCursor": None, "enabled": False}
        target = f"/api/tournaments/{contest.slug}"
        assert code_of(ann.call("GET", target)) == (403, "feature_disabled")
        assert code_of(contest.join(ann)) == (403, "feature_disabled")
    finally:
        world.set("tournaments", True)
