"""News and sponsors of events: everybody's."""

from __future__ import annotations

from typing import Final

from tests.api.ownership.cases_market import event
from tests.api.ownership.matrix import Case, public

CASES: Final[dict[str, Case]] = {
    "GetNews": public(event),
    "GetSponsor": public(event),
}
