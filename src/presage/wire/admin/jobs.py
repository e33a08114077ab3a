"""What runs beside the doors, as operators see it."""

from __future__ import annotations

import msgspec

from presage.wire.admin.common import Done, Request


class Job(msgspec.Struct, kw_only=True):
    """`lag` counts entries and outbox rows that it has not looked at; `error` is why the last try
    failed, empty when it did not."""

    name: str
    kind: str
    lag: int
    error: str


class Jobs(msgspec.Struct, kw_only=True):
    jobs: list[Job]


class RunJob(Request, kw_only=True):
    """Now, whatever it waits for."""


class JobDone(Done, kw_only=True):
    job: Job
