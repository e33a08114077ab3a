"""`presage serve | init | verify | env`: commands about an exchange on this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter, validators

from presage.app import envfile
from presage.app.settings import DEFAULT_PORT, Settings, with_environment
from presage.cli.client import DEFAULT_DATA, ENV_FILE, CliError
from presage.cli.output import show

Data = Annotated[Path, Parameter(help="Data directory of the exchange.")]
Port = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=65_535))]
# Secrets: an environment is not shown to whoever lists the processes.
AdminEmail = Annotated[str, Parameter(env_var="PRESAGE_ADMIN_EMAIL")]
Smtp = Annotated[str, Parameter(env_var="PRESAGE_SMTP")]
MetricsToken = Annotated[str, Parameter(env_var="PRESAGE_METRICS_TOKEN")]
Json = Annotated[bool, Parameter(negative="", help="Print the answer as JSON.")]


def add_to(app: App) -> None:
    """Hang the commands into the command line."""
    for command in (serve, init, verify, env):
        app.command(command)


def serve(
    *,
    data: Data = DEFAULT_DATA,
    host: str = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    content: Literal["demo", "none"] = "demo",
    market_maker: Literal["on", "off"] = "on",
    rate_limit: Literal["off", "tier"] = "off",
    seed: int = 1,
    public_url: str = "",
    proxy: tuple[str, ...] = (),
    admin_email: AdminEmail = "",
    smtp: Smtp = "",
    mail_from: str = "presage@localhost",
    metrics_token: MetricsToken = "",
) -> int:
    """Start an exchange; the data directory is made when it is new.

    Parameters
    ----------
    content: demo lists events of our own to trade in.
    market_maker: on keeps the demo's books alive.
    rate_limit: tier counts requests as Kalshi does.
    seed: Seeds the market maker.
    public_url: Where people reach the site; https:// makes its cookies secure.
    proxy: Address of a proxy of ours, whose X-Forwarded-For is believed.
    admin_email: Who registers with this address and proves it runs the site.
    smtp: smtp://user:password@host:port; without it mail becomes files in DATA/mail.
    mail_from: Sender of the mail.
    metrics_token: What a Bearer says to read /metrics; without it only this machine may.
    """
    settings = Settings(
        data=data,
        host=host,
        port=port,
        content=content,
        market_maker=market_maker == "on",
        rate_limit=rate_limit,
        seed=seed,
        public_url=public_url,
        proxies=proxy,
        admin_email=admin_email,
        smtp=smtp,
        mail_from=mail_from,
        metrics_token=metrics_token,
    )
    return _serve(with_environment(settings, os.environ))


def _serve(settings: Settings) -> int:
    try:
        from presage.app.serve import serve as run
    except ModuleNotFoundError as error:
        raise needs_server(error) from None
    return run(settings)


def init(*, data: Data = DEFAULT_DATA, port: Port = DEFAULT_PORT, json: Json = False) -> None:
    """Make a data directory with an operator's key and two funded members.

    Keys that are there stay as they are. `presage serve` does the same when the directory is new.
    """
    settings = Settings(data=data, port=port, content="none", market_maker=False)
    existed = (data / ENV_FILE).exists()
    try:
        _furnish(settings)
    except ModuleNotFoundError as error:
        raise needs_server(error) from None
    answer = {
        "made": not existed,
        "url": settings.url,
        "operator": str(data / ENV_FILE),
        "members": [str(data / "members" / name) for name in ("one.env", "two.env")],
    }
    show(json, answer)


def _furnish(settings: Settings) -> None:
    from presage.app import datadir
    from presage.app.build import build
    from presage.app.logging import configure
    from presage.storage.errors import StorageError

    async def run() -> None:
        running = await build(settings)
        try:
            await datadir.furnish(running.services, settings)
        finally:
            await running.close()

    configure(level=logging.WARNING)
    try:
        datadir.make(settings.data)
        asyncio.run(run())
    except (StorageError, OSError) as error:
        raise CliError(str(error)) from None


def verify(*, data: Data = DEFAULT_DATA, json: Json = False) -> int:
    """Prove that the journal is whole and that everything computed from it agrees.

    The exchange must be stopped. Nothing is changed.
    """
    try:
        from presage.app.logging import configure
        from presage.app.progress import shown
        from presage.gateway.verify import verify as run
        from presage.projections.catalogue import every_projection
        from presage.storage.errors import StorageError
    except ModuleNotFoundError as error:
        raise needs_server(error) from None
    if not data.is_dir():
        raise CliError(f"{data} is not a directory")
    configure()
    try:
        with shown() as progress:
            report = run(data, every_projection(), progress)
    except StorageError as error:
        raise CliError(str(error)) from None
    fault = report.fault
    answer = {
        "ok": fault is None,
        "entries": report.seq,
        "decided_again": report.decided,
        "rows": report.rows,
        "snapshots": report.snapshots,
        "digest": report.digest,
    }
    if fault is not None:
        answer |= {"fault_seq": fault.seq, "fault": fault.what}
    show(json, answer)
    return 0 if fault is None else 1


def env(
    who: Literal["one", "two", "operator"] = "one",
    *,
    data: Data = DEFAULT_DATA,
    host_only: Annotated[bool, Parameter(negative="")] = False,
    json: Json = False,
) -> None:
    """Print a key's variables for a shell: eval "$(presage env)".

    Parameters
    ----------
    who: Whose key.
    host_only: Addresses without the path, for bots that add it themselves.
    """
    path = data / (ENV_FILE if who == "operator" else f"members/{who}.env")
    try:
        values = envfile.parse(path.read_text("utf-8"))
    except OSError as error:
        raise CliError(f"cannot read {path}: {error.strerror}") from None
    if host_only:
        values = envfile.host_only(values)
    if json:
        show(json, values)
        return
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")


def needs_server(error: ModuleNotFoundError) -> CliError:
    """What to say when only the client is installed."""
    return CliError(f"{error.name} is not installed: this command needs presage[server]")
