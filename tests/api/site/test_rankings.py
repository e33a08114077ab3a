"""Profiles, the leaderboard and trends: honest numbers of real trades."""

from __future__ import annotations

from typing import Any

import pytest

from presage.api.site.strings import printed
from presage.units import SECOND
from tests.api.admin.world import Person
from tests.api.site.talking import DAY, number_of, quiet, say
from tests.api.site.world import Member, World, code_of

MINUTE = 60_000_000_000
"""Of the clock that caches go by."""


class Trader:
    """A member with money and a key that signs orders."""

    def __init__(self, world: World) -> None:
        self.member = world.join()
        number = number_of(world, self.member)
        made = world.admin("POST", f"/members/{number}/keys", scopes=["read", "write"])["key"]
        self.signer = Person(made["id"], made["private_key"])


@pytest.fixture(scope="module")
def traders(world: World) -> dict[str, Trader]:
    """Ann buys of Bob ten times at 40 cents; six of them come true. Eve has done nothing."""
    quiet(world)
    found = {name: Trader(world) for name in ("ann", "bob", "eve")}
    world.admin("POST", "/series", ticker="RANK-S", title="Rank", category="Weather")
    world.admin("POST", "/events", event_ticker="RANK-E", series_ticker="RANK-S", title="Rank")
    for number in range(10):
        ticker = world.add_market(f"RANK-{number}", "RANK-E", settlement_timer_seconds=3_600)
        trade(world, found["bob"], found["ann"], ticker, "0.4000")
    world.now += 3_600 * SECOND
    for number in range(10):
        settle(world, f"RANK-{number}", "yes" if number < 6 else "no")
    return found


def trade(world: World, seller: Trader, buyer: Trader, ticker: str, price: str) -> None:
    world.order(seller.signer, ticker, "ask", price, "10.00")
    world.order(buyer.signer, ticker, "bid", price, "10.00")


def settle(world: World, ticker: str, result: str) -> None:
    world.admin("POST", f"/markets/{ticker}/close")
    world.admin("POST", f"/markets/{ticker}/determine", result=result)
    world.admin("POST", f"/markets/{ticker}/settle")


def fresh(world: World, target: str, who: Member | None = None) -> Any:
    """An answer that no cache knew."""
    world.ticks += 6 * MINUTE
    answer = who.call("GET", target) if who else world.send("GET", target)
    assert answer.status == 200, answer.body
    return answer.json


def stats(world: World, who: Trader) -> Any:
    return fresh(world, f"/api/users/{who.member.username}")["stats"]


def test_a_profile_says_what_the_trades_came_to(world: World, traders: dict[str, Trader]) -> None:
    ann, bob = stats(world, traders["ann"]), stats(world, traders["bob"])
    # 100 contracts at 40 cents, 60 of them paid a dollar; the fee is 0.168 a trade.
    assert (ann["trades"], ann["predictions"], ann["resolved"], ann["wins"]) == (10, 10, 10, 6)
    assert (ann["winRateBps"], ann["volumeCents"]) == (6_000, 4_000)
    assert ann["profitCents"] == 2_000 - 168
    assert ann["roiBps"] == (2_000 - 168) * 10_000 // 4_000
    assert ann["biggestWinCents"] == 600 - 17  # 5.832, rounded down
    assert ann["avgHoldHours"] == 1.0
    # 0.6 x 0.6^2 + 0.4 x 0.4^2
    assert ann["brier"] == bob["brier"] == 0.28
    assert ann["calibration"] == [
        {"bucketBps": 4_000, "contracts": 100, "avgPriceBps": 4_000, "wonBps": 6_000}
    ]
    assert ann["calibrationErrorBps"] == bob["calibrationErrorBps"] == 2_000
    assert (bob["profitCents"], bob["wins"], bob["volumeCents"]) == (-2_000, 4, 6_000)
    (category,) = ann["categories"]
    assert (category["category"]["slug"], category["resolved"], category["profitCents"]) == (
        "weather",
        10,
        1_832,
    )


def test_who_has_not_traded_has_empty_statistics(world: World, traders: dict[str, Trader]) -> None:
    eve = stats(world, traders["eve"])
    assert (eve["trades"], eve["profitCents"], eve["winRateBps"], eve["brier"]) == (
        0,
        0,
        None,
        None,
    )
    assert eve["ranks"] == {"profit": None, "volume": None, "predictions": None}
    assert (eve["categories"], eve["calibration"], eve["avgHoldHours"]) == ([], [], None)


def test_a_profile_tells_no_secrets_and_knows_its_reader(
    world: World, traders: dict[str, Trader]
) -> None:
    ann, eve = traders["ann"].member, traders["eve"].member
    post = say(world, ann, "RANK-E", "I knew it")
    eve.call("POST", f"/api/follow/{ann.id}")
    page = world.send("GET", f"/api/users/{ann.username}")
    user = page.json["user"]
    assert (user["id"], user["followerCount"], user["roleBadge"]) == (ann.id, 1, None)
    assert "isFollowing" not in user
    assert [one["id"] for one in page.json["recentPosts"]] == [post]
    for secret in (ann.email.encode(), b"balance", b"firstName"):
        assert secret not in page.body
    mine = eve.get(f"/api/users/{ann.username}")["user"]
    assert (mine["isFollowing"], mine["isCopying"]) == (True, False)
    for name in ("nobody_here", "usr_" + "0" * 32, "%00"):
        assert code_of(world.send("GET", f"/api/users/{name}")) == (404, "not_found")


def test_the_board_ranks_profit_and_shows_oneself(world: World, traders: dict[str, Trader]) -> None:
    ann, bob, eve = (traders[name].member for name in ("ann", "bob", "eve"))
    board = fresh(world, "/api/leaderboard", bob)
    assert (board["metric"], board["window"]) == ("profit", "all")
    assert [one["user"]["username"] for one in board["entries"]] == [ann.username, bob.username]
    assert [one["rank"] for one in board["entries"]] == [1, 2]
    assert board["entries"][0]["value"] == board["entries"][0]["profitCents"] == 1_832
    assert board["me"] == board["entries"][1]
    assert fresh(world, "/api/leaderboard", eve)["me"] is None
    first = fresh(world, "/api/leaderboard?limit=1", bob)
    assert first["me"]["rank"] == 2
    more = bob.get(f"/api/leaderboard?limit=1&cursor={first['nextCursor']}")
    assert ([one["rank"] for one in more["entries"]], more["nextCursor"]) == ([2], None)


def test_other_metrics(world: World, traders: dict[str, Trader]) -> None:
    ann, bob = traders["ann"].member, traders["bob"].member
    volume = fresh(world, "/api/leaderboard?metric=VOLUME")["entries"]
    assert [(one["user"]["id"], one["value"]) for one in volume] == [
        (bob.id, 6_000),
        (ann.id, 4_000),
    ]
    predictions = fresh(world, "/api/leaderboard?metric=predictions")["entries"]
    assert [(one["rank"], one["value"]) for one in predictions] == [(1, 10), (1, 10)]
    accuracy = fresh(world, "/api/leaderboard?metric=accuracy")["entries"]
    assert [(one["rank"], one["value"]) for one in accuracy] == [(1, 0.28), (1, 0.28)]
    for query in ("metric=luck", "window=year", "limit=0", "limit=201", "cursor=x"):
        assert world.send("GET", f"/api/leaderboard?{query}").status == 400


def test_windows_roll(world: World, traders: dict[str, Trader]) -> None:
    world.now += 2 * DAY
    assert fresh(world, "/api/leaderboard?window=day")["entries"] == []
    week = fresh(world, "/api/leaderboard?window=week")["entries"]
    assert [one["profitCents"] for one in week] == [1_832, -2_000]
    world.now += 10 * DAY
    assert fresh(world, "/api/leaderboard?window=week&metric=predictions")["entries"] == []
    assert len(fresh(world, "/api/leaderboard?window=month")["entries"]) == 2
    world.now -= 12 * DAY


def test_a_board_is_kept_for_a_minute(world: World, traders: dict[str, Trader]) -> None:
    before = fresh(world, "/api/leaderboard?metric=volume")
    world.add_market("KEPT-1", "RANK-E")
    trade(world, traders["bob"], traders["ann"], "KEPT-1", "0.5000")
    assert world.send("GET", "/api/leaderboard?metric=volume").json == before
    world.ticks += MINUTE
    after = world.send("GET", "/api/leaderboard?metric=volume").json
    assert [one["value"] for one in after["entries"]] == [6_500, 4_500]


def test_the_suspended_and_the_house_are_not_shown(
    world: World, traders: dict[str, Trader]
) -> None:
    bob = number_of(world, traders["bob"].member)
    world.admin("PATCH", f"/members/{bob}", status="suspended")
    board = fresh(world, "/api/leaderboard")
    assert [one["user"]["id"] for one in board["entries"]] == [traders["ann"].member.id]
    world.admin("PATCH", f"/members/{bob}", status="active")
    house = world.admin("POST", "/members", name="the house", role="house", funds="1000")
    number = house["member"]["number"]
    made = world.admin("POST", f"/members/{number}/keys", scopes=["read", "write"])["key"]
    world.add_market("HOUSE-1", "RANK-E")
    world.order(Person(made["id"], made["private_key"]), "HOUSE-1", "ask", "0.5000", "1.00")
    world.order(traders["ann"].signer, "HOUSE-1", "bid", "0.5000", "1.00")
    board = fresh(world, "/api/leaderboard?metric=volume")
    assert len(board["entries"]) == 2


def test_whoever_does_not_want_to_be_ranked_is_not(
    world: World, traders: dict[str, Trader]
) -> None:
    ann = traders["ann"].member
    wish = ann.click("PATCH", "/api/me/preferences", {"showOnLeaderboard": False})
    assert wish.status == 200, wish.body
    board = fresh(world, "/api/leaderboard", ann)
    assert board["me"] is None
    assert ann.id not in [one["user"]["id"] for one in board["entries"]]
    assert fresh(world, f"/api/users/{ann.username}")["stats"]["ranks"]["profit"] is None
    ann.click("PATCH", "/api/me/preferences", {"showOnLeaderboard": True})


def test_positions_are_shown_by_those_who_want_it(world: World, traders: dict[str, Trader]) -> None:
    ann, bob = traders["ann"].member, traders["bob"].member
    ticker = world.add_market("SHOWN-1", "RANK-E", yes_sub_title="Shown")
    trade(world, traders["bob"], traders["ann"], ticker, "0.3000")
    post = say(world, bob, "RANK-E", "I am out")

    def author_position() -> Any:
        listed = world.send("GET", "/api/posts?eventSlug=RANK-E").json["posts"]
        return next(one["authorPosition"] for one in listed if one["id"] == post)

    assert "positions" not in world.send("GET", f"/api/users/{bob.username}").json
    assert author_position() is None
    wishes = {"publicPositions": True, "bio": "I sell"}
    assert bob.click("PATCH", "/api/me/preferences", wishes).status == 200
    page = world.send("GET", f"/api/users/{bob.username}").json
    assert page["user"]["bio"] == "I sell"
    newest = page["positions"][0]
    assert (newest["optionLabel"], newest["side"], newest["quantity"]) == ("Shown", "NO", 10)
    last = page["recentTrades"][0]
    assert (last["side"], last["quantity"], last["priceCents"]) == ("NO", 10, 70)
    assert (author_position()["side"], author_position()["quantity"]) == ("NO", 10)
    assert "positions" not in world.send("GET", f"/api/users/{ann.username}").json


def test_the_flag_closes_the_board(world: World, traders: dict[str, Trader]) -> None:
    world.set("leaderboard", False)
    try:
        board = world.send("GET", "/api/leaderboard").json
        assert (board["entries"], board["enabled"]) == ([], False)
    finally:
        world.set("leaderboard", True)


def test_trends_weigh_profit_volume_followers_and_likes(
    world: World, traders: dict[str, Trader]
) -> None:
    ann, bob, eve = (traders[name].member for name in ("ann", "bob", "eve"))
    assert fresh(world, "/api/trending-users")["users"] == []  # accounts of today
    world.now += 2 * DAY
    post = say(world, ann, "RANK-E", "like me")
    for who in (ann, eve):
        who.call("POST", f"/api/posts/{post}/like")
    trending = fresh(world, "/api/trending-users")
    assert trending["asOf"] == printed(world.now)
    users = trending["users"]
    assert [one["user"]["id"] for one in users] == [ann.id, bob.id]
    first, second = users
    # Profit, followers and likes against volume.
    assert (first["score"], second["score"]) == (75.0, 25.0)
    assert (first["rank"], first["likes7d"], first["newFollowers7d"]) == (1, 1, 1)
    assert (second["profit7dCents"], second["volume7dCents"]) == (-2_000, 7_200)
    assert len(fresh(world, "/api/trending-users?limit=1")["users"]) == 1
    assert world.send("GET", "/api/trending-users?limit=51").status == 400
