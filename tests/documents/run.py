"""Starts an exchange and lets Schemathesis loose on one of its documents, with every check on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from presage.site.defined import LIMITS
from tests.compat.client import Client
from tests.compat.server import Server

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parents[1]


class Document(NamedTuple):
    """An OpenAPI document, and whose key opens its operations."""

    path: str
    key: str


DOCUMENTS: Final = {
    "kalshi": Document("/trade-api/v2/openapi.json", "members/one.env"),
    "site": Document("/api/openapi.json", "members/one.env"),
    "admin": Document("/api/admin/openapi.json", "operator.env"),
}


class Verdict(NamedTuple):
    """`text` is what Schemathesis printed, its own way to see a finding again included."""

    clean: bool
    text: str
    cases: int


def run(name: str, folder: Path, examples: int, seed: int, seconds: int = 0) -> Verdict:
    """Every operation of a document, with `examples` cases of each kind."""
    document = DOCUMENTS[name]
    server = Server(folder / "data", content="demo")
    server.start()
    try:
        _lift_limits(server)
        result = _schemathesis(server, document, examples, seed, seconds)
    finally:
        code = server.stop()
    log = server.log()
    clean = result.returncode == 0 and code == 0 and "Traceback" not in log
    text = result.stdout + result.stderr
    cases = re.search(r"(\d+) generated", text)
    return Verdict(clean, text + ("" if clean else log[-4_000:]), int(cases[1]) if cases else 0)


def _lift_limits(server: Server) -> None:
    """A member of the site may ask sixty times a minute; here it asks as fast as it can, and what
    is switched off by default is on."""
    operator = Client.from_file(server.port, server.data / "operator.env", prefix="")
    names = [*(one.name for one in LIMITS), "DEPOSITS_PER_DAY"]
    body = {"reason": "schemathesis", "settings": dict.fromkeys(names, 0)}
    assert operator.call("PATCH", "/api/admin/settings", body).status == 200
    flags = {"reason": "schemathesis", "flags": {"deposits": True, "withdrawals": True}}
    assert operator.call("PATCH", "/api/admin/flags", flags).status == 200
    operator.close()


def _schemathesis(
    server: Server, document: Document, examples: int, seed: int, seconds: int
) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("schemathesis"))
    words = [program, "--config-file", str(HERE / "schemathesis.toml"), "run"]
    words += [server.url + document.path, "--checks", "all", "--seed", str(seed)]
    words += ["--max-examples", str(examples), "--continue-on-failure", "--no-color"]
    if seconds:
        words += ["--max-time", str(seconds)]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.documents.hooks",
        "EXCHANGE_PORT": str(server.port),
        "EXCHANGE_ENV": str(server.data / document.key),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")]),
    }
    return subprocess.run(
        words, cwd=server.data.parent, env=environment, capture_output=True, text=True, check=False
    )
