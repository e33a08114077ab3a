"""Long searches that need no server: the twin and the invariants, and the documents."""

from __future__ import annotations

from time import process_time

from tests.documents.run import DOCUMENTS, run
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.fuzz import Run


def twin(options: Options) -> Outcome:
    """Random commands that engine and naive twin decide alike; invariants, replay, snapshots."""
    outcome = Outcome(cycles=1)
    started = process_time()
    fuzz = Run(options.seed)
    try:
        fuzz.go(options.commands, lambda done: _tell(options, done))
    except AssertionError as failure:
        outcome.problems.append(str(failure))
    outcome.acks = fuzz.lockstep.accepted
    pace = options.commands / (process_time() - started)
    outcome.note = f"{fuzz.lockstep.fills:,} trades agreed; {pace:,.0f} commands a second of CPU"
    return outcome


def _tell(options: Options, done: int) -> None:
    if done % 1_000 == 0:
        options.progress(f"{done} of {options.commands} commands")


def documents(options: Options) -> Outcome:
    """Schemathesis over both OpenAPI documents, every check on."""
    outcome = Outcome()
    for name in DOCUMENTS:
        folder = options.folder / name
        folder.mkdir()
        verdict = run(name, folder, max(2, options.cycles // 10), options.seed)
        outcome.cycles += verdict.cases
        if not verdict.clean:
            outcome.problems.append(verdict.text[-4_000:])
    outcome.note = "cases; 0 findings" if outcome.passed else "findings"
    return outcome
