"""How rows of the second endpoint table are asked whose topic needs a scene of its own: webhooks,
money in and out, outcomes, suggestions, tournaments, the ledger."""

from __future__ import annotations

import itertools
from typing import Any, Final

from presage.units import SECOND
from tests.api.site.hooking import AWAY, subscribe, try_out
from tests.api.site.outcomes import Case
from tests.api.site.paying import Provider, deposit, withdraw
from tests.api.site.playing import Contest, moment
from tests.api.site.rows import Scene
from tests.api.site.rows_added import Asked, Make
from tests.api.site.rows_topics import challenge, suggestion
from tests.api.site.talking import with_role
from tests.api.site.world import Member

_COUNT: Final = itertools.count(1)
_IN: Final = "deposits"
_OUT: Final = "withdrawals"


def hooked(s: Scene, who: Member | None = None) -> tuple[Member, Any]:
    """Somebody with a webhook to which nothing is sent by itself."""
    s.world.set("WEBHOOK_TESTS_PER_HOUR", 0)
    who = who or s.world.join()
    return who, subscribe(who, AWAY, "webhook.test")


def _hook(body: Any = None) -> Make:
    def make(s: Scene) -> Asked:
        who, made = hooked(s)
        return Asked(who, body, (made["id"],))

    return make


def _tried(s: Scene) -> Asked:
    who, made = hooked(s)
    sent = try_out(who, made)
    return Asked(who, ids=(made["id"], sent["id"]))


def _logged(s: Scene) -> Asked:
    who, made = hooked(s)
    try_out(who, made)
    return Asked(who, ids=(made["id"],))


# Money


def paid_in(s: Scene, who: Member | None = None) -> str:
    s.world.set(_IN, True)
    return str(deposit(who or s.world.join())["deposit"]["id"])


def _listed_deposits(s: Scene) -> Asked:
    paid_in(s, s.ann)
    return Asked(s.ann)


def paid_out(s: Scene, who: Member | None = None) -> str:
    s.world.set(_OUT, True)
    s.world.set("WITHDRAWAL_WAIT_HOURS", 0)
    return str(withdraw(who or s.world.join())["id"])


def _confirmed(s: Scene) -> Asked:
    id = paid_in(s)
    s.world.admin("POST", f"/deposits/{id}/confirm")
    return Asked(ids=(id,))


def _approved(s: Scene) -> Asked:
    id = paid_out(s)
    s.world.admin("POST", f"/withdrawals/{id}/approve")
    return Asked(body={"reference": "bank 7"}, ids=(id,))


def _called_off(s: Scene) -> Asked:
    who = s.world.join()
    return Asked(who, ids=(paid_out(s, who),), click=True)


def _called_back(s: Scene) -> Asked:
    """By a provider that has taken the money."""
    s.world.set(_IN, True)
    s.ends.close()  # the one of the time before
    provider = Provider(s.world)
    s.ends.callback(provider.close)
    id = deposit(s.world.join(), 500, "hosted")["deposit"]["id"]
    told = {"id": id, "amountCents": 500, "currency": "USD"}
    headers, raw = provider.signed("deposit.paid", **told)
    return Asked(ids=("hosted",), headers=headers, raw=raw)


# Outcomes


def resolved(s: Scene) -> Case:
    """By another administrator than the one who walks."""
    case = Case(s.world)
    said = [{"optionId": case.ids[0], "result": "YES"}]
    body = {"reason": "a walk", "outcomes": said}
    path = f"/api/admin/events/{case.slug}/resolve"
    assert with_role(s.world, "admin").click("POST", path, body).status == 200
    return case


def _resolve(s: Scene) -> Asked:
    case = Case(s.world)
    said = [{"optionId": case.ids[0], "result": "YES"}]
    return Asked(body={"outcomes": said, "note": "As announced"}, ids=(case.slug,))


def _decide_dispute(s: Scene) -> Asked:
    case = resolved(s)
    return Asked(body={"decision": "REJECT"}, ids=(case.disputed(case.no),))


def _decide_suggestion(s: Scene) -> Asked:
    made = s.world.join().call("POST", "/api/market-suggestions", suggestion(s)).json
    closes = {"closeAt": moment(s.world, 48)}
    return Asked(body={"decision": "APPROVE", "overrides": closes}, ids=(made["suggestion"]["id"],))


# Tournaments


def _new_contest(s: Scene) -> Asked:
    times = {"startAt": moment(s.world, 0), "endAt": moment(s.world, 24)}
    return Asked(body={"title": f"Row cup {next(_COUNT)}", **times})


def _ended_contest(s: Scene) -> Asked:
    contest = Contest(s.world, s.ann, ends=1)
    s.world.now += 3_600 * SECOND
    return Asked(ids=(contest.slug,))


WISHES: Final[dict[str, Make]] = {
    "PATCH /api/me/webhooks/[id]": _hook({"description": "my bot"}),
    "POST /api/me/webhooks/[id]/test": _hook(),
    "POST /api/me/webhooks/[id]/rotate-secret": _hook(),
    "GET /api/me/webhooks/[id]/deliveries": _logged,
    "POST /api/me/webhooks/[id]/deliveries/[deliveryId]/redeliver": _tried,
    "DELETE /api/challenges/[code]": lambda s: Asked(s.ann, ids=(challenge(s, s.ann),)),
    "GET /api/deposits": _listed_deposits,
    "GET /api/withdrawals": lambda s: Asked(s.ann),
    "DELETE /api/withdrawals/[id]": _called_off,
    "POST /api/payments/[gatewayId]/callback": _called_back,
    "POST /api/admin/events/[id]/resolve": _resolve,
    "POST /api/admin/events/[id]/void": lambda s: Asked(ids=(Case(s.world, closed=False).slug,)),
    "POST /api/admin/events/[id]/finalize": lambda s: Asked(ids=(resolved(s).slug,)),
    "GET /api/admin/disputes": lambda s: Asked(),
    "POST /api/admin/disputes/[id]/decide": _decide_dispute,
    "GET /api/admin/market-suggestions": lambda s: Asked(),
    "POST /api/admin/market-suggestions/[id]/decide": _decide_suggestion,
    "POST /api/admin/users/[id]/funds": lambda s: Asked(
        body={"amountCents": 100, "kind": "ISSUE"}, ids=(s.bob.id,)
    ),
    "POST /api/admin/funds/bulk": lambda s: Asked(
        body={"amountCents": 100, "usernames": [s.ann.username, s.bob.username]},
        headers=((b"idempotency-key", f"walk-{next(_COUNT)}".encode()),),
    ),
    "GET /api/admin/tournaments": lambda s: Asked(),
    "POST /api/admin/tournaments": _new_contest,
    "PATCH /api/admin/tournaments": lambda s: Asked(
        body={"description": "Friends only"}, ids=(Contest(s.world).slug,)
    ),
    "POST /api/admin/tournaments/[slug]/cancel": lambda s: Asked(
        ids=(Contest(s.world, s.ann).slug,)
    ),
    "POST /api/admin/tournaments/[slug]/settle": _ended_contest,
    "GET /api/admin/deposits": lambda s: Asked(),
    "POST /api/admin/deposits/[id]/confirm": lambda s: Asked(ids=(paid_in(s),)),
    "POST /api/admin/deposits/[id]/fail": lambda s: Asked(ids=(paid_in(s),)),
    "POST /api/admin/deposits/[id]/reverse": _confirmed,
    "GET /api/admin/withdrawals": lambda s: Asked(),
    "POST /api/admin/withdrawals/[id]/approve": lambda s: Asked(ids=(paid_out(s),)),
    "POST /api/admin/withdrawals/[id]/reject": lambda s: Asked(ids=(paid_out(s),)),
    "POST /api/admin/withdrawals/[id]/mark-paid": _approved,
    "GET /api/admin/webhooks": lambda s: Asked(),
    "POST /api/admin/webhooks/[id]/disable": lambda s: Asked(ids=(hooked(s)[1]["id"],)),
    "GET /api/admin/ledger": lambda s: Asked(),
    "GET /api/admin/ledger/check": lambda s: Asked(),
}
