"""Demo events about science and technology."""

from __future__ import annotations

from typing import Final

from presage.app.demo.shapes import Event, Outcome, Series, in_days
from presage.catalog.texts import Source

_SPACE: Final = Source("NASA", "https://www.nasa.gov")
_CHIPS: Final = Source("TOP500", "https://www.top500.org")
_PHYSICS: Final = Source("Nobel Prize Outreach", "https://www.nobelprize.org")

SERIES: Final = (
    Series(
        ticker="KXMOONLAND",
        title="Moon landings",
        category="Science and Technology",
        tags=("Space", "Moon"),
        frequency="custom",
        sources=(_SPACE,),
        events=(
            Event(
                slug="crewed-moon-landing",
                ticker="KXMOONLAND-CREW",
                title="When do people land on the Moon again?",
                sub_title="Crewed landing",
                question="Will people land on the Moon again {label}?",
                rules="If at least one living person stands on, or is inside a craft that has "
                "landed on, the surface of the Moon {label}, the market resolves to Yes.",
                notes="Any nation or company counts. Time is UTC.",
                closes=in_days(1_500),
                early="Closes with a landing.",
                outcomes=(
                    Outcome("2Y", "within two years", 1_900),
                    Outcome("3Y", "within three years", 3_900),
                    Outcome("4Y", "within four years", 5_800),
                ),
                timer_hours=24,
            ),
        ),
    ),
    Series(
        ticker="KXSUPERCOMP",
        title="Fastest computers",
        category="Science and Technology",
        tags=("Computing",),
        frequency="semiannual",
        sources=(_CHIPS,),
        events=(
            Event(
                slug="fastest-computer-next-list",
                ticker="KXSUPERCOMP-NEXT",
                title="A new fastest computer on the next list?",
                sub_title="Next TOP500 list",
                question="Will another computer lead the next TOP500 list?",
                rules="If the system ranked first on the next TOP500 list has another name than "
                "the one ranked first on the day this market opened, it resolves to Yes.",
                notes="An upgrade that keeps the name is the same computer.",
                closes=in_days(200),
                outcomes=(Outcome("YES", "A new leader", 2_300),),
                size=40,
            ),
        ),
    ),
    Series(
        ticker="KXNOBELPHY",
        title="Nobel prize in physics",
        category="Science and Technology",
        tags=("Nobel prize", "Physics"),
        frequency="annual",
        sources=(_PHYSICS,),
        events=(
            Event(
                slug="nobel-physics-field",
                ticker="KXNOBELPHY-NEXT",
                title="Which field wins the next Nobel prize in physics?",
                sub_title="Next award",
                question="Will the next Nobel prize in physics go to {label}?",
                rules="If the citation of the next Nobel prize in physics is mainly about {label}, "
                "the market resolves to Yes.",
                notes="Where a citation names two fields, the one named first counts.",
                closes=in_days(320),
                exclusive=True,
                structure="center_half_edge_quint_cent",
                outcomes=(
                    Outcome("QUANT", "quantum information", 3_100),
                    Outcome("COSMO", "astrophysics or cosmology", 2_800),
                    Outcome("CONDM", "condensed matter", 2_200),
                    Outcome("PART", "particle physics", 1_100),
                    Outcome("OTHER", "anything else", 600),
                ),
                timer_hours=12,
                size=30,
            ),
        ),
    ),
)
