"""`presage backup | restore`: a whole exchange as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from presage.cli.client import DEFAULT_DATA, CliError
from presage.cli.exchange import Data, Json, needs_server
from presage.cli.output import show

if TYPE_CHECKING:
    from presage.storage.backup import Manifest


def add_to(app: App) -> None:
    """Hang the commands into the command line."""
    app.command(backup)
    app.command(restore)


def backup(
    *,
    data: Data = DEFAULT_DATA,
    to: Annotated[Path, Parameter(help="The file to make; it must not exist.")],
    json: Json = False,
) -> None:
    """Copy a whole exchange into one file, while it runs or when it is stopped.

    The file holds the exchange's secret: keep it where nobody else can read it.
    """
    try:
        from presage.app.backup import back_up
        from presage.app.logging import configure
        from presage.app.progress import shown
        from presage.storage.errors import StorageError
    except ModuleNotFoundError as error:
        raise needs_server(error) from None
    configure()
    try:
        with shown() as progress:
            manifest = back_up(data, to, progress)
    except (StorageError, OSError) as error:
        raise CliError(f"no backup was made: {error}") from None
    show(json, {"file": str(to), **_answer(manifest)})


def restore(
    file: Path,
    /,
    *,
    data: Annotated[Path, Parameter(help="The data directory to make; empty or missing.")],
    json: Json = False,
) -> None:
    """Make a new data directory of a backup, after checking every byte of it."""
    try:
        from presage.app.backup import restore as run
        from presage.app.logging import configure
        from presage.app.progress import shown
        from presage.storage.errors import StorageError
    except ModuleNotFoundError as error:
        raise needs_server(error) from None
    configure()
    try:
        with shown() as progress:
            manifest = run(file, data, progress)
    except (StorageError, OSError) as error:
        raise CliError(f"nothing was restored: {error}") from None
    show(json, {"data": str(data), **_answer(manifest)})


def _answer(manifest: Manifest) -> dict[str, object]:
    size = sum(part.size for part in manifest.parts)
    return {
        "entries": manifest.seq,
        "hash": manifest.hash,
        "digest": manifest.digest,
        "bytes": size,
    }
