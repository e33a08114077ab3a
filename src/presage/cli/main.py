"""The command `presage`: finds the command that is meant, and prints what went wrong as one line.

The exit code is 0 when it was done, 1 when not.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from presage import __version__
from presage.cli import backup, exchange, importer
from presage.cli.admin import admin
from presage.cli.client import CliError

INTERRUPTED = 130

app = App(
    name="presage",
    help="A prediction-market exchange that anyone can run.",
    version=__version__,
    help_format="plaintext",
)
exchange.add_to(app)
backup.add_to(app)
app.command(admin)
app.command(importer.import_, name="import")


@app.command
def version() -> None:
    """Print the version."""
    print(__version__)


def run(arguments: Sequence[str]) -> int:
    """Do one command; its exit code."""
    try:
        code = app(
            list(arguments), result_action="return_value", exit_on_error=False, print_error=False
        )
    except (CliError, CycloptsError) as error:
        print(f"presage: {_one_line(str(error))}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
