"""What members are told, how it is marked as read, and what is mailed."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy

from presage.domain.commands import DetermineMarket
from presage.site import mails, notifications
from presage.site.streaks import DAY
from presage.workers import rounds as workers_rounds
from tests.api.site.trading import (
    market_of,
    new_market,
    number_of,
    place,
    run,
    settle,
    trade,
    void,
)
from tests.api.site.world import Member, World, code_of


def told(member: Member, **query: Any) -> list[tuple[str, str]]:
    """Type and title, newest first."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    found = member.get(f"/api/me/notifications?{asked}")["notifications"]
    return [(one["type"], one["title"]) for one in found]


def kinds(member: Member) -> set[str]:
    return {kind for kind, _ in told(member)}


def tell(world: World, member: Member, *words: str, **more: Any) -> None:
    """As other topics have a member told."""

    world.now += 1_000  # newest first, by the millisecond

    def rows(connection: Any) -> None:
        notifications.tell(connection, world.now, number_of(member), *words, **more)

    world.do(world.running.services.gateway.submit(None, rows))
    world.do(world.running.jobs.all["notifications"].catch_up())  # and nobody sends the mail


def sent_to(world: World, email: str) -> list[str]:
    """Subjects of the mails that wait for an address."""

    def read(connection: Any) -> list[str]:
        query = sqlalchemy.select(mails.mails.c.subject).where(mails.mails.c.recipient == email)
        return [row[0] for row in connection.execute(query)]

    return world.do(world.running.services.reader.run(read))


def test_members_are_told_of_their_orders_and_positions(world: World) -> None:
    world.work()
    ann, bob = world.join(), world.join()
    ticker, other = new_market(world), new_market(world)
    place(bob, ticker, 1, 5_000, 2)
    place(ann, ticker, 0, 5_000, 1)
    world.work()
    assert "ORDER_FILLED" not in kinds(bob), "one contract still rests"
    place(ann, ticker, 0, 5_000, 1)
    place(ann, ticker, 0, 100, 1, expires_at=world.now + 1_000_000)
    place(bob, ticker, 0, 100, 1)
    trade(ann, bob, other)
    world.work()
    assert ("ORDER_FILLED", f"Order filled: {ticker}") in told(bob)
    assert "ORDER_FILLED" not in kinds(ann), "who takes has the answer"
    world.now += 2_000_000
    world.admin("POST", f"/markets/{ticker}/pause")
    world.admin("POST", f"/markets/{ticker}/resume")
    settle(world, ticker, 10_000)
    void(world, other)
    world.work()
    assert {"ORDER_EXPIRED", "POSITION_SETTLED", "EVENT_VOIDED"} <= kinds(ann)
    assert {"ORDER_CANCELLED", "POSITION_SETTLED", "BADGE_EARNED"} <= kinds(bob)
    (settled,) = (
        one for one in ann.get("/api/me/notifications?type=position_settled")["notifications"]
    )
    assert settled["data"]["marketTicker"] == ticker
    assert settled["body"].startswith("2 contracts paid 2.00; result 1.0")


def test_a_streak_bonus_and_a_level_are_told(world: World) -> None:
    ann = world.join()
    world.work()
    assert ("STREAK_BONUS", "Streak bonus") in told(ann)


def test_notifications_are_paged_filtered_and_marked(world: World) -> None:
    ann, bob = world.join(), world.join()
    world.work()
    for number in range(5):
        tell(world, ann, "SECURITY", f"Key {number}", "A key was made.", "/security")
    page = ann.get("/api/me/notifications?limit=2&type=SECURITY")
    assert [one["title"] for one in page["notifications"]] == ["Key 4", "Key 3"]
    cursor = page["nextCursor"]
    rest = ann.get(f"/api/me/notifications?limit=200&type=SECURITY&cursor={cursor}")
    assert [one["title"] for one in rest["notifications"]] == ["Key 2", "Key 1", "Key 0"]
    assert rest["nextCursor"] is None
    wrong = ann.call("GET", f"/api/me/notifications?type=MENTION&cursor={cursor}")
    assert code_of(wrong) == (400, "bad_cursor")
    unread = page["unreadCount"]
    one = page["notifications"][0]
    assert (one["read"], one["url"], one["data"]) == (False, "/security", {})

    marked = ann.call("POST", "/api/me/notifications", {"id": one["id"]})
    assert marked.json == {"updated": 1, "unreadCount": unread - 1}
    again = ann.call("POST", "/api/me/notifications", {"id": one["id"]})
    assert again.json == {"updated": 0, "unreadCount": unread - 1}
    left = ann.get("/api/me/notifications?unread=1&type=SECURITY")["notifications"]
    assert [note["title"] for note in left] == ["Key 3", "Key 2", "Key 1", "Key 0"]

    foreign = bob.call("POST", "/api/me/notifications", {"id": one["id"]})
    assert code_of(foreign) == (404, "not_found")
    everything = ann.call("POST", "/api/me/notifications", {"markAllRead": True})
    assert everything.json == {"updated": unread - 1, "unreadCount": 0}
    assert bob.get("/api/me/notifications")["unreadCount"] > 0


@pytest.mark.parametrize(
    "body", [{}, {"markAllRead": False}, {"markAllRead": True, "id": "ntf_1"}, {"id": None}]
)
def test_marking_needs_one_of_the_two(world: World, body: dict[str, Any]) -> None:
    answer = world.join().call("POST", "/api/me/notifications", body)
    assert code_of(answer) == (400, "validation_failed")


def test_an_unknown_id_or_type(world: World) -> None:
    ann = world.join()
    for id in ("ntf_" + "0" * 32, "nonsense"):
        answer = ann.call("POST", "/api/me/notifications", {"id": id})
        assert code_of(answer) == (404, "not_found")
    assert ann.call("GET", "/api/me/notifications?type=GOSSIP").status == 400
    reader = world.bearer(ann.key("read"), "POST", "/api/me/notifications", {"markAllRead": True})
    assert code_of(reader) == (403, "scope_missing")


def test_likes_of_one_post_are_one_notification_while_it_is_unread(world: World) -> None:
    ann = world.join()
    for who in ("bob", "cat", "dan"):
        tell(world, ann, "POST_LIKED", "{who} liked your post", bundle="like:p1", who=who)
    tell(world, ann, "POST_LIKED", "{who} liked your post", bundle="like:p2", who="eve")
    liked = [title for kind, title in told(ann) if kind == "POST_LIKED"]
    assert sorted(liked) == ["dan and 2 others liked your post", "eve liked your post"]
    ann.call("POST", "/api/me/notifications", {"markAllRead": True})
    tell(world, ann, "POST_LIKED", "{who} liked your post", bundle="like:p1", who="flo")
    assert told(ann)[0] == ("POST_LIKED", "flo liked your post")


def test_what_is_wished_for_is_mailed_to_a_proved_address(world: World) -> None:
    ann = world.join()
    tell(world, ann, "SECURITY", "New key")
    assert "New key" not in sent_to(world, ann.email), "nobody has proved this address"
    _prove(world, ann)
    tell(world, ann, "MENTION", "Somebody named you")
    assert "Somebody named you" not in sent_to(world, ann.email)
    wished = {"emailNotifications": {"MENTION": True}}
    assert ann.call("PATCH", "/api/me/preferences", wished).status == 200
    tell(world, ann, "MENTION", "Somebody named you again")
    tell(world, ann, "SECURITY", "Another key")
    assert {"Somebody named you again", "Another key"} <= set(sent_to(world, ann.email))


def _prove(world: World, member: Member) -> None:
    import msgspec

    from presage.identity import people

    def rows(connection: Any) -> None:
        profile = people.find(connection, number_of(member))
        assert profile is not None
        people.change(connection, msgspec.structs.replace(profile, email_verified_at=1))

    world.do(world.running.services.gateway.submit(None, rows))


def test_after_half_a_year_it_is_gone(world: World) -> None:
    ann = world.join()
    ann.key()
    tell(world, ann, "MENTION", "Old")
    world.now += 179 * DAY
    tell(world, ann, "MENTION", "New")
    world.now += 2 * DAY
    world.work()
    titles = [title for _, title in told(ann)]
    assert "New" in titles
    assert "Old" not in titles


def test_bots_without_an_address_are_not_told(world: World) -> None:
    ann = world.join()
    ticker = new_market(world)
    world.order(world.two, ticker, "ask", "0.5000", "1.00")
    place(ann, ticker, 0, 5_000, 1)
    world.work()
    key = world.running.services.keys.find(world.two.key_id)
    assert key is not None

    def count(connection: Any) -> int:
        return notifications.unread(connection, key.member)

    assert world.do(world.running.services.reader.run(count)) == 0


def test_holders_are_told_what_becomes_of_their_market(world: World) -> None:
    world.work()
    ann, bob, cat = everybody = [world.join() for _ in range(3)]
    for one in everybody:
        one.key()  # sessions end before the market closes
    ticker = new_market(world)
    trade(ann, bob, ticker)
    place(cat, ticker, 0, 100)  # rests: cat holds nothing
    market = market_of(world, ticker)
    closes = world.running.services.markets.by_id(market).close_at
    world.now = closes - DAY
    for _ in range(2):
        world.work()
    world.admin("POST", f"/markets/{ticker}/close")
    world.work()
    run(world, DetermineMarket(market, 10_000))
    world.work()
    wanted = ["EVENT_CLOSED", "EVENT_CLOSING", "EVENT_RESOLVED"]
    for holder in (ann, bob):
        found = [kind for kind, title in told(holder) if kind in wanted and ticker in title]
        assert sorted(found) == wanted
    assert not set(wanted) & kinds(cat)


def test_a_round_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.work()
    holders, ticker = [world.join() for _ in range(4)], new_market(world)
    trade(holders[0], holders[1], ticker)
    trade(holders[2], holders[3], ticker)
    monkeypatch.setattr(workers_rounds, "_AT_ONCE", 1)
    gateway, count = world.running.services.gateway, 0
    submit = gateway.submit

    async def stops(*args: Any, **more: Any) -> Any:
        nonlocal count
        count += 1
        if count == 4:
            raise RuntimeError("the process ends")
        return await submit(*args, **more)

    world.admin("POST", f"/markets/{ticker}/close")
    world.do(world.running.jobs.all["rounds"].catch_up())
    monkeypatch.setattr(gateway, "submit", stops)
    with pytest.raises(RuntimeError):
        world.do(world.running.jobs.all["holders-told"].catch_up())
    monkeypatch.undo()
    world.work()
    for holder in holders:
        assert [kind for kind, _ in told(holder)].count("EVENT_CLOSED") == 1
