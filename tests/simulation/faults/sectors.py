"""Every 512-byte sector of a small exchange's files flipped, zeroed and cut off, one at a time.

After each the exchange must refuse to start, or come up with everything that was acknowledged. What
the start does not look at (tables computed from the journal), `presage verify` must see.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from presage.gateway import StorageError, open_exchange, verify
from presage.projections.catalogue import every_projection
from presage.storage import watermark
from presage.storage.database import SQLITE_ERRORS, reading
from tests.api.admin.world import World
from tests.gateway.kit import GENESIS
from tests.simulation.faults.inspection import bring_up
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.template import FOREVER, MARKET

SECTOR: Final = 512
DATABASES: Final = ("exchange.db", "projections.db")
NAMES: Final = ("watermark", *DATABASES, *(f"{name}-wal" for name in DATABASES))
DERIVED: Final = frozenset({"snapshots", "applied", "commits", "alembic_version"})
"""Tables in which another content is no other answer."""

Files = dict[str, bytes]
Content = dict[str, str]


class Damage(NamedTuple):
    kind: str
    name: str
    start: int

    def applied(self, files: Files, random: Random) -> Files:
        content = bytearray(files[self.name])
        end = min(self.start + SECTOR, len(content))
        if self.kind == "flip":
            content[random.randrange(self.start, end)] ^= 1 << random.randrange(8)
        elif self.kind == "zero":
            content[self.start : end] = bytes(end - self.start)
        else:
            del content[self.start :]
        return files | {self.name: bytes(content)}


def damaged_sectors(options: Options) -> Outcome:
    outcome = Outcome()
    found: Counter[str] = Counter()
    for in_log in (True, False):
        original = _Original(options.folder, in_log)
        outcome.acks += original.seq
        for damage in _damages(original.files, options):
            seed = f"{options.seed}/{damage}"
            verdict = original.judge(damage.applied(original.files, Random(seed)))
            outcome.cycles += 1
            found[verdict] += 1
            if verdict.startswith("SILENT"):
                outcome.lost += 1
                outcome.blame(f"{damage} in_log={in_log} seed={options.seed}", [verdict])
    told = ", ".join(f"{count} {word}" for word, count in sorted(found.items()))
    outcome.note = told
    return outcome


def _damages(files: Files, options: Options) -> Iterator[Damage]:
    every = [
        Damage(kind, name, start)
        for name in files
        for start in range(0, len(files[name]), SECTOR)
        for kind in ("flip", "zero", "cut")
    ]
    if options.cycles < len(every):
        every = Random(options.seed).sample(every, options.cycles)
    yield from every


class _Original:
    """The files of an exchange as a killed process leaves them, and everything that is in them."""

    def __init__(self, folder: Path, in_log: bool) -> None:
        live = folder / f"live-{in_log}"
        self._place = folder / f"damaged-{in_log}"
        self._place.mkdir()
        world = World(live)
        try:
            _trade(world)
            _wait_for_promise(world)
            self._put(_read(live))
        finally:
            world.close()
        if not in_log:
            for name in DATABASES:
                connection = sqlite3.connect(self._place / name)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.close()
        self.files = _read(self._place)
        self.seq, self._digest = self._open()
        self._content = _content(self._place)

    def judge(self, files: Files) -> str:
        """`refused`, `harmless`, `seen by verify`, or what was silently wrong."""
        self._put(files)
        try:
            opened = self._open()
            content = _content(self._place)
        except (StorageError, *SQLITE_ERRORS):
            return "refused"
        if opened != (self.seq, self._digest):
            return "SILENT: the state is another"
        changed = [name for name in self._content if content.get(name) != self._content[name]]
        if not set(changed) - DERIVED:
            return "harmless"
        if verify(self._place, every_projection()).fault:
            return "seen by verify"
        return "SILENT: other rows in " + ", ".join(changed)

    def _put(self, files: Files) -> None:
        shutil.rmtree(self._place)
        self._place.mkdir()
        for name, data in files.items():
            (self._place / name).write_bytes(data)

    def _open(self) -> tuple[int, str]:
        exchange = open_exchange(self._place, every_projection(), lambda: 0, GENESIS)
        try:
            bring_up(self._place)
            return exchange.head.seq, exchange.engine.digest()
        finally:
            exchange.database.close()


def _wait_for_promise(world: World) -> None:
    """The watermark of the last batch is written while nobody waits for it: until it is there, the
    loss of that one batch could not be seen. The tables follow behind it."""
    deadline = time.monotonic() + 10
    seq = world.running.services.gateway.seq
    while watermark.read(world.data / "watermark").seq < seq or _tables_at(world.data) < seq:
        assert time.monotonic() < deadline, "watermark or tables do not move"
        time.sleep(0.002)


def _tables_at(data: Path) -> int:
    with reading(data / "projections.db") as connection:
        (seq,) = connection.execute("SELECT seq FROM applied").fetchone()
    return int(seq)


def _read(directory: Path) -> Files:
    files = {name: directory / name for name in NAMES}
    return {name: path.read_bytes() for name, path in files.items() if path.exists()}


def _trade(world: World) -> None:
    world.list_market(MARKET, close_time=FOREVER)
    for number in range(8):
        world.order(world.one, MARKET, "bid", f"0.{40 + number}00")
        world.order(world.two, MARKET, "ask", f"0.{45 + number}00")


def _content(directory: Path) -> Content:
    """Table -> a hash of its rows."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    found: Content = {}
    for path in (directory / name for name in DATABASES):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            names = connection.execute(query).fetchall()
            found |= {name: _rows(connection, name) for (name,) in names}
        finally:
            connection.close()
    return found


def _rows(connection: sqlite3.Connection, table: str) -> str:
    rows = sorted(map(repr, connection.execute(f'SELECT * FROM "{table}"')))
    return sha256("\n".join(rows).encode()).hexdigest()
