"""Demo events about the economy."""

from __future__ import annotations

from typing import Final

from presage.app.demo.shapes import Event, Outcome, Series, in_days, next_date
from presage.catalog.texts import Source

_CENTRAL_BANK: Final = Source("Federal Reserve Board", "https://www.federalreserve.gov")
_STATISTICS: Final = Source("Bureau of Labor Statistics", "https://www.bls.gov")
_ENERGY: Final = Source("Energy Information Administration", "https://www.eia.gov")

SERIES: Final = (
    Series(
        ticker="KXFEDCUT",
        title="Federal Reserve rate cuts",
        category="Economics",
        tags=("Interest rates", "Fed"),
        frequency="custom",
        sources=(_CENTRAL_BANK,),
        events=(
            Event(
                slug="fed-rate-cut-june",
                ticker="KXFEDCUT-JUNE",
                title="Fed rate cut in June?",
                sub_title="June {year} meeting",
                question="Will the Federal Reserve cut its target rate at the June {year} meeting?",
                rules="If the upper bound of the federal funds target range announced after the "
                "June {year} meeting is lower than the one in force the day before, the market "
                "resolves to Yes.",
                notes="A cut of any size counts. A cut announced between meetings does not. If the "
                "meeting is moved, the next scheduled decision on or before {day} counts.",
                closes=next_date(6, 17),
                outcomes=(Outcome("YES", "Yes", 3_050, ask_limit=3_400),),
                size=150,
            ),
        ),
    ),
    Series(
        ticker="KXINFL",
        title="Consumer price inflation",
        category="Economics",
        tags=("Inflation", "CPI"),
        frequency="monthly",
        sources=(_STATISTICS,),
        events=(
            Event(
                slug="inflation-next-report",
                ticker="KXINFL-NEXT",
                title="Year-on-year inflation in the next report?",
                sub_title="Report due by {day}",
                question="Will year-on-year inflation be {label}?",
                rules="If the twelve-month change of the consumer price index for all items, not "
                "seasonally adjusted, first published on or before {day}, is {label}, the market "
                "resolves to Yes.",
                notes="The figure is taken as published, to one decimal. Later revisions do not "
                "matter. If nothing is published by {day}, all markets resolve to the last price "
                "traded before closing.",
                closes=in_days(26, hour=13),
                strike_type="greater",
                outcomes=(
                    Outcome("T2.0", "above 2.0%", 9_350, floor=2.0),
                    Outcome("T2.2", "above 2.2%", 8_500, floor=2.2),
                    Outcome("T2.4", "above 2.4%", 6_900, floor=2.4),
                    Outcome("T2.6", "above 2.6%", 4_700, floor=2.6),
                    Outcome("T2.8", "above 2.8%", 2_450, floor=2.8),
                    Outcome("T3.0", "above 3.0%", 1_050, floor=3.0),
                ),
                size=80,
            ),
        ),
    ),
    Series(
        ticker="KXGASAVG",
        title="Average petrol price",
        category="Economics",
        tags=("Energy", "Prices"),
        frequency="weekly",
        sources=(_ENERGY,),
        events=(
            Event(
                slug="petrol-price-next-week",
                ticker="KXGASAVG-WEEK",
                title="Petrol price at the next weekly survey?",
                sub_title="Survey published by {day}",
                question="Will the average price of a gallon of regular be {label}?",
                rules="If the national average retail price of regular petrol in the last weekly "
                "survey published on or before {day} is {label}, the market resolves to Yes.",
                notes="All formulations, to one tenth of a cent as published.",
                closes=in_days(6, hour=20),
                strike_type="greater",
                structure="deci_cent",
                outcomes=(
                    Outcome("T3.10", "above $3.10", 7_420, floor=3.10),
                    Outcome("T3.20", "above $3.20", 4_380, floor=3.20),
                    Outcome("T3.30", "above $3.30", 1_270, floor=3.30),
                ),
                size=40,
            ),
        ),
    ),
)
