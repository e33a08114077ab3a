"""Members of the site: how they are let in, and what one of them does all day.

A member asks, waits for the answer, reads it for a while and asks again: events, an event's page,
an order book, the positions, the leaderboard, notices, posts; now and then it trades, places a
limit order and cancels it, writes a post or likes one. Each comes from an address of its own, as
members do, so that the limits can stay as they are.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

import msgspec

from bench.client import Client, connect
from bench.requests import plain
from bench.world import member, submit_all
from presage.api.site.auth import SESSION_PREFIX
from presage.app.build import Running, wall_clock
from presage.identity import bearer_keys, members, sessions
from presage.identity.bearer_keys import DEFAULT_SCOPES, SHOWN, BearerKey
from presage.identity.members import Member
from presage.identity.secrets import new_api_key, new_token
from presage.identity.sessions import TOKEN_LIFE, Session
from presage.identity.uuids import uuid7

THINKS: Final = 4.0
"""Seconds that a member reads an answer, on average."""
PORTION: Final = 50
"""Members whom one submission lets in."""
NO_TAKERS: Final = frozenset({"no_fill", "not_enough_liquidity"})
"""What a trade may be refused for: the book is what others leave of it."""
GONE: Final = frozenset({"order_not_open"})
"""The same for a cancellation: the order was taken."""


class Option(NamedTuple):
    """Something to trade: its id, and the slug of its event."""

    id: str
    slug: str


async def let_members_in(running: Running, first: int, count: int) -> list[str]:
    """Members `first` and on with money, and the Bearer token of each: every second has a key, the
    others a session. They are rows, not registrations, so that no password has to be hashed."""
    numbers = range(first, first + count)
    wishes = (wish for number in numbers for wish in member(number))
    await submit_all(running.services.gateway, wishes)
    digest, at, tokens = running.services.site.sealer.digest, wall_clock(), list[str]()

    def credential(connection: Any, number: int) -> None:
        if number % 2:
            tokens.append(new_api_key())
            start, kept = tokens[-1][:SHOWN], digest(tokens[-1])
            key = BearerKey(uuid7(at), number, "bench", kept, start, DEFAULT_SCOPES, at)
            bearer_keys.add(connection, key)
        else:
            tokens.append(SESSION_PREFIX + new_token())
            kept, end = digest(tokens[-1]), at + TOKEN_LIFE
            sessions.add(
                connection, Session(uuid7(at), number, kept, "token", at, at, end, "", "bench")
            )

    def rows(some: range, connection: Any) -> None:
        for number in some:
            name = f"reader {number}"
            row = Member(uuid7(at), number, "member", name, "active", "basic", at)
            members.add(connection, row)
            credential(connection, number)

    for begin in range(0, count, PORTION):
        await running.services.gateway.submit(None, partial(rows, numbers[begin : begin + PORTION]))
    return tokens


class Heard:
    """What all members together were answered: `seconds` by what was asked, and the answers that
    nobody should get."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.refused: dict[str, int] = defaultdict(int)
        self.wrong: dict[str, int] = defaultdict(int)

    @property
    def answers(self) -> int:
        """How many there were."""
        return sum(map(len, self.seconds.values()))


class Reader:
    """One member at its screen."""

    def __init__(
        self, client: Client, token: str, options: list[Option], heard: Heard, draw: random.Random
    ) -> None:
        self._client = client
        self._headers = f"authorization: Bearer {token}\r\n"
        self._options, self._heard, self._draw = options, heard, draw
        self._orders: list[str] = []
        self._posts: list[str] = []
        self._said = 0

    async def run(self, until: float) -> None:
        """Ask and read, until `until` (by `time.perf_counter`)."""
        await asyncio.sleep(self._draw.random() * THINKS)
        while time.perf_counter() < until:
            await self.step()
            await asyncio.sleep(self._draw.uniform(0.5, 1.5) * THINKS)

    async def step(self) -> None:
        """One request."""
        (do,) = self._draw.choices(_ACTIONS, _WEIGHTS)
        await do(self)

    async def _ask(
        self,
        what: str,
        line: str,
        body: object = None,
        good: int = 200,
        may_be: frozenset[str] = frozenset(),
    ) -> bytes | None:
        """An answer's body; None when it is a refusal."""
        method, _, path = line.partition(" ")
        started = time.perf_counter()
        answer = await self._client.ask(plain(method, path, body, self._headers))
        heard = self._heard
        heard.seconds[what].append(time.perf_counter() - started)
        if answer.status == good:
            return answer.body
        if answer.status == 409 and _code(answer.body) in may_be:
            heard.refused[f"{what}: {_code(answer.body)}"] += 1
        else:
            said = answer.body[:120].decode(errors="replace")
            heard.wrong[f"{what}: {answer.status} {said}"] += 1
        return None

    async def events(self) -> None:
        """The first page of events, sorted in some way."""
        sort = self._draw.choice(("", "?sort=newest", "?sort=volume", "?sort=closing"))
        await self._ask("events", f"GET /api/events{sort}")

    async def event(self) -> None:
        """An event's page."""
        await self._ask("event", f"GET /api/events/{self._option().slug}")

    async def book(self) -> None:
        """An order book."""
        await self._ask("order book", f"GET /api/orderbook/{self._option().id}")

    async def positions(self) -> None:
        """What it holds."""
        await self._ask("positions", "GET /api/positions")

    async def leaders(self) -> None:
        """Who is first."""
        window = self._draw.choice(("day", "week", "month", "all"))
        await self._ask("leaderboard", f"GET /api/leaderboard?window={window}")

    async def notices(self) -> None:
        """What it is told."""
        await self._ask("notifications", "GET /api/me/notifications")

    async def posts(self) -> None:
        """What others say about an event."""
        body = await self._ask("posts", f"GET /api/posts?eventSlug={self._option().slug}")
        if body is not None:
            self._posts = [one["id"] for one in msgspec.json.decode(body)["posts"]] or self._posts

    async def trade(self) -> None:
        """Buy a contract at once, whatever it costs."""
        wish = {"action": "BUY", "quantity": 1, "priceCents": 99} | self._side()
        await self._ask("trade", "POST /api/trades", wish, 201, NO_TAKERS)

    async def order(self) -> None:
        """Place a limit order far from the market; with three open ones, cancel one."""
        if len(self._orders) > 2:
            await self.cancel()
            return
        wish = {"action": "BUY", "quantity": 1, "limitPriceCents": 1} | self._side()
        body = await self._ask("limit order", "POST /api/limit-orders", wish, 201)
        if body is not None:
            self._orders.append(msgspec.json.decode(body)["order"]["id"])

    async def cancel(self) -> None:
        """Cancel its oldest limit order."""
        if self._orders:
            order = self._orders.pop(0)
            await self._ask("cancel", f"DELETE /api/limit-orders/{order}", may_be=GONE)
        else:
            await self.order()

    async def post(self) -> None:
        """Say something, never the same twice."""
        self._said += 1
        said = f"My reading number {self._said} is {self._draw.randrange(10**9)}."
        body = {"eventSlug": self._option().slug, "body": said}
        await self._ask("post", "POST /api/posts", body, 201)

    async def like(self) -> None:
        """Like, or not any more, what was read last."""
        if self._posts:
            await self._ask("like", f"POST /api/posts/{self._draw.choice(self._posts)}/like")
        else:
            await self.posts()

    def close(self) -> None:
        """Leave."""
        self._client.close()

    def _option(self) -> Option:
        return self._draw.choice(self._options)

    def _side(self) -> dict[str, object]:
        return {"optionId": self._option().id, "side": self._draw.choice(("YES", "NO"))}


_MIX: Final[tuple[tuple[Callable[[Reader], Any], int], ...]] = (
    (Reader.events, 18),
    (Reader.event, 20),
    (Reader.book, 18),
    (Reader.positions, 10),
    (Reader.leaders, 4),
    (Reader.notices, 8),
    (Reader.posts, 7),
    (Reader.trade, 5),
    (Reader.order, 4),
    (Reader.cancel, 3),
    (Reader.post, 1),
    (Reader.like, 2),
)
"""Of a hundred requests."""
_ACTIONS: Final = [do for do, _ in _MIX]
_WEIGHTS: Final = [weight for _, weight in _MIX]


async def seated(port: int, tokens: list[str], options: list[Option], heard: Heard) -> list[Reader]:
    """All members, connected, each from an address of its own."""
    found = []
    for number, token in enumerate(tokens):
        client = await connect(port, address(number))
        found.append(Reader(client, token, options, heard, random.Random(number)))
    return found


def address(number: int) -> str:
    """An address of the loopback that only this member has."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


def _code(body: bytes) -> object:
    try:
        return msgspec.json.decode(body).get("code")
    except (msgspec.DecodeError, AttributeError):
        return None
