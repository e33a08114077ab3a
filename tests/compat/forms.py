"""Whether a reply has everything that a recorded one has, spelled in the same way."""

from __future__ import annotations

import re
from typing import Any

OF_COMBOS = {"mve_collection_ticker", "mve_selected_legs"}
"""Keys that only combos have; what is compared here is an ordinary market."""
ANYTHING = {"custom_strike", "expiration_value"}
"""Keys whose content an operator makes up: compared by type alone."""


def missing(wanted: Any, found: Any, place: str) -> list[str]:
    """What the recorded value has and ours lacks; of our lists the first item is compared."""
    if place.rpartition(".")[2] in ANYTHING:
        return [] if type(found) is type(wanted) else [f"{place} is {found!r}"]
    if isinstance(wanted, dict):
        if not isinstance(found, dict):
            return [f"{place} is {found!r}"]
        lacking = [
            f"{place}.{key} is not there"
            for key in wanted
            if key not in found and key not in OF_COMBOS
        ]
        both = [key for key in wanted if key in found]
        return lacking + [
            x for key in both for x in missing(wanted[key], found[key], f"{place}.{key}")
        ]
    if isinstance(wanted, list):
        if not isinstance(found, list):
            return [f"{place} is {found!r}"]
        if wanted and not found:
            return [f"{place} is empty"]
        if not all(isinstance(item, dict | list) for item in wanted):  # a level: price, count
            pairs = zip(wanted, found, strict=True)
            return [x for item, ours in pairs for x in missing(item, ours, f"{place}[]")]
        return [x for item in wanted for x in missing(item, found[0], f"{place}[0]")]
    same = form(wanted) == form(found)
    return [] if same else [f"{place}: recorded {wanted!r}, found {found!r}"]


def form(value: Any) -> str:
    """How a value is spelled: its type, and for texts their number of decimals or kind of time."""
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    if isinstance(value, int | float):
        return "number"
    if re.fullmatch(r"-?\d+\.\d+", value):
        return f"decimal with {len(value.partition('.')[2])} places"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", value):
        return "time"
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        return "uuid"
    return "text"
