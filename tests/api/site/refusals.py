"""How each refusal that a row of the endpoint table names comes about, where it takes a situation:
no money, somebody who may not, the wrong moment, too much, too often.

400, 401 of private rows and 404 are asked of all rows by the walk itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from unittest.mock import patch

from presage.site import notes, watchlist
from tests.api.asking import Answer
from tests.api.site import rows_topics as topics
from tests.api.site.hooking import AWAY, subscribe
from tests.api.site.outcomes import REASON
from tests.api.site.playing import Contest
from tests.api.site.rows import Scene
from tests.api.site.talking import comment, say
from tests.api.site.test_avatar import picture, upload
from tests.api.site.world import PASSWORD, Member

_ALL_SCOPES: Final = ("read", "trade", "social", "account")
_MUCH: Final = 10_000_000


class Refused(NamedTuple):
    """`code` is the word that goes with the status."""

    code: str
    ask: Callable[[Scene], Answer]


@contextmanager
def given(scene: Scene, **settings: int | bool) -> Iterator[None]:
    """For as long as it takes these settings are others."""
    known = scene.world.running.services.site.settings
    all_known = {**known.all(flags=True), **known.all(flags=False)}
    for name, value in settings.items():
        scene.world.set(name, value)
    try:
        yield
    finally:
        for name in settings:
            scene.world.set(name, all_known[name])


def under(call: Callable[[Scene], Answer], **settings: int | bool) -> Callable[[Scene], Answer]:
    def ask(scene: Scene) -> Answer:
        with given(scene, **settings):
            return call(scene)

    return ask


def twice(call: Callable[[Scene], Answer], **settings: int | bool) -> Callable[[Scene], Answer]:
    """The second time it is refused."""

    def ask(scene: Scene) -> Answer:
        first = call(scene)
        assert first.status < 300, first.body
        return call(scene)

    return under(ask, **settings)


def _of(who: str, status: str) -> Callable[[Scene], Member]:
    """Somebody whom an operator has given this status."""

    def made(scene: Scene) -> Member:
        member = scene.world.join()
        member.key()
        scene.world.admin("PATCH", f"/users/{member.id}", status=status)
        return member

    return made


_muted: Final = _of("mute", "MUTED")
_suspended: Final = _of("suspend", "SUSPENDED")


def trade(scene: Scene, who: Member | None = None, **more: Any) -> Answer:
    body = scene.order(priceCents=40, **more)
    return (who or scene.ann).call("POST", "/api/trades", body)


def limit_order(scene: Scene, who: Member | None = None, **more: Any) -> Answer:
    body = scene.order(**{"limitPriceCents": 5, **more})
    return (who or scene.ann).call("POST", "/api/limit-orders", body)


def _while_stopped(call: Callable[[Scene], Answer]) -> Callable[[Scene], Answer]:
    def ask(scene: Scene) -> Answer:
        scene.world.admin("POST", "/exchange/pause")
        try:
            return call(scene)
        finally:
            scene.world.admin("POST", "/exchange/resume")

    return ask


def _no_fill(scene: Scene) -> Answer:
    return scene.ann.call("POST", "/api/trades", scene.order(priceCents=1))


def _cancelled_already(scene: Scene) -> Answer:
    path = f"/api/limit-orders/{scene.table.rest(scene.ann, 'buy yes', 2, 1)['id']}"
    assert scene.ann.call("DELETE", path).status == 200
    return scene.ann.call("DELETE", path)


def _would_trigger(scene: Scene) -> Answer:
    path = f"/api/positions/{scene.table.position(scene.ann)['id']}/protections"
    return scene.ann.call("POST", path, {"takeProfitProbBps": 1})


def _banned(scene: Scene) -> Answer:
    who = scene.world.join()
    scene.world.admin("PATCH", f"/users/{who.id}", status="BANNED")
    return scene.world.login(who.email)


def _throttled(scene: Scene) -> Answer:
    who = scene.world.join()
    scene.world.login(who.email, "a wrong one")
    return scene.world.login(who.email)


def _another_name(scene: Scene) -> Answer:
    return scene.ann.call("PATCH", "/api/me/preferences", {"username": scene.bob.username})


def _too_large(scene: Scene) -> Answer:
    return upload(scene.ann, ("file", b"\x89PNG" + bytes(2_097_149)))


def _one_note_more(scene: Scene) -> Answer:
    scene.note()
    with patch.object(notes, "MOST", 1):
        body = {"body": "a thought", "eventSlug": scene.table.slug}
        return scene.ann.call("POST", "/api/me/trade-notes", body)


def _one_webhook_more(scene: Scene) -> Answer:
    who = scene.world.join()
    for _ in range(10):
        subscribe(who, AWAY, "webhook.test")
    return who.call("POST", "/api/me/webhooks", {"url": AWAY})


def _one_bookmark_more(scene: Scene) -> Answer:
    scene.bookmark()
    other = topics.closed_case(scene)
    with patch.object(watchlist, "MOST", 1):
        return scene.ann.call("POST", "/api/watchlist", {"eventSlug": other.slug})


def _blocked(scene: Scene) -> Answer:
    whom = scene.world.join()
    whom.call("POST", f"/api/blocks/{scene.ann.id}")
    return scene.ann.call("POST", f"/api/follow/{whom.id}")


def _not_to_be_copied(scene: Scene) -> Answer:
    whom = scene.world.join()
    whom.call("PATCH", "/api/me/preferences", {"allowCopying": False})
    return scene.ann.call("POST", "/api/copy-trader", topics.copying(scene, traderId=whom.id))


def _in_a_circle(scene: Scene) -> Answer:
    one, other = scene.world.join(), scene.world.join()
    one.call("POST", "/api/copy-trader", topics.copying(scene, traderId=other.id))
    return other.call("POST", "/api/copy-trader", topics.copying(scene, traderId=one.id))


def post(scene: Scene, who: Member | None = None) -> Answer:
    body = {"eventSlug": scene.table.slug, "body": "words"}
    return (who or scene.bob).call("POST", "/api/posts", body)


def remark(scene: Scene, who: Member | None = None) -> Answer:
    path = f"/api/posts/{scene.post}/comments"
    return (who or scene.bob).call("POST", path, {"body": "words"})


def _on_a_locked_post(scene: Scene) -> Answer:
    id = say(scene.world, scene.bob, scene.table.slug, "so much for this")
    scene.world.admin("PATCH", f"/posts/{id}", locked=True)
    return scene.ann.call("POST", f"/api/posts/{id}/comments", {"body": "but"})


def _report(scene: Scene) -> Answer:
    id = comment(scene.world, scene.bob, scene.post, "buy my book")
    body = {"targetType": "COMMENT", "targetId": id, "reason": "spam"}
    return scene.ann.call("POST", "/api/reports", body)


def _challenge(scene: Scene, **more: Any) -> Answer:
    return scene.ann.call("POST", "/api/challenges", topics.stake(scene, **more))


def _unchallenged(scene: Scene) -> Answer:
    whom = scene.world.join()
    whom.call("PATCH", "/api/me/preferences", {"allowChallenges": False})
    return _challenge(scene, opponentUsername=whom.username)


def _accept(scene: Scene, by: Member, **more: Any) -> Answer:
    code = topics.challenge(scene, by, **more)
    return scene.ann.call("POST", f"/api/challenges/{code}/accept")


def _suggest(scene: Scene) -> Answer:
    return scene.bob.call("POST", "/api/market-suggestions", topics.suggestion(scene))


def _dispute(scene: Scene, who: Member | None = None) -> Answer:
    path = f"/api/events/{topics.resolved(scene).slug}/dispute"
    return (who or scene.ann).call("POST", path, {"reason": REASON})


def _too_early(scene: Scene) -> Answer:
    path = f"/api/events/{scene.table.slug}/dispute"
    return scene.ann.call("POST", path, {"reason": REASON})


def _joined_already(scene: Scene) -> Answer:
    return Contest(scene.world, scene.ann).join(scene.ann)


def pay(scene: Scene, way: str, **more: Any) -> Answer:
    body = topics.paid(scene, way, **more)
    return scene.world.bearer(scene.bob.key(*_ALL_SCOPES), "POST", f"/api/{way}", body)


def _switched_off(way: str) -> Callable[[Scene], Answer]:
    def ask(scene: Scene) -> Answer:
        with given(scene, **{way: False}):
            return scene.ann.click("POST", f"/api/{way}", {})

    return ask


def _export(scene: Scene) -> Answer:
    return scene.bob.call("GET", "/api/me/trades/export")


REFUSALS: Final[dict[tuple[str, int], Refused]] = {
    ("POST /api/trades", 402): Refused("insufficient_funds", lambda s: trade(s, quantity=100_000)),
    ("POST /api/trades", 403): Refused("suspended", lambda s: trade(s, _suspended(s))),
    ("POST /api/trades", 409): Refused("no_fill", _no_fill),
    ("POST /api/trades", 503): Refused("exchange_paused", _while_stopped(trade)),
    ("POST /api/limit-orders", 402): Refused(
        "insufficient_funds", lambda s: limit_order(s, limitPriceCents=39, quantity=100_000)
    ),
    ("POST /api/limit-orders", 403): Refused("suspended", lambda s: limit_order(s, _suspended(s))),
    ("POST /api/limit-orders", 409): Refused(
        "insufficient_position", lambda s: limit_order(s, action="SELL", side="NO")
    ),
    ("POST /api/limit-orders", 503): Refused("exchange_paused", _while_stopped(limit_order)),
    ("DELETE /api/limit-orders/[id]", 409): Refused("order_not_open", _cancelled_already),
    ("POST /api/positions/[id]/protections", 409): Refused("would_trigger_now", _would_trigger),
    ("POST /api/auth/register", 403): Refused(
        "invite_required", under(lambda s: s.world.register(), inviteOnly=True)
    ),
    ("POST /api/auth/register", 409): Refused(
        "email_taken", lambda s: s.world.register(email=s.ann.email)
    ),
    ("POST /api/auth/register", 429): Refused(
        "rate_limited", twice(lambda s: s.world.register(), REGISTER_PER_HOUR=1)
    ),
    ("POST /api/auth/login", 401): Refused(
        "bad_credentials", lambda s: s.world.login(s.ann.email, PASSWORD + "!")
    ),
    ("POST /api/auth/login", 403): Refused("suspended", _banned),
    ("POST /api/auth/login", 429): Refused(
        "login_throttled", under(_throttled, LOGIN_FAILURES_PER_EMAIL=1)
    ),
    ("GET /api/me/trades/export", 429): Refused("rate_limited", twice(_export, EXPORTS_PER_HOUR=1)),
    ("PATCH /api/me/preferences", 409): Refused("username_taken", _another_name),
    ("POST /api/me/avatar", 413): Refused("body_too_large", _too_large),
    ("POST /api/me/avatar", 429): Refused(
        "rate_limited", twice(lambda s: upload(s.bob, ("file", picture())), AVATARS_PER_HOUR=1)
    ),
    ("POST /api/me/trade-notes", 409): Refused("limit_reached", _one_note_more),
    ("POST /api/me/webhooks", 409): Refused("limit_reached", _one_webhook_more),
    ("POST /api/watchlist", 409): Refused("limit_reached", _one_bookmark_more),
    ("POST /api/follow/[userId]", 403): Refused("blocked", _blocked),
    ("POST /api/copy-trader", 403): Refused("copying_not_allowed", _not_to_be_copied),
    ("POST /api/copy-trader", 409): Refused("copy_cycle", _in_a_circle),
    ("POST /api/posts", 403): Refused("muted", lambda s: post(s, _muted(s))),
    ("POST /api/posts", 429): Refused("rate_limited", twice(post, POSTS_PER_TEN_MINUTES=1)),
    ("POST /api/posts/[id]/comments", 403): Refused("muted", lambda s: remark(s, _muted(s))),
    ("POST /api/posts/[id]/comments", 409): Refused("conflict", _on_a_locked_post),
    ("POST /api/posts/[id]/comments", 429): Refused(
        "rate_limited", twice(remark, COMMENTS_PER_TEN_MINUTES=1)
    ),
    ("POST /api/reports", 429): Refused("rate_limited", twice(_report, REPORTS_PER_DAY=1)),
    ("POST /api/challenges", 402): Refused(
        "insufficient_funds", lambda s: _challenge(s, stakeCents=_MUCH)
    ),
    ("POST /api/challenges", 403): Refused("forbidden", _unchallenged),
    ("POST /api/challenges", 409): Refused(
        "market_not_open", lambda s: _challenge(s, optionId=topics.closed_case(s).ids[0])
    ),
    ("POST /api/challenges/[code]/accept", 402): Refused(
        "insufficient_funds", lambda s: _accept(s, s.bob, opponentStakeCents=_MUCH)
    ),
    ("POST /api/challenges/[code]/accept", 403): Refused(
        "forbidden", lambda s: _accept(s, s.bob, opponentUsername=s.world.join().username)
    ),
    ("POST /api/challenges/[code]/accept", 409): Refused(
        "own_challenge", lambda s: _accept(s, s.ann)
    ),
    ("POST /api/market-suggestions", 409): Refused(
        "limit_reached", twice(_suggest, PENDING_SUGGESTIONS=1)
    ),
    ("POST /api/market-suggestions", 429): Refused(
        "rate_limited", twice(_suggest, SUGGESTIONS_PER_DAY=1)
    ),
    ("POST /api/events/[id]/dispute", 402): Refused(
        "insufficient_funds", under(_dispute, DISPUTE_BOND_CENTS=_MUCH)
    ),
    ("POST /api/events/[id]/dispute", 403): Refused(
        "forbidden", lambda s: _dispute(s, s.world.join())
    ),
    ("POST /api/events/[id]/dispute", 409): Refused("dispute_window_closed", _too_early),
    ("POST /api/tournaments/[slug]/join", 402): Refused(
        "insufficient_funds", lambda s: Contest(s.world, entryFeeCents=_MUCH).join(s.ann)
    ),
    ("POST /api/tournaments/[slug]/join", 403): Refused(
        "forbidden", lambda s: Contest(s.world, accessCode="sesame").join(s.ann)
    ),
    ("POST /api/tournaments/[slug]/join", 409): Refused("already_joined", _joined_already),
    ("POST /api/deposits", 403): Refused("feature_disabled", _switched_off("deposits")),
    ("POST /api/deposits", 429): Refused(
        "rate_limited", twice(lambda s: pay(s, "deposits"), DEPOSITS_PER_DAY=1)
    ),
    ("POST /api/withdrawals", 402): Refused(
        "insufficient_funds", lambda s: pay(s, "withdrawals", amountCents=1_000_000)
    ),
    ("POST /api/withdrawals", 403): Refused("feature_disabled", _switched_off("withdrawals")),
    ("POST /api/withdrawals", 409): Refused(
        "limit_reached", twice(lambda s: pay(s, "withdrawals"), MAX_OPEN_WITHDRAWALS=1)
    ),
}
"""By row and status. What is left out with a reason: cricket's 503 takes a provider that is down,
which `test_outside.py` has."""

ELSEWHERE: Final = {("GET /api/cricket/live", 503)}
