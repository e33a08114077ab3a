"""What runs beside the doors: how each is doing, and having one run now."""

from __future__ import annotations

from presage.api.admin.writing import services_of, write
from presage.api.registry import Call
from presage.api.site.errors import not_found
from presage.api.site.services import Job
from presage.wire.admin import jobs as wire


async def list_jobs(call: Call[None, None]) -> wire.Jobs:
    """List the workers and chores, each with its lag and its last error."""
    jobs = services_of(call).site.jobs
    return wire.Jobs(jobs=[_shown(one) for one in jobs.values()])


async def run_job(call: Call[None, wire.RunJob]) -> wire.JobDone:
    """Have a worker or chore run now."""
    job = services_of(call).site.jobs.get(call.path["name"])
    if job is None:
        raise not_found()
    written = await write(call, "job.run", job.name, lambda connection, audit: None)
    job.ask()
    return wire.JobDone(seq=written.seq, audit_id=written.audit_id, job=_shown(job))


def _shown(job: Job) -> wire.Job:
    return wire.Job(name=job.name, kind=job.kind, lag=job.lag, error=job.error)
