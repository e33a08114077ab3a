"""Ids as the site prints them: a prefix that says what it is, and the 32 hex digits of a UUID.

Kalshi's API prints the same bits as UUID text; both spellings are read. It never decides whether a
thing exists.
"""

from __future__ import annotations

import re
import uuid
from typing import Final

from presage.api.ids import IdCipher, Kind

_HEX: Final = re.compile(r"[0-9a-f]{32}")

_PREFIXES_TEXT: Final = """
evt opt trd ord pos usr pst cmt rep chl sug dsp trn ntf whk msg cpy dep wdr note key ses inv dlv
ann spn act fnd
"""
PREFIXES: Final = frozenset(_PREFIXES_TEXT.split())
"""Usernames may not begin with one of these and an underscore."""


def shown(prefix: str, id: str) -> str:
    """A row's UUID text as the site prints it."""
    return f"{prefix}_{id.replace('-', '')}"


def row_id(prefix: str, text: str) -> str | None:
    """The UUID text behind an id in a path or a body; None if it cannot be one of this kind."""
    digits = text.removeprefix(f"{prefix}_").replace("-", "").lower()
    return str(uuid.UUID(hex=digits)) if _HEX.fullmatch(digits) else None


def exchange_id(ids: IdCipher, prefix: str, number: int, kind: Kind) -> str:
    """An id that the engine made (an order, a trade) as the site prints it."""
    return shown(prefix, ids.text(number, kind))


def exchange_number(ids: IdCipher, prefix: str, text: str, kind: Kind) -> int | None:
    """The engine's number behind such an id."""
    found = row_id(prefix, text)
    return None if found is None else ids.number(found, kind)
