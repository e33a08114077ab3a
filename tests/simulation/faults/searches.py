"""Long searches that need no server: the twin and the invariants, and the documents."""

from __future__ import annotations

from tests.documents.run import DOCUMENTS, run
from tests.simulation.faults.outcome import Options, Outcome
from tests.simulation.fuzz import Run


def twin(options: Options) -> Outcome:
    """Random commands that engine and naive twin decide alike; invariants, replay, snapshots."""
    outcome = Outcome(cycles=1)
    fuzz = Run(options.seed)
    try:
        fuzz.go(options.commands)
    except AssertionError as failure:
        outcome.problems.append(str(failure))
    outcome.acks = fuzz.lockstep.accepted
    outcome.note = f"{fuzz.lockstep.fills} trades agreed"
    return outcome


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
