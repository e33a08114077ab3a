"""Collections as operators write them, and combos as members ask for, trade and are paid them."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from presage.units import SECOND
from tests.api.admin.world import DAY, START, World, rfc3339
from tests.api.asking import ask, request
from tests.wire.contract import GENERATIONS, faults, needs_reference

NOW: Final = START // SECOND
TRADE: Final = "/trade-api/v2"
COLLECTIONS: Final = "/multivariate_event_collections"
GAMES: Final = f"{COLLECTIONS}/KXMVEGAMES-R"
SERIES: Final = "KXMVEGAMES"
EVENTS: Final[list[dict[str, Any]]] = [
    {"ticker": "WEST", "is_yes_only": False, "size_max": 1, "active_quoters": ["one"]},
    {"ticker": "EAST", "is_yes_only": True},
    {"ticker": "CUP"},
]
COLLECTION: Final[dict[str, Any]] = {
    "series_ticker": SERIES,
    "title": "Games",
    "description": "Any of today's games",
    "functional_description": "Pays when all come true",
    "open_date": rfc3339(NOW - 60),
    "close_date": rfc3339(NOW + DAY),
    "associated_events": EVENTS,
    "size_min": 1,
    "size_max": 3,
}
OWNERS: Final = {"W1": "WEST", "W2": "WEST", "E1": "EAST", "E2": "EAST", "C1": "CUP", "C2": "CUP"}


def legs(*said: str) -> list[dict[str, str]]:
    """`W1` or `W1=no`."""
    pairs = [one.partition("=") for one in said]
    return [
        {"market_ticker": name, "event_ticker": OWNERS.get(name, "NONE"), "side": side or "yes"}
        for name, _, side in pairs
    ]


def furnished(directory: Path) -> World:
    """Three events with two markets each; of CUP's at most one comes true."""
    world = World(directory)
    world.admin(
        "POST", "/series", ticker=SERIES, fee_type="quadratic_with_combo_maker_fees", title="Combos"
    )
    world.admin("POST", "/series", ticker="GAMES")
    for event in ("WEST", "EAST", "CUP"):
        wish = {"event_ticker": event, "series_ticker": "GAMES", "title": event.title()}
        world.admin("POST", "/events", **wish, mutually_exclusive=event == "CUP")
    for ticker, event in OWNERS.items():
        world.add_market(ticker, event, yes_sub_title=f"{ticker} wins", settlement_timer_seconds=60)
    world.admin("PUT", GAMES, **COLLECTION)
    return world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = furnished(tmp_path_factory.mktemp("exchange") / "data")
    yield world
    world.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[World]:
    world = furnished(tmp_path / "data")
    yield world
    world.close()


def get(world: World, path: str) -> Any:
    answer = world.call("GET", TRADE + path)
    assert answer.status == 200, answer.body
    return answer.json


def create(world: World, *said: str, **more: Any) -> Any:
    body = {"selected_markets": legs(*said), **more}
    answer = world.call("POST", TRADE + GAMES, body, world.one)
    assert answer.status == 200, answer.body
    return answer.json


def market(world: World, ticker: str) -> Any:
    return get(world, f"/markets/{ticker}")["market"]


# Collections


def test_a_collection_is_read_as_it_was_written(world: World) -> None:
    shown = get(world, GAMES)["multivariate_contract"]
    assert {name: shown[name] for name in COLLECTION if name != "associated_events"} == {
        name: said for name, said in COLLECTION.items() if name != "associated_events"
    }
    assert shown["collection_ticker"] == "KXMVEGAMES-R"
    assert shown["associated_event_tickers"] == ["WEST", "EAST", "CUP"]
    assert shown["associated_events"][0] == {
        "ticker": "WEST",
        "is_yes_only": False,
        "size_min": None,
        "size_max": 1,
        "active_quoters": ["one"],
    }
    flags = ("is_ordered", "is_all_yes", "is_single_market_per_event")
    assert [shown[flag] for flag in flags] == [False, False, False]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=open", True),
        ("status=unopened", False),
        ("status=closed", False),
        ("associated_event_ticker=EAST", True),
        ("associated_event_ticker=NORTH", False),
        (f"series_ticker={SERIES}", True),
        ("series_ticker=OTHER", False),
        ("status=open&associated_event_ticker=NORTH", False),
    ],
)
def test_collections_are_found_by_what_they_are(world: World, query: str, found: bool) -> None:
    shown = get(world, f"{COLLECTIONS}?{query}")["multivariate_contracts"]
    assert ("KXMVEGAMES-R" in [one["collection_ticker"] for one in shown]) is found


def test_collections_come_in_pages(world: World) -> None:
    for name, opens in (("KXMVE-A", NOW + 5), ("KXMVE-B", NOW + 5), ("KXMVE-C", NOW - 500)):
        body = COLLECTION | {"open_date": rfc3339(opens), "associated_events": []}
        world.admin("PUT", f"{COLLECTIONS}/{name}", **body)
    pages, cursor = [], ""
    while True:
        answer = get(world, f"{COLLECTIONS}?limit=1&cursor={cursor}")
        pages += [one["collection_ticker"] for one in answer["multivariate_contracts"]]
        cursor = answer["cursor"]
        if not cursor:
            break
    assert pages == ["KXMVE-B", "KXMVE-A", "KXMVEGAMES-R", "KXMVE-C"]
    for name in ("KXMVE-A", "KXMVE-B", "KXMVE-C"):
        world.admin("DELETE", f"{COLLECTIONS}/{name}")
    assert world.refused("DELETE", f"{COLLECTIONS}/KXMVE-A") == (404, "not_found")
    assert world.call("GET", f"{TRADE}{COLLECTIONS}/KXMVE-A").status == 404


def test_putting_the_same_again_changes_nothing(world: World) -> None:
    assert world.admin("PUT", GAMES, **COLLECTION)["fate"] == "unchanged"


@pytest.mark.parametrize(
    "wrong",
    [
        {"series_ticker": "GAMES"},
        {"close_date": rfc3339(NOW - 60)},
        {"size_min": 4, "size_max": 3},
        {"size_max": 51},
        {"associated_events": [{"ticker": "WEST"}, {"ticker": "WEST"}]},
        {"associated_events": [{"ticker": "WEST", "size_min": 2, "size_max": 1}]},
    ],
)
def test_a_collection_that_cannot_be_is_refused(world: World, wrong: dict[str, Any]) -> None:
    answer = world.refused("PUT", f"{COLLECTIONS}/KXMVE-X", **COLLECTION | wrong)
    assert answer == (400, "validation_failed")
    assert world.refused("PUT", f"{COLLECTIONS}/GAMES-X", **COLLECTION)[0] == 400
    assert world.refused("PUT", f"{COLLECTIONS}/KXMVE-X", **COLLECTION | {"series_ticker": "NO"})[
        0
    ] == (404)


# Asking for a combo


def test_whoever_asks_for_the_same_legs_gets_the_same_market(world: World) -> None:
    first = create(world, "W1", "E1", with_market_payload=True)
    assert first["market_ticker"].startswith(f"{first['event_ticker']}-")
    assert first["event_ticker"].startswith(f"{SERIES}-S")
    shown = first["market"]
    assert shown == market(world, first["market_ticker"])
    assert shown["mve_collection_ticker"] == "KXMVEGAMES-R"
    assert shown["mve_selected_legs"] == legs("W1", "E1")
    assert shown["price_level_structure"] == "center_deci_edge_centi_cent"
    assert (shown["status"], shown["title"]) == ("active", "yes W1 wins,yes E1 wins")
    body = {"selected_markets": legs("E1", "W1")}
    again = world.call("POST", TRADE + GAMES, body, world.two)
    assert (again.status, again.json["market_ticker"]) == (200, first["market_ticker"])
    assert "market" not in again.json
    assert create(world, "W1=no", "E1")["market_ticker"] != first["market_ticker"]


def test_the_official_client_says_true_and_false(world: World) -> None:
    said = [pair | {"side": "true" if pair["side"] == "yes" else "false"} for pair in legs("C1=no")]
    answer = world.call("POST", TRADE + GAMES, {"selected_markets": said}, world.one)
    assert answer.json == create(world, "C1=no")


def test_two_at_the_same_moment_get_the_same_market(world: World) -> None:
    body = b'{"selected_markets":[{"market_ticker":"W2","event_ticker":"WEST","side":"no"}]}'
    json = (b"content-type", b"application/json")

    async def both() -> list[Any]:
        wishes = [
            request("POST", TRADE + GAMES, (*who.sign("POST", TRADE + GAMES), json), body)
            for who in (world.one, world.two)
        ]
        return list(await asyncio.gather(*(ask(world.running.door, wish) for wish in wishes)))

    first, second = world.do(both())
    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json


@pytest.mark.parametrize(
    ("said", "code", "details"),
    [
        (["E1", "E1"], "duplicated_legs", "E1"),
        (["C1", "C1=no"], "conflicting_leg_outcomes", "C1"),
        (["C1", "E1", "C2"], "conflicting_leg_outcomes", "C1,C2"),
        (["E1=no", "C1"], "invalid_market_combination", "E1"),
        (["W1", "W2"], "invalid_market_combination", "W1,W2"),
        (["E1", "X9", "Y9"], "invalid_market_combination", "X9,Y9"),
        (["W1", "E1", "E2", "C1"], "invalid_market_combination", "W1,E1,E2,C1"),
        ([], "invalid_market_combination", "KXMVEGAMES-R"),
    ],
)
def test_a_refusal_names_the_code_and_the_tickers(
    world: World, said: list[str], code: str, details: str
) -> None:
    answer = world.call("POST", TRADE + GAMES, {"selected_markets": legs(*said)}, world.one)
    assert answer.status == 400
    assert answer.json["error"] == {
        "code": code,
        "message": code.replace("_", " "),
        "details": details,
    }


def test_a_leg_is_named_with_its_own_event(world: World) -> None:
    pair = {"market_ticker": "W1", "event_ticker": "EAST", "side": "yes"}
    answer = world.call("POST", TRADE + GAMES, {"selected_markets": [pair]}, world.one)
    assert answer.json["error"]["details"] == "W1"


def test_a_collection_that_is_not_open_is_left_alone(world: World) -> None:
    closed = COLLECTION | {"close_date": rfc3339(NOW - 1)}
    world.admin("PUT", f"{COLLECTIONS}/KXMVE-OVER", **closed)
    body = {"selected_markets": legs("W1")}
    for method in ("POST", "PUT"):
        path = f"{TRADE}{COLLECTIONS}/KXMVE-OVER" + ("/lookup" if method == "PUT" else "")
        answer = world.call(method, path, body, world.one)
        assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_parameters")
    world.admin("DELETE", f"{COLLECTIONS}/KXMVE-OVER")
    answer = world.call("POST", f"{TRADE}{COLLECTIONS}/KXMVE-OVER", body, world.one)
    assert answer.status == 404


def test_the_limit_of_a_week_is_a_429(world: World) -> None:
    member = world.do(
        world.running.services.gateway.inspect(
            lambda engine: next(one for one in engine.state.members.values() if one.combos)
        )
    )
    made, member.combos = member.combos, 5_000
    answer = world.call("POST", TRADE + GAMES, {"selected_markets": legs("C2=no")}, world.one)
    member.combos = made
    assert (answer.status, answer.json) == (429, {"error": "too many requests"})


# Looking up


def test_a_combo_is_looked_up_once_it_was_created(world: World) -> None:
    body = {"selected_markets": legs("C1", "W1")}
    assert world.call("PUT", f"{TRADE}{GAMES}/lookup", body, world.one).status == 404
    made = create(world, "C1", "W1")
    for method in ("PUT", "POST"):
        found = world.call(method, f"{TRADE}{GAMES}/lookup", body, world.two)
        assert (found.status, found.json) == (200, made)


def test_the_history_tells_what_was_asked_for_lately(fresh: World) -> None:
    world = fresh
    first, second = create(world, "W1"), create(world, "E1", "W1")
    world.now += 100 * SECOND
    body = {"selected_markets": legs("W1")}
    assert world.call("PUT", f"{TRADE}{GAMES}/lookup", body, world.one).status == 200
    points = get(world, f"{GAMES}/lookup?lookback_seconds=60")["lookup_points"]
    assert points == [
        {**first, "selected_markets": legs("W1"), "last_queried_ts": rfc3339(NOW + 100)}
    ]
    points = get(world, f"{GAMES}/lookup?lookback_seconds=300")["lookup_points"]
    assert [one["market_ticker"] for one in points] == [
        first["market_ticker"],
        second["market_ticker"],
    ]
    for query in ("", "?lookback_seconds=61"):
        assert world.call("GET", f"{TRADE}{GAMES}/lookup{query}").status == 400


# Among the other markets


def test_combos_are_listed_apart(world: World) -> None:
    made = create(world, "W1", "C1")
    both = {one["ticker"] for one in get(world, "/markets?limit=1000")["markets"]}
    only = {one["ticker"] for one in get(world, "/markets?mve_filter=only")["markets"]}
    rest = {one["ticker"] for one in get(world, "/markets?mve_filter=exclude")["markets"]}
    assert made["market_ticker"] in only
    assert rest == set(OWNERS)
    assert (only | rest, only & rest) == (both, set())
    inside = get(world, f"/markets?mve_filter=exclude&series_ticker={SERIES}")["markets"]
    assert inside == []
    events = {one["event_ticker"] for one in get(world, "/events")["events"]}
    assert events == {"WEST", "EAST", "CUP"}
    named = f"/events?tickers={made['event_ticker']},WEST"
    assert [one["event_ticker"] for one in get(world, named)["events"]] == ["WEST"]


@pytest.mark.parametrize(
    "query", ["", "&collection_ticker=KXMVEGAMES-R", "&series_ticker=" + SERIES]
)
def test_multivariate_events_are_found(world: World, query: str) -> None:
    made = create(world, "W1", "C1")
    found, cursor = [], ""
    while True:
        path = f"/events/multivariate?limit=2&with_nested_markets=true{query}&cursor={cursor}"
        answer = get(world, path)
        found += answer["events"]
        cursor = answer["cursor"]
        if not cursor:
            break
    by_ticker = {one["event_ticker"]: one for one in found}
    assert len(by_ticker) == len(found)
    (inside,) = by_ticker[made["event_ticker"]]["markets"]
    assert inside["ticker"] == made["market_ticker"]
    assert get(world, "/events/multivariate?collection_ticker=NONE")["events"] == []
    assert get(world, "/events/multivariate?series_ticker=GAMES")["events"] == []


# Asking for a price


def test_an_rfq_names_the_legs(world: World) -> None:
    made = create(world, "E1", "C1=no")
    path = f"{TRADE}/communications/rfqs"
    wish: dict[str, Any] = {
        "contracts": 10,
        "rest_remainder": False,
        "mve_collection_ticker": "KXMVEGAMES-R",
        "mve_selected_legs": legs("E1", "C1=no"),
    }
    answer = world.call("POST", path, wish, world.one)
    assert answer.status == 201, answer.body
    shown = world.call("GET", f"{path}/{answer.json['id']}", None, world.two).json["rfq"]
    assert shown["market_ticker"] == made["market_ticker"]
    assert shown["mve_collection_ticker"] == "KXMVEGAMES-R"
    assert shown["mve_selected_legs"] == legs("C1=no", "E1")[::-1]
    for more, status in (
        ({"mve_selected_legs": legs("E2", "C2=no")}, 404),
        ({"market_ticker": "W1"}, 400),
        ({"mve_selected_legs": None}, 400),
        ({"mve_selected_legs": legs("X9")}, 400),
        ({"mve_collection_ticker": "KXMVE-NONE"}, 400),
    ):
        refused = world.call("POST", path, wish | {"replace_existing": True} | more, world.one)
        assert refused.status == status, refused.body


# The end of it


def test_a_combo_is_traded_and_paid_by_itself_also_over_a_restart(tmp_path: Path) -> None:
    world = furnished(tmp_path / "data")
    ticker = create(world, "W1", "E1")["market_ticker"]
    lost = create(world, "W1=no", "E1")["market_ticker"]
    before = world.balance(world.one)
    world.order(world.one, ticker, "bid", "0.4000")
    world.order(world.two, ticker, "ask", "0.4000")
    assert world.refused("POST", f"/markets/{ticker}/settle", result="yes") == (409, "wrong_status")
    assert market(world, ticker)["status"] == "active"
    for leg, result in (("W1", "yes"), ("E1", "0.5")):
        world.admin("POST", f"/markets/{leg}/close")
        world.admin("POST", f"/markets/{leg}/determine", result=result)
    shown = market(world, ticker)
    assert (shown["status"], shown["result"]) == ("determined", "scalar")
    assert shown["settlement_value_dollars"] == "0.5000"
    values = [leg["yes_settlement_value_dollars"] for leg in shown["mve_selected_legs"]]
    assert values == ["1.0000", "0.5000"]
    assert market(world, lost)["result"] == "no"
    world = world.restarted()
    try:
        assert market(world, ticker) | {"updated_time": ""} == shown | {"updated_time": ""}
        assert get(world, "/events/multivariate?collection_ticker=KXMVEGAMES-R")["events"]
        world.admin("POST", "/markets/E1/amend", result="yes")
        assert market(world, ticker)["result"] == "yes"
        world.now += 61 * SECOND
        world.do(world.running.services.gateway.submit(None))
        assert market(world, ticker)["status"] == "finalized"
        assert market(world, lost)["status"] == "finalized"
        assert world.balance(world.one) - before == 1_000 - 400 - 9  # 0.084: the maker's fee
    finally:
        world.close()


# As described


@needs_reference
@pytest.mark.parametrize("generation", [*GENERATIONS, "openapi-3.21.yaml"])
def test_replies_fit_their_description(world: World, generation: str) -> None:
    made = create(world, "W1", "E1", with_market_payload=True)
    replies = {
        "CreateMarketInMultivariateEventCollection": made,
        "GetMultivariateEventCollections": get(world, COLLECTIONS),
        "GetMultivariateEventCollection": get(world, GAMES),
        "GetMultivariateEventCollectionLookupHistory": get(
            world, f"{GAMES}/lookup?lookback_seconds=3600"
        ),
        "LookupTickersForMarketInMultivariateEventCollection": world.call(
            "PUT", f"{TRADE}{GAMES}/lookup", {"selected_markets": legs("W1", "E1")}, world.one
        ).json,
        "GetMultivariateEvents": get(world, "/events/multivariate?with_nested_markets=true"),
        "GetMarket": get(world, f"/markets/{made['market_ticker']}"),
    }
    for operation, body in replies.items():
        assert all(body.values()) or body.get("cursor") == "", operation
        assert faults(generation, operation, body) == [], operation
    models = importlib.import_module("kalshi_python_sync.models")
    # Of a leg in the history this client expects the side to be true or false.
    del replies["GetMultivariateEventCollectionLookupHistory"]
    for operation, body in replies.items():
        assert getattr(models, f"{operation}Response").from_dict(body) is not None
