"""Cells and rows of the CSV export: exact amounts, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from presage.api.site.event_pages import category_of
from presage.api.site.options import Option

_COLUMNS_TEXT: Final = """
fill_id trade_id order_id client_order_id executed_at event_slug event_title event_ticker
option_label market_ticker category side action order_type liquidity quantity price_cents
gross_cents fee_cents cash_delta_cents netted_quantity realized_pnl_cents position_after
balance_after_cents source tournament note
"""
COLUMNS: Final = tuple(_COLUMNS_TEXT.split())
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def header() -> bytes:
    """The first row."""
    return encoded([COLUMNS])


def encoded(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as they are sent."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def place(option: Option) -> list[str]:
    """The columns that say which option it is."""
    card = option.card
    return [
        option.event.row.slug,
        safe(option.event.title),
        safe(card.event.ticker),
        safe(option.label),
        safe(card.ticker),
        safe(category_of(card.event)),
    ]


def decimal(amount: int, unit: int) -> str:
    """Exactly, without zeros at the end."""
    whole, part = divmod(abs(amount), unit)
    text = str(whole)
    if part:
        text += "." + str(part).zfill(len(str(unit)) - 1).rstrip("0")
    return f"-{text}" if amount < 0 else text


def safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
