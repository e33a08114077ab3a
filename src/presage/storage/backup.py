"""One file that holds a whole exchange: made beside a running one, unpacked into a new directory.

The copy is one committed state of the database, read through SQLite's online backup by a
connection that can neither write nor checkpoint: the writer never waits for it. The archive is a
tar of the files behind a manifest with their hashes, closed by a seal over every byte before it. It
decides whether a copy is what was packed; never whether the exchange in it makes sense.
"""

from __future__ import annotations

import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Final

import msgspec

from presage.storage import journal, watermark
from presage.storage.codec import NO_HASH
from presage.storage.database import FILE, SQLITE_ERRORS, WATERMARK, reading
from presage.storage.errors import BackupRefused, StorageError
from presage.storage.watermark import Mark, sync_directory

Progress = Callable[[str, int, int], None]

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_SEAL: Final = b"presage backup sha256 "
_SEAL_BYTES: Final = len(_SEAL) + 64 + 1
_PAGES: Final = 1_000
"""Database pages between two words of progress; the whole copy is one read transaction."""
_CHUNK: Final = 1 << 20
_PRIVATE: Final = 0o600


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One packed file; `size` in bytes, `sha256` in hex."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a backup holds: the journal up to entry `seq` with this `hash` (hex), after `commits`
    batches; `digest` is the engine's there. `at` is when that entry was made, in microseconds."""

    format: int
    seq: int
    at: int
    hash: str
    commits: int
    digest: str
    parts: tuple[Part, ...]


class Head(msgspec.Struct, frozen=True):
    """The end of a copied journal."""

    seq: int
    at: int
    hash: bytes
    commits: int

    @property
    def mark(self) -> Mark:
        return Mark(self.seq, self.hash, self.commits)


@contextmanager
def working_directory(target: Path) -> Iterator[Path]:
    """A private directory on the disk of `target`, gone at the end whatever happens."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        yield Path(folder)


def copy(directory: Path, into: Path, others: Sequence[str], progress: Progress) -> None:
    """Copy a data directory's database, as it is between two batches, and `others` beside it.

    Raises: StorageError when something is missing that had been promised before the copy began.
    """
    source = directory / FILE
    if not source.exists():
        raise BackupRefused(f"{directory} holds no exchange")
    # Read first: whatever it promises was committed before, so the copy must have it.
    mark = watermark.read(directory / WATERMARK)
    for name in others:
        try:
            _write(into / name, (directory / name).read_bytes())
        except OSError as error:
            raise BackupRefused(f"{directory / name} cannot be read: {error.strerror}") from error
    with reading(source) as connection:
        _copy_database(connection, into / FILE, progress)
    with opened(into) as copied:
        journal.check_promise(copied, mark)


def _copy_database(source: sqlite3.Connection, path: Path, progress: Progress) -> None:
    target = sqlite3.connect(path, isolation_level=None)
    try:
        target.execute("PRAGMA synchronous = OFF")  # packing makes durable what counts
        # Begun by hand, one read transaction lasts for all steps: without it, every commit of the
        # writer between two of them would start the copy over.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(
            target,
            pages=_PAGES,
            progress=lambda _, left, total: progress("copying the database", total - left, total),
            sleep=0,
        )
        source.execute("ROLLBACK")
    finally:
        target.close()


@contextmanager
def opened(directory: Path) -> Iterator[sqlite3.Connection]:
    """A copied database that nobody writes to. SQLite's own complaints become StorageError."""
    path = directory / FILE
    # immutable: nothing is made beside it, which would then be packed or restored.
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()
    except SQLITE_ERRORS as error:
        raise StorageError(f"{FILE} cannot be read: {error}") from error


def check_chain(connection: sqlite3.Connection, progress: Progress) -> Head:
    """Read every entry and check it against its hash and the one before.

    Raises: JournalDamaged, StorageError.
    """
    last, at, digest = journal.last_seq(connection), 0, NO_HASH
    for record in journal.read(connection, 0, last, NO_HASH):
        at, digest = record.at, record.hash
        if record.seq % journal.PAGE == 0:
            progress("checking the journal", record.seq, last)
    return Head(last, at, digest, journal.commits(connection))


def pack(folder: Path, names: Sequence[str], head: Head, digest: str, target: Path) -> Manifest:
    """Pack files of `folder` into the new file `target`; durable on return.

    Raises: BackupRefused when `target` exists.
    """
    watermark.create(folder / WATERMARK, head.mark)
    parts = tuple(_part(folder / name) for name in (FILE, WATERMARK, *names))
    manifest = Manifest(FORMAT, head.seq, head.at, head.hash.hex(), head.commits, digest, parts)
    fresh = folder / "archive"
    with open(fresh, "x+b", opener=_private) as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            text = msgspec.json.format(msgspec.json.encode(manifest))
            archive.addfile(_entry(MANIFEST, len(text)), BytesIO(text))
            for part in parts:
                with open(folder / part.name, "rb") as content:
                    archive.addfile(_entry(part.name, part.size), content)
        size = file.tell()
        file.seek(0)
        file.write(_seal(_sum(file, size)))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, target)  # unlike a rename it fails when the name is taken
    except FileExistsError:
        raise BackupRefused(f"{target} exists already") from None
    sync_directory(target.parent)
    return manifest


def unpack(archive: Path, folder: Path, names: Sequence[str]) -> Manifest:
    """Check an archive to the last byte, then put its files into `folder`.

    Raises: BackupRefused, with what is wrong with it.
    """
    try:
        _check_seal(archive)
        with open(archive, "rb") as file, tarfile.open(fileobj=file, mode="r:") as packed:
            manifest = _manifest(packed)
            expected = {FILE, WATERMARK, *names}
            if {part.name for part in manifest.parts} != expected:
                raise BackupRefused(f"{archive} does not hold what a backup holds")
            for part in manifest.parts:
                _unpack(packed, part, folder / part.name)
    except OSError as error:
        raise BackupRefused(f"{archive} cannot be read: {error.strerror or error}") from error
    except (tarfile.TarError, msgspec.MsgspecError, KeyError) as error:
        raise BackupRefused(f"{archive} is no backup of an exchange: {error}") from error
    return manifest


def install(folder: Path, manifest: Manifest, head: Head, directory: Path) -> None:
    """Write the watermark anew and move the files to their place; durable on return.

    Raises: BackupRefused when the journal is not the one of the manifest, or `directory` is taken.
    """
    found = head.seq, head.hash.hex(), head.commits
    if found != (manifest.seq, manifest.hash, manifest.commits):
        raise BackupRefused(
            f"the journal ends at entry {head.seq} after {head.commits} batches, the manifest says "
            f"entry {manifest.seq} after {manifest.commits}, or its hash is another"
        )
    watermark.create(folder / WATERMARK, head.mark)
    for part in manifest.parts:
        with open(folder / part.name, "rb") as file:
            os.fsync(file.fileno())
    sync_directory(folder)
    try:
        os.rename(folder, directory)  # replaces nothing but an empty directory
    except OSError as error:
        raise BackupRefused(f"{directory} is not empty: nothing is overwritten") from error
    sync_directory(directory.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _PRIVATE)


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb", opener=_private) as file:
        file.write(data)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, _PRIVATE
    return entry


def _part(path: Path) -> Part:
    with open(path, "rb") as file:
        return Part(path.name, path.stat().st_size, _sum(file, path.stat().st_size))


def _sum(file: IO[bytes], size: int) -> str:
    digest = sha256()
    while size > 0 and (chunk := file.read(min(_CHUNK, size))):
        digest.update(chunk)
        size -= len(chunk)
    return digest.hexdigest()


def _seal(digest: str) -> bytes:
    return _SEAL + digest.encode() + b"\n"


def _check_seal(archive: Path) -> None:
    size = archive.stat().st_size - _SEAL_BYTES
    with open(archive, "rb") as file:
        digest = _sum(file, size)
        seal = file.read() if size > 0 else b""
    if not (seal.startswith(_SEAL) and seal.endswith(b"\n")):
        raise BackupRefused(f"{archive} is no backup, or its end is missing")
    if seal != _seal(digest):
        raise BackupRefused(f"{archive} is torn or altered: it does not have the hash in its seal")


def _manifest(packed: tarfile.TarFile) -> Manifest:
    content = packed.extractfile(MANIFEST)
    data = content.read() if content else b""
    kept = msgspec.json.decode(data)
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        raise BackupRefused("the backup was made by another version: its format is not known here")
    return msgspec.convert(kept, Manifest)


def _unpack(packed: tarfile.TarFile, part: Part, path: Path) -> None:
    content = packed.extractfile(part.name)
    digest, size = sha256(), 0
    with open(path, "xb", opener=_private) as file:
        while content and (chunk := content.read(_CHUNK)):
            digest.update(chunk)
            size += file.write(chunk)
    if (size, digest.hexdigest()) != (part.size, part.sha256):
        raise BackupRefused(f"{part.name} in the backup does not have the hash in its manifest")
