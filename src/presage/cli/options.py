"""Options that many commands share, and the client they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from cyclopts import Parameter

from presage.cli.client import ADMIN, Client, Credential, environment, find_credential

DEFAULT_REASON: Final = "by command line"


@Parameter(name="*")
@dataclass(frozen=True)
class Read:
    """Where the exchange is and how to print."""

    data: Path | None = None
    """Data directory of the exchange, whose operator.env is used; else the environment."""
    json: Annotated[bool, Parameter(negative="")] = False
    """Print the answer as JSON."""

    def credential(self) -> Credential:
        return find_credential(self.data, environment())

    def client(self) -> Client:
        return Client(self.credential())

    def get(self, path: str, **query: Any) -> Any:
        """An answer of the operator API."""
        given = {name: value for name, value in query.items() if value is not None}
        with self.client() as client:
            return client.call("GET", ADMIN + path, query=given)


@Parameter(name="*")
@dataclass(frozen=True)
class Write(Read):
    """As Read, and why it is done."""

    reason: str = DEFAULT_REASON
    """Why: kept in the audit log."""

    def send(self, method: str, path: str, **body: Any) -> Any:
        """A write on the operator API; what is None is left out."""
        given = {name: value for name, value in body.items() if value is not None}
        with self.client() as client:
            return client.call(method, ADMIN + path, {"reason": self.reason, **given})


READ: Final = Read()
WRITE: Final = Write()
