"""`presage admin shard ...`: parts of the exchange between which members have to move money."""

from __future__ import annotations

from cyclopts import App

from presage.cli.options import READ, WRITE, Read, Write
from presage.cli.output import print_json, print_rows, show

shard = App(name="shard", help="Exchange shards: where events are, and money.")


@shard.command
def declare(exchange_index: int, *, description: str = "", write: Write = WRITE) -> None:
    """Open another exchange shard. Kalshi's are 1 combos, 2 crypto, 3 tennis and baseball."""
    answer = write.send("POST", "/shards", exchange_index=exchange_index, description=description)
    show(write.json, answer, answer["shard"])


@shard.command(name="list")
def list_(*, read: Read = READ) -> None:
    """Show the exchange shards."""
    answer = read.get("/shards")
    if read.json:
        print_json(answer)
    else:
        print_rows(answer["shards"], ("exchange_index", "description"))
