"""`presage admin series ...` and `presage admin event ...`: what markets belong to, and fees."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from cyclopts import App, Parameter

from presage.cli.client import CliError
from presage.cli.options import WRITE, Write
from presage.cli.output import show

series = App(name="series", help="Series: what recurs.")
event = App(name="event", help="Events: what happens once, with one or more markets.")

On = Annotated[bool, Parameter(negative="")]


@series.command
def create(
    ticker: str,
    *,
    title: str | None = None,
    category: str | None = None,
    fee_type: str | None = None,
    fee_multiplier: str | None = None,
    exchange_index: int | None = None,
    write: Write = WRITE,
) -> None:
    """List a series.

    Parameters
    ----------
    fee_type: quadratic, quadratic_with_maker_fees, quadratic_with_combo_maker_fees or flat.
    fee_multiplier: A decimal, such as 0.5.
    exchange_index: The exchange shard of its events; 0 unless told otherwise.
    """
    answer = write.send(
        "POST",
        "/series",
        ticker=ticker,
        title=title,
        category=category,
        fee_type=fee_type,
        fee_multiplier=fee_multiplier,
        exchange_index=exchange_index,
    )
    show(write.json, answer)


@series.command
def fees(
    ticker: str,
    *,
    fee_type: str | None = None,
    fee_multiplier: str | None = None,
    at: str | None = None,
    write: Write = WRITE,
) -> None:
    """Show a series' fees, or with --fee-type charge others, from now or from --at on."""
    _fees(write, f"/series/{quote(ticker, safe='')}/fees", fee_type, fee_multiplier, at)


@event.command(name="create")
def create_event(
    ticker: str,
    *,
    series: str,
    title: str | None = None,
    sub_title: str | None = None,
    category: str | None = None,
    exclusive: On = False,
    collateral_return: On = False,
    exchange_index: int | None = None,
    write: Write = WRITE,
) -> None:
    """List an event of a series.

    Parameters
    ----------
    exclusive: At most one of its markets can be yes.
    collateral_return: Give collateral back that exclusive positions do not need (MECNET).
    exchange_index: The exchange shard, for ever; that of the series unless told otherwise.
    """
    answer = write.send(
        "POST",
        "/events",
        event_ticker=ticker,
        series_ticker=series,
        title=title,
        sub_title=sub_title,
        category=category,
        mutually_exclusive=exclusive,
        collateral_return_type="MECNET" if collateral_return else None,
        exchange_index=exchange_index,
    )
    show(write.json, answer)


@event.command(name="fees")
def event_fees(
    ticker: str,
    *,
    fee_type: str | None = None,
    fee_multiplier: str | None = None,
    clear: On = False,
    at: str | None = None,
    write: Write = WRITE,
) -> None:
    """Show an event's override of its series' fees, set one, or --clear it, now or --at a time."""
    wanted = "" if clear else fee_type
    _fees(write, f"/events/{quote(ticker, safe='')}/fees", wanted, fee_multiplier, at)


def _fees(
    write: Write, path: str, fee_type: str | None, multiplier: str | None, at: str | None
) -> None:
    if fee_type is None and multiplier is None:
        show(write.json, write.get(path))
        return
    if fee_type is None:
        raise CliError("--fee-multiplier needs --fee-type")
    answer = write.send(
        "PATCH", path, fee_type=fee_type, fee_multiplier=multiplier, scheduled_ts=at
    )
    show(write.json, answer, answer["fees"] | {"change": answer["change_id"]})
