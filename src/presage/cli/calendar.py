"""`presage admin maintenance | hours | announcement | fee-change`: what happens at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import App, Parameter

from presage.cli.catalog import document
from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import print_json, print_rows, show

On = Annotated[bool, Parameter(negative="")]

maintenance = App(name="maintenance", help="Pauses that begin and end by themselves.")
hours = App(name="hours", help="The trading hours, announced or enforced.")
announcement = App(name="announcement", help="What everybody is told.")
fee_change = App(name="fee-change", help="Changes of fees to come.")


@maintenance.command(name="plan")
def plan(start: str, end: str, *, exchange: On = False, write: Write = WRITE) -> None:
    """Stop trading between two times; with --exchange nothing at all is taken."""
    answer = write.send(
        "POST", "/maintenance_windows", start_datetime=start, end_datetime=end, exchange=exchange
    )
    show(write.json, answer, answer["window"])


@maintenance.command(name="list")
def windows(*, read: Read = READ) -> None:
    """Show the windows that are not over."""
    answer = read.get("/maintenance_windows")
    if read.json:
        print_json(answer)
    else:
        columns = ("id", "start_datetime", "end_datetime", "exchange")
        print_rows(answer["maintenance_windows"], columns)


@maintenance.command(name="drop")
def drop(id: int, *, write: Write = WRITE) -> None:
    """Take a window back; one that is on ends."""
    show(write.json, write.send("DELETE", f"/maintenance_windows/{id}"))


@hours.command(name="set")
def set_hours(file: Path, *, write: Write = WRITE) -> None:
    """Take the hours of a JSON file (`standard_hours`, `enforce`), and no others."""
    show(write.json, write.send("PUT", "/trading_hours", **document(file)))


@announcement.command(name="add")
def add(
    message: str, *, type: Literal["info", "warning", "error"] = "info", write: Write = WRITE
) -> None:
    """Tell everybody something."""
    show(write.json, write.send("POST", "/announcements", message=message, type=type))


@announcement.command(name="list")
def announcements(*, read: Read = READ) -> None:
    """Show all announcements, newest first."""
    answer = read.get("/announcements")
    if read.json:
        print_json(answer)
    else:
        columns = ("id", "delivery_time", "type", "status", "message")
        print_rows(answer["announcements"], columns)


@announcement.command(name="end")
def end(id: int, *, write: Write = WRITE) -> None:
    """Show an announcement as over."""
    show(write.json, write.send("PATCH", f"/announcements/{id}", status="inactive"))


@announcement.command(name="delete")
def delete(id: int, *, write: Write = WRITE) -> None:
    """Erase an announcement."""
    show(write.json, write.send("DELETE", f"/announcements/{id}"))


@fee_change.command(name="drop")
def drop_fee_change(id: str, *, write: Write = WRITE) -> None:
    """Take a planned change of fees back."""
    show(write.json, write.send("DELETE", f"/fee_changes/{id}"))


GROUPS: Final = (maintenance, hours, announcement, fee_change)
