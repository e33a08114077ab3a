"""The public book is what the engine's resting orders add up to, whatever happened before."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from presage.domain import commands as c
from presage.domain.ids import account_id
from presage.domain.orders import ASK, BID, IOC, MAKER
from presage.domain.rejects import Reject
from presage.feeds.books import Book, Books
from presage.feeds.printing import printed_book
from presage.units import CONTRACT, DOLLAR_PRICE, format_count, format_price
from tests.feeds.kit import HOUR, Exchange


def levels(book: Book) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return book.bids(), book.no_bids()


def put_up(book: Book) -> int:
    """The money of both sides, level by level."""
    return sum(price * count for side in levels(book) for price, count in side)


def naive(ex: Exchange, market: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Every resting order of the engine, added up."""
    sizes: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for order in ex.engine.state.orders.values():
        if order.market.id == market:
            price = order.price if order.side == BID else DOLLAR_PRICE - order.price
            sizes[order.side][price] = sizes[order.side].get(price, 0) + order.remaining
    return sorted(sizes[BID].items()), sorted(sizes[ASK].items())


def random_command(ex: Exchange, random: Random, markets: list[int]) -> c.Command:
    member, market = random.choice((1, 2)), random.choice(markets)
    price, count = 100 * random.randint(40, 60), random.randint(1, 500)
    resting = [o.id for o in ex.engine.state.orders.values() if o.account.member.id == member]
    kind = random.random()
    if kind < 0.6 or not resting:
        return c.PlaceOrder(
            account_id(member),
            market,
            random.choice((BID, ASK)),
            price,
            count,
            tif=random.choice((IOC, "good_till_canceled", "good_till_canceled")),
            stp=random.choice((MAKER, "taker_at_cross")),
            expires_at=random.choice((0, 0, ex.now + HOUR)),
        )
    order = random.choice(resting)
    if kind < 0.75:
        return c.CancelOrder(member, order)
    if kind < 0.85:
        return c.DecreaseOrder(member, order, by=count)
    if kind < 0.98:
        return c.AmendOrder(member, order, price, count)
    return c.CancelAll(member, market=market)


@pytest.mark.parametrize("seed", range(4))
def test_the_view_is_a_naive_fold_of_what_rests(seed: int) -> None:
    random = Random(seed)
    with Exchange() as ex:
        markets = ex.set_up(2)
        for _ in range(300):
            command = random_command(ex, random, markets)
            facts = ex.engine.execute(command, ex.seq + 1, ex.now)
            if isinstance(facts, Reject):
                continue
            ex.fold(facts, command)
            ex.pass_time(random.choice((0, 0, HOUR // 10)))
            for market in markets:
                book = ex.books.book(market)
                assert levels(book) == naive(ex, market), command
                assert book.put_up == put_up(book), command
        _, loaded = ex.restarted()
        for market in markets:
            assert levels(loaded.book(market)) == naive(ex, market), "after a restart"
            assert loaded.book(market).put_up == put_up(loaded.book(market))


def test_depth_keeps_the_best_and_the_best_is_last() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        for price in (4_000, 4_500, 4_700):
            ex.place(1, market, BID, price, CONTRACT)
        for price in (5_200, 5_500, 6_000):
            ex.place(1, market, ASK, price, 2 * CONTRACT)
        book = ex.books.book(market)
    assert book.bids(2) == [(4_500, 100), (4_700, 100)]
    assert book.no_bids(2) == [(4_500, 200), (4_800, 200)]
    assert book.size(ASK, 6_000) == 200
    assert len(book.bids(0)) == len(book.no_bids(99)) == 3


def test_a_book_says_which_entry_changed_it_last() -> None:
    with Exchange() as ex:
        first, second = ex.set_up(2)
        ex.place(1, first, BID, 4_000, CONTRACT)
        seq = ex.seq
        ex.place(1, second, BID, 4_000, CONTRACT)
        assert (ex.books.book(first).seq, ex.books.book(second).seq) == (seq, ex.seq)


def test_a_market_without_orders_has_an_empty_book() -> None:
    assert levels(Books().book(7)) == ([], [])


def shown(book: Book, depth: int = 0) -> object:
    return msgspec.json.decode(msgspec.json.encode(printed_book(book, depth)))["orderbook_fp"]


@pytest.mark.parametrize("seed", range(2))
def test_what_is_printed_is_the_book_as_it_stands(seed: int) -> None:
    random = Random(seed)
    with Exchange() as ex:
        (market,) = ex.set_up(1)
        for _ in range(100):
            command = random_command(ex, random, [market])
            facts = ex.engine.execute(command, ex.seq + 1, ex.now)
            if isinstance(facts, Reject):
                continue
            ex.fold(facts, command)
            book = ex.books.book(market)
            for depth in random.sample((0, 0, 1, 2), 2):
                sides = (book.bids(depth), book.no_bids(depth))
                texts = [[[format_price(p), format_count(c)] for p, c in side] for side in sides]
                assert shown(book, depth) == {"yes_dollars": texts[0], "no_dollars": texts[1]}


def test_a_book_is_encoded_again_only_when_it_changes() -> None:
    with Exchange() as ex:
        first, second = ex.set_up(2)
        ex.place(1, second, BID, 4_000, CONTRACT)
        before = printed_book(ex.books.book(second))
        ex.place(1, first, BID, 4_000, CONTRACT)
        assert printed_book(ex.books.book(second)) is before
        ex.place(1, second, BID, 4_000, CONTRACT)
        assert printed_book(ex.books.book(second)) is not before
