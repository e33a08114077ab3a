"""Pictures from outside: taken apart, decoded in full and made anew, so that nothing else survives.

What a file is called and says it is does not count. It runs in a thread of its own, a few at a
time; how many points a picture may have bounds how long one takes.
"""

from __future__ import annotations

import asyncio
import re
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from io import BytesIO
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from PIL import Image

FILE_BYTES: Final = 2 << 20
SIDES: Final = (512, 128)
MOST_SIDE: Final = 4_096
MOST_POINTS: Final = 16_000_000
MOST_WAITING: Final = 20
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
_QUALITY: Final = 82
_BOUNDARY: Final = re.compile(rb'boundary=(?:"([^"\r\n]{1,70})"|([^\s;",]{1,70}))', re.IGNORECASE)
_DISPOSITION: Final = re.compile(
    rb'^content-disposition:\s*form-data\s*;.*?\bname=(?:"([^"\r\n]*)"|([^\s;"]+))',
    re.IGNORECASE | re.MULTILINE,
)
_PARTS: Final = 20


class NotAnImage(Exception):
    """The bytes are no picture of a kind that is taken; the text says why."""


class BadForm(Exception):
    """The body is not the form that was asked for; the text says why."""


class TooBusy(Exception):
    """Too many pictures wait."""


class Drawn(msgspec.Struct, frozen=True):
    """A square WebP file, and the name that its content gives it."""

    name: str
    side: int
    content: bytes


class Studio:
    """Draws pictures, one at a time."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(1, "pictures")
        self._waiting = 0

    async def draw(self, data: bytes) -> Sequence[Drawn]:
        """The picture in both sizes. Raises: NotAnImage, TooBusy."""
        if self._waiting >= MOST_WAITING:
            raise TooBusy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, drawn, data)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for what runs."""
        self._threads.shutdown()


def drawn(data: bytes) -> list[Drawn]:
    """The first frame of a picture as squares, without anything that it carried along.

    Raises: NotAnImage.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # Pillow only warns of a bomb up to twice its limit
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                _check_size(*image.size)
                image.verify()  # whole to the last chunk; afterwards it has to be opened anew
            with Image.open(BytesIO(data), formats=_FORMATS) as image:
                image.seek(0)
                image.load()
                upright = ImageOps.exif_transpose(image).convert("RGBA")
    except NotAnImage:
        raise
    except Exception as error:  # a decoder may raise anything about bytes from outside
        raise NotAnImage("is no picture, or a damaged one") from error
    squares = [_square(upright, side) for side in SIDES]
    lead = blake2b(squares[0], digest_size=16).hexdigest()
    return [
        Drawn(f"{lead}-{side}.webp", side, content)
        for side, content in zip(SIDES, squares, strict=True)
    ]


def _square(image: Image.Image, side: int) -> bytes:
    """The middle of a picture as a WebP file."""
    from PIL import Image, ImageOps

    square = ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    square.save(out, "WEBP", quality=_QUALITY, method=4)
    return out.getvalue()


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MOST_SIDE or width * height > MOST_POINTS:
        raise NotAnImage(f"may have {MOST_SIDE} points a side and {MOST_POINTS} in all")


def files_of(content_type: bytes, body: bytes, names: frozenset[str]) -> list[bytes]:
    """The contents of a multipart form's parts that have one of these names. Raises: BadForm."""
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith(b"multipart/form-data") or found is None:
        raise BadForm("the body must be multipart/form-data")
    mark = b"\r\n--" + (found[1] or found[2])
    _, *parts = (b"\r\n" + body).split(mark, _PARTS + 1)
    if not parts or len(parts) > _PARTS or not parts[-1].startswith(b"--"):
        raise BadForm("the form is not complete")
    files = []
    for part in parts[:-1]:
        head, gap, content = part.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        named = _DISPOSITION.search(head)
        if not gap or named is None:
            raise BadForm("a part of the form has no name")
        if (named[1] or named[2] or b"").decode("latin-1") in names:
            files.append(content)
    return files
