"""What the house rules look at: the repository's files as git would keep them, and parsed modules.

Nothing here judges; each rule is one test beside this module.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "presage"


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file of the checkout that .gitignore does not leave out.

    Read from .gitignore and not from git, which a fresh machine need not have. In a second working
    tree .git is a file.
    """
    ignored = [line for line in (ROOT / ".gitignore").read_text().split() if line[0] != "#"]
    return tuple(sorted(_walk(ROOT, [".git/", ".git", *ignored])))


def _walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for entry in os.scandir(folder):
        name = entry.name + "/" if entry.is_dir() else entry.name
        path = f"/{Path(entry.path).relative_to(ROOT)}" + ("/" if entry.is_dir() else "")
        if any(fnmatch(path if "/" in rule[:-1] else name, rule) for rule in ignored):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), ignored)
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)


def python_files(*folders: Path) -> tuple[Path, ...]:
    """The kept Python files below `folders`; a folder may also be one file."""
    return tuple(
        path
        for path in kept_files()
        if path.suffix == ".py" and any(path.is_relative_to(folder) for folder in folders)
    )


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, line: int | None = None) -> str:
    """How a finding names its place: `src/presage/units.py:12`."""
    name = str(path.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"
