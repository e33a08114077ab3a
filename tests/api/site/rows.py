"""The rows of the site's endpoint table and how each is asked: once well, and once in each way that
can go wrong for it. The table is read where it is and not repeated here."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, rfc3339
from tests.api.site.dealing import Table
from tests.api.site.talking import comment, say
from tests.api.site.test_avatar import form, picture
from tests.api.site.world import PASSWORD, World
from tests.reference import SHARED

KALSSHI: Final = SHARED / "kalsshi"
needs_table = pytest.mark.skipif(
    not KALSSHI.is_dir(), reason="the reference material is not beside the checkout"
)
NOTHING: Final = "no-such-thing"
_LINE: Final = re.compile(
    r"^\| \d+ \| (?P<method>\w+) \| (?P<path>\S+) \| \w+ \| (?P<ok>\d+) "
    r"\| (?P<members>[^|]+) \| (?P<errors>[^|]+) \|"
)


class Row(NamedTuple):
    """`members` are those that every answer has, `perhaps` of some; `errors` the statuses that
    it may refuse with."""

    name: str
    private: bool
    ok: int
    members: frozenset[str]
    perhaps: frozenset[str]
    errors: frozenset[int]

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.name.partition(" ")[2]


def rows() -> list[Row]:
    """All of them, none where the table is absent."""
    if not KALSSHI.is_dir():
        return []
    with (KALSSHI / "endpoints.csv").open() as file:
        private = {f"{one['method']} {one['path']}": one["auth"] for one in csv.DictReader(file)}
    lines = (KALSSHI / "SPEC.md").read_text().splitlines()
    found = [_row(match, private) for match in map(_LINE.match, lines) if match]
    assert {row.name for row in found} == private.keys(), "both tables have the same rows"
    return found


def _row(match: re.Match[str], private: Mapping[str, str]) -> Row:
    name = f"{match['method']} {match['path']}"
    words = re.sub(r"\{[^}]*\}|\([^)]*\)", "", match["members"]).split(",")
    members = {word.strip().replace("[]", "") for word in words}
    return Row(
        name,
        private[name] == "user",
        int(match["ok"]),
        frozenset(word for word in members if word.isalpha()),
        frozenset(word.removesuffix("?") for word in members if word.endswith("?")),
        frozenset(map(int, re.findall(r"\d{3}", match["errors"]))),
    )


class Scene:
    """Ann has traded with Bob and said something; whatever a row names is there."""

    def __init__(self, world: World) -> None:
        world.set("streakBonuses", False)
        world.set("EXPORTS_PER_HOUR", 0)
        world.work()  # from now on it is followed what happens
        self.world = world
        self.ends = ExitStack()
        """Closes what wishes have opened."""
        closes = rfc3339(world.now // SECOND + 400 * DAY)
        self.table = Table(world, close_time=closes, event={"category": "Rows"})
        self.ann, self.bob = world.join(), world.join()
        for who in (self.ann, self.bob):
            who.call("PATCH", "/api/me/preferences", {"publicPositions": True})
        self.table.rest(self.bob, "buy no", 60, 100)
        self.table.rest(self.bob, "buy yes", 30, 100)
        self.table.traded(self.ann, "buy yes", 40, 10)
        self.post = say(world, self.bob, self.table.slug, "something to say")
        world.work()

    def key(self) -> str:
        """Ann's, with which she may do everything."""
        return self.ann.key("read", "trade", "social", "account")

    def order(self, **more: Any) -> dict[str, Any]:
        return {
            "optionId": self.table.ticker,
            "side": "YES",
            "action": "BUY",
            "quantity": 1,
            **more,
        }

    def note(self) -> str:
        body = {"body": "a thought", "eventSlug": self.table.slug}
        return str(self.ann.call("POST", "/api/me/trade-notes", body).json["note"]["id"])

    def bookmark(self) -> dict[str, Any]:
        body = {"eventSlug": self.table.slug}
        self.ann.call("POST", "/api/watchlist", body)
        return body

    def unmarked(self) -> dict[str, Any]:
        body = {"eventSlug": self.table.slug}
        self.ann.call("DELETE", "/api/watchlist", body)
        return body


class Wish(NamedTuple):
    """`ids` fill the places of the path. `query` and `body` make a call that succeeds, `bad_query`
    or `bad_ids` one that cannot be meant, `missing` and `missing_query` name what is not there."""

    ids: tuple[str, ...] = ()
    query: str = ""
    body: Any = None
    bad_query: str = ""
    missing: Any = None
    bad_ids: tuple[str, ...] = ()
    headers: tuple[tuple[bytes, bytes], ...] = ()
    missing_query: str = ""


Make = Callable[[Scene], Wish]
_PAGED: Final = "limit=0"


def _new(scene: Scene) -> dict[str, Any]:
    return {"email": f"row{scene.world.ticks}@example.com", "password": PASSWORD}


def _page(scene: Scene) -> Wish:
    scene.world.admin("POST", f"/events/{scene.table.slug}/clarify", text="Drizzle counts.")
    return Wish((scene.table.slug,), bad_query="points=1")


def _sponsored(scene: Scene) -> Wish:
    made = scene.world.admin("POST", "/sponsors", name="Acme", url="https://acme.example/")
    path = f"/events/{scene.table.slug}"
    scene.world.admin("PATCH", path, sponsor=made["sponsor"]["id"])
    return Wish((scene.table.slug,))


def _referred(scene: Scene) -> Wish:
    code = scene.ann.get("/api/me/referral")["code"]
    scene.world.join(referralCode=code)
    return Wish()


def _listed_notes(scene: Scene) -> Wish:
    scene.note()
    return Wish(bad_query=_PAGED)


def _listed_marks(scene: Scene) -> Wish:
    scene.bookmark()
    return Wish(bad_query=_PAGED)


def _thread(scene: Scene) -> Wish:
    comment(scene.world, scene.ann, scene.post, "a first answer")
    return Wish((scene.post,), bad_query="sort=best")


def _trending(scene: Scene) -> Wish:
    for _ in range(3):
        scene.table.traded(scene.ann, "buy yes", 40, 1)
    scene.world.now += (DAY + 1) * SECOND
    scene.world.work()
    return Wish(bad_query=_PAGED)


def _avatar(scene: Scene) -> Wish:
    body, kind = form(("file", picture()))
    return Wish(body=body, headers=((b"content-type", kind.encode()),))


WISHES: Final[dict[str, Make]] = {
    "GET /api/events": lambda s: Wish(query="status=all&q=question", bad_query="sort=best"),
    "GET /api/events/[slug]": _page,
    "GET /api/events/by-slug/[slug]": lambda s: Wish((s.table.slug,)),
    "GET /api/events/by-slug/[slug]/news": lambda s: Wish((s.table.slug,), bad_query="limit=21"),
    "GET /api/events/by-slug/[slug]/sponsor": _sponsored,
    "GET /api/orderbook/[optionId]": lambda s: Wish((s.table.ticker,), bad_query="depth=0"),
    "GET /api/leaderboard": lambda s: Wish(bad_query="metric=luck"),
    "POST /api/trades": lambda s: Wish(
        body=s.order(priceCents=40), missing=s.order(priceCents=40) | {"optionId": NOTHING}
    ),
    "GET /api/trades": lambda s: Wish(bad_query="status=maybe"),
    "POST /api/limit-orders": lambda s: Wish(
        body=s.order(limitPriceCents=5), missing=s.order(limitPriceCents=5) | {"optionId": NOTHING}
    ),
    "GET /api/limit-orders": lambda s: Wish(bad_query="status=maybe"),
    "DELETE /api/limit-orders/[id]": lambda s: Wish((s.table.rest(s.ann, "buy yes", 2, 1)["id"],)),
    "GET /api/positions": lambda s: Wish(bad_query="status=maybe"),
    "POST /api/positions/[id]/protections": lambda s: Wish(
        (s.table.position(s.ann)["id"],), body={"takeProfitProbBps": 9_000}
    ),
    "POST /api/auth/register": lambda s: Wish(body=_new(s)),
    "POST /api/auth/login": lambda s: Wish(body={"email": s.ann.email, "password": PASSWORD}),
    "GET /api/auth/me": lambda s: Wish(),
    "GET /api/me/streak": lambda s: Wish(),
    "GET /api/me/badges": lambda s: Wish(),
    "GET /api/me/referral": _referred,
    "GET /api/me/xp": lambda s: Wish(),
    "GET /api/me/notifications": lambda s: Wish(bad_query=_PAGED),
    "POST /api/me/notifications": lambda s: Wish(
        body={"markAllRead": True}, missing={"id": "ntf_" + "0" * 32}
    ),
    "GET /api/me/trades/export": lambda s: Wish(bad_query="from=yesterday"),
    "GET /api/me/preferences": lambda s: Wish(),
    "PATCH /api/me/preferences": lambda s: Wish(body={"bio": "Hello", "darkMode": True}),
    "POST /api/me/avatar": _avatar,
    "GET /api/me/trade-notes": _listed_notes,
    "POST /api/me/trade-notes": lambda s: Wish(
        body={"body": "a thought", "eventSlug": s.table.slug},
        missing={"body": "a thought", "eventSlug": NOTHING},
    ),
    "DELETE /api/me/trade-notes": lambda s: Wish(
        body={"id": s.note()}, missing={"id": "note_" + "0" * 32}
    ),
    "GET /api/watchlist": _listed_marks,
    "POST /api/watchlist": lambda s: Wish(body=s.unmarked(), missing={"eventSlug": NOTHING}),
    "DELETE /api/watchlist": lambda s: Wish(body=s.bookmark(), missing={"eventSlug": NOTHING}),
    "POST /api/follow/[userId]": lambda s: Wish((s.bob.username,), bad_ids=(s.ann.id,)),
    "DELETE /api/follow/[userId]": lambda s: Wish((s.bob.id,)),
    "GET /api/posts": lambda s: Wish(
        query=f"eventSlug={s.table.slug}",
        bad_query="limit=1",
        missing_query=f"eventSlug={NOTHING}",
    ),
    "POST /api/posts": lambda s: Wish(
        body={"eventSlug": s.table.slug, "body": "words"},
        missing={"eventSlug": NOTHING, "body": "words"},
    ),
    "POST /api/posts/[id]/like": lambda s: Wish((s.post,)),
    "GET /api/posts/[id]/comments": _thread,
    "POST /api/posts/[id]/comments": lambda s: Wish((s.post,), body={"body": "an answer"}),
    "POST /api/reports": lambda s: Wish(
        body={"targetType": "POST", "targetId": s.post, "reason": "spam"},
        missing={"targetType": "POST", "targetId": "pst_" + "0" * 32, "reason": "spam"},
    ),
    "GET /api/trending-users": _trending,
    "GET /api/cricket/live": lambda s: Wish(),
    "GET /api/flags": lambda s: Wish(),
}
"""How to ask for each row; `rows_topics.py` has those that need a scene of their own."""


def address(row: Row, ids: tuple[str, ...], query: str = "") -> str:
    """The row's path with its places filled."""
    path = row.path
    for id in ids:
        path = re.sub(r"\[\w+\]", id, path, count=1)
    return f"{path}?{query}" if query else path
