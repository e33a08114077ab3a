"""Lists, pages, prices and books of events, as requests."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from presage.units import SECOND
from tests.api.asking import Answer
from tests.api.site.world import World, code_of

DAY = 86_400 * SECOND
_NUMBERS = itertools.count(1)


def make(world: World, title: str, **market: Any) -> str:
    """An event with one market; the market's ticker."""
    ticker = f"EV{next(_NUMBERS)}"
    event = {"title": title, **market.pop("event", {})}
    return world.list_market(ticker, event=event, **market)


def get(world: World, target: str) -> Any:
    answer = world.send("GET", f"/api/{target}")
    assert answer.status == 200, answer.body
    return answer.json


def slugs(world: World, query: str) -> list[str]:
    return [event["slug"] for event in get(world, f"events?{query}")["events"]]


def restart(world: World) -> None:
    """The same exchange in another process, with the same clock."""
    world.close()
    World.__init__(world, world.data, world.now)


def trade(world: World, ticker: str, price: str, count: str = "10.00") -> None:
    world.order(world.one, ticker, "ask", price, count)
    world.order(world.two, ticker, "bid", price, count)


def test_an_event_is_listed_with_its_options(world: World) -> None:
    ticker = make(world, "Shown whole", event={"sub_title": "In short"})
    world.order(world.one, ticker, "bid", "0.3300", "5.00")
    world.order(world.two, ticker, "ask", "0.3500", "7.00")
    world.order(world.two, ticker, "bid", "0.3500", "7.00")  # its own: cancelled
    event = get(world, "events?q=shown%20whole")["events"][0]
    assert event["id"].startswith("evt_")
    assert (event["slug"], event["title"]) == ("shown-whole", "Shown whole")
    assert event["subtitle"] == "In short"
    assert event["eventTicker"] == f"{ticker}-E"
    assert event["seriesTicker"] == f"{ticker}-S"
    assert (event["status"], event["featured"]) == ("OPEN", False)
    assert event["liquidityCents"] == 5 * 33 + 7 * 65
    (option,) = event["options"]
    assert option["id"].startswith("opt_")
    quotes = [option[f"{name}Cents"] for name in ("yesBid", "yesAsk", "noBid", "noAsk")]
    assert quotes == [33, 35, 65, 67]
    assert (option["probBps"], option["markSource"]) == (3_400, "MID")
    assert option["lastPriceCents"] is None
    assert (option["tickCents"], option["fractional"]) == (1, False)
    assert option["normalizedProbBps"] is None


def test_an_option_without_quotes_says_so(world: World) -> None:
    make(world, "Nobody quotes")
    (option,) = get(world, "events/nobody-quotes")["event"]["options"]
    for name in ("yesBid", "yesAsk", "noBid", "noAsk", "lastPrice"):
        assert option[f"{name}Cents"] is None
    assert (option["probBps"], option["markSource"]) == (None, None)


def test_an_only_option_loses_its_name_to_a_second_one(world: World) -> None:
    first = make(world, "Not alone")

    def labels() -> list[str]:
        return [one["label"] for one in get(world, "events/not-alone")["event"]["options"]]

    assert labels() == ["Yes"]
    world.add_market(f"{first}-B", f"{first}-E", yes_sub_title="B")
    assert labels()[1:] == ["B"]
    assert labels()[0] != "Yes"


def test_the_mark_is_the_middle_of_close_quotes_else_the_last_trade(world: World) -> None:
    ticker = make(world, "Marked")

    def seen() -> tuple[Any, Any]:
        (option,) = get(world, "events/marked")["event"]["options"]
        return option["probBps"], option["markSource"]

    trade(world, ticker, "0.5000")
    assert seen() == (5_000, "LAST")
    low = world.order(world.one, ticker, "bid", "0.2000")
    assert seen() == (5_000, "LAST")
    world.order(world.two, ticker, "ask", "0.4000")
    assert seen() == (4_000, "LAST")  # as far as the quotes allow
    world.order(world.one, ticker, "bid", "0.3000")
    assert seen() == (3_500, "MID")
    assert low


def test_probabilities_of_exclusive_outcomes_add_up(world: World) -> None:
    first = make(
        world,
        "One of three",
        yes_sub_title="A",
        event={"mutually_exclusive": True, "collateral_return_type": "MECNET"},
    )
    event = f"{first}-E"
    tickers = [first, *(world.add_market(f"{first}-{x}", event, yes_sub_title=x) for x in "BCD")]
    for ticker, price in zip(tickers, ("0.5000", "0.3000", "0.3000"), strict=False):
        trade(world, ticker, price)
    options = get(world, "events/one-of-three")["event"]["options"]
    assert [one["label"] for one in options] == ["A", "B", "C", "D"]
    normal = [one["normalizedProbBps"] for one in options]
    assert normal == [4_546, 2_727, 2_727, None]
    assert sum(filter(None, normal)) == 10_000


def test_every_word_must_begin_a_word_of_the_event(world: World) -> None:
    make(world, "Überschwemmung im Rheinland", yes_sub_title="Köln unter Wasser")
    make(world, "Rheinland wins")
    assert slugs(world, "q=rheinl") == ["rheinland-wins", "uberschwemmung-im-rheinland"]
    for asked in ("uberSCHW", "%C3%9CBER%20rhein", "rhein%20koln", "WASSER%20im"):
        assert slugs(world, f"q={asked}") == ["uberschwemmung-im-rheinland"], asked
    for asked in ("rheinland%20berlin", "schwemmung", "...", "%25", "%22%27"):
        assert slugs(world, f"q={asked}") == []


def test_what_stands_in_the_title_comes_first(world: World) -> None:
    make(world, "Zebra crossing", yes_sub_title="Quagga")
    make(world, "Quagga returns", yes_sub_title="Zebra")
    assert slugs(world, "q=zebra") == ["zebra-crossing", "quagga-returns"]
    assert slugs(world, "q=quagga") == ["quagga-returns", "zebra-crossing"]
    assert slugs(world, "q=zebra&sort=newest") == ["quagga-returns", "zebra-crossing"]


def test_lists_filter_by_category(world: World) -> None:
    make(world, "Categorical", event={"category": "Climate and Weather"})
    assert slugs(world, "category=climate-and-weather") == ["categorical"]
    assert slugs(world, "category=CLIMATE-and-weather&q=cat") == ["categorical"]
    assert slugs(world, "category=climate") == []
    event = get(world, "events/categorical")["event"]
    assert event["category"] == {"slug": "climate-and-weather", "name": "Climate and Weather"}


def test_lists_filter_by_status(world: World) -> None:
    make(world, "Stage open")
    paused = make(world, "Stage paused")
    closed = make(world, "Stage closed", can_close_early=True)
    settled = make(world, "Stage settled", can_close_early=True)
    make(
        world, "Stage upcoming", open_time="2100-01-01T00:00:00Z", close_time="2101-01-01T00:00:00Z"
    )
    voided = make(world, "Stage voided", can_close_early=True)
    world.admin("POST", f"/markets/{paused}/pause")
    world.admin("POST", f"/markets/{closed}/close")
    world.admin("POST", f"/markets/{settled}/settle", result="yes")
    world.admin("POST", f"/markets/{voided}/close")
    world.admin("POST", f"/markets/{voided}/void")
    names = {"open": ["paused", "open"], "closed": ["closed"], "resolved": ["voided", "settled"]}
    for status, wanted in names.items():
        found = slugs(world, f"q=stage&sort=newest&status={status}")
        assert found == [f"stage-{name}" for name in wanted]
    assert slugs(world, "q=stage&sort=newest") == ["stage-paused", "stage-open"]
    shown = {
        event["slug"]: event["status"]
        for event in get(world, "events?q=stage&status=ALL")["events"]
    }
    assert shown == {
        f"stage-{name}": name.upper() for name in ("open", "paused", "closed", "upcoming", "voided")
    } | {"stage-settled": "RESOLVED"}
    event = get(world, "events/stage-settled")["event"]
    (option,) = event["options"]
    assert (option["result"], option["settlementValueCents"]) == ("YES", 100)
    assert (option["probBps"], option["markSource"]) == (10_000, "SETTLED")
    assert event["resolvedAt"] is not None
    assert event["resolution"]["outcomes"][0]["result"] == "YES"
    (option,) = get(world, "events/stage-voided")["event"]["options"]
    assert (option["result"], option["settlementValueCents"]) == ("VOID", None)


def test_lists_sort(world: World) -> None:
    late = make(world, "Sorted late", close_time="2027-03-01T00:00:00Z")
    soon = make(world, "Sorted soon")
    middle = make(world, "Sorted middle", close_time="2027-01-01T00:00:00Z")
    trade(world, late, "0.5000", "30.00")
    world.now += 20 * 3_600 * SECOND
    trade(world, middle, "0.5000", "10.00")
    assert late
    assert soon
    for sort, wanted in {
        "newest": "middle soon late",
        "closing": "soon middle late",
        "volume": "late middle soon",
        "trending": "middle late soon",
    }.items():
        found = slugs(world, f"q=sorted&sort={sort}")
        assert found == [f"sorted-{name}" for name in wanted.split()], sort


def test_pages_join_to_the_whole_list(world: World) -> None:
    for number in range(7):
        make(world, f"Paged {number}")
    cursor = ""
    for sort in ("", "&sort=newest", "&sort=closing", "&sort=volume", "&sort=trending"):
        whole = slugs(world, f"q=paged{sort}")
        assert len(whole) == 7
        found, cursor = [], ""
        while True:
            page = get(world, f"events?q=paged{sort}&limit=3{cursor}")
            found += [event["slug"] for event in page["events"]]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert found == whole
    other = world.send("GET", f"/api/events?q=other&limit=3{cursor}")
    assert code_of(other) == (400, "bad_cursor")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("featured=2", "featured"),
        ("status=draft", "status"),
        ("sort=price", "sort"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("q=" + "x" * 101, "q"),
        ("cursor=nonsense", "cursor"),
    ],
)
def test_a_question_that_cannot_be(world: World, query: str, field: str) -> None:
    answer = world.send("GET", f"/api/events?{query}")
    assert answer.status == 400, answer.body
    assert answer.json["details"][0]["field"] == field


def test_volume_is_money_and_contracts_and_traders(world: World) -> None:
    ticker = make(world, "Counted")
    trade(world, ticker, "0.4000", "10.00")
    trade(world, ticker, "0.6000", "5.00")
    event = get(world, "events/counted")["event"]
    assert (event["volumeContracts"], event["volumeCents"]) == (15, 10 * 40 + 5 * 60)
    assert event["volume24hCents"] == 700
    assert (event["openInterest"], event["traderCount"]) == (15, 2)
    assert event["options"][0]["change24hBps"] is None
    restart(world)
    assert get(world, "events/counted")["event"] == event
    world.now += 26 * 3_600 * SECOND
    event = get(world, "events/counted")["event"]
    assert (event["volumeCents"], event["volume24hCents"]) == (700, 0)


def test_who_trades_for_the_first_time_is_counted_at_once(world: World) -> None:
    ticker = make(world, "Newly counted")
    assert get(world, "events/newly-counted")["event"]["traderCount"] == 0
    trade(world, ticker, "0.5000")
    assert get(world, "events/newly-counted")["event"]["traderCount"] == 2
    world.order(world.one, ticker, "ask", "0.5000", "1.00")
    wish = {"side": "YES", "action": "BUY", "quantity": 1, "priceCents": 50}
    slug = {"eventSlug": "newly-counted", "optionLabel": "Yes"}
    assert world.join().call("POST", "/api/trades", wish | slug).status == 201
    assert get(world, "events?q=newly%20counted")["events"][0]["traderCount"] == 3


def test_history_carries_the_last_value_and_begins_with_the_first_trade(world: World) -> None:
    ticker = make(world, "Told over time", close_time="2027-03-01T00:00:00Z")
    world.now += 3_600 * SECOND
    trade(world, ticker, "0.3000")
    world.now += 2 * 3_600 * SECOND
    trade(world, ticker, "0.4500", "2.00")
    world.now += 3 * 3_600 * SECOND
    for query in ("", "?range=1d&points=1000", "?range=all", "?range=1m&points=10"):
        (history,) = get(world, f"events/told-over-time{query}")["priceHistory"]
        points = history["points"]
        assert points[-1]["probBps"] == 4_500
        assert sum(point["volumeContracts"] for point in points) == 12
        moments = [point["t"] for point in points]
        assert moments == sorted(set(moments))
        assert len(points) <= 200 or "1000" in query
    points = get(world, "events/told-over-time?range=1d&points=1000")["priceHistory"][0]["points"]
    assert points[0]["probBps"] == 3_000
    assert {point["probBps"] for point in points} == {3_000, 4_500}
    (history,) = get(world, "events/told-over-time?range=1h")["priceHistory"]
    assert {point["probBps"] for point in history["points"]} == {4_500}
    assert {point["volumeContracts"] for point in history["points"]} == {0}


def test_both_sides_of_a_book_are_printed_whole(world: World) -> None:
    ticker = make(world, "Booked")
    world.order(world.one, ticker, "bid", "0.3300", "5.00")
    world.order(world.one, ticker, "bid", "0.3300", "2.00")
    world.order(world.one, ticker, "bid", "0.3000", "1.00")
    world.order(world.two, ticker, "ask", "0.3500", "7.00")
    book = get(world, f"orderbook/{ticker}")
    assert book["yes"]["bids"] == [
        {"priceCents": 33, "quantity": 7, "orders": 2},
        {"priceCents": 30, "quantity": 1, "orders": 1},
    ]
    assert book["yes"]["asks"] == [{"priceCents": 35, "quantity": 7, "orders": 1}]
    assert book["no"]["bids"] == [{"priceCents": 65, "quantity": 7, "orders": 1}]
    assert book["no"]["asks"] == [
        {"priceCents": 67, "quantity": 7, "orders": 2},
        {"priceCents": 70, "quantity": 1, "orders": 1},
    ]
    assert (book["midProbBps"], book["spreadCents"]) == (3_400, 2)
    assert (book["status"], book["eventSlug"]) == ("OPEN", "booked")
    assert get(world, f"orderbook/{book['optionId']}") | {"asOf": ""} == book | {"asOf": ""}
    (shown,) = get(world, f"orderbook/{ticker}?depth=1")["yes"]["bids"]
    assert shown["priceCents"] == 33
    world.order(world.two, ticker, "ask", "0.3300", "6.00")
    traded = get(world, f"orderbook/{ticker}")
    assert traded["yes"]["bids"][0] == {"priceCents": 33, "quantity": 1, "orders": 1}
    assert traded["sequence"] > book["sequence"]
    assert traded["lastPriceCents"] == 33
    restart(world)
    kept = get(world, f"orderbook/{ticker}")
    assert kept["yes"] == traded["yes"]
    assert kept["sequence"] >= traded["sequence"]


def test_the_book_of_a_closed_option_is_empty(world: World) -> None:
    ticker = make(world, "Book closes", can_close_early=True)
    world.order(world.one, ticker, "bid", "0.3300")
    world.admin("POST", f"/markets/{ticker}/close")
    book = get(world, f"orderbook/{ticker}")
    assert book["status"] == "CLOSED"
    assert book["yes"] == book["no"] == {"bids": [], "asks": []}


@pytest.mark.parametrize("name", ["nothing", "opt_" + "0" * 32, "EV1-E", "%00"])
def test_there_is_no_such_option(world: World, name: str) -> None:
    assert world.send("GET", f"/api/orderbook/{name}").status in (400, 404)


@pytest.mark.parametrize("depth", ["0", "100", "x"])
def test_a_depth_that_cannot_be(world: World, depth: str) -> None:
    answer = world.send("GET", f"/api/orderbook/EV1?depth={depth}")
    assert code_of(answer) == (400, "validation_failed")


def test_what_has_not_changed_is_not_sent_again(world: World) -> None:
    make(world, "Tagged")

    def ask(tag: str = "") -> Answer:
        headers = ((b"if-none-match", tag.encode()),) if tag else ()
        return world.send("GET", "/api/events?q=tagged", None, headers)

    tag = ask().headers["etag"]
    assert ask(tag).status == 304
    make(world, "Tagged too")
    assert ask(tag).status == 200


def test_who_is_known_sees_the_same_events(world: World) -> None:
    make(world, "Seen by all")
    member = world.join()
    seen = member.get("/api/events?q=seen%20by%20all")["events"]
    assert [event["isWatched"] for event in seen] == [False]
    bad = world.bearer("pred_nonsense", "GET", "/api/events")
    assert code_of(bad) == (401, "unauthenticated")


def test_nothing_is_on_an_unknown_page(world: World) -> None:
    assert code_of(world.send("GET", "/api/events/nothing-of-the-kind")) == (404, "not_found")
