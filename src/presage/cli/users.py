"""`presage admin user ...`: members as people, and the site's settings and flags."""

from __future__ import annotations

import json
from typing import Any, Literal

from cyclopts import App

from presage.cli.client import CliError
from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import print_json, print_rows, show

user = App(name="user", help="Members as people: roles, mutes, bans.")
setting = App(name="setting", help="Settings and feature flags of the site.")
invite = App(name="invite", help="Invite codes.")

Role = Literal["USER", "MODERATOR", "RESOLVER", "ADMIN", "AUDITOR"]
Status = Literal["ACTIVE", "MUTED", "SUSPENDED", "BANNED"]


@user.command(name="list")
def list_users(q: str = "", *, read: Read = READ) -> None:
    """List members whose username or email begins so."""
    users: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = read.get("/users", q=q or None, limit=200, cursor=cursor)
        users += page["users"]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    if read.json:
        print_json({"users": users})
        return
    print_rows(users, ("username", "email", "role", "status", "id"))


@user.command(name="edit")
def edit_user(
    name: str,
    *,
    role: Role | None = None,
    status: Status | None = None,
    hours: int | None = None,
    write: Write = WRITE,
) -> None:
    """Give a member (id or username) another role or status.

    Parameters
    ----------
    hours: How long MUTED lasts.
    """
    answer = write.send("PATCH", f"/users/{name}", role=role, status=status, mutedHours=hours)
    show(write.json, answer, answer["user"])


@setting.command(name="list")
def list_settings(*, read: Read = READ) -> None:
    """List settings and flags with their values."""
    rows = read.get("/settings")["settings"] + read.get("/flags")["flags"]
    if read.json:
        print_json({"settings": rows})
        return
    print_rows(rows, ("name", "value", "default", "help"))


@setting.command(name="set")
def set_setting(name: str, value: str, *, write: Write = WRITE) -> None:
    """Change a setting (a number) or a flag (true or false); it counts at once."""
    try:
        wanted = json.loads(value)
    except ValueError:
        raise CliError(f"{value} is neither a number nor true or false") from None
    kind = "flags" if isinstance(wanted, bool) else "settings"
    answer = write.send("PATCH", f"/{kind}", **{kind: {name: wanted}})
    changed = next(one for one in answer[kind] if one["name"] == name)
    show(write.json, answer, changed)


@invite.command(name="create")
def create_invite(*, uses: int = 1, note: str = "", write: Write = WRITE) -> None:
    """Make a code that lets so many people register."""
    answer = write.send("POST", "/invite-codes", uses=uses, note=note)
    show(write.json, answer, answer["inviteCode"])
