"""Is the process alive, is the exchange ready, and what does it measure: for those who watch it.

Plain paths beside the APIs. The figures are in Prometheus' text format; no label names a person.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

import msgspec

from presage.api.faults import Fault
from presage.api.http import Reply
from presage.api.kalshi.services import Services
from presage.api.registry import Api, Call, Handler, Operation
from presage.api.server import Server
from presage.api.site.errors import ERRORS
from presage.api.stream.door import StreamDoor

_HERE: Final = frozenset({"127.0.0.1", "::1"})
_TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Watched:
    """What the probes look at. `token` opens the figures from elsewhere; `server` is there once it
    listens."""

    services: Services
    streams: StreamDoor
    token: str = ""
    server: Server | None = None


class Health(msgspec.Struct):
    """`ok`, or why not."""

    status: str


async def get_health(call: Call[None, None]) -> Health:
    """Say that the process answers."""
    return Health("ok")


async def get_readiness(call: Call[None, None]) -> Reply:
    """Say whether the writer still works: 503 when it has stopped."""
    watched: Watched = call.services
    working = watched.services.gateway.working
    return Reply(200 if working else 503, Health("ok" if working else "stopped"))


async def get_metrics(call: Call[None, None]) -> Reply:
    """Print the figures."""
    watched: Watched = call.services
    _check(call, watched.token)
    services, server = watched.services, watched.server
    figures = (
        ("presage_journal_seq", "counter", "Entries in the journal", services.gateway.seq),
        ("presage_working", "gauge", "1 while the writer works", int(services.gateway.working)),
        ("presage_unanswered", "gauge", "Submissions that wait", services.gateway.unanswered),
        ("presage_table_lag", "gauge", "Entries the tables are behind", services.gateway.table_lag),
        (
            "presage_http_connections",
            "gauge",
            "Clients connected by HTTP",
            server.connections if server else 0,
        ),
        (
            "presage_stream_connections",
            "gauge",
            "Clients connected by WebSocket",
            watched.streams.connections,
        ),
        ("presage_members", "gauge", "Members", len(services.site.people)),
    )
    lines = [
        f"# HELP {name} {what}\n# TYPE {name} {kind}\n{name} {value}\n"
        for name, kind, what, value in figures
    ]
    return Reply(200, "".join(lines).encode(), content_type=_TEXT)


def _check(call: Call[None, None], token: str) -> None:
    """Raises: Fault (401)."""
    if not token:
        if call.request.host in _HERE:
            return
    elif hmac.compare_digest(
        call.request.headers.get(b"authorization", b""), f"Bearer {token}".encode()
    ):
        return
    headers = ((b"www-authenticate", b"Bearer"),)
    raise Fault(401, "unauthenticated", "the figures need their token", headers=headers)


def _line(id: str, path: str, handler: Handler) -> Operation:
    return Operation(
        id=id, method="GET", path=path, handler=handler, auth="public", tags=("health",)
    )


HEALTH: Final = Api(
    title="Presage, probes",
    version="1",
    prefix="",
    operations=(
        _line("GetHealth", "/healthz", get_health),
        _line("GetReadiness", "/readyz", get_readiness),
        _line("GetMetrics", "/metrics", get_metrics),
    ),
    errors=ERRORS,
)
