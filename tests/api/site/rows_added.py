"""How to ask for each row of the second endpoint table: accounts, moderation, operators.

Each wish makes what it needs, so that the rows can be walked in any order. `rows_desk.py` has those
that need a scene of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from presage.identity import totp
from presage.units import SECOND
from tests.api.admin.world import DAY, rfc3339
from tests.api.asking import Headers
from tests.api.site.rows import Scene
from tests.api.site.talking import comment, say
from tests.api.site.test_access import OTHER, mailed, token_in
from tests.api.site.test_avatar import picture, upload
from tests.api.site.world import OUR_PAGES, PASSWORD, Member

_COUNT: Final = itertools.count(1)


class Asked(NamedTuple):
    """`who`: a member by the key or (`click`) in the browser; None: nobody, or an operator where
    the row is one's. `ids` fill the path; one more than it has places comes behind it. `raw` is
    sent as it is, in place of `body`."""

    who: Member | None = None
    body: Any = None
    ids: tuple[str, ...] = ()
    click: bool = False
    headers: Headers = ()
    raw: bytes = b""


Make = Callable[[Scene], Asked]


def _reset(s: Scene) -> Asked:
    who = s.world.join()
    mailed(s.world)
    s.world.send("POST", "/api/auth/forgot", {"email": who.email}, OUR_PAGES)
    return Asked(body={"token": token_in(mailed(s.world)[-1]), "newPassword": OTHER})


def _verify(s: Scene) -> Asked:
    mailed(s.world)
    s.world.set("requireVerifiedEmail", True)
    who = s.world.join()
    s.world.set("requireVerifiedEmail", False)
    (mail,) = (mail for mail in mailed(s.world) if mail["To"] == who.email)
    return Asked(body={"token": token_in(mail)})


def _no_totp(s: Scene) -> Asked:
    who = s.world.join()
    made = who.click("POST", "/api/me/totp", {"password": PASSWORD}).json
    digits = totp.code(made["secret"], s.world.now // SECOND // totp.STEP)
    assert who.click("POST", "/api/me/totp", {"code": digits}).json["enabled"]
    return Asked(who, {"password": PASSWORD}, click=True)


def _key(s: Scene) -> Asked:
    who = s.world.join()
    id = who.click("POST", "/api/me/api-keys", {"name": "a key"}).json["apiKey"]["id"]
    return Asked(who, {"id": id}, click=True)


def _pictured(s: Scene) -> Asked:
    assert upload(s.ann, ("file", picture())).status == 200
    return Asked(s.ann)


def _post(s: Scene) -> str:
    return say(s.world, s.ann, s.table.slug, f"post {next(_COUNT)}")


def _comment(s: Scene) -> str:
    return comment(s.world, s.ann, s.post, f"comment {next(_COUNT)}")


def _report(s: Scene) -> str:
    body = {"targetType": "POST", "targetId": _post(s), "reason": "spam"}
    return str(s.bob.call("POST", "/api/reports", body).json["report"]["id"])


def _appeal(s: Scene) -> Asked:
    done = s.world.admin("POST", f"/reports/{_report(s)}/decide", action="REMOVE")
    return Asked(s.ann, {"reason": "a joke"}, (done["actionId"],))


def _draft(s: Scene, **more: Any) -> dict[str, Any]:
    closes = rfc3339(s.world.now // SECOND + 30 * DAY)
    return {"title": f"Row {next(_COUNT)}?", "category": "Rows", "closeAt": closes, **more}


def _drafted(s: Scene) -> str:
    return str(s.world.admin("POST", "/events", **_draft(s))["event"]["slug"])


def _open(s: Scene) -> str:
    slug = _drafted(s)
    s.world.admin("POST", f"/events/{slug}/publish")
    return slug


def _paid(s: Scene) -> Asked:
    slug = _open(s)
    event = s.world.send("GET", f"/api/events/{slug}").json["event"]
    said = [{"optionId": one["id"], "result": "NO"} for one in event["options"]]
    s.world.admin("POST", f"/events/{slug}/void", mode="SETTLE_AT", valueCents=100)
    return Asked(body={"outcomes": said}, ids=(slug,))


def _paused(s: Scene) -> str:
    slug = _open(s)
    s.world.admin("POST", f"/events/{slug}/pause")
    return slug


def _category(s: Scene) -> str:
    made = s.world.admin("POST", "/categories", name=f"Category {next(_COUNT)}")
    return str(made["category"]["slug"])


def _series(s: Scene) -> str:
    ticker = f"ROWS-{next(_COUNT)}"
    s.world.admin("POST", "/series", ticker=ticker)
    return ticker


def _sponsor(s: Scene) -> str:
    made = s.world.admin("POST", "/sponsors", name="Acme", url="https://acme.example/")
    return str(made["sponsor"]["id"])


def _announced(s: Scene) -> str:
    path = "/announcements"
    s.world.admin("POST", path, message="Hello")
    return str(s.world.admin("GET", path)["announcements"][-1]["id"])


def _invite(s: Scene) -> str:
    return str(s.world.admin("POST", "/invite-codes", uses=1)["inviteCode"]["id"])


def _stop_all(s: Scene) -> Asked:
    s.world.admin("POST", "/exchange/pause")
    return Asked()


def _pause_all(s: Scene) -> Asked:
    s.world.admin("POST", "/exchange/resume")
    return Asked()


WISHES: Final[dict[str, Make]] = {
    "POST /api/auth/logout": lambda s: Asked(s.world.join(), click=True),
    "POST /api/auth/password": lambda s: Asked(
        s.world.join(), {"oldPassword": PASSWORD, "newPassword": OTHER}, click=True
    ),
    "POST /api/auth/forgot": lambda s: Asked(body={"email": "nobody@example.com"}),
    "POST /api/auth/reset": _reset,
    "POST /api/auth/verify-email": _verify,
    "GET /api/me/api-keys": lambda s: Asked(s.ann, click=True),
    "POST /api/me/api-keys": lambda s: Asked(s.world.join(), {"name": "a key"}, click=True),
    "DELETE /api/me/api-keys": _key,
    "GET /api/me/sessions": lambda s: Asked(s.ann, click=True),
    "DELETE /api/me/sessions": lambda s: Asked(s.ann, {"all": True}, click=True),
    "POST /api/me/totp": lambda s: Asked(s.world.join(), {"password": PASSWORD}, click=True),
    "DELETE /api/me/totp": _no_totp,
    "GET /api/me/export": lambda s: Asked(s.ann),
    "DELETE /api/me": lambda s: Asked(s.world.join(), {"password": PASSWORD}, click=True),
    "DELETE /api/me/avatar": _pictured,
    "DELETE /api/limit-orders": lambda s: Asked(s.ann, ids=("?all=1",)),
    "PATCH /api/posts/[id]": lambda s: Asked(s.ann, {"body": "better"}, (_post(s),)),
    "DELETE /api/posts/[id]": lambda s: Asked(s.ann, ids=(_post(s),)),
    "PATCH /api/comments/[id]": lambda s: Asked(s.ann, {"body": "better"}, (_comment(s),)),
    "DELETE /api/comments/[id]": lambda s: Asked(s.ann, ids=(_comment(s),)),
    "POST /api/moderation/[id]/appeal": _appeal,
    "GET /api/stream": lambda s: Asked(ids=(f"?optionId={s.table.ticker}",)),
    "GET /healthz": lambda s: Asked(),
    "GET /readyz": lambda s: Asked(),
    "GET /metrics": lambda s: Asked(),
    "GET /api/openapi.json": lambda s: Asked(),
    "GET /api/admin/overview": lambda s: Asked(),
    "GET /api/admin/events": lambda s: Asked(),
    "POST /api/admin/events": lambda s: Asked(body=_draft(s)),
    "GET /api/admin/events/[id]": lambda s: Asked(ids=(s.table.slug,)),
    "PATCH /api/admin/events/[id]": lambda s: Asked(body={"featured": True}, ids=(_drafted(s),)),
    "DELETE /api/admin/events/[id]": lambda s: Asked(ids=(_drafted(s),)),
    "POST /api/admin/events/[id]/publish": lambda s: Asked(ids=(_drafted(s),)),
    "POST /api/admin/events/[id]/pause": lambda s: Asked(ids=(_open(s),)),
    "POST /api/admin/events/[id]/resume": lambda s: Asked(ids=(_paused(s),)),
    "POST /api/admin/events/[id]/close": lambda s: Asked(ids=(_open(s),)),
    "POST /api/admin/events/[id]/options": lambda s: Asked(body={"label": "More"}, ids=(_open(s),)),
    "POST /api/admin/events/[id]/reopen-resolution": _paid,
    "POST /api/admin/events/[id]/clarify": lambda s: Asked(body={"text": "Also"}, ids=(_open(s),)),
    "GET /api/admin/reports": lambda s: Asked(),
    "POST /api/admin/reports/[id]/decide": lambda s: Asked(
        body={"action": "DISMISS"}, ids=(_report(s),)
    ),
    "GET /api/admin/posts": lambda s: Asked(),
    "PATCH /api/admin/posts/[id]": lambda s: Asked(body={"pinned": True}, ids=(_post(s),)),
    "PATCH /api/admin/comments/[id]": lambda s: Asked(
        body={"status": "HIDDEN"}, ids=(_comment(s),)
    ),
    "GET /api/admin/users": lambda s: Asked(),
    "GET /api/admin/users/[id]": lambda s: Asked(ids=(s.bob.id,)),
    "PATCH /api/admin/users/[id]": lambda s: Asked(
        body={"role": "MODERATOR"}, ids=(s.world.join().id,)
    ),
    "POST /api/admin/users/[id]/sessions/revoke": lambda s: Asked(ids=(s.world.join().id,)),
    "POST /api/admin/users/[id]/password-reset": lambda s: Asked(ids=(s.world.join().id,)),
    "GET /api/admin/invite-codes": lambda s: Asked(),
    "POST /api/admin/invite-codes": lambda s: Asked(body={"uses": 3}),
    "DELETE /api/admin/invite-codes": lambda s: Asked(body={"id": _invite(s)}),
    "GET /api/admin/flags": lambda s: Asked(),
    "PATCH /api/admin/flags": lambda s: Asked(body={"flags": {"userInvites": False}}),
    "GET /api/admin/settings": lambda s: Asked(),
    "PATCH /api/admin/settings": lambda s: Asked(body={"settings": {"MAX_API_KEYS": 10}}),
    "GET /api/admin/categories": lambda s: Asked(),
    "POST /api/admin/categories": lambda s: Asked(body={"name": f"Category {next(_COUNT)}"}),
    "PATCH /api/admin/categories": lambda s: Asked(body={"position": 2}, ids=(_category(s),)),
    "DELETE /api/admin/categories": lambda s: Asked(ids=(_category(s),)),
    "GET /api/admin/series": lambda s: Asked(),
    "POST /api/admin/series": lambda s: Asked(body={"ticker": f"NEW-{next(_COUNT)}"}),
    "PATCH /api/admin/series": lambda s: Asked(body={"title": "Rows"}, ids=(_series(s),)),
    "DELETE /api/admin/series": lambda s: Asked(ids=(_series(s),)),
    "GET /api/admin/sponsors": lambda s: Asked(),
    "POST /api/admin/sponsors": lambda s: Asked(
        body={"name": "Acme", "url": "https://acme.example/"}
    ),
    "PATCH /api/admin/sponsors": lambda s: Asked(body={"text": "Hello"}, ids=(_sponsor(s),)),
    "DELETE /api/admin/sponsors": lambda s: Asked(ids=(_sponsor(s),)),
    "GET /api/admin/announcements": lambda s: Asked(),
    "POST /api/admin/announcements": lambda s: Asked(body={"message": "Hello"}),
    "PATCH /api/admin/announcements": lambda s: Asked(
        body={"status": "inactive"}, ids=(_announced(s),)
    ),
    "DELETE /api/admin/announcements": lambda s: Asked(ids=(_announced(s),)),
    "POST /api/admin/exchange/pause": _pause_all,
    "POST /api/admin/exchange/resume": _stop_all,
    "POST /api/admin/house-liquidity/[optionId]": lambda s: Asked(
        body={"action": "start", "size": 10, "fairProbBps": 5_000}, ids=(s.table.ticker,)
    ),
    "GET /api/admin/audit": lambda s: Asked(),
    "GET /api/admin/audit/verify": lambda s: Asked(),
    "POST /api/admin/jobs/[name]/run": lambda s: Asked(ids=("outbox",)),
    "GET /api/admin/jobs": lambda s: Asked(),
}
"""How to ask for each row."""
