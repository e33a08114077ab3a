"""The view of markets: lists, the last day, texts, and the same again after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

import msgspec
import pytest
from sqlalchemy import Connection

from presage.catalog.markets import MARKET_TEXTS, MarketText
from presage.domain import commands as c
from presage.domain.orders import ASK, BID
from presage.feeds.cards import Card, MarketCard
from presage.feeds.indexes import FOREVER, EventFilter, MarketFilter
from presage.feeds.markets import Markets
from presage.feeds.printing import printed_market
from presage.feeds.texts import TextMemory
from presage.storage.reader import Reader
from presage.units import CONTRACT
from tests.feeds.kit import DAY, HOUR, MINUTE, NOON, Exchange, market_text


def bring(ex: Exchange, *cards: Card) -> None:
    asyncio.run(ex.markets.texts.bring(_reader(ex), cards))


def _reader(ex: Exchange) -> Reader:
    reader: object = ex
    assert hasattr(reader, "run")
    return reader  # type: ignore[return-value]


def card(ex: Exchange, number: int = 0) -> MarketCard:
    found = ex.markets.by_ticker(f"KXRAIN-1-{number}")
    assert found is not None
    return found


def printed(ex: Exchange, number: int = 0) -> dict[str, object]:
    one = card(ex, number)
    bring(ex, one)
    body: dict[str, object] = msgspec.json.decode(msgspec.json.encode(printed_market(one, ex.now)))
    return body


def trade(ex: Exchange, market: int, price: int, count: int = CONTRACT) -> None:
    ex.place(1, market, ASK, price, count)
    ex.place(2, market, BID, price, count)


def facets(view: Markets, now: int) -> list[object]:
    """Everything the view knows, without texts."""
    cards, _ = view.page(MarketFilter(), 1_000)
    skipped = {"event", "text", "edition", "piece", "piece_hour", "hours"}
    found: list[object] = [view.exchange_active, view.trading_active]
    for one in cards:
        values = {name: getattr(one, name) for name in one.__struct_fields__ if name not in skipped}
        series = one.event.series
        owner = (one.event.ticker, one.event.fee_type, one.event.words, series.volume)
        found.append((values, one.day_ago(now), owner, series.fee_type))
    return found


def busy(ex: Exchange, seed: int) -> None:
    """Two days of all that can happen to ten markets of three events."""
    random = Random(seed)
    markets = ex.set_up(6, timer=HOUR)
    for number in (2, 3):
        ex.do(c.CreateEvent(1, f"KXRAIN-{number}"))
        for name in "ab":
            close = ex.now + number * HOUR
            ticker = f"KXRAIN-{number}-{name}"
            markets.append(ex.add_market(ticker, number, open_at=ex.now + HOUR, close_at=close))
    for _ in range(60):
        ex.pass_time(random.choice((MINUTE, 10 * MINUTE, 2 * HOUR)))
        market = random.choice(markets)
        one = ex.markets.by_id(market)
        if one.status == "active" and random.random() < 0.8:
            trade(ex, market, 100 * random.randint(1, 99), random.randint(1, 500))
        elif one.status == "active":
            ex.do(random.choice((c.PauseMarket, c.CloseMarket))(market))
        elif one.status == "inactive":
            ex.do(c.CloseMarket(market))
        elif one.status == "closed":
            ex.do(c.DetermineMarket(market, random.choice((0, 2_500, 10_000))))
    ex.do(c.SetEventFees(2, "flat", 20_000))
    ex.do(c.SetSeriesFees(1, "quadratic_with_maker_fees", 5_000))
    ex.do(c.SetPause(True, False))


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_loads_what_was_folded(seed: int) -> None:
    with Exchange() as ex:
        busy(ex, seed)
        loaded, _ = ex.restarted()
        for later in (0, HOUR, 30 * HOUR):
            assert facets(loaded, ex.now + later) == facets(ex.markets, ex.now + later)


WANTED = [
    MarketFilter(),
    MarketFilter(word="open"),
    MarketFilter(word="closed"),
    MarketFilter(word="settled"),
    MarketFilter(among=(2, 3, 7)),
    MarketFilter(closing=(-FOREVER, NOON + 10 * HOUR)),
    MarketFilter(word="closed", closing=(NOON, FOREVER)),
    MarketFilter(settled=(NOON + HOUR, FOREVER)),
    MarketFilter(updated_since=NOON + 12 * HOUR),
    MarketFilter(created=(NOON, NOON)),
    MarketFilter(created=(NOON + 1, FOREVER)),
]


@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("seed", range(2))
def test_pages_hold_what_a_look_at_every_market_finds(wanted: MarketFilter, seed: int) -> None:
    with Exchange() as ex:
        busy(ex, seed)
        series, event = ex.markets.series("KXRAIN"), ex.markets.event("KXRAIN-1")
        for narrowed in (
            wanted,
            msgspec.structs.replace(wanted, series=series),
            msgspec.structs.replace(wanted, event=event),
        ):
            low, high = wanted.created or (0, FOREVER)
            expected = [
                one.ticker
                for number in range(10, 0, -1)
                if narrowed.admits(one := ex.markets.by_id(number))
                and low <= one.created_at <= high
                and (wanted.among is None or number in wanted.among)
            ]
            found, before = [], None
            while True:
                page, before = ex.markets.page(narrowed, 2, before)
                found += [one.ticker for one in page]
                if before is None:
                    break
            assert found == expected


def test_pages_stay_while_markets_arrive_and_change() -> None:
    with Exchange() as ex:
        ex.set_up(5)
        page, before = ex.markets.page(MarketFilter(word="open"), 2)
        ex.add_market("KXRAIN-1-5")
        ex.do(c.CloseMarket(page[-1].id))
        rest, last = ex.markets.page(MarketFilter(word="open"), 9, before)
    assert [one.ticker[-1] for one in page + rest] == ["4", "3", "2", "1", "0"]
    assert last is None


def test_events_are_found_by_what_their_markets_do() -> None:
    with Exchange() as ex:
        markets = ex.set_up(2)
        ex.do(c.CreateEvent(1, "KXRAIN-2"))
        ex.add_market("KXRAIN-2-a", 2, open_at=ex.now + HOUR, close_at=ex.now + 2 * HOUR)
        ex.do(c.CreateEvent(1, "KXRAIN-3"))
        ex.do(c.CloseMarket(markets[0]))

        def found(**terms: object) -> list[str]:
            wanted = msgspec.structs.replace(EventFilter(), **terms)
            return [event.ticker for event in ex.markets.events_page(wanted, 10)[0]]

        assert found() == ["KXRAIN-3", "KXRAIN-2", "KXRAIN-1"]
        assert found(word="open") == found(word="closed") == ["KXRAIN-1"]
        assert found(word="unopened") == ["KXRAIN-2"]
        assert found(closing_after=ex.now + DAY) == ["KXRAIN-1"]
        assert found(among=(1, 3)) == ["KXRAIN-3", "KXRAIN-1"]
        ex.pass_time(HOUR)
        assert found(word="open") == ["KXRAIN-2", "KXRAIN-1"]
        assert found(word="unopened") == []


def test_the_last_day_leaves_by_the_hour() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 3_000)
        ex.pass_time(20 * HOUR)
        trade(ex, market, 4_000, 2 * CONTRACT)
        ex.place(1, market, BID, 1_000, CONTRACT)
        now = printed(ex)
        assert (now["volume_24h_fp"], now["volume_fp"]) == ("3.00", "3.00")
        assert (now["previous_price_dollars"], now["previous_yes_ask_dollars"]) == ("0.0000",) * 2
        ex.pass_time(5 * HOUR)
        later = printed(ex)
        assert (later["volume_24h_fp"], later["volume_fp"]) == ("2.00", "3.00")
        assert later["previous_price_dollars"] == "0.3000"
        assert (later["previous_yes_bid_dollars"], later["previous_yes_ask_dollars"]) == (
            "0.0000",
            "1.0000",
        )
        ex.pass_time(21 * HOUR)
        quiet = printed(ex)
    assert (quiet["volume_24h_fp"], quiet["previous_price_dollars"]) == ("0.00", "0.4000")
    assert quiet["previous_yes_bid_dollars"] == "0.1000"


def test_a_market_is_encoded_again_only_when_it_changes() -> None:
    with Exchange() as ex:
        first, _ = ex.set_up(2)
        printed(ex, 0)
        printed(ex, 1)
        before = card(ex, 0).piece, card(ex, 1).piece
        ex.place(1, first, BID, 4_000, CONTRACT)
        printed(ex, 0)
        printed(ex, 1)
        assert card(ex, 0).piece != before[0]
        assert card(ex, 1).piece is before[1]


def test_no_quotes_mirror_yes_quotes() -> None:
    with Exchange() as ex:
        untouched, quoted = ex.set_up(2)
        ex.place(1, quoted, BID, 4_700, 3 * CONTRACT)
        never, once = printed(ex, 0), printed(ex, 1)
    names = ("yes_bid_dollars", "yes_ask_dollars", "no_bid_dollars", "no_ask_dollars")
    assert [never[name] for name in names] == ["0.0000", "0.0000", "1.0000", "1.0000"]
    assert [once[name] for name in names] == ["0.4700", "1.0000", "0.0000", "0.5300"]
    assert (once["yes_bid"], once["no_ask"], once["yes_bid_size_fp"]) == (47, 53, "3.00")
    assert untouched != quoted


@pytest.mark.parametrize(
    ("value", "result", "printed_value"),
    [(10_000, "yes", "1.0000"), (0, "no", "0.0000"), (2_500, "scalar", "0.2500")],
)
def test_an_outcome_is_printed_from_its_determination_on(
    value: int, result: str, printed_value: str
) -> None:
    with Exchange() as ex:
        (market,) = ex.set_up(timer=HOUR)
        open_ = printed(ex)
        text = msgspec.structs.replace(market_text("KXRAIN-1-0"), expiration_value="12 mm")
        MARKET_TEXTS.replace(ex.connection, text)
        ex.do(c.CloseMarket(market))
        ex.do(c.DetermineMarket(market, value))
        known = printed(ex)
        ex.pass_time(HOUR)
        paid = printed(ex)
    assert open_["result"] == open_["expiration_value"] == ""
    assert "settlement_value_dollars" not in open_
    assert (known["result"], known["settlement_value_dollars"]) == (result, printed_value)
    assert known["expiration_value"] == "12 mm", "the text is read anew when it is decided"
    assert "settlement_ts" not in known
    assert (paid["status"], paid["settlement_value_dollars"]) == ("finalized", printed_value)
    assert "settlement_ts" in paid


def test_a_void_market_has_neither_result_nor_value() -> None:
    with Exchange() as ex:
        (market,) = ex.set_up()
        trade(ex, market, 4_000)
        ex.do(c.VoidMarket(market))
        ex.pass_time(MINUTE)
        body = printed(ex)
    assert (body["status"], body["result"]) == ("finalized", "")
    assert "settlement_value_dollars" not in body


def test_a_rewritten_text_is_read_again() -> None:
    with Exchange() as ex:
        ex.set_up()
        assert printed(ex)["title"] == "Will it rain (KXRAIN-1-0)?"
        MARKET_TEXTS.replace(ex.connection, MarketText(ticker="KXRAIN-1-0", title="New"))
        ex.now += MINUTE
        ex.markets.rewritten(card(ex), ex.now)
        assert printed(ex)["title"] == "New"
        assert card(ex).updated_at == ex.now
        assert ex.markets.page(MarketFilter(updated_since=ex.now), 9)[0] == [card(ex)]


def test_a_text_rewritten_while_it_is_read_is_read_once_more() -> None:
    with Exchange() as ex:
        ex.set_up()
        looks = 0

        class Interrupted:
            async def run(self, query: Callable[[Connection], object]) -> object:
                nonlocal looks
                looks += 1
                found = await ex.run(query)
                if looks == 1:
                    newer = MarketText(ticker="KXRAIN-1-0", title="Newer")
                    MARKET_TEXTS.replace(ex.connection, newer)
                    ex.markets.rewritten(card(ex), ex.now)
                return found

        asyncio.run(ex.markets.texts.bring(Interrupted(), [card(ex)]))  # type: ignore[arg-type]
        text = card(ex).text
    assert text is not None
    assert (text.title, looks) == ("Newer", 2)


def test_texts_are_read_once_and_only_so_many_are_kept() -> None:
    with Exchange() as ex:
        ex.set_up(4)
        ex.markets.texts = TextMemory(limit=2)
        for number in (0, 0, 1, 2, 3):
            printed(ex, number)
        assert ex.queries == 4
        bring(ex)
        kept = [number for number in range(4) if card(ex, number).text is not None]
    assert kept == [2, 3]


def test_a_market_that_nobody_wrote_about_is_printed_without_words() -> None:
    with Exchange() as ex:
        ex.set_up()
        ex.do(c.CreateMarket(1, "KXRAIN-1-1", ex.now, ex.now + DAY))
        body = printed(ex, 1)
    assert (body["title"], body["rules_primary"], body["category"]) == (
        "",
        "",
        "Climate and Weather",
    )


def test_a_market_that_changes_while_texts_are_read_is_printed_as_it_stands() -> None:
    with Exchange() as ex:
        first, _ = ex.set_up(2)
        ex.get("/markets/KXRAIN-1-0")
        run = ex.run

        async def interrupted(query: Callable[[Connection], object]) -> object:
            ex.place(1, first, BID, 4_000, CONTRACT)
            return await run(query)

        ex.run = interrupted  # type: ignore[method-assign,assignment]
        page = ex.get("/markets")["markets"]
    assert [one["yes_bid_dollars"] for one in page] == ["0.0000", "0.4000"]
