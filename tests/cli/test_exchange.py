"""Commands about an exchange on this machine."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from presage import __version__
from presage.cli import main


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main.run(words)
    out, error = capsys.readouterr()
    return code, out, error


@pytest.fixture
def data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A data directory that `presage init` made."""
    directory = tmp_path / "data"
    assert printed(capsys, "init", "--data", str(directory), "--port", "8123")[0] == 0
    return directory


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "version") == (0, f"{__version__}\n", "")


def test_init_says_what_it_made_and_makes_it_once(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {path: path.read_bytes() for path in data.rglob("*.pem")}
    _, out, _ = printed(capsys, "init", "--data", str(data), "--port", "8123", "--json")
    answer = json.loads(out)
    assert answer["made"] is False
    assert Path(answer["operator"]).exists()
    assert all(Path(path).exists() for path in answer["members"])
    assert keys == {path: path.read_bytes() for path in data.rglob("*.pem")}


def test_init_leaves_a_full_directory_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    code, _, error = printed(capsys, "init", "--data", str(tmp_path))
    assert code == 1
    assert "not empty" in error


def test_verify_proves_a_stopped_exchange(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "verify", "--data", str(data), "--json")
    answer = json.loads(out)
    assert (code, answer["ok"]) == (0, True)
    assert answer["entries"] == answer["decided_again"] > 0


def test_verify_names_the_fault(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(data / "projections.db") as connection:
        connection.execute("UPDATE accounts SET cash = cash + 1 WHERE cash > 0")
    connection.close()
    code, out, _ = printed(capsys, "verify", "--data", str(data), "--json")
    answer = json.loads(out)
    assert (code, answer["ok"]) == (1, False)
    assert "accounts" in answer["fault"]


def test_verify_needs_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "none"
    code, _, error = printed(capsys, "verify", "--data", str(missing))
    assert (code, error) == (1, f"presage: {missing} is not a directory\n")


def test_env_prints_a_shells_variables(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = printed(capsys, "env", "two", "--data", str(data))
    assert "export KALSHI_BASE_URL=http://127.0.0.1:8123/trade-api/v2\n" in out
    _, out, _ = printed(capsys, "env", "--host-only", "--json", "--data", str(data))
    assert json.loads(out)["KALSHI_BASE_URL"] == "http://127.0.0.1:8123"
    code, _, error = printed(capsys, "env", "--data", str(data / "none"))
    assert (code, error.startswith("presage: cannot read")) == (1, True)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = printed(capsys, "--help")
    assert code == 0
    for command in ("serve", "init", "admin", "import", "verify", "version", "env"):
        assert command in out


WITHOUT_SERVER = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("sqlalchemy", "alembic", "httptools", "structlog", "uvloop"):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
from presage.cli import main
sys.exit(10 * main.run(["serve", "--data", sys.argv[1]]) + main.run(["version"]))
"""


def test_commands_of_the_client_need_no_server_packages(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT_SERVER, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (10, f"{__version__}\n")
    assert "presage[server]" in ran.stderr
