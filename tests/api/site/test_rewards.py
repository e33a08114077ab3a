"""Streak, experience, badges, referrals and invitations: earned once, whatever comes twice."""

from __future__ import annotations

from typing import Any

import pytest

from presage.identity import members
from presage.site import badges, outbox, xp
from presage.site.streaks import DAY, Streak, claimed
from presage.site.tallies import Tally
from tests.api.asking import request
from tests.api.site.trading import new_market, number_of, place, settle, trade, void
from tests.api.site.world import OUR_PAGES, PASSWORD, Member, World

# Levels


@pytest.mark.parametrize("level", range(2, 101))
def test_a_level_begins_exactly_where_the_formula_says(level: int) -> None:
    start = 50 * level * (level - 1)
    assert xp.level_of(start) == level
    assert xp.level_of(start - 1) == level - 1


def test_levels_end_at_a_hundred() -> None:
    assert xp.level_of(495_000) == xp.level_of(10**9) == 100
    assert xp.level_of(0) == xp.level_of(-5) == 1


# Streak


def test_days_in_a_row_gaps_and_freezes() -> None:
    streak = Streak(1)
    done = claimed(streak, 10, pays=True)
    for day in range(10, 17):
        done = claimed(streak, day, pays=True)
        assert (done.new, done.streak.current) == (True, day - 9)
        streak = done.streak
    assert (done.cents, streak.freezes) == (350 + 500, 1)
    assert not claimed(streak, 16, pays=True).new
    one_missed = claimed(streak, 18, pays=True)
    assert (one_missed.streak.current, one_missed.streak.freezes) == (8, 0)
    assert one_missed.frozen == (17,)
    two_missed = claimed(streak, 19, pays=True)
    assert (two_missed.streak.current, two_missed.streak.freezes, two_missed.cents) == (1, 1, 50)


def test_the_streak_at_the_edges_of_a_day(world: World) -> None:
    member = world.join()
    world.now = (world.now // DAY + 1) * DAY - 1  # the last microsecond of the day
    assert not world.login(member.email).json["streak"]["awarded"]
    world.now += 1
    award = world.login(member.email).json["streak"]
    assert (award["awarded"], award["current"], award["amountCents"]) == (True, 2, 100)
    shown = member.get("/api/me/streak")
    assert (shown["current"], shown["claimedToday"], shown["longest"]) == (2, True, 2)
    assert shown["nextMilestone"] == {"days": 7, "bonusCents": 500}
    assert shown["totalEarnedCents"] == 150
    assert [one["claimed"] for one in shown["calendar"]][-3:] == [False, True, True]
    assert len(shown["calendar"]) == 30
    world.now += 3 * DAY
    lost = member.get("/api/me/streak")
    assert (lost["current"], lost["nextBonusCents"], lost["claimedToday"]) == (0, 50, False)


def test_twenty_logins_at_once_are_one_day(world: World) -> None:
    member = world.join()
    member.key()  # made in the session, whose first visit would count
    world.now += DAY
    before = member.get("/api/auth/me")["user"]["balanceCents"]
    body = f'{{"email": "{member.email}", "password": "{PASSWORD}"}}'.encode()
    kind = (b"content-type", b"application/json")
    logins = [request("POST", "/api/auth/login", (*OUR_PAGES, kind), body) for _ in range(20)]
    answers = world.all_at_once(*logins)
    assert [one.status for one in answers] == [200] * 20
    assert sum(one.json["streak"]["awarded"] for one in answers) == 1
    assert member.get("/api/auth/me")["user"]["balanceCents"] - before == 100
    world.work()
    gains = [one["source"] for one in member.get("/api/me/xp")["recent"]]
    assert gains.count("STREAK") == 2, "the day of registration and this one"


def test_a_remembered_session_counts_once_a_day_and_a_key_never(world: World) -> None:
    member = world.join()
    member.key()
    world.now += DAY
    assert not member.get("/api/me/streak")["claimedToday"]
    assert member.click("GET", "/api/auth/me").status == 200
    assert member.get("/api/me/streak")["current"] == 2
    assert member.click("GET", "/api/auth/me").status == 200
    assert member.get("/api/me/streak")["totalEarnedCents"] == 150


def test_bonuses_can_be_switched_off(world: World) -> None:
    world.set("streakBonuses", False)
    try:
        member = world.join()
    finally:
        world.set("streakBonuses", True)
    assert member.get("/api/me/streak")["current"] == 1
    assert member.get("/api/me/streak")["totalEarnedCents"] == 0


# Trading


def gains(member: Member) -> dict[str, int]:
    """Experience by source."""
    found: dict[str, int] = {}
    for one in member.get("/api/me/xp")["recent"]:
        found[one["source"]] = found.get(one["source"], 0) + one["xp"]
    return found


def has(member: Member) -> set[str]:
    return {one["id"] for one in member.get("/api/me/badges")["earned"]}


def test_trades_and_wins_earn_experience_and_badges_once(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    trade(ann, bob, ticker)
    world.work()
    assert gains(ann) == {"STREAK": 11, "TRADE": 5, "FIRST_IN_EVENT": 10, "BADGE": 550}
    assert {"first-trade", "pioneer"} <= has(ann)
    trade(ann, bob, ticker)
    settle(world, ticker, 10_000)
    world.work()
    assert "first-win" in has(ann)
    assert "first-win" not in has(bob)
    assert gains(ann)["TRADE"] == 10
    assert gains(ann)["WIN"] == 25
    assert "WIN" not in gains(bob)
    before = ann.get("/api/me/xp")
    world.work()
    assert ann.get("/api/me/xp") == before
    assert before["level"] == xp.level_of(before["xp"])
    assert before["levelStartXp"] <= before["xp"] < before["nextLevelXp"]
    assert before["xpToNext"] == before["nextLevelXp"] - before["xp"]
    assert ann.get("/api/auth/me")["user"]["xp"] == before["xp"]


def test_an_order_counts_once_however_often_it_trades(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    place(ann, ticker, 1, 5_000, 3)
    for _ in range(3):
        place(bob, ticker, 0, 5_000, 1)
    world.work()
    ten = next(one for one in ann.get("/api/me/badges")["locked"] if one["id"] == "ten-trades")
    assert (ten["current"], ten["progress"]) == (1, 0.1)
    ten = next(one for one in bob.get("/api/me/badges")["locked"] if one["id"] == "ten-trades")
    assert ten["current"] == 3
    maker = next(one for one in ann.get("/api/me/badges")["locked"] if one["id"] == "maker")
    assert maker["current"] == 3


def test_a_day_gives_so_much_experience_for_trades_and_no_more(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    for _ in range(22):
        trade(ann, bob, ticker)
    world.work()
    total = xp.DAILY["trade"]
    trades = world.do(
        world.running.services.reader.run(lambda rows: xp.newest(rows, number_of(ann), 100))
    )
    assert sum(one.xp for one in trades if one.source == "trade") == total == 100
    assert "ten-trades" in has(ann)


def test_what_a_copy_or_protection_placed_is_no_trade_of_the_member(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    place(bob, ticker, 1, 5_000)
    place(ann, ticker, 0, 5_000, client_order_id="copies:journal:7:0")
    world.work()
    assert "TRADE" not in gains(ann)
    assert gains(bob)["TRADE"] == 5


def test_a_void_takes_the_experience_of_its_trades_back(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker = new_market(world)
    trade(ann, bob, ticker)
    world.work()
    before = ann.get("/api/me/xp")["xp"]
    void(world, ticker)
    world.work()
    assert gains(ann)["VOID"] == -5
    assert ann.get("/api/me/xp")["xp"] == before - 5


def test_a_long_shot_is_a_win_with_ten_cheap_contracts(world: World) -> None:
    ann, bob = world.join(), world.join()
    cheap, dear = new_market(world), new_market(world)
    trade(ann, bob, dear, 1_100, 10)
    settle(world, dear, 10_000)
    world.work()
    assert "long-shot" not in has(ann)
    trade(ann, bob, cheap, 1_000, 10)
    settle(world, cheap, 10_000)
    world.work()
    assert "long-shot" in has(ann)


def test_minutes_count_in_which_both_sides_are_quoted_close_together(world: World) -> None:
    ann, bob = world.join(), world.join()
    ticker, other = new_market(world), new_market(world)
    place(ann, ticker, 0, 4_800)
    place(ann, ticker, 1, 5_300)
    place(bob, other, 0, 4_800)
    place(bob, other, 1, 5_400)

    def minutes(member: Member) -> int:
        locked = member.get("/api/me/badges")["locked"]
        return int(next(one["current"] for one in locked if one["id"] == "liquidity-pillar"))

    world.now += 60_000_000
    world.work()
    world.work()
    assert (minutes(ann), minutes(bob)) == (1, 0)
    world.now += 60_000_000
    world.work()
    assert minutes(ann) == 2


def test_every_badge_of_the_list_can_be_earned_and_none_comes_early() -> None:
    assert len(badges.BADGES) == 30
    assert badges.due(Tally()) == []
    fields = {
        "trades": ("first-trade", "ten-trades", "century", "thousand-club"),
        "best_run": ("hot-hand", "unstoppable"),
        "best_streak": ("week-streak", "month-streak", "year-streak"),
        "referrals": ("recruiter", "ambassador"),
        "maker_fills": ("maker",),
        "likes": ("pundit",),
        "best_post": ("voice",),
        "followers": ("followed",),
        "quoted_minutes": ("liquidity-pillar",),
    }
    for field, ids in fields.items():
        for id in ids:
            target = badges.BADGES[id].target
            assert badges.BADGES[id] not in badges.due(tally_of(field, target - 1))
            assert badges.BADGES[id] in badges.due(tally_of(field, target))


def tally_of(field: str, value: int) -> Tally:
    tally = Tally()
    setattr(tally, field, value)
    return tally


def test_sharp_needs_fifty_outcomes_within_five_points() -> None:
    sharp, fair, lucky = badges.BADGES["sharp"], Tally(), Tally()
    for place_ in range(50):
        assert sharp not in badges.due(fair)
        fair.settle(4_000, 10_000 if place_ % 5 < 2 else 0)  # two of five, at 40 cents
        lucky.settle(4_000, 10_000)
    assert sharp in badges.due(fair)
    assert sharp not in badges.due(lucky)


# Beside trading


def tell(world: World, topic: str, member: int, **data: Any) -> None:
    """Somebody else's rows say so."""

    def rows(connection: Any) -> None:
        outbox.add(connection, world.now, topic, member, data)

    world.do(world.running.services.gateway.submit(None, rows))


def test_a_post_counts_after_ten_minutes_if_it_is_still_there(world: World) -> None:
    ann = world.join()
    number = number_of(ann)
    tell(world, "post.created", number, post="p1")
    tell(world, "post.created", number, post="p2")
    tell(world, "comment.created", number, comment="c1")
    world.work()
    assert "POST" not in gains(ann)
    tell(world, "post.removed", number, post="p2")
    world.work()
    world.now += 600_000_000
    world.work()
    world.work()
    assert gains(ann)["POST"] == 5
    assert gains(ann)["COMMENT"] == 2


def test_likes_of_newcomers_and_of_oneself_earn_nothing(world: World) -> None:
    ann, newcomer = world.join(), world.join()
    author, liker = number_of(ann), number_of(newcomer)
    tell(world, "post.liked", liker, post="q", author=author, likes=1)
    tell(world, "post.liked", author, post="q", author=author, likes=2)
    world.work()
    assert "LIKE" not in gains(ann)
    world.now += 8 * DAY
    for _ in range(2):  # liked, taken back, liked again
        tell(world, "post.liked", liker, post="q2", author=author, likes=5)
    world.work()
    assert gains(ann)["LIKE"] == 1
    assert "voice" in has(ann)
    pundit = next(one for one in ann.get("/api/me/badges")["locked"] if one["id"] == "pundit")
    assert pundit["current"] == 2, "of two posts, one like each; one's own never counts"


@pytest.mark.parametrize(
    ("topic", "data", "source", "amount", "badge"),
    [
        ("suggestion.approved", {"suggestion": "s"}, "SUGGESTION", 50, "idea-smith"),
        ("dispute.upheld", {"dispute": "d"}, "DISPUTE", 75, "truth-seeker"),
        ("challenge.settled", {"challenge": "c", "winner": 0}, "CHALLENGE", 30, "duelist"),
        (
            "tournament.ended",
            {"tournament": "t", "players": 10, "ranks": [[0, 1, 500]]},
            "TOURNAMENT",
            200,
            "champion",
        ),
        ("order.by_key", {}, "", 0, "api-native"),
        ("follow.changed", {"followed": 0, "followers": 25}, "", 0, "followed"),
    ],
)
def test_other_merits(
    world: World, topic: str, data: dict[str, Any], source: str, amount: int, badge: str
) -> None:
    ann = world.join()
    number = number_of(ann)
    if "winner" in data:
        data = data | {"winner": number}
    if "followed" in data:
        data = data | {"followed": number}
    if "ranks" in data:
        data = data | {"ranks": [[number, 1, 500]]}
    tell(world, topic, number, **data)
    world.work()
    assert badge in has(ann)
    if source:
        assert gains(ann)[source] == amount


# Referrals


def refer(world: World) -> tuple[Member, Member]:
    world.now += 2 * DAY  # registrations from one network are counted within a day
    referrer = world.join()
    code = referrer.get("/api/me/referral")["code"]
    return referrer, world.join(referralCode=code)


def test_a_referral_pays_once_when_the_referee_trades(world: World) -> None:
    referrer, referee = refer(world)
    other = world.join()
    one, two = new_market(world), new_market(world)
    trade(referee, other, one)
    trade(referee, other, one)
    world.work()
    shown = referrer.get("/api/me/referral")
    assert (shown["count"], shown["qualifiedCount"], shown["pendingCount"]) == (1, 0, 1)
    before = referrer.get("/api/auth/me")["user"]["balanceCents"]
    trade(referee, other, two)
    world.work()
    world.work()
    shown = referrer.get("/api/me/referral")
    assert shown["referrals"] == [
        {
            "username": referee.username,
            "joinedAt": shown["referrals"][0]["joinedAt"],
            "status": "QUALIFIED",
        }
    ]
    assert (shown["qualifiedCount"], shown["totalEarnedCents"]) == (1, 5_000)
    assert shown["link"].endswith(f"/register?ref={shown['code']}")
    assert referrer.get("/api/auth/me")["user"]["balanceCents"] - before == 5_000
    assert gains(referrer)["REFERRAL"] == 100
    assert "recruiter" in has(referrer)
    told = referrer.get("/api/me/notifications?type=REFERRAL_QUALIFIED")["notifications"]
    assert [one["data"]["username"] for one in told] == [referee.username]


def test_three_trades_in_one_event_are_not_enough(world: World) -> None:
    referrer, referee = refer(world)
    other, one = world.join(), new_market(world)
    for _ in range(4):
        trade(referee, other, one)
    world.work()
    assert referrer.get("/api/me/referral")["pendingCount"] == 1
    world.now += 31 * DAY
    world.work()
    assert referrer.get("/api/me/referral")["referrals"][0]["status"] == "REJECTED"


def test_more_than_three_a_day_from_one_network_are_not_believed(world: World) -> None:
    referrer, first = refer(world)
    code = referrer.get("/api/me/referral")["code"]
    brought = [first, *(world.join(referralCode=code) for _ in range(3))]
    other, one, two = world.join(), new_market(world), new_market(world)
    for referee in (brought[0], brought[3]):
        for ticker in (one, one, two):
            trade(referee, other, ticker)
    world.work()
    statuses = [one["status"] for one in referrer.get("/api/me/referral")["referrals"]]
    assert statuses == ["QUALIFIED", "PENDING", "PENDING", "REJECTED"]


def test_an_address_confirmed_later_counts_then(world: World) -> None:
    world.set("requireVerifiedEmail", True)
    try:
        referrer, referee = refer(world)
        other, one, two = world.join(), new_market(world), new_market(world)
        for ticker in (one, one, two):
            trade(referee, other, ticker)
        world.work()
        assert referrer.get("/api/me/referral")["pendingCount"] == 1
    finally:
        world.set("requireVerifiedEmail", False)
    world.work()
    assert referrer.get("/api/me/referral")["qualifiedCount"] == 1


def test_who_is_gone_was_not_referred(world: World) -> None:
    referrer, referee = refer(world)
    other, one, two = world.join(), new_market(world), new_market(world)
    for ticker in (one, one):
        trade(referee, other, ticker)

    def rows(connection: Any) -> None:
        members.set_status(connection, number_of(referee), "closed")

    world.do(world.running.services.gateway.submit(None, rows))
    trade(referee, other, two)
    world.work()
    assert referrer.get("/api/me/referral")["referrals"][0]["status"] == "REJECTED"


def test_invitations_are_three_each_when_members_have_any(world: World) -> None:
    member = world.join()
    assert member.get("/api/me/invites") == {"invites": []}
    world.set("userInvites", True)
    try:
        key = (b"authorization", f"Bearer {member.key()}".encode())
        many = [request("GET", "/api/me/invites", (key,)) for _ in range(20)]
        answers = world.all_at_once(*many)
    finally:
        world.set("userInvites", False)
    codes = {one["code"] for answer in answers for one in answer.json["invites"]}
    assert len(codes) == 3
    world.set("inviteOnly", True)
    try:
        assert world.register(inviteCode=min(codes)).status == 201
        assert world.register(inviteCode=min(codes)).status == 403
    finally:
        world.set("inviteOnly", False)
