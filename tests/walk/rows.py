"""The rows of Kalshi's endpoint table, and what each row's reply is held against.

Nothing of the table or the descriptions is repeated here: both are read where they are.
"""

from __future__ import annotations

import csv
import importlib
import inspect
import pkgutil
import re
from functools import cache
from typing import Any, Final, NamedTuple

import kalshi_python_sync.api as client_apis
from kalshi_python_sync import models as client_models

from tests.wire.contract import REFERENCE, complaints, describes

EDITIONS: Final = ("openapi-3.30.json", "openapi-3.21.yaml", "openapi-3.13.yaml")
LAST: Final = "openapi-3.28-docs.json"
"""For what stands in none of the editions (DECISIONS 32)."""
TWINS: Final = {
    "POST /portfolio/order_groups": "POST /portfolio/order_groups/create",
    "PUT /portfolio/order_groups/{id}": "PUT /portfolio/order_groups/{order_group_id}/limit",
    "POST /portfolio/order_groups/{order_group_id}/reset": (
        "PUT /portfolio/order_groups/{order_group_id}/reset"
    ),
    "POST /portfolio/orders/queue_positions": "GET /portfolio/orders/queue_positions",
    "POST /multivariate_event_collections/{collection_ticker}/lookup": (
        "PUT /multivariate_event_collections/{collection_ticker}/lookup"
    ),
}
"""Rows that no description knows, with the later row that does the same."""


class Row(NamedTuple):
    """`name` is method and path. `described` is the row whose description holds for it."""

    name: str
    described: str
    status: int

    @property
    def method(self) -> str:
        return self.name.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.name.partition(" ")[2]

    def editions(self) -> list[str]:
        """The descriptions that know it: every edition that does, else the last resort."""
        found = [name for name in EDITIONS if describes(name, *_parts(self.described))]
        return found or [LAST]

    def faults(self, body: Any) -> list[str]:
        """What the descriptions have against a reply."""
        method, path = _parts(self.described)
        return [
            f"{self.name}, {edition}: {fault}"
            for edition in self.editions()
            for fault in complaints(edition, method, path, self.status, body)
        ]

    def model(self) -> Any:
        """What the published client reads the reply into; None when it never knew the row, or
        reads anything there."""
        name = _models().get((self.described, self.status))
        return getattr(client_models, name, None) if name else None


def _parts(name: str) -> tuple[str, str]:
    method, _, path = name.partition(" ")
    return method, path


def every_row() -> list[Row]:
    """The whole table; none when the reference material is not at hand."""
    if not REFERENCE.is_dir():
        return []
    with (REFERENCE / "endpoints.csv").open(newline="", encoding="utf-8") as lines:
        table = {f"{row['method']} {row['path']}": row for row in csv.DictReader(lines)}
    found = []
    for name in table:
        described = TWINS.get(name, name)
        found.append(Row(name, described, int(table[described]["success_status"])))
    return found


@cache
def _models() -> dict[tuple[str, int], str]:
    """Row and status -> the model that the client's generated code names for it."""
    found = {}
    for module in pkgutil.iter_modules(client_apis.__path__):
        source = inspect.getsource(importlib.import_module(f"{client_apis.__name__}.{module.name}"))
        # Each operation names its answers first, and then once its method and path.
        start = 0
        for place in re.finditer(r"method='(\w+)',\s*resource_path='([^']+)'", source):
            answers = re.findall(r"'(2\d\d)': \"(\w+)\"", source[start : place.start()])
            for status, model in answers:
                found[f"{place[1]} {place[2]}", int(status)] = model
            start = place.end()
    return found
