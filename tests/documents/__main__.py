"""python -m tests.documents [--only NAME] [--examples N] [--seed S]: long runs, by hand."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.documents.run import DOCUMENTS, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.documents", description=__doc__)
    parser.add_argument("--only", choices=DOCUMENTS, default="")
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=0, help="of each document; 0: no bound")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    found = 0
    for name in DOCUMENTS:
        if chosen.only in ("", name):
            with tempfile.TemporaryDirectory() as folder:
                verdict = run(name, Path(folder), chosen.examples, chosen.seed, chosen.seconds)
            print(verdict.text)
            found += not verdict.clean
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
