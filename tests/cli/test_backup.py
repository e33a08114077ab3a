"""`presage backup` and `restore` as typed, on an exchange that runs meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from presage.cli import main
from tests.api.admin.world import World


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main.run(words)
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_there_and_back(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive, copy = str(tmp_path / "archive"), str(tmp_path / "copy")
    code, out, err = typed(capsys, "backup", "--data", str(world.data), "--to", archive, "--json")
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert made["file"] == archive
    assert made["entries"] > 0
    code, out, err = typed(capsys, "restore", archive, "--data", copy, "--json")
    assert (code, err) == (0, "")
    restored = json.loads(out)
    assert (restored["data"], restored["digest"]) == (copy, made["digest"])
    code, out, _ = typed(capsys, "verify", "--data", copy, "--json")
    verified = json.loads(out)
    assert (code, verified["ok"], verified["digest"]) == (0, True, made["digest"])


def test_what_cannot_be_is_one_line(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(b"something else")
    taken = typed(capsys, "backup", "--data", str(world.data), "--to", str(archive))
    assert taken == (1, "", f"presage: no backup was made: {archive} exists already\n")
    nowhere = typed(capsys, "backup", "--data", str(tmp_path / "no"), "--to", str(tmp_path / "new"))
    assert nowhere[0] == 1
    assert nowhere[2].endswith("holds no exchange\n")
    torn = typed(capsys, "restore", str(archive), "--data", str(tmp_path / "copy"))
    assert torn[:2] == (1, "")
    assert torn[2].startswith("presage: nothing was restored: ")
    assert "is no backup, or its end is missing" in torn[2]
    over = typed(capsys, "restore", str(archive), "--data", str(world.data))
    assert "is not empty: nothing is overwritten" in over[2]
