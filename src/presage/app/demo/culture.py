"""Demo events about culture, and a coin that nobody but its traders quotes."""

from __future__ import annotations

from typing import Final

from presage.app.demo.shapes import Event, Outcome, Series, in_days, next_date
from presage.catalog.texts import Source

_ACADEMY: Final = Source("Academy of Motion Picture Arts and Sciences", "https://www.oscars.org")
_CHARTS: Final = Source("Official Charts Company", "https://www.officialcharts.com")
_HOUSE: Final = Source("This exchange", "https://example.com/coin")

SERIES: Final = (
    Series(
        ticker="KXPICTURE",
        title="Best picture",
        category="Culture",
        tags=("Film", "Awards"),
        frequency="annual",
        sources=(_ACADEMY,),
        events=(
            Event(
                slug="best-picture-genre",
                ticker="KXPICTURE-GENRE",
                title="What kind of film wins best picture?",
                sub_title="Next ceremony",
                question="Will {label} win best picture at the next ceremony?",
                rules="If the film that is announced as best picture at the next ceremony is, by "
                "its first listed genre, {label}, the market resolves to Yes.",
                notes="An announcement that is corrected on stage counts as corrected.",
                closes=next_date(3, 14, hour=23),
                exclusive=True,
                outcomes=(
                    Outcome("DRAMA", "a drama", 5_200),
                    Outcome("COMEDY", "a comedy", 1_700),
                    Outcome("HIST", "a historical film", 1_500),
                    Outcome("OTHER", "any other film", 1_300),
                ),
                early="Closes when the envelope is opened.",
            ),
        ),
    ),
    Series(
        ticker="KXNUMBERONE",
        title="Number one singles",
        category="Culture",
        tags=("Music", "Charts"),
        frequency="weekly",
        sources=(_CHARTS,),
        events=(
            Event(
                slug="new-number-one-this-week",
                ticker="KXNUMBERONE-WEEK",
                title="A new number one single this week?",
                sub_title="Chart published by {day}",
                question="Will there be a new number one on the UK singles chart by {day}?",
                rules="If the single at number one of the last chart published by {day} was not at "
                "number one the week before, the market resolves to Yes.",
                notes="A single that returns to number one counts as new.",
                closes=in_days(5, hour=16),
                outcomes=(Outcome("YES", "A new number one", 4_450),),
                early="Closes when the chart is published before its time.",
            ),
        ),
    ),
    Series(
        ticker="KXCOIN",
        title="The practice coin",
        category="Culture",
        tags=("Practice",),
        frequency="custom",
        sources=(_HOUSE,),
        events=(
            Event(
                slug="practice-coin",
                ticker="KXCOIN-PRACTICE",
                title="Does the practice coin show heads?",
                sub_title="Only your own orders stand in this book",
                question="Will the practice coin show heads?",
                rules="If the operator of this exchange says heads, the market resolves to Yes.",
                notes="The house does not quote this market: what you see is what members placed, "
                "which makes it the place to try a strategy against another member of your own.",
                closes=in_days(365),
                outcomes=(Outcome("HEADS", "Heads"), Outcome("EDGE", "Neither heads nor tails")),
                exclusive=True,
                timer_hours=0,
                early="Closes whenever the operator likes.",
            ),
        ),
    ),
)
