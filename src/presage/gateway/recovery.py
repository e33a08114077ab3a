"""From files to a running state: checks what was promised, folds the journal, founds an exchange.

Nothing is written before the watermark's promise has been checked on a read-only connection, so
that a refused start leaves the evidence as it was found. Decides whether a data directory can be
trusted; it repairs nothing. The tables of the projections are the projector's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from presage.domain.commands import Genesis, once_key
from presage.engine.engine import RULES_VERSION, Engine
from presage.gateway.batch import Batch
from presage.gateway.exchange import Exchange, Head
from presage.gateway.projector import Progress
from presage.gateway.receipt import Receipt
from presage.gateway.settings import Settings
from presage.projections.projection import Projection
from presage.storage import journal, migrations, snapshots
from presage.storage.codec import NO_HASH, Unreadable, decode_command, decode_facts
from presage.storage.database import SQLITE_ERRORS, Database
from presage.storage.errors import StorageError
from presage.storage.once import Keys
from presage.units import Micros

_PROGRESS_EVERY = 1_000


def open_exchange(
    directory: Path,
    projections: Sequence[Projection],
    clock: Callable[[], Micros],
    genesis: Genesis,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Exchange:
    """Open a data directory, or found a new exchange in it with `genesis` as its first entry.

    Blocks for as long as folding the journal's end takes. `progress` hears of it now and then.

    Raises: StorageError (and its kinds: the directory is in use, damaged, or lost something).
    """
    progress = progress or _quiet
    database = Database(directory)
    try:
        migrations.upgrade(database)
        keys = Keys(database.raw)
        engine, head, snapshot = read_state(database.raw, progress, keys)
        exchange = Exchange(database, engine, projections, head, genesis, snapshot, keys)
        if head.seq == 0:
            _found(exchange, clock(), settings or Settings())
        else:
            exchange.genesis = _read_genesis(database.raw)
        database.watermark.write(exchange.head.mark)
    except (*SQLITE_ERRORS, OSError) as error:
        database.close()
        raise StorageError(f"{database.path} cannot be used: {error}") from error
    except BaseException:
        database.close()
        raise
    return exchange


def read_state(
    raw: sqlite3.Connection, progress: Progress, keys: Keys | None = None
) -> tuple[Engine, Head, int]:
    """The engine after the last entry, and the seq of the snapshot that it was folded from. `keys`
    is told those that were used since.

    Only reads. Raises: StorageError.
    """
    last = journal.last_seq(raw)
    engine, seq, digest = _newest_state(raw)
    snapshot, at = seq, 0
    for record in journal.read(raw, seq, last, digest):
        try:
            engine.apply(decode_facts(record.facts), record.seq, record.at)
            if keys is not None and (key := once_key(decode_command(record.command))):
                keys.spend(key, record.seq)
        except Unreadable as error:
            raise StorageError(
                f"entry {record.seq} was written by a newer version: {error}"
            ) from error
        seq, at, digest = record.seq, record.at, record.hash
        if seq % _PROGRESS_EVERY == 0:
            progress("reading the journal", seq - snapshot, last - snapshot)
    if seq == snapshot and (record_at := journal.find(raw, seq)):
        at = record_at.at
    return engine, Head(seq, at, digest, journal.commits(raw)), snapshot


def _newest_state(raw: sqlite3.Connection) -> tuple[Engine, int, bytes]:
    """The engine of the newest snapshot that proves itself, with its seq and the entry's hash."""
    for snapshot in snapshots.newest_first(raw, RULES_VERSION):
        try:
            engine = Engine.load(snapshot.state)
        except Exception:  # written by another version; the journal has it all
            continue
        if engine.digest() == snapshot.digest:
            return engine, snapshot.seq, snapshot.hash
    return Engine(), 0, NO_HASH


def _found(exchange: Exchange, at: Micros, settings: Settings) -> None:
    batch = Batch(exchange, at, settings.batch_rows)
    result = batch.execute(exchange.genesis)
    assert isinstance(result, Receipt), "the first entry may not be refused"
    batch.commit()


def _read_genesis(raw: sqlite3.Connection) -> Genesis:
    record = journal.find(raw, 1)
    command = decode_command(record.command) if record else None
    if not isinstance(command, Genesis):
        raise StorageError("the journal does not begin with the founding of an exchange")
    return command


def _quiet(what: str, done: int, total: int) -> None:
    """Nobody wants to hear of the progress."""
