"""Demo events about sports. This is the category whose makers pay fees too."""

from __future__ import annotations

from typing import Final

from presage.app.demo.shapes import Event, Outcome, Series, in_days
from presage.catalog.texts import Source

_FOOTBALL: Final = Source("FIFA", "https://www.fifa.com")
_ATHLETICS: Final = Source("World Athletics", "https://worldathletics.org")

SERIES: Final = (
    Series(
        ticker="KXWORLDCUP",
        title="Men's football world championship",
        category="Sports",
        tags=("Football", "World championship"),
        frequency="custom",
        fee_type="quadratic_with_maker_fees",
        sources=(_FOOTBALL,),
        events=(
            Event(
                slug="next-football-world-champion",
                ticker="KXWORLDCUP-NEXT",
                title="Next men's football world champion?",
                sub_title="Next tournament",
                question="Will {label} win the next men's football world championship?",
                rules="If {label} wins the final of the next men's world championship, after extra "
                "time or penalties where needed, the market resolves to Yes.",
                notes="A title that is withdrawn later stays with the team that lifted the cup. "
                "If there is no final, every market resolves to the last price traded.",
                closes=in_days(1_330),
                exclusive=True,
                early="Each market closes when its team is out.",
                outcomes=(
                    Outcome("ESP", "Spain", 1_550),
                    Outcome("FRA", "France", 1_450),
                    Outcome("ENG", "England", 1_150),
                    Outcome("BRA", "Brazil", 1_050),
                    Outcome("ARG", "Argentina", 1_000),
                    Outcome("GER", "Germany", 800),
                    Outcome("POR", "Portugal", 750),
                    Outcome("NED", "Netherlands", 500),
                    Outcome("ITA", "Italy", 450),
                    Outcome("BEL", "Belgium", 300),
                    Outcome("CRO", "Croatia", 250),
                    Outcome("URU", "Uruguay", 250),
                    Outcome("OTHER", "Any other team", 600),
                ),
                timer_hours=3,
                size=60,
            ),
        ),
    ),
    Series(
        ticker="KX100M",
        title="100 metres sprint",
        category="Sports",
        tags=("Athletics",),
        frequency="annual",
        fee_type="quadratic_with_maker_fees",
        sources=(_ATHLETICS,),
        events=(
            Event(
                slug="fastest-100m-this-season",
                ticker="KX100M-SEASON",
                title="Fastest 100 metres of the season?",
                sub_title="Men, until {day}",
                question="Will somebody run 100 metres in {label} until {day}?",
                rules="If the best legal time over 100 metres run by a man from the opening of "
                "this market until {day} is {label}, the market resolves to Yes.",
                notes="Wind at most 2.0 metres per second; ratification is not awaited.",
                closes=in_days(280),
                strike_type="less",
                outcomes=(
                    Outcome("T9.70", "under 9.70", 600, cap=9.70),
                    Outcome("T9.75", "under 9.75", 1_800, cap=9.75),
                    Outcome("T9.80", "under 9.80", 5_300, cap=9.80),
                    Outcome("T9.85", "under 9.85", 8_400, cap=9.85),
                ),
                early="Closes when such a time is run.",
            ),
        ),
    ),
    Series(
        ticker="KXMVESPORTS",
        title="Combos of sports",
        category="Sports",
        tags=("Combos",),
        frequency="custom",
        fee_type="quadratic_with_combo_maker_fees",
        sources=(_FOOTBALL, _ATHLETICS),
        events=(),
    ),
)
