"""What the decoder says of a body, in words for people: which field, and what is wrong with it.

Shared by the error families of the site and of operators, which name fields the same way. How an
answer looks is each family's own business.
"""

from __future__ import annotations

import re

from presage.api.faults import BodyFault

_UNKNOWN_KEY = re.compile(r"unknown field `([^`]+)`")
_PLACE = re.compile(r" - at `([^`]+)`$")
_PATTERN = re.compile(r"matching regex '(.*)'$")
_FIELD_FIRST = re.compile(r"[\w.\[\]]+: ")


def wording(details: str) -> str:
    """The complaint without its place, patterns in words where they have some."""
    plain = _PLACE.sub("", details)
    pattern = _PATTERN.search(plain)
    if pattern is None:
        return plain
    return "must not be blank" if pattern[1].endswith("S") else f"must match {pattern[1]}"


def field(fault: BodyFault) -> str:
    """The name of the field that is complained of; empty: the body as a whole."""
    found = _UNKNOWN_KEY.search(fault.details) or _PLACE.search(fault.details)
    return fault.field or (found[1] if found else "")


def sentence(text: str) -> str:
    """`the market is active` -> `The market is active.`; a field first keeps its own name."""
    if _FIELD_FIRST.match(text) is None:
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
