"""Demo events about politics: institutions and procedures, nobody by name."""

from __future__ import annotations

from typing import Final

from presage.app.demo.shapes import Event, Outcome, Series, in_days
from presage.catalog.texts import Source

_CONGRESS: Final = Source("Congress.gov", "https://www.congress.gov")
_PARLIAMENT: Final = Source("UK Parliament", "https://www.parliament.uk")

SERIES: Final = (
    Series(
        ticker="KXSHUTDOWN",
        title="Government shutdowns",
        category="Politics",
        tags=("Congress", "Budget"),
        frequency="custom",
        sources=(_CONGRESS,),
        events=(
            Event(
                slug="government-shutdown-this-quarter",
                ticker="KXSHUTDOWN-Q",
                title="Government shutdown within three months?",
                sub_title="Before {day}",
                question="Will a lapse in federal funding begin before {day}?",
                rules="If the funding of at least one federal department lapses for a full "
                "calendar day that begins before {day}, the market resolves to Yes.",
                notes="A lapse that is closed by a law signed within the same day does not count.",
                closes=in_days(90),
                outcomes=(Outcome("YES", "Before {day}", 2_750),),
                early="Closes when a lapse has lasted a full day.",
                size=120,
            ),
        ),
    ),
    Series(
        ticker="KXUKSEATS",
        title="UK general elections",
        category="Politics",
        tags=("Elections", "United Kingdom"),
        frequency="custom",
        sources=(_PARLIAMENT,),
        events=(
            Event(
                slug="next-uk-general-election-most-seats",
                ticker="KXUKSEATS-NEXT",
                title="Most seats at the next UK general election?",
                sub_title="Next general election",
                question="Will {label} win the most seats at the next UK general election?",
                rules="If {label} is returned in more constituencies than any other party at the "
                "next general election to the House of Commons, the market resolves to Yes.",
                notes="The Speaker is not counted for any party. If two parties tie for the most "
                "seats, their markets resolve to 50 cents each.",
                closes=in_days(700),
                exclusive=True,
                structure="tapered_deci_cent",
                early="Closes when the last constituency has declared.",
                outcomes=(
                    Outcome("LAB", "Labour", 3_650),
                    Outcome("REF", "Reform UK", 3_400),
                    Outcome("CON", "Conservative", 2_050),
                    Outcome("LIB", "Liberal Democrats", 480),
                    Outcome("GRN", "Green", 210),
                ),
                timer_hours=24,
                size=90,
            ),
        ),
    ),
    Series(
        ticker="KXBILLS",
        title="Laws signed",
        category="Politics",
        tags=("Congress",),
        frequency="monthly",
        sources=(_CONGRESS,),
        events=(
            Event(
                slug="bills-signed-next-30-days",
                ticker="KXBILLS-30D",
                title="How many bills become law in the next 30 days?",
                sub_title="Until {day}",
                question="Will {label} bills become law until {day}?",
                rules="If the number of public laws enacted from the opening of this market until "
                "{day} is {label}, the market resolves to Yes.",
                notes="Counted by date of enactment as listed seven days after closing.",
                closes=in_days(30),
                exclusive=True,
                strike_type="between",
                outcomes=(
                    Outcome("B0", "0 to 4", 2_900, floor=0, cap=4),
                    Outcome("B5", "5 to 9", 4_200, floor=5, cap=9),
                    Outcome("B10", "10 to 14", 1_900, floor=10, cap=14),
                    Outcome("B15", "15 or more", 850, floor=15),
                ),
                timer_hours=24,
            ),
        ),
    ),
)
