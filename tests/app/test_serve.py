"""An exchange as a process: where it listens, and how it says that it cannot."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path


def test_an_address_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "presage.cli.main", "serve", "--content", "none"]
        command += ["--data", str(tmp_path / "data"), "--port", port]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert f"presage: cannot listen on 127.0.0.1:{port}: address already in use\n" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "is open at" not in ran.stdout


def test_clients_leave_the_exchange_its_own_files() -> None:
    program = """
import resource
from presage.app.serve import MAX_CONNECTIONS, OWN_FILES, room_for_clients
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (200, min(hard, 700) if hard > 0 else 700))
assert room_for_clients() == 700 - OWN_FILES, room_for_clients()
assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 700
resource.setrlimit(resource.RLIMIT_NOFILE, (50, 50))
assert room_for_clients() == 1
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
