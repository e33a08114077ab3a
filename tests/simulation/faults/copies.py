"""Backups of an exchange under load, restored elsewhere: the state at one entry, and whole."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from presage.engine.engine import Engine
from presage.storage import journal
from presage.storage.codec import NO_HASH, decode_facts
from presage.storage.database import FILE, reading
from tests.simulation.faults.inspection import orders, whole
from tests.simulation.faults.load import Load
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.faults.server import FastServer
from tests.simulation.faults.template import Template


def backups_under_load(options: Options) -> Outcome:
    """Back up while clients trade, restore, compare with the live journal, start the copy."""
    outcome = Outcome()
    template = Template(options.folder)
    server = FastServer(template.copy())
    worst: list[float] = []
    try:
        for cycle in range(1, options.cycles + 1):
            folder = options.folder / f"backup-{cycle}"
            folder.mkdir()
            server.start()
            load = Load(server.port, server.data, 4, 500, options.seed, f"b{cycle}-")
            load.start()
            made = _presage("backup", "--data", str(server.data), "--to", str(folder / "archive"))
            before = set(load.answers.accepted)
            answers = load.join()
            worst.append(max(answers.seconds))
            problems = [f"the stop ended with {code}"] if (code := server.stop()) else []
            outcome.cycles += 1
            outcome.acks += answers.acks
            problems += _judge(server.data, folder, made, len(before) < len(answers.accepted))
            outcome.blame(f"backup {cycle} seed={options.seed}", problems)
    finally:
        server.close()
    outcome.note = f"slowest answer meanwhile {max(worst) * 1_000:.0f} ms"
    return outcome


def _presage(*words: str) -> str:
    """The JSON that a command prints, or its complaint."""
    done = subprocess.run(
        [sys.executable, "-m", "presage.cli.main", *words, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else done.stderr


def _judge(live: Path, folder: Path, made: str, went_on: bool) -> list[str]:
    restored = folder / "restored"
    found = _presage("restore", str(folder / "archive"), "--data", str(restored))
    try:
        backup, restore = json.loads(made), json.loads(found)
    except ValueError:
        return [f"no backup or no restore: {made} {found}"]
    problems = whole(restored).problems
    if not went_on:
        problems.append("the load was over before the backup was")
    if backup["digest"] != restore["digest"]:
        problems.append("backup and restore name two states")
    if backup["digest"] != _digest_at(live, backup["entries"]):
        problems.append("the restored state is not the live one at that entry")
    if more := orders(restored).times.keys() - orders(live).times.keys():
        problems.append(f"the copy has what was never there: {more}")
    return problems


def _digest_at(directory: Path, seq: int) -> str:
    """The live exchange's state after an entry, folded from its own journal."""
    engine = Engine()
    with reading(directory / FILE) as connection:
        for record in journal.read(connection, 0, seq, NO_HASH):
            engine.apply(decode_facts(record.facts), record.seq, record.at)
    return engine.digest()
