"""`presage admin member ...` and `presage admin key ...`: members, their keys, their funds."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter

from presage.app import envfile
from presage.cli.client import CliError
from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import print_fields, print_json, print_rows, show

member = App(name="member", help="Members: people and bots.")
key = App(name="key", help="API keys of members.")

Fate = Literal["applied", "failed", "returned"]
Env = Annotated[Path | None, Parameter(name="--env")]


@member.command(name="list")
def list_(*, read: Read = READ) -> None:
    """List all members."""
    members: list[dict[str, Any]] = []
    after = 0
    while True:
        page = read.get("/members", limit=1_000, after=after)
        members += page["members"]
        if page["next"] is None:
            break
        after = page["next"]
    if read.json:
        print_json({"members": members})
        return
    rows = [one | {"cash": one["accounts"][0]["cash"]} for one in members]
    print_rows(rows, ("number", "name", "role", "status", "cash", "id"))


@member.command(name="show")
def show_(id: str, *, read: Read = READ) -> None:
    """Show one member (id or number) with accounts and keys."""
    answer = read.get(f"/members/{id}")
    if read.json:
        print_json(answer)
        return
    print_fields({name: value for name, value in answer["member"].items() if name != "accounts"})
    print_rows(answer["member"]["accounts"], ("subaccount", "cash", "reserved", "available"))
    print_rows(answer["keys"], ("id", "name", "scopes"))


@member.command
def create(
    name: str,
    *,
    funds: str | None = None,
    role: Literal["member", "operator", "house", "fcm"] = "member",
    env: Env = None,
    write: Write = WRITE,
) -> None:
    """Make a member.

    Parameters
    ----------
    funds: Dollars to start with.
    env: File to write with a new key of the member; the PEM goes beside it.
    """
    _check_free(env)
    answer = write.send(
        "POST",
        "/members",
        name=name,
        funds=funds,
        role=role,
        generate_key=True if env else None,
    )
    if env:
        _save(env, answer["key"], write)
    show(write.json, answer, answer["member"])


@member.command
def suspend(id: str, *, write: Write = WRITE) -> None:
    """Stop a member from trading; its resting orders are cancelled."""
    _set_status(write, id, "suspended")


@member.command
def activate(id: str, *, write: Write = WRITE) -> None:
    """Let a member trade again."""
    _set_status(write, id, "active")


@member.command
def close(id: str, *, write: Write = WRITE) -> None:
    """End a membership; resting orders are cancelled, the money stays on the account."""
    _set_status(write, id, "closed")


def _set_status(write: Write, id: str, status: str) -> None:
    answer = write.send("PATCH", f"/members/{id}", status=status)
    show(write.json, answer, answer["member"])


@member.command
def deposit(
    id: str,
    amount: str,
    *,
    subaccount: int = 0,
    exchange_index: int | None = None,
    cause: str | None = None,
    pending: bool = False,
    write: Write = WRITE,
) -> None:
    """Put dollars into a member's account.

    Parameters
    ----------
    exchange_index: The exchange shard; 0 unless told otherwise.
    cause: Works once: the same command again moves nothing.
    pending: It is on its way; `funds` says what becomes of it.
    """
    _move(write, id, "deposit", amount, subaccount, exchange_index, cause, pending)


@member.command
def withdraw(
    id: str,
    amount: str,
    *,
    subaccount: int = 0,
    exchange_index: int | None = None,
    cause: str | None = None,
    pending: bool = False,
    write: Write = WRITE,
) -> None:
    """Take dollars out of a member's account.

    Parameters
    ----------
    pending: It is on its way; `funds` says what becomes of it.
    """
    _move(write, id, "withdrawal", amount, subaccount, exchange_index, cause, pending)


@member.command
def funds(id: str, transfer_id: str, status: Fate, *, write: Write = WRITE) -> None:
    """Say what became of a deposit or withdrawal: applied, failed or returned."""
    path = f"/members/{id}/funds/{transfer_id}"
    show(write.json, write.send("PATCH", path, status=status))


def _move(
    write: Write,
    id: str,
    kind: str,
    amount: str,
    subaccount: int,
    exchange_index: int | None,
    cause: str | None,
    pending: bool,
) -> None:
    answer = write.send(
        "POST",
        f"/members/{id}/funds",
        kind=kind,
        amount=amount,
        subaccount=subaccount,
        exchange_index=exchange_index,
        cause=cause,
        status="pending" if pending else None,
    )
    show(write.json, answer)


@key.command(name="create")
def create_key(
    member: str,
    *,
    name: str = "operator",
    public_key: Path | None = None,
    subaccount: int | None = None,
    env: Env = None,
    write: Write = WRITE,
) -> None:
    """Give a member (id or number) a key; a pair made for it is shown once.

    Parameters
    ----------
    public_key: PEM file of a key that the member made.
    subaccount: The only subaccount that the key may use.
    env: File to write with the new key; the PEM goes beside it.
    """
    _check_free(env)
    pem = _read(public_key) if public_key else None
    answer = write.send(
        "POST",
        f"/members/{member}/keys",
        name=name,
        public_key=pem,
        subaccount=subaccount,
    )
    if env and not pem:
        _save(env, answer["key"], write)
    show(write.json, answer, answer["key"])


@key.command
def revoke(id: str, *, write: Write = WRITE) -> None:
    """End a key, for good."""
    answer = write.send("DELETE", f"/keys/{id}")
    show(write.json, answer)


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeError) as error:
        raise CliError(f"cannot read {path}: {error}") from None


def _check_free(env: Path | None) -> None:
    """Raises: CliError when a file would be overwritten."""
    for path in () if env is None else (env, env.with_suffix(".pem")):
        if path.exists():
            raise CliError(f"{path} exists")


def _save(env: Path, made: dict[str, Any], write: Write) -> None:
    """Keep a new key in files that only their owner may read, and out of the answer."""
    private, pem = made.pop("private_key"), env.with_suffix(".pem").absolute()
    _write_private(pem, private)
    values = envfile.variables(made["id"], pem, private, write.credential().url)
    _write_private(env, envfile.render(values))


def _write_private(path: Path, text: str) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise CliError(f"cannot write {path}: {error.strerror}") from None
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
