"""A small exchange to break: two rich members, one market that is open for years.

Made once in this process; each fault gets a copy of its files.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.api.admin.world import World

MARKET: Final = "FAULT-1"
FOREVER: Final = "2099-01-01T00:00:00Z"


class Template:
    """The directory to copy from."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._copies = 0
        self.data = folder / "template"
        world = World(self.data)
        try:
            world.list_market(MARKET, close_time=FOREVER)
        finally:
            world.close()

    def copy(self) -> Path:
        """A data directory of its own."""
        self._copies += 1
        return self.copy_to(self._folder / f"copy-{self._copies}")

    def copy_to(self, data: Path) -> Path:
        shutil.copytree(self.data, data, ignore=shutil.ignore_patterns("lock", "*.env", "*.pem"))
        for path in self.data.glob("**/*.*"):
            if path.suffix in (".env", ".pem"):
                target = data / path.relative_to(self.data)
                target.parent.mkdir(mode=0o700, exist_ok=True)
                text = path.read_text("utf-8").replace(
                    str(self.data.resolve()), str(data.resolve())
                )
                target.write_text(text, "utf-8")
        return data
