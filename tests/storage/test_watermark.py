"""The watermark survives a torn write and never says more than was promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from presage.storage import watermark
from presage.storage.errors import WatermarkDamaged
from presage.storage.watermark import SLOT, START, Mark, Watermark


def mark(number: int) -> Mark:
    return Mark(number * 3, bytes([number]) * 32, number)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A watermark that was written five times."""
    path = tmp_path / "watermark"
    watermark.create(path)
    file = Watermark(path)
    for number in range(1, 6):
        file.write(mark(number))
    file.close()
    return path


def test_a_new_one_promises_nothing(tmp_path: Path) -> None:
    watermark.create(tmp_path / "watermark")
    assert watermark.read(tmp_path / "watermark") == START


def test_the_newest_mark_is_read(path: Path) -> None:
    assert watermark.read(path) == mark(5)
    assert path.stat().st_size == 2 * SLOT


def test_writing_goes_on_in_the_older_slot(path: Path) -> None:
    file = Watermark(path)
    before = path.read_bytes()
    file.write(mark(6))
    file.close()
    after = path.read_bytes()
    changed = [before[n : n + SLOT] != after[n : n + SLOT] for n in (0, SLOT)]
    assert sorted(changed) == [False, True]
    assert watermark.read(path) == mark(6)


def test_a_torn_write_leaves_the_mark_before(path: Path) -> None:
    before = path.read_bytes()
    file = Watermark(path)
    file.write(mark(6))
    file.close()
    after = path.read_bytes()
    for cut in range(1, SLOT):  # the slot holds its new beginning and its old end
        torn = b"".join(
            after[start : start + cut] + before[start + cut : start + SLOT] for start in (0, SLOT)
        )
        path.write_bytes(torn)
        assert watermark.read(path) in (mark(5), mark(6)), cut


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_never_makes_a_new_promise(path: Path, bit: int) -> None:
    whole = path.read_bytes()
    for position in range(len(whole)):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << bit
        path.write_bytes(flipped)
        assert watermark.read(path) in (mark(4), mark(5)), position


@pytest.mark.parametrize("content", [b"", b"\0" * 1024, b"x" * 100])
def test_one_without_a_whole_slot_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(WatermarkDamaged, match="neither of its slots"):
        watermark.read(path)


def test_a_missing_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WatermarkDamaged, match="is missing"):
        watermark.read(tmp_path / "watermark")
