"""What operators write about the world, and what everybody then reads of it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from presage.units import SECOND
from tests.api.admin.samples import (
    CHART,
    CITY,
    GAME,
    LIVE,
    MILLIS,
    NOW,
    POINTS,
    PROGRAM,
    READING,
    SPORT,
    TEAM,
    ladder,
)
from tests.api.admin.world import World, rfc3339
from tests.wire.contract import GENERATIONS, faults, needs_reference

TRADE: Final = "/trade-api/v2"

FORECAST: Final = (
    f"/series/LADDER-S/events/LADDER-E/forecast_percentile_history?percentiles=2500"
    f"&percentiles=5000&start_ts={NOW - 60}&end_ts={NOW + 120}&period_interval=1"
)

# (operation, path, the SDK's model of the reply)
ASKED: Final = [
    ("GetMilestones", "/milestones?limit=10", "GetMilestonesResponse"),
    ("GetMilestone", "/milestones/game-1", "GetMilestoneResponse"),
    ("GetStructuredTargets", "/structured_targets", "GetStructuredTargetsResponse"),
    ("GetStructuredTarget", "/structured_targets/team-1", "GetStructuredTargetResponse"),
    ("GetLiveDatas", "/live_data/batch?milestone_ids=game-1", "GetLiveDatasResponse"),
    ("GetLiveDataByMilestone", "/live_data/milestone/game-1", "GetLiveDataResponse"),
    ("GetLiveData", "/live_data/football_game/milestone/game-1", "GetLiveDataResponse"),
    ("GetGameStats", "/live_data/milestone/game-1/game_stats", ""),
    ("GetEventLiveData", "/live_data/events/LADDER-E", ""),
    ("GetWeatherIndex", "/live_data/weather/miami?detailed=true", ""),
    ("GetWeatherIndexCalibrations", "/live_data/weather/miami/calibrations", ""),
    ("GetIncentivePrograms", "/incentive_programs", "GetIncentiveProgramsResponse"),
    (
        "GetTagsForSeriesCategories",
        "/search/tags_by_categories",
        "GetTagsForSeriesCategoriesResponse",
    ),
    ("GetFiltersForSports", "/search/filters_by_sport", "GetFiltersBySportsResponse"),
    (
        "GetEventForecastPercentilesHistory",
        FORECAST,
        "GetEventForecastPercentilesHistoryResponse",
    ),
]


def asked(world: World, path: str) -> Any:
    answer = world.call("GET", TRADE + path)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory: Path = tmp_path_factory.mktemp("exchange") / "data"
    world = World(directory)
    ladder(world)
    world.admin("PUT", "/milestones/game-1", **GAME)
    world.admin("PUT", "/structured_targets/team-1", **TEAM)
    world.admin("PUT", "/live_data/milestone/game-1", **LIVE)
    world.admin("PUT", "/live_data/events/LADDER-E", **CHART)
    world.admin("PUT", "/weather/miami", **CITY)
    world.admin("POST", "/weather/miami/points", **POINTS)
    world.admin("PUT", "/sports/Football", **SPORT)
    world.admin("PUT", "/incentive_programs/tight", **PROGRAM)
    world.now += 60 * SECOND
    yield world
    world.close()


@needs_reference
@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("operation", "path", "model"), ASKED)
def test_a_reply_fits_its_description(
    world: World, generation: str, operation: str, path: str, model: str
) -> None:
    body = asked(world, path)
    assert any(body.values()), "there is something in it"
    assert faults(generation, operation, body) == []


@pytest.mark.parametrize(("operation", "path", "model"), ASKED)
def test_the_official_client_reads_a_reply(
    world: World, operation: str, path: str, model: str
) -> None:
    if not model:
        pytest.skip("the client of that time did not know the operation")
    models = importlib.import_module("kalshi_python_sync.models")
    assert getattr(models, model).from_dict(asked(world, path)) is not None


def test_a_milestone_is_read_as_it_was_written(world: World) -> None:
    (milestone,) = asked(world, "/milestones?limit=1")["milestones"]
    written = {name: milestone[name] for name in GAME}
    assert written == GAME
    assert milestone["last_updated_ts"] == rfc3339(NOW)
    (found,) = asked(world, "/events?with_milestones=true")["milestones"]
    assert found == milestone


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("category=Sports", True),
        ("category=Crypto", False),
        ("type=football_game", True),
        ("competition=Pro%20Football", True),
        ("competition=Cup", False),
        ("source_id=o-9", True),
        ("source_id=x", False),
        ("related_event_ticker=OTHER-E", True),
        ("related_event_ticker=NONE", False),
        (f"minimum_start_date={rfc3339(NOW + 3_600)}", True),
        (f"minimum_start_date={rfc3339(NOW + 3_601)}", False),
        (f"min_updated_ts={NOW}", True),
        (f"min_updated_ts={NOW + 1}", False),
        ("type=football_game&category=Crypto", False),
    ],
)
def test_milestones_are_filtered(world: World, query: str, found: bool) -> None:
    milestones = asked(world, f"/milestones?limit=5&{query}")["milestones"]
    assert [one["id"] for one in milestones] == ["game-1"] * found


def test_lists_have_pages(world: World) -> None:
    for number in range(5):
        start = rfc3339(NOW + 10_000 + number // 2)
        world.admin(
            "PUT",
            f"/milestones/page-{number}",
            **GAME | {"type": "page", "start_date": start, "end_date": None},
        )
        world.admin("PUT", f"/structured_targets/page-{number}", **TEAM | {"type": "page"})
        market = {"market_ticker": "LADDER-1", "incentive_description": "page"}
        world.admin("PUT", f"/incentive_programs/page-{number}", **PROGRAM | market)
    lists = (
        ("/milestones?type=page&limit=2", "milestones", "cursor"),
        ("/structured_targets?type=page&page_size=2", "structured_targets", "cursor"),
        (
            "/incentive_programs?incentive_description=page&limit=2",
            "incentive_programs",
            "next_cursor",
        ),
    )
    for path, key, name in lists:
        ids: list[str] = []
        cursor = ""
        for size in (2, 2, 1):
            body = asked(world, f"{path}&cursor={cursor}")
            assert len(body[key]) == size
            ids += [one["id"] for one in body[key]]
            cursor = body[name]
        assert cursor == ""
        assert sorted(ids) == [f"page-{number}" for number in range(5)]


def test_targets_are_filtered(world: World) -> None:
    for query, found in (
        ("ids=team-1&ids=nobody", True),
        ("ids=nobody", False),
        ("competition=Cup&type=football_team", True),
        ("competition=Baseball", False),
    ):
        targets = asked(world, f"/structured_targets?{query}")["structured_targets"]
        assert [one["id"] for one in targets] == ["team-1"] * found, query


def test_players_are_told_to_who_asks(world: World) -> None:
    plain = asked(world, "/live_data/milestone/game-1")["live_data"]
    assert plain["details"] == LIVE["details"]
    query = "/live_data/batch?milestone_ids=nobody&milestone_ids=game-1&include_player_stats=true"
    (told,) = asked(world, query)["live_datas"]
    assert told["details"]["player_stats"] == LIVE["player_stats"]


def test_a_chart_is_cut_to_a_range(world: World) -> None:
    whole = asked(world, "/live_data/events/LADDER-E")["live_data"]
    assert len(whole["details"]["timeseries"]) == 2
    hour = asked(world, "/live_data/events/LADDER-E?range=1h")["live_data"]
    assert [point["v"] for point in hour["details"]["timeseries"]] == [2]
    assert asked(world, "/live_data/events/LADDER-E?range=forever")["live_data"] == whole


def test_the_weather_has_gaps_and_unfinished_minutes(world: World) -> None:
    plain = asked(world, "/live_data/weather/miami")
    assert [point["v"] for point in plain["timeseries"]] == [88.12, 88.5]
    assert plain["config_version"] == "miami-v1"
    assert "stations" not in plain["timeseries"][0]
    detailed = asked(world, "/live_data/weather/miami?detailed=true")["timeseries"]
    assert [point["status"] for point in detailed] == ["normal", "degraded", "incomplete"]
    assert detailed[0]["stations"] == [READING]
    assert "v" not in detailed[2]
    one = asked(world, f"/live_data/weather/miami?from={MILLIS - 60_000}&to={MILLIS - 60_000}")
    assert [point["t"] for point in one["timeseries"]] == [MILLIS - 60_000]
    assert asked(world, "/live_data/weather/miami?last_sec=1")["timeseries"] == []


def test_programs_are_told_by_status(world: World) -> None:
    def listed(query: str) -> list[str]:
        path = f"/incentive_programs?incentive_description=Tight%20books&{query}"
        return [one["id"] for one in asked(world, path)["incentive_programs"]]

    assert listed("status=closed") == ["tight"], "it ended with this second"
    assert listed("status=all&type=all") == ["tight"]
    for none in ("status=active", "status=upcoming", "status=paid_out", "type=volume"):
        assert listed(none) == []
    later = {"start_date": rfc3339(NOW + 600), "end_date": rfc3339(NOW + 660)}
    world.admin("PUT", "/incentive_programs/later", **PROGRAM | later)
    assert listed("status=upcoming") == ["later"]


def test_tags_are_those_of_the_series(world: World) -> None:
    assert asked(world, "/search/tags_by_categories") == {
        "tags_by_categories": {"Sports": ["Cup", "Football"]}
    }


def test_sports_keep_their_order(world: World) -> None:
    world.admin("PUT", "/sports/Archery", **SPORT | {"position": 2})
    body = asked(world, "/search/filters_by_sport")
    assert body["sport_ordering"] == ["Football", "Archery"]
    assert body["filters_by_sports"]["Football"]["competitions"] == SPORT["competitions"]
    world.admin("DELETE", "/sports/Archery")
    assert asked(world, "/search/filters_by_sport")["sport_ordering"] == ["Football"]


def test_a_forecast_follows_from_the_prices(world: World) -> None:
    history = asked(world, FORECAST)["forecast_history"]
    last = history[-1]
    assert last["event_ticker"] == "LADDER-E"
    assert [point["raw_numerical_forecast"] for point in last["percentile_points"]] == [10, 20]
    assert last["percentile_points"][1]["formatted_forecast"] == "20.0"
    assert last["end_period_ts"] % 60 == 0


def test_a_short_forecast_moves_with_trades(world: World) -> None:
    base = world.now // SECOND
    world.order(world.one, "LADDER-2", "bid", "0.5100")
    world.now += 10 * SECOND
    query = f"?percentiles=5000&start_ts={base}&end_ts={base + 10}&period_interval=0"
    path = f"/series/LADDER-S/events/LADDER-E/forecast_percentile_history{query}"
    history = asked(world, path)["forecast_history"]
    assert [point["end_period_ts"] % 5 for point in history] == [0] * len(history)
    assert history[-1]["percentile_points"][0]["raw_numerical_forecast"] > 20


def test_what_is_put_again_stays_as_it_was(world: World) -> None:
    first = world.admin("PUT", "/milestones/again", **GAME)
    assert first["fate"] == "created"
    before = asked(world, "/milestones/again")
    world.now += SECOND
    assert world.admin("PUT", "/milestones/again", **GAME)["fate"] == "unchanged"
    assert asked(world, "/milestones/again") == before
    assert world.admin("PUT", "/milestones/again", **GAME | {"title": "T"})["fate"] == "changed"
    made = world.admin("POST", "/milestones", **GAME)
    assert asked(world, f"/milestones/{made['id']}")["milestone"]["title"] == GAME["title"]


def test_what_is_deleted_is_gone(world: World) -> None:
    world.admin("PUT", "/milestones/gone", **GAME)
    world.admin("PUT", "/live_data/milestone/gone", **LIVE)
    world.admin("DELETE", "/milestones/gone")
    for path in ("/milestones/gone", "/live_data/milestone/gone"):
        assert world.call("GET", TRADE + path).json["error"]["code"] == "not_found"
    listed = asked(world, "/milestones?limit=500&related_event_ticker=OTHER-E")["milestones"]
    assert "gone" not in [one["id"] for one in listed]
    for noun in ("structured_targets", "weather", "incentive_programs"):
        body = {"structured_targets": TEAM, "weather": CITY, "incentive_programs": PROGRAM}[noun]
        world.admin("PUT", f"/{noun}/gone", **body)
        world.admin("DELETE", f"/{noun}/gone")
        assert world.refused("DELETE", f"/{noun}/gone") == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "status", "names"),
    [
        ("/milestones", 400, "Limit"),
        ("/milestones?limit=0", 400, "Limit"),
        ("/milestones?limit=501", 400, "Limit"),
        ("/milestones?limit=1&cursor=garbage", 400, "Cursor"),
        ("/milestones?limit=1&minimum_start_date=tomorrow", 400, "MinimumStartDate"),
        ("/milestones?limit=1&min_updated_ts=x", 400, "min_updated_ts"),
        ("/milestones/nobody", 404, ""),
        ("/structured_targets?page_size=2001", 400, "PageSize"),
        ("/structured_targets/nobody", 404, ""),
        ("/live_data/batch", 400, "MilestoneIds"),
        ("/live_data/batch?" + "&".join(["milestone_ids=a"] * 101), 400, "MilestoneIds"),
        ("/live_data/milestone/nobody", 404, ""),
        ("/live_data/baseball_game/milestone/game-1", 404, ""),
        ("/live_data/milestone/nobody/game_stats", 404, ""),
        ("/live_data/events/NONE", 404, ""),
        ("/live_data/weather/nowhere", 404, ""),
        ("/live_data/weather/nowhere/calibrations", 404, ""),
        ("/live_data/weather/miami?from=1", 400, "To"),
        ("/live_data/weather/miami?from=2&to=1", 400, "To"),
        ("/live_data/weather/miami?last_sec=5&to=1", 400, "LastSec"),
        ("/live_data/weather/miami?last_sec=9223372036854775807", 200, ""),
        ("/live_data/weather/miami?to=-9223372036854775808", 200, ""),
        ("/incentive_programs?limit=10001", 400, "Limit"),
        ("/incentive_programs?status=open", 400, "Status"),
        ("/incentive_programs?type=free", 400, "Type"),
        (FORECAST.replace("LADDER-E", "NONE"), 404, ""),
        (FORECAST.replace("LADDER-S", "NONE"), 404, ""),
        (FORECAST.replace("percentiles=5000", "percentiles=10000"), 400, "Percentiles"),
        (FORECAST.replace("interval=1", "interval=5"), 400, "PeriodInterval"),
        (FORECAST.replace("end_ts=", "end_ts=-"), 400, "EndTs"),
        (FORECAST + "&percentiles=1" * 9, 400, "Percentiles"),
        (
            FORECAST.partition("percentiles=")[0]
            + f"percentiles=1&start_ts={-(1 << 63)}&end_ts={(1 << 63) - 1}&period_interval=1440",
            200,
            "",
        ),
    ],
)
def test_bad_questions_name_the_field(world: World, path: str, status: int, names: str) -> None:
    answer = world.call("GET", TRADE + path)
    assert answer.status == status, answer.body
    if status == 404:
        assert answer.json["error"]["code"] == "not_found"
    assert names in answer.body.decode()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/milestones/x", GAME | {"end_date": rfc3339(NOW)}, 400),
        ("PUT", "/milestones/x", GAME | {"start_date": "soon"}, 400),
        ("PUT", "/milestones/x", GAME | {"title": " "}, 400),
        ("PUT", "/milestones/x", GAME | {"mood": "good"}, 400),
        ("PUT", "/milestones/~x", GAME, 400),
        ("PUT", "/milestones/" + "x" * 65, GAME, 400),
        ("PUT", "/structured_targets/x", {"name": "N"}, 400),
        ("PUT", "/live_data/milestone/nobody", LIVE, 404),
        ("PUT", "/live_data/events/NONE", CHART, 404),
        ("POST", "/weather/nowhere/points", POINTS, 404),
        ("POST", "/weather/miami/points", {"timeseries": []}, 400),
        (
            "POST",
            "/weather/miami/points",
            {"timeseries": [{"t": 1, "status": "normal", "v": 1}]},
            400,
        ),
        ("POST", "/weather/miami/points", {"timeseries": [{"t": 0, "status": "normal"}]}, 400),
        ("PUT", "/incentive_programs/x", PROGRAM | {"market_ticker": "NONE"}, 404),
        ("PUT", "/incentive_programs/x", PROGRAM | {"end_date": PROGRAM["start_date"]}, 400),
        ("PUT", "/incentive_programs/x", PROGRAM | {"period_reward": 0}, 400),
        ("PUT", "/incentive_programs/x", PROGRAM | {"target_distance": "far"}, 400),
        ("PUT", "/incentive_programs/x", PROGRAM | {"target_size_fp": "0.001"}, 400),
        ("DELETE", "/milestones/nobody", {}, 404),
        ("DELETE", "/live_data/milestone/nobody", {}, 404),
        ("DELETE", "/live_data/events/NONE", {}, 404),
        ("DELETE", "/sports/Nothing", {}, 404),
    ],
)
def test_bad_writes_are_refused(
    world: World, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    assert world.refused(method, path, **body)[0] == status


def test_every_write_is_in_the_log(world: World) -> None:
    rows = world.admin("GET", "/audit?subject=game-1")["rows"]
    assert {row["action"] for row in rows} == {"milestone.put", "live_data.put"}
    assert world.admin("GET", "/audit/verify")["ok"] is True


def test_the_largest_writes_fit_into_one_submission(world: World) -> None:
    many = {
        "related_event_tickers": [f"R-{number}" for number in range(100)],
        "primary_event_tickers": [f"P-{number}" for number in range(100)],
        "source_ids": {f"s{number}": f"id-{number}" for number in range(50)},
        "details": {"leagues": [f"L-{number}" for number in range(500)]},
    }
    for title in ("first", "second"):
        world.admin("PUT", "/milestones/many", **GAME | many | {"title": title})
    found = asked(world, "/milestones?limit=1&related_event_ticker=P-99")["milestones"]
    assert [one["id"] for one in found] == ["many"]
    point = {"status": "normal", "v": 1.5}
    points = [point | {"t": number * 60_000} for number in range(900)]
    for _ in range(2):
        world.admin("POST", "/weather/miami/points", timeseries=points)
