"""`presage admin cutoff`: where history begins."""

from __future__ import annotations

from typing import Final

from cyclopts import App

from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import show

cutoff = App(name="cutoff", help="Where history begins: what was over before is not live.")


@cutoff.command(name="show")
def show_cutoff(*, read: Read = READ) -> None:
    """Show the four cutoffs."""
    show(read.json, read.get("/historical/cutoff"))


@cutoff.command(name="set")
def set_cutoff(
    before: str | None = None,
    *,
    markets: str | None = None,
    trades: str | None = None,
    orders: str | None = None,
    positions: str | None = None,
    live_days: int | None = None,
    write: Write = WRITE,
) -> None:
    """Move cutoffs forward; they never go back.

    Parameters
    ----------
    before: A time for all four.
    markets: For markets, by their settlement.
    trades: For trades and fills.
    orders: For orders, by when they ended.
    positions: For positions, by when their whole event was settled.
    live_days: Follow by themselves to so many days ago; 0 stays.
    """
    answer = write.send(
        "PUT",
        "/historical/cutoff",
        before=before,
        market_settled_ts=markets,
        trades_created_ts=trades,
        orders_updated_ts=orders,
        market_positions_last_updated_ts=positions,
        live_days=live_days,
    )
    show(write.json, answer, answer["historical_cutoff"])


GROUPS: Final = (cutoff,)
