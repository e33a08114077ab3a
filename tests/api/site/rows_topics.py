"""How rows of the first endpoint table are asked whose topic needs a scene of its own: webhooks,
copying, challenges, suggestions, disputes, tournaments, money in and out."""

from __future__ import annotations

import itertools
from typing import Any, Final

from tests.api.site.hooking import AWAY, subscribe
from tests.api.site.outcomes import REASON, Case
from tests.api.site.playing import Contest
from tests.api.site.rows import NOTHING, Make, Scene, Wish
from tests.api.site.talking import say
from tests.api.site.trading import trade
from tests.api.site.world import Member

_COUNT: Final = itertools.count(1)
_NOBODY: Final = "usr_" + "0" * 32
_PAGED: Final = "limit=0"


def webhook(scene: Scene) -> Any:
    """Ann's only one; what it waits for does not happen by itself."""
    for one in scene.ann.get("/api/me/webhooks")["webhooks"]:
        scene.ann.call("DELETE", f"/api/me/webhooks?id={one['id']}")
    return subscribe(scene.ann, AWAY, "webhook.test")


def _subscribe(scene: Scene) -> Wish:
    webhook(scene)
    return Wish(body={"url": AWAY, "events": ["webhook.test"]})


def copying(scene: Scene, **more: Any) -> dict[str, Any]:
    """To copy somebody new."""
    whom = scene.world.join().id
    return {"traderId": whom, "allocationCents": 10_000, "maxPerTradeCents": 1_000, **more}


def copied(scene: Scene) -> Member:
    """Somebody whose trade has been copied by Ann."""
    lea = scene.world.join()
    body = copying(scene, traderId=lea.id)
    assert scene.ann.call("POST", "/api/copy-trader", body).status == 201
    scene.table.traded(lea, "buy yes", 40, 2)
    scene.world.work()
    return lea


def stake(scene: Scene, **more: Any) -> dict[str, Any]:
    return {"optionId": scene.table.ticker, "side": "YES", "stakeCents": 100, **more}


def challenge(scene: Scene, who: Member, **more: Any) -> str:
    """The code of a new one."""
    answer = who.call("POST", "/api/challenges", stake(scene, **more))
    assert answer.status == 201, answer.body
    return str(answer.json["challenge"]["code"])


def _challenged(scene: Scene) -> Wish:
    challenge(scene, scene.ann)
    return Wish(bad_query="status=maybe", missing_query=f"code={NOTHING}")


def suggestion(scene: Scene) -> dict[str, Any]:
    """One more about what is traded already."""
    title = f"Question {scene.table.ticker} once more, number {next(_COUNT)}?"
    return {"title": title, "description": "It has been promised often.", "category": "Rows"}


def _suggested(scene: Scene) -> Wish:
    body = suggestion(scene)
    assert scene.ann.call("POST", "/api/market-suggestions", body).status == 201
    return Wish(bad_query="status=maybe")


def closed_case(scene: Scene) -> Case:
    """An event in which Ann has traded, that nobody trades any more."""
    case = Case(scene.world, closed=False)
    trade(scene.ann, scene.bob, case.tickers[0], 4_000, 1)
    case.act("close")
    return case


def resolved(scene: Scene) -> Case:
    """The same with an outcome that can be disputed."""
    case = closed_case(scene)
    case.resolve("YES")
    return case


def _profile(scene: Scene) -> Wish:
    """Of somebody who has been right, and has said so."""
    case = Case(scene.world)
    scene.table.traded(case.yes, "buy yes", 40, 1)
    say(scene.world, case.yes, scene.table.slug, "And here as well")
    case.resolve("YES")
    case.act("finalize")
    case.yes.call("PATCH", "/api/me/preferences", {"publicPositions": True})
    return Wish((case.yes.username,))


def _dispute(scene: Scene) -> Wish:
    return Wish((resolved(scene).slug,), body={"reason": REASON})


def _tournament(scene: Scene) -> Wish:
    return Wish((Contest(scene.world, scene.ann).slug,), bad_query=_PAGED)


def _tournaments(scene: Scene) -> Wish:
    Contest(scene.world, scene.ann, prizes=[{"rank": 1, "shareBps": 10_000}])
    return Wish(bad_query="status=maybe")


def paid(scene: Scene, way: str, **more: Any) -> dict[str, Any]:
    """Money in or out, where that is switched on."""
    scene.world.set(way, True)
    body = {"amountCents": 500, "gatewayId": "manual", **more}
    return body if way == "deposits" else {"destination": {"account": "DE1"}, **body}


def _payment(way: str) -> Make:
    return lambda s: Wish(body=paid(s, way), missing=paid(s, way, gatewayId="nobody"))


def _gateways(scene: Scene) -> Wish:
    scene.world.set("withdrawals", True)
    return Wish(query="mode=withdrawal", bad_query="mode=sideways")


def _listed(scene: Scene) -> Wish:
    copied(scene)
    return Wish(query="status=all&log=1", bad_query="log=2")


def _hooked(scene: Scene) -> Wish:
    webhook(scene)
    return Wish()


WISHES: Final[dict[str, Make]] = {
    "GET /api/me/webhooks": _hooked,
    "POST /api/me/webhooks": _subscribe,
    "DELETE /api/me/webhooks": lambda s: Wish(
        body={"id": webhook(s)["id"]}, missing={"id": "whk_" + "0" * 32}
    ),
    "GET /api/copy-trader": _listed,
    "POST /api/copy-trader": lambda s: Wish(body=copying(s), missing=copying(s, traderId=_NOBODY)),
    "DELETE /api/copy-trader": lambda s: Wish(
        body={"traderId": copied(s).id}, missing={"traderId": _NOBODY}
    ),
    "GET /api/users/[username]": _profile,
    "GET /api/challenges": _challenged,
    "POST /api/challenges": lambda s: Wish(body=stake(s), missing=stake(s, optionId=NOTHING)),
    "POST /api/challenges/[code]/accept": lambda s: Wish((challenge(s, s.bob),)),
    "GET /api/market-suggestions": _suggested,
    "POST /api/market-suggestions": lambda s: Wish(body=suggestion(s)),
    "POST /api/events/[id]/dispute": _dispute,
    "GET /api/tournaments": _tournaments,
    "GET /api/tournaments/[slug]": _tournament,
    "POST /api/tournaments/[slug]/join": lambda s: Wish((Contest(s.world).slug,), body={}),
    "POST /api/deposits": _payment("deposits"),
    "POST /api/withdrawals": _payment("withdrawals"),
    "GET /api/payment-gateways": _gateways,
}
