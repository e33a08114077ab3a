"""Demo events about the weather: short ones, so that there is something to settle soon."""

from __future__ import annotations

from typing import Final

from presage.app.demo.shapes import Event, Outcome, Series, in_days
from presage.catalog.texts import Source

_WEATHER: Final = Source("National Weather Service", "https://www.weather.gov")
_HURRICANES: Final = Source("National Hurricane Center", "https://www.nhc.noaa.gov")

SERIES: Final = (
    Series(
        ticker="KXHIGHPARK",
        title="Daily high in New York",
        category="Climate and Weather",
        tags=("Temperature", "New York"),
        frequency="daily",
        sources=(_WEATHER,),
        events=(
            Event(
                slug="high-in-new-york-tomorrow",
                ticker="KXHIGHPARK-TMRW",
                title="High in New York tomorrow?",
                sub_title="{day}",
                question="Will the high in Central Park on {day} be {label}?",
                rules="If the highest temperature in Central Park on {day}, in degrees Fahrenheit "
                "as given in the daily climate report, is {label}, the market resolves to Yes.",
                notes="The first final report counts. Temperatures are whole degrees.",
                closes=in_days(1, hour=23),
                exclusive=True,
                strike_type="between",
                structure="tapered_deci_cent",
                outcomes=(
                    Outcome("B44", "44° or below", 700, cap=44),
                    Outcome("B45", "45° to 46°", 1_500, floor=45, cap=46),
                    Outcome("B47", "47° to 48°", 2_900, floor=47, cap=48),
                    Outcome("B49", "49° to 50°", 2_700, floor=49, cap=50),
                    Outcome("B51", "51° to 52°", 1_400, floor=51, cap=52),
                    Outcome("B53", "53° or above", 650, floor=53),
                ),
                size=70,
            ),
        ),
    ),
    Series(
        ticker="KXRAINSEA",
        title="Rain in Seattle",
        category="Climate and Weather",
        tags=("Rain", "Seattle"),
        frequency="weekly",
        sources=(_WEATHER,),
        events=(
            Event(
                slug="rain-in-seattle-this-week",
                ticker="KXRAINSEA-WEEK",
                title="An inch of rain in Seattle within a week?",
                sub_title="Until {day}",
                question="Will an inch of rain fall in Seattle until {day}?",
                rules="If the precipitation measured at the airport station from the day after "
                "opening until {day} adds up to 1.00 inch or more, the market resolves to Yes.",
                notes="A trace counts as nothing.",
                closes=in_days(7),
                outcomes=(Outcome("YES", "1 inch or more", 6_150),),
                strike_type="greater_or_equal",
                early="Closes when an inch has fallen.",
                size=100,
            ),
        ),
    ),
    Series(
        ticker="KXSTORMS",
        title="Atlantic storms",
        category="Climate and Weather",
        tags=("Hurricanes",),
        frequency="annual",
        sources=(_HURRICANES,),
        events=(
            Event(
                slug="named-atlantic-storms-next-season",
                ticker="KXSTORMS-NEXT",
                title="Named Atlantic storms next season?",
                sub_title="Next season",
                question="Will there be {label} named Atlantic storms next season?",
                rules="If {label} tropical or subtropical storms are named in the Atlantic basin "
                "during the next season that begins on a June 1, the market resolves to Yes.",
                notes="Storms named outside June to November of that season count.",
                opens=in_days(2, hour=14),
                closes=in_days(375),
                strike_type="greater",
                outcomes=(
                    Outcome("T13", "more than 13", 6_600, floor=13),
                    Outcome("T17", "more than 17", 3_500, floor=17),
                ),
            ),
        ),
    ),
)
