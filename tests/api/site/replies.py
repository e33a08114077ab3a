"""Which fields the specification gives to which part of which row's reply.

`REPLIES` says where they are written. A reply has all of them, and beyond them only what `ADDED`
names.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from tests.api.site.fields import Fields, after, named


class Told(NamedTuple):
    """`path` leads to the objects that have these fields, and perhaps `added` ones."""

    path: str
    fields: Callable[[], Fields]
    added: frozenset[str]


def _is(path: str, words: str, *parts: str) -> Told:
    return Told(path, partial(after, words, *parts), frozenset(ADDED.get(words, "").split()))


def _detailed() -> Fields:
    """An event's page."""
    return after("### 5.1 Event object") | named("Detail adds: ", "`priceHistory`")


def _listed_trade() -> Fields:
    found = after("### 6.3 Trade object", "trade")
    return {name: field for name, field in found.items() if name != "fills"}


_EVENT: Final = "### 5.1 Event object"
_OPTION: Final = "Option:\n```json"
_AWARD: Final = "StreakAward: `"
_NOTE: Final = "Note: `"
_WEBHOOK: Final = "### 12.1 Routes\n- GET → `"
_COPY: Final = "Relation: `"
_POST: Final = "- Post: `"
_COMMENT: Final = "Comments: GET → `"
_DELIVERY: Final = "Delivery log: `"
_CHALLENGE: Final = "- Object: `"
_CONTEST: Final = "- Tournament: `"
_SUGGESTION: Final = "### 16.1 Market suggestions\n`"
_TRADE: Final = "### 6.3 Trade object"
_ORDER: Final = "Order: `"
_POSITION: Final = "Position: `"
_FOLLOW: Final = "POST/DELETE → `"
_ME: Final = "Me =\n"
_DISPUTE: Final = "### 16.3 `POST /api/events/[id]/dispute` → 201 `"
_DEPOSIT: Final = "returnUrl?}` → 201 `"
_FLAGS: Final = "- `GET /api/flags` → `"
_LOG: Final = "adds the last 50 `"
_NOTICES: Final = "### 11.1 Notifications\nGET → `"
_PROFILE: Final = "### 13.4"
_PREFERENCES: Final = Told(
    "preferences", partial(named, "### 11.2 Preferences", "### 11.3"), frozenset()
)

ADDED: Final = {
    _OPTION: "normalizedProbBps",
    _ORDER: "source",
    _ME: "sessionId totpEnabled",
    _NOTICES: "count",
    _NOTE: "readable",
    _LOG: "relationId optionId",
    _PROFILE: "roleBadge recentTrades",
    _POST: "bodyHtml locked pinned optionId",
    _COMMENT: "bodyHtml editedAt",
    _CHALLENGE: "id createdAt creatorPayoutCents opponentPayoutCents",
    _DISPUTE: "round decisionNote decidedAt",
    _CONTEST: "id settleGraceHours",
    _DEPOSIT: "note expiresAt decidedAt",
    _FLAGS: "obscureCreatorIds userInvites",
}
"""What objects have beyond the specification, which says that fields may be added."""

REPLIES_ADDED: Final[dict[str, tuple[Told, ...]]] = {
    "PATCH /api/me/webhooks/[id]": (_is("webhook", _WEBHOOK, "webhooks"),),
    "POST /api/me/webhooks/[id]/rotate-secret": (_is("webhook", _WEBHOOK, "webhooks"),),
    "GET /api/me/webhooks/[id]/deliveries": (_is("deliveries[]", _DELIVERY),),
    "POST /api/me/webhooks/[id]/test": (_is("delivery", _DELIVERY),),
    "POST /api/me/webhooks/[id]/deliveries/[deliveryId]/redeliver": (_is("delivery", _DELIVERY),),
    "PATCH /api/posts/[id]": (_is("post", _POST),),
    "PATCH /api/comments/[id]": (_is("comment", _COMMENT, "comments"),),
    "DELETE /api/challenges/[code]": (_is("challenge", _CHALLENGE),),
    "GET /api/deposits": (_is("deposits[]", _DEPOSIT, "deposit"),),
}
"""The same for rows of the second table whose objects the specification spells out."""

BESIDE: Final = {
    "GET /api/orderbook/[optionId]": {"eventSlug"},
    "GET /api/positions": {"nextCursor"},
    "POST /api/auth/register": {"expiresAt"},
    "GET /api/copy-trader": {"enabled", "leading", "nextCursor"},
    "GET /api/market-suggestions": {"enabled"},
}
"""Members of replies that the specification's table of rows does not name, though partly its text
does."""

ELSEWHERE: Final = {
    "keyId": "for callers with a key; others have `sessionId`",
    "role": "the specification's words are `role badge`",
}
"""Names that the specification's lists hold and some replies do not."""

UNSEEN: Final = {
    ".articles": "test_outside.py compares the whole of them",
    ".summary": "test_outside.py as well",
    ".matches": "test_outside.py as well",
    ".stats.calibration": "test_rankings.py, which settles enough for it",
}
"""What the walk does not bring about, and where it is looked at."""

REPLIES: Final[dict[str, tuple[Told, ...]]] = {
    "GET /api/events": (_is("events[]", _EVENT), _is("events[].options[]", _OPTION)),
    "GET /api/events/[slug]": (
        Told("event", _detailed, frozenset()),
        _is("event.options[]", _OPTION),
        _is("priceHistory[]", "`priceHistory`: `["),
    ),
    "GET /api/events/by-slug/[slug]": (_is("", "### 5.4"),),
    "GET /api/events/by-slug/[slug]/news": (_is("", "Answer: `"),),
    "GET /api/events/by-slug/[slug]/sponsor": (
        _is("", "- Sponsor: `"),
        _is("sponsor", "- Sponsor: `", "sponsor"),
    ),
    "GET /api/orderbook/[optionId]": (_is("", "### 5.5"),),
    "GET /api/leaderboard": (_is("", "## 18. Leaderboard"),),
    "POST /api/trades": (_is("", _TRADE), _is("position", _POSITION)),
    "GET /api/trades": (Told("trades[]", _listed_trade, frozenset()),),
    "POST /api/limit-orders": (_is("order", _ORDER), _is("position", _POSITION)),
    "GET /api/limit-orders": (_is("orders[]", _ORDER),),
    "DELETE /api/limit-orders/[id]": (_is("order", _ORDER),),
    "GET /api/positions": (_is("positions[]", _POSITION), _is("summary", "Summary: `")),
    "POST /api/positions/[id]/protections": (
        _is("protections", "TRIGGERED, CANCELLED. Object: `"),
    ),
    "POST /api/auth/register": (_is("user", _ME), _is("streak", _AWARD)),
    "POST /api/auth/login": (_is("user", _ME), _is("streak", _AWARD)),
    "GET /api/auth/me": (_is("user", _ME),),
    "GET /api/me/streak": (_is("", "`GET /api/me/streak` → `"),),
    "GET /api/me/badges": (
        _is("", "### 10.3 Badges"),
        _is("earned[]", "Badge: `"),
        _is("locked[]", "Badge: `"),
    ),
    "GET /api/me/referral": (_is("", "### 10.4 Referral"),),
    "GET /api/me/xp": (_is("", "`GET /api/me/xp` → `"),),
    "GET /api/me/notifications": (_is("", _NOTICES),),
    "POST /api/me/notifications": (_is("", "or `{id}` → `"),),
    "GET /api/me/preferences": (_PREFERENCES,),
    "PATCH /api/me/preferences": (_PREFERENCES,),
    "POST /api/me/avatar": (_is("", "### 11.3 Avatar — POST → 200 `"),),
    "GET /api/me/trade-notes": (_is("notes[]", _NOTE),),
    "POST /api/me/trade-notes": (_is("note", _NOTE),),
    "GET /api/me/webhooks": (_is("", _WEBHOOK),),
    "POST /api/me/webhooks": (_is("webhook", _WEBHOOK, "webhooks"),),
    "DELETE /api/me/webhooks": (_is("", "- DELETE `?id=` or body `{id}` → `"),),
    "GET /api/watchlist": (
        _is("", "### 13.1 Watchlist\nGET → `"),
        _is("items[].event", _EVENT),
    ),
    "POST /api/watchlist": (_is("item", "### 13.1 Watchlist\nGET → `", "items"),),
    "POST /api/follow/[userId]": (_is("", _FOLLOW),),
    "DELETE /api/follow/[userId]": (_is("", _FOLLOW),),
    "GET /api/copy-trader": (
        _is("relations[]", _COPY),
        _is("log[]", _LOG),
        _is("totals", "relations[], log[]?, totals"),
    ),
    "POST /api/copy-trader": (_is("relation", _COPY),),
    "DELETE /api/copy-trader": (_is("relation", _COPY),),
    "GET /api/users/[username]": (_is("", _PROFILE), _is("recentPosts[]", _POST)),
    "GET /api/posts": (_is("posts[]", _POST),),
    "POST /api/posts": (_is("post", _POST),),
    "POST /api/posts/[id]/like": (_is("", "- Like: toggle, `"),),
    "GET /api/posts/[id]/comments": (_is("", _COMMENT),),
    "POST /api/posts/[id]/comments": (_is("comment", _COMMENT, "comments"),),
    "POST /api/reports": (_is("", "- Reports: 201 `"),),
    "GET /api/trending-users": (_is("users[]", "- Trending: `", "users"),),
    "GET /api/challenges": (_is("challenges[]", _CHALLENGE),),
    "POST /api/challenges": (_is("challenge", _CHALLENGE),),
    "POST /api/challenges/[code]/accept": (_is("challenge", _CHALLENGE),),
    "GET /api/market-suggestions": (_is("suggestions[]", _SUGGESTION, "suggestion"),),
    "POST /api/market-suggestions": (
        _is("suggestion", _SUGGESTION, "suggestion"),
        _is("similar[]", "(`similar:["),
    ),
    "POST /api/events/[id]/dispute": (
        _is("dispute", _DISPUTE, "dispute"),
        _is("event", "| dispute, event"),
    ),
    "GET /api/tournaments": (_is("tournaments[]", _CONTEST),),
    "GET /api/tournaments/[slug]": (
        _is("tournament", _CONTEST),
        _is("", "`GET /[slug]` → `"),
    ),
    "POST /api/tournaments/[slug]/join": (
        _is("entry", "- Join (201 `", "entry"),
        _is("tournament", _CONTEST),
    ),
    "GET /api/cricket/live": (_is("", "`LiveSportsProvider.live() -> [Match]`"),),
    "POST /api/deposits": (_is("", _DEPOSIT),),
    "GET /api/payment-gateways": (
        _is("", "`GET /api/payment-gateways?mode=deposit|withdrawal` → `"),
    ),
    "GET /api/flags": (_is("", _FLAGS),),
}
