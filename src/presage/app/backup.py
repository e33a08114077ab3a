"""Back an exchange up while it runs, and restore it elsewhere.

Both fold the copied journal and compare: a backup is only said to be made, or restored, when the
state in it is the one that its manifest names. Neither touches the exchange it copies, and
restoring never writes into a directory that holds anything.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from presage.app import datadir
from presage.gateway.recovery import read_state
from presage.storage import backup, migrations
from presage.storage.backup import Head, Manifest, Progress
from presage.storage.database import LOCK, Database
from presage.storage.errors import BackupRefused

_OTHERS: Final = (datadir.SECRET,)
_OWNER_ONLY: Final = 0o700


def back_up(directory: Path, target: Path, progress: Progress) -> Manifest:
    """Pack the exchange in `directory` into the new file `target`, whether it runs or not.

    Raises: StorageError.
    """
    if os.path.lexists(target):
        raise BackupRefused(f"{target} exists already")
    with backup.working_directory(target) as folder:
        backup.copy(directory, folder, _OTHERS, progress)
        head, digest = _read(folder, progress)
        return backup.pack(folder, _OTHERS, head, digest, target)


def restore(archive: Path, directory: Path, progress: Progress) -> Manifest:
    """Make the new data directory `directory` of a backup, or leave nothing behind.

    Raises: StorageError, with what is wrong with the backup.
    """
    if os.path.lexists(directory) and not (directory.is_dir() and not any(directory.iterdir())):
        raise BackupRefused(f"{directory} is not empty: nothing is overwritten")
    with backup.working_directory(directory) as folder:
        files = folder / "data"
        files.mkdir(mode=_OWNER_ONLY)
        manifest = backup.unpack(archive, files, _OTHERS)
        _renew(files)
        head, digest = _read(files, progress)
        if digest != manifest.digest:
            raise BackupRefused(
                f"folding the journal gives the state {digest}, the manifest says {manifest.digest}"
            )
        backup.install(files, manifest, head, directory)
    return manifest


def _renew(folder: Path) -> None:
    """Bring a copy that an older version made to this one's form."""
    with backup.opened(folder) as connection:
        if migrations.is_newest(connection):
            return
    database = Database(folder)
    try:
        migrations.upgrade(database)
    finally:
        database.close()
    (folder / LOCK).unlink()


def _read(folder: Path, progress: Progress) -> tuple[Head, str]:
    """The end of a copy's journal and the state there, after checking the whole of it."""
    with backup.opened(folder) as connection:
        migrations.require_newest(connection)
        head = backup.check_chain(connection, progress)
        engine, _, _ = read_state(connection, progress)
    return head, engine.digest()
