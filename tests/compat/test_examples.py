"""The examples as a newcomer runs them: against a demo exchange whose market maker is at work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compat.server import Server

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("demo") / "data", "demo", market_maker="on")
    server.start()
    yield server
    assert server.stop() == 0, server.log()[-3_000:]
    assert "Traceback" not in server.log()


def run(name: str, *arguments: str) -> str:
    """What an example prints; it must end well."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    return done.stdout


def test_the_official_sdk_trades_from_first_look_to_settlement(demo: Server) -> None:
    printed = run("official_sdk.py", "--data", str(demo.data))
    assert "bought 1 yes at" in printed, "the market maker was there"
    assert printed.endswith("Everything was as it should be.\n")


def test_it_can_be_run_again(demo: Server) -> None:
    run("official_sdk.py", "--data", str(demo.data))


def test_the_official_async_sdk_trades(demo: Server) -> None:
    printed = run("official_sdk_async.py", "--data", str(demo.data))
    assert printed.endswith("Everything was as it should be.\n")


def test_a_signed_request_needs_no_sdk(demo: Server) -> None:
    printed = run("raw_http.py", "--env", str(demo.data / "members" / "one.env"))
    assert "'reduced_by': '1.00'" in printed
