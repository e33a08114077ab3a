"""The watermark: a small file that remembers how far the journal had been acknowledged.

SQLite takes a damaged frame of its write-ahead log for the log's end, so a lost end looks like a
shorter, healthy database. This file lives outside of it. Two slots of 512 bytes are written in
turn, each with its own checksum: a torn write leaves the other one. It never decides what to do
about a loss; whoever opens the journal compares.
"""

from __future__ import annotations

import os
import struct
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from presage.storage.codec import NO_HASH
from presage.storage.errors import WatermarkDamaged

SLOT: Final = 512
SLOTS: Final = 2
_MAGIC: Final = b"PRESAGE1"
_BODY: Final = struct.Struct(">8sQ32sQ")
_CHECK: Final = 16

# fdatasync is enough: the file's length never changes. macOS has only fsync.
_sync = getattr(os, "fdatasync", os.fsync)


class Mark(msgspec.Struct, frozen=True):
    """What was on disk before anybody was told of it: entry `seq`, with this hash, and as many
    batches as `commits` says (some write only rows)."""

    seq: int
    hash: bytes
    commits: int


START: Final = Mark(0, NO_HASH, 0)
"""Nothing has been promised yet."""


def _encode(mark: Mark) -> bytes:
    body = _BODY.pack(_MAGIC, mark.seq, mark.hash, mark.commits)
    return (body + sha256(body).digest()[:_CHECK]).ljust(SLOT, b"\0")


def _decode(slot: bytes) -> Mark | None:
    body, check = slot[: _BODY.size], slot[_BODY.size : _BODY.size + _CHECK]
    if len(body) < _BODY.size or sha256(body).digest()[:_CHECK] != check:
        return None
    magic, seq, digest, commits = _BODY.unpack(body)
    return Mark(seq, digest, commits) if magic == _MAGIC else None


def create(path: Path, mark: Mark = START) -> None:
    """Write a new watermark, or replace one when a backup is restored; durable on return."""
    fresh = path.with_suffix(".new")
    with open(fresh, "wb") as file:
        file.write(_encode(mark) * SLOTS)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make names in a directory durable."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> Mark:
    """The promise in a watermark file. Raises: WatermarkDamaged."""
    file = Watermark(path)
    file.close()
    return file.mark


class Watermark:
    """The open file. `mark` is the newest that was read or written."""

    def __init__(self, path: Path) -> None:
        """Raises: WatermarkDamaged when the file is missing or no slot is whole."""
        try:
            self._file = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            raise WatermarkDamaged(
                f"{path} is missing: without it a lost end of the journal cannot be seen; "
                "restore the backup as a whole"
            ) from None
        content = os.pread(self._file, SLOT * SLOTS, 0)
        slots = [_decode(content[n * SLOT : (n + 1) * SLOT]) for n in range(SLOTS)]
        marks = [mark for mark in slots if mark is not None]
        if not marks:
            os.close(self._file)
            raise WatermarkDamaged(f"{path} is damaged: neither of its slots has its checksum")
        self.mark = max(marks, key=lambda mark: mark.commits)
        self._next = 1 - slots.index(self.mark)

    def write(self, mark: Mark) -> None:
        """Durable on return. Raises: OSError."""
        written = os.pwrite(self._file, _encode(mark), self._next * SLOT)
        if written != SLOT:
            raise OSError(f"the watermark took {written} of {SLOT} bytes")
        _sync(self._file)
        self.mark = mark
        self._next = 1 - self._next

    def close(self) -> None:
        os.close(self._file)
