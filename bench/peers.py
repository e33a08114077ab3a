"""What Presage is compared with, fetched when it can be had and skipped in one line when not.

Python packages go into `.x/bench` of the checkout, hashed and apart from everything else. From
Debian's PostgreSQL only the programs are used: a cluster of its own, in a temporary directory, on
a free port, stopped when the measurement ends.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.results import note

ROOT: Final = Path(__file__).resolve().parents[1]
LOCK: Final = ROOT / "requirements" / "bench.lock"
PACKAGES: Final = ROOT / ".x" / "bench"
_APT: Final = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
_UNATTENDED: Final = Path("/etc/postgresql-common/createcluster.d/presage-bench.conf")


class Unavailable(Exception):
    """A peer cannot be had here; the text says why."""


@cache
def packages(wanted: bool = True) -> Path | None:
    """Where the peers' packages are, or None (and a line) when they cannot be installed."""
    if not wanted:
        return None
    made_from = PACKAGES / "made-from"
    version = f"{sys.version}\n{LOCK.read_text('utf-8')}"
    if made_from.exists() and made_from.read_text("utf-8") == version:
        return PACKAGES
    shutil.rmtree(PACKAGES, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes"]
    command += ["--disable-pip-version-check", "--target", str(PACKAGES), "-r", str(LOCK)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["pip failed"])[-1]
        note(f"skipped lightmatchingengine and the textbook server: {reason}")
        return None
    made_from.write_text(version, "utf-8")
    return PACKAGES


def environment(extra: Path | None) -> dict[str, str]:
    """The variables of a child process that finds the bench, and what is in `extra`."""
    paths = [ROOT, extra, os.environ.get("PYTHONPATH")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(path) for path in paths if path)}


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Postgres:
    """`with Postgres() as cluster:` runs a new one with its defaults: every commit is on disk.

    `dsn` says where it is, `process` is the parent of all its processes.
    """

    def __enter__(self) -> Postgres:
        """Raises: Unavailable."""
        self._programs = _programs()
        # PostgreSQL does not run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        self._folder = TemporaryDirectory(prefix="presage-bench-pg-")
        data, port = Path(self._folder.name) / "data", free_port()
        try:
            if self._user:
                shutil.chown(self._folder.name, self._user)
            self._run("initdb", "-D", str(data), "-A", "trust", "-U", "bench", "--no-sync")
            options = f"-p {port} -c listen_addresses=127.0.0.1 -k {self._folder.name}"
            log = str(Path(self._folder.name) / "log")
            self._run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", options, "start")
        except BaseException:
            self._folder.cleanup()
            raise
        self._data = data
        self.dsn = f"postgresql://bench@127.0.0.1:{port}/postgres"
        self.process = int((data / "postmaster.pid").read_text("ascii").split()[0])
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")
        finally:
            self._folder.cleanup()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if done.returncode:
            raise Unavailable(f"{program} ended with {done.returncode}")


def _programs() -> Path:
    """The folder with `initdb`. Raises: Unavailable."""
    found = _installed()
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        note("installing PostgreSQL ...")
        # Only the programs are wanted, not the cluster that the package would start.
        _UNATTENDED.parent.mkdir(parents=True, exist_ok=True)
        _UNATTENDED.write_text("create_main_cluster = false\n")
        for command in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", "-qq", *command], env=_APT, capture_output=True)
        _UNATTENDED.unlink(missing_ok=True)
        found = _installed()
    if found is None:
        raise Unavailable("no PostgreSQL (as root: apt-get install postgresql)")
    return found


def _installed() -> Path | None:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if versions:
        return versions[-1].parent
    path = shutil.which("initdb")
    return Path(path).parent if path else None
