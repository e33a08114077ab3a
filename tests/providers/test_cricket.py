"""Matches as the cricket API sends them become matches as we know them."""

from __future__ import annotations

from typing import Any

import pytest

from presage.providers.cricket import MAX_MATCHES, CricketData, Match, Team, read_matches
from presage.providers.web import Unavailable
from tests.providers.conftest import Lab
from tests.providers.samples import match, matches
from tests.providers.standin import Says


def one(**more: Any) -> Match:
    (found,) = read_matches(matches(match(**more)))
    return found


def test_a_match_is_read() -> None:
    found = one()
    assert found.name == "Northland vs Southport, 2nd Test, The Island Trophy"
    assert (found.series, found.format) == ("The Island Trophy", "TEST")
    assert (found.status, found.result) == ("LIVE", "")
    assert found.start_at == 1_780_306_200_000_000
    assert found.teams == (
        Team("Northland", "", 280, 10, 88.3),
        Team("Southport", "SPT", 240, 6, 70),
    )


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"matchStarted": False, "status": "Match not started"}, "UPCOMING"),
        ({"status": "Stumps: day 2"}, "BREAK"),
        ({"status": "Innings Break"}, "BREAK"),
        ({"status": "Match abandoned without a ball", "matchEnded": True}, "ABANDONED"),
        ({"status": "No result", "matchEnded": True}, "ABANDONED"),
        ({"status": "Northland won by 5 wickets", "matchEnded": True}, "FINISHED"),
    ],
)
def test_where_a_match_stands(sent: dict[str, Any], status: str) -> None:
    found = one(**sent)
    assert found.status == status
    assert found.result == ("Northland won by 5 wickets" if status == "FINISHED" else "")


def test_a_second_innings_counts_instead_of_the_first() -> None:
    innings = [
        {"r": 280, "w": 10, "o": 88, "inning": "Northland Inning 1"},
        {"r": 11, "w": 1, "o": 4.2, "inning": "Northland Inning 2"},
    ]
    first, second = one(score=innings).teams
    assert (first.score, first.wickets, first.overs) == (11, 1, 4.2)
    assert second == Team("Southport", "SPT")


def test_what_is_odd_in_a_match_is_left_out() -> None:
    found = one(
        name="<b>A</b> vs B", matchType=None, venue=None, dateTimeGMT="soon", teams=["", "B", "C"],
        teamInfo=[], score=[{"r": -5, "w": 99, "o": 1e9, "inning": "B Inning 1"}],
    )  # fmt: skip
    assert (found.name, found.series, found.format) == ("A vs B", "", "OTHER")
    assert (found.venue, found.start_at) == ("", 0)
    assert found.teams == (Team("", ""), Team("B", "", 0, 10, 5_000))
    several = read_matches(matches(match(), {"id": 7}, *(match() for _ in range(100))))
    assert len(several) == MAX_MATCHES - 1


@pytest.mark.parametrize("answer", [b"", b"[]", b"<html>", matches(status="failure"), b"\xff"])
def test_an_answer_that_is_none(answer: bytes) -> None:
    with pytest.raises(Unavailable):
        read_matches(answer)


def test_the_key_goes_with_the_question_and_nowhere_else(lab: Lab) -> None:
    lab.there.pages["/v1/currentMatches"] = Says(matches(match()))
    provider = CricketData(lab.web, "k 1", lab.there.url + "/v1/")
    assert len(lab.do(provider.live())) == 1
    assert lab.there.asked[0].target == "/v1/currentMatches?apikey=k+1&offset=0"
    lab.there.pages["/v1/currentMatches"] = Says(status=302, headers=(("location", "/x"),))
    with pytest.raises(Unavailable):
        lab.do(provider.live())
    assert len(lab.there.asked) == 2
