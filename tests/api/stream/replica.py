"""Clients that keep books by what they are told, and random trading for them to follow."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Final

from presage.domain import commands as c
from presage.domain.facts import OrderPlaced
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID, FOK, GTC, IOC
from presage.domain.rejects import Reject
from presage.units import CONTRACT
from tests.api.stream.kit import Client, Floor

MEMBERS: Final = (1, 2)
KEPT_ORDERS: Final = 40

Levels = dict[str, int]
Book = dict[str, Levels]
"""Side -> price -> contracts."""
Shown = dict[str, Book]
"""Ticker -> book, as REST shows it."""


class Traffic:
    """Orders of two members in a few markets, around the same prices."""

    def __init__(self, floor: Floor, random: Random, tickers: Sequence[str]) -> None:
        self._floor = floor
        self._random = random
        self._tickers = tickers
        cards = [floor.markets.by_ticker(ticker) for ticker in tickers]
        self._markets = [card.id for card in cards if card is not None]
        self._shown = {ticker: rest_book(floor, ticker) for ticker in tickers}
        self._live: list[tuple[int, int]] = []

    def step(self) -> Shown:
        """One command, and the books that REST shows after it."""
        floor, wish = self._floor, self._wish()
        facts = floor.engine.execute(wish, floor.seq + 1, floor.now)
        if not isinstance(facts, Reject):
            floor.fold(facts, wish)
            placed = (fact for fact in facts if isinstance(fact, OrderPlaced))
            self._live += [(fact.account >> 12, fact.order) for fact in placed]
            self._live = self._live[-KEPT_ORDERS:]
            touched = {getattr(fact, "market", 0) for fact in facts}
            for ticker, market in zip(self._tickers, self._markets, strict=True):
                if market in touched:
                    self._shown = self._shown | {ticker: rest_book(floor, ticker)}
        return self._shown

    def _wish(self) -> c.Command:
        random, live = self._random, self._live
        price, count = 100 * random.randint(40, 60), CONTRACT * random.randint(1, 5)
        kind = random.random()
        if live and kind < 0.25:
            return c.CancelOrder(*random.choice(live))
        if live and kind < 0.35:
            return c.DecreaseOrder(*random.choice(live), by=CONTRACT)
        if live and kind < 0.5:
            return c.AmendOrder(*random.choice(live), price=price, count=count)
        return c.PlaceOrder(
            account_id(random.choice(MEMBERS)),
            random.choice(self._markets),
            random.choice([BID, ASK]),
            price,
            count,
            random.choice([GTC, GTC, GTC, IOC, FOK]),
            stp=random.choice(["maker", "taker_at_cross"]),
        )


def rest_book(floor: Floor, ticker: str) -> Book:
    """A book as REST shows it now."""
    found = floor.get(f"/markets/{ticker}/orderbook")["orderbook_fp"]
    return {
        side: {price: _count(n) for price, n in found[f"{side}_dollars"]} for side in ("yes", "no")
    }


class Gap(Exception):
    """A number is missing: something was not heard."""


class Replica:
    """Knows the books of `wanted`, and the number of the last message. `sid` is its own."""

    def __init__(self, client: Client, *tickers: str, yes_price: bool = False) -> None:
        client.checked = False
        self.client = client
        self.yes_price = yes_price
        self.messages = 0
        self.wanted = set(tickers)
        self.subscribe()

    def subscribe(self) -> None:
        """Begin anew, with nothing known."""
        self.seq = self.sid = 0
        self.books: Shown = {}
        replies = self.client.ask(
            "subscribe",
            channels=["orderbook_delta"],
            market_tickers=sorted(self.wanted),
            use_yes_price=self.yes_price,
        )
        self.sid = replies[0]["msg"]["sid"]
        self.hear(replies)

    def hear(self, messages: Sequence[Any]) -> None:
        for message in messages:
            self._take(message)

    def follow(self, messages: Sequence[Any], shown: Sequence[Shown]) -> None:
        """As `hear`; of each market every book that was shown must be met, one after the other."""
        met = dict.fromkeys(self.wanted, 0)
        self._meet(shown, met)
        for message in messages:
            self._take(message)
            self._meet(shown, met)
        assert set(met.values()) <= {len(shown)}, "a book that REST showed was never met"

    def _meet(self, shown: Sequence[Shown], met: dict[str, int]) -> None:
        for ticker, count in met.items():
            while count < len(shown) and self.books[ticker] == self._spelled(shown[count][ticker]):
                count += 1
            met[ticker] = count

    def _take(self, message: Any) -> None:
        if message.get("sid") == self.sid and "seq" in message:
            self.messages += 1
            if message["seq"] != self.seq + 1:
                raise Gap
            self.seq += 1
        msg = message.get("msg")
        if message["type"] == "orderbook_snapshot":
            self.books[msg["market_ticker"]] = {
                side: {price: _count(n) for price, n in msg.get(f"{side}_dollars_fp", [])}
                for side in ("yes", "no")
            }
        elif message["type"] == "orderbook_delta":
            self._change(msg)

    def _change(self, msg: dict[str, Any]) -> None:
        book = self.books[msg["market_ticker"]][msg["side"]]
        left = book.get(msg["price_dollars"], 0) + _count(msg["delta_fp"])
        assert left >= 0
        if left:
            book[msg["price_dollars"]] = left
        else:
            del book[msg["price_dollars"]]

    def check(self, shown: Shown) -> None:
        for ticker in self.wanted:
            assert self.books[ticker] == self._spelled(shown[ticker])

    def _spelled(self, book: Book) -> Book:
        if not self.yes_price:
            return book
        return {"yes": book["yes"], "no": {_flipped(price): n for price, n in book["no"].items()}}

    def act(self, random: Random, tickers: Sequence[str]) -> None:
        """Want another market, or one less, or a snapshot."""
        ticker = random.choice(tickers)
        action = random.choice(["add_markets", "delete_markets", "get_snapshot"])
        replies = self.client.ask(
            "update_subscription", sid=self.sid, action=action, market_tickers=[ticker]
        )
        if action == "add_markets":
            self.wanted.add(ticker)
        elif action == "delete_markets":
            self.wanted.discard(ticker)
        self.hear(replies)


def _count(text: str) -> int:
    return int(text.replace(".", ""))


def _flipped(price: str) -> str:
    return f"0.{10_000 - int(price[2:]):04d}"
