"""Env files are read back as they were written."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

from presage.app import envfile

PEM = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"
VALUES = envfile.variables("the-id", Path("/keys/one.pem"), PEM, "https://example.org")


def test_values_survive_the_file() -> None:
    assert envfile.parse(envfile.render(VALUES)) == VALUES


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert envfile.parse("# a comment\n\n A = b=c \n") == {"A": "b=c"}


def test_a_secure_host_has_a_secure_stream() -> None:
    assert VALUES["KALSHI_WS_URL"] == "wss://example.org/trade-api/ws/v2"


def test_the_key_is_there_as_one_word() -> None:
    assert base64.b64decode(VALUES["KALSHI_PRIVATE_KEY_B64"]).decode() == PEM


def test_the_pem_is_one_line_that_a_shell_can_read(tmp_path: Path) -> None:
    file = tmp_path / "one.env"
    file.write_text(envfile.render(VALUES))
    script = f'. "{file}" && printf %s "$KALSHI_PRIVATE_KEY"'
    read = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert read.stdout.replace(r"\n", "\n") == PEM


def test_host_only_takes_the_path_off_rest_addresses() -> None:
    bare = envfile.host_only(VALUES)
    assert bare["KALSHI_BASE_URL"] == bare["KALSHI_HOST"] == "https://example.org"
    assert bare["KALSHI_WS_URL"] == VALUES["KALSHI_WS_URL"]
    assert bare["KALSHI_KEY_FILE"] == "/keys/one.pem"
