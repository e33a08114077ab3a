"""`presage admin market ...`: the verbs of the operator API, one command each."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from presage.cli.options import WRITE, Write
from presage.cli.output import show

market = App(name="market", help="Create a market, and do to it what operators do.")

On = Annotated[bool, Parameter(negative="")]


@market.command
def create(
    ticker: str,
    *,
    event: str,
    close_time: str,
    open_time: str | None = None,
    title: str | None = None,
    yes_sub_title: str | None = None,
    no_sub_title: str | None = None,
    rules: str | None = None,
    structure: str | None = None,
    timer: int | None = None,
    early_close: bool = True,
    write: Write = WRITE,
) -> None:
    """List a market of an event.

    Parameters
    ----------
    close_time: RFC 3339, such as 2027-01-31T15:00:00Z.
    open_time: RFC 3339; without it the market opens at once.
    rules: What decides the outcome.
    structure: Price grid: linear_cent, deci_cent, tapered_deci_cent ...
    timer: Seconds from the determined outcome to the payout.
    early_close: Whether it may close before its time.
    """
    answer = write.send(
        "POST",
        "/markets",
        ticker=ticker,
        event_ticker=event,
        close_time=close_time,
        open_time=open_time,
        title=title,
        yes_sub_title=yes_sub_title,
        no_sub_title=no_sub_title,
        rules_primary=rules,
        price_level_structure=structure,
        settlement_timer_seconds=timer,
        can_close_early=early_close,
    )
    show(write.json, answer)


@market.command(name="open")
def open_(ticker: str, *, write: Write = WRITE) -> None:
    """Open before the opening time."""
    _do(write, ticker, "open")


@market.command
def pause(ticker: str, *, cancel_orders: On = False, write: Write = WRITE) -> None:
    """Stop trading; orders are cancelled on resume, or at once with --cancel-orders."""
    _do(write, ticker, "pause", cancel_orders=cancel_orders)


@market.command
def resume(ticker: str, *, write: Write = WRITE) -> None:
    """Trade again, from an empty book."""
    _do(write, ticker, "resume")


@market.command
def close(ticker: str, *, write: Write = WRITE) -> None:
    """Close before the closing time."""
    _do(write, ticker, "close")


@market.command
def determine(ticker: str, *, result: str, words: str | None = None, write: Write = WRITE) -> None:
    """Say the outcome of a closed market: yes, no, or what YES is worth (0.37).

    Parameters
    ----------
    words: The value that decided it, as markets print it.
    """
    _do(write, ticker, "determine", result=result, expiration_value=words)


@market.command
def dispute(ticker: str, *, write: Write = WRITE) -> None:
    """Hold the payout."""
    _do(write, ticker, "dispute")


@market.command
def amend(ticker: str, *, result: str, words: str | None = None, write: Write = WRITE) -> None:
    """Say another outcome; the settlement timer starts anew."""
    _do(write, ticker, "amend", result=result, expiration_value=words)


@market.command
def settle(
    ticker: str, *, result: str | None = None, words: str | None = None, write: Write = WRITE
) -> None:
    """Pay now. With --result an undecided market is closed and determined first."""
    _do(write, ticker, "settle", result=result, expiration_value=words)


@market.command
def void(ticker: str, *, value: str | None = None, write: Write = WRITE) -> None:
    """Give everybody back what trading took, or with --value settle at that."""
    _do(write, ticker, "void", value=value)


@market.command
def times(
    ticker: str,
    *,
    close_time: str | None = None,
    open_time: str | None = None,
    write: Write = WRITE,
) -> None:
    """Move the closing or opening time (RFC 3339)."""
    _do(write, ticker, "times", close_time=close_time, open_time=open_time)


@market.command
def structure(ticker: str, name: str, *, write: Write = WRITE) -> None:
    """Move to another price grid, such as deci_cent; resting orders stay."""
    _do(write, ticker, "structure", price_level_structure=name)


def _do(write: Write, ticker: str, verb: str, **body: Any) -> None:
    answer = write.send("POST", f"/markets/{quote(ticker, safe='')}/{verb}", **body)
    show(write.json, answer, answer["market"])
